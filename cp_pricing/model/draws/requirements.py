"""Deals in all draws at once, and what is required of them there: all of it estimated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_pricing.model.draws.boxes import Boxes
from cp_pricing.model.draws.estimates import EstimatedCustomers, EstimatedPlan
from cp_pricing.model.draws.filter import stretches
from cp_pricing.model.draws.floats import QUIETLY, STEP, Estimate, as_float, padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cp_pricing.model.draws.billing import Fields
    from cp_pricing.model.draws.compared import Comparison, Threshold
    from cp_pricing.model.draws.estimates import EstimatedDeal
    from cp_pricing.model.draws.worth import Counts, Grid, Ranges
    from cp_pricing.profiles.profile import Profile


_PRICES_KEPT = 4


class EstimatedDraws(NamedTuple):
    """A plan in all draws, one deal or a box of deals at a time, and what they have to be worth.

    `limits` are the bills at which the bands of price response end, in currency/month, the last
    without an end; `all_ltv` is what each reference plan is worth at list, `best` the best of
    them, and `required` what a deal has to be worth, in currency.
    """

    plan: EstimatedPlan
    boxes: Boxes
    limits: Estimate
    all_ltv: Mapping[str, Estimate]
    best: Estimate
    required: Estimate

    @QUIETLY
    def deal(self, fields: Fields, room: Fraction) -> EstimatedTerms:
        """A deal of which so much less is required, in currency."""
        return EstimatedTerms(self.plan.deal(fields), self.limits, self.best, self._required(room))

    def _required(self, room: Fraction) -> Estimate:
        less, (value, error) = as_float(room), self.required
        return Estimate(value - less, error + STEP * (abs(value) + abs(less)))

    @QUIETLY
    def holding_between(self, low: Fields, high: Fields, room: Fraction) -> tuple[int, int]:
        """In how many draws all deals between two surely hold, and in how many one of them may."""
        worth = self.boxes.worth(low, high)
        if worth is None:
            return 0, len(self.required.value)
        over = worth.less(self._required(room))
        return int(over.above().sum()), int((~over.below()).sum())

    def surely_best(self) -> list[str | None]:
        """The best reference plan of each draw, where that is sure."""
        plans, bounds = [*self.all_ltv], [one.bounds() for one in self.all_ltv.values()]
        lows, highs = (np.array(side) for side in zip(*bounds, strict=True))
        best, draws = lows.argmax(axis=0), np.arange(lows.shape[1])
        least = lows[best, draws]
        highs[best, draws] = -inf
        sure = least > highs.max(axis=0)
        return [plans[at] if is_sure else None for at, is_sure in zip(best, sure, strict=True)]


class EstimatedTerms:
    """A deal in all draws, with what it has to be worth there."""

    def __init__(
        self, deal: EstimatedDeal, limits: Estimate, best: Estimate, required: Estimate
    ) -> None:
        self._deal, self._limits = deal, limits
        self._best, self._required = best, required
        # An answer is asked for how often it holds, what it is worth, and how much better it is.
        self.worth = lru_cache(maxsize=_PRICES_KEPT)(self._worth)

    def _worth(self, price: Fraction) -> Estimate:
        """The lifetime values at a price, in currency."""
        return self._deal.worth(price, self._limits)

    def improvement(self, price: Fraction) -> Estimate:
        """By how much it is better than the best reference plan, in currency."""
        return self.worth(price).less(self._best)

    def holding(self, price: Fraction) -> tuple[int, list[int]]:
        """In how many draws it surely is worth enough at a price, and where that is unclear."""
        over = self.worth(price).less(self._required)
        surely = over.above()
        return int(surely.sum()), np.flatnonzero(~(surely | over.below())).tolist()

    def counts(
        self,
        grid: Grid,
        is_within: Callable[[int, int, int], bool],
        exact: Callable[[int], Ranges],
    ) -> Counts | None:
        """In how many draws it holds; `None` where floats cannot tell the prices of a grid apart.

        `exact` tells the stretches of a draw that is left unclear; for `is_within` see `filter`.
        """
        found = stretches(self._deal, self._limits, self._required, grid, is_within)
        if found is None:
            return None
        told = [one for place in np.flatnonzero(found.open) for one in exact(int(place))]
        first, last = (side[~found.open].ravel() for side in (found.first, found.last))
        begins = np.append(first[first <= last], [one for one, _ in told])
        ends = np.append(last[first <= last], [one for _, one in told])
        # Each draw comes in where its stretch begins, and goes out behind its end.
        changes = np.concatenate(([grid.first], begins, ends + 1)).astype(np.int64)
        signs = np.concatenate(([0], np.ones(len(begins)), -np.ones(len(ends))))
        at, inverse = np.unique(changes, return_inverse=True)
        by = np.bincount(inverse, signs, len(at)).astype(np.int64)
        matters = ((by != 0) | (at == grid.first)) & (at <= grid.last)
        starts, held = at[matters], by[matters].cumsum()
        return [*(starts[1:] - 1).tolist(), grid.last], held.tolist()


@QUIETLY
def estimated_draws(compared: Comparison, draws: Sequence[Profile]) -> EstimatedDraws:
    """A plan in all draws of a profile."""
    customers = EstimatedCustomers(draws, compared.ltv)
    limits = _limits(compared, customers)
    all_ltv = {
        listed.plan.id: EstimatedPlan(listed.plan, customers)
        .deal(listed.fields)
        .worth(listed.price, limits)
        for listed in compared.references
    }
    best = _greatest([*all_ltv.values()])
    required = _required(best, compared.threshold)
    plan = EstimatedPlan(compared.plan, customers)
    return EstimatedDraws(plan, Boxes(plan, limits), limits, all_ltv, best, required)


def _limits(compared: Comparison, customers: EstimatedCustomers) -> Estimate:
    observed = compared.observed
    prices = np.full((1, 1), as_float(observed.price))
    bills, error = EstimatedPlan(observed.plan, customers).deal(observed.fields).bills.at(prices)
    bands = (
        [band.bill_ratio_up_to for band in one.price_response] or [None] for one in customers.draws
    )
    ratios = padded(list(bands), inf)
    limits, off = ratios * bills, ratios * error + STEP * abs(ratios * bills)
    # What is beyond all limits has none, however low the bill is.
    return Estimate(np.where(ratios < inf, limits, inf), np.where(ratios < inf, off, 0.0))


def _greatest(estimates: Sequence[Estimate]) -> Estimate:
    """The greatest number of each draw."""
    lows, highs = zip(*(one.bounds() for one in estimates), strict=True)
    least, most = np.max(lows, axis=0), np.max(highs, axis=0)
    return Estimate((least + most) / 2, (most - least) / 2)


def _required(best: Estimate, threshold: Threshold) -> Estimate:
    rate, amount = as_float(threshold.rate), as_float(threshold.amount)
    size = abs(best.value) * (1 + rate)
    required = best.value + abs(best.value) * rate + amount
    return Estimate(required, best.error * (1 + rate) + STEP * (size + abs(amount)))
