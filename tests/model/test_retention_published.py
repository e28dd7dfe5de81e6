"""The shifted-beta-geometric model against published figures and its closed form.

[FH07] P. S. Fader and B. G. S. Hardie, "How to Project Customer Retention", Journal of Interactive
Marketing 21(1), 2007, 76-90.

[FH10] P. S. Fader and B. G. S. Hardie, "Customer-Base Valuation in a Contractual Setting: The
Perils of Ignoring Heterogeneity", Marketing Science 29(1), 2010, 85-93.

Their periods are years and their first payment is not discounted; ours are months paid at the end.
A period is a period: at a factor of 1/(1+d) a period, their discounted expected lifetime (DEL) is
(1+d) times our retained value.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import log

import pytest

from cp_pricing.profiles.profile import SbgRetention
from tests.support.retention import (
    HALF,
    TENTH,
    Contract,
    base_hazard,
    constant,
    factors,
    quotient,
    sbg,
    survival,
)

HIGH_END = sbg(Fraction("0.668"), Fraction("3.806"))
REGULAR = sbg(Fraction("0.704"), Fraction("1.182"))
LONG = 420
"""Periods after which 1.1^-t is below 10^-17: for 12 decimals, for ever."""
TEN_PERCENT_A_PERIOD = Fraction(11, 10) ** 12 - 1


def discounted_expected_lifetime(model: SbgRetention) -> Fraction:
    """DEL at 10% a period, undiscounted first payment, of [FH10]."""
    forever = Contract(horizon=LONG, rate=TEN_PERCENT_A_PERIOD)
    return Fraction(11, 10) * factors(model, forever).retained_value


def discounted_expected_residual_lifetime(model: SbgRetention, period: int) -> Fraction:
    """DERL of a customer in her `period`-th period (`period` - 1 renewals), of [FH10].

    After n periods alive, a customer's churn is distributed Beta(alpha, beta + n).
    """
    renewed = sbg(model.alpha, model.beta + period)
    return (1 - base_hazard(model, period - 1)) * discounted_expected_lifetime(renewed)


@pytest.mark.parametrize(
    ("model", "left_of_thousand", "published"),
    [
        # [FH07], table 1, years 1-7: 86.9% ... 49.1% and 63.1% ... 24.1% of 1000 customers; the
        # log-likelihoods of the estimates 0.668, 3.806 and 0.704, 1.182.
        pytest.param(HIGH_END, (869, 743, 653, 593, 551, 517, 491), "-1611.2", id="high end"),
        pytest.param(REGULAR, (631, 468, 382, 326, 289, 262, 241), "-1680.3", id="regular"),
        # [FH07], appendix: the spreadsheet's starting values alpha = beta = 1 on the first data.
        pytest.param(
            sbg(Fraction(1), Fraction(1)),
            (869, 743, 653, 593, 551, 517, 491),
            "-2115.5",
            id="starting values",
        ),
    ],
)
def test_log_likelihoods_of_fader_and_hardie_2007(
    model: SbgRetention, left_of_thousand: tuple[int, ...], published: str
) -> None:
    still = [float(s) for s in survival(model, Contract(horizon=7))]
    lost = [before - after for before, after in pairwise((1000, *left_of_thousand))]
    churned = sum(n * log(s - t) for n, (s, t) in zip(lost, pairwise(still), strict=True))
    likelihood = churned + left_of_thousand[-1] * log(still[-1])
    assert f"{likelihood:.1f}" == published


@pytest.mark.parametrize(
    ("model", "observed", "points"),
    [
        # [FH07], table 1, years 8-12, which the estimates have not seen: the projections stay
        # within these percentage points of the observed survival.
        pytest.param(HIGH_END, "46.8 44.5 42.7 40.9 39.4", "1.7", id="high end"),
        pytest.param(REGULAR, "22.3 20.7 19.4 18.3 17.3", "0.4", id="regular"),
    ],
)
def test_projections_of_fader_and_hardie_2007(
    model: SbgRetention, observed: str, points: str
) -> None:
    projected = survival(model, Contract(horizon=12))[8:]
    for share, percent in zip(projected, observed.split(), strict=True):
        assert abs(100 * share - Decimal(percent)) <= Decimal(points)


def test_projected_survival_of_the_high_end_segment() -> None:
    # Years 8-12 as printed by the widely used Python reproduction of [FH07] (J. D. Maturen,
    # shifted_beta_geometric_py).
    projected = survival(HIGH_END, Contract(horizon=12))[8:]
    assert [f"{share:.3f}" for share in projected] == ["0.460", "0.436", "0.414", "0.395", "0.378"]


@pytest.mark.parametrize(
    ("model", "cohort"),
    [
        # [FH10]: two cohorts of 10,000 customers of which 2,000 leave in the first year, with
        # polarization 1/(alpha+beta+1) of 0.05 and of 0.75 (printed 0.067 and 0.267).
        pytest.param(
            sbg(Fraction("3.8"), Fraction("15.2")), (10_000, 8_000, 6_480, 5_307, 4_391), id="1"
        ),
        pytest.param(
            sbg(Fraction(1, 15), Fraction(4, 15)), (10_000, 8_000, 7_600, 7_383, 7_235), id="2"
        ),
    ],
)
def test_cohort_sizes_of_fader_and_hardie_2010(
    model: SbgRetention, cohort: tuple[int, ...]
) -> None:
    assert tuple(round(10_000 * s) for s in survival(model, Contract(horizon=4))) == cohort


@pytest.mark.parametrize(
    ("model", "published"),
    [
        # [FH10], table 3: DERL at 10% of customers in their 1st to 5th year, cases 1 and 2.
        pytest.param(
            sbg(Fraction("3.8"), Fraction("15.2")), "3.31 3.45 3.59 3.72 3.84", id="case 1"
        ),
        pytest.param(
            sbg(Fraction(1, 15), Fraction(4, 15)), "7.68 9.46 9.86 10.06 10.19", id="case 2"
        ),
    ],
)
def test_residual_lifetimes_of_fader_and_hardie_2010(model: SbgRetention, published: str) -> None:
    residual = [discounted_expected_residual_lifetime(model, n) for n in range(1, 6)]
    assert [f"{float(value):.2f}" for value in residual] == published.split()


def test_lifetime_of_fader_and_hardie_s_tutorial() -> None:
    # Fader and Hardie's tutorials on customer-base analysis (the first four years of the regular
    # segment, gamma = 0.764, delta = 1.296, 100 dollars a year at 10%): an expected value of
    # 362 dollars for a new customer, 568 more for one who has renewed four times.
    model = sbg(Fraction("0.764"), Fraction("1.296"))
    assert round(100 * discounted_expected_lifetime(model)) == 362
    assert round(100 * discounted_expected_residual_lifetime(model, 5)) == 568


def gaussian_hypergeometric(b: Fraction, c: Fraction, z: Fraction) -> Decimal:
    """2F1(1, b; c; z) by Gauss's continued fraction, which shares nothing with our sums.

    Abramowitz & Stegun 15.2; with a = b: 1/(1 + d1 z/(1 + d2 z/(1 + ...))).
    """
    coefficients = [-b / c]
    for j in range(1, 150):
        coefficients.append(j * (b - c - j + 1) / ((c + 2 * j - 2) * (c + 2 * j - 1)))
        coefficients.append(-(b + j) * (c + j - 1) / ((c + 2 * j - 1) * (c + 2 * j)))
    return reduce(
        lambda tail, d: 1 / (1 + quotient(d * z) * tail), reversed(coefficients), Decimal(1)
    )


@pytest.mark.parametrize("model", [HIGH_END, REGULAR, sbg(HALF, Fraction(4)), sbg(TENTH, TENTH)])
def test_discounted_lifetime_is_the_gaussian_hypergeometric_function(model: SbgRetention) -> None:
    # [FH10]: DEL(d) = 2F1(1, beta; alpha + beta; 1/(1+d)).
    with decimal.localcontext(prec=80):
        closed = gaussian_hypergeometric(model.beta, model.alpha + model.beta, Fraction(10, 11))
        assert abs(quotient(discounted_expected_lifetime(model)) - closed) < Decimal("2e-12")


def test_discounted_lifetime_has_a_logarithm_for_uniform_churn() -> None:
    # 2F1(1, 1; 2; z) = -ln(1 - z)/z, Abramowitz & Stegun 15.1.3.
    with decimal.localcontext(prec=80):
        closed = Decimal("1.1") * Decimal(11).ln()
        lifetime = quotient(discounted_expected_lifetime(sbg(Fraction(1), Fraction(1))))
        assert abs(lifetime - closed) < Decimal("2e-12")


def mixture(churns: Iterable[Fraction], contract: Contract) -> Fraction:
    kept = [factors(constant(churn), contract).retained_value for churn in churns]
    return sum(kept, Fraction(0)) / len(kept)


def test_sbg_is_a_mixture_of_constant_churns() -> None:
    # Beta(1, 1) is uniform: the average over midpoints, not one of our sums over hazards.
    uniform = [Fraction(2 * n + 1, 4_000) for n in range(2_000)]
    contract = Contract(horizon=12, rate=TENTH)
    ours = factors(sbg(Fraction(1), Fraction(1)), contract).retained_value
    assert abs(mixture(uniform, contract) - ours) < Fraction(1, 10**5)
