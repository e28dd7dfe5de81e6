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
from tests.oracle.valuing.charges import (
    Charge,
    Charges,
    Scenario,
    allowance,
    charge,
    override,
    scenarios_of,
)
from tests.oracle.valuing.confidence import Confidence, Worth
from tests.oracle.valuing.rates import ALLOWANCE
from tests.oracle.valuing.retention import factors

# The fields that settle, with the bill, what a contract is worth.
CONTRACT = (
    "contract_duration_months",
    "reduced_cancellation_flexibility",
    "guaranteed_platform_fee",
    "prepaid_amount",
    "customer_funded_onboarding",
)
ALIASES = {"ltv": "average_comparable_customer_lifetime_value"}


@dataclass(frozen=True)
class Month:
    """One usage scenario of a customer-month."""

    weight: Fraction
    units: Mapping[str, Fraction]
    bill: Fraction
    margin: Fraction


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

    @cached_property
    def usage_key(self) -> str:
        """What a charge for usage rests on besides the price; a text is hashed only once."""
        return " ".join([*(str(self.fields.get(n)) for n in self.own.usage_fields), self.own.id])

    @cached_property
    def contract_key(self) -> str:
        """What a lifetime value rests on besides the bill."""
        return " ".join([str(self.fields[name]) for name in CONTRACT])

    @cached_property
    def billed(self) -> tuple[Fraction, Fraction, Fraction]:
        """The minimum, the fees, and the price of one unit or what the discount leaves of each."""
        fields = self.fields
        fees = fields["platform_fee"] + fields["seat_fee"] * self.market.profile.members
        price = Fraction(fields[self.own.price])
        kept = price if self.own.card is None else 1 - price
        return Fraction(fields["minimum_monthly_turnover"]), fees, kept

    @cached_property
    def bill(self) -> Fraction:
        return self.market.bill(self)

    @cached_property
    def margin(self) -> Fraction:
        return self.bill * self.market.kept - self.market.expected_cost

    @cached_property
    def scenarios(self) -> list[Month]:
        """What each usage scenario bills and leaves."""
        charges = self.market.charges(self)
        return [self._month(*pair) for pair in zip(self.market.usage, charges.each, strict=True)]

    def _month(self, used: Scenario, charge: Charge) -> Month:
        minimum, fees, price = self.billed
        bill = max(minimum, fees + charge.at(price))
        return Month(used.weight, used.units, bill, bill * self.market.kept - used.cost)

    @property
    def usage_charge(self) -> Fraction:
        """What usage is expected to be charged."""
        return self.market.charges(self).expected.at(self.billed[-1])

    @property
    def listed_charge(self) -> Fraction:
        """The same of the same allowances at list."""
        return self.market.charges(self).expected.listed

    def allowance(self, meter: str) -> Fraction:
        """Units a month that are not charged."""
        return allowance(self.own, self.fields, meter)

    def override(self, meter: str) -> Fraction | None:
        """The flat price that was asked for in the place of a rate."""
        return override(self.fields, meter)

    def rate(self, meter: str) -> Fraction:
        """The least price that one unit of a meter can come to (currency a unit)."""
        if self.own.card is None:
            return Fraction(self.fields[PRICE])
        flat, rate = self.override(meter), self.own.card.rates.get(meter)
        if flat is not None:
            return flat
        if rate is None:
            return Fraction(0)
        return rate.least * (self.billed[-1] if rate.discountable else 1)

    @property
    def above_baseline_price(self) -> bool:
        """Whether its price is above the baseline's."""
        if self.own.card is None:
            return self.fields[PRICE] > self.market.baseline.fields[PRICE]
        return self.fields[DISCOUNT] < 0 or self.usage_charge > self.listed_charge

    @cached_property
    def ltv(self) -> Fraction:
        return self.market.ltv(self)

    @cached_property
    def confidence(self) -> Confidence:
        """The same terms in every draw, each beside the plans at list of that draw."""
        draws = self.market.draws
        return Confidence(tuple(Worth(m.ltv(self), m.reference_ltv, m.required_ltv) for m in draws))

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
        self.usage = scenarios_of(self.profile, self.meters)
        self.expected_cost = sum((s.weight * s.cost for s in self.usage), Fraction(0))
        self.kept = 1 - self.profile.costs["payment_cost_rate"]
        self._charges: dict[str, Charges] = {}
        self._lines: dict[tuple[str, int], tuple[Fraction, Fraction]] = {}
        self.baseline = self.at_catalog_terms(case.configuration)
        self.observed_bill = self._observed(case).bill
        self.reference, self.reference_ltv = self._best_reference(case)

    @cached_property
    def expected_units(self) -> dict[str, Fraction]:
        """Units a month by meter."""
        return {
            meter: sum((used.weight * used.units[meter] for used in self.usage), Fraction(0))
            for meter in self.meters
        }

    @cached_property
    def draws(self) -> tuple[Market, ...]:
        """The markets of all draws."""
        return tuple(Market(self.case, drawn) for drawn in self.case.draws)

    def charges(self, offer: Offer) -> Charges:
        """What usage is charged by an offer's plan, allowances and overrides."""
        key = offer.usage_key
        if key not in self._charges:
            each = [charge(offer.own, offer.fields, scenario.units) for scenario in self.usage]
            self._charges[key] = Charges(self.usage, each)
        return self._charges[key]

    def bill(self, offer: Offer) -> Fraction:
        """The expected bill of an offer, also of one in another draw: all have the same members."""
        return self.charges(offer).expected_bill(*offer.billed)

    def ltv(self, offer: Offer) -> Fraction:
        """The lifetime value of an offer: in a band of the price response a line over the bill."""
        bill = self.bill(offer)
        band = self._band(bill)
        key = offer.contract_key, band
        if key not in self._lines:
            self._lines[key] = self._line(offer.fields, self._responses[band][1])
        per_bill, rest = self._lines[key]
        return per_bill * bill + rest

    @cached_property
    def _responses(self) -> list[tuple[Fraction | None, Fraction]]:
        """The bills up to which a churn multiplier counts, and that."""
        bands = self.profile.price_response or ((None, Fraction(1)),)
        return [(limit and limit * self.observed_bill, churn) for limit, churn in bands]

    def _band(self, bill: Fraction) -> int:
        """The first band whose limit is not below the bill (decision 12)."""
        bands = enumerate(self._responses)
        return next(place for place, (limit, _) in bands if limit is None or limit >= bill)

    def _line(self, fields: Mapping[str, Value], churn: Fraction) -> tuple[Fraction, Fraction]:
        """A*margin + G*g + P*(1 - D) - onboarding_cost - acquisition_cost, over the bill."""
        profile, policy = self.profile, self.policy
        term, reduced = (fields[name] for name in CONTRACT[:2])
        in_term = profile.in_term_multiplier * (profile.reduced_multiplier if reduced else 1)
        a, g, d = factors(
            profile.retention, churn, in_term, int(term), policy.horizon, policy.discount_rate
        )
        onboarding = profile.costs["onboarding_cost"]
        rest = (
            g * fields["guaranteed_platform_fee"]
            + fields["prepaid_amount"] * (1 - d)
            - a * self.expected_cost
            - (0 if fields["customer_funded_onboarding"] else onboarding)
            - profile.costs["acquisition_cost"]
        )
        return a * self.kept, rest

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

    @cached_property
    def required_ltv(self) -> Fraction:
        rate, amount = self.policy.improvement_rate, self.policy.improvement_amount
        return self.reference_ltv + abs(self.reference_ltv) * rate + amount


