"""Retention factors by hand and against exact arithmetic."""

from __future__ import annotations

import decimal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from cp_pricing.model.retention import RetentionFactors
from tests.support.retention import (
    HALF,
    TENTH,
    Contract,
    Model,
    base_hazard,
    constant,
    contracts,
    curve,
    exact_factors,
    exact_survival,
    factors,
    models,
    sbg,
    survival,
)


def triple(a: str, g: str, d: str) -> RetentionFactors:
    return RetentionFactors(Fraction(a), Fraction(g), Fraction(d))


HALVING = Fraction(2**12 - 1)
"""The annual rate at which a month's discounting halves an amount: v(t) = 2^-(t+1)."""


@pytest.mark.parametrize(
    ("model", "contract", "expected"),
    [
        pytest.param(
            constant(TENTH), Contract(horizon=2), triple("1.9", "0", "1"), id="month to month"
        ),
        pytest.param(
            constant(TENTH), Contract(horizon=1), triple("1", "0", "1"), id="one month's horizon"
        ),
        pytest.param(
            constant(TENTH),
            Contract(horizon=2, rate=HALVING),
            triple("0.725", "0", "0.5"),  # 1/2 + 0.9/4; 1/2
            id="paid at the month's end",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=2, horizon=3, in_term=HALF),
            triple("2.8525", "0.05", "0.975"),  # 1, 0.95, 0.95 * 0.95: month 1 is still in term
            id="in term",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=1, horizon=3, in_term=HALF),
            triple("2.805", "0", "1"),  # 1, 0.95, 0.95 * 0.9
            id="after the term",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=2, horizon=3, in_term=HALF, flexibility=Fraction(1, 5), reduced=True),
            triple("2.9701", "0.01", "0.995"),  # 1, 0.99, 0.99 * 0.99
            id="reduced flexibility",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=1, horizon=3, flexibility=Fraction(1, 5), reduced=True),
            triple("2.862", "0", "1"),  # 1, 0.98, 0.98 * 0.9
            id="reduced flexibility ends with the term",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=2, horizon=2, flexibility=Fraction(1, 5)),
            triple("1.9", "0.1", "0.95"),
            id="full flexibility",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=2, horizon=4, price_response=Fraction(2)),
            triple("2.952", "0.2", "0.9"),  # 0.8 to the powers 0, 1, 2, 3
            id="the price response lasts",
        ),
        pytest.param(
            constant(TENTH),
            Contract(term=4, horizon=2),
            triple("1.9", "0.1", "0.475"),  # 1.9 / 4: two of the four drawdowns are seen
            id="term beyond the horizon",
        ),
        pytest.param(
            constant(HALF),
            Contract(term=3, horizon=3, price_response=Fraction(3)),
            triple("1", "2", "0.333333333333"),
            id="hazard of at most 1",
        ),
        pytest.param(
            constant(Fraction(0)),
            Contract(term=3, horizon=4),
            triple("4", "0", "1"),
            id="nobody leaves",
        ),
        pytest.param(
            sbg(Fraction(1), Fraction(1)),
            Contract(term=4, horizon=4),
            # S(t) = 1/(t+1): 1 + 1/2 + 1/3 + 1/4 = 25/12
            triple("2.083333333333", "1.916666666667", "0.520833333333"),
            id="sbg",
        ),
        pytest.param(
            curve((Fraction(1), Fraction("0.8"), Fraction("0.6"))),
            Contract(term=5, horizon=5),
            # the last hazard, 1/4, persists: 1, 0.8, 0.6, 0.45, 0.3375
            triple("3.1875", "1.8125", "0.6375"),
            id="curve",
        ),
        pytest.param(
            curve((Fraction(1), HALF, Fraction(0), Fraction(0))),
            Contract(term=6, horizon=6),
            triple("1.5", "4.5", "0.25"),
            id="curve that reaches zero",
        ),
        pytest.param(
            curve((Fraction(1), HALF, Fraction(0), Fraction(0))),
            Contract(term=3, horizon=6, in_term=HALF),
            # 1, 3/4, 3/8, 3/16: a curve at zero has hazard 1, halved in term; then nobody is left
            triple("2.3125", "0.875", "0.708333333333"),
            id="curve at zero, in term",
        ),
    ],
)
def test_small_cases_by_hand(model: Model, contract: Contract, expected: RetentionFactors) -> None:
    assert factors(model, contract) == expected


