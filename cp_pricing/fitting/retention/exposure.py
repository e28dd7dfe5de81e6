"""Months at risk: which customers could have left in which month of their stay, and who did.

Periods are months counted from each start, from 0. A customer who ends within period `t` was there
at `t` and not at `t + 1`. A period counts only if it was seen from its beginning to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

FREE, IN_TERM, REDUCED = STATES = range(3)
"""Out of term; in term; in term with reduced flexibility to cancel."""
_DUST = 1e-13


class Segment(NamedTuple):
    """Periods `first` to `last` - 1 of a customer in one state; `lost` if they left in the last."""

    customer: int
    state: int
    first: int
    last: int
    lost: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """By state and period, how many customers were at risk and how many of these left."""

    at_risk: Floats
    lost: Floats

    @property
    def by_period(self) -> Counts:
        """The same for all states together, as one."""
        return Counts(self.at_risk.sum(0, keepdims=True), self.lost.sum(0, keepdims=True))

    @property
    def periods(self) -> int:
        """The number of periods."""
        return int(self.at_risk.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The segments of all customers, as columns in the customers' order."""

    customer: Integers
    state: Integers
    first: Integers
    last: Integers
    lost: NDArray[np.bool_]

    @property
    def periods(self) -> int:
        """One more than the last period in which anybody was at risk."""
        return int(self.last.max(initial=0))

    def counts(self, weights: Floats | None = None) -> Counts:
        """The counts, each customer as often as their weight says (once without)."""
        own = np.ones(len(self.customer)) if weights is None else weights[self.customer]
        periods = self.periods
        places = self.state * (periods + 1)
        size = len(STATES) * (periods + 1)
        # Who is at risk comes at the first period and goes after the last.
        risk = _summed(places + self.first, own, size)
        risk -= _summed(places + self.last, own, size)
        gone = self.lost
        lost = _summed(places[gone] + self.last[gone] - 1, own[gone], size)
        shape = (len(STATES), periods + 1)
        at_risk = risk.reshape(shape).cumsum(1)[:, :periods]
        left = lost.reshape(shape)[:, :periods]
        # Where the last has gone, what is left over is the rounding of the sums.
        at_risk[at_risk < _DUST * own.sum()] = 0
        return Counts(np.maximum(at_risk, left), left)


def _summed(places: Integers, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64, copy=False)


def exposure_of(segments: list[Segment]) -> Exposure:
    """The segments as columns, sorted by customer."""
    table = np.array(sorted(segments), dtype=np.int64).reshape(-1, len(Segment._fields))
    customer, state, first, last, lost = table.T
    return Exposure(customer, state, first, last, lost.astype(bool))
