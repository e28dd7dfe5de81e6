"""`cp-pricing explain`: one request's answer in words, for the seller or for the customer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

import click

from cli.console.endings import Exit
from cli.console.inputs import (
    known_or_fail,
    policy_root_option,
    price_book_folder,
    read_or_exit,
)
from cli.console.output import write_json
from cli.console.progress import Interrupted, Progress, end_interrupted, interruptible
from cli.console.requests import (
    EACH,
    Extent,
    approved_option,
    extent_options,
    format_option,
    only_for,
    read_both,
    reader_option,
    request_ids,
    requests_option,
    time_limit_option,
    valid_until_option,
)
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.diagnosis.levers import LeverCurve
    from cp_pricing.results import TuningResult
    from cp_pricing.telling.context import Told
    from cp_pricing.tuning import Stage

Reader: TypeAlias = Literal["seller", "customer"]
Format: TypeAlias = Literal["table", "json"]

EPILOG = """\b
Examples:
  cp-pricing explain --request small-team-high-included
  cp-pricing explain --request small-team-high-included --for customer
  cp-pricing explain --request small-team-two-years --for customer --approved
  cp-pricing explain my-prices --request a-year-ahead --lever contract_duration_months
  cp-pricing explain my-prices --requests asked.json --request asked --format json

\b
Exit status:
  0    the request was decided
  2    bad input: every fault is on standard error, nothing on standard output
  3    the request could not be decided within the time limit
  130  interrupted; what was proven until then is on standard output
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, who reads about it, and how it is written."""

    book: PriceBook
    request: TuningRequest
    reader: Reader
    output: Format
    approved: bool
    valid_until: date | None
    extent: Extent | None
    time_limit: float


@click.command(epilog=EPILOG, short_help="Explain one request: why, why not, and what instead.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option(
    "--request",
    "wanted",
    metavar="ID",
    shell_complete=request_ids,
    help="The request to explain; may be left out where there is only one.",
)
@requests_option
@reader_option(
    "All of it, or only what a customer may see: no costs, margins, LTV, rules or approvers."
)
@click.option(
    "--lever",
    "levers",
    metavar="FIELD",
    multiple=True,
    help="Instead, the usage price for each value of a tunable field; may be repeated.",
)
@format_option("Words for people, or one JSON document.", "table", "json")
@approved_option
@valid_until_option
@extent_options
@time_limit_option
@policy_root_option
@click.pass_context
def explain(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    wanted: str | None,
    requests: str | None,
    reader: Reader,
    levers: tuple[str, ...],
    output: Format,
    approved: bool,
    valid_until: date | None,
    extent: Extent | None,
    time_limit: float | None,
) -> None:
    """Explain one request: why the price is what it is, why there is none, and what would do.

    Every figure has been solved for and certified. Ctrl-C shows what is proven until then.
    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot
    that comes with cp-pricing is used.
    """
    only_for(ctx, reader, "customer", approved=approved, valid_until=valid_until)
    folder = price_book_folder(price_book)
    book, written = read_or_exit(lambda: read_both(folder, requests))
    seconds = EACH if time_limit is None else time_limit
    request = _one(ctx, written, wanted)
    asked = Asked(book, request, reader, output, approved, valid_until, extent, seconds)
    fields = tuple(_tunable(ctx, asked, name) for name in levers)
    sys.exit(_show_levers(asked, fields) if fields else _show_explanation(asked))


def _one(
    ctx: click.Context, requests: tuple[TuningRequest, ...], wanted: str | None
) -> TuningRequest:
    """The request that is asked for, or the only one."""
    by_id = {request.id: request for request in requests}
    if wanted is not None:
        return by_id[known_or_fail(ctx, "--request", wanted, list(by_id))]
    if len(requests) > 1:
        raise click.UsageError(f"name one with --request: {', '.join(by_id)}", ctx)
    return requests[0]


def _tunable(ctx: click.Context, asked: Asked, name: str) -> str:
    """The field of a lever, which the request's plan must let the customer tune."""
    from cp_pricing.asking.names import term_names
    from cp_pricing.fields import PRICE, RATES, base_name

    configuration = asked.book.configuration(asked.request.configuration)
    tunable = [
        field
        for field in configuration.tunable
        if field != PRICE and base_name(field) != RATES  # neither is a lever: both are prices
    ]
    if not tunable:
        raise click.BadParameter(
            f"`{configuration.id}` has no tunable fields", ctx, param_hint="'--lever'"
        )

    names = term_names(asked.book.catalog, configuration)
    known = [known for known, field in names.items() if field in tunable]
    return names[known_or_fail(ctx, "--lever", name, known, listed=tunable)]


