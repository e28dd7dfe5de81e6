"""A price book made ready to be solved: quantities, references and rules, each computed once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Arithmetic, Expression, Name, Number, Value
from cp_pricing.book.facts import PREFERENCE, PREFERENCE_FACT
from cp_pricing.book.vocabulary import CheckedPolicy, CheckedRule, applies, checked_policy
from cp_pricing.fields import (
    AS_LISTED,
    BOOLEAN_FIELDS,
    CONFIDENCE,
    LIFETIME_VALUE,
    PRICE,
    RATES,
    base_name,
    quantities_of,
    quantity,
)
from cp_pricing.model.charges import usage_quantities
from cp_pricing.model.draws.compared import Comparison, Listed, Threshold
from cp_pricing.model.draws.confidence import Confidence
from cp_pricing.model.draws.drawn import Draws
from cp_pricing.model.lifetime_value import (
    BASELINE_BILL,
    OBSERVED_BILL,
    Quantities,
    pricing_quantities,
)
from cp_pricing.model.offer import Offer, Reference
from cp_pricing.profiles.customers import AVERAGE, Size, sized, sizing

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.profiles.profile import Profile

_OFFERS = 1_000
Fields: TypeAlias = dict[str, Value]


class Pricing:
    """Everything that a price book fixes before a request is known."""

    def __init__(self, price_book: PriceBook) -> None:
        self.price_book = price_book
        # Made once for each plan, profile and size; so many sizes are kept as a batch may mix.
        self.offer = lru_cache(maxsize=_OFFERS)(self._offer)

    @cached_property
    def policy(self) -> CheckedPolicy:
        """The policy with its names and dimensions resolved."""
        book = self.price_book
        return checked_policy(book.catalog, book.profiles, book.policy)

    @cached_property
    def mentions_confidence(self) -> bool:
        """Whether the policy asks or says how sure a deal is."""
        return self.price_book.policy.mentions_confidence

    @property
    def rules(self) -> tuple[CheckedRule, ...]:
        """The policy's rules and, last, those that are built in."""
        return self.policy.rules

    def _offer(self, configuration_id: str, profile_id: str, size: Size = AVERAGE) -> Offer:
        """The baseline of requests for a configuration, a profile and a customer's size."""
        configuration = self.price_book.configuration(configuration_id)
        profile = sized(self.price_book.profile(profile_id), size)
        canonical = canonical_fields(configuration, profile)
        ltv = self.price_book.policy.ltv
        bindings: Quantities = pricing_quantities(profile, ltv, configuration.meters)
        bindings |= usage_quantities(configuration, profile)
        # The price response is the only thing that looks back at the baseline, and only at its
        # bill, which does not depend on it.
        bindings[BASELINE_BILL] = _bill(bindings, canonical)
        observed = profile.observed_on or configuration_id
        bindings[OBSERVED_BILL] = _bill(
            bindings, listed_quantities(self.price_book.configuration(observed), profile)
        )
        bindings[f"baseline.{PRICE}"] = canonical[PRICE]
        all_ltv = self._all_ltv(configuration_id, profile, bindings)
        reference = self._reference(all_ltv)
        bindings["reference_ltv"] = reference.ltv
        bindings["required_ltv"] = reference.required
        bindings |= _baseline_names(bindings, configuration, canonical)
        confidence = self._confidence(configuration, self.price_book.profile(profile_id), size)
        bindings[CONFIDENCE] = confidence.expression
        bindings |= self.policy.names
        bindings |= self._scopes(configuration_id, profile_id)
        facts = {**self.price_book.policy.facts, PREFERENCE: PREFERENCE_FACT}
        return Offer(
            configuration,
            profile,
            self.policy,
            bindings,
            canonical,
            reference,
            all_ltv,
            facts,
            confidence,
        )

    def _confidence(self, plan: Configuration, profile: Profile, size: Size) -> Confidence:
        """How sure a deal is: by the draws of a profile, or by itself without any."""
        book, ltv = self.price_book, self.price_book.policy.ltv
        # A profile of which nobody knows how sure it is counts as one draw, itself.
        draws = book.draws.get(profile.id, (profile,))
        observed = book.configuration(profile.observed_on or plan.id)
        references = book.references(plan.id, profile.id)

        def draw() -> Draws:
            # A draw changes nothing that a plan at list rests on, which are the customer's members.
            as_large = sizing(profile, size)
            own = as_large(profile)
            listed = {
                one.id: Listed.of(one, canonical_fields(one, own), own.members_per_customer)
                for one in (*references, observed)
            }
            at_list = tuple(listed[one.id] for one in references)
            compared = Comparison(plan, at_list, listed[observed.id], ltv, self._threshold)
            return Draws(compared, [as_large(one) for one in draws])

        valued = self._threshold, ltv.horizon_months, ltv.annual_discount_rate
        made_from = plan, references, observed, draws, size, valued
        return Confidence(plan.fields, draw, made_from)

    def _scopes(self, configuration_id: str, profile_id: str) -> dict[str, bool]:
        """For each rule with a scope whether it is in force here."""
        return {
            applies(rule.id): rule.applies_to.covers(configuration_id, profile_id)
            for rule in self.price_book.policy.rules
            if rule.applies_to is not None
        }

    def _all_ltv(
        self, baseline: str, profile: Profile, bindings: Quantities
    ) -> dict[str, Fraction]:
        all_ltv: dict[str, Fraction] = {}
        for configuration in self.price_book.references(baseline, profile.id):
            own = listed_quantities(configuration, profile)
            value = Evaluator({**bindings, **own}).number(Name(LIFETIME_VALUE))
            all_ltv[configuration.id] = value or Fraction(0)
        return all_ltv

    def _reference(self, all_ltv: Mapping[str, Fraction]) -> Reference:
        """The configuration of the highest LTV, the first listed among equals."""
        # `max` takes the first of equals, and references are in the order of the catalog.
        best = max(all_ltv, key=lambda name: all_ltv[name])
        return Reference(best, all_ltv[best], self._threshold.over(all_ltv[best]))

    @cached_property
    def _threshold(self) -> Threshold:
        rate = self.price_book.policy.ltv.min_improvement_rate
        return Threshold(rate, self.policy.min_improvement_amount)


