"""Slips of the pen in the lifetime value formula are found out by the simulation.

Each wrong formula is one that somebody could write, and is more than six standard errors away from
the average over simulated customers, where the right one is within four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from cp_pricing.model.retention import RetentionFactors
from tests.laws.formula import (
    BASELINE,
    CUSTOMERS,
    EVERYTHING,
    OUTLOOK,
    Case,
    bill,
    expected_bill,
    formula,
    number,
    right,
    simulated,
    staying,
)
from tests.laws.simulation import Estimate
from tests.support.retention import constant

BUSY = Case(
    replace(
        EVERYTHING,
        guaranteed_platform_fee=number("180"),
        minimum_monthly_turnover=number("260"),
    ),
    staying(constant(number("0.12"))),
    # Seen from a smaller baseline, the expected bill is in the third band.
    replace(OUTLOOK, baseline_bill=OUTLOOK.baseline_bill * 4 / 5),
)
"""Every term of the formula counts: a fifth of the customers and more leave in term."""
BEYOND = Case(replace(BASELINE, contract_duration_months=48, prepaid_amount=number("4800")))
"""A quarter of the prepayment would be drawn down after the horizon."""


@cache
def well_simulated(case: Case) -> Estimate:
    return simulated(case, 4 * CUSTOMERS)


def with_factors(case: Case, change: Callable[[RetentionFactors], RetentionFactors]) -> float:
    return replace(right(case), factors=change(right(case).factors)).ltv


def with_retention_of(case: Case, other: Case) -> float:
    return replace(right(case), factors=right(other).factors).ltv


def with_bill(case: Case, wrong: Fraction) -> float:
    more = wrong - expected_bill(case.terms, case.customer)
    margin = right(case).margin + more * (1 - case.customer.payment_cost_rate)
    return replace(right(case), margin=margin).ltv


def one_month(case: Case) -> Fraction:
    return Fraction(float(1 + case.outlook.annual_discount_rate) ** (1 / 12))


def no_guarantee(case: Case) -> float:
    return with_factors(case, lambda f: f._replace(guarantee_value=Fraction(0)))


def guarantee_for_customers_who_stay_too(case: Case) -> float:
    months = case.terms.contract_duration_months
    both = right(case).factors
    paid = both.guarantee_value + months * both.prepaid_drawdown
    return with_factors(case, lambda f: f._replace(guarantee_value=paid))


def guarantee_to_the_horizon(case: Case) -> float:
    everyone = replace(case.customer, retention=constant(Fraction(0)))
    annuity = formula(case.terms, everyone, case.outlook).factors.retained_value
    return with_factors(case, lambda f: f._replace(guarantee_value=annuity - f.retained_value))


def minimum_due_after_leaving(case: Case) -> float:
    more = case.terms.minimum_monthly_turnover - case.terms.guaranteed_platform_fee
    return right(case).ltv + float(right(case).factors.guarantee_value * more)


def payment_cost_on_the_guarantee(case: Case) -> float:
    fee = case.terms.guaranteed_platform_fee * case.customer.payment_cost_rate
    return right(case).ltv - float(right(case).factors.guarantee_value * fee)


def guarantee_that_leaves_the_platform_fee(case: Case) -> float:
    lower = replace(case.terms, guaranteed_platform_fee=Fraction(0))
    return with_bill(case, expected_bill(lower, case.customer))


def no_drawdown(case: Case) -> float:
    return with_factors(case, lambda f: f._replace(prepaid_drawdown=Fraction(0)))


def no_prepayment(case: Case) -> float:
    return with_factors(case, lambda f: f._replace(prepaid_drawdown=Fraction(1)))


def drawdown_by_the_horizon(case: Case) -> float:
    stretch = Fraction(case.terms.contract_duration_months, case.outlook.horizon_months)
    return with_factors(case, lambda f: f._replace(prepaid_drawdown=f.prepaid_drawdown * stretch))


def payment_cost_after_drawdown(case: Case) -> float:
    drawn = case.terms.prepaid_amount * right(case).factors.prepaid_drawdown
    return right(case).ltv + float(drawn * case.customer.payment_cost_rate)


def discounting_to_the_start_of_the_month(case: Case) -> float:
    factor = one_month(case)
    return with_factors(
        case,
        lambda f: RetentionFactors(
            f.retained_value * factor, f.guarantee_value * factor, f.prepaid_drawdown * factor
        ),
    )


def a_twelfth_of_the_annual_rate(case: Case) -> float:
    rate = (1 + case.outlook.annual_discount_rate / 12) ** 12 - 1
    outlook = replace(case.outlook, annual_discount_rate=rate)
    return with_retention_of(case, replace(case, outlook=outlook))


def survivors_at_the_end_of_the_month(case: Case) -> float:
    longer = replace(case.outlook, horizon_months=case.outlook.horizon_months + 1)
    through = formula(case.terms, case.customer, longer).factors.retained_value
    shifted = through * one_month(case) - 1
    return with_factors(case, lambda f: f._replace(retained_value=shifted))


def no_price_response(case: Case) -> float:
    indifferent = replace(case.customer, price_response=((None, Fraction(1)),))
    return with_retention_of(case, replace(case, customer=indifferent))


def no_in_term_multiplier(case: Case) -> float:
    restless = replace(case.customer, in_term_churn_multiplier=Fraction(1))
    return with_retention_of(case, replace(case, customer=restless))


def no_flexibility_multiplier(case: Case) -> float:
    flexible = replace(case.terms, reduced_cancellation_flexibility=False)
    return with_retention_of(case, replace(case, terms=flexible))


def in_term_for_ever(case: Case) -> float:
    bound = replace(case.terms, contract_duration_months=case.outlook.horizon_months)
    retained = formula(bound, case.customer, case.outlook).factors.retained_value
    return with_factors(case, lambda f: f._replace(retained_value=retained))


def minimum_on_the_expected_bill(case: Case) -> float:
    free = replace(case.terms, minimum_monthly_turnover=Fraction(0))
    expected = expected_bill(free, case.customer)
    return with_bill(case, max(case.terms.minimum_monthly_turnover, expected))


def allowance_on_the_expected_usage(case: Case) -> float:
    scenarios = case.customer.monthly_usage
    usage = sum((weight * units for weight, units in scenarios), Fraction(0))
    return with_bill(case, bill(case.terms, case.customer.members_per_customer, usage))


def onboarding_always_paid_by_the_seller(case: Case) -> float:
    return right(case).ltv - float(case.customer.onboarding_cost)


SLIPS = [
    (BUSY, no_guarantee),
    (BUSY, guarantee_for_customers_who_stay_too),
    (BUSY, guarantee_to_the_horizon),
    (BUSY, minimum_due_after_leaving),
    (BUSY, payment_cost_on_the_guarantee),
    (BUSY, guarantee_that_leaves_the_platform_fee),
    (BUSY, no_drawdown),
    (BUSY, no_prepayment),
    (BEYOND, drawdown_by_the_horizon),
    (BUSY, payment_cost_after_drawdown),
    (BUSY, discounting_to_the_start_of_the_month),
    (BUSY, a_twelfth_of_the_annual_rate),
    (BUSY, survivors_at_the_end_of_the_month),
    (BUSY, no_price_response),
    (BUSY, no_in_term_multiplier),
    (BUSY, no_flexibility_multiplier),
    (BUSY, in_term_for_ever),
    (BUSY, minimum_on_the_expected_bill),
    (BUSY, allowance_on_the_expected_usage),
    (BUSY, onboarding_always_paid_by_the_seller),
]


@pytest.mark.parametrize(("case", "slip"), SLIPS, ids=[slip.__name__ for _, slip in SLIPS])
def test_a_slip_of_the_pen_is_found_out(case: Case, slip: Callable[[Case], float]) -> None:
    estimate = well_simulated(case)
    assert estimate.standard_errors_from(right(case).ltv) < 4
    assert estimate.standard_errors_from(slip(case)) > 6
