"""`cp-pricing quotes save`: a question in one line, and its answer put on record."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import click

from cli.console.asking import book_option, question_options, question_words
from cli.console.endings import exit_status
from cli.console.in_turn import end_after, solved_in_turn
from cli.console.inputs import policy_root_option, read_or_exit, read_price_book
from cli.console.output import write_json
from cli.console.requests import EACH, day_option, format_option, time_limit_option
from cli.quotes.acting import acting_options, desk, now

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.quotes.approvals import Preview
    from cp_pricing.quotes.history import Quote
    from cp_pricing.quotes.solved import Solved
    from cp_pricing.results import TuningResult

DAYS = 30
EPILOG = """\b
Examples:
  cp-pricing quotes save membership-plus-overage small-team term=2y --approval --preview
  cp-pricing quotes save membership-plus-overage small-team term=2y --approval --customer Acme
  cp-pricing quotes save membership-plus-overage small-team term=1y --number Q-2026-0001

\b
Exit status:
  0    it is on record, or with --preview would be
  2    bad input: every fault is on standard error, and nothing is written
  3    it could not be decided within the time limit; it is on record so
  74   the record could not be written
"""


@click.command("save", epilog=EPILOG, short_help="Put a question and its answer on record.")
@question_words
@click.option("--number", metavar="NUMBER", default="", help="As the next version of this quote.")
@click.option("--preview", is_flag=True, help="Only say who would have to sign; write nothing.")
@day_option("--valid-until", f"The last day that it stands, in UTC.  [default: {DAYS} days on]")
@click.option("--owner", metavar="NAME", default="", help="Whose it is.  [default: who saves it]")
@click.option("--note", metavar="TEXT", default="", help="A note for the desk.")
@question_options
@book_option
@format_option("What was saved for people, or as JSON.", "text", "json")
@time_limit_option
@policy_root_option
@acting_options
def save(  # noqa: PLR0913 - click passes every option by its name
    *,
    number: str,
    preview: bool,
    valid_until: date | None,
    owner: str,
    note: str,
    folder: str | None,
    output: Literal["text", "json"],
    time_limit: float | None,
    where: str,
    token: str | None,
    name: str | None,
    **question: Any,  # noqa: ANN401 - the other options by their names in `Question`
) -> None:
    """Answer a question as `quote` does, and put it on record with all that it rests on.

    With --number it becomes the next version of a quote, which supersedes the one before.
    """
    from cp_pricing.quotes.approvals import previewed
    from cp_pricing.quotes.record import Terms
    from cp_pricing.quotes.record import save as put_on_record

    solved = _solved(read_price_book(folder), question, time_limit or EACH)
    status = exit_status([solved.result.decision], ())
    if preview and not number:
        _preview(previewed(solved, now()), output)
        sys.exit(status)
    with desk(where, token, name, make=not number) as own:
        if preview:
            _preview(previewed(solved, own.now, (own.store, number)), output)
        else:
            terms = Terms(valid_until or own.now.date() + timedelta(DAYS), owner, note)
            saved = put_on_record(own, solved, terms, number=number)
            _show(saved, solved, own.now, output)
    sys.exit(status)


def _solved(book: PriceBook, question: Mapping[str, Any], seconds: float) -> Solved:
    """The question, answered; Ctrl-C ends it."""
    from cp_pricing.asking.question import Question, asked
    from cp_pricing.quotes.solved import Solved
    from cp_pricing.tuning import solve

    offers = read_or_exit(lambda: asked(book, Question(**question), "quotes save"))
    results: list[TuningResult] = []

    def answer(request: TuningRequest) -> TuningResult:
        return solve(book, request, detail="full", time_limit=seconds)

    if not solved_in_turn(offers.requests, answer, results.append):
        end_after(0, offers.requests, ", nothing is on record")
    return Solved(book, offers.requests[0], results[0])


def _preview(found: Preview, output: Literal["text", "json"]) -> None:
    """Say who would have to sign, if it were put on record now."""
    if output == "json":
        from cp_pricing.quotes.documents import preview_document

        write_json(preview_document(found).model_dump(mode="json"), indent=2)
        return
    from cli.views.quotes import show_preview
    from cli.views.terminal import console

    show_preview(console(), found)


def _show(saved: Quote, solved: Solved, moment: datetime, output: Literal["text", "json"]) -> None:
    if output == "json":
        from cp_pricing.quotes.documents import quote_document

        write_json(quote_document(saved, moment).model_dump(mode="json"), indent=2)
        return
    from cli.views.quotes import show_saved
    from cli.views.terminal import console

    show_saved(console(), saved, solved, moment)