def _bill(bindings: Quantities, fields: Mapping[str, Expression | Value]) -> Fraction:
    """The expected bill, which needs no other quantity of the baseline; in currency/month."""
    bill = Evaluator({**bindings, **fields}).number(Name("expected_monthly_bill"))
    return bill or Fraction(0)


def canonical_fields(configuration: Configuration, profile: Profile) -> Fields:
    """A plan's own field values for a profile; an allowance is the package's total.

    A rate card is charged as it is listed.
    """
    allowances, members = configuration.allowances, profile.members_per_customer
    fields: Fields = {}
    for name in configuration.fields:
        if name in BOOLEAN_FIELDS:
            fields[name] = bool(getattr(configuration, name))
        elif name in allowances:
            fields[name] = allowances[name].total(members)
        elif base_name(name) == RATES:
            fields[name] = AS_LISTED
        elif name == PRICE and configuration.is_card:
            fields[name] = Fraction(1)
        else:
            fields[name] = Fraction(getattr(configuration, name))
    return fields


def listed_quantities(configuration: Configuration, profile: Profile) -> Quantities:
    """What another plan has of its own at list: its fields and what it charges for use."""
    return {
        **usage_quantities(configuration, profile),
        **canonical_fields(configuration, profile),
    }


def _baseline_names(
    bindings: Quantities, configuration: Configuration, canonical: Mapping[str, Value]
) -> Quantities:
    """`baseline.NAME` for every field and derived value; ratios stay ratios, as they may be n/a."""
    evaluator = Evaluator({**bindings, **canonical})
    one, bill, price = Number(Fraction(1)), Name(BASELINE_BILL), Name(f"baseline.{PRICE}")
    quantities: Quantities = {
        "baseline.gross_margin": Arithmetic("/", Name("baseline.expected_monthly_margin"), bill),
        "baseline.bill_discount": Arithmetic("-", one, Arithmetic("/", bill, bill)),
    }
    if len(configuration.meters) == 1:
        units = Name("baseline.expected_monthly_units")
        quantities["baseline.effective_unit_price"] = Arithmetic("/", bill, units)
    if not configuration.is_card:
        discount = Arithmetic("-", one, Arithmetic("/", price, price))
        quantities["baseline.usage_price_discount"] = discount
    for name in quantities_of(configuration.meters):
        own = quantity(name)
        if f"baseline.{name}" not in quantities and (own in bindings or own in canonical):
            value = evaluator.value(Name(own))
            quantities[f"baseline.{name}"] = Fraction(0) if value is None else value
    return quantities


def pricing_of(price_book: PriceBook) -> Pricing:
    """The price book made ready to be solved; the last few are kept."""
    return _prepared(_Same(price_book))


class _Same:
    """A price book that is equal only to itself, which is quick to tell."""

    def __init__(self, price_book: PriceBook) -> None:
        self.price_book = price_book

    def __hash__(self) -> int:
        return id(self.price_book)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.price_book is self.price_book


@lru_cache(maxsize=8)
def _prepared(same: _Same) -> Pricing:
    return Pricing(same.price_book)
