"""What deals are worth in all draws at once, estimated: nearly every comparison is settled so.

The rest is left to the exact arithmetic of `valuation`, which takes about ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache, lru_cache
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_pricing.model.draws.billing import charges_of, fields_by_use
from cp_pricing.model.draws.floats import QUIETLY, STEP, Estimate, as_float, column, mean, padded
from cp_pricing.model.retention import base_hazards, discount_factors
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.book.policy import LtvPolicy
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.draws.billing import Fields
    from cp_pricing.model.draws.floats import Floats, Truths
    from cp_pricing.profiles.profile import Profile

_KEPT = 256
# A proposed price that moves by no more than this share of the highest one is not moved again.
_SETTLED = 1e-12
# Retention factors are rounded to 12 decimals, and here they are not: twice that.
_PLACES = 1e-12
_ONE = Fraction(1)


class _Use(NamedTuple):
    """What scenarios are charged for use: without a price, what the price adds, and its size.

    What was added and subtracted to get there is not above the size.
    """

    own: Floats
    rise: Floats
    size: Floats


class Bills:
    """The expected bills of a deal by draw and price, in currency/month."""

    def __init__(self, weights: Floats, use: _Use, fee: float, minimum: float) -> None:
        self._weights, self._minimum = weights, minimum
        own = fee + use.own
        self._fixed, self._rise = own[:, None, :], use.rise[:, None, :]
        self._line = mean(weights, own)[:, None], mean(weights, use.rise)[:, None]
        # Most deals: at no price from zero on a scenario is below the minimum.
        self._is_straight = bool((own >= minimum).all())
        self._size = minimum + self._line[0], mean(weights, use.size)[:, None]
        self._precision = STEP * (10 + weights.shape[1])

    def size(self, prices: Floats) -> Floats:
        """The sum of the sizes of all that a bill is made of."""
        fixed, by_price = self._size
        return fixed + by_price * abs(prices)

    def at(self, prices: Floats) -> Estimate:
        """The bills at some prices."""
        return Estimate(self._bills(prices), self._precision * self.size(prices))

    def _bills(self, prices: Floats) -> Floats:
        if self._is_straight:
            fixed, rise = self._line
            return fixed + rise * prices
        charged = self._fixed + self._rise * prices[..., None]
        return mean(self._weights, np.maximum(self._minimum, charged))

    def reached(self, bills: Floats, lowest: float, highest: float) -> Floats:
        """About the prices at which there are some bills, within two bounds."""
        if self._is_straight:
            fixed, rise = self._line
            return np.clip(_divided(bills - fixed, rise), lowest, highest)
        prices = np.full(bills.shape, highest)
        # Newton's method from above, on a rising and convex line of straight pieces: it ends.
        for _ in range(self._weights.shape[1] + 2):
            charged = self._fixed + self._rise * prices[..., None]
            paid = mean(self._weights, np.maximum(self._minimum, charged))
            rising = np.where(charged > self._minimum, self._rise, 0.0)
            slope = mean(self._weights, rising)
            # Where the bill is level and still too high, no price is low enough.
            level = np.where(paid > bills, inf, 0.0)
            over = np.divide(paid - bills, slope, out=level, where=slope > 0)
            before, prices = prices, np.clip(prices - over, lowest, highest)
            if (abs(prices - before) <= _SETTLED * highest).all():
                break
        return prices


def _divided(missing: Floats, slope: Floats) -> Floats:
    """How far to go until as much is there; without a slope never or always."""
    never_or_always = np.where(missing > 0, inf, -inf)
    return np.divide(missing, slope, out=never_or_always, where=slope > 0)


class Values(NamedTuple):
    """The lifetime value by draw and band, as lines of the bill; in currency.

    `size` is that of all that the fixed part is made of, for each unit of a retention factor.
    """

    fixed: Floats
    slope: Floats
    size: Floats
    precision: float

    def of(self, bills: Floats, size: Floats, bands: slice = slice(None)) -> Estimate:
        """The lifetime values of some bills in some bands; `size` is of what bills are made of."""
        error = self.precision * (self.size[:, None] + size)
        return Estimate(self.fixed[:, bands] + self.slope[:, bands] * bills, error)

    def reached(self, ltv: Floats) -> Floats:
        """About the bills from which on there are some lifetime values."""
        return _divided(ltv - self.fixed, self.slope)


class EstimatedDeal(NamedTuple):
    """A deal in each draw, by its price."""

    bills: Bills
    values: Values

    @QUIETLY
    def worth(self, price: Fraction, limits: Estimate) -> Estimate:
        """The lifetime values at a price, in currency, where bands of bills end at `limits`."""
        prices = np.full((1, 1), as_float(price))
        bills, size = self.bills.at(prices), self.bills.size(prices)
        by_band, over = self.values.of(bills.value, size), bills.less(limits)
        low, high = by_band.value - by_band.error, by_band.value + by_band.error
        return in_any(low, high, over.above() | behind(over.below()))


def behind(within: Truths) -> Truths:
    """The bands behind one that a bill is within: its band is the first of those that it is."""
    bands = np.zeros_like(within)
    np.logical_or.accumulate(within[:, :-1], axis=1, out=bands[:, 1:])
    return bands


def in_any(low: Floats, high: Floats, but: Truths) -> Estimate:
    """A number of each draw that is between two of any band, but for some."""
    least, most = np.where(but, inf, low).min(axis=1), np.where(but, -inf, high).max(axis=1)
    return Estimate((least + most) / 2, (most - least) / 2)


class Factors(NamedTuple):
    """The retention factors of SPEC section 2 (A, G and D), by draw and band."""

    retained: Floats
    due_after: Floats
    drawdown: Floats


class EstimatedCustomers:
    """The customers of a profile in each of its draws, as the policy values them."""

    def __init__(self, draws: Sequence[Profile], ltv: LtvPolicy) -> None:
        self.draws, self.months = draws, int(ltv.horizon_months)
        self.weights = padded([[one.weight for one in draw.monthly_usage] for draw in draws])
        discounts = discount_factors(ltv.annual_discount_rate, self.months)
        self._discounts = np.array([float(one) for one in discounts])
        hazards = (base_hazards(draw.retention, self.months) for draw in draws)
        # The quotient of whole numbers is the nearest float, however close a hazard is to nothing.
        self._hazards = np.array([[over / under for over, under in own] for own in hazards])
        responses = ([b.churn_multiplier for b in draw.price_response] or [_ONE] for draw in draws)
        self._response = padded(list(responses))
        committed = column(draw.in_term_churn_multiplier for draw in draws)
        flexible = column(draw.reduced_flexibility_churn_multiplier for draw in draws)
        self._in_term = committed, committed * flexible
        self.collected = column(1 - draw.payment_cost_rate for draw in draws)
        acquired = column(draw.acquisition_cost for draw in draws)
        self.once = acquired + column(draw.onboarding_cost for draw in draws), acquired
        self.factors = lru_cache(maxsize=_KEPT)(self._factors)
        self.units = cache(self._units)
        # The share alive errs by a few steps for each month before it, so the sum of all months by
        # their square; a bill by a step for each scenario, in every month.
        steps = self.months * (4 * self.months + self.weights.shape[1] + 20)
        self.precision = 2 * _PLACES + STEP * steps * max(1.0, float(self._discounts.max()))

    def _factors(self, term: int, reduced: bool) -> Factors:  # noqa: FBT001 - a value
        covered = min(term, self.months)
        multipliers = np.repeat(self._response[:, :, None], self.months, axis=2)
        multipliers[:, :, :covered] *= self._in_term[reduced][:, None, None]
        staying = np.maximum(0.0, 1 - self._hazards[:, None, :] * multipliers)
        alive = np.insert(np.cumprod(staying, axis=2)[:, :, :-1], 0, 1.0, axis=2)
        paid = alive * self._discounts
        in_term = paid[:, :, :covered].sum(axis=2)
        due = self._discounts[:covered].sum()
        return Factors(paid.sum(axis=2), due - in_term, in_term / term)

    def _units(self, meter: str) -> Floats:
        """What the scenarios use of a meter, in units/month."""
        return padded([[of_meter(s.units, meter) for s in d.monthly_usage] for d in self.draws])


class EstimatedPlan:
    """A plan for such customers; by fields, the price aside."""

    def __init__(self, plan: Configuration, customers: EstimatedCustomers) -> None:
        self.plan, self.customers = plan, customers
        self._by_use = fields_by_use(plan.fields)
        self._use = lru_cache(maxsize=_KEPT)(self._card_use if plan.is_card else self._plain_use)
        draws = customers.draws
        self.cost = column(draw.service_cost_per_month for draw in draws)
        for meter in plan.meters:
            costs = column(of_meter(draw.variable_cost_per_unit, meter) for draw in draws)
            self.cost += costs * mean(customers.weights, customers.units(meter))

    def deal(self, fields: Fields) -> EstimatedDeal:
        """A deal of some terms."""
        return EstimatedDeal(self.bills(fields), self._values(fields))

    def bills(self, fields: Fields) -> Bills:
        """The bills of a deal of some terms, by draw and price."""
        weights, minimum = self.customers.weights, as_float(fields["minimum_monthly_turnover"])
        members = self.customers.draws[0].members_per_customer  # a draw does not change them
        charged = max(fields["platform_fee"], fields["guaranteed_platform_fee"])
        fee = as_float(charged + fields["seat_fee"] * members)
        return Bills(weights, self._use(*(fields[name] for name in self._by_use)), fee, minimum)

    def _values(self, fields: Fields) -> Values:
        mine, flexibility = self.customers, bool(fields["reduced_cancellation_flexibility"])
        factors = mine.factors(int(fields["contract_duration_months"]), flexibility)
        once = mine.once[bool(fields["customer_funded_onboarding"])]
        fee, prepaid = (
            as_float(fields["guaranteed_platform_fee"]),
            as_float(fields["prepaid_amount"]),
        )
        received = factors.due_after * fee + (1 - factors.drawdown) * prepaid
        spent = factors.retained * self.cost[:, None] + once[:, None]
        slope = factors.retained * mine.collected[:, None]
        return Values(received - spent, slope, fee + prepaid + self.cost + once, mine.precision)

    def _plain_use(self, included: Value) -> _Use:
        units = self.customers.units(self.plan.meters[0])
        # Where any are left, the allowance was below the units that it is taken from.
        beyond = np.maximum(0.0, units - as_float(included))
        return _Use(np.zeros_like(units), beyond, 2 * units)

    def _card_use(self, *values: Value) -> _Use:
        own = dict(zip(self._by_use, map(Fraction, values), strict=True))
        charges = [
            [charges_of(self.plan, one, own) for one in draw.monthly_usage]
            for draw in self.customers.draws
        ]
        fixed, rise = (padded([[one[side] for one in row] for row in charges]) for side in (0, 1))
        return _Use(fixed, rise, rise)
