"""Dimensions, units and intervals: what the static check knows about a number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from constraints.language.sizes import LEAF, Size
from constraints.text.source import clipped


class Ratio(IntEnum):
    """What a pure number says. Where several are put together, the greatest of them decides.

    A share is a part of a whole, as a margin of a bill; a count says how often, as years in a term;
    a percentage has been written with its sign, and so is meant.
    """

    SHARE = 0
    COUNT = 1
    PERCENTAGE = 2


@dataclass(frozen=True, slots=True)
class Dimension:
    """A product of base units with whole exponents; no exponents make a pure number.

    `ratio` is how a pure number reads. It makes no other dimension: shares and counts may be added.
    """

    exponents: tuple[tuple[str, int], ...] = ()
    ratio: Ratio = field(default=Ratio.COUNT, compare=False)

    @staticmethod
    def of(**bases: int) -> Dimension:
        """The dimension with these exponents, such as `of(USD=1, month=-1)`."""
        return Dimension(tuple(sorted((base, power) for base, power in bases.items() if power)))

    def __mul__(self, other: Dimension) -> Dimension:
        """The dimension of a product."""
        return self._combine(other, 1)

    def __truediv__(self, other: Dimension) -> Dimension:
        """The dimension of a quotient."""
        return self._combine(other, -1)

    def _combine(self, other: Dimension, sign: int) -> Dimension:
        powers = dict(self.exponents)
        for base, power in other.exponents:
            powers[base] = powers.get(base, 0) + sign * power
        return Dimension.of(**powers)

    def __str__(self) -> str:
        """As a reader says it: `USD/month`, `months`, `a pure number`; the longest are cut."""
        if not self.exponents:
            return "a pure number"
        if len(self.exponents) == 1 and self.exponents[0][1] == 1:
            base = self.exponents[0][0]
            return base if base.isupper() else f"{base}s"
        return clipped(self.unit)

    @property
    def is_share(self) -> bool:
        """Whether its numbers are read as percentages."""
        return not self.exponents and self.ratio != Ratio.COUNT

    @property
    def unit(self) -> str:
        """The unit after a number: `USD/month`, `month`, or empty for a pure number."""
        return _unit(self.exponents)


# Each reading of each rule asks for one of the few that there are.
@lru_cache(maxsize=256)
def _unit(exponents: tuple[tuple[str, int], ...]) -> str:
    above = [base for base, power in exponents for _ in range(power)]
    below = [base for base, power in exponents for _ in range(-power)]
    return "/".join([" * ".join(above) or "1", *below]) if above or below else ""


PURE = Dimension()
SHARE = Dimension(ratio=Ratio.SHARE)
PERCENTAGE = Dimension(ratio=Ratio.PERCENTAGE)

# In bits: far beyond what a bound is good for, so that bounds of products of products stay cheap.
_LONGEST_BOUND = 1_000

BARE: Literal["bare"] = "bare"
CONDITION: Literal["condition"] = "condition"


class Choice(NamedTuple):
    """One of some texts; a name of this kind is compared with one of them, and nothing else."""

    values: tuple[str, ...]


Kind: TypeAlias = Dimension | Choice | Literal["bare", "condition"]


def put_together(kinds: Iterable[Kind]) -> Kind:
    """The kind of numbers that are added, compared or listed; bare ones take that of the others."""
    firm = [kind for kind in kinds if isinstance(kind, Dimension)]
    decisive: Dimension | None = max(firm, key=lambda kind: kind.ratio, default=None)
    return decisive or BARE


def multiplied(left: Kind, right: Kind, sign: int, wholes: Collection[str]) -> Kind:
    """The kind of a product (`sign` 1) or quotient (-1): bare factors are pure numbers.

    What `wholes` measure is divided into shares: of money in money it is, months in months are
    counted.
    """
    if not isinstance(right, Dimension):
        return left
    if not isinstance(left, Dimension):
        return right if sign > 0 else PURE / right
    product = left * right if sign > 0 else left / right
    if product.exponents:
        return product
    if left.exponents:
        return SHARE if any(base in wholes for base, _ in left.exponents) else PURE
    if Ratio.COUNT in {left.ratio, right.ratio}:
        return PURE
    return SHARE if Ratio.SHARE in {left.ratio, right.ratio} else PERCENTAGE


class Unit(NamedTuple):
    """A unit's dimension, and how many base units one of it is (`year`: 12 months)."""

    dimension: Dimension
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`; `None` is unbounded on that side."""

    low: Fraction | None = None
    high: Fraction | None = None

    @staticmethod
    def point(value: Fraction) -> Interval:
        """The interval of one number."""
        return Interval(value, value)

    @staticmethod
    def hull(intervals: Iterable[Interval]) -> Interval:
        """The least interval that holds all the given ones."""
        found = list(intervals)
        lows = [interval.low for interval in found]
        highs = [interval.high for interval in found]
        return _plain(
            None if None in lows else min(low for low in lows if low is not None),
            None if None in highs else max(high for high in highs if high is not None),
        )

    def __add__(self, other: Interval) -> Interval:
        """All sums."""
        return _plain(_plus(self.low, other.low), _plus(self.high, other.high))

    def __neg__(self) -> Interval:
        """All negatives."""
        return Interval(
            None if self.high is None else -self.high, None if self.low is None else -self.low
        )

    def __sub__(self, other: Interval) -> Interval:
        """All differences."""
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        """All products."""
        corners = [
            _times(a, b)
            for a in (_Extended(self.low, -1), _Extended(self.high, 1))
            for b in (_Extended(other.low, -1), _Extended(other.high, 1))
        ]
        finite = [corner.value for corner in corners if corner.value is not None]
        unbounded = {corner.infinity for corner in corners if corner.value is None}
        return _plain(
            None if -1 in unbounded else min(finite, default=None),
            None if 1 in unbounded else max(finite, default=None),
        )

    def __truediv__(self, other: Interval) -> Interval:
        """All quotients by a non-negative denominator; a zero one is left out."""
        least = 1 / other.high if other.high else Fraction(0)
        greatest = 1 / other.low if other.low else None
        return self * Interval(least, greatest)

    def minimum(self, other: Interval) -> Interval:
        """All lesser ones of two numbers."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        highs = [high for high in (self.high, other.high) if high is not None]
        return Interval(low, min(highs) if highs else None)

    def maximum(self, other: Interval) -> Interval:
        """All greater ones of two numbers."""
        return -(-self).minimum(-other)

    def absolute(self) -> Interval:
        """All absolute values."""
        if self.low is not None and self.low >= 0:
            return self
        if self.high is not None and self.high <= 0:
            return -self
        return Interval(Fraction(0), self.maximum(-self).high)

    @property
    def non_negative(self) -> bool:
        """Whether no number in it is below zero."""
        return self.low is not None and self.low >= 0


ANY = Interval()


class Symbol(NamedTuple):
    """What the check knows of a name: its dimension (or that it is a condition) and its bounds.

    The kind is `None` where a fault in its definition hides it. `levels` says how deeply nested is
    what it stands for, with all names in that written out: none for what is only a value. `size`
    says how long its value may get.
    """

    kind: Kind | None
    bounds: Interval = ANY
    description: str = ""
    levels: int = 0
    size: Size = LEAF


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names and the units that expressions may use, and the base units that are shared out.

    `instead` says of names that there are not what to write, where likeness would not tell.
    """

    symbols: Mapping[str, Symbol]
    units: Mapping[str, Unit] = field(default_factory=dict)
    wholes: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)


def _plain(low: Fraction | None, high: Fraction | None) -> Interval:
    """An interval whose ends are widened to zero or to infinity where they are too long."""
    if low is not None and _long(low):
        low = Fraction(0) if low > 0 else None
    if high is not None and _long(high):
        high = Fraction(0) if high < 0 else None
    return Interval(low, high)


def _long(number: Fraction) -> bool:
    return max(number.numerator.bit_length(), number.denominator.bit_length()) > _LONGEST_BOUND


def _plus(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return None if a is None or b is None else a + b


class _Extended(NamedTuple):
    """A number, or the infinity of the given sign where `value` is `None`."""

    value: Fraction | None
    infinity: int

    @property
    def sign(self) -> int:
        if self.value is None:
            return self.infinity
        return (self.value > 0) - (self.value < 0)


def _times(a: _Extended, b: _Extended) -> _Extended:
    if a.value is not None and b.value is not None:
        return _Extended(a.value * b.value, 0)
    sign = a.sign * b.sign
    return _Extended(None, sign) if sign else _Extended(Fraction(0), 0)
