"""The lifetime value written out from the specification, with a contract to try it on.

Not the product's own model: the tests of the two meet in the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from cp_pricing.model.retention import RetentionFactors, Stay
from tests.laws.simulation import Customer, Estimate, Outlook, Simulation, Terms
from tests.support.retention import Model, constant

CUSTOMERS = 60_000
SEED = 20_240_229


def bill(terms: Terms, members: int, units: Fraction) -> Fraction:
    fee = max(terms.platform_fee, terms.guaranteed_platform_fee)
    overage = max(Fraction(0), units - terms.included_units)
    charged = fee + terms.seat_fee * members + terms.usage_unit_price * overage
    return max(terms.minimum_monthly_turnover, charged)


def expected_bill(terms: Terms, customer: Customer) -> Fraction:
    members = customer.members_per_customer
    return sum(
        (weight * bill(terms, members, units) for weight, units in customer.monthly_usage),
        Fraction(0),
    )


@dataclass(frozen=True)
class Valuation:
    """A contract's lifetime value in the parts that the formula puts together."""

    terms: Terms
    customer: Customer
    factors: RetentionFactors
    margin: Fraction

    @property
    def ltv(self) -> float:
        onboarding = self.customer.onboarding_cost
        if self.terms.customer_funded_onboarding:
            onboarding = Fraction(0)
        return float(
            self.factors.retained_value * self.margin
            + self.factors.guarantee_value * self.terms.guaranteed_platform_fee
            + self.terms.prepaid_amount * (1 - self.factors.prepaid_drawdown)
            - onboarding
            - self.customer.acquisition_cost
        )


def formula(terms: Terms, customer: Customer, outlook: Outlook) -> Valuation:
    expected = expected_bill(terms, customer)
    ratio = expected / outlook.baseline_bill
    usage = sum((weight * units for weight, units in customer.monthly_usage), Fraction(0))
    churn = next(k for limit, k in customer.price_response if limit is None or ratio <= limit)
    in_term = churn * customer.in_term_churn_multiplier
    if terms.reduced_cancellation_flexibility:
        in_term *= customer.reduced_flexibility_churn_multiplier
    stay = Stay(customer.retention, outlook.horizon_months, outlook.annual_discount_rate)
    return Valuation(
        terms,
        customer,
        stay.factors(in_term, churn, terms.contract_duration_months),
        expected * (1 - customer.payment_cost_rate)
        - customer.variable_cost_per_unit * usage
        - customer.service_cost_per_month,
    )


def number(text: str) -> Fraction:
    return Fraction(text)


SMALL_TEAM = Customer(
    members_per_customer=5,
    monthly_usage=(
        (number("0.25"), number("3e6")),
        (number("0.40"), number("9e6")),
        (number("0.25"), number("18e6")),
        (number("0.10"), number("45e6")),
    ),
    retention=constant(number("0.035")),
    in_term_churn_multiplier=number("0.3"),
    reduced_flexibility_churn_multiplier=number("0.6"),
    price_response=(
        (number("0.8"), number("0.85")),
        (number("1.1"), number("1")),
        (number("1.4"), number("1.3")),
        (None, number("1.8")),
    ),
    variable_cost_per_unit=number("0.0000038"),
    service_cost_per_month=number("18"),
    payment_cost_rate=number("0.029"),
    onboarding_cost=number("450"),
    acquisition_cost=number("700"),
)
BASELINE = Terms(
    platform_fee=number("150"),
    included_units=number("5e6"),
    usage_unit_price=number("0.00001"),
    contract_duration_months=12,
)


EVERYTHING = Terms(
    platform_fee=number("110"),
    seat_fee=number("9"),
    included_units=number("6e6"),
    usage_unit_price=number("0.000009"),
    contract_duration_months=24,
    minimum_monthly_turnover=number("190"),
    prepaid_amount=number("3600"),
    guaranteed_platform_fee=number("130"),
    customer_funded_onboarding=True,
    reduced_cancellation_flexibility=True,
)
OUTLOOK = Outlook(baseline_bill=expected_bill(BASELINE, SMALL_TEAM))


@dataclass(frozen=True)
class Case:
    terms: Terms = BASELINE
    customer: Customer = SMALL_TEAM
    outlook: Outlook = OUTLOOK


def staying(model: Model) -> Customer:
    return replace(SMALL_TEAM, retention=model)


def simulated(case: Case, customers: int = CUSTOMERS) -> Estimate:
    simulation = Simulation(terms=case.terms, customer=case.customer, outlook=case.outlook)
    return simulation.run(customers, SEED)


def right(case: Case) -> Valuation:
    return formula(case.terms, case.customer, case.outlook)
