"""The lifetime value formula is the average over simulated customers, lever by lever.

The formula must lie within four standard errors of the simulated mean, with enough customers that
a standard error is below half a per cent of the value. `test_lifetime_value_slips.py` shows that
this can fail.

The readings of the specification that make the two agree are listed in `tests.laws.simulation`.
Two of them matter: the churn multipliers scale the cohort's hazard (reading 2), and the drawdown
of a prepayment is credited in full where it exceeds the bill (reading 6). The last tests put
figures on both.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.laws.formula import (
    BASELINE,
    CUSTOMERS,
    EVERYTHING,
    OUTLOOK,
    SEED,
    SMALL_TEAM,
    Case,
    bill,
    expected_bill,
    formula,
    number,
    right,
    simulated,
    staying,
)
from tests.laws.simulation import Simulation, Terms
from tests.support.retention import constant, curve, sbg

UNLIMITED = Fraction(10**15)
OBSERVED = tuple(map(number, ["1", "0.93", "0.88", "0.84", "0.81", "0.785", "0.765", "0.75"]))
EXTINCT = tuple(map(number, ["1", "0.98", "0.95", "0.9", "0.8", "0.65", "0.45", "0.3", "0.1", "0"]))
CASES = {
    "baseline": Case(),
    "month to month": Case(replace(BASELINE, contract_duration_months=1)),
    "two years": Case(replace(BASELINE, contract_duration_months=24)),
    "term of the horizon": Case(replace(BASELINE, contract_duration_months=36)),
    "term beyond the horizon": Case(
        replace(BASELINE, contract_duration_months=48, prepaid_amount=number("4800"))
    ),
    "minimum": Case(replace(BASELINE, minimum_monthly_turnover=number("200"))),
    "prepayment": Case(replace(BASELINE, prepaid_amount=number("1800"))),
    "prepayment, month to month": Case(
        replace(BASELINE, prepaid_amount=number("150"), contract_duration_months=1)
    ),
    "guaranteed fee": Case(replace(BASELINE, guaranteed_platform_fee=number("100"))),
    "guaranteed fee above the fee": Case(
        replace(BASELINE, guaranteed_platform_fee=number("180"), contract_duration_months=24)
    ),
    "customer-funded onboarding": Case(replace(BASELINE, customer_funded_onboarding=True)),
    "reduced flexibility": Case(
        replace(BASELINE, reduced_cancellation_flexibility=True, contract_duration_months=24)
    ),
    "no allowance": Case(replace(BASELINE, included_units=Fraction(0))),
    "larger allowance": Case(replace(BASELINE, included_units=number("10e6"))),
    "unlimited": Case(replace(BASELINE, included_units=UNLIMITED, platform_fee=number("260"))),
    "lower price, first band": Case(replace(BASELINE, usage_unit_price=number("0.000004"))),
    "higher price, third band": Case(replace(BASELINE, usage_unit_price=number("0.000014"))),
    "higher price, last band": Case(replace(BASELINE, usage_unit_price=number("0.00003"))),
    "seats": Case(
        replace(BASELINE, seat_fee=number("12"), platform_fee=number("90")),
        replace(SMALL_TEAM, members_per_customer=8),
    ),
    "everything": Case(EVERYTHING),
    "sbg": Case(customer=staying(sbg(number("0.668"), number("9.5")))),
    "sbg, everything": Case(EVERYTHING, staying(sbg(number("1.2"), number("11")))),
    "curve": Case(customer=staying(curve(OBSERVED))),
    "curve, everything": Case(EVERYTHING, staying(curve(OBSERVED))),
    "curve that reaches zero": Case(EVERYTHING, staying(curve(EXTINCT))),
    "certain to leave after the term": Case(EVERYTHING, staying(constant(Fraction(1)))),
    "undiscounted": Case(outlook=replace(OUTLOOK, annual_discount_rate=Fraction(0))),
    "dear money": Case(EVERYTHING, outlook=replace(OUTLOOK, annual_discount_rate=Fraction(1, 4))),
    "one year ahead": Case(EVERYTHING, outlook=replace(OUTLOOK, horizon_months=12)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_formula_is_the_average_over_customers(case: Case) -> None:
    ltv = formula(case.terms, case.customer, case.outlook).ltv
    estimate = simulated(case)
    assert estimate.standard_error < 0.005 * abs(ltv), "too few customers to tell"
    assert estimate.standard_errors_from(ltv) < 4


MEMBERSHIP = Terms(
    platform_fee=number("120"), included_units=number("5e6"), usage_unit_price=number("0.00001")
)
COMMITTED = replace(
    MEMBERSHIP,
    contract_duration_months=24,
    prepaid_amount=number("1200"),
    minimum_monthly_turnover=number("150"),
    customer_funded_onboarding=True,
    reduced_cancellation_flexibility=True,
)


@pytest.mark.parametrize(
    ("terms", "ltv"),
    [
        (
            Terms(
                platform_fee=number("79"),
                included_units=number("15e6"),
                usage_unit_price=number("0.00002"),
            ),
            "482.02",
        ),
        (Terms(usage_unit_price=number("0.000012")), "603.61"),
        (MEMBERSHIP, "1372.5493"),
        (replace(COMMITTED, usage_unit_price=number("0.000007")), "2620.8101"),
        (replace(COMMITTED, usage_unit_price=number("0.000004")), "2049.8471"),
        (
            replace(MEMBERSHIP, usage_unit_price=number("0.00001942"), contract_duration_months=12),
            "3382.8938",
        ),
    ],
)
def test_the_formula_gives_the_specification_s_worked_example(terms: Terms, ltv: str) -> None:
    outlook = replace(OUTLOOK, baseline_bill=expected_bill(MEMBERSHIP, SMALL_TEAM))
    places = len(ltv.partition(".")[2])
    assert f"{formula(terms, SMALL_TEAM, outlook).ltv:.{places}f}" == ltv


HETEROGENEOUS = replace(
    staying(sbg(number("0.668"), number("9.5"))), in_term_churn_multiplier=Fraction(1)
)


def test_sbg_customers_keep_a_churn_of_their_own() -> None:
    tellers = Simulation(
        terms=BASELINE, customer=HETEROGENEOUS, outlook=OUTLOOK, story="own_churn"
    ).run(CUSTOMERS, SEED)
    ltv = formula(BASELINE, HETEROGENEOUS, OUTLOOK).ltv
    assert tellers.standard_error < 0.005 * ltv
    assert tellers.standard_errors_from(ltv) < 4


def test_a_multiplier_on_everyone_s_own_churn_would_be_another_model() -> None:
    # Reading 2. A term that keeps the fickle in leaves more of them to go when it is over: the
    # formula, which scales the cohort's hazard, is an eighth above such customers.
    bound = replace(HETEROGENEOUS, in_term_churn_multiplier=number("0.3"))
    own = Simulation(terms=BASELINE, customer=bound, outlook=OUTLOOK, story="own_churn")
    ltv = formula(BASELINE, bound, OUTLOOK).ltv
    assert own.run(CUSTOMERS, SEED).mean == pytest.approx(ltv * 7 / 8, rel=0.01)


def test_a_drawdown_above_the_bill_is_credited_in_full() -> None:
    # Reading 6. Where a month's drawdown exceeds the bill, the formula gives the difference back.
    heavy = Case(replace(BASELINE, prepaid_amount=number("3600")))
    value, months = right(heavy), heavy.terms.contract_duration_months
    assert simulated(heavy).standard_errors_from(value.ltv) < 4
    drawn = heavy.terms.prepaid_amount / months
    members = heavy.customer.members_per_customer
    excess = sum(
        weight * max(Fraction(0), drawn - bill(heavy.terms, members, units))
        for weight, units in heavy.customer.monthly_usage
    )
    expiring = float(excess * value.factors.prepaid_drawdown * months)
    capped = Simulation(
        terms=heavy.terms,
        customer=heavy.customer,
        outlook=OUTLOOK,
        drawdown_capped_by_bill=True,
    ).run(CUSTOMERS, SEED)
    assert capped.standard_errors_from(value.ltv + expiring) < 4
    assert expiring > 0.25 * value.ltv
