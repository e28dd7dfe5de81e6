"""In which draws a deal is surely worth what is required, and which are left to exact arithmetic.

How a price is proposed needs no care here, for it is tried on both its sides: only what the bounds
of the errors settle counts.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_pricing.model.draws.floats import QUIETLY, Estimate, as_float

if TYPE_CHECKING:
    from collections.abc import Callable

    from cp_pricing.model.draws.estimates import EstimatedDeal
    from cp_pricing.model.draws.floats import Floats, Truths
    from cp_pricing.model.draws.worth import Grid

# Whole numbers up to it are told apart by floats.
_TOLD_APART = 2**53


class Stretches(NamedTuple):
    """The indices of a grid of prices, from first to last, at which a deal holds, by band.

    A stretch that ends before it begins is empty; what is said of draws that are `open` is void.
    """

    first: Floats
    last: Floats
    open: Truths


@QUIETLY
def stretches(
    deal: EstimatedDeal,
    limits: Estimate,
    required: Estimate,
    grid: Grid,
    is_within: Callable[[int, int, int], bool],
) -> Stretches | None:
    """At which prices of a grid a deal holds; `None` where floats cannot tell them apart.

    `limits` are the bills at which the bands of price response end, in currency/month, the last
    without an end; `required` is what a deal has to be worth, in currency. `is_within` tells
    exactly whether in a draw the bill is within the limit of a band at a price, by their indices.
    """
    if max(abs(grid.first), abs(grid.last)) >= _TOLD_APART:
        return None
    # As a column, for all bands.
    column = Estimate(required.value[:, None], required.error[:, None])
    return _Sweep(deal, grid, is_within).stretches(limits, column)


class _Sweep:
    """A deal over a grid of prices, by band of price response."""

    def __init__(
        self, deal: EstimatedDeal, grid: Grid, is_within: Callable[[int, int, int], bool]
    ) -> None:
        self._bills, self._values = deal
        self._is_within = is_within
        self._first, self._last = float(grid.first), float(grid.last)
        self._low = as_float(Fraction(grid.base, grid.under))
        self._step = as_float(Fraction(grid.step, grid.under))

    def stretches(self, limits: Estimate, required: Estimate) -> Stretches:
        """Where it is worth what is required, its bill within the limits of its bands."""
        last, open_ends = self._ends(limits, required)
        first = np.insert(last[:, :-1] + 1, 0, self._first, axis=1)
        enough = self._values.reached(required.value)
        begin = np.clip(np.ceil(self._places(enough)), first, last + 1)
        # Worth enough where the stretch begins, and not yet before; what is no number is neither.
        right = (begin > last) | self._over(begin, required).above()
        right &= (begin <= first) | self._over(begin - 1, required).below()
        return Stretches(begin, last, ~np.logical_and.reduce(right & ~open_ends, axis=1))

    def _ends(self, limits: Estimate, required: Estimate) -> tuple[Floats, Truths]:
        """The last place of each band, and where it is open."""
        at = np.clip(np.round(self._places(limits.value)), self._first - 1, self._last + 1)
        before, here, behind = (self._bill(at + by).less(limits) for by in (-1, 0, 1))
        within = here.below() | (at < self._first)
        unclear = ~(within | here.above() | (at > self._last))
        # A price may be at a limit, and at list all are: then both bands have to say the same.
        unclear[:, :-1] &= ~self._agree(at[:, :-1], required)
        for draw, band in np.argwhere(unclear & np.isfinite(at)):
            within[draw, band] = self._is_within(int(draw), int(band), int(at[draw, band]))
            unclear[draw, band] = False
        unclear |= ~(before.below() | (at <= self._first))
        unclear |= ~(behind.above() | (at >= self._last))
        return np.minimum(np.where(within, at, at - 1), self._last), unclear

    def _agree(self, places: Floats, required: Estimate) -> Truths:
        """Whether a band and the next say the same of whether it is worth enough."""
        one = self._over(places, required, slice(None, -1))
        other = self._over(places, required, slice(1, None))
        return (one.above() & other.above()) | (one.below() & other.below())

    def _over(self, places: Floats, required: Estimate, bands: slice = slice(None)) -> Estimate:
        """How much more than required it is worth in some bands, each at a place."""
        bills, size = self._bill(places), self._bills.size(self._prices(places))
        return self._values.of(bills.value, size, bands).less(required)

    def _bill(self, places: Floats) -> Estimate:
        return self._bills.at(self._prices(places))

    def _prices(self, places: Floats) -> Floats:
        return self._low + self._step * places

    def _places(self, bills: Floats) -> Floats:
        """About where there are some bills; one place beyond the grid where there are none."""
        bounds = self._prices(np.array([self._first - 1, self._last + 1]))
        return (self._bills.reached(bills, *bounds) - self._low) / self._step
