"""The catalog: the seller's plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from constraints.text.source import did_you_mean
from cp_pricing.catalog.tunables import Bounds, Grid, Values, tunable_bounds
from cp_pricing.fields import UNLIMITED
from cp_pricing.files import shapes
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Model,
    Some,
    SomeIds,
    texts_of,
    unheard_of,
)
from cp_pricing.files.shapes import Or
from cp_pricing.files.values import (
    Amount,
    Flag,
    Identifier,
    Line,
    Positive,
    Term,
    Units,
    plain_text,
    shown,
    value_fault,
)

__all__ = ["Allowance", "Catalog", "Configuration", "Grid", "Values"]

_ZERO = Fraction(0)
# Units of every price book: a number of them would be taken for a term or for seats.
_OTHER_UNITS = frozenset({"month", "months", "year", "years", "member", "members"})


class Allowance(Model):
    """Included units a month: of a customer, of each of its members, or without limit.

    A file may write the number of a customer alone, or `unlimited`.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    per_customer: Units | None = Field(None, description="Units a month for the customer.")
    per_member: Units | None = Field(None, description="Units a month for each member.")
    derived: ClassVar[frozenset[str]] = frozenset({"unlimited"})
    unlimited: Flag = False

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """A bare number is that of a customer."""
        if isinstance(value, Mapping | Allowance):
            return value
        word = plain_text(value) or ""
        if word == "unlimited":
            return {"unlimited": True}
        if hint := did_you_mean(word, ["unlimited"]):
            raise value_fault(f"must be a number or `unlimited`, not {shown(value)}", hint)
        return {"per_customer": value}

    @model_validator(mode="after")
    def _check(self) -> Allowance:
        # Counted, since two of them say two allowances and none of them says no allowance.
        given = (self.per_customer is not None, self.per_member is not None, self.unlimited)
        if sum(given) != 1:
            hint = "write a number, `{per_member: ...}` or `unlimited`"
            raise value_fault("needs one of `per_customer` and `per_member`", hint)
        return self

    def total(self, members: Fraction) -> Fraction:
        """The allowance of a customer with so many members, in units/month."""
        if self.unlimited:
            return UNLIMITED
        if self.per_customer is not None:
            return self.per_customer
        return (self.per_member or _ZERO) * members


_ALLOWANCES = Or(
    {"description": "Units a month", **shapes.number(minimum=0)}, {"const": "unlimited"}
)


class Configuration(Model):
    """A plan, and how far a customer may tune its terms."""

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
    included_units: Annotated[Allowance, _ALLOWANCES] = Field(
        Allowance(per_customer=_ZERO),
        description="The allowance, in units a month: a number for the customer, "
        "`{per_member: N}` times the profile's members, or `unlimited`.",
    )
    usage_unit_price: Amount = Field(
        _ZERO, description="Price of each unit beyond the allowance, in currency."
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

    def is_available_to(self, profile: str) -> bool:
        """Whether customers of this profile (an id) can have the plan."""
        return self.available_to is None or profile in self.available_to


_CURRENCY, _UNIT = "[A-Z]{3}", "[A-Za-z][A-Za-z0-9_]*"


def _currency(value: str) -> str:
    if not re.fullmatch(_CURRENCY, value):
        raise value_fault(f"must be a currency code, not {shown(value)}", "write it like `USD`")
    return value


def _unit(value: str) -> str:
    if not re.fullmatch(_UNIT, value):
        hint = "write it in the singular, like `token`"
        raise value_fault(f"must be one word, not {shown(value)}", hint)
    if value in _OTHER_UNITS:
        raise value_fault(f"must not be {shown(value)}, which is a unit of its own")
    return value


_Currency: TypeAlias = Annotated[
    Line, AfterValidator(_currency), WithJsonSchema(shapes.pattern(_CURRENCY))
]
_Unit: TypeAlias = Annotated[Line, AfterValidator(_unit), WithJsonSchema(shapes.pattern(_UNIT))]


class Catalog(Model):
    """The plans that are on sale, in one currency and for one unit of usage.

    Usage prices are kept for one unit and shown for `quote_per` units.
    """

    name: Line = Field(alias="catalog", description="The catalog's name.")
    currency: _Currency = Field(description="ISO 4217 code, such as EUR.")
    unit: _Unit = Field(
        description="What usage is counted in, one word in the singular: token, request."
    )
    quote_per: Positive = Field(
        Fraction(1), description="How many units a usage price is shown for."
    )
    configurations: Some[Configuration] = Field(description="The plans on sale, at least one.")
    unique: ClassVar[Mapping[str, str | None]] = {"configurations": "id"}

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """References that there are not, and a unit that is the currency."""
        del context
        yield from _reference_faults(entries)
        currency = plain_text(entries.get("currency"))
        if currency and currency == plain_text(entries.get("unit")):
            yield Fault(("unit",), "the usage unit must not be the currency")


def _reference_faults(entries: Entries) -> Iterator[Fault]:
    items = entries.get("configurations")
    ids = [id_ for id_, _ in texts_of(items) if id_]
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        named = item.get("references") if isinstance(item, Mapping) else ()
        for index, (name, _) in enumerate(texts_of(named, part=None)):
            if name and name not in ids:
                location = ("configurations", place, "references", index)
                yield unheard_of(location, "plan", name, ids)
