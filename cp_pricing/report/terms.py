"""The figures at the top of a request, and its terms beside the baseline and the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cp_pricing.fields import FIELDS, FieldName
from cp_pricing.report.entries import Figures, ReportEntry
from cp_pricing.report.parts import TONES, Cell, Fact, Table, heads, joined_or
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog


def facts(entry: ReportEntry, catalog: Catalog) -> Iterator[Fact]:
    """The figures at the top: price, lifetime value, what is required, and approvals."""
    result, currency = entry.result, catalog.currency
    ltv, answer, listed = result.ltv, entry.answer, entry.baseline.terms.usage_unit_price
    amounts = [v for v in (ltv.tuned, ltv.required, ltv.reference) if v is not None]
    places = f.places_apart(amounts)
    if result.configuration is not None and answer is not None and ltv.tuned is not None:
        price = answer.terms.usage_unit_price
        change = f.change(price, listed)
        note = "as in the catalog" if change == "unchanged" else f"{change} than the catalog"
        yield Fact(
            "Usage price", f.quote(price, catalog), note if change else "", TONES[result.decision]
        )
        over = f.money(ltv.tuned - ltv.required, currency, places)
        yield Fact("Lifetime value", f.money(ltv.tuned, currency, places), f"{over} over required")
    elif answer is not None:
        near = f.quote(answer.terms.usage_unit_price, catalog)
        yield Fact("Usage price", "none", f"nearest miss: {near}", TONES[result.decision])
        worth = f.money(answer.ltv, currency)
        yield Fact("Lifetime value", "–", f"at the nearest miss: {worth}")
    else:
        yield Fact("Usage price", "–", f"{f.quote(listed, catalog)} in the catalog")
    reference = f"reference: {f.money(ltv.reference, currency, places)}, "
    yield Fact(
        "Required lifetime value",
        f.money(ltv.required, currency, places),
        f"{reference}{ltv.reference_configuration}",
    )
    if result.configuration is not None:
        who = [f"{a.approver} for {', '.join(a.rules)}" for a in result.approvals]
        names = [approval.approver for approval in result.approvals]
        yield Fact("Approvals", joined_or(names, "none"), "; ".join(who), "warn" if who else "")


def terms_table(entry: ReportEntry, catalog: Catalog) -> Table:
    """Each field and what it comes to: in the catalog, as asked, in the answer, as reference."""
    own_reference = entry.result.ltv.reference_configuration == entry.result.baseline
    columns = [entry.baseline]
    names = ["Catalog and reference" if own_reference else "Catalog", "Asked"]
    if entry.answer is not None:
        columns.append(entry.answer)
        names.append("Answer" if entry.result.configuration else "Nearest miss")
    if not own_reference:
        columns.append(entry.reference)
        names.append(f"Reference: {entry.result.ltv.reference_configuration}")
    rows = [_term(entry, field, columns, catalog) for field in FIELDS]
    rows += _amounts(columns, catalog)
    return Table("Terms", heads("Term", *(f">{name}" for name in names)), tuple(rows))


def _term(
    entry: ReportEntry, field: FieldName, columns: Sequence[Figures], catalog: Catalog
) -> tuple[Cell, ...]:
    values = [getattr(column.terms, field) for column in columns]
    cells = [Cell(f.field_value(field, value, catalog)) for value in values]
    if entry.answer is not None and values[1] != values[0]:
        cells[1] = Cell(cells[1].text, tone="strong")
    return (Cell(f.label(field, catalog)), cells[0], _asked(entry, field, catalog), *cells[1:])


def _asked(entry: ReportEntry, field: FieldName, catalog: Catalog) -> Cell:
    request = entry.request
    if field in request.inputs:
        return Cell(f.field_value(field, request.inputs[field], catalog))
    chosen = field == "usage_unit_price" or field in request.open
    return Cell("to be found" if chosen else "–", tone="quiet")


def _amounts(columns: Sequence[Figures], catalog: Catalog) -> Iterator[tuple[Cell, ...]]:
    """What the terms come to; nothing of it is asked for."""
    asked = Cell("–", tone="quiet")
    rows = {
        f"expected bill, {catalog.currency}/month": [f.grouped(c.bill, f.CENTS) for c in columns],
        f"expected margin, {catalog.currency}/month": [
            f.grouped(c.margin, f.CENTS) for c in columns
        ],
        "gross margin": [
            "n/a" if c.gross_margin is None else f.percentage(c.gross_margin) for c in columns
        ],
        f"lifetime value, {catalog.currency}": [f.grouped(c.ltv, f.CENTS) for c in columns],
    }
    for name, texts in rows.items():
        cells = [Cell(text) for text in texts]
        yield (Cell(name), cells[0], asked, *cells[1:])
