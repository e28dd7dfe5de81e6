"""Bills, margins and lifetime values of offers: section 2 of the specification, and its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from tests.oracle.case import (
    CONFIDENCE,
    DISCOUNT,
    PRICE,
    Case,
    Configuration,
    Policy,
    Profile,
    Told,
    Value,
)
from tests.oracle.valuing.confidence import Confidence, Worth
from tests.oracle.valuing.rates import ALLOWANCE, OVERRIDE, Rate
from tests.oracle.valuing.retention import factors
from tests.oracle.valuing.usage import Units, by_meter

ALIASES = {"ltv": "average_comparable_customer_lifetime_value"}


@dataclass(frozen=True)
class Month:
    """One usage scenario of a customer-month; `charged` for usage, `listed` the same at list."""

    weight: Fraction
    units: Mapping[str, Fraction]
    bill: Fraction
    margin: Fraction
    charged: Fraction
    listed: Fraction


def response(profile: Profile, bill: Fraction, observed_bill: Fraction) -> Fraction:
    """The churn multiplier of the first band whose limit is not below the bill (decision 12)."""
    for limit, multiplier in profile.price_response or ():
        if limit is None or limit * observed_bill >= bill:
            return multiplier
    return Fraction(1)


class Offer:
    """Canonical terms under one profile; `market` knows what they are compared with.

    `raw` has `platform_fee` before a guaranteed fee lifts it, `fields` as charged.  They are of the
    configuration that the request is about, unless another one is `own`.
    """

    def __init__(
        self, raw: Mapping[str, Value], market: Market, own: Configuration | None = None
    ) -> None:
        self.market = market
        self.own = own or market.configuration
        self.raw = raw
        self.fields: dict[str, Value] = dict(raw)
        fee = max(raw["platform_fee"], raw["guaranteed_platform_fee"])
        self.fields["platform_fee"] = fee  # decision 2
        self.scenarios: list[Month] = [self._month(*each) for each in market.profile.usage]
        self.bill: Fraction = sum((s.weight * s.bill for s in self.scenarios), Fraction(0))
        self.margin: Fraction = sum((s.weight * s.margin for s in self.scenarios), Fraction(0))

    def _month(self, weight: Fraction, used: Units) -> Month:
        """What a usage scenario bills and leaves."""
        fields, profile = self.fields, self.market.profile
        units = by_meter(used, self.market.meters)
        charged = sum((self._charge(*each) for each in units.items()), Fraction(0))
        listed = sum((self._list_charge(*each) for each in units.items()), Fraction(0))
        fees = fields["platform_fee"] + fields["seat_fee"] * profile.members
        bill = Fraction(max(fields["minimum_monthly_turnover"], fees + charged))
        spent = sum((profile.unit_cost(meter) * amount for meter, amount in units.items()),
                    profile.costs["service_cost_per_month"])  # fmt: skip
        margin = bill * (1 - profile.costs["payment_cost_rate"]) - spent
        return Month(weight, units, bill, margin, charged, listed)

    def allowance(self, meter: str) -> Fraction:
        """Units a month that are not charged."""
        name = ALLOWANCE if self.own.card is None else f"{ALLOWANCE}.{meter}"
        return Fraction(self.fields[name])

    def override(self, meter: str) -> Fraction | None:
        """The flat price that was asked for in the place of a rate."""
        price = self.fields.get(f"{OVERRIDE}.{meter}")
        return None if price is None else Fraction(price)

    def list_rate(self, meter: str) -> Rate | None:
        """A meter's rate at list, None where it is not charged."""
        if self.own.card is None:
            return Rate("price", Fraction(self.own.terms[PRICE]))
        return self.own.card.rates.get(meter)

    def tuned(self, meter: str, at_list: Fraction) -> Fraction:
        """What the meter's list rate comes to, where no price overrides it."""
        if self.own.card is None:
            raise TypeError("malformed case: a plain configuration has its own price")
        rate = self.own.card.rates.get(meter)
        discounted = rate is not None and rate.discountable
        return at_list * (1 - self.fields[DISCOUNT]) if discounted else at_list

    def _beyond(self, meter: str, units: Fraction) -> Fraction:
        return max(Fraction(0), units - self.allowance(meter))

    def _list_charge(self, meter: str, units: Fraction) -> Fraction:
        rate = self.list_rate(meter)
        return Fraction(0) if rate is None else rate.charge(self._beyond(meter, units))

    def _charge(self, meter: str, units: Fraction) -> Fraction:
        if self.own.card is None:
            return self.fields[PRICE] * self._beyond(meter, units)
        flat = self.override(meter)
        if flat is not None:
            return flat * self._beyond(meter, units)
        return self.tuned(meter, self._list_charge(meter, units))

    def rate(self, meter: str) -> Fraction:
        """The least price that one unit of a meter can come to (currency a unit)."""
        if self.own.card is None:
            return Fraction(self.fields[PRICE])
        flat, rate = self.override(meter), self.list_rate(meter)
        if flat is not None:
            return flat
        return Fraction(0) if rate is None else self.tuned(meter, rate.least)

    @property
    def above_baseline_price(self) -> bool:
        """Whether its price is above the baseline's."""
        if self.own.card is None:
            return self.fields[PRICE] > self.market.baseline.fields[PRICE]
        charged = self.value("expected_usage_charge") > self.value("list_usage_charge")
        return self.fields[DISCOUNT] < 0 or charged

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

    @cached_property
    def confidence(self) -> Confidence:
        """The same terms in every draw, each beside the plans at list of that draw."""
        markets = self.market.draws
        ltvs = [Offer(self.raw, market, self.own).ltv for market in markets]
        pairs = zip(ltvs, markets, strict=True)
        return Confidence(tuple(Worth(ltv, m.reference_ltv, m.required_ltv) for ltv, m in pairs))

    def value(self, name: str) -> Value:
        """A field or derived value by name; ZeroDivisionError where a ratio has none."""
        if name in self.fields:
            return self.fields[name]
        name = ALIASES.get(name, name)
        if name in DERIVED:
            return DERIVED[name](self)
        key, _, meter = name.partition(".")
        if not meter:  # of the only meter
            (meter,) = self.market.meters
        return BY_METER[key](self, meter)


