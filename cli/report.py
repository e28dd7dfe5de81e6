"""`cp-pricing report`: requests as one HTML or PDF file, for one kind of reader."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, TypeVar

import click

from cli.console.endings import Exit
from cli.console.in_turn import end_after, solved_in_turn
from cli.console.inputs import (
    known_or_fail,
    policy_root_option,
    price_book_folder,
    read_or_exit,
    warn,
)
from cli.console.output import (
    check_ending,
    check_folder,
    needing_extras,
    refuse_overwriting,
    write_file,
)
from cli.console.progress import Progress
from cli.console.requests import (
    approved_option,
    chosen_requests,
    day_option,
    only_for,
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
    from constraints.cpsat.budget import Shares
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.report.approver import ApproverEntry
    from cp_pricing.report.entries import CustomerEntry, ReportEntry

Entry = TypeVar("Entry", "ReportEntry", "CustomerEntry", "ApproverEntry")
Requests: TypeAlias = Sequence["TuningRequest"]

EPILOG = """\b
Examples:
  cp-pricing report
  cp-pricing report my-prices --out quarter.html
  cp-pricing report my-prices --request a-year-ahead --for customer --out offer.html
  cp-pricing report my-prices --request a-year-ahead --for customer --approved --out offer.pdf
  cp-pricing report my-prices --for approver --approver head-of-sales --out to-sign.html

\b
Exit status:
  0    the report was written, and every request in it was decided
  2    bad input: every fault is on standard error, nothing was written
  3    the report was written, but a request could not be decided within the time limit
  74   the report could not be written
  130  interrupted: nothing was written
