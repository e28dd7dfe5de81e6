"""The retention of a profile: which model, and its numbers as a file has them.

How a profile is estimated is settled once; each draw is then estimated in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

import numpy as np

from cp_pricing.fitting.retention.exposure import FREE, REDUCED, Counts, Floats
from cp_pricing.fitting.retention.likelihood import Family, Fit, Multipliers, Point, fitted
from cp_pricing.fitting.retention.survival import curve_length, lasting_curve
from cp_pricing.fitting.rounding import rounded

Wanted: TypeAlias = Literal["auto", "constant", "sbg", "curve"]

DIGITS = 6
# An exponent of a million tells nobody from somebody who is like all others.
_ALL_ALIKE = 1e6
# So many have to have left in a state, and outside of it, before anything is said of its factor.
LEAST_LOST = 10

Retention: TypeAlias = Mapping[str, "str | Decimal | tuple[Decimal, ...]"]
"""What a profile's `retention` says."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A retention with its fit, the shares still there if it is a curve, and what it is from."""

    retention: Retention
    fit: Fit
    curve: Floats | None
    seen: Counts

    def weighted_survival(self, periods: int) -> Floats:
        """The shares still there by month, were all customers in those states that they were in."""
        at_risk = self.seen.at_risk[:, :periods]
        leaving = (at_risk * self.hazards(periods)).sum(0)
        shares: Floats = np.concatenate([[1.0], np.cumprod(1 - leaving / at_risk.sum(0))])
        return shares

    def hazards(self, periods: int) -> Floats:
        """The hazards of the first periods by state; the last one of a curve persists."""
        if self.curve is None:
            base = self.fit.hazards(periods)
        else:
            own = 1 - self.curve[1:] / np.maximum(self.curve[:-1], 1e-300)
            base = np.append(own, np.full(max(periods - len(own), 0), own[-1]))[:periods]
        return np.minimum(np.outer(self.fit.factors(), base), 1.0)


@dataclass(frozen=True, slots=True)
class Estimator:
    """How retention is estimated: the model, the multipliers, and the months of a curve."""

    model: Wanted
    family: Family
    multipliers: Multipliers
    length: int
    start: Point

    def estimate(self, counts: Counts) -> Estimate:
        """The estimate from some counts."""
        fit = fitted(counts, self.family, self.multipliers, self.start)
        if self.model == "curve":
            shares = lasting_curve(counts, fit.factors(), self.length)
            points = tuple(rounded(float(share), DIGITS) for share in shares)
            return Estimate({"model": "curve", "survival": points}, fit, shares, counts)
        return Estimate(_parametric(fit), fit, None, counts)


def _parametric(fit: Fit) -> Retention:
    """A fit as a profile says it; customers who are all alike have a constant churn."""
    hazard = rounded(fit.hazard, DIGITS)
    if not fit.theta or fit.alpha + fit.beta > _ALL_ALIKE or fit.beta <= 0:
        return {"model": "constant", "monthly_churn": hazard}
    alpha, beta = rounded(fit.alpha, DIGITS), rounded(fit.beta, DIGITS)
    return {"model": "sbg", "alpha": alpha, "beta": beta}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that was tried, with its fit."""

    family: Family
    fit: Fit


def candidates(counts: Counts, multipliers: Multipliers) -> tuple[Candidate, ...]:
    """The two models that are compared."""
    families: tuple[Family, ...] = ("constant", "sbg")
    return tuple(Candidate(family, fitted(counts, family, multipliers)) for family in families)


def chosen(
    wanted: Wanted, counts: Counts, tried: tuple[Candidate, ...], given: Multipliers
) -> Estimator:
    """How to estimate what was asked for; by Akaike's criterion where that was left open."""
    fits = {one.family: one.fit for one in tried}
    best = min(fits, key=lambda family: fits[family].aic)
    family: Family = wanted if wanted in {"constant", "sbg"} else best
    model: Wanted = wanted if wanted == "curve" else family
    return Estimator(model, family, given, curve_length(counts), fits[family].point)


def multipliers_to_fit(counts: Counts, known: tuple[float, float]) -> Multipliers:
    """Which multipliers the counts can tell, and for the others those that are known."""
    lost = counts.lost.sum(1)
    free, within, reduced = lost[FREE], lost[FREE + 1 :].sum(), lost[REDUCED]
    in_term = None if min(free, within) >= LEAST_LOST else known[0]
    further = None if min(within - reduced, reduced) >= LEAST_LOST else known[1]
    return Multipliers(in_term, further)
