"""What deals of all terms between two are worth in all draws at once, by interval arithmetic.

Bounds hold for every deal of a box, whether or not anybody may ask for it. Nothing is taken to rise
or fall with a term but a bill: it never falls with the price, a fee or the minimum, and never rises
with the allowance of a plan of one price (SPEC section 2).
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cp_pricing.fields import ALLOWANCE, PRICE, base_name
from cp_pricing.model.draws.billing import fields_by_use
from cp_pricing.model.draws.estimates import behind, in_any
from cp_pricing.model.draws.floats import QUIETLY, as_float

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.model.draws.billing import Fields
    from cp_pricing.model.draws.estimates import EstimatedPlan
    from cp_pricing.model.draws.floats import Estimate, Floats, Truths

_KEPT = 64
_TERM, _REDUCED = "contract_duration_months", "reduced_cancellation_flexibility"
_GUARANTEED, _PREPAID = "guaranteed_platform_fee", "prepaid_amount"
_FUNDED = "customer_funded_onboarding"
# What no bill rests on.
_BESIDE = frozenset({_TERM, _REDUCED, _PREPAID, _FUNDED})


class Bounds(NamedTuple):
    """What some numbers are at least and at most."""

    low: Floats | float
    high: Floats | float

    def plus(self, other: Bounds) -> Bounds:
        """The bounds of the sum."""
        return Bounds(self.low + other.low, self.high + other.high)

    def less(self, other: Bounds) -> Bounds:
        """The bounds of the difference."""
        return Bounds(self.low - other.high, self.high - other.low)

    def times(self, other: Bounds) -> Bounds:
        """The bounds of the product with numbers that are not below zero."""
        return Bounds(
            np.minimum(self.low * other.low, self.low * other.high),
            np.maximum(self.high * other.low, self.high * other.high),
        )


class _Bill(NamedTuple):
    """The bill of a deal, in currency/month, and the size of what it is made of.

    By band whether it surely is `over` the limit, and whether it surely is within one `before`.
    """

    bounds: Bounds
    size: Floats
    over: Truths
    before: Truths


class Boxes:
    """Deals from a plan by box: all whose terms are between two, field by field.

    `limits` are the bills at which the bands of price response end, in currency/month, the last
    without an end.
    """

    def __init__(self, plan: EstimatedPlan, limits: Estimate) -> None:
        self._plan, self._customers, self._limits = plan, plan.customers, limits
        starts = np.insert((limits.value - limits.error)[:, :-1], 0, -inf, axis=1)
        self._bands = Bounds(starts, limits.value + limits.error)
        # Of a card's allowances and rates one each, for a volume tier may charge less for more.
        self._alike = fields_by_use(plan.plan.fields) if plan.plan.is_card else ()
        self._of_bill = [name for name in plan.plan.fields if name not in _BESIDE]
        # Boxes are grown a side at a time: most of one is that of the box before.
        self._factors = lru_cache(maxsize=_KEPT)(self._factors_between)
        self._bill = lru_cache(maxsize=_KEPT)(self._bill_at)

    @QUIETLY
    def worth(self, low: Fields, high: Fields) -> Estimate | None:
        """The lifetime values between two deals, in currency; `None` where they are not known."""
        if any(low[name] != high[name] for name in self._alike):
            return None
        bills, size, but = self._bills(low, high)
        cost, collected = self._plan.cost[:, None], self._customers.collected[:, None]
        margin = Bounds(bills.low * collected - cost, bills.high * collected - cost)
        fee, prepaid = (
            Bounds(as_float(low[name]), as_float(high[name])) for name in (_GUARANTEED, _PREPAID)
        )
        terms, flexibility, funding = (
            (int(low[name]), int(high[name])) for name in (_TERM, _REDUCED, _FUNDED)
        )
        retained, due_after, kept = self._factors(terms, flexibility)
        # What is spent once is less where customers pay for the onboarding.
        once = Bounds(*(self._customers.once[flag][:, None] for flag in reversed(funding)))
        received = due_after.times(fee).plus(kept.times(prepaid))
        worth = margin.times(retained).plus(received).less(once)
        size = size + fee.high + prepaid.high + cost + once.high
        error = self._customers.precision * size
        return in_any(worth.low - error, worth.high + error, but)

    def _bills(self, low: Fields, high: Fields) -> tuple[Bounds, Floats, Truths]:
        """The bills by band, the size of what they are made of, and the bands that have none."""
        least, most = (
            self._bill(self._but_for_allowances(*both)) for both in ((low, high), (high, low))
        )
        within = Bounds(
            np.maximum(least.bounds.low, self._bands.low),
            np.minimum(most.bounds.high, self._bands.high),
        )
        return within, most.size, least.over | most.before

    def _but_for_allowances(self, fields: Fields, others: Fields) -> tuple[Value, ...]:
        """What the bill of a deal rests on, with the allowances of another."""
        return tuple(
            (others if base_name(name) == ALLOWANCE else fields)[name] for name in self._of_bill
        )

    def _bill_at(self, values: tuple[Value, ...]) -> _Bill:
        fields = dict(zip(self._of_bill, values, strict=True))
        bills, price = self._plan.bills(fields), np.full((1, 1), as_float(fields[PRICE]))
        bill, size = bills.at(price), bills.size(price)
        over = bill.less(self._limits)
        bounds = Bounds(bill.value - bill.error, bill.value + bill.error)
        return _Bill(bounds, size, over.above(), behind(over.below()))

    def _factors_between(
        self, terms: tuple[int, int], flexibility: tuple[int, int]
    ) -> tuple[Bounds, Bounds, Bounds]:
        """The retention factors A and G of SPEC section 2, and 1 - D."""
        first, last = terms
        # Beyond the horizon a longer term changes nothing but D, and that in one direction.
        months = {*range(first, min(last, self._customers.months) + 1), first, last}
        found = [
            self._customers.factors(term, bool(flag)) for term in months for flag in {*flexibility}
        ]
        retained, due_after, drawdown = (
            Bounds(np.minimum.reduce(one), np.maximum.reduce(one))
            for one in zip(*found, strict=True)
        )
        return retained, due_after, Bounds(1 - drawdown.high, 1 - drawdown.low)
