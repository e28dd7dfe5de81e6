"""Bill, margin and lifetime value, written once in the constraint language's own expressions.

The same expressions are evaluated exactly and compiled to CP-SAT. Names that begin with `@` are
internal: no rule can mention them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.language.expressions import (
    ONE,
    ZERO,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Extremum,
    Name,
    Number,
    RowsOnDemand,
    Table,
    Value,
)
from cp_pricing.fields import CHARGED_FEE, LIFETIME_VALUE, by_meter
from cp_pricing.model.charges import summed, times, usage_charge, weighted
from cp_pricing.model.retention import stay_of
from cp_pricing.profiles.profile import expected_units, of_meter

if TYPE_CHECKING:
    from cp_pricing.book.policy import LtvPolicy
    from cp_pricing.model.retention import RetentionFactors
    from cp_pricing.profiles.profile import Profile

Quantities: TypeAlias = dict[str, "Expression | Fraction | bool"]
FactorName: TypeAlias = Literal["retained_value", "guarantee_value", "prepaid_drawdown"]

_KEPT = 1_024
_UNIT_COST = "profile.variable_cost_per_unit"
PRICE_BAND = "@price_band"
BASELINE_BILL = "baseline.expected_monthly_bill"
# What the price response is taken against: the baseline's, or that of the plan observed.
OBSERVED_BILL = "@observed_monthly_bill"


def pricing_quantities(profile: Profile, ltv: LtvPolicy, meters: Sequence[str]) -> Quantities:
    """The derived quantities of SPEC section 2, over the field names and the baseline's bill.

    They rest on the charge for use, which is a plan's own (`usage_quantities`).
    """
    bills = [f"@bill_{index}" for index in range(len(profile.monthly_usage))]
    quantities: Quantities = {
        CHARGED_FEE: Extremum("max", (Name("platform_fee"), Name("guaranteed_platform_fee"))),
        "@fixed_charge": _plus(
            Name(CHARGED_FEE), times(Name("seat_fee"), Name("profile.members_per_customer"))
        ),
        **_expected_use(profile, meters),
    }
    for place, name in enumerate(bills):
        quantities[name] = _bill(usage_charge(place))
    weights = [scenario.weight for scenario in profile.monthly_usage]
    quantities["expected_monthly_bill"] = weighted(weights, map(Name, bills))
    quantities |= _profile_constants(profile, meters)
    quantities |= _margins(profile, bills, meters)
    quantities |= _ratios()
    if len(meters) == 1:
        bill, units = Name("expected_monthly_bill"), Name("expected_monthly_units")
        quantities["effective_unit_price"] = _over(bill, units)
    quantities |= _lifetime_value(profile, ltv)
    return quantities


def _bill(charge: Name) -> Expression:
    """The bill of a month with a charge for its use: at least the minimum, fees plus the charge."""
    charged = _plus(Name("@fixed_charge"), charge)
    return Extremum("max", (Name("minimum_monthly_turnover"), charged))


def _expected_use(profile: Profile, meters: Sequence[str]) -> Quantities:
    units = "expected_monthly_units"
    each = {by_meter(units, meter): expected_units(profile, meter) for meter in meters}
    return {**each, **({units: each[by_meter(units, meters[0])]} if len(meters) == 1 else {})}


def _profile_constants(profile: Profile, meters: Sequence[str]) -> Quantities:
    costs: Quantities = {
        by_meter(_UNIT_COST, meter): of_meter(profile.variable_cost_per_unit, meter)
        for meter in meters
    }
    if len(meters) == 1:
        costs[_UNIT_COST] = costs[by_meter(_UNIT_COST, meters[0])]
    return {
        "profile.members_per_customer": Fraction(profile.members_per_customer),
        **costs,
        "profile.service_cost_per_month": profile.service_cost_per_month,
        "profile.payment_cost_rate": profile.payment_cost_rate,
        "profile.onboarding_cost": profile.onboarding_cost,
        "profile.acquisition_cost": profile.acquisition_cost,
    }


def _margins(profile: Profile, bills: list[str], meters: Sequence[str]) -> Quantities:
    use = {meter: Name(by_meter("expected_monthly_units", meter)) for meter in meters}
    expected = _margin(Name("expected_monthly_bill"), use)
    worst = tuple(
        _margin(Name(bill), {meter: Number(of_meter(scenario.units, meter)) for meter in meters})
        for bill, scenario in zip(bills, profile.monthly_usage, strict=True)
    )
    return {
        "expected_monthly_margin": expected,
        "expected_monthly_cost": _minus(
            Name("expected_monthly_bill"), Name("expected_monthly_margin")
        ),
        "worst_case_monthly_margin": Extremum("min", worst),
    }


def _margin(bill: Expression, units: Mapping[str, Expression]) -> Expression:
    """What is left of a bill after payment, usage and service costs, in currency/month.

    `units` are those used, by meter.
    """
    collected = times(bill, _minus(ONE, Name("profile.payment_cost_rate")))
    usage = summed(times(Name(by_meter(_UNIT_COST, meter)), own) for meter, own in units.items())
    return _minus(_minus(collected, usage), Name("profile.service_cost_per_month"))


def _ratios() -> Quantities:
    bill = Name("expected_monthly_bill")
    minimum = Extremum("max", (Name("minimum_monthly_turnover"), Name("@fixed_charge")))
    return {
        "gross_margin": _over(Name("expected_monthly_margin"), bill),
        "bill_discount": _minus(ONE, _over(bill, Name(BASELINE_BILL))),
        "committed_value": times(Name("contract_duration_months"), minimum),
    }


def _lifetime_value(profile: Profile, ltv: LtvPolicy) -> Quantities:
    """LTV = A * margin + G * g + P * (1 - D) - onboarding - acquisition, in currency."""
    keys = (
        Name("contract_duration_months"),
        Name("reduced_cancellation_flexibility"),
        Name(PRICE_BAND),
    )
    retained = times(Name("@retained_value"), Name("expected_monthly_margin"))
    guaranteed = times(Name("@guarantee_value"), Name("guaranteed_platform_fee"))
    prepaid = times(Name("prepaid_amount"), _minus(ONE, Name("@prepaid_drawdown")))
    onboarding = Conditional(
        Name("customer_funded_onboarding"), ZERO, Name("profile.onboarding_cost")
    )
    received = _plus(_plus(retained, guaranteed), prepaid)
    return {
        PRICE_BAND: _price_band(profile),
        "@retained_value": Table(keys, FactorRows(profile, ltv, "retained_value")),
        "@guarantee_value": Table(keys, FactorRows(profile, ltv, "guarantee_value")),
        "@prepaid_drawdown": Table(keys, FactorRows(profile, ltv, "prepaid_drawdown")),
        LIFETIME_VALUE: _minus(_minus(received, onboarding), Name("profile.acquisition_cost")),
        "ltv": Name(LIFETIME_VALUE),
    }


def _price_band(profile: Profile) -> Expression:
    """The index of the first band whose limit times the observed bill is not below the bill."""
    bands = profile.price_response
    band: Expression = Number(Fraction(max(0, len(bands) - 1)))
    # From the last band back: each goes around the bands that come after it.
    for index in range(len(bands) - 2, -1, -1):
        limit = Number(bands[index].bill_ratio_up_to or Fraction(0))
        within = Comparison("<=", Name("expected_monthly_bill"), times(limit, Name(OBSERVED_BILL)))
        band = Conditional(within, Number(Fraction(index)), band)
    return band


class Factors:
    """A, G and D of SPEC section 2 for a profile, by term, flexibility and price-response band."""

    def __init__(self, profile: Profile, ltv: LtvPolicy) -> None:
        self._stay = stay_of(profile.retention, int(ltv.horizon_months), ltv.annual_discount_rate)
        response = [band.churn_multiplier for band in profile.price_response]
        self._after_term = response or [Fraction(1)]
        committed = profile.in_term_churn_multiplier
        # The price response is always in force, the two other factors in term only.
        self._in_term = committed, committed * profile.reduced_flexibility_churn_multiplier
        self.at = lru_cache(maxsize=_KEPT)(self._at)

    def _at(self, term_months: int, reduced: bool, band: int) -> RetentionFactors:  # noqa: FBT001 - a value
        after_term = self._after_term[band]
        return self._stay.factors(after_term * self._in_term[reduced], after_term, term_months)


class FactorRows(RowsOnDemand):
    """One retention factor by term, flexibility and price band, computed when asked for."""

    def __init__(self, profile: Profile, ltv: LtvPolicy, name: FactorName) -> None:
        self._name: FactorName = name
        self._factors = Factors(profile, ltv)
        # The factor, the profile, and of the policy what the rows depend on.
        self.made_from = name, profile, ltv.horizon_months, ltv.annual_discount_rate

    def __getitem__(self, key: tuple[Value, ...]) -> Fraction:
        term, reduced, band = key
        value: Fraction = getattr(self._factors.at(int(term), bool(reduced), int(band)), self._name)
        return value

    def same_as(self, other: object) -> bool:
        """Whether another table has the same rows, as far as what they are made from tells."""
        return isinstance(other, FactorRows) and self.made_from == other.made_from


def _plus(left: Expression, right: Expression) -> Expression:
    return Arithmetic("+", left, right)


def _minus(left: Expression, right: Expression) -> Expression:
    return Arithmetic("-", left, right)


def _over(left: Expression, right: Expression) -> Expression:
    return Arithmetic("/", left, right)
