"""`cp-pricing solve`: requests in, certified answers out."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias

import click
from click.shell_completion import CompletionItem

from cli.endings import Exit
from cli.inputs import known_or_fail, price_book_folder, read_or_exit
from cli.output import write_json
from cli.progress import Progress

if TYPE_CHECKING:
    from cp_pricing.price_book import PriceBook
    from cp_pricing.requests import TuningRequest
    from cp_pricing.results import TuningResult

Format: TypeAlias = Literal["table", "json", "jsonl"]
Detail: TypeAlias = Literal["rules", "full"]

REQUESTS = "tuning_requests.json"
STANDARD_INPUT = "-"
EPILOG = """\b
Examples:
  cp-pricing solve
  cp-pricing solve my-prices --request lower-price --detail full
  cp-pricing solve my-prices --requests - < asked.json
  cp-pricing solve my-prices --format jsonl --fail-on rejected

\b
Exit status:
  0    every request was decided
  1    a request was decided as --fail-on names it
  2    bad input: every fault is on standard error, nothing on standard output
  3    a request could not be decided within the time limit
"""


def _request_ids(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The ids in the requests' file, as far as it can be read without a check."""
    # While an option still lacks its value, click leaves the arguments unassigned.
    folder = price_book_folder(ctx.params.get("price_book") or next(iter(ctx.args), None))
    path = Path(ctx.params.get("requests") or folder / REQUESTS)
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["requests"]
        names = [str(request["id"]) for request in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _seconds(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    if not math.isfinite(value) or value <= 0:
        raise click.BadParameter("must be a number of seconds above 0", ctx, parameter)
    return value


@click.command(epilog=EPILOG, short_help="Find the best price for each request, and explain it.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option(
    "--requests",
    metavar="FILE",
    type=click.Path(allow_dash=True),
    help=f"The requests; `-` is standard input.  [default: {REQUESTS} of the price book]",
)
@click.option(
    "--request",
    "wanted",
    metavar="ID",
    multiple=True,
    shell_complete=_request_ids,
    help="Solve only this request; may be repeated.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="A report for people, one JSON document, or a JSON line for each result.",
)
@click.option(
    "--detail",
    type=click.Choice(["rules", "full"]),
    default="rules",
    show_default=True,
    help="The rules read at the answer, or also what binds, conflicts, counteroffers, trade-offs.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["rejected", "requires_approval", "unknown"]),
    multiple=True,
    help="End with status 1 if a request is decided so; may be repeated.",
)
@click.option(
    "--time-limit",
    type=float,
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    callback=_seconds,
    help="The longest that one optimisation may take.",
)
@click.pass_context
def solve(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    requests: str | None,
    wanted: tuple[str, ...],
    output: Format,
    detail: Detail,
    fail_on: tuple[str, ...],
    time_limit: float,
) -> None:
    """Find the best usage price for each tuning request, and explain it.

    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot
    that comes with cp-pricing is used.
    """
    folder = price_book_folder(price_book)
    book, found = read_or_exit(lambda: _read(folder, requests))
    chosen = _chosen(ctx, found, wanted)
    results = _written(_solved(book, chosen, detail, time_limit), output, book)
    sys.exit(_exit_status([result.decision for result in results], fail_on))


def _read(folder: Path, requests: str | None) -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    from constraints.source import InputError
    from cp_pricing.price_book import load

    if requests != STANDARD_INPUT:
        return load(folder, requests)
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    # Read as a file, so that the faults of it and of the price book come all at once.
    with TemporaryDirectory() as scratch:
        copy = Path(scratch, REQUESTS)
        copy.write_bytes(sys.stdin.buffer.read())
        try:
            return load(folder, copy)
        except InputError as faults:
            raise faults.renamed({str(copy): "standard input"}) from None


def _chosen(
    ctx: click.Context, requests: tuple[TuningRequest, ...], wanted: tuple[str, ...]
) -> tuple[TuningRequest, ...]:
    """The requests that were asked for, in the order asked, or all."""
    if not wanted:
        return requests
    by_id = {request.id: request for request in requests}
    names = [known_or_fail(ctx, "--request", name, list(by_id)) for name in wanted]
    return tuple(by_id[name] for name in dict.fromkeys(names))


def _solved(
    book: PriceBook, requests: Sequence[TuningRequest], detail: Detail, time_limit: float
) -> Iterator[TuningResult]:
    """The results, with progress on a terminal between one and the next."""
    from cp_pricing.tuning import solve as solve_request

    for place, request in enumerate(requests, start=1):
        with Progress(f"solving {request.id}, {place} of {len(requests)}"):
            result = solve_request(book, request, detail=detail, time_limit=time_limit)
        yield result


def _written(
    results: Iterator[TuningResult], output: Format, book: PriceBook
) -> list[TuningResult]:
    """Write the results; JSON lines as they come, for a reader that does not want to wait."""
    if output == "jsonl":
        return [_line_written(result) for result in results]
    found = list(results)
    if output == "json":
        document = {"schema_version": 1, "results": [r.model_dump(mode="json") for r in found]}
        write_json(document, indent=2)
    else:
        _show(found, book)
    return found


def _line_written(result: TuningResult) -> TuningResult:
    write_json(result.model_dump(mode="json"))
    return result


def _show(results: list[TuningResult], book: PriceBook) -> None:
    from cli.report import Reported, show_reports
    from cli.terminal import console
    from cp_pricing.fields import FIELDS
    from cp_pricing.results import Terms
    from cp_pricing.tuning import pricing_of

    pricing = pricing_of(book)
    reports = []
    for result in results:
        values = pricing.evaluate(result.baseline, result.profile)
        baseline = Terms.model_validate({field: values[field] for field in FIELDS})
        cohort = book.profile(result.profile).cohort
        reports.append(Reported(result, baseline, cohort, book.catalog))
    show_reports(console(), reports)


def _exit_status(decisions: list[str], fail_on: tuple[str, ...]) -> Exit:
    if set(decisions) & set(fail_on):
        return Exit.FAILED_ON
    return Exit.UNKNOWN if "unknown" in decisions else Exit.DECIDED
