"""What is estimated of terms, and how a fit looks in a file."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from cp_pricing.fitting.retention.estimation import (
    LEAST_LOST,
    Wanted,
    candidates,
    chosen,
    multipliers_to_fit,
)
from cp_pricing.fitting.retention.exposure import (
    FREE,
    IN_TERM,
    REDUCED,
    Counts,
    Segment,
    exposure_of,
)
from cp_pricing.fitting.retention.likelihood import NO_MULTIPLIERS, Multipliers, fitted
from tests.support.exposures import lives

BOTH = Multipliers(None, None)


def expected(hazards: np.ndarray, factors: tuple[float, float, float]) -> Counts:
    """Counts as they would be of very many customers, a third in each state throughout."""
    at_risk, lost = np.zeros((3, len(hazards))), np.zeros((3, len(hazards)))
    for state, factor in enumerate(factors):
        alive = 1e6
        for period, hazard in enumerate(hazards):
            at_risk[state, period] = alive
            lost[state, period] = alive * hazard * factor
            alive -= lost[state, period]
    return Counts(at_risk, lost)


def test_multipliers_and_churn_are_found_together() -> None:
    periods = np.arange(24)
    for theta in (0.0, 0.1):
        counts = expected(0.05 / (1 + theta * periods), (1, 0.6, 0.6 * 0.75))
        fit = fitted(counts, "sbg", BOTH)
        assert (fit.hazard, fit.in_term, fit.reduced) == pytest.approx((0.05, 0.6, 0.75), rel=1e-5)
        assert fit.theta == pytest.approx(theta, abs=1e-5)
        assert fit.parameters == 4


def test_a_curve_is_that_of_customers_out_of_term() -> None:
    hazards = np.array([0.02, 0.09, 0.01, 0.2, 0.05] * 3)
    counts = expected(hazards, (1, 0.5, 0.25))
    given = Multipliers(0.5, 0.5)
    estimator = chosen("curve", counts, candidates(counts, given), given)
    curve = estimator.estimate(counts).curve
    assert curve is not None
    assert curve[1:16] == pytest.approx(np.cumprod(1 - hazards), rel=1e-9)


def test_beyond_the_data_a_model_goes_on_and_a_curve_persists() -> None:
    counts = expected(0.2 / (1 + 0.5 * np.arange(12)), (1, 1, 1))
    tried = candidates(counts, NO_MULTIPLIERS)
    model = chosen("sbg", counts, tried, NO_MULTIPLIERS).estimate(counts).hazards(24)[FREE]
    assert model[23] == pytest.approx(0.2 / (1 + 0.5 * 23), rel=1e-4)
    curve = chosen("curve", counts, tried, NO_MULTIPLIERS).estimate(counts).hazards(24)[FREE]
    assert curve[23] == pytest.approx(curve[12])
    lost, at_risk = counts.lost.sum(), counts.at_risk.sum()
    assert curve[23] == pytest.approx(lost / at_risk, rel=1e-9)


def test_a_known_multiplier_is_taken_into_account() -> None:
    counts = expected(np.full(12, 0.1), (1, 0.5, 0.25))
    known = fitted(counts, "constant", Multipliers(0.5, 0.5))
    assert known.hazard == pytest.approx(0.1)
    assert fitted(counts, "constant").hazard < 0.08


def test_only_what_enough_customers_tell_is_fitted() -> None:
    def counts(*lost: int) -> Counts:
        numbers = [
            (state, left) for state, left in zip((FREE, IN_TERM, REDUCED), lost, strict=True)
        ]
        segments = [
            Segment(place, state, 0, 1, lost=place < left)
            for state, left in numbers
            for place in range(50)
        ]
        return exposure_of(segments).counts()

    enough = LEAST_LOST
    assert multipliers_to_fit(counts(enough, enough, enough), (0.6, 0.7)) == (None, None)
    assert multipliers_to_fit(counts(enough, enough, 0), (0.6, 0.7)) == (None, 0.7)
    assert multipliers_to_fit(counts(enough, enough - 1, 0), (0.6, 0.7)) == (0.6, 0.7)
    assert multipliers_to_fit(counts(enough - 1, enough, enough), (0.6, 0.7)) == (0.6, None)


def test_where_nobody_left_the_churn_is_zero() -> None:
    counts = lives([(0, 9, False)] * 5).counts()
    wanted: tuple[Wanted, ...] = ("auto", "constant", "sbg", "curve")
    for each in wanted:
        tried = candidates(counts, NO_MULTIPLIERS)
        found = chosen(each, counts, tried, NO_MULTIPLIERS).estimate(counts)
        if each == "curve":
            assert found.retention["survival"] == (Decimal(1),) * 11
        else:
            assert found.retention == {"model": "constant", "monthly_churn": 0}


def test_where_all_left_at_once_the_churn_is_one() -> None:
    counts = lives([(0, 1, True)] * 5).counts()
    found = chosen("sbg", counts, candidates(counts, NO_MULTIPLIERS), NO_MULTIPLIERS)
    assert found.estimate(counts).retention == {"model": "constant", "monthly_churn": 1}


def test_weights_count_a_customer_as_often() -> None:
    known = [(0, 3, True), (1, 5, False), (0, 2, True)]
    weighted = lives(known).counts(np.array([2.0, 1.0, 3.0]))
    repeated = lives([known[0]] * 2 + [known[1]] + [known[2]] * 3).counts()
    assert np.allclose(weighted.at_risk, repeated.at_risk)
    assert np.allclose(weighted.lost, repeated.lost)
