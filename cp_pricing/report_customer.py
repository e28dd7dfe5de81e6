"""The customer's report: a model of its own, which has room for nothing but a customer's matters.

It is filled field by field from what a customer may see: the plan's own terms, the terms asked
for and offered, usage prices, and whether an approval is needed. Costs, margins, lifetime values,
rules, approvers, profiles, other configurations and the ids of requests have no place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing import formatting as f
from cp_pricing.explanation import changed_fields
from cp_pricing.fields import FIELDS, PRICE
from cp_pricing.lever_charts import LeverWords
from cp_pricing.report_data import ReportEntry
from cp_pricing.report_levers import Levers, levers_of
from cp_pricing.report_parts import TONES, Cell, Fact, Table, Tone, capital, heads
from cp_pricing.report_reasons import change_in_words, more_cell, price_cell, shown
from cp_pricing.results import Counteroffer, Decision, Terms, TradeOff, TuningResult

if TYPE_CHECKING:
    from cp_pricing.catalog import Catalog
    from cp_pricing.price_book import PriceBook

_WORDS: dict[Decision, str] = {
    "accepted": "available now",
    "requires_approval": "subject to our approval",
    "rejected": "not available on these terms",
    "unknown": "not decided yet",
}
_LEVER_WORDS = LeverWords("subject to our approval", "not available")


@dataclass(frozen=True, slots=True)
class CustomerRequest:
    """What one request may look like to the customer who made it."""

    anchor: str
    name: str
    plan: str
    decision: str
    tone: Tone
    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]
    terms: Table
    alternatives: Table
    corrections: tuple[str, ...]
    trade_offs: Table
    levers: Levers


@dataclass(frozen=True, slots=True)
class CustomerReport:
    """Some requests of a customer, before them a summary of all."""

    title: str
    index: Table
    requests: tuple[CustomerRequest, ...]


def customer_report(price_book: PriceBook, entries: Sequence[ReportEntry]) -> CustomerReport:
    """What a customer may see of some requests, in their order."""
    catalog = price_book.catalog
    requests = tuple(_request(place, e, catalog) for place, e in enumerate(entries, start=1))
    columns = heads(
        "Request", "Answer", f">Usage price, {catalog.currency} {f.quote_basis(catalog)}"
    )
    rows = (
        (
            Cell(request.name, request.plan, link=request.anchor),
            Cell(request.decision, tone=request.tone, badge=True),
            Cell(_price(entry.result, catalog)),
        )
        for request, entry in zip(requests, entries, strict=True)
    )
    return CustomerReport(catalog.name, Table("Your requests", columns, tuple(rows)), requests)


def _price(result: TuningResult, catalog: Catalog) -> str:
    terms = result.configuration
    return f.exact(terms.usage_unit_price * catalog.quote_per, f.CENTS) if terms else "–"


def _request(place: int, entry: ReportEntry, catalog: Catalog) -> CustomerRequest:
    result, listed = entry.result, entry.baseline.terms
    return CustomerRequest(
        anchor=f"request-{place}",
        name=f"Request {place}",
        plan=entry.deal.offer.configuration.name,
        decision=_WORDS[result.decision],
        tone=TONES[result.decision],
        sentences=tuple(_sentences(entry, catalog)),
        facts=tuple(_facts(result.configuration, listed, catalog)),
        terms=_terms(entry, catalog),
        alternatives=_alternatives(result.counteroffers, catalog),
        corrections=tuple(_corrections(result, catalog)),
        trade_offs=_trade_offs(result, catalog),
        levers=levers_of(entry.levers, catalog, listed.usage_unit_price, _LEVER_WORDS),
    )


def _facts(terms: Terms | None, listed: Terms, catalog: Catalog) -> Iterator[Fact]:
    price = listed.usage_unit_price
    if terms is not None:
        change = f.change(terms.usage_unit_price, price)
        note = "the list price" if change == "unchanged" else f"{change} than the list price"
        yield Fact(
            "Your usage price", f.quote(terms.usage_unit_price, catalog), note if change else ""
        )
    yield Fact("List price", f.quote(price, catalog))


# --- in words -------------------------------------------------------------------------------


def _sentences(entry: ReportEntry, catalog: Catalog) -> Iterator[str]:
    """The answer, its reason as far as it is the customer's, and what to do next."""
    result = entry.result
    if result.configuration is not None:
        yield from _offer(result, result.configuration, catalog)
        return
    if result.decision == "unknown":
        yield "We could not decide on this request in time, which is neither a yes nor a no."
        yield "Next: ask again with fewer open terms."
        return
    for violation in entry.deal.violations:
        possible = f.bounds_in_words(
            violation.field, violation.bounds, violation.canonical, catalog
        )
        asked = f.field_value(violation.field, violation.asked, catalog)
        name = capital(f.label(violation.field, catalog))
        yield f"{name}: you asked for {asked}; possible is {possible}."
    if not entry.deal.violations:
        yield "We have no usage price to offer for these terms together."
    if result.counteroffers:
        yield "Next: choose one of the alternatives below, or change your terms and ask again."
    else:
        yield "Next: change your terms and ask again."