"""


@dataclass(frozen=True)
class _Reading:
    """Who reads the report, and what is for them alone."""

    reader: Literal["seller", "customer", "approver"]
    approvers: tuple[str, ...]
    approved: bool
    valid_until: date | None
    dated: date | None

    @property
    def day(self) -> date:
        """The day that the report bears."""
        return self.dated or date.today()  # noqa: DTZ011 - the day where the seller is

    def check(self, ctx: click.Context) -> None:
        """Refuse options of other readers, and an offer that would end before it is made."""
        only_for(ctx, self.reader, "customer", approved=self.approved, valid_until=self.valid_until)
        only_for(ctx, self.reader, "customer", "approver", dated=self.dated)
        only_for(ctx, self.reader, "approver", approver=self.approvers)
        if self.valid_until and self.valid_until < self.day:
            message = f"{self.valid_until} is before the day of the offer, {self.day}"
            raise click.BadParameter(message, ctx, param_hint="'--valid-until'")


@click.command(epilog=EPILOG, short_help="Write all requests into one HTML or PDF file.")
@click.argument("price_book", required=False, type=click.Path())
@requests_option
@wanted_option("Report only this request; may be repeated.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write, .html or .pdf; an older one is replaced when the new one is complete.",
)
@reader_option(
    "A customer's report is a quote and shows no costs, margins, lifetime values, rules or"
    " approvers; an approver's has what is to be signed.",
    "approver",
)
@click.option(
    "--approver",
    "approvers",
    metavar="NAME",
    multiple=True,
    help="For approvers: only what this one is asked to sign; may be repeated.",
)
@approved_option
@valid_until_option
@day_option("--dated", "For customers and approvers: the day of the report.  [default: today]")
@time_limit_option
@policy_root_option
@click.pass_context
def report(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    /,
    *,
    price_book: str | None,
    requests: str | None,
    wanted: tuple[str, ...],
    out: Path,
    time_limit: float | None,
    **reading: Any,  # noqa: ANN401 - the other options by their names in `_Reading`
) -> None:
    """Write a report of tuning requests: decisions, terms, reasons, charts, counteroffers.

    The file needs no network and can be printed. PRICE_BOOK is a folder with catalog.yaml,
    profiles.yaml and policy.yaml; without it, the pilot that comes with cp-pricing is used.
    """
    told = _Reading(**reading)
    told.check(ctx)
    check_ending(ctx, "--out", out, (".html", ".pdf"))
    folder = price_book_folder(price_book)
    book, read = read_or_exit(lambda: read_both(folder, requests))
    chosen = chosen_requests(ctx, read, wanted)
    for name in told.approvers:
        known_or_fail(ctx, "--approver", name, book.policy.approvers)
    _check_tools(out)
    check_folder(ctx, "--out", out)
    refuse_overwriting([out], [*book.files, *([Path(requests)] if requests else [])])
    warn(book)
    sys.exit(_WRITERS[told.reader](told, book, chosen, shares_of(time_limit, len(chosen)), out))


def _for_seller(
    _told: _Reading, book: PriceBook, chosen: Requests, shares: Shares, out: Path
) -> Exit:
    from cp_pricing.report.page import report_html, shared_entries
    from cp_pricing.workers import cores

    coming = shared_entries(book, chosen, shares, cores())
    return _write(chosen, lambda _: next(coming), partial(report_html, book), out)


def _for_customer(
    told: _Reading, book: PriceBook, chosen: Requests, shares: Shares, out: Path
) -> Exit:
    from cp_pricing.report.page import customer_entries, customer_html

    _warn_of_several(chosen)
    offered = partial(customer_entries, book, approved=told.approved, valid_until=told.valid_until)

    def solve(request: TuningRequest) -> CustomerEntry:
        return next(offered([request], time_limit=shares.next()))

    return _write(chosen, solve, partial(customer_html, book, dated=told.day), out)


def _warn_of_several(chosen: Requests) -> None:
    """Warn of a page on which customers would read of one another."""
    names = sorted({request.customer.name for request in chosen} - {None}, key=str)
    if len(names) > 1:
        say(f"warning: this page is for several customers: {', '.join(map(str, names))}")


def _for_approver(
    told: _Reading, book: PriceBook, chosen: Requests, shares: Shares, out: Path
) -> Exit:
    from cp_pricing.report.page import approver_entries, approver_html

    def solve(request: TuningRequest) -> ApproverEntry:
        return next(approver_entries(book, [request], time_limit=shares.next()))

    draw = partial(approver_html, book, approvers=told.approvers, dated=told.day)
    return _write(chosen, solve, draw, out)


_WRITERS = {"seller": _for_seller, "customer": _for_customer, "approver": _for_approver}


def _write(
    chosen: Sequence[TuningRequest],
    solve: Callable[[TuningRequest], Entry],
    draw: Callable[[Sequence[Entry]], str],
    out: Path,
) -> Exit:
    """Solve the requests in turn and write their page; after Ctrl-C, say how far it came."""
    solved: list[Entry] = []
    if not solved_in_turn(chosen, solve, solved.append):
        _end_early(solved, chosen, out)
    try:
        with Progress(f"drawing {out.name}"):
            content = _content(draw(solved), out)
    except KeyboardInterrupt:
        _end_early(solved, chosen, out)
    write_file(out, content)
    say(f"wrote {out} ({len(content) / 1000:,.0f} kB)")
    undecided = any(entry.decision == "unknown" for entry in solved)
    return Exit.UNKNOWN if undecided else Exit.DECIDED


def _end_early(solved: Sequence[Entry], chosen: Requests, out: Path) -> NoReturn:
    for entry in solved:
        say(f"{entry.request.id}: {entry.in_short}")
    end_after(len(solved), chosen, f", {out} is as it was")


def _content(page: str, out: Path) -> bytes:
    """A page as its file's ending asks for it."""
    if not _is_pdf(out):
        return page.encode()
    from cp_pricing.report.pdf import page_pdf

    return page_pdf(page)


def _is_pdf(out: Path) -> bool:
    return out.suffix.lower() == ".pdf"


def _check_tools(out: Path) -> None:
    """Say what is missing to draw the file, before anything is solved."""
    from cp_pricing.report.page import templates
    from cp_pricing.report.pdf import pdf_maker

    with needing_extras():
        if _is_pdf(out):
            pdf_maker()
        templates()
