"""One history fitted: how far from the truth, and whether the draws reach around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_pricing.fitting.profile import Group, Plan, fitted_profile
from cp_pricing.fitting.retention.estimation import Estimate, Wanted
from cp_pricing.fitting.retention.exposure import FREE
from cp_pricing.fitting.use.scenarios import Scenario
from tests.recovery.worlds import Family, World, world

DRAWS = 200


@dataclass(frozen=True)
class Found:
    """An estimate of one quantity: its relative error, and whether 80% of the draws hold it."""

    family: Family
    customers: int
    quantity: str
    error: float
    covered: bool


def trial(seed: int, *, automatic: bool = False) -> list[Found]:
    """What is found of each quantity in one world."""
    truth, records = world(seed)
    wanted: Wanted = "auto" if automatic and truth.family != "curve" else truth.family
    plan = Plan(truth.as_of, truth.seen_from, wanted, draws=DRAWS, seed=seed)
    one = fitted_profile(Group("", records), plan, None)
    found = {
        "months": (_months(one.estimate, truth), truth.survival().sum()),
        "use": (_use(one.usage), truth.units),
    }
    drawn = {
        "months": [_months(draw.estimate, truth) for draw in one.draws],
        "use": [_use(draw.usage) for draw in one.draws],
    }
    if "in_term_churn_multiplier" in one.fitted:
        found["in term"] = (one.estimate.fit.in_term, truth.in_term)
        drawn["in term"] = [draw.estimate.fit.in_term for draw in one.draws]
    return [_found(truth, name, *pair, sorted(drawn[name])) for name, pair in found.items()]


def _found(truth: World, name: str, fitted: float, true: float, drawn: list[float]) -> Found:
    # The nearest ranks, as a result has them.
    tenth = len(drawn) // 10
    covered = drawn[tenth - 1] <= true <= drawn[9 * tenth - 1]
    return Found(truth.family, truth.customers, name, float(fitted / true - 1), covered)


def _months(estimate: Estimate, truth: World) -> float:
    """The expected months of a customer out of term up to the horizon."""
    hazards = estimate.hazards(truth.horizon - 1)[FREE]
    return float(1 + np.cumprod(1 - hazards).sum())


def _use(usage: tuple[Scenario, ...]) -> float:
    return float(sum(each.weight * each.units[0] for each in usage))