def _offer(result: TuningResult, terms: Terms, catalog: Catalog) -> Iterator[str]:
    price = f.quote(terms.usage_unit_price, catalog)
    if result.decision == "accepted":
        yield f"On these terms your usage price is {price}."
        yield "Next: accept it, or see below what other terms would change."
    else:
        yield f"On these terms your usage price would be {price}, once we have approved it."
        yield "Next: tell us that you want it, and we will ask for the approval."


# --- tables ---------------------------------------------------------------------------------


def _terms(entry: ReportEntry, catalog: Catalog) -> Table:
    """The plan's terms beside those asked for and offered; what is nowhere set is left out."""
    listed, offered = entry.baseline.terms, entry.result.configuration
    asked = entry.request.inputs
    names = ["Term", ">List", ">You asked for", *([">Our offer"] if offered else [])]
    rows = []
    for field in FIELDS:
        values = [getattr(listed, field), asked.get(field), getattr(offered, field, None)]
        if not any(values):
            continue
        cells = [Cell(f.label(field, catalog)), Cell(f.field_value(field, values[0], catalog))]
        cells.append(_asked(entry, field, catalog))
        if offered:
            changed = field == PRICE or field in changed_fields(offered, listed)
            text = f.field_value(field, values[2], catalog)
            cells.append(Cell(text, tone="strong" if changed else ""))
        rows.append(tuple(cells))
    return Table("Terms", heads(*names), tuple(rows))


def _asked(entry: ReportEntry, field: str, catalog: Catalog) -> Cell:
    request = entry.request
    if field in request.inputs:
        return Cell(f.field_value(field, request.inputs[field], catalog))
    return Cell("open" if field == PRICE or field in request.open else "–", tone="quiet")


def _alternatives(offers: Sequence[Counteroffer], catalog: Catalog) -> Table:
    rows = (
        (
            Cell("; ".join(change_in_words(change, catalog) for change in offer.changes)),
            Cell(offer.quote, "above the list price" if offer.above_baseline_price else ""),
            Cell(_WORDS[offer.decision], tone=TONES[offer.decision], badge=True),
        )
        for offer in offers
    )
    return Table("Alternatives", heads("Change", ">Usage price", "Answer"), tuple(rows))


def _corrections(result: TuningResult, catalog: Catalog) -> Iterator[str]:
    """The sets of terms that would have to change; approvals are no matter of the customer's."""
    for correction in result.corrections:
        if correction.fields and not correction.approvals:
            yield f.listed([f.label(field, catalog) for field in correction.fields])


def _trade_offs(result: TuningResult, catalog: Catalog) -> Table:
    terms = result.configuration
    columns = heads("Commitment", ">Usage price without it", ">Usage price with more")
    found = result.trade_offs if terms else ()
    price = terms.usage_unit_price if terms else Fraction(0)
    rows = (
        (
            _commitment(trade, catalog),
            price_cell(trade.without, price, catalog, _LEVER_WORDS.missing),
            more_cell(trade, price, catalog, _LEVER_WORDS.missing),
        )
        for trade in found
    )
    return Table("What your commitments are worth", columns, tuple(rows))


def _commitment(trade: TradeOff, catalog: Catalog) -> Cell:
    value = shown(trade.field, trade.value, catalog)
    return Cell(capital(f.label(trade.field, catalog)), value)
