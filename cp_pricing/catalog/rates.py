"""Meters, and what a rate card charges for the use of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string
from constraints.text.source import did_you_mean
from cp_pricing.fields import UNLIMITED
from cp_pricing.files import shapes
from cp_pricing.files.models import Entries, Fault, Model, Some, refuse
from cp_pricing.files.scalars import as_written, plain_text, shown, value_fault
from cp_pricing.files.shapes import METER, Or
from cp_pricing.files.values import Amount, Flag, Line, Positive, Units, choice

_ZERO = Fraction(0)
# Units of every price book: a number of them would be taken for a term or for seats.
_OTHER_UNITS = frozenset({"month", "months", "year", "years", "member", "members"})
# What bounds are made of: a meter called so could not be told from them.
_WORDS_OF_BOUNDS = frozenset({"min", "max", "values", "step", "tick"})
_UNIT = "[A-Za-z][A-Za-z0-9_]*"


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


ALLOWANCES = Or(
    {"description": "Units a month", **shapes.number(minimum=0)}, {"const": "unlimited"}
)
NOTHING_INCLUDED = Allowance(per_customer=_ZERO)


def _unit(value: str) -> str:
    if not re.fullmatch(_UNIT, value):
        hint = "write it in the singular, like `token`"
        raise value_fault(f"must be one word, not {shown(value)}", hint)
    if value in _OTHER_UNITS:
        raise value_fault(f"must not be {shown(value)}, which is a unit of its own")
    return value


def is_meter(value: str) -> bool:
    """Whether a text can be a meter's id."""
    return re.fullmatch(METER, value) is not None and value not in _WORDS_OF_BOUNDS


def _meter(value: str) -> str:
    if not re.fullmatch(METER, value):
        raise value_fault(f"must be letters, digits and `_`, not {shown(value)}")
    if value in _WORDS_OF_BOUNDS:
        raise value_fault(f"must not be {shown(value)}, which is a word of tunable bounds")
    return value


UsageUnit: TypeAlias = Annotated[Line, AfterValidator(_unit), WithJsonSchema(shapes.pattern(_UNIT))]
MeterId: TypeAlias = Annotated[Line, AfterValidator(_meter), WithJsonSchema(shapes.pattern(METER))]


class Meter(Model):
    """What counts one kind of usage, and for how many units its price is shown."""

    id: MeterId = Field(description="By which rates, profiles and rules name it.")
    unit: UsageUnit = Field(description="What it counts, one word in the singular: token.")
    quote_per: Positive = Field(Fraction(1), description="How many units a price is shown for.")


def tiers_hint(prices: Sequence[object]) -> str:
    """How a rate has tiers at some prices, whose limits are left to be filled in."""
    own = [p if isinstance(p, Mapping) else {"up_to": None, "price": p} for p in prices[:1]]
    rest = ["..."] if len(prices) > 1 else []
    tiers = ", ".join([*map(as_written, own), *rest])
    return f"write `mode: graduated` and `tiers: [{tiers}]`"


def one_price(key: str, place: str) -> BeforeValidator:
    """Refuses a list where one price is expected: tiers go into a key, and how they are written."""

    def checked(value: object) -> object:
        if isinstance(value, list | tuple):
            message = f"must be one price, not a list: tiers go into `{key}`"
            raise value_fault(message, f"{tiers_hint(value)} {place}")
        return value

    return BeforeValidator(checked)


def _no_price_alone(other: str, value: object) -> object:
    if isinstance(value, Scalar):
        hint = f"write `{{{other}: ..., price: {value.text}}}`"
        raise value_fault(f"must be keys and values, not {shown(value)}", hint)
    return value


class Tier(Model):
    """A price up to a limit of use beyond the allowance; the last tier has no limit."""

    up_to: Positive | None = Field(None, description="The tier's limit, in units a month.")
    price: Amount = Field(description="Price of one unit, in currency.")

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """A number alone is no tier, though what it would mean is plain."""
        return _no_price_alone("up_to", value)


