"""Customers simulated one month at a time: the lifetime value's meaning, without its formula.

Nothing here multiplies an expected margin by a sum of survival probabilities. Customers draw their
usage, are billed, stay or leave, and every amount is dated and discounted by itself; the lifetime
value is the average of what they leave behind. Floating point is good enough for an average.

How the specification is read, where a story has to be more definite than a formula:

1. A customer who is there at the start of a month pays for that month at its end, and decides to
   leave after that; so everybody pays the first month.
2. The churn multipliers scale the hazard of the *cohort* in that month (`h(t) k(t)`), whatever
   made it up. Only without multipliers is the shifted-beta-geometric hazard also that of customers
   who each keep a churn of their own for ever; `own_churn` simulates those.
3. The price-response band follows from the expected bill, not from the month's own.
4. After leaving in term, a customer owes the guaranteed platform fee at each month's end until the
   term is over: not the minimum, not the seats, and no cost (payment cost included) falls on it.
5. A prepayment is cash at signing, without payment cost. The payment cost falls on the whole bill,
   drawn down or not.
6. Every month of the term in which the customer is there, the seller collects one T-th of the
   prepayment less than the bill, even where the bill is smaller: the difference is given back in
   kind. With `drawdown_capped_by_bill` it expires instead, which the specification's "unused part
   expires" also allows; the formula is then too low by what expires (see the tests).
7. When a customer leaves, what is left of the prepayment is kept, the guaranteed fee is due all
   the same, and nothing is given back. With a term beyond the horizon, what would be drawn down
   after the horizon is kept as well, since no cash flow after the horizon counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cp_pricing.profiles.profile import CurveRetention, SbgRetention
from tests.support.retention import Model

Amounts: TypeAlias = npt.NDArray[np.float64]
Story: TypeAlias = Literal["cohort_hazard", "own_churn"]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A configuration in canonical form; money in currency, duration in months."""

    platform_fee: Fraction = Fraction(0)
    seat_fee: Fraction = Fraction(0)
    included_units: Fraction = Fraction(0)
    usage_unit_price: Fraction = Fraction(0)
    contract_duration_months: int = 1
    minimum_monthly_turnover: Fraction = Fraction(0)
    prepaid_amount: Fraction = Fraction(0)
    guaranteed_platform_fee: Fraction = Fraction(0)
    customer_funded_onboarding: bool = False
    reduced_cancellation_flexibility: bool = False


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A profile: usage scenarios as (weight, units), price response as (ratio limit, factor)."""

    members_per_customer: int
    monthly_usage: tuple[tuple[Fraction, Fraction], ...]
    retention: Model
    in_term_churn_multiplier: Fraction = Fraction(1)
    reduced_flexibility_churn_multiplier: Fraction = Fraction(1)
    price_response: tuple[tuple[Fraction | None, Fraction], ...] = ((None, Fraction(1)),)
    variable_cost_per_unit: Fraction = Fraction(0)
    service_cost_per_month: Fraction = Fraction(0)
    payment_cost_rate: Fraction = Fraction(0)
    onboarding_cost: Fraction = Fraction(0)
    acquisition_cost: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """How far and at what rate the seller looks ahead, and the baseline's expected bill."""

    horizon_months: int = 36
    annual_discount_rate: Fraction = Fraction(1, 10)
    baseline_bill: Fraction