class Market:
    """What is the same for all offers of a case: profile, policy, facts, baseline, references.

    The profile is the case's own, unless another one is `drawn`.
    """

    def __init__(self, case: Case, drawn: Profile | None = None) -> None:
        self.case = case
        self.profile = drawn or case.profile
        self.meters = case.catalog.meter_ids
        self.configuration = case.configuration
        self.policy: Policy = case.policy
        self.facts: dict[str, Told] = case.facts
        self.baseline = self.at_catalog_terms(case.configuration)
        self.observed_bill = self._observed(case).bill
        self.reference, self.reference_ltv = self._best_reference(case)

    @cached_property
    def draws(self) -> tuple[Market, ...]:
        """The markets of all draws."""
        return tuple(Market(self.case, drawn) for drawn in self.case.draws)

    def at_catalog_terms(self, configuration: Configuration) -> Offer:
        return Offer(configuration.canonical(self.profile.members), self, configuration)

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


def _units(offer: Offer, meter: str) -> Fraction:
    return sum((s.weight * s.units[meter] for s in offer.scenarios), Fraction(0))


def _unit_price(offer: Offer) -> Fraction:
    (meter,) = offer.market.meters
    return offer.bill / _units(offer, meter)


def _usage_price_discount(offer: Offer) -> Fraction:
    if offer.own.card is None:
        return _discount(PRICE)(offer)
    listed = Fraction(offer.value("list_usage_charge"))
    if not listed:
        return Fraction(offer.fields[DISCOUNT])
    return 1 - Fraction(offer.value("expected_usage_charge")) / listed


def _discount(name: str) -> Callable[[Offer], Fraction]:
    def share(offer: Offer) -> Fraction:
        return 1 - Fraction(offer.value(name)) / offer.market.baseline.value(name)

    return share


def _committed(offer: Offer) -> Fraction:
    fields = offer.fields
    fees = fields["platform_fee"] + fields["seat_fee"] * offer.market.profile.members
    monthly = max(fields["minimum_monthly_turnover"], fees)
    return Fraction(fields["contract_duration_months"] * monthly)


def _expected(offer: Offer, figure: Callable[[Month], Fraction]) -> Fraction:
    return sum((s.weight * figure(s) for s in offer.scenarios), Fraction(0))


# The derived names of the specification's section 3, and those of section 9.
DERIVED: dict[str, Callable[[Offer], Fraction]] = {
    "expected_monthly_bill": lambda offer: offer.bill,
    "expected_monthly_margin": lambda offer: offer.margin,
    "expected_monthly_cost": lambda offer: offer.bill - offer.margin,
    "worst_case_monthly_margin": lambda offer: min(s.margin for s in offer.scenarios),
    "gross_margin": lambda offer: offer.margin / offer.bill,
    "effective_unit_price": _unit_price,
    "expected_usage_charge": lambda offer: _expected(offer, lambda month: month.charged),
    "list_usage_charge": lambda offer: _expected(offer, lambda month: month.listed),
    "usage_price_discount": _usage_price_discount,
    "bill_discount": _discount("expected_monthly_bill"),
    "committed_value": _committed,
    "average_comparable_customer_lifetime_value": lambda offer: offer.ltv,
    "reference_ltv": lambda offer: offer.market.reference_ltv,
    "required_ltv": lambda offer: offer.market.required_ltv,
    CONFIDENCE: lambda offer: offer.confidence.share,
}
# Those that are followed by a meter, and alone where there is one meter.
BY_METER: dict[str, Callable[[Offer, str], Fraction]] = {
    "expected_monthly_units": _units,
    ALLOWANCE: lambda offer, meter: offer.allowance(meter),
    "rate": lambda offer, meter: offer.rate(meter),
}
