"""What is counted, and how much of it: units by meter, or plain numbers where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

# Units a month: a number where there is one meter, else by meter (absent: 0).
Units: TypeAlias = Fraction | tuple[tuple[str, Fraction], ...]
Usage: TypeAlias = tuple[tuple[Fraction, Units], ...]  # weights, and units a month

UNLIMITED = Fraction(10**15)  # decision 3


@dataclass(frozen=True)
class Meter:
    """What is counted; `quote_per` in its units."""

    id: str
    unit: str
    quote_per: int = 1


def by_meter(units: Units, meters: tuple[str, ...]) -> dict[str, Fraction]:
    """Units a month of every meter."""
    if isinstance(units, Fraction):
        (meter,) = meters
        return {meter: units}
    return {**dict.fromkeys(meters, Fraction(0)), **dict(units)}


def _named(units: Units) -> dict[str, Fraction]:
    """Units by meter; the only meter has no name here."""
    return {"": units} if isinstance(units, Fraction) else dict(units)


def expected_units(usage: Usage) -> dict[str, Fraction]:
    """Units a month by meter; the only meter has no name here."""
    totals: dict[str, Fraction] = {}
    for weight, units in usage:
        for meter, amount in _named(units).items():
            totals[meter] = totals.get(meter, Fraction(0)) + weight * amount
    return totals


def scaled(usage: Usage, wanted: Units, known: Usage) -> Usage:
    """The scenarios times what makes those that are `known` expect so many units of some meters."""
    expected = expected_units(known)
    factors = {meter: amount / expected[meter] for meter, amount in _named(wanted).items()}
    return tuple((weight, _times(units, factors)) for weight, units in usage)


def _times(units: Units, factors: Mapping[str, Fraction]) -> Units:
    if isinstance(units, Fraction):
        return units * factors[""]
    return tuple((meter, amount * factors.get(meter, 1)) for meter, amount in units)
