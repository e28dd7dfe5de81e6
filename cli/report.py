"""`cp-pricing report`: requests as one self-contained HTML file, for the seller or the customer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from cli.console.endings import Exit
from cli.console.in_turn import end_after, solved_in_turn
from cli.console.inputs import policy_root_option, price_book_folder, read_or_exit, warn
from cli.console.output import check_folder, refuse_overwriting, write_file
from cli.console.requests import (
    approved_option,
    chosen_requests,
    day_option,
    only_for_customers,
    read_both,
    reader_option,
    requests_option,
    shares_of,
    time_limit_option,
    valid_until_option,
    wanted_option,
)
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.report.entries import CustomerEntry, ReportEntry

Entry = TypeVar("Entry", "ReportEntry", "CustomerEntry")

EPILOG = """\b
Examples:
  cp-pricing report
  cp-pricing report my-prices --out quarter.html
  cp-pricing report my-prices --request a-year-ahead --for customer --out offer.html
  cp-pricing report my-prices --request a-year-ahead --for customer --approved --out offer.html

\b
Exit status:
  0    the report was written, and every request in it was decided
  2    bad input: every fault is on standard error, nothing was written
  3    the report was written, but a request could not be decided within the time limit
  74   the report could not be written
  130  interrupted: nothing was written
"""


@click.command(epilog=EPILOG, short_help="Write all requests into one HTML file.")
@click.argument("price_book", required=False, type=click.Path())
@requests_option
@wanted_option("Report only this request; may be repeated.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write; an older one is replaced when the new one is complete.",
)
@reader_option("A customer's report shows no costs, margins, lifetime values, rules or approvers.")
@approved_option
@valid_until_option
@day_option("--dated", "For a customer: the day of the offer.  [default: today]")
@time_limit_option
@policy_root_option
@click.pass_context
def report(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    requests: str | None,
    wanted: tuple[str, ...],
    out: Path,
    reader: Literal["seller", "customer"],
    approved: bool,
    valid_until: date | None,
    dated: date | None,
    time_limit: float | None,
) -> None:
    """Write an HTML report of tuning requests: decisions, terms, reasons, charts, counteroffers.

    The file needs no network and can be printed. PRICE_BOOK is a folder with catalog.yaml,
    profiles.yaml and policy.yaml; without it, the pilot that comes with cp-pricing is used.
    """
    only_for_customers(ctx, reader, approved=approved, valid_until=valid_until, dated=dated)
    dated = dated or date.today()  # noqa: DTZ011 - the day where the seller is
    _check_days(ctx, dated, valid_until)
    folder = price_book_folder(price_book)
    book, read = read_or_exit(lambda: read_both(folder, requests))
    chosen = chosen_requests(ctx, read, wanted)
    _check_templates()
    check_folder(ctx, "--out", out)
    refuse_overwriting([out], [*book.files, *([Path(requests)] if requests else [])])
    from cp_pricing.report import page

    shares = shares_of(time_limit, len(chosen))

    def for_seller(request: TuningRequest) -> ReportEntry:
        return next(page.entries(book, [request], time_limit=shares.next()))

    warn(book)
    if reader == "seller":
        sys.exit(_write(chosen, for_seller, partial(page.report_html, book), out))
    offered = partial(page.customer_entries, book, approved=approved, valid_until=valid_until)

    def for_customer(request: TuningRequest) -> CustomerEntry:
        return next(offered([request], time_limit=shares.next()))

    sys.exit(_write(chosen, for_customer, partial(page.customer_html, book, dated=dated), out))


def _write(
    chosen: Sequence[TuningRequest],
    solve: Callable[[TuningRequest], Entry],
    draw: Callable[[Sequence[Entry]], str],
    out: Path,
) -> Exit:
    """Solve the requests in turn and write their page; after Ctrl-C, say how far it came."""
    solved: list[Entry] = []
    if not solved_in_turn(chosen, solve, solved.append):
        for entry in solved:
            say(f"{entry.request.id}: {entry.in_short}")
        end_after(len(solved), chosen, f", {out} is as it was")
    page = draw(solved)
    write_file(out, page)
    say(f"wrote {out} ({len(page.encode()) / 1000:,.0f} kB)")
    undecided = any(entry.decision == "unknown" for entry in solved)
    return Exit.UNKNOWN if undecided else Exit.DECIDED


def _check_days(ctx: click.Context, dated: date, valid_until: date | None) -> None:
    """Refuse an offer that would end before it is made."""
    if valid_until and valid_until < dated:
        message = f"{valid_until} is before the day of the offer, {dated}"
        raise click.BadParameter(message, ctx, param_hint="'--valid-until'")


def _check_templates() -> None:
    """Say that Jinja2 is missing before anything is solved."""
    from cp_pricing.report.page import MissingTemplatesError, templates

    try:
        templates()
    except MissingTemplatesError as missing:
        hint = "install it with: pip install 'cp-pricing[report]'"
        raise click.ClickException(f"{missing}; {hint}") from missing
