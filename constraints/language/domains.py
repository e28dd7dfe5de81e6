"""Domains of decision variables: exact grids and lists of values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Domain:
    """The numbers `base + step * k` for `k` in ascending `indices`."""

    base: Fraction
    step: Fraction
    indices: Sequence[int]

    @staticmethod
    def grid(low: Fraction, high: Fraction, step: Fraction) -> Domain:
        """`low`, `low + step`, ... up to `high`; raises ValueError if there are none."""
        if step <= 0 or low > high:
            msg = f"no grid leads from {low} to {high} in steps of {step}"
            raise ValueError(msg)
        return Domain(low, step, range(math.floor((high - low) / step) + 1))

    @staticmethod
    def of(values: Iterable[Fraction]) -> Domain:
        """Some numbers, in any order; raises ValueError if there are none."""
        found = sorted(set(values))
        if not found:
            msg = "a domain needs at least one value"
            raise ValueError(msg)
        gaps = [value - found[0] for value in found[1:]]
        step = _common_divisor(gaps) if gaps else Fraction(1)
        return Domain(found[0], step, tuple(int((value - found[0]) / step) for value in found))

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self.indices)

    def __contains__(self, value: object) -> bool:
        """Whether a number is one of them."""
        if not isinstance(value, Fraction):
            return False
        index = (value - self.base) / self.step
        return index.denominator == 1 and index.numerator in self.indices

    def value(self, index: int) -> Fraction:
        """The number of an index."""
        return self.base + self.step * index

    @property
    def low(self) -> Fraction:
        """The least number."""
        return self.value(self.indices[0])

    @property
    def high(self) -> Fraction:
        """The greatest number."""
        return self.value(self.indices[-1])

    def values(self) -> Iterable[Fraction]:
        """All numbers, ascending, made one by one."""
        return (self.value(index) for index in self.indices)


def _common_divisor(numbers: Sequence[Fraction]) -> Fraction:
    denominator = math.lcm(*(number.denominator for number in numbers))
    return Fraction(math.gcd(*(int(number * denominator) for number in numbers)), denominator)
