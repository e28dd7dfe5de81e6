"""What a customer may see of a result: a model that has room for nothing else.

It is filled field by field: terms, usage prices, bounds, and what of the customer's own wishes
stands in the way. Every price in it can be had at once: the result is one of `solve_for_customer`.
Costs, margins, lifetime values, rules, approvers, other models, the profile and
the id of the request have no place in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.json_schema import SkipJsonSchema

from constraints.language.expressions import Value
from cp_pricing.exact import Exact, shown_term
from cp_pricing.fields import ALLOWANCE, RATES, base_name, is_price
from cp_pricing.results import (
    SCHEMA_VERSION,
    Counteroffer,
    FieldChange,
    Outcome,
    UseBill,
)
from cp_pricing.telling.context import Told, is_out_of_bounds
from cp_pricing.terms import AnyTerms, CardTerms, MeterRate, Priced, ResultModel, priced
from cp_pricing.words import numbers as f
from cp_pricing.words.terms import changed_fields

CustomerDecision: TypeAlias = Literal["accepted", "rejected", "unknown"]


class CustomerTerm(ResultModel):
    """A term of the deal: a decimal string, `unlimited`, or true or false."""

    field: str
    value: str | bool


class CustomerBound(ResultModel):
    """A term that was asked for and is not on offer, and in words what is; of prices nothing."""

    field: str
    asked: str | bool
    possible: str | None


class CustomerPrice(Priced):
    """A usage price, or a discount on usage, as it is quoted."""

    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    quote: str

    @property
    def price(self) -> Fraction:
        """The usage price, or the price level of a rate card."""
        return self.any_price or Fraction(0)


class CustomerOffer(ResultModel):
    """Terms that could be had instead of those asked for."""

    changes: tuple[FieldChange, ...]
    price: CustomerPrice
    above_list_price: bool


class CustomerCommitment(ResultModel):
    """What a commitment does to the price.

    `without` is the price with the plan's own value, `instead`, if there is one and if
    `lowers_price`; `with_more` that with `next_value`, where it is lower.
    """

    field: str
    value: str | bool
    instead: str | bool
    lowers_price: bool
    without: CustomerPrice | None
    next_value: str | bool | None
    with_more: CustomerPrice | None


# Keys that there are for rate cards only.
_OF_CARDS = frozenset({"list_rates", "rates"})


class CustomerView(ResultModel):
    """The answer to a customer's request.

    `only_at_once` tells that the request would take prices which have to be confirmed first, and
    that none of these is shown. `asked` is empty where all that was asked for is as listed.
    `terms` are those of the offer that differ from the plan's own; each of `in_the_way` is a set
    of fields whose values as asked cannot be had together, whatever the usage price. Bills are
    those of a month (currency) at the expected use, of the plan as listed and as it is offered;
    `bills` has them at half and twice of it, too. `committed_value` (currency) is owed over the
    whole term, whatever is used. Of a rate card, `list_rates` and `rates` are what each meter costs
    at list and, if there is an offer, in it; `meters` those that matter most.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    decision: CustomerDecision
    only_at_once: bool
    customer: str | None
    valid_until: date | None
    plan: str
    list_price: CustomerPrice
    price: CustomerPrice | None
    list_bill: Exact
    bill: Exact | None
    bills: tuple[UseBill, ...]
    committed_value: Exact | None
    asked: tuple[CustomerTerm, ...]
    terms: tuple[CustomerTerm, ...]
    not_on_offer: tuple[CustomerBound, ...]
    in_the_way: tuple[tuple[str, ...], ...]
    counteroffers: tuple[CustomerOffer, ...]
    commitments: tuple[CustomerCommitment, ...]
    list_rates: dict[str, MeterRate] = Field(default_factory=dict)
    rates: dict[str, MeterRate] = Field(default_factory=dict)
    meters: SkipJsonSchema[tuple[str, ...]] = Field((), exclude=True)
    explanation: str = ""

    @model_serializer(mode="wrap")
    def _without_rates_of_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = handler(self)
        return {name: value for name, value in document.items() if value or name not in _OF_CARDS}


