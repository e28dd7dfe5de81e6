"""`cp-pricing solve`: requests in, certified answers out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from cli.console.endings import exit_status
from cli.console.in_turn import end_after, solved_in_turn
from cli.console.inputs import policy_root_option, price_book_folder, read_or_exit
from cli.console.output import write_json, write_results
from cli.console.requests import (
    Detail,
    Extent,
    chosen_requests,
    detail_for,
    detail_option,
    extent_options,
    fail_on_option,
    format_option,
    read_both,
    requests_option,
    shares_of,
    time_limit_option,
    wanted_option,
)

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.results import TuningResult

Format: TypeAlias = Literal["table", "json", "jsonl"]

EPILOG = """\b
Examples:
  cp-pricing solve
  cp-pricing solve my-prices --request a-year-ahead --rules
  cp-pricing solve my-prices --requests - < asked.json
  cp-pricing solve my-prices --format jsonl --fail-on rejected

\b
Exit status:
  0    every request was decided
  1    a request was decided as --fail-on names it
  2    bad input: every fault is on standard error, nothing on standard output
  3    a request could not be decided within the time limit
"""


@click.command(epilog=EPILOG, short_help="Find the best price for each request, and explain it.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@requests_option
@wanted_option("Solve only this request; may be repeated.")
@format_option(
    "A report for people, one JSON document, or a JSON line for each result.",
    "table",
    "json",
    "jsonl",
)
@detail_option
@extent_options
@fail_on_option("End with status 1 if a request is decided so; may be repeated.")
@time_limit_option
@policy_root_option
@click.pass_context
def solve(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    requests: str | None,
    wanted: tuple[str, ...],
    output: Format,
    detail: Detail | None,
    extent: Extent | None,
    fail_on: tuple[str, ...],
    time_limit: float | None,
) -> None:
    """Find the best usage price for each tuning request, and explain it.

    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot
    that comes with cp-pricing is used.
    """
    folder = price_book_folder(price_book)
    book, written = read_or_exit(lambda: read_both(folder, requests))
    chosen = chosen_requests(ctx, written, wanted)
    detail = detail or detail_for(extent, len(chosen), for_people=output == "table")
    from cp_pricing.tuning import solve as solve_request

    results: list[TuningResult] = []
    shares = shares_of(time_limit, len(chosen))

    def keep(result: TuningResult) -> None:
        results.append(result)
        if output == "jsonl":  # as they come, for a reader that does not want to wait
            write_json(result.model_dump(mode="json"))

    finished = solved_in_turn(
        chosen,
        lambda request: solve_request(book, request, detail=detail, time_limit=shares.next()),
        keep,
    )
    _write(results, output, lambda: _show(book, chosen, results, extent))
    if not finished:
        end_after(len(results), chosen)
    sys.exit(exit_status([result.decision for result in results], fail_on))


def _write(results: Sequence[TuningResult], output: Format, show: Callable[[], None]) -> None:
    """Write the results, but for JSON lines, which have been written."""
    if output == "json":
        write_results(results)
    elif output == "table":
        show()


def _show(
    book: PriceBook,
    requests: Sequence[TuningRequest],
    results: Sequence[TuningResult],
    extent: Extent | None,
) -> None:
    """Write the results for people; after Ctrl-C there are fewer of them than requests."""
    from cli.views.solve import show_reports
    from cli.views.terminal import console
    from cp_pricing.telling.context import told_of

    answers = zip(requests, results, strict=False)
    show_reports(console(), [told_of(book, *answer) for answer in answers], extent)
