"""What the commands share that take tuning requests: their options, and reading them."""

from __future__ import annotations

import json
import math
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click
from click.decorators import FC
from click.shell_completion import CompletionItem

from cli.console.inputs import known_or_fail, policy_root, price_book_folder

if TYPE_CHECKING:
    from constraints.cpsat.budget import Shares
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest

REQUESTS = "tuning_requests.json"
STANDARD_INPUT = "-"
EACH = 30.0  # seconds for a request where no limit is given
# What is shown of a result beside one screen of it: the rules, or all.
Extent: TypeAlias = Literal["rules", "all"]
Detail: TypeAlias = Literal["rules", "full"]


# --- options --------------------------------------------------------------------------------


def request_ids(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The ids in the requests' file, as far as it can be read without a check."""
    from cp_pricing.files.reading import UnreadableError, content_of
    from cp_pricing.files.values import is_name

    # While an option still lacks its value, click leaves the arguments unassigned.
    folder = price_book_folder(ctx.params.get("price_book") or next(iter(ctx.args), None))
    path = Path(ctx.params.get("requests") or folder / REQUESTS)
    try:
        listed = json.loads(content_of(path).decode())["requests"]
        names = [request["id"] for request in listed]
    except (UnreadableError, ValueError, KeyError, TypeError, RecursionError):
        return []
    offered = (
        name
        for name in names
        if isinstance(name, str) and is_name(name) and name.startswith(incomplete)
    )
    return [CompletionItem(name) for name in offered]


def only_for(ctx: click.Context, reader: str, *readers: str, **options: object) -> None:
    """Refuse options that mean something to some other readers only."""
    for name, value in options.items():
        if value and reader not in readers:
            whom = " and ".join(f"`--for {each}`" for each in readers)
            raise click.UsageError(f"`--{name.replace('_', '-')}` is for {whom}", ctx)


def seconds_above_zero(
    ctx: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """A number of seconds, refused unless it is above zero; `None` if it was not given."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter("must be a number of seconds above 0", ctx, parameter)
    return value


def day_option(name: str, about: str) -> Callable[[FC], FC]:
    """A day, as `2027-01-31`; `None` if it was not given."""
    return click.option(
        name,
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _ctx, _parameter, value: value and value.date(),
        help=about,
    )


requests_option = click.option(
    "--requests",
    metavar="FILE",
    type=click.Path(allow_dash=True),
    help=f"The requests; `-` is standard input.  [default: {REQUESTS} of the price book]",
)
valid_until_option = day_option(
    "--valid-until", "For a customer: until when the offer stands, as 2027-01-31."
)
approved_option = click.option(
    "--approved",
    is_flag=True,
    help="For a customer: the approvals that the answer needs are given, so it may be shown.",
)
time_limit_option = click.option(
    "--time-limit",
    type=float,
    show_default=f"{EACH:g} for each request",
    metavar="SECONDS",
    callback=seconds_above_zero,
    help="The longest that all of it may take: every request, its full reading and its charts.",
)


detail_option = click.option(
    "--detail",
    type=click.Choice(["rules", "full"]),
    help="The rules read at the answer, or also what binds, conflicts, counteroffers, trade-offs."
    "  [default: full for people who read of one request, with --rules or --all; else rules]",
)


def detail_for(extent: Extent | None, number: int, *, for_people: bool) -> Detail:
    """In full for people, but for a mere overview of several requests, which is to be quick."""
    return "full" if for_people and (number == 1 or extent) else "rules"


def fail_on_option(about: str) -> Callable[[FC], FC]:
    """`--fail-on`, any number of decisions."""
    decisions = click.Choice(["rejected", "requires_approval", "unknown"])
    return click.option("--fail-on", type=decisions, multiple=True, help=about)


def wanted_option(about: str) -> Callable[[FC], FC]:
    """`--request`, any number of them."""
    return click.option(
        "--request", "wanted", metavar="ID", multiple=True, shell_complete=request_ids, help=about
    )


def reader_option(about: str, *others: str) -> Callable[[FC], FC]:
    """`--for`: the seller, the customer who asked, or others."""
    readers = click.Choice(["seller", "customer", *others])
    return click.option(
        "--for", "reader", type=readers, default="seller", show_default=True, help=about
    )


def extent_options(command: FC) -> FC:
    """`--rules` and `--all`, as `extent`: more than one screen of a result; else `None`."""
    rules = click.option("--rules", "extent", flag_value="rules", help="The table of rules, too.")
    whole = click.option("--all", "extent", flag_value="all", help="All that is known.")
    return rules(whole(command))


def format_option(about: str, *formats: str) -> Callable[[FC], FC]:
    """`--format`, by default the first of some."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=about,
    )


def shares_of(time_limit: float | None, pieces: int) -> Shares:
    """The time of a command for some requests; `EACH` seconds a request if there is no limit."""
    from constraints.cpsat.budget import Shares

    return Shares(EACH * pieces if time_limit is None else time_limit, pieces)


# --- reading --------------------------------------------------------------------------------


def read_both(folder: Path, requests: str | None) -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    """The price book and the requests, of which `-` is standard input; all faults at once."""
    from cp_pricing.book.loading import load

    if requests is not None:
        refuse_table(requests)
    if requests != STANDARD_INPUT:
        return load(folder, requests, policy_root=policy_root())
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    return load(folder, sys.stdin.buffer, policy_root=policy_root())


def refuse_table(requests: str) -> None:
    """Raise `InputError` for a file that is there, but whose ending only `batch` reads."""
    from cp_pricing.intake.sources import format_named, refused

    path = Path(requests)
    if path.suffix.lower() == ".json" or not format_named(requests) or not path.is_file():
        return
    book: str | None = click.get_current_context().params.get("price_book")
    words = ["cp-pricing", "batch", *([book] if book else []), "--requests", requests]
    # Without backticks: what stands between them is cut where it is long, and this is to be pasted.
    hint = f"read it with {shlex.join([*words, '--out', 'results.csv'])}"
    raise refused(requests, "tables, JSON Lines and packed files are for `batch` to read", hint)


def chosen_requests(
    ctx: click.Context, requests: tuple[TuningRequest, ...], wanted: tuple[str, ...]
) -> tuple[TuningRequest, ...]:
    """The requests that were asked for, in the order asked, or all."""
    if not wanted:
        return requests
    by_id = {request.id: request for request in requests}
    names = [known_or_fail(ctx, "--request", name, list(by_id)) for name in wanted]
    return tuple(by_id[name] for name in dict.fromkeys(names))
