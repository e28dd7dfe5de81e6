"""Bills, margins and lifetime values of offers: section 2 of the specification, and its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from tests.oracle.case import Case, Configuration, Policy, Profile, Told, Value
from tests.oracle.retention import factors

ALIASES = {"ltv": "average_comparable_customer_lifetime_value"}


@dataclass(frozen=True)
class Month:
    """One usage scenario of a customer-month."""

    weight: Fraction
    units: Fraction
    bill: Fraction
    margin: Fraction


def months(terms: Mapping[str, Value], profile: Profile) -> list[Month]:
    """What each usage scenario bills and leaves, `platform_fee` being f already."""
    fees = terms["platform_fee"] + terms["seat_fee"] * profile.members
    costs = profile.costs
    kept = 1 - costs["payment_cost_rate"]
    scenarios = []
    for weight, units in profile.usage:
        over = max(Fraction(0), units - terms["included_units"])
        usage = over * terms["usage_unit_price"]
        bill = Fraction(max(terms["minimum_monthly_turnover"], fees + usage))
        spent = costs["variable_cost_per_unit"] * units + costs["service_cost_per_month"]
        scenarios.append(Month(weight, units, bill, bill * kept - spent))
    return scenarios


def response(profile: Profile, bill: Fraction, observed_bill: Fraction) -> Fraction:
    """The churn multiplier of the first band whose limit is not below the bill (decision 12)."""
    for limit, multiplier in profile.price_response or ():
        if limit is None or limit * observed_bill >= bill:
            return multiplier
    return Fraction(1)


class Offer:
    """Ten canonical fields under one profile; `market` knows what they are compared with.

    `raw` has `platform_fee` before a guaranteed fee lifts it, `fields` as charged.
    """

    def __init__(self, raw: Mapping[str, Value], market: Market) -> None:
        self.market = market
        self.raw = raw
        self.fields: dict[str, Value] = dict(raw)
        fee = max(raw["platform_fee"], raw["guaranteed_platform_fee"])
        self.fields["platform_fee"] = fee  # decision 2
        self.scenarios: list[Month] = months(self.fields, market.profile)
        self.bill: Fraction = sum((s.weight * s.bill for s in self.scenarios), Fraction(0))
        self.margin: Fraction = sum((s.weight * s.margin for s in self.scenarios), Fraction(0))

    @cached_property
    def ltv(self) -> Fraction:
        """A*margin + G*g + P*(1 - D) - onboarding_cost - acquisition_cost (currency)."""
        fields, profile, policy = self.fields, self.market.profile, self.market.policy
        in_term = profile.in_term_multiplier
        if fields["reduced_cancellation_flexibility"]:
            in_term *= profile.reduced_multiplier
        a, g, d = factors(
            profile.retention,
            response(profile, self.bill, self.market.observed_bill),
            in_term,
            int(fields["contract_duration_months"]),
            policy.horizon,
            policy.discount_rate,
        )
        onboarding = profile.costs["onboarding_cost"]
        return (
            a * self.margin
            + g * fields["guaranteed_platform_fee"]
            + fields["prepaid_amount"] * (1 - d)
            - (0 if fields["customer_funded_onboarding"] else onboarding)
            - profile.costs["acquisition_cost"]
        )

    def value(self, name: str) -> Value:
        """A field or derived value by name; ZeroDivisionError where a ratio has none."""
        return self.fields[name] if name in self.fields else DERIVED[ALIASES.get(name, name)](self)


class Market:
    """What is the same for all offers of a case: profile, policy, facts, baseline, references."""

    def __init__(self, case: Case) -> None:
        self.profile = case.profile
        self.policy: Policy = case.policy
        self.facts: dict[str, Told] = case.facts
        self.baseline = self.at_catalog_terms(case.configuration)
        self.observed_bill = self._observed(case).bill
        self.reference, self.reference_ltv = self._best_reference(case)

    def at_catalog_terms(self, configuration: Configuration) -> Offer:
        return Offer(configuration.canonical(self.profile.members), self)

    def _observed(self, case: Case) -> Offer:
        """The plan on which the profile's retention was observed."""
        if self.profile.observed_on is None:
            return self.baseline
        listed = case.catalog.configurations
        return self.at_catalog_terms(next(c for c in listed if c.id == self.profile.observed_on))

    def _best_reference(self, case: Case) -> tuple[str, Fraction]:
        """Id and LTV of the first listed best reference available to the profile."""
        best: tuple[str, Fraction] | None = None
        named = case.configuration.references
        for configuration in case.catalog.configurations:
            if named is not None and configuration.id not in named:
                continue
            if not configuration.is_for(self.profile.id):
                continue
            ltv = self.at_catalog_terms(configuration).ltv
            if best is None or ltv > best[1]:
                best = configuration.id, ltv
        if best is None:
            raise ValueError("malformed case: no plan is available to the profile")
        return best

    @property
    def required_ltv(self) -> Fraction:
        rate, amount = self.policy.improvement_rate, self.policy.improvement_amount
        return self.reference_ltv + abs(self.reference_ltv) * rate + amount


def _units(offer: Offer) -> Fraction:
    return sum((s.weight * s.units for s in offer.scenarios), Fraction(0))


def _discount(name: str) -> Callable[[Offer], Fraction]:
    def share(offer: Offer) -> Fraction:
        return 1 - Fraction(offer.value(name)) / offer.market.baseline.value(name)

    return share


def _committed(offer: Offer) -> Fraction:
    fields = offer.fields
    fees = fields["platform_fee"] + fields["seat_fee"] * offer.market.profile.members
    monthly = max(fields["minimum_monthly_turnover"], fees)
    return Fraction(fields["contract_duration_months"] * monthly)


# The derived names of the specification's section 3.
DERIVED: dict[str, Callable[[Offer], Fraction]] = {
    "expected_monthly_bill": lambda offer: offer.bill,
    "expected_monthly_units": _units,
    "expected_monthly_margin": lambda offer: offer.margin,
    "expected_monthly_cost": lambda offer: offer.bill - offer.margin,
    "worst_case_monthly_margin": lambda offer: min(s.margin for s in offer.scenarios),
    "gross_margin": lambda offer: offer.margin / offer.bill,
    "effective_unit_price": lambda offer: offer.bill / _units(offer),
    "usage_price_discount": _discount("usage_unit_price"),
    "bill_discount": _discount("expected_monthly_bill"),
    "committed_value": _committed,
    "average_comparable_customer_lifetime_value": lambda offer: offer.ltv,
    "reference_ltv": lambda offer: offer.market.reference_ltv,
    "required_ltv": lambda offer: offer.market.required_ltv,
}