# --- the explanation ------------------------------------------------------------------------


def _show_explanation(asked: Asked) -> Exit:
    result = _solved(asked)
    if isinstance(result, Interrupted):
        _show_interrupted(asked, result.last)
    _write(asked, result)
    return Exit.UNKNOWN if result.decision == "unknown" else Exit.DECIDED


def _show_interrupted(asked: Asked, last: Stage | None) -> NoReturn:
    """What is proven so far, labelled so; then the program ends as Ctrl-C ends it."""
    result = last.result() if last else None
    if last is None or result is None:
        say("interrupted before anything was proven")
    else:
        say(f"interrupted while looking for {last.doing}")
        _write(asked, result, interrupted=True)
    end_interrupted()


def _solved(asked: Asked) -> TuningResult | Interrupted[Stage]:
    """The request solved in full, with progress on a terminal."""
    from cp_pricing.tuning import solve, solve_for_customer

    def work(tell: Callable[[Stage], None]) -> TuningResult:
        book, request, seconds = asked.book, asked.request, asked.time_limit
        if asked.reader == "seller":
            return solve(book, request, detail="full", time_limit=seconds, watch=tell)
        return solve_for_customer(
            book, request, approved=asked.approved, time_limit=seconds, watch=tell
        )

    with Progress(f"solving {asked.request.id}") as progress:
        return interruptible(work, lambda stage: progress.say(f"looking for {stage.doing}"))


def _write(asked: Asked, result: TuningResult, *, interrupted: bool = False) -> None:
    from cp_pricing.telling.context import told_of

    told = told_of(asked.book, asked.request, result)
    if asked.reader == "customer":
        _write_to_customer(asked, told, interrupted=interrupted)
    elif asked.output == "json":
        write_json(result.model_dump(mode="json"), indent=2)
    else:
        from cli.views.explain import show_explanation
        from cli.views.terminal import console

        show_explanation(console(), told, asked.extent, interrupted=interrupted)


def _write_to_customer(asked: Asked, told: Told, *, interrupted: bool) -> None:
    from cp_pricing.telling.customer_words import customer_sections, explained_to_customer

    view = explained_to_customer(told, asked.valid_until)
    if asked.output == "json":
        write_json(view.model_dump(mode="json"), indent=2)
        return
    from cli.views.explain import show_to_customer
    from cli.views.terminal import console

    sections = customer_sections(view, told.catalog)
    show_to_customer(console(), view, sections, told.catalog, interrupted=interrupted)


# --- levers ---------------------------------------------------------------------------------


def _show_levers(asked: Asked, fields: tuple[str, ...]) -> Exit:
    """The usage price for each value of some fields; nothing else is solved."""
    from cp_pricing.diagnosis.levers import lever_curve
    from cp_pricing.telling.lever_tables import customer_lever_table, lever_table
    from cp_pricing.tuning import deal_of, self_serve

    request = asked.request if asked.reader == "seller" else self_serve(asked.request)
    deal = deal_of(asked.book, request, asked.time_limit)
    curves = []
    with Progress("") as progress:
        for field in deal.solver.in_turn(fields):
            progress.say(f"solving {asked.request.id} for each value of {field}")
            curves.append(lever_curve(deal, field))
    if asked.approved:
        curves = _with_approval(asked, curves)
    table = lever_table if asked.reader == "seller" else customer_lever_table
    tables = [table(deal, curve) for curve in curves]
    if asked.output == "json":
        levers = [lever.model_dump(mode="json") for lever in tables]
        write_json({"schema_version": 1, "levers": levers}, indent=2)
    else:
        from cli.views.explain import show_lever
        from cli.views.terminal import console

        for lever in tables:
            show_lever(console(), lever, deal.denomination)
    points = [point for curve in curves for point in curve.points]
    return Exit.UNKNOWN if any(point.status == "unknown" for point in points) else Exit.DECIDED


def _with_approval(asked: Asked, curves: Sequence[LeverCurve]) -> list[LeverCurve]:
    """Self-serve curves with the price of the request's own answer, whose approvals are given."""
    from cp_pricing.diagnosis.levers import with_approval
    from cp_pricing.tuning import solve

    result = solve(asked.book, asked.request, detail="decision", time_limit=asked.time_limit)
    return [with_approval(curve, result) for curve in curves]
