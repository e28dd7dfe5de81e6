"""What a deal is worth by its price, in closed form: for draws, of which there are hundreds.

With all other terms given the expected bill is a rising line of the price, bent where a scenario
outgrows the minimum, and the lifetime value of SPEC section 2 is a line of the bill in each band
of price response. All numbers are ratios of whole numbers, which are never reduced: `Fraction`
would take about five times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from constraints.language.domains import Domain

Ranges: TypeAlias = tuple[tuple[int, int], ...]
# The last index of each stretch with as many draws, and how many they are.
Counts: TypeAlias = tuple[list[int], list[int]]
Whole: TypeAlias = tuple[int, tuple[int, ...]]  # ratios over their common divisor, which is first


class Grid(NamedTuple):
    """The numbers `(base + step * k) / under` for `k` from `first` to `last`."""

    base: int
    step: int
    under: int
    first: int
    last: int

    @staticmethod
    def of(domain: Domain) -> Grid:
        """The grid that a domain's numbers are on, from its least number to its greatest."""
        base, step = domain.base, domain.step
        whole = base.numerator * step.denominator, step.numerator * base.denominator
        under = base.denominator * step.denominator
        return Grid(*whole, under, domain.indices[0], domain.indices[-1])

    def number(self, index: int) -> Fraction:
        """The number at an index."""
        return Fraction(self.base + self.step * index, self.under)

    def up_to(self, over: int, under: int) -> int:
        """The last index whose number is not above a ratio, or one before the first."""
        # Down to a tick that is still within, for both divisors are positive.
        index = (over * self.under - self.base * under) // (self.step * under)
        return max(self.first - 1, min(self.last, index))

    def from_(self, over: int, under: int) -> int:
        """The first index whose number is not below a ratio, or one behind the last."""
        # Up to a tick that is not below: the floor of the negative is the ceiling.
        index = -((self.base * under - over * self.under) // (self.step * under))
        return min(self.last + 1, max(self.first, index))


class Line(NamedTuple):
    """`(fixed + slope * x) / under`, with a positive divisor and a slope not below zero."""

    fixed: int
    slope: int
    under: int

    @staticmethod
    def of(fixed: Fraction, slope: Fraction) -> Line:
        """The line with two ratios."""
        whole = fixed.numerator * slope.denominator, slope.numerator * fixed.denominator
        return Line(*whole, fixed.denominator * slope.denominator)

    def at(self, over: int, under: int) -> tuple[int, int]:
        """The number at a ratio, as a ratio."""
        return self.fixed * under + self.slope * over, self.under * under

    def where(self, over: int, under: int) -> tuple[int, int]:
        """The place at which a rising line has a number."""
        return over * self.under - self.fixed * under, self.slope * under


@dataclass(frozen=True, slots=True)
class Bill:
    """The expected bill by the price, in currency/month: straight pieces, each with its start.

    The first begins with the lowest price there is (`None`), and it alone may be level.
    """

    pieces: tuple[tuple[Fraction | None, Line], ...]

    def last_within(self, over: int, under: int, grid: Grid) -> int:
        """The last index of a grid of prices at which the bill is not above a ratio."""
        # From the last piece back: the bill never falls, so the first piece that has the limit
        # within it is the last that has.
        for start, line in reversed(self.pieces):
            if line.slope:
                price, by = line.where(over, under)
                if start is None or start.numerator * by <= price * start.denominator:
                    return grid.up_to(price, by)
            elif line.fixed * under <= over * line.under:
                return grid.last
        return grid.first - 1

    def first_reaching(self, over: int, under: int, grid: Grid) -> int:
        """The first index of a grid of prices at which the bill is at least a ratio."""
        ends = [start for start, _ in self.pieces[1:]]
        for (_, line), end in zip(self.pieces, [*ends, None], strict=True):
            if not line.slope:  # level, and no price is below it
                if line.fixed * under >= over * line.under:
                    return grid.first
                continue
            price, by = line.where(over, under)
            if end is None or price * end.denominator <= end.numerator * by:
                return grid.from_(price, by)
        return grid.last + 1


class Band(NamedTuple):
    """A stretch of bills up to a limit (the last has none), and what a deal is worth by the bill.

    The limit and the lifetime value are in currency/month and in currency.
    """

    limit: tuple[int, int] | None
    worth: Line


@dataclass(frozen=True, slots=True)
class Worth:
    """The lifetime value by the price: in each band of the bill a line of the bill."""

    bill: Bill
    bands: Sequence[Band]

    def at_least(self, required: Fraction, grid: Grid) -> Ranges:
        """The indices of a grid of prices at which it is at least so much."""
        over, under = required.numerator, required.denominator
        ranges: list[tuple[int, int]] = []
        low = grid.first
        # Bands come one after the other along the prices too, since the bill never falls.
        for limit, line in self.bands:
            high = grid.last if limit is None else self.bill.last_within(*limit, grid)
            if low > high:
                continue
            first = low
            if line.slope:
                first = max(low, self.bill.first_reaching(*line.where(over, under), grid))
            elif line.fixed * under < over * line.under:
                first = high + 1
            if first <= high:
                ranges.append((first, high))
            low = high + 1
        return tuple(ranges)


def over_one(*amounts: Fraction) -> Whole:
    """Some ratios over their common divisor, which comes first."""
    under = lcm(*(amount.denominator for amount in amounts))
    return under, tuple(amount.numerator * (under // amount.denominator) for amount in amounts)


class Use(NamedTuple):
    """What the scenarios of a month are charged for use, in currency/month: a row for each.

    Of a scenario the weight, the charge without a price, and what the price adds to that; each of
    the three is over its own divisor, which all scenarios share.
    """

    rows: tuple[tuple[int, int, int], ...]
    unders: tuple[int, int, int]

    @staticmethod
    def of(weights: Whole, owns: Whole, rises: Whole) -> Use:
        """The use with some columns, each with its divisor first."""
        rows = zip(weights[1], owns[1], rises[1], strict=True)
        return Use(tuple(rows), (weights[0], owns[0], rises[0]))

    def least(self) -> Fraction:
        """The least charge of a scenario without a price."""
        return Fraction(min(own for _, own, _ in self.rows), self.unders[1])

    def mean(self) -> tuple[Fraction, Fraction]:
        """The mean charge without a price, and what the price adds to it."""
        parts, owns, rises = self.unders
        fixed = sum(weight * own for weight, own, _ in self.rows)
        slope = sum(weight * rise for weight, _, rise in self.rows)
        return Fraction(fixed, parts * owns), Fraction(slope, parts * rises)


def straight(fee: Fraction, fixed: Fraction, slope: Fraction) -> Bill:
    """The bill without a minimum that matters: a fee, and what is charged for use."""
    return Bill(((None, Line.of(fee + fixed, slope)),))


def bent(minimum: Fraction, fee: Fraction, use: Use) -> Bill:
    """With a minimum, which a scenario pays up to the price at which it owes as much."""
    parts, owns, rises = use.unders
    amounts, (least, own_fee, unit) = over_one(minimum, fee, Fraction(1, owns))
    # At its bend a scenario stops paying the minimum and begins to pay what it uses.
    bends: dict[Fraction, list[tuple[int, int]]] = {}
    fixed = slope = 0
    for weight, own, rise in use.rows:
        short = least - own_fee - own * unit
        fixed += weight * (least - min(short, 0)) * rises
        if short <= 0:
            slope += weight * rise * amounts
        elif rise:
            bend = bends.setdefault(Fraction(short * rises, amounts * rise), [])
            bend.append((weight * short * rises, weight * rise * amounts))
    under = parts * amounts * rises
    pieces: list[tuple[Fraction | None, Line]] = [(None, Line(fixed, slope, under))]
    for start in sorted(bends):
        for less, rise in bends[start]:
            fixed, slope = fixed - less, slope + rise
        pieces.append((start, Line(fixed, slope, under)))
    return Bill(tuple(pieces))