def _units(offer: Offer, meter: str) -> Fraction:
    return offer.market.expected_units[meter]


def _unit_price(offer: Offer) -> Fraction:
    (meter,) = offer.market.meters
    return offer.bill / _units(offer, meter)


def _usage_price_discount(offer: Offer) -> Fraction:
    if offer.own.card is None:
        return _discount(PRICE)(offer)
    if not offer.listed_charge:
        return Fraction(offer.fields[DISCOUNT])
    return 1 - offer.usage_charge / offer.listed_charge


def _discount(name: str) -> Callable[[Offer], Fraction]:
    def share(offer: Offer) -> Fraction:
        return 1 - Fraction(offer.value(name)) / offer.market.baseline.value(name)

    return share


def _committed(offer: Offer) -> Fraction:
    fields = offer.fields
    fees = fields["platform_fee"] + fields["seat_fee"] * offer.market.profile.members
    monthly = max(fields["minimum_monthly_turnover"], fees)
    return Fraction(fields["contract_duration_months"] * monthly)


# The derived names of the specification's section 3, and those of section 9.
DERIVED: dict[str, Callable[[Offer], Fraction]] = {
    "expected_monthly_bill": lambda offer: offer.bill,
    "expected_monthly_margin": lambda offer: offer.margin,
    "expected_monthly_cost": lambda offer: offer.bill - offer.margin,
    "worst_case_monthly_margin": lambda offer: min(s.margin for s in offer.scenarios),
    "gross_margin": lambda offer: offer.margin / offer.bill,
    "effective_unit_price": _unit_price,
    "expected_usage_charge": lambda offer: offer.usage_charge,
    "list_usage_charge": lambda offer: offer.listed_charge,
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
