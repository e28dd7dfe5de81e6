"""Offers side by side: what each asks and brings, with what differs from the first marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from constraints.cpsat.budget import Shares
from cp_pricing.asking.understood import understood as said_back
from cp_pricing.tuning import solve
from cp_pricing.web.desk.addresses import Pairs, pairs_of, question_of
from cp_pricing.web.desk.drawing import drawn
from cp_pricing.web.desk.forms import understood_of
from cp_pricing.web.solving.tasks import Reply, Tell
from cp_pricing.words.offers import Offer, offers_table
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.words.sheet import Cell

# As many as fit beside one another.
MOST_OFFERS: Final = 4
KEPT, OFFER = "kept", "offer"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the offers; `edit` leads to its page with the others kept, `without` leaves it out."""

    name: str
    understood: str
    reason: str
    edit: str
    without: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what it is, its cells, and which of them differ from the first."""

    name: str
    cells: tuple[Cell, ...]
    differs: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Offers side by side."""

    sides: tuple[Side, ...]
    lines: tuple[Line, ...]


def query_pairs(query: str) -> Pairs:
    """The question of a query, in pairs, in the order in which all have it.

    Raises `InputError` for one that is none.
    """
    return pairs_of(question_of(parse_qsl(query, keep_blank_values=True)))


def keeping(queries: Sequence[str]) -> str:
    """What an address of a page has behind its question, so that offers stay kept."""
    return "".join(f"&{urlencode({KEPT: query})}" for query in queries[: MOST_OFFERS - 1])


def compared(queries: Sequence[str]) -> str:
    """The address of offers side by side."""
    return f"/compare?{urlencode([(OFFER, query) for query in queries])}"


@dataclass(frozen=True, slots=True)
class CompareTask:
    """Some offers, each a question in pairs, solved and drawn side by side."""

    digest: str
    questions: tuple[Pairs, ...]
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Solve them in turn; raises `InputError` for a question with faults."""
        offers = []
        shares = Shares(self.seconds, len(self.questions))
        for place, pairs in enumerate(self.questions, start=1):
            name = f"offer-{place}"
            tell(f"the best of {name}")
            offers.append(_solved(book, name, pairs, shares.next()))
        queries = [urlencode(pairs) for pairs in self.questions]
        sides = tuple(_side(place, queries, offers, book) for place in range(len(offers)))
        table = offers_table(offers, book)
        lines = tuple(_line(row[0].text or "", row[1:]) for row in table.rows)
        lasting = all(result.decision != "unknown" for _, result in offers)
        return Reply(drawn("compared.html.j2", compared=Comparison(sides, lines)), lasting)


def _solved(book: PriceBook, name: str, pairs: Pairs, seconds: float) -> Offer:
    understood = understood_of(book, question_of(pairs))
    request = understood.request.model_copy(update={"id": name})
    return request, solve(understood.asked.book, request, time_limit=seconds)


def _side(place: int, queries: Sequence[str], offers: Sequence[Offer], book: PriceBook) -> Side:
    request, result = offers[place]
    others = [query for other, query in enumerate(queries) if other != place]
    return Side(
        name=request.id,
        understood=said_back(request, book),
        reason=capital(result.reason),
        edit=f"/ask?{queries[place]}{keeping(others)}",
        without=compared(others) if others else "",
    )


def _line(name: str, cells: Sequence[Cell]) -> Line:
    return Line(name, tuple(cells), tuple(cell.text != cells[0].text for cell in cells))
