"""Offers side by side as a sheet: its numbers as numbers, each row in a unit of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    BOOLEAN_FIELDS,
    PRICE,
    RATES,
    UNLIMITED,
    FieldName,
    base_name,
    meter_of,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.offers import FIGURES, Offer, asked_fields, denominations, signers_of, term_of
from cp_pricing.words.statuses import DECISIONS

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.book.price_book import PriceBook

SheetValue: TypeAlias = "Value | str | None"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What a row is, the unit of its numbers, and its value in each offer."""

    name: str
    unit: str
    values: tuple[SheetValue, ...]


def offers_sheet(offers: Sequence[Offer], book: PriceBook) -> tuple[SheetRow, ...]:
    """A row for each thing that is told of offers, the first with their names."""
    catalogs = denominations(offers, book)
    return (
        SheetRow("offer", "unit", tuple(request.id for request, _ in offers)),
        SheetRow("plan", "", tuple(request.configuration for request, _ in offers)),
        SheetRow("profile", "", tuple(request.profile for request, _ in offers)),
        *_customer(offers),
        *_term_rows(offers, catalogs),
        *(
            SheetRow(name, book.catalog.currency, tuple(figure(result) for _, result in offers))
            for name, figure in FIGURES.items()
        ),
        *_sureness(offers),
        SheetRow("decision", "", tuple(DECISIONS[result.decision][0] for _, result in offers)),
        SheetRow("who signs", "", tuple(signers_of(result) for _, result in offers)),
        SheetRow("reason", "", tuple(result.reason.replace("`", "") for _, result in offers)),
        *_warnings(offers),
    )


def _customer(offers: Sequence[Offer]) -> Iterator[SheetRow]:
    names = tuple(request.customer.name for request, _ in offers)
    if any(names):
        yield SheetRow("customer", "", names)


def _sureness(offers: Sequence[Offer]) -> Iterator[SheetRow]:
    shares = tuple(result.confidence.share if result.confidence else None for _, result in offers)
    if any(share is not None for share in shares):
        percents = tuple(None if share is None else share * 100 for share in shares)
        yield SheetRow("draws that hold", "%", percents)


def _warnings(offers: Sequence[Offer]) -> Iterator[SheetRow]:
    texts = tuple("; ".join(result.warnings).replace("`", "") or None for _, result in offers)
    if any(texts):
        yield SheetRow("warnings", "", texts)


def _term_rows(offers: Sequence[Offer], catalogs: Sequence[Denomination]) -> Iterator[SheetRow]:
    """A row for each field; prices and discounts, whose numbers are of two kinds, have one each."""
    for field in asked_fields(offers):
        values = tuple(_value(field, term_of(offer, field), catalogs[0]) for offer in offers)
        yield SheetRow(f.label(field, catalogs[0]), _unit(field, catalogs[0]), values)
    for is_card in dict.fromkeys(catalog.is_card for catalog in catalogs):
        own = next(catalog for catalog in catalogs if catalog.is_card == is_card)
        prices = tuple(
            _price(term_of(offer, PRICE), catalog) if catalog.is_card == is_card else None
            for offer, catalog in zip(offers, catalogs, strict=True)
        )
        unit = "%" if is_card else f"{own.currency} {f.quote_basis(own)}"
        yield SheetRow(f.label(PRICE, own), unit, prices)


def _price(price: Value | None, catalog: Denomination) -> SheetValue:
    """A usage price for as many units as it is shown for, or a discount in percent."""
    if price is None:
        return None
    return (1 - Fraction(price)) * 100 if catalog.is_card else Fraction(price) * catalog.quote_per


def _value(field: FieldName, value: Value | None, catalog: Denomination) -> SheetValue:
    if value is None or isinstance(value, bool):
        return value
    if value == AS_LISTED:
        return "as listed"
    if base_name(field) == RATES:
        return value * f.quote_per_of(meter_of(field), catalog)
    return "unlimited" if value >= UNLIMITED else Fraction(value)


def _unit(field: FieldName, catalog: Denomination) -> str:
    if field in BOOLEAN_FIELDS:
        return ""
    base, meter = base_name(field), meter_of(field)
    per = f.quote_per_of(meter, catalog)
    units = {
        ALLOWANCE: f"{f.plural(f.unit_of(meter, catalog))}/month",
        RATES: f"{catalog.currency} {f.per_units(per, f.unit_of(meter, catalog))}",
        "contract_duration_months": "months",
        "prepaid_amount": catalog.currency,
        "seat_fee": f"{catalog.currency}/member/month",
    }
    return units.get(base, f"{catalog.currency}/month")
