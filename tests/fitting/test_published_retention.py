"""Fits of the shifted-beta-geometric model against what Fader & Hardie printed.

[FH07] P. S. Fader and B. G. S. Hardie, "How to Project Customer Retention", Journal of Interactive
Marketing 21(1), 2007, 76-90: table 1, survival of two segments of 1,000 customers, year by year.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from cp_pricing.fitting.retention.estimation import Wanted, candidates, chosen
from cp_pricing.fitting.retention.likelihood import NO_MULTIPLIERS, Fit, fitted
from tests.model.test_retention_published import discounted_expected_residual_lifetime
from tests.support.exposures import cohort
from tests.support.retention import sbg

REGULAR = (631, 468, 382, 326, 289, 262, 241)
HIGH_END = (869, 743, 653, 593, 551, 517, 491)


def fit_of(left: tuple[int, ...]) -> Fit:
    return fitted(cohort(left).counts(), "sbg")


@pytest.mark.parametrize(
    ("left", "alpha", "beta", "log_likelihood"),
    [(REGULAR, "0.704", "1.182", "-1680.3"), (HIGH_END, "0.668", "3.806", "-1611.2")],
    ids=["regular", "high end"],
)
def test_estimates_are_those_printed(
    left: tuple[int, ...], alpha: str, beta: str, log_likelihood: str
) -> None:
    fit = fit_of(left)
    assert (f"{fit.alpha:.3f}", f"{fit.beta:.3f}") == (alpha, beta)
    assert f"{fit.log_likelihood:.1f}" == log_likelihood


@pytest.mark.parametrize(
    ("left", "observed", "points"),
    [
        (REGULAR, (22.3, 20.7, 19.4, 18.3, 17.3), 0.4),
        (HIGH_END, (46.8, 44.5, 42.7, 40.9, 39.4), 1.7),
    ],
    ids=["regular", "high end"],
)
def test_projections_to_year_12_come_as_near_as_printed(
    left: tuple[int, ...], observed: tuple[float, ...], points: float
) -> None:
    projected = 100 * np.cumprod(1 - fit_of(left).hazards(12))
    assert np.abs(projected[7:] - observed).max() <= points
    # The years that were fitted are met within a point or two as well (their figure 5).
    assert np.abs(projected[:7] - np.array(left) / 10).max() < 2


def test_residual_lifetimes_of_the_tutorial() -> None:
    # Fader and Hardie's tutorials fit the first four years of the regular segment: gamma 0.764,
    # delta 1.296; at 100 dollars a year and 10% a customer who has renewed four times is worth 568.
    fit = fit_of(REGULAR[:4])
    assert (f"{fit.alpha:.3f}", f"{fit.beta:.3f}") == ("0.764", "1.296")
    model = sbg(Fraction(fit.alpha), Fraction(fit.beta))
    assert round(100 * discounted_expected_residual_lifetime(model, 5)) == 568


@pytest.mark.parametrize("left", [REGULAR, HIGH_END], ids=["regular", "high end"])
def test_akaike_prefers_the_model_of_different_customers(left: tuple[int, ...]) -> None:
    counts = cohort(left).counts()
    tried = candidates(counts, NO_MULTIPLIERS)
    assert chosen("auto", counts, tried, NO_MULTIPLIERS).model == "sbg"


def test_customers_who_are_all_alike_have_a_constant_churn() -> None:
    # Churn rises a little, which the model of different customers cannot say: it ends at its edge.
    counts = cohort((9_000, 8_091, 7_265, 6_515), 10_000).counts()
    fit = fitted(counts, "sbg")
    assert fit.theta == 0
    churn = counts.lost.sum() / counts.at_risk.sum()
    assert fit.hazard == pytest.approx(churn, abs=1e-9)
    tried = candidates(counts, NO_MULTIPLIERS)
    either: tuple[Wanted, ...] = ("auto", "sbg")
    for wanted in either:
        retention = chosen(wanted, counts, tried, NO_MULTIPLIERS).estimate(counts).retention
        assert retention == {"model": "constant", "monthly_churn": Decimal(f"{churn:.6g}")}
