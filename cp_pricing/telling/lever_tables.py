"""The usage price for each value of a field, as a result for the seller or for the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cp_pricing.exact import Exact, shown_value
from cp_pricing.results import SCHEMA_VERSION, LevelStatus
from cp_pricing.telling.customer_view import CustomerPrice
from cp_pricing.terms import Priced, ResultModel, priced
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.diagnosis.levers import LeverCurve, LeverPoint
    from cp_pricing.model.deal import Deal


class LeverRow(Priced):
    """The best answer with one value of the field: usage price (currency/unit), LTV (currency).

    `approver` is the highest that this answer takes, `None` for self-serve or without an answer.
    """

    value: str | bool
    status: LevelStatus
    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    quote: str | None
    ltv: Exact | None
    approver: str | None


class LeverTable(ResultModel):
    """The best answers over a field; `complete` if every tunable value is there."""

    schema_version: Literal[1] = SCHEMA_VERSION
    request_id: str
    field: str
    asked: str | bool | None
    complete: bool
    rows: tuple[LeverRow, ...]


class CustomerLeverRow(ResultModel):
    """The price with one value of the field; `decided` is false where it was not found in time.

    `confirmed` is the price of an answer whose approvals have been given.
    """

    value: str | bool
    price: CustomerPrice | None
    decided: bool
    confirmed: bool


class CustomerLeverTable(ResultModel):
    """The prices over a field, and nothing that only the seller knows."""

    schema_version: Literal[1] = SCHEMA_VERSION
    field: str
    asked: str | bool | None
    complete: bool
    rows: tuple[CustomerLeverRow, ...]


def lever_table(deal: Deal, curve: LeverCurve) -> LeverTable:
    """All that is known of a lever."""
    return LeverTable(
        request_id=deal.request.id,
        field=curve.field,
        asked=_asked(curve),
        complete=curve.complete,
        rows=tuple(_row(deal, curve, point) for point in curve.points),
    )


def customer_lever_table(deal: Deal, curve: LeverCurve) -> CustomerLeverTable:
    """What a customer may see of a lever."""
    return CustomerLeverTable(
        field=curve.field,
        asked=_asked(curve),
        complete=curve.complete,
        rows=tuple(_customer_row(deal, curve, point) for point in curve.points),
    )


def _asked(curve: LeverCurve) -> str | bool | None:
    return None if curve.asked is None else shown_value(curve.field, curve.asked)


def _row(deal: Deal, curve: LeverCurve, point: LeverPoint) -> LeverRow:
    pricing = deal.pricing
    return LeverRow(
        value=shown_value(curve.field, point.value),
        status=point.status,
        **priced(point.price, is_card=deal.offer.configuration.is_card),
        quote=None if point.price is None else f.quote(point.price, deal.denomination),
        ltv=point.ltv,
        approver=pricing.policy.by_level[point.level or 0],
    )


def _customer_row(deal: Deal, curve: LeverCurve, point: LeverPoint) -> CustomerLeverRow:
    price = None
    if point.price is not None:
        own = priced(point.price, is_card=deal.offer.configuration.is_card)
        price = CustomerPrice(**own, quote=f.quote(point.price, deal.denomination))
    return CustomerLeverRow(
        value=shown_value(curve.field, point.value),
        price=price,
        decided=point.status != "unknown",
        confirmed=bool(point.level),
    )
