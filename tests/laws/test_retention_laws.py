"""Laws of the retention factors, for all three models."""

from __future__ import annotations

import decimal
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.retention import (
    HALF,
    STEP,
    Contract,
    Model,
    constant,
    contracts,
    curve,
    exact_discounts,
    exact_survival,
    factors,
    models,
    multipliers,
    quotient,
    rates,
    ratios,
    sbg,
    shapes,
    survival,
)


def close(left: Fraction, right: Fraction, roundings: int = 2) -> bool:
    """Equal up to the rounding of so many factors."""
    return abs(left - right) <= roundings * STEP / 2


def annuity(contract: Contract, months: int) -> Fraction:
    return sum(exact_discounts(contract)[:months], Fraction(0))


@given(models, contracts)
def test_survival_starts_whole_and_never_rises(model: Model, contract: Contract) -> None:
    curve = survival(model, contract)
    assert len(curve) == contract.horizon + 1
    assert curve[0] == 1
    assert all(before >= after >= 0 for before, after in pairwise(curve))


@given(models, contracts)
def test_factors_stay_within_their_bounds(model: Model, contract: Contract) -> None:
    found = factors(model, contract)
    months = min(contract.term, contract.horizon)
    assert 0 < found.retained_value <= annuity(contract, contract.horizon) + STEP
    assert 0 <= found.guarantee_value <= annuity(contract, months) + STEP
    assert 0 < found.prepaid_drawdown <= 1
    # Nobody draws a prepayment down faster than by 1/T a month.
    assert found.prepaid_drawdown <= annuity(contract, months) / contract.term + STEP


@given(models, contracts)
def test_staying_and_leaving_share_the_annuity(model: Model, contract: Contract) -> None:
    found = factors(model, contract)
    months = min(contract.term, contract.horizon)
    in_term = contract.term * found.prepaid_drawdown
    assert close(in_term + found.guarantee_value, annuity(contract, months), contract.term + 1)
    if contract.term >= contract.horizon:
        assert close(found.retained_value + found.guarantee_value, annuity(contract, months))


@given(models, contracts)
def test_month_to_month_guarantees_nothing(model: Model, contract: Contract) -> None:
    monthly = replace(contract, term=1)
    assert factors(model, monthly).guarantee_value == 0
    assert close(factors(model, monthly).prepaid_drawdown, annuity(monthly, 1), 1)


@given(models, contracts, multipliers)
def test_more_churn_keeps_less(model: Model, contract: Contract, more: Fraction) -> None:
    now = factors(model, contract)
    for worse in (
        replace(contract, price_response=contract.price_response * (1 + more)),
        replace(contract, in_term=contract.in_term * (1 + more)),
    ):
        then = factors(model, worse)
        assert then.retained_value <= now.retained_value
        assert then.prepaid_drawdown <= now.prepaid_drawdown
        assert then.guarantee_value >= now.guarantee_value


@given(contracts, ratios, ratios)
def test_a_higher_monthly_churn_keeps_less(
    contract: Contract, one: Fraction, two: Fraction
) -> None:
    high, low = (factors(constant(c), contract) for c in sorted((one, two), reverse=True))
    assert high.retained_value <= low.retained_value


@given(models, contracts)
def test_a_binding_term_that_halves_churn_keeps_more_the_longer_it_is(
    model: Model, contract: Contract
) -> None:
    kind = replace(contract, in_term=HALF, reduced=False)
    terms = [factors(model, replace(kind, term=term)) for term in (1, 6, 12, 24)]
    for shorter, longer in pairwise(terms):
        assert longer.retained_value >= shorter.retained_value
        assert longer.guarantee_value >= shorter.guarantee_value


@given(models, contracts)
def test_flexibility_that_is_not_reduced_does_not_matter(model: Model, contract: Contract) -> None:
    flexible = replace(contract, reduced=False)
    plain = replace(contract, reduced=True, flexibility=Fraction(1))
    assert factors(model, flexible) == factors(model, plain)
    folded = replace(flexible, in_term=contract.in_term * contract.flexibility)
    assert factors(model, replace(contract, reduced=True)) == factors(model, folded)


@given(models, contracts, st.integers(1, 40))
def test_a_longer_horizon_only_adds(model: Model, contract: Contract, more: int) -> None:
    longer = replace(contract, horizon=contract.horizon + more)
    now, then = factors(model, contract), factors(model, longer)
    assert then.retained_value >= now.retained_value
    assert then.prepaid_drawdown >= now.prepaid_drawdown
    if contract.term <= contract.horizon:
        assert (then.guarantee_value, then.prepaid_drawdown) == (
            now.guarantee_value,
            now.prepaid_drawdown,
        )


def geometric(ratio: Decimal, terms: int) -> Decimal:
    return Decimal(terms) if ratio == 1 else (1 - ratio**terms) / (1 - ratio)


@given(
    st.integers(1, 900).map(lambda n: Fraction(n, 1_000)),
    st.integers(1, 60),
    st.integers(1, 60),
    rates,
)
def test_constant_churn_is_a_geometric_series(
    churn: Fraction, term: int, horizon: int, rate: Fraction
) -> None:
    # In term with half the churn, then with all of it: two geometric series end to end.
    found = factors(constant(churn), Contract(term=term, horizon=horizon, rate=rate, in_term=HALF))
    months = min(term, horizon)
    with decimal.localcontext(prec=80):
        v = quotient(1 + rate) ** (Decimal(-1) / 12)
        inside, outside = quotient(1 - churn / 2) * v, quotient(1 - churn) * v
        in_term = v * geometric(inside, months)
        after = v * inside**months * geometric(outside, horizon - months)
        tolerance = Decimal("0.5000001e-12")
        assert abs(quotient(found.retained_value) - (in_term + after)) < tolerance
        assert abs(quotient(found.prepaid_drawdown) - in_term / term) < tolerance
        paid = v * geometric(v, months)
        assert abs(quotient(found.guarantee_value) - (paid - in_term)) < tolerance


@given(ratios, st.integers(2, 6), contracts)
def test_a_curve_of_constant_ratio_is_constant_churn(
    churn: Fraction, points: int, contract: Contract
) -> None:
    observed = curve(tuple((1 - churn) ** t for t in range(points)))
    assert factors(observed, contract) == factors(constant(churn), contract)


@given(shapes, shapes, contracts)
def test_a_curve_taken_from_sbg_is_sbg_while_it_lasts(
    alpha: Fraction, beta: Fraction, contract: Contract
) -> None:
    model = sbg(alpha, beta)
    points = exact_survival(model, Contract(horizon=contract.horizon + 1))
    assert factors(curve(tuple(points)), contract) == factors(model, contract)


@given(shapes, contracts)
def test_sbg_without_heterogeneity_tends_to_constant_churn(
    churn: Fraction, contract: Contract
) -> None:
    share = churn / 10
    nearly = sbg(share * 10**15, (1 - share) * 10**15)
    ours, theirs = factors(nearly, contract), factors(constant(share), contract)
    assert abs(ours.retained_value - theirs.retained_value) < Fraction(1, 10**9)