def customer_view(told: Told, valid_until: date | None = None) -> CustomerView:
    """What the customer may see of a result; its explanation is added by `customer_words`."""
    result = told.result
    terms, approved = result.configuration, result.decision == "requires_approval"
    asks = told.request.approval_mode == "allow_approval"
    is_card, inputs = told.configuration.is_card, told.request.inputs
    wishes = tuple(_term(*wish, is_card=is_card) for wish in inputs.items())
    own = ((field, told.baseline.value(field)) for field in inputs)
    listed = [wish for wish in (_term(*term, is_card=is_card) for term in own) if wish in wishes]
    return CustomerView(
        decision="accepted" if approved else result.decision,
        only_at_once=asks and not approved and result.decision != "unknown",
        customer=told.request.customer.name,
        valid_until=valid_until,
        plan=told.configuration.name,
        list_price=_price(told, told.baseline.price),
        price=_price(told, terms.price) if terms else None,
        list_bill=result.monthly.list_bill,
        bill=result.monthly.bill,
        bills=told.basis.bills,
        committed_value=result.contract.committed_value if result.contract else None,
        asked=wishes if any(wish not in listed for wish in wishes) else (),
        terms=_changed(terms, told.baseline) if terms else (),
        not_on_offer=tuple(_bound(told, field) for field in told.basis.outside),
        in_the_way=_in_the_way(result.conflicts, {wish.field for wish in listed}),
        counteroffers=tuple(
            _offer(told, offer)
            for offer in result.counteroffers
            if offer.changes and _beats(offer.configuration, told.baseline)
        ),
        commitments=tuple(_commitments(told)),
        list_rates=_rates(told.baseline),
        rates=_rates(terms),
        meters=told.basis.meters,
    )


def _rates(terms: AnyTerms | None) -> dict[str, MeterRate]:
    return terms.rates if isinstance(terms, CardTerms) else {}


def _changed(terms: AnyTerms, listed: AnyTerms) -> tuple[CustomerTerm, ...]:
    is_card = isinstance(terms, CardTerms)
    return tuple(
        _term(field, terms.value(field), is_card=is_card) for field in changed_fields(terms, listed)
    )


def _price(told: Told, price: Fraction) -> CustomerPrice:
    is_card = told.configuration.is_card
    return CustomerPrice(**priced(price, is_card=is_card), quote=f.quote(price, told.catalog))


def _term(field: str, value: Value, *, is_card: bool) -> CustomerTerm:
    name, shown = shown_term(field, value, is_card=is_card)
    return CustomerTerm(field=name, value=shown)


def _bound(told: Told, field: str) -> CustomerBound:
    own = f.field_value(field, told.baseline.value(field), told.catalog)
    tunable = field in told.configuration.tunable
    is_card = told.configuration.is_card
    name, asked = shown_term(field, told.request.inputs[field], is_card=is_card)
    return CustomerBound(
        field=name,
        asked=asked,
        possible=_possible(told, field) if tunable else f"only {own}",
    )


def _possible(told: Told, field: str) -> str | None:
    # The lowest price that may be tuned is the seller's own, and far below what is offered.
    return None if is_price(field) else told.possible(field)


def _in_the_way(
    conflicts: Sequence[Sequence[str]], listed: Collection[str]
) -> tuple[tuple[str, ...], ...]:
    """The smallest sets of the customer's own terms in any conflict, those on offer at all.

    What is as `listed` can be had, so that it is not in the way by itself.
    """
    sets = dict.fromkeys(
        tuple(name.removeprefix("request:") for name in members if name.startswith("request:"))
        for members in conflicts
        if not is_out_of_bounds(members)
    )
    smallest = (one for one in sets if not any(set(other) < set(one) for other in sets))
    return tuple(one for one in smallest if not one or not set(one) <= set(listed))


def _beats(terms: AnyTerms, listed: AnyTerms) -> bool:
    """Whether terms have something that is better for the customer than the plan as listed."""
    pairs = ((base_name(field), terms.value(field), listed.value(field)) for field in terms.fields)
    return any(
        ours > list_ if name == ALLOWANCE else ours != list_ if name == RATES else ours < list_
        for name, ours, list_ in pairs
    )


def _offer(told: Told, offer: Counteroffer) -> CustomerOffer:
    return CustomerOffer(
        changes=offer.changes,
        price=_price(told, offer.configuration.price),
        above_list_price=offer.above_baseline_price,
    )


def _commitments(told: Told) -> Iterator[CustomerCommitment]:
    """The commitments that lower the price, or would with one step more."""
    if told.result.configuration is None:
        return
    price = told.result.configuration.price
    for trade in told.result.trade_offs:
        without, more = trade.without, trade.one_step_more
        lowers = without is None or without.price > price
        would = more is not None and more.price < price
        if lowers or would:
            yield CustomerCommitment(
                field=trade.field,
                value=trade.value,
                instead=trade.baseline_value,
                lowers_price=lowers,
                without=_price_of(told, without if lowers else None),
                next_value=trade.next_value if would else None,
                with_more=_price_of(told, more if would else None),
            )


def _price_of(told: Told, outcome: Outcome | None) -> CustomerPrice | None:
    return _price(told, outcome.price) if outcome else None
