"""`cp-pricing quote`: a question in one line, and its answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import click

from cli.console.asking import book_option, question_options, question_words
from cli.console.endings import exit_status
from cli.console.in_turn import end_after, solved_in_turn
from cli.console.inputs import policy_root_option, read_or_exit, read_price_book
from cli.console.offered import parameters
from cli.console.output import (
    check_ending,
    check_folder,
    needing_extras,
    refuse_overwriting,
    write_file,
    write_results,
)
from cli.console.requests import (
    Detail,
    Extent,
    detail_for,
    detail_option,
    extent_options,
    fail_on_option,
    format_option,
    shares_of,
    time_limit_option,
)
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.asking.question import Asked
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.results import TuningResult

Format: TypeAlias = Literal["table", "json"]

EPILOG = """\b
Terms, each NAME=VALUE; a field's own name does as well:
  included=12M             units a month in the package, or `unlimited`
  price=7.50               the usage price asked, as it is quoted; without it, the best is found
  term=24m term=2y         months
  minimum=100 guarantee=99 amounts a month; also fee and seat
  prepaid=1.2k             an amount at signing
  onboarding=yes           paid by the customer; flexibility=yes: cancellation is less flexible
Of a rate card, in the place of included and price:
  discount=15%             the discount on usage asked
  included.input=20M       units a month of one meter
  rate.output=12           a price agreed in place of a meter's rate, as it is quoted

\b
Examples:
  cp-pricing quote membership-plus-overage small-team included=12M term=2y prepaid=1.2k price=7.50
  cp-pricing quote membership-plus-overage small-team term=2y --approval --or "term=36m price=7"
  cp-pricing quote membership-plus-overage small-team price=7 --open term,prepaid --prefer least
  cp-pricing quote membership-plus-overage small-team term=1y --param one_year_credit=10%
  cp-pricing quote membership-plus-overage small-team term=1y --confidence 90%
  cp-pricing quote membership-plus-overage small-team term=1y --or term=2y --out offers.xlsx

\b
Exit status:
  0    every offer was decided
  1    an offer was decided as --fail-on names it
  2    bad input: every fault is on standard error, nothing on standard output
  3    an offer could not be decided within the time limit
  74   the file of --out or --save could not be written
"""


@click.command(epilog=EPILOG, short_help="Ask for a price in one line, without a file.")
@question_words
@click.option(
    "--or",
    "others",
    metavar="TERMS",
    multiple=True,
    help="Another offer beside the first: what it has otherwise (`TERM=` takes a term back).",
)
@question_options
@click.option(
    "--param",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=parameters,
    help="Try another value of a policy's parameter; its file stays as it is.",
)
@click.option(
    "--confidence",
    metavar="SHARE",
    help="Try another share of the profile's draws in which the deal must be worth enough; the "
    "policy stays as it is.",
)
@book_option
@click.option(
    "--save", "id_", metavar="ID", help="Add the request to tuning_requests.json of the price book."
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the offers side by side to a file as well: .csv or .xlsx.",
)
@format_option("An answer for people, or the JSON document of `solve`.", "table", "json")
@detail_option
@extent_options
@fail_on_option("End with status 1 if an offer is decided so; may be repeated.")
@time_limit_option
@policy_root_option
@click.pass_context
def quote(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    /,
    *,
    folder: str | None,
    out: Path | None,
    output: Format,
    detail: Detail | None,
    extent: Extent | None,
    fail_on: tuple[str, ...],
    time_limit: float | None,
    **question: Any,  # noqa: ANN401 - the other options by their names in `Question`
) -> None:
    """Ask for a price in one line: PLAN is where the deal starts, PROFILE the customer's like."""
    _check_out(ctx, out)
    book = read_price_book(folder)
    from cp_pricing.asking.question import Question, asked
    from cp_pricing.tuning import solve

    offers = read_or_exit(lambda: asked(book, Question(**question)))
    _refuse_overwriting(offers, out)
    _keep(offers)
    results: list[TuningResult] = []
    shares = shares_of(time_limit, len(offers.requests))
    detail = detail or detail_for(extent, len(offers.requests), for_people=output == "table")

    def solved(request: TuningRequest) -> TuningResult:
        result = solve(offers.book, request, detail=detail, time_limit=shares.next())
        return result.model_copy(update={"warnings": (*offers.tried, *result.warnings)})

    finished = solved_in_turn(offers.requests, solved, results.append)
    if output == "json":
        write_results(results)
    else:
        _show(offers, results, extent)
    if not finished:
        end_after(len(results), offers.requests, f", {out} is as it was" if out else "")
    _write(offers, results, out)
    sys.exit(exit_status([result.decision for result in results], fail_on))


def _check_out(ctx: click.Context, out: Path | None) -> None:
    """Refuse a file that cannot be written, before anything is solved."""
    if out is None:
        return
    from cp_pricing.report.spreadsheet import ENDINGS, xlsx_writer

    check_ending(ctx, "--out", out, ENDINGS)
    check_folder(ctx, "--out", out)
    if out.suffix.lower() == ".xlsx":
        with needing_extras():
            xlsx_writer()


def _refuse_overwriting(offers: Asked, out: Path | None) -> None:
    """Refuse a file that would replace one of the price book, or the requests that are kept."""
    if out is not None:
        kept = [offers.file.path] if offers.file else []
        refuse_overwriting([out], [*offers.book.files, *kept])


def _write(offers: Asked, results: Sequence[TuningResult], out: Path | None) -> None:
    """Write the offers side by side, if they are to be."""
    if out is None:
        return
    from cp_pricing.report.spreadsheet import spreadsheet
    from cp_pricing.words.offers_sheet import offers_sheet

    rows = offers_sheet(list(zip(offers.requests, results, strict=True)), offers.book)
    write_file(out, spreadsheet(rows, out.suffix.lower()))
    say(f"wrote {out}")


def _keep(offers: Asked) -> None:
    """Add the requests to the price book's file of them, if they are to be kept."""
    if offers.file is None:
        return
    from cp_pricing.asking.keeping import text_with

    write_file(offers.file.path, text_with(offers.file, offers.requests))
    ids = ", ".join(request.id for request in offers.requests)
    say(f"kept in {offers.file.path}: {ids}")


def _show(offers: Asked, results: Sequence[TuningResult], extent: Extent | None) -> None:
    from cli.views.quote import show_quote
    from cli.views.terminal import console

    show_quote(console(), offers, results, extent)
