"""What workers do for the API: requests of a body solved, explained, compared."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from constraints.cpsat.budget import Shares
from constraints.text.numerals import decimal_string
from constraints.text.source import InputError, Issue, Span
from cp_pricing.book.loading import parse_requests
from cp_pricing.fields import UNLIMITED
from cp_pricing.telling.context import told_of
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.telling.story import story
from cp_pricing.tuning import decisions, solve, solve_for_customer
from cp_pricing.web.api.documents import (
    ComparedRow,
    ComparisonDocument,
    ExplanationDocument,
    ResultsDocument,
    SectionDocument,
)
from cp_pricing.web.desk.comparing import MOST_OFFERS
from cp_pricing.web.desk.work import Detail, is_lasting, watching
from cp_pricing.web.solving.tasks import Reply, Tell
from cp_pricing.words.offers_sheet import SheetRow, SheetValue, offers_sheet

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest

BODY: Final = "body"  # the name of the file whose lines and columns faults have
MOST_REQUESTS: Final = 20


def requests_of(book: PriceBook, text: str, most: int) -> tuple[TuningRequest, ...]:
    """The requests of a body, written as in their file; raises `InputError`."""
    requests = parse_requests(book, text, BODY)
    if len(requests) > most:
        hint = "send them as a job" if most == MOST_REQUESTS else "send fewer"
        message = f"there are {len(requests):,} requests, and at most {most:,} may be sent here"
        raise InputError([Issue(Span(BODY, 1, 1, 1, 2), message, hint)], {BODY: text})
    return requests


@dataclass(frozen=True, slots=True)
class SolveTask:
    """Requests of a body, and their results."""

    digest: str
    text: str
    detail: Detail
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve them in turn; raises `InputError` for a body with faults."""
        requests = requests_of(book, self.text, MOST_REQUESTS)
        shares = Shares(self.seconds, len(requests))
        results = tuple(
            solve(book, one, detail=self.detail, time_limit=shares.next(), watch=watching(tell))
            for one in requests
        )
        body = ResultsDocument(results=results).model_dump_json()
        return Reply(body.encode(), is_lasting(results))


@dataclass(frozen=True, slots=True)
class ExplainTask:
    """One request of a body, explained to the seller or to the customer."""

    digest: str
    text: str
    reader: Literal["seller", "customer"]
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve and tell it; raises `InputError` for a body with faults."""
        (request,) = requests_of(book, self.text, 1)
        if self.reader == "customer":
            result = solve_for_customer(
                book, request, time_limit=self.seconds, watch=watching(tell)
            )
            view = explained_to_customer(told_of(book, request, result), None)
            return Reply(view.model_dump_json().encode(), is_lasting([result]))
        result = solve(book, request, detail="full", time_limit=self.seconds, watch=watching(tell))
        words = tuple(
            SectionDocument(title=one.title, sentences=tuple(map(str, one.sentences)))
            for one in story(told_of(book, request, result))
        )
        document = ExplanationDocument(result=result, words=words)
        return Reply(document.model_dump_json().encode(), is_lasting([result]))


@dataclass(frozen=True, slots=True)
class SideBySideTask:
    """Two to four requests of a body, side by side."""

    digest: str
    text: str
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve and compare them; raises `InputError` for a body with faults."""
        requests = requests_of(book, self.text, MOST_OFFERS)
        shares = Shares(self.seconds, len(requests))
        results = tuple(
            solve(book, one, time_limit=shares.next(), watch=watching(tell)) for one in requests
        )
        rows = offers_sheet(list(zip(requests, results, strict=True)), book)
        document = ComparisonDocument(rows=tuple(map(_row, rows)), results=results)
        return Reply(document.model_dump_json().encode(), is_lasting(results))


def _row(row: SheetRow) -> ComparedRow:
    values = tuple(map(_value, row.values))
    return ComparedRow(name=row.name, unit=row.unit, values=values, differs=len(set(values)) > 1)


def _value(value: SheetValue) -> str | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    return "unlimited" if value >= UNLIMITED else decimal_string(Fraction(value))


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """Some of the requests of a job."""

    digest: str
    requests: tuple[TuningRequest, ...]
    detail: Detail
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve them: where only the decision is asked for, all together."""
        tell(f"{len(self.requests)} requests of a batch")
        if self.detail == "decision":
            results = decisions(book, self.requests, self.seconds)
        else:
            results = [
                solve(book, one, detail=self.detail, time_limit=self.seconds, watch=watching(tell))
                for one in self.requests
            ]
        body = ResultsDocument(results=tuple(results)).model_dump_json()
        return Reply(body.encode(), lasting=False)