def test_base_hazards_are_exact() -> None:
    third = Fraction(1, 3)
    observed = curve((Fraction(1), Fraction(2, 3), HALF))
    assert [base_hazard(constant(third), t) for t in range(3)] == [third] * 3
    assert [base_hazard(sbg(HALF, Fraction(3, 2)), t) for t in range(3)] == [
        Fraction(1, 4),
        Fraction(1, 6),
        Fraction(1, 8),
    ]
    assert [base_hazard(observed, t) for t in range(4)] == [third, *[Fraction(1, 4)] * 3]
    extinct = curve((Fraction(1), HALF, Fraction(0), Fraction(0)))
    assert [base_hazard(extinct, t) for t in range(5)] == [HALF, *[Fraction(1)] * 4]


@pytest.mark.parametrize(
    ("model", "contract", "complaint"),
    [
        (constant(TENTH), Contract(term=0), "must be a month or more"),
        (constant(TENTH), Contract(horizon=0), "must be a month or more"),
        (constant(TENTH), Contract(rate=Fraction(-1)), "discount rate must be above -100%"),
    ],
)
def test_impossible_inputs_are_refused(model: Model, contract: Contract, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        factors(model, contract)


@given(models, contracts)
def test_factors_are_the_exact_sums_rounded_once(model: Model, contract: Contract) -> None:
    assert factors(model, contract) == exact_factors(model, contract)


@given(models, contracts)
def test_survival_curve_is_the_exact_one(model: Model, contract: Contract) -> None:
    curve = survival(model, contract)
    exact = exact_survival(model, replace(contract, horizon=contract.horizon + 1))
    for ours, theirs in zip(curve, exact, strict=True):
        assert abs(Fraction(ours) - theirs) < Fraction(1, 10**65)


@pytest.mark.parametrize(
    ("churn", "rounded"),
    [
        ("0.0000000000005", "2"),  # 1.9999999999995 up to the even neighbour
        ("0.0000000000015", "1.999999999998"),  # 1.9999999999985 down to it
    ],
)
def test_ties_are_rounded_to_even(churn: str, rounded: str) -> None:
    two_months = factors(constant(Fraction(churn)), Contract(horizon=2))
    assert two_months.retained_value == Fraction(rounded)


def test_a_tie_behind_inexact_logarithms_is_still_a_tie() -> None:
    # A monthly factor of 0.5000000012615 exactly, reached through an endless logarithm.
    monthly = Fraction("0.5000000012615")
    one_month = Contract(horizon=1, rate=1 / monthly**12 - 1)
    rounded = factors(constant(Fraction(0)), one_month)
    assert rounded.retained_value == Fraction("0.500000001262")
    nearly = replace(one_month, rate=1 / (monthly - Fraction(1, 10**30)) ** 12 - 1)
    assert factors(constant(Fraction(0)), nearly).retained_value == Fraction("0.500000001261")


def test_factors_do_not_depend_on_the_caller_s_decimal_context() -> None:
    model = sbg(Fraction(77, 1_003), Fraction(5, 7))  # in no other test: nothing is cached
    contract = Contract(term=7, horizon=23, rate=Fraction(7, 99), in_term=Fraction(2, 7))
    traps = [decimal.Inexact, decimal.Rounded, decimal.Subnormal]
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP) as context:
        for trap in traps:
            context.traps[trap] = True
        context.clear_flags()
        assert factors(model, contract) == exact_factors_elsewhere(model, contract)
        assert not any(context.flags.values())
        assert (context.prec, context.rounding) == (3, decimal.ROUND_UP)


def exact_factors_elsewhere(model: Model, contract: Contract) -> RetentionFactors:
    """The exact factors, computed in a thread with a decimal context of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(exact_factors, model, contract).result()


def test_threads_do_not_disturb_one_another() -> None:
    contract = Contract(term=12, rate=TENTH, in_term=HALF)
    churns = [constant(Fraction(n, 1_009)) for n in range(1, 80)]  # a prime: nothing is cached
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda model: factors(model, contract), churns))
    assert together == [exact_factors(model, contract) for model in churns]
