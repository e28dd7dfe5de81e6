"""The customer's report: a model of its own, which has room for nothing but a customer's matters.

It is made from the customer's view of a result, the plan's own terms, those asked for and offered,
and the usage price by lever. Costs, margins, lifetime values, rules, approvers, profiles, other
configurations and the ids of requests have no place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.fields import AS_LISTED, PRICE
from cp_pricing.report.cards import CardPart, card_part
from cp_pricing.report.charts.levers import Levers, LeverWords, levers_of
from cp_pricing.report.entries import CustomerEntry
from cp_pricing.results import Decision
from cp_pricing.telling.customer_view import CustomerOffer, CustomerView
from cp_pricing.telling.customer_words import INSTEAD, customer_sections, headline
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import Section
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_cell, price_head, price_words
from cp_pricing.words.sheet import Cell, Fact, Row, Table, Tone, heads
from cp_pricing.words.statuses import DECISIONS
from cp_pricing.words.tables import asked_cell
from cp_pricing.words.terms import acts_in_words, capital, changed_fields

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

_USES = {
    Fraction(1, 2): "half of what we expect",
    Fraction(1): "what we expect",
    Fraction(2): "twice what we expect",
}
_LEVER_WORDS = LeverWords("confirmed for you", "no offer")


class CustomerRequest(NamedTuple):
    """What one request may look like to the customer who made it.

    `closing` is what to do next, to be read after the alternatives; `confirmed` whether the price
    is one of an approval that has been given.
    """

    anchor: str
    name: str
    plan: str
    decision: str
    tone: Tone
    answer: tuple[str, ...]
    words: tuple[Section, ...]
    closing: tuple[Section, ...]
    facts: tuple[Fact, ...]
    card: CardPart | None
    terms: Table
    bills: Table
    alternatives: Table
    levers_note: str
    levers: Levers
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CustomerReport:
    """Some requests of a customer, before them a summary of all."""

    title: str
    index: Table
    requests: tuple[CustomerRequest, ...]


def customer_report(
    price_book: PriceBook, entries: Sequence[CustomerEntry], dated: date | None = None
) -> CustomerReport:
    """What a customer may see of some requests, in their order, offered on the day `dated`."""
    requests = tuple(
        _request(number, entry, dated) for number, entry in enumerate(entries, start=1)
    )
    price = price_head((entry.denomination for entry in entries), "Usage price")
    columns = heads("Request", "Answer", f">{price}")
    rows = tuple(
        (
            Cell(request.name, request.plan, link=request.anchor),
            _answer(entry.view),
            Cell(_price(entry.view, entry.denomination)),
        )
        for request, entry in zip(requests, entries, strict=True)
    )
    index = Table("Your requests", columns, rows)
    return CustomerReport(price_book.catalog.name, index, requests)


def _answer(view: CustomerView) -> Cell:
    return Cell(headline(view), tone=_tone(view.decision), badge=True)


def _tone(decision: Decision) -> Tone:
    return DECISIONS[decision][1]


def _price(view: CustomerView, catalog: Denomination) -> str | None:
    if view.price is None:
        return None
    return price_cell(view.price.price, catalog)


def _request(number: int, entry: CustomerEntry, dated: date | None) -> CustomerRequest:
    view, catalog = entry.view, entry.denomination
    first, *others = _words(view, catalog)
    listed = view.list_price.price
    return CustomerRequest(
        anchor=f"request-{number}",
        name=f"Request {number}",
        plan=view.plan,
        decision=headline(view),
        tone=_tone(view.decision),
        answer=first.sentences,
        words=tuple(others[:-1]),
        closing=tuple(others[-1:]),
        facts=tuple(_facts(entry, catalog, dated)),
        card=card_part(entry.sale, view.plan, "our offer"),
        terms=_terms(entry, catalog),
        bills=_bills(view, catalog),
        alternatives=_alternatives(view.counteroffers, catalog),
        levers_note=_levers_note(catalog),
        levers=levers_of(entry.levers, catalog, listed, _LEVER_WORDS),
        confirmed=any(point.level for lever in entry.levers for point in lever.points),
    )


def _words(view: CustomerView, catalog: Denomination) -> Iterator[Section]:
    """The explanation, but for the alternatives, which have a table."""
    sections = customer_sections(view, catalog)
    yield from (section for section in sections if section.title != INSTEAD)


def _facts(entry: CustomerEntry, catalog: Denomination, dated: date | None) -> Iterator[Fact]:
    view, listed = entry.view, entry.view.list_price
    if view.price is not None:
        change = f.price_change(view.price.price, listed.price, catalog)
        note = "the list price" if change == "unchanged" else f"{change} than the list price"
        quote, tone = view.price.quote, _tone(view.decision)
        shown = change and not catalog.is_card
        yield Fact(f"Your {price_words(catalog).noun}", quote, note if shown else "", tone)
    if not catalog.is_card:  # of which the table of rates tells the list
        yield Fact("List price", listed.quote)
    if view.bill is not None:
        note = f"{f.money(view.list_bill, catalog.currency)} at list"
        yield Fact("Expected bill a month", f.money(view.bill, catalog.currency), note)
    if view.committed_value is not None and entry.offered:
        over = f"over {f.months(entry.offered.contract_duration_months)}, whatever you use"
        yield Fact("You commit to", f.money(view.committed_value, catalog.currency), over)
    if view.customer:
        yield Fact("For", view.customer)
    if dated:
        yield Fact("Date", f.day(dated))
    if view.valid_until:
        yield Fact("Valid until", f.day(view.valid_until))


def _levers_note(catalog: Denomination) -> str:
    basis = "" if catalog.is_card else f", in {catalog.currency} {f.quote_basis(catalog)}"
    return (
        f"Each point is your {price_words(catalog).noun}{basis}, with this one term changed and all"
        " else as you asked"
    )


# --- tables ---------------------------------------------------------------------------------


def _terms(entry: CustomerEntry, catalog: Denomination) -> Table:
    """The plan's terms beside those asked for and offered; what is nowhere set is left out."""
    listed, offered = entry.listed, entry.offered
    asked = entry.request.inputs
    names = ["Term", ">List", ">You asked for", *([">Our offer"] if offered else [])]
    rows = []
    for field in listed.fields:
        values = [listed.value(field), asked.get(field), offered.value(field) if offered else None]
        if not any(value and value != AS_LISTED for value in values):
            continue
        shown = Cell(f.field_value(field, listed.value(field), catalog))
        cells = [Cell(f.label(field, catalog)), shown]
        cells.append(asked_cell(entry.request, field, catalog, "open"))
        if offered:
            changed = field == PRICE or field in changed_fields(offered, listed)
            text = f.field_value(field, offered.value(field), catalog)
            cells.append(Cell(text, tone="strong" if changed else ""))
        rows.append(tuple(cells))
    return Table("Terms", heads(*names), tuple(rows))


def _bills(view: CustomerView, catalog: Denomination) -> Table:
    """What a month comes to at half the expected use, at it and at twice as much."""
    offered = view.bill is not None
    columns = heads("Your use", ">At list", *([">Our offer"] if offered else []))
    rows = []
    for each in view.bills:
        name = Cell(_USES[each.use], f"{f.use(each.monthly_units, catalog)} a month on average")
        amounts = [each.list_bill, *([each.bill] if each.bill is not None else [])]
        rows.append((name, *(Cell(f.money(amount, catalog.currency)) for amount in amounts)))
    return Table("Expected bill a month", columns, tuple(rows))


def _alternatives(offers: Sequence[CustomerOffer], catalog: Denomination) -> Table:
    columns = heads("Change", f">{capital(price_words(catalog).noun)}")
    return Table("Alternatives", columns, tuple(_alternative(offer, catalog) for offer in offers))


def _alternative(offer: CustomerOffer, catalog: Denomination) -> Row:
    above = offer.above_list_price and not catalog.is_card
    return (
        Cell(capital(acts_in_words(offer.changes, catalog))),
        Cell(offer.price.quote, "above the list price" if above else ""),
    )