class Package(Model):
    """Units that are sold together: a package that is begun is paid for."""

    units: Positive = Field(description="Units in a package.")
    price: Amount = Field(description="Price of a package, in currency.")

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """A number alone is no package, though what it would mean is plain."""
        return _no_price_alone("units", value)


def _tiers(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    limits = [tier.up_to for tier in tiers]
    faults = [
        Fault((place,), "only the last tier has no `up_to`", "add `up_to: ...`, or put it last")
        for place, limit in enumerate(limits[:-1])
        if limit is None
    ]
    for place, (before, after) in enumerate(pairwise(limits), start=1):
        if before is not None and after is not None and after <= before:
            message = f"this tier ends at {decimal_string(after)}, not above the one before it"
            faults.append(Fault((place, "up_to"), message, "sort the tiers by it"))
    if limits[-1] is not None:
        hint = "add a tier with only a `price`, for all use beyond"
        location = (len(limits) - 1, "up_to")
        faults.append(Fault(location, "the last tier must have no limit", hint))
    refuse(faults)
    return tiers


Mode: TypeAlias = Literal["graduated", "volume"]
_KINDS = ("price", "package", "tiers")


class Rate(Model):
    """What a meter's use beyond its allowance costs: a price, packages, or tiers with a mode.

    Graduated tiers each price their own part of the use; volume tiers all of it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [kind]} for kind in _KINDS],
            "dependentRequired": {"tiers": ["mode"], "mode": ["tiers"]},
        }
    )
    price: Annotated[Amount, one_price("tiers", "in its place")] | None = Field(
        None, description="Price of one unit, in currency."
    )
    package: Package | None = Field(None, description="Units that are sold together.")
    tiers: Annotated[Some[Tier], AfterValidator(_tiers)] | None = Field(
        None, description="Prices by how much is used beyond the allowance."
    )
    mode: Annotated[Mode, choice("graduated", "volume")] | None = Field(
        None, description="Whether a tier prices its own part of the use, or all of it."
    )
    included: Annotated[Allowance, ALLOWANCES] = Field(
        NOTHING_INCLUDED, description="The allowance, in units a month."
    )
    discountable: Flag = Field(
        default=True, description="Whether a discount on usage lowers it, too."
    )

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """A rate that is of no kind, or of several; a mode without tiers, and tiers without."""
        del context
        kinds = [key for key in _KINDS if key in entries]
        if len(kinds) != 1:
            which = "more than one" if kinds else "none"
            message = f"a rate is one of `price`, `package` and `tiers`, and this is {which}"
            hint = "keep one of them" if kinds else "write `{price: ...}`"
            yield Fault((), message, hint)
        if "tiers" in entries and "mode" not in entries:
            hint = "write `mode: graduated`, or `volume` if a tier prices all use"
            yield Fault(("tiers",), "tiers need a `mode`", hint, "key")
        if "mode" in entries and "tiers" not in entries:
            yield Fault(("mode",), "a `mode` is for tiers", "remove it", "key")

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """A number alone is no rate, though what it would mean is plain."""
        if isinstance(value, Mapping | Rate):
            return value
        if isinstance(value, list | tuple):
            message = "must be a rate, not a list: tiers go into `tiers`"
            raise value_fault(message, tiers_hint(value))
        hint = f"write `{{price: {as_written(value)}}}`"
        raise value_fault(f"must be a rate, not {shown(value)}", hint)

    @property
    def least_unit_price(self) -> Fraction:
        """The least that one unit can cost at list, in currency/unit."""
        if self.package is not None:
            return self.package.price / self.package.units
        return min(tier.price for tier in self.steps)

    @property
    def steps(self) -> tuple[Tier, ...]:
        """Its tiers; those of a plain price are one."""
        return self.tiers or (Tier(price=self.price or _ZERO),)


# What a meter costs that a plan has no rate for.
NOTHING = Rate(price=_ZERO)
