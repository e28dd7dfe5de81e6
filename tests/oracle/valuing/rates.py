"""The rates of a rate card: section 9 of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal, TypeAlias

from tests.oracle.valuing.usage import UNLIMITED

Kind: TypeAlias = Literal["price", "graduated", "volume", "package"]
AllowanceKind: TypeAlias = Literal["bare", "per_customer", "per_member", "unlimited"]
# Upper limits in units beyond the allowance, the last None, and currency a unit.
Tiers: TypeAlias = tuple[tuple[Fraction | None, Fraction], ...]

ALLOWANCE = "included_units"
OVERRIDE = "rates"


@dataclass(frozen=True)
class Rate:
    """What usage of a meter costs beyond its allowance, at list.

    `price` is currency a unit, or of one package of so many units; `included` is as authored.
    """

    kind: Kind
    price: Fraction = Fraction(0)
    tiers: Tiers = ()
    units: Fraction = Fraction(1)
    discountable: bool = True
    included: Fraction = Fraction(0)
    included_kind: AllowanceKind = "bare"

    def allowance(self, members: Fraction) -> Fraction:
        """Units a month for a customer of so many members."""
        if self.included_kind == "unlimited":
            return UNLIMITED
        return self.included * (members if self.included_kind == "per_member" else 1)

    def charge(self, beyond: Fraction) -> Fraction:
        """Currency a month for so much usage beyond the allowance."""
        if self.kind == "price":
            return self.price * beyond
        if self.kind == "package":
            return self.price * ceil(beyond / self.units)
        if self.kind == "volume":
            return beyond * self._price_at(beyond)
        return self._graduated(beyond)

    def _price_at(self, beyond: Fraction) -> Fraction:
        return next(price for limit, price in self.tiers if limit is None or beyond <= limit)

    def _graduated(self, beyond: Fraction) -> Fraction:
        charged, lower = Fraction(0), Fraction(0)
        for limit, price in self.tiers:
            upper = beyond if limit is None else min(limit, beyond)
            charged += price * max(Fraction(0), upper - lower)
            lower = upper
        return charged

    @property
    def least(self) -> Fraction:
        """The least price that one unit can come to."""
        if self.tiers:
            return min(price for _, price in self.tiers)
        return self.price / self.units


@dataclass(frozen=True)
class Card:
    """A rate card: the catalog's meters, and the rates of those that it charges."""

    meters: tuple[str, ...]
    rates: Mapping[str, Rate]

    def allowances(self, members: Fraction) -> dict[str, Fraction]:
        """Units a month by the field's name; 0 without a rate."""
        return {
            f"{ALLOWANCE}.{meter}": self.rates[meter].allowance(members)
            if meter in self.rates
            else Fraction(0)
            for meter in self.meters
        }


def is_allowance(name: str) -> bool:
    """Whether a field is an allowance, of one meter or of the only one."""
    return name.partition(".")[0] == ALLOWANCE


def is_override(name: str) -> bool:
    """Whether an input is a flat price in the place of a meter's rate."""
    return name.partition(".")[0] == OVERRIDE
