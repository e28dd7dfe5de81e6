"""The catalog: the seller's plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, NamedTuple, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from cp_pricing.catalog.between import rate_faults, reference_faults, unit_faults
from cp_pricing.catalog.rates import (
    ALLOWANCES,
    NOTHING_INCLUDED,
    Allowance,
    Meter,
    Rate,
    UsageUnit,
    one_price,
)
from cp_pricing.catalog.tunables import Bounds, Grid, Values, tunable_bounds
from cp_pricing.fields import (
    ALLOWANCE,
    FIELDS,
    PRICE,
    RATES,
    FieldName,
    by_meter,
    in_field_order,
)
from cp_pricing.files import shapes
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Model,
    Some,
    SomeIds,
)
from cp_pricing.files.scalars import as_written, shown, value_fault
from cp_pricing.files.shapes import METER, Also
from cp_pricing.files.values import Amount, Flag, Identifier, Line, Positive, Term

__all__ = ["Allowance", "Catalog", "Configuration", "Grid", "Values"]

_ZERO = Fraction(0)
_METERS = {"pattern": f"^{METER}$"}


def _rates(value: object) -> object:
    if isinstance(value, Mapping):
        return value
    rate = "..." if isinstance(value, list | tuple) else f"{{price: {as_written(value)}}}"
    hint = f"write `{{METER: {rate}}}`, with each meter's rate behind its id"
    raise value_fault(f"must be keys and values, not {shown(value)}", hint)


class Configuration(Model):
    """A plan, and how far a customer may tune its terms."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentSchemas": {"rates": {"properties": {ALLOWANCE: False, PRICE: False}}}
        }
    )
    id: Identifier = Field(description="By which requests and policies name it.")
    name: Line = Field(description="For people.")
    available_to: SomeIds | None = Field(
        None, description="Ids of the profiles that can have it; without it, all."
    )
    references: SomeIds | None = Field(
        None,
        description="Ids of the plans that a deal from it is measured against; without it, all.",
    )
    platform_fee: Amount = Field(_ZERO, description="Flat recurring fee, in currency a month.")
    seat_fee: Amount = Field(_ZERO, description="Fee for each member, in currency a month.")
    included_units: Annotated[Allowance, ALLOWANCES] = Field(
        NOTHING_INCLUDED,
        description="The allowance, in units a month: a number for the customer, "
        "`{per_member: N}` times the profile's members, or `unlimited`.",
    )
    usage_unit_price: Annotated[Amount, one_price("rates", "in `rates: {METER: ...}`")] = Field(
        _ZERO, description="Price of each unit beyond the allowance, in currency."
    )
    rates: (
        Annotated[
            Mapping[str, Rate],
            BeforeValidator(_rates),
            AfterValidator(FrozenMapping),
            Also(propertyNames=_METERS),
        ]
        | None
    ) = Field(
        None,
        description="What each meter's use costs, by meter, instead of `included_units` and "
        "`usage_unit_price`.",
    )
    contract_duration_months: Term = Field(
        Fraction(1), description="The term in months, from 1 to 100,000; 1 is month to month."
    )
    minimum_monthly_turnover: Amount = Field(
        _ZERO, description="Minimum commitment, in currency a month; the fees count toward it."
    )
    prepaid_amount: Amount = Field(
        _ZERO, description="Paid at signing, drawn down evenly over the term, in currency."
    )
    guaranteed_platform_fee: Amount = Field(
        _ZERO,
        description="Due for the whole term even after the customer has left, in currency a month.",
    )
    customer_funded_onboarding: Flag = Field(
        default=False, description="The customer pays for the onboarding."
    )
    reduced_cancellation_flexibility: Flag = Field(
        default=False, description="The customer gives up early cancellation."
    )
    tunable: Annotated[Mapping[str, Bounds], PlainValidator(tunable_bounds)] = Field(
        FrozenMapping(), description="The fields that a customer may tune, and how far."
    )

    unique: ClassVar[Mapping[str, str | None]] = {"available_to": None, "references": None}
    derived: ClassVar[frozenset[str]] = frozenset({"meters"})
    meters: tuple[str, ...] = ()
    """The ids of the catalog's meters; of a plan by itself there are none."""

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """What a rate card says otherwise: prices, and how they are tuned."""
        del context
        if "rates" not in entries:
            return
        for key, in_rate in ((ALLOWANCE, "included"), (PRICE, "price")):
            if key in entries:
                message = f"`{key}` has no place beside `rates`"
                own = f"{in_rate}: {as_written(entries[key])}"
                yield Fault((key,), message, f"write `{own}` in the rate of a meter", "key")

    @property
    def is_card(self) -> bool:
        """Whether it is a rate card, whose usage is discounted as a whole."""
        return self.rates is not None or len(self.meters) > 1

    @property
    def allowances(self) -> Mapping[FieldName, Allowance]:
        """The allowance of each field for one."""
        if not self.is_card:
            return {ALLOWANCE: self.included_units}
        rates = self.rates or {}
        return {
            by_meter(ALLOWANCE, meter): rates[meter].included
            if meter in rates
            else NOTHING_INCLUDED
            for meter in self.meters
        }

    @property
    def fields(self) -> tuple[FieldName, ...]:
        """Its fields, in field order; of a rate card with the prices that may replace rates."""
        if not self.is_card:
            return FIELDS
        own = [name for name in FIELDS if name != ALLOWANCE]
        return in_field_order(
            (*own, *self.allowances, *(by_meter(RATES, meter) for meter in self.meters))
        )

    def is_available_to(self, profile: str) -> bool:
        """Whether customers of this profile (an id) can have the plan."""
        return self.available_to is None or profile in self.available_to


