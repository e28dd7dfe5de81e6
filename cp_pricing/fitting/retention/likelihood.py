"""Retention by maximum likelihood, of months at risk in discrete time.

The hazard of period `t` is mu / (1 + theta t): constant where theta is 0, else that of the
shifted-beta-geometric model (Fader & Hardie 2007) with alpha = mu / theta, beta = (1 - mu) / theta.
So the constant model is the edge of the other, and where customers are alike the search ends there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import minimize

from cp_pricing.fitting.retention.exposure import FREE, REDUCED, Counts, Floats

Family: TypeAlias = Literal["constant", "sbg"]

# Of theta / (1 + theta), the model's polarization; below the first, customers are alike.
_ALIKE, _MOST_POLARIZED = 1e-6, 0.9999
_LEAST_HAZARD, _CERTAIN = 1e-12, 1 - 1e-12
_MOST_MULTIPLIED = 50.0
_STARTS = (0.02, 0.3)
_PRECISE = {"ftol": 1e-16, "gtol": 1e-9, "maxiter": 1_000, "maxls": 60}


class Point(NamedTuple):
    """Where a search is: log hazard, polarization, and the logarithms of the two multipliers."""

    log_hazard: float
    polarization: float
    in_term: float
    reduced: float


class Multipliers(NamedTuple):
    """The factors on the hazard in term, and further with reduced flexibility; `None` is to fit."""

    in_term: float | None = 1.0
    reduced: float | None = 1.0


NO_MULTIPLIERS = Multipliers()


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: `hazard` is that of period 0, `theta` how fast it falls."""

    hazard: float
    theta: float
    in_term: float
    reduced: float
    log_likelihood: float
    parameters: int
    point: Point

    @property
    def aic(self) -> float:
        """Akaike's criterion: less is better."""
        return 2 * (self.parameters - self.log_likelihood)

    @property
    def alpha(self) -> float:
        """Of the customers' own churn, which is Beta(alpha, beta); infinite if all are alike."""
        return self.hazard / self.theta if self.theta else np.inf

    @property
    def beta(self) -> float:
        """Of the customers' own churn, which is Beta(alpha, beta); infinite if all are alike."""
        return (1 - self.hazard) / self.theta if self.theta else np.inf

    def hazards(self, periods: int) -> Floats:
        """The hazards of the first periods, before any multiplier."""
        falls: Floats = 1 + self.theta * np.arange(periods, dtype=np.float64)
        return self.hazard / falls

    def factors(self) -> Floats:
        """The factor on the hazard in each state."""
        return np.array([1.0, self.in_term, self.in_term * self.reduced])


def fitted(
    counts: Counts,
    family: Family,
    multipliers: Multipliers = NO_MULTIPLIERS,
    start: Point | None = None,
) -> Fit:
    """The model of a family with the greatest likelihood, and the multipliers that are to fit.

    A search that starts at the fit of similar counts is a short one.
    """
    search = _Search(counts, family, multipliers)
    if not counts.lost.sum():
        return search.fit_at(search.point(np.array([np.log(_LEAST_HAZARD)])), nobody_left=True)
    return search.fit_at(search.best(start))


class _Search:
    """A search over those of the four parameters of a point that are free."""

    def __init__(self, counts: Counts, family: Family, multipliers: Multipliers) -> None:
        self.lost = counts.lost
        self.kept = counts.at_risk - counts.lost
        self.periods = np.arange(counts.periods)
        self.total = float(counts.lost.sum())
        fixed = [1.0 if each is None else each for each in multipliers]
        self.fixed = np.log(np.maximum(fixed, _LEAST_HAZARD))
        self.free = np.array([True, family == "sbg", *(each is None for each in multipliers)])
        span = (-np.log(_MOST_MULTIPLIED), np.log(_MOST_MULTIPLIED))
        self.bounds = [(np.log(_LEAST_HAZARD), 0.0), (0.0, _MOST_POLARIZED), span, span]

    def point(self, chosen: Floats) -> Point:
        """All four parameters, of the first that are free."""
        whole = np.array([0.0, 0.0, *self.fixed])
        whole[np.flatnonzero(self.free)[: len(chosen)]] = chosen
        return Point(*map(float, whole))

    def best(self, start: Point | None) -> Point:
        """The best point, from one start or several: with few customers there may be two hills."""
        rough = np.log(self.total / (self.total + self.kept.sum()))
        begins = [start] if start else [Point(rough, each, *self.fixed) for each in _STARTS]
        bounds = [bound for bound, free in zip(self.bounds, self.free, strict=True) if free]
        found = [
            minimize(
                self.loss,
                np.array(begin)[self.free],
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options=_PRECISE,
            )
            for begin in (begins if self.free[1] else begins[:1])
        ]
        return self.point(min(found, key=lambda one: one.fun).x)

    def loss(self, chosen: Floats) -> tuple[float, Floats]:
        """The negative log-likelihood per customer lost, and its slope."""
        log_hazard, polarization, in_term, reduced = self.point(chosen)
        theta = polarization / (1 - polarization)
        fall = 1 + theta * self.periods
        factors = np.exp([0.0, in_term, in_term + reduced])[:, None]
        raw = np.exp(log_hazard) / fall * factors
        hazard = np.minimum(raw, _CERTAIN)
        value = (self.lost * np.log(hazard) + self.kept * np.log1p(-hazard)).sum()
        slope = np.where(raw < _CERTAIN, self.lost - self.kept * hazard / (1 - hazard), 0.0)
        by_theta = -(slope * self.periods / fall).sum() / (1 - polarization) ** 2
        by_state = slope.sum(1)
        whole = np.array([slope.sum(), by_theta, by_state[FREE + 1 :].sum(), by_state[REDUCED]])
        return -value / self.total, -whole[self.free] / self.total

    def fit_at(self, point: Point, *, nobody_left: bool = False) -> Fit:
        """The fit at a point, with the likelihood there."""
        polarization = point.polarization
        value = 0.0 if nobody_left else -self.loss(np.array(point)[self.free])[0] * self.total
        return Fit(
            hazard=0.0 if nobody_left else float(np.exp(point.log_hazard)),
            theta=polarization / (1 - polarization) if polarization > _ALIKE else 0.0,
            in_term=float(np.exp(point.in_term)),
            reduced=float(np.exp(point.reduced)),
            log_likelihood=float(value),
            parameters=int(self.free.sum()),
            point=point,
        )
