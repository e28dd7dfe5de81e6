"""Numbers of all draws at once: binary floating point, with bounds of the error.

A comparison whose sides lie further apart than their errors is settled; what is not is left to
exact arithmetic. That is a floating-point filter (Shewchuk 1997).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from constraints.language.expressions import Value

# The first axis is that of the draws, and the last that of the scenarios, of bands or of prices.
Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]

# One step of the arithmetic errs by 2^-53, about 1.1e-16, of its result at most: ten times that.
STEP = 1e-15
# For what makes numbers: what is too large for a float is infinite or none, and says nothing.
QUIETLY = np.errstate(all="ignore")


class Estimate(NamedTuple):
    """Numbers, and how far from them the true ones may be."""

    value: Floats
    error: Floats

    @staticmethod
    def nearest(numbers: Floats) -> Estimate:
        """Numbers as the floats that are nearest to them."""
        return Estimate(numbers, np.where(np.isfinite(numbers), STEP * abs(numbers), 0.0))

    @QUIETLY
    def less(self, other: Estimate) -> Estimate:
        """What is left after other numbers are taken away."""
        return Estimate(self.value - other.value, self.error + other.error)

    def above(self) -> Truths:
        """Where the true number is surely above zero."""
        # Never where a number is too large for a float: infinity is not above itself.
        return self.value > self.error

    def below(self) -> Truths:
        """Where the true number is surely below zero."""
        return self.value < -self.error

    @QUIETLY
    def bounds(self) -> tuple[Floats, Floats]:
        """The least and the most that the true numbers may be."""
        known = np.isfinite(self.value) & np.isfinite(self.error)
        low = np.where(known, self.value - self.error, -inf)
        return low, np.where(known, self.value + self.error, inf)

    def around(self, ranks: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
        """How many are surely below the number of each rank, from 1 on, and where it may be."""
        low, high = self.bounds()
        lows, highs = np.sort(low), np.sort(high)
        for rank in ranks:
            below = high < lows[rank - 1]
            yield int(below.sum()), np.flatnonzero(~below & (low <= highs[rank - 1])).tolist()


def as_float(value: Value | None) -> float:
    """The nearest float, infinite where there is none."""
    if value is None:
        return inf
    try:
        # What `float` does of a fraction, in half the time.
        return value.numerator / value.denominator
    except OverflowError:
        return inf


def column(values: Iterable[Value]) -> Floats:
    """A number for each draw."""
    return np.array([as_float(value) for value in values])


def padded(rows: Sequence[Sequence[Value | None]], none: float = 0.0) -> Floats:
    """Some numbers for each draw; where a draw has fewer than others, `none`."""
    width = max(map(len, rows))
    return np.array([[*map(as_float, row), *[none] * (width - len(row))] for row in rows])


def mean(weights: Floats, values: Floats) -> Floats:
    """The mean over the scenarios, in each draw."""
    means: Floats = np.einsum("d...s,ds->d...", values, weights)
    return means