@dataclass(frozen=True)
class Estimate:
    """The average present value of a customer at signing, and its standard error."""

    mean: float
    standard_error: float

    def standard_errors_from(self, value: float) -> float:
        """How many standard errors the value is away."""
        return abs(value - self.mean) / self.standard_error


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A number of customers with the same contract, and the story of their churn."""

    terms: Terms
    customer: Customer
    outlook: Outlook
    story: Story = "cohort_hazard"
    drawdown_capped_by_bill: bool = False

    def run(self, customers: int, seed: int) -> Estimate:
        """Live through the horizon with so many customers."""
        rng = np.random.default_rng(seed)
        worth = np.full(customers, self._cash_at_signing())
        there = np.ones(customers, dtype=np.bool_)
        temper = self._churn_of_their_own(rng, customers)
        for month in range(self.outlook.horizon_months):
            cash = np.where(
                there, self._cash_from_customers(rng, month, customers), self._due(month)
            )
            worth += cash / self._growth(month + 1)
            there &= rng.random(customers) >= self._leaving(month, temper)
        error = float(worth.std(ddof=1)) / customers**0.5
        return Estimate(float(worth.mean()), error)

    def _in_term(self, month: int) -> bool:
        return month < self.terms.contract_duration_months

    def _growth(self, months: int) -> float:
        """What a unit of money at signing has grown to after so many months."""
        return math.pow(1 + self.outlook.annual_discount_rate, months / 12)

    def _cash_at_signing(self) -> float:
        funded = self.terms.customer_funded_onboarding
        onboarding = 0.0 if funded else float(self.customer.onboarding_cost)
        return float(self.terms.prepaid_amount) - float(self.customer.acquisition_cost) - onboarding

    def _cash_from_customers(self, rng: np.random.Generator, month: int, customers: int) -> Amounts:
        """What each customer who is there brings in at the end of the month."""
        profile, usage = self.customer, self._usage(rng, customers)
        bill = self._bill(usage)
        collected = bill - self._drawdown(month)
        if self.drawdown_capped_by_bill:
            collected = np.maximum(collected, 0.0)
        cost = float(profile.payment_cost_rate) * bill + float(profile.service_cost_per_month)
        cash: Amounts = collected - cost - float(profile.variable_cost_per_unit) * usage
        return cash

    def _usage(self, rng: np.random.Generator, customers: int) -> Amounts:
        """Draw each customer's usage of one month from the scenarios."""
        weights, units = zip(*self.customer.monthly_usage, strict=True)
        upper = np.cumsum(np.array(weights, dtype=np.float64))
        upper[-1] = 1.0
        drawn = np.searchsorted(upper, rng.random(customers), side="right")
        return np.array(units, dtype=np.float64)[drawn]

    def _bill(self, usage: Amounts) -> Amounts:
        """Price a month's usage: fees and overage, but no less than the minimum."""
        terms = self.terms
        fees = float(max(terms.platform_fee, terms.guaranteed_platform_fee))
        fees += float(terms.seat_fee) * self.customer.members_per_customer
        overage = np.maximum(usage - float(terms.included_units), 0.0)
        charged = fees + float(terms.usage_unit_price) * overage
        bill: Amounts = np.maximum(charged, float(terms.minimum_monthly_turnover))
        return bill

    def _drawdown(self, month: int) -> float:
        part = float(self.terms.prepaid_amount) / self.terms.contract_duration_months
        return part if self._in_term(month) else 0.0

    def _due(self, month: int) -> float:
        """What a customer who has left owes at the end of the month."""
        return float(self.terms.guaranteed_platform_fee) if self._in_term(month) else 0.0

    def _churn_of_their_own(self, rng: np.random.Generator, customers: int) -> Amounts | None:
        """Draw the churn that each customer keeps for ever, if that is the story."""
        if self.story == "cohort_hazard":
            return None
        model = self.customer.retention
        if not isinstance(model, SbgRetention):
            raise TypeError("only the shifted-beta-geometric model tells customers apart")
        return rng.beta(float(model.alpha), float(model.beta), customers)

    def _leaving(self, month: int, temper: Amounts | None) -> Amounts | float:
        """Return the probability of leaving at the end of the month."""
        factor = self._price_response()
        if self._in_term(month):
            factor *= float(self.customer.in_term_churn_multiplier)
            if self.terms.reduced_cancellation_flexibility:
                factor *= float(self.customer.reduced_flexibility_churn_multiplier)
        base = _cohort_hazard(self.customer.retention, month) if temper is None else temper
        return base * factor

    def _price_response(self) -> float:
        scenarios = self.customer.monthly_usage
        bills = self._bill(np.array([units for _, units in scenarios], dtype=np.float64))
        expected = sum(float(w) * bill for (w, _), bill in zip(scenarios, bills, strict=True))
        ratio = expected / float(self.outlook.baseline_bill)
        bands = self.customer.price_response
        return next(float(k) for limit, k in bands if limit is None or ratio <= float(limit))


def _cohort_hazard(model: Model, month: int) -> float:
    """Return the share of those still there that leaves at the end of the month."""
    if isinstance(model, SbgRetention):
        # Of a Beta(a, b) cohort, those who stayed `month` times are Beta(a, b + month).
        return float(model.alpha / (model.alpha + model.beta + month))
    if isinstance(model, CurveRetention):
        shares = [float(share) for share in model.survival]
        last = min(month, len(shares) - 2)
        return 1.0 if shares[last] == 0 else (shares[last] - shares[last + 1]) / shares[last]
    return float(model.monthly_churn)
