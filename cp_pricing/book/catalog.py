"""The catalog: the seller's pricing configurations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from constraints.text.source import did_you_mean
from cp_pricing.book.tunables import Bounds, Grid, Values, tunable_bounds
from cp_pricing.fields import UNLIMITED
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Model,
    not_empty,
    repeated,
)
from cp_pricing.files.values import (
    Amount,
    Flag,
    Identifier,
    Line,
    Positive,
    Term,
    Units,
    found,
    plain_text,
    value_fault,
)

__all__ = ["Allowance", "Catalog", "Configuration", "Grid", "Values"]

_ZERO = Fraction(0)
_OTHER_UNITS = frozenset({"month", "months", "year", "years", "member", "members"})


class Allowance(Model):
    """Included units a month: of a customer, of each of its members, or without limit.

    A file may write the number of a customer alone, or `unlimited`.
    """

    per_customer: Units | None = None
    per_member: Units | None = None
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
            raise value_fault(f"must be a number or `unlimited`, not {found(value)}", hint)
        return {"per_customer": value}

    @model_validator(mode="after")
    def _check(self) -> Allowance:
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


class Configuration(Model):
    """A predefined pricing model, and how far a customer may tune it."""

    id: Identifier
    name: Line
    available_to: Annotated[tuple[Identifier, ...], AfterValidator(not_empty)] | None = None
    platform_fee: Amount = _ZERO
    seat_fee: Amount = _ZERO
    included_units: Allowance = Allowance(per_customer=_ZERO)
    usage_unit_price: Amount = _ZERO
    contract_duration_months: Term = Fraction(1)
    minimum_monthly_turnover: Amount = _ZERO
    prepaid_amount: Amount = _ZERO
    guaranteed_platform_fee: Amount = _ZERO
    customer_funded_onboarding: Flag = False
    reduced_cancellation_flexibility: Flag = False
    tunable: Annotated[Mapping[str, Bounds], PlainValidator(tunable_bounds)] = FrozenMapping()

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """A profile that is named twice."""
        del context
        return repeated(entries, "available_to", part=None)

    def is_available_to(self, profile: str) -> bool:
        """Whether customers of this profile (an id) can have the configuration."""
        return self.available_to is None or profile in self.available_to


def _currency(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise value_fault(f"must be a currency code, not {found(value)}", "write it like `USD`")
    return value


def _unit(value: str) -> str:
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", value):
        hint = "write it in the singular, like `token`"
        raise value_fault(f"must be one word, not {found(value)}", hint)
    if value in _OTHER_UNITS:
        raise value_fault(f"must not be {found(value)}, which is a unit of its own")
    return value


class Catalog(Model):
    """The configurations that are on sale, in one currency and for one unit of usage.

    Usage prices are kept for one unit and shown for `quote_per` units.
    """

    name: Line = Field(alias="catalog")
    currency: Annotated[Line, AfterValidator(_currency)]
    unit: Annotated[Line, AfterValidator(_unit)]
    quote_per: Positive = Fraction(1)
    configurations: Annotated[tuple[Configuration, ...], AfterValidator(not_empty)]

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Configurations of one id."""
        del context
        yield from repeated(entries, "configurations")
        currency = plain_text(entries.get("currency"))
        if currency and currency == plain_text(entries.get("unit")):
            yield Fault(("unit",), "the usage unit must not be the currency")