_CURRENCY = "[A-Z]{3}"


def _currency(value: str) -> str:
    if not re.fullmatch(_CURRENCY, value):
        raise value_fault(f"must be a currency code, not {shown(value)}", "write it like `USD`")
    return value


_Currency: TypeAlias = Annotated[
    Line, AfterValidator(_currency), WithJsonSchema(shapes.pattern(_CURRENCY))
]


class PlanDenomination(NamedTuple):
    """What the numbers of a plan are in: the catalog's currency, its meters, and its price.

    That is for `quote_per` units of the first meter or, `is_card`, a discount on all usage.
    """

    currency: str
    meters: tuple[Meter, ...]
    is_card: bool

    @property
    def unit(self) -> str:
        """The usage unit of the first meter."""
        return self.meters[0].unit

    @property
    def quote_per(self) -> Fraction:
        """How many units of the first meter a usage price is shown for."""
        return self.meters[0].quote_per


class Catalog(Model):
    """The plans that are on sale, in one currency and for one unit of usage.

    Usage prices are kept for one unit and shown for `quote_per` units.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["unit"]}, {"required": ["meters"]}],
            "dependentSchemas": {"meters": {"properties": {"quote_per": False}}},
        }
    )
    name: Line = Field(alias="catalog", description="The catalog's name.")
    currency: _Currency = Field(description="ISO 4217 code, such as EUR.")
    unit: UsageUnit = Field(
        "",
        description="What usage is counted in, one word in the singular: token, request.",
    )
    quote_per: Positive = Field(
        Fraction(1), description="How many units a usage price is shown for."
    )
    meters: Some[Meter] = Field(
        (), description="Several kinds of usage, instead of `unit` and `quote_per`."
    )
    configurations: Some[Configuration] = Field(description="The plans on sale, at least one.")
    unique: ClassVar[Mapping[str, str | None]] = {"configurations": "id", "meters": "id"}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """References that there are not, a unit that is the currency, meters and rates apart."""
        del context
        yield from reference_faults(entries)
        yield from unit_faults(entries)
        yield from rate_faults(entries)

    @model_validator(mode="after")
    def _with_meters(self) -> Self:
        """The one meter that `unit` is short for, and every plan with the ids of the meters."""
        if not self.meters:
            only = Meter.model_construct(id=self.unit, unit=self.unit, quote_per=self.quote_per)
            object.__setattr__(self, "meters", (only,))
        elif len(self.meters) == 1:
            object.__setattr__(self, "unit", self.meters[0].unit)
            object.__setattr__(self, "quote_per", self.meters[0].quote_per)
        ids = tuple(meter.id for meter in self.meters)
        plans = tuple(_with_meters(plan, ids) for plan in self.configurations)
        object.__setattr__(self, "configurations", plans)
        return self

    def denomination(self, plan: Configuration | None = None) -> PlanDenomination:
        """What the numbers of one of its plans are in; without a plan, those of prices of units."""
        return PlanDenomination(self.currency, self.meters, plan is not None and plan.is_card)

    @property
    def units(self) -> Mapping[str, str]:
        """The usage unit of each meter."""
        return {meter.id: meter.unit for meter in self.meters}


def _with_meters(plan: Configuration, meters: tuple[str, ...]) -> Configuration:
    """A plan that knows the meters of its catalog; of one meter a number stands for that meter."""
    known = plan.model_copy(update={"meters": meters})
    if not known.is_card:
        return known
    alone = {name: by_meter(name, meters[0]) for name in (ALLOWANCE, RATES)}
    bounds = {alone.get(name, name): own for name, own in plan.tunable.items()}
    tunable = FrozenMapping({name: bounds[name] for name in known.fields if name in bounds})
    return known.model_copy(update={"tunable": tunable})
