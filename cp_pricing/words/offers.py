"""Offers side by side: what each asks of the customer, what it brings, and who signs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.fields import PRICE, FieldName, in_field_order
from cp_pricing.results import TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.sheet import NOTHING, Cell, Row, Table, heads
from cp_pricing.words.tables import decision_cell

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest

Offer = tuple["TuningRequest", TuningResult]


def offers_table(offers: Sequence[Offer], book: PriceBook) -> Table:
    """A column for each offer; rows for the price, the terms in which any differs, and figures."""
    catalogs, currency = denominations(offers, book), book.catalog.currency
    rows = [_term_row(offers, field, catalogs) for field in (*asked_fields(offers), PRICE)]
    rows += [_figure_row(offers, name, figure, currency) for name, figure in FIGURES.items()]
    if any(result.confidence for _, result in offers):
        rows.append((Cell("draws that hold"), *(_sureness(result) for _, result in offers)))
    rows.append((Cell("decision"), *(decision_cell(result.decision) for _, result in offers)))
    rows.append((Cell("who signs"), *(_signers(result) for _, result in offers)))
    columns = heads("", *(f">{request.id}" for request, _ in offers))
    return Table("Offers side by side", columns, tuple(rows))


def denominations(offers: Sequence[Offer], book: PriceBook) -> list[Denomination]:
    """What the numbers of each offer are in, by its plan."""
    return [book.denomination(request.configuration) for request, _ in offers]


def asked_fields(offers: Sequence[Offer]) -> tuple[FieldName, ...]:
    """The fields besides the price that any of the offers asks for or leaves open."""
    requests = [request for request, _ in offers]
    named = (name for one in requests for name in (*one.inputs, *one.open) if name != PRICE)
    return in_field_order(dict.fromkeys(named))


def term_of(offer: Offer, field: FieldName) -> Value | None:
    """A term of an answer, or as it was asked for where there is none."""
    request, result = offer
    terms = result.configuration
    if terms is None:
        return request.inputs.get(field)
    return terms.value(field) if field in terms.fields else None


def signers_of(result: TuningResult) -> str | None:
    """Who signs an answer, if there is one."""
    if result.configuration is None:
        return None
    return ", ".join(approval.approver for approval in result.approvals) or "nobody"


def _term_row(offers: Sequence[Offer], field: FieldName, catalogs: Sequence[Denomination]) -> Row:
    cells = (_term_cell(offer, field, own) for offer, own in zip(offers, catalogs, strict=True))
    return (Cell(_term_name(field, catalogs)), *cells)


def _term_name(field: FieldName, catalogs: Sequence[Denomination]) -> str:
    """What a field is called beside its value in each offer; of prices with what they are for."""
    plain = [catalog for catalog in catalogs if not catalog.is_card]
    if field != PRICE or not plain:
        return f.label(field, catalogs[0])
    or_discount = " or discount" if len(plain) < len(catalogs) else ""
    return f"{f.label(field, plain[0])} {f.quote_basis(plain[0])}{or_discount}"


def _term_cell(offer: Offer, field: FieldName, catalog: Denomination) -> Cell:
    value = term_of(offer, field)
    if value is None:
        return NOTHING
    in_words = f.field_value(field, value, catalog)
    shown = f.quoted(Fraction(value), catalog) if field == PRICE else in_words
    return Cell(shown, tone="" if offer[1].configuration else "quiet")


FIGURES: dict[str, Callable[[TuningResult], Fraction | None]] = {
    "bill a month": lambda result: result.monthly.bill,
    "committed value": lambda result: result.contract.committed_value if result.contract else None,
    "margin a month": lambda result: result.monthly.margin,
    "lifetime value": lambda result: result.ltv.tuned,
}


def _figure_row(
    offers: Sequence[Offer],
    name: str,
    figure: Callable[[TuningResult], Fraction | None],
    currency: str,
) -> Row:
    amounts = (figure(result) for _, result in offers)
    shown = (None if each is None else f.money(each, currency) for each in amounts)
    return (Cell(name), *(NOTHING if text is None else Cell(text) for text in shown))


def _sureness(result: TuningResult) -> Cell:
    sure = result.confidence
    return NOTHING if sure is None else Cell(f.percentage(sure.share))


def _signers(result: TuningResult) -> Cell:
    signers = signers_of(result)
    return NOTHING if signers is None else Cell(signers)
