"""What a plan of a catalog bills for many customer-months at once, to compare ways to sum them up.

These are floats, for a report: what decides is the exact bill of the pricing model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cp_pricing.fields import UNLIMITED
from cp_pricing.fitting.retention.exposure import Floats
from cp_pricing.fitting.use.scenarios import Scenario

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.catalog.rates import Rate

# The float of a share of packages may lie a hair above a whole number.
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class ComparedBill:
    """The expected monthly bill of a plan (currency), by all customer-months and by scenarios."""

    plan: str
    raw: float
    fitted: float

    @property
    def apart(self) -> float:
        """How far they are apart, as a ratio of the bill of all customer-months."""
        return abs(self.fitted - self.raw) / self.raw if self.raw else abs(self.fitted)


def compared_bills(
    plans: Sequence[Configuration], members: Fraction, units: Floats, scenarios: Sequence[Scenario]
) -> tuple[ComparedBill, ...]:
    """The bills of some plans; `units` has a column for each meter of theirs, in their order."""
    weights = np.array([float(scenario.weight) for scenario in scenarios])
    few = np.array([[float(each) for each in scenario.units] for scenario in scenarios])
    return tuple(
        ComparedBill(
            plan.id,
            float(bills(plan, members, units).mean()),
            float(weights @ bills(plan, members, few)),
        )
        for plan in plans
    )


def bills(plan: Configuration, members: Fraction, units: Floats) -> Floats:
    """The bill of each customer-month at list (currency)."""
    platform = max(plan.platform_fee, plan.guaranteed_platform_fee)
    owed = np.full(len(units), float(platform + plan.seat_fee * members))
    if plan.rates is None:
        included = float(plan.included_units.total(members))
        owed += float(plan.usage_unit_price) * np.maximum(units[:, 0] - included, 0)
    else:
        for place, meter in enumerate(plan.meters):
            if rate := plan.rates.get(meter):
                owed += _charge(rate, members, units[:, place])
    billed: Floats = np.maximum(owed, float(plan.minimum_monthly_turnover))
    return billed


def _charge(rate: Rate, members: Fraction, units: Floats) -> Floats:
    included = rate.included.total(members)
    if included >= UNLIMITED:
        return np.zeros(len(units))
    beyond = np.maximum(units - float(included), 0)
    if rate.package is not None:
        count = np.ceil(beyond / float(rate.package.units) - _HAIR)
        return float(rate.package.price) * np.maximum(count, 0)
    limits = [float(step.up_to) for step in rate.steps if step.up_to is not None]
    prices = np.array([float(step.price) for step in rate.steps])
    if rate.mode == "volume":
        return prices[np.searchsorted(limits, beyond, "left")] * beyond
    parts = np.diff(np.minimum.outer(beyond, [0.0, *limits, np.inf]), axis=1)
    charged: Floats = parts @ prices
    return charged
