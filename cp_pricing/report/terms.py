"""The figures at the top of a request, and its terms beside list and the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constraints.language.expressions import Value
from cp_pricing.fields import AS_LISTED, RATES, FieldName, base_name
from cp_pricing.report.entries import Figures, ReadEntry
from cp_pricing.terms import AnyTerms, CardTerms
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.sheet import NOTHING, Cell, Fact, Row, Table, heads
from cp_pricing.words.statuses import DECISIONS
from cp_pricing.words.tables import approvals_in_words, asked_cell
from cp_pricing.words.terms import capital


def facts(entry: ReadEntry, catalog: Denomination) -> Iterator[Fact]:
    """The figures at the top: price, lifetime value, what is required, and approvals."""
    result, ltv = entry.result, entry.result.ltv
    places = f.places_apart([v for v in (ltv.tuned, ltv.required, ltv.reference) if v is not None])
    yield from _price_and_worth(entry, catalog, places)
    required, reference = (
        f.money(value, catalog.currency, places) for value in (ltv.required, ltv.reference)
    )
    note = f"reference: {reference}, {ltv.reference_configuration}"
    yield Fact("Required lifetime value", required, note)
    if result.configuration is not None:
        who = ", ".join(approval.approver for approval in result.approvals)
        waived = approvals_in_words(result.approvals)
        yield Fact("Approvals", who or "none", waived, "warn" if who else "")


def _price_and_worth(entry: ReadEntry, catalog: Denomination, places: int) -> Iterator[Fact]:
    """The usage price and the LTV, to so many places, of the answer or else the near miss."""
    result, answer, currency = entry.result, entry.answer, catalog.currency
    ltv, listed = result.ltv, entry.baseline.terms.price
    _, tone = DECISIONS[result.decision]
    name = capital(price_words(catalog).noun)
    if answer is None:
        at_list = "list rates" if catalog.is_card else f"{f.quote(listed, catalog)} at list"
        yield Fact(name, None, at_list)
        return
    quote = f.quote(answer.terms.price, catalog)
    if result.configuration is None or ltv.tuned is None:
        yield Fact(name, "none", f"near miss: {quote}", tone)
        worth = f.money(answer.ltv, currency)
        yield Fact("Lifetime value", None, f"at the near miss: {worth}")
        return
    change = f.price_change(answer.terms.price, listed, catalog)
    note = "as at list" if change == "unchanged" else f"{change} than at list"
    change = "" if catalog.is_card else change
    yield Fact(name, quote, note if change else "", tone)
    over = f.money(ltv.tuned - ltv.required, currency, places)
    yield Fact("Lifetime value", f.money(ltv.tuned, currency, places), f"{over} over required")


def terms_table(entry: ReadEntry, catalog: Denomination) -> Table:
    """Each field and what it comes to: at list, as asked, in the answer, as reference."""
    own_reference = entry.result.ltv.reference_configuration == entry.result.baseline
    columns = [entry.baseline]
    names = ["List and reference" if own_reference else "List", "Asked"]
    if entry.answer is not None:
        columns.append(entry.answer)
        names.append("Answer" if entry.result.configuration else "Near miss")
    if not own_reference:
        columns.append(entry.reference)
        names.append(f"Reference: {entry.result.ltv.reference_configuration}")
    fields = [field for field in entry.baseline.terms.fields if _is_told(field, entry, columns)]
    rows = [_term(entry, field, columns, catalog) for field in fields]
    rows += _amounts(columns, catalog)
    return Table("Terms", heads("Terms", *(f">{name}" for name in names)), tuple(rows))


def _is_told(field: FieldName, entry: ReadEntry, columns: Sequence[Figures]) -> bool:
    """Whether there is something to say of a field: of a rate, that a price is in its place."""
    if base_name(field) != RATES or field in entry.request.inputs:
        return True
    return any(value_in(column.terms, field) not in {AS_LISTED, None} for column in columns)


def value_in(terms: AnyTerms, field: FieldName) -> Value | None:
    """The value of a field; `None` of terms without it, as those of a plan of another kind are."""
    return terms.value(field) if field in terms.fields else None


def _term(
    entry: ReadEntry, field: FieldName, columns: Sequence[Figures], catalog: Denomination
) -> Row:
    values = [value_in(column.terms, field) for column in columns]
    cells = [_cell(field, column.terms, entry) for column in columns]
    if entry.answer is not None and values[1] != values[0]:
        cells[1] = cells[1]._replace(tone="strong")
    asked = asked_cell(entry.request, field, catalog, "to be found")
    return (Cell(f.label(field, catalog)), cells[0], asked, *cells[1:])


def _cell(field: FieldName, terms: AnyTerms, entry: ReadEntry) -> Cell:
    """A field's value in the words of its own plan: the reference may be of another kind."""
    value = value_in(terms, field)
    if value is None:
        return NOTHING
    own = entry.denomination._replace(is_card=isinstance(terms, CardTerms))
    return Cell(f.field_value(field, value, own))


def _amounts(columns: Sequence[Figures], catalog: Denomination) -> Iterator[Row]:
    """What the terms come to; nothing of it is asked for."""
    currency = catalog.currency
    gross = [None if c.gross_margin is None else f.percentage(c.gross_margin) for c in columns]
    rows = {
        f"expected bill, {currency}/month": [f.grouped(c.bill, f.CENTS) for c in columns],
        f"expected margin, {currency}/month": [f.grouped(c.margin, f.CENTS) for c in columns],
        "gross margin": [text or "n/a" for text in gross],
        f"lifetime value, {currency}": [f.grouped(c.ltv, f.CENTS) for c in columns],
    }
    for name, texts in rows.items():
        first, *others = map(Cell, texts)
        yield (Cell(name), first, NOTHING, *others)
