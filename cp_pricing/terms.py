"""The terms of a deal as results hold them: frozen models, whose JSON is the documented schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypedDict

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import SkipJsonSchema

from constraints.language.expressions import Value
from cp_pricing.exact import Exact, Units
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    DISCOUNT,
    FIELDS,
    PRICE,
    RATES,
    FieldName,
    base_name,
    by_meter,
    in_field_order,
    meter_of,
)


class ResultModel(BaseModel):
    """What all parts of a result share: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class OwnPrice(TypedDict, total=False):
    """One of the two fields of what is `Priced`."""

    usage_unit_price: Fraction | None
    usage_discount: Fraction | None


class Priced(ResultModel):
    """What has a usage price (currency/unit) or, of a rate card, a discount on usage (a ratio).

    It has both as fields, of which one is set, and that one alone is in its JSON.
    """

    @property
    def is_card(self) -> bool:
        """Whether it is of a rate card."""
        return DISCOUNT in self.model_fields_set

    @property
    def any_price(self) -> Fraction | None:
        """The usage price, or what is charged of a rate card's list; `None` if there is none."""
        value: Fraction | None = getattr(self, DISCOUNT if self.is_card else PRICE)
        return 1 - value if self.is_card and value is not None else value

    @model_serializer(mode="wrap")
    def _with_one_of_them(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = handler(self)
        del document[PRICE if self.is_card else DISCOUNT]
        return document


def priced(price: Fraction | None, *, is_card: bool) -> OwnPrice:
    """A usage price, or the price level of a rate card, as the field of what is `Priced`."""
    if not is_card:
        return {"usage_unit_price": price}
    return {"usage_discount": None if price is None else 1 - price}


class Terms(ResultModel):
    """A plan's ten fields; `platform_fee` is the fee as charged (currency/month)."""

    platform_fee: Exact
    seat_fee: Exact
    included_units: Units
    usage_unit_price: Exact
    contract_duration_months: int
    minimum_monthly_turnover: Exact
    prepaid_amount: Exact
    guaranteed_platform_fee: Exact
    customer_funded_onboarding: bool
    reduced_cancellation_flexibility: bool

    @property
    def fields(self) -> tuple[FieldName, ...]:
        """Its fields, in field order."""
        return FIELDS

    @property
    def price(self) -> Fraction:
        """The usage price."""
        return self.usage_unit_price

    def value(self, field: FieldName) -> Value:
        """The value of a field."""
        value: Value = getattr(self, field)
        return value


@dataclass(frozen=True, slots=True)
class RateTier:
    """A price of one unit up to a limit of use beyond the allowance; the last has none."""

    up_to: Exact | None
    price: Exact


@dataclass(frozen=True, slots=True)
class RatePackage:
    """Units that are sold together, and their price."""

    units: Exact
    price: Exact


class MeterRate(ResultModel):
    """What a meter's use costs: a price, a package, or tiers with a mode; the others are left out.

    `included` is the allowance in units/month.
    """

    included: Units
    discountable: bool
    price: Exact | None = None
    package: RatePackage | None = None
    mode: Literal["graduated", "volume"] | None = None
    tiers: tuple[RateTier, ...] = ()

    @model_serializer(mode="wrap")
    def _without_other_kinds(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = handler(self)
        return {key: value for key, value in document.items() if value not in (None, (), [])}


def _agreed(read: dict[str, Any]) -> dict[str, Fraction]:
    """The prices in place of rates, of terms read from JSON, which does not name them."""
    # They are never discounted, whatever the rates are that they stand in place of.
    listed: Mapping[str, MeterRate] = read["list_rates"]
    prices = {meter: rate.price for meter, rate in read["rates"].items() if not rate.discountable}
    return {
        meter: price
        for meter, price in prices.items()
        if price is not None
        and meter in listed
        and (listed[meter].discountable or listed[meter].price != price)
    }


class CardTerms(ResultModel):
    """The fields of a rate card: a discount, and what each meter costs with it and at list.

    `instead` are the prices (currency/unit) that stand in place of the rates of some meters.
    """

    platform_fee: Exact
    seat_fee: Exact
    usage_discount: Exact
    rates: dict[str, MeterRate]
    list_rates: dict[str, MeterRate]
    contract_duration_months: int
    minimum_monthly_turnover: Exact
    prepaid_amount: Exact
    guaranteed_platform_fee: Exact
    customer_funded_onboarding: bool
    reduced_cancellation_flexibility: bool
    instead: SkipJsonSchema[dict[str, Exact]] = Field(default_factory=_agreed, exclude=True)

    @property
    def fields(self) -> tuple[FieldName, ...]:
        """Its fields, in field order, with the prices that may stand in place of rates."""
        own = [name for name in FIELDS if name != ALLOWANCE]
        named = (by_meter(name, meter) for name in (ALLOWANCE, RATES) for meter in self.rates)
        return in_field_order((*own, *named))

    @property
    def price(self) -> Fraction:
        """The price level: what is charged of the list."""
        return 1 - self.usage_discount

    def value(self, field: FieldName) -> Value:
        """The value of a field; of a meter at its rate, one that no price in its place has."""
        base, meter = base_name(field), meter_of(field)
        if base == ALLOWANCE:
            return self.rates[meter].included
        if base == RATES:
            return self.instead.get(meter, AS_LISTED)
        value: Value = self.price if field == PRICE else getattr(self, field)
        return value


AnyTerms: TypeAlias = Terms | CardTerms
