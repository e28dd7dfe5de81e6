"""Customer-months of use to a few scenarios that stand for them.

The scenarios are the leaves of a tree that halves the customer-months, each time along the meter
in which they differ most: of one meter these are bins of equal probability. The heaviest months
have leaves of their own. Each leaf stands for the mean of its months, so that the mean of all is
kept, meter by meter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import fsum

import numpy as np

from cp_pricing.fitting.retention.exposure import Floats, Integers
from cp_pricing.fitting.rounding import rounded, shares, with_mean
from cp_pricing.profiles.draws import DIGITS

_PLACES = 4
_HEAVY, _HEAVIEST = Decimal("0.05"), Decimal("0.01")
# From so many scenarios on, one or two of them are for the heaviest months.
_ONE_APART, _TWO_APART = 4, 6
_DRAWN_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """Whole months of the calendar of customers: whose, which, and the use of each meter."""

    customer: Integers
    month: Integers
    units: Floats
    """Of shape (months, meters)."""

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A customer-month that stands for a share `weight` of all: units by meter."""

    weight: Decimal
    units: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Months that one scenario stands for, each with the part of it that is here, from 0 to 1."""

    weight: Decimal
    rows: Integers
    parts: Floats


def leaf_weights(scenarios: int) -> tuple[Decimal, ...]:
    """The shares of the scenarios, the heaviest last: of equal probability but for the heaviest."""
    heavy: tuple[Decimal, ...] = ()
    if scenarios >= _TWO_APART:
        heavy = (_HEAVY - _HEAVIEST, _HEAVIEST)
    elif scenarios >= _ONE_APART:
        heavy = (_HEAVY,)
    light = scenarios - len(heavy)
    rest = 1 - sum(heavy, Decimal(0))
    unit = Decimal(1).scaleb(-_PLACES)
    # Whole units, as evenly as they can be dealt out.
    ends = [(rest * place / light).quantize(unit) for place in range(light + 1)]
    return (*(b - a for a, b in pairwise(ends)), *heavy)


def leaves_of(units: Floats, scenarios: int) -> tuple[Leaf, ...]:
    """The months in as many leaves as there shall be scenarios."""
    weights = leaf_weights(scenarios)
    means = units.mean(0)
    scaled = units / np.where(means > 0, means, 1)
    light = scenarios - (scenarios >= _ONE_APART) - (scenarios >= _TWO_APART)
    rows, parts = np.arange(len(units)), np.ones(len(units))
    groups = [weights[:light], weights[light:]] if light < scenarios else [weights]
    found: list[Leaf] = []
    sizes = [sum(group, Decimal(0)) for group in groups]
    for group, (own, mass) in zip(groups, _cut(scaled.sum(1), rows, parts, sizes), strict=True):
        found += _split(scaled, own, mass, group)
    return tuple(found)


def _split(
    scaled: Floats, rows: Integers, parts: Floats, weights: Sequence[Decimal]
) -> Iterator[Leaf]:
    """The leaves of some months, halved along the meter in which they differ most."""
    if len(weights) == 1:
        yield Leaf(weights[0], rows, parts)
        return
    half = len(weights) // 2
    groups = [weights[:half], weights[half:]]
    widest = int(np.argmax(scaled[rows].var(0)))
    sizes = [sum(group, Decimal(0)) for group in groups]
    for group, (own, mass) in zip(groups, _cut(scaled[:, widest], rows, parts, sizes), strict=True):
        yield from _split(scaled, own, mass, group)


def _cut(
    key: Floats, rows: Integers, parts: Floats, sizes: Sequence[Decimal]
) -> Iterator[tuple[Integers, Floats]]:
    """The months in order of a key, cut in proportion to some sizes; one at a cut is in both."""
    order = np.argsort(key[rows], kind="stable")
    rows, parts = rows[order], parts[order]
    ends = np.cumsum(parts)
    begin, whole, done = 0.0, float(ends[-1]), Decimal(0)
    for size in sizes:
        done += size
        end = whole * float(done / sum(sizes, Decimal(0)))
        low = int(np.searchsorted(ends, begin, "right"))
        high = min(int(np.searchsorted(ends, end, "left")) + 1, len(rows))
        inside = np.minimum(ends[low:high], end) - np.maximum(
            ends[low:high] - parts[low:high], begin
        )
        yield rows[low:high], inside
        begin = end


# --- scenarios ------------------------------------------------------------------------------


def scenarios_of(units: Floats, leaves: Sequence[Leaf]) -> tuple[Scenario, ...]:
    """The scenarios of the leaves; their mean is that of all months, as exactly as digits allow."""
    weights = [leaf.weight for leaf in leaves]
    means = [leaf.parts @ units[leaf.rows] / leaf.parts.sum() for leaf in leaves]
    rough = _merged(weights, [_row(mean, DIGITS) for mean in means])
    weights = [scenario.weight for scenario in rough]
    columns = [
        with_mean(column, weights, Fraction(fsum(meter)) / len(meter))
        for column, meter in zip(zip(*(s.units for s in rough), strict=True), units.T, strict=True)
    ]
    return _merged(weights, list(zip(*columns, strict=True)))


def _row(means: Floats, digits: int) -> tuple[Decimal, ...]:
    return tuple(rounded(float(mean), digits) for mean in means)


def _merged(
    weights: Sequence[Decimal], units: Sequence[tuple[Decimal, ...]]
) -> tuple[Scenario, ...]:
    """Scenarios by their size, those of the same use as one, and none without weight."""
    found: dict[tuple[Decimal, ...], Decimal] = {}
    for weight, use in zip(weights, units, strict=True):
        found[use] = found.get(use, Decimal(0)) + weight
    ordered = sorted((sum(use, Decimal(0)), use) for use in found if found[use])
    return tuple(Scenario(found[use], use) for _, use in ordered)


@dataclass(frozen=True, slots=True, eq=False)
class UsageByCustomer:
    """Per customer: the months in each leaf, then the units of each leaf and meter."""

    sums: Floats
    leaves: int
    meters: int

    def drawn(self, weights: Floats) -> tuple[Scenario, ...]:
        """The scenarios where each customer counts as often as their weight says."""
        total = weights @ self.sums
        months, units = total[: self.leaves], total[self.leaves :]
        means = units.reshape(self.leaves, self.meters) / np.where(months > 0, months, 1)[:, None]
        rows = [_row(row, _DRAWN_DIGITS) for row in means]
        return _merged(shares([float(each) for each in months], _DRAWN_DIGITS), rows)


def by_customer(months: Months, leaves: Sequence[Leaf], customers: int) -> UsageByCustomer:
    """The months and units of each customer, leaf by leaf: all that a draw needs to know."""
    meters = months.units.shape[1]
    sums = np.zeros((customers, len(leaves) * (1 + meters)))
    for place, leaf in enumerate(leaves):
        whose = months.customer[leaf.rows]
        sums[:, place] = np.bincount(whose, leaf.parts, customers)
        for meter in range(meters):
            units = leaf.parts * months.units[leaf.rows, meter]
            column = len(leaves) + place * meters + meter
            sums[:, column] = np.bincount(whose, units, customers)
    return UsageByCustomer(sums, len(leaves), meters)
