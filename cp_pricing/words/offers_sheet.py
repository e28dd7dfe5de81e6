"""Offers side by side as a sheet: its numbers as numbers, each row in a unit of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from cp_pricing.fields import BOOLEAN_FIELDS, PRICE, UNLIMITED, FieldName
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.offers import FIGURES, Offer, asked_fields, signers_of, term_of
from cp_pricing.words.statuses import DECISIONS

if TYPE_CHECKING:
    from constraints.language.expressions import Value

SheetValue: TypeAlias = "Value | str | None"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What a row is, the unit of its numbers, and its value in each offer."""

    name: str
    unit: str
    values: tuple[SheetValue, ...]


def offers_sheet(offers: Sequence[Offer], catalog: Denomination) -> tuple[SheetRow, ...]:
    """A row for each thing that is told of offers, the first with their names."""
    return (
        SheetRow("offer", "unit", tuple(request.id for request, _ in offers)),
        SheetRow("plan", "", tuple(request.configuration for request, _ in offers)),
        SheetRow("profile", "", tuple(request.profile for request, _ in offers)),
        *_customer(offers),
        *(_term_row(offers, field, catalog) for field in (*asked_fields(offers), PRICE)),
        *(
            SheetRow(name, catalog.currency, tuple(figure(result) for _, result in offers))
            for name, figure in FIGURES.items()
        ),
        SheetRow("decision", "", tuple(DECISIONS[result.decision][0] for _, result in offers)),
        SheetRow("who signs", "", tuple(signers_of(result) for _, result in offers)),
        SheetRow("reason", "", tuple(result.reason.replace("`", "") for _, result in offers)),
        *_warnings(offers),
    )


def _customer(offers: Sequence[Offer]) -> Iterator[SheetRow]:
    names = tuple(request.customer.name for request, _ in offers)
    if any(names):
        yield SheetRow("customer", "", names)


def _warnings(offers: Sequence[Offer]) -> Iterator[SheetRow]:
    texts = tuple("; ".join(result.warnings).replace("`", "") or None for _, result in offers)
    if any(texts):
        yield SheetRow("warnings", "", texts)


def _term_row(offers: Sequence[Offer], field: FieldName, catalog: Denomination) -> SheetRow:
    values = tuple(_value(term_of(offer, field), field, catalog) for offer in offers)
    return SheetRow(f.label(field, catalog), _unit(field, catalog), values)


def _value(value: Value | None, field: FieldName, catalog: Denomination) -> SheetValue:
    if value is None or isinstance(value, bool):
        return value
    if field == PRICE:
        return Fraction(value) * catalog.quote_per
    return "unlimited" if value >= UNLIMITED else Fraction(value)


def _unit(field: FieldName, catalog: Denomination) -> str:
    if field in BOOLEAN_FIELDS:
        return ""
    units = {
        PRICE: f"{catalog.currency} {f.quote_basis(catalog)}",
        "included_units": f"{f.plural(catalog.unit)}/month",
        "contract_duration_months": "months",
        "prepaid_amount": catalog.currency,
        "seat_fee": f"{catalog.currency}/member/month",
    }
    return units.get(field, f"{catalog.currency}/month")
