"""What a valid price book does that hardly anybody means, with the figures that show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from constraints.cpsat.budget import Budgeted
from constraints.cpsat.integer_model import NoModelError
from constraints.language.expressions import Arithmetic, Comparison, Name, Value
from cp_pricing.assembly import rule_report
from cp_pricing.book.facts import some_value
from cp_pricing.fields import LTV_RULE, PRICE
from cp_pricing.files.values import quoted
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from cp_pricing.proofs.deal_space import DealSpace, FoundDeal, whole_space
from cp_pricing.results import Witness
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import figures
from cp_pricing.words.terms import terms_in_words

_PREPAID = "prepaid_amount"
_TERM = "contract_duration_months"
_BILL = "expected_monthly_bill"
# A customer prepays more than it is expected to use until the term ends.
_BEYOND_USE = Comparison(">", Name(_PREPAID), Arithmetic("*", Name(_TERM), Name(_BILL)))


@dataclass(frozen=True)
class Trap:
    """A trap, told at a plan, a profile, or the policy; `code` is a word that stays the same."""

    kind: Literal["plan", "profile", "policy"]
    id: str
    code: str
    message: str
    hint: str


def traps_in(pricing: Pricing, *, seconds: float | None) -> Iterator[Trap]:
    """The traps of a price book; those that take the solver within `seconds`, if any are given."""
    book = pricing.price_book
    offers = [
        pricing.offer(configuration.id, profile.id)
        for configuration in book.catalog.configurations
        for profile in book.profiles
        if PRICE in configuration.tunable and configuration.is_available_to(profile.id)
    ]
    for offer in offers:
        yield from _rejected_as_sold(pricing, offer)
    for profile in book.profiles:
        plans = [offer for offer in offers if offer.profile.id == profile.id]
        yield from _observed_anywhere(pricing, plans)
    if seconds is not None:
        yield from _prepaid_beyond_use(pricing, offers, seconds)


def _as_sold(offer: Offer) -> dict[str, Value]:
    """The plan's own terms, and of each fact the value that it has if nothing is said."""
    return {**offer.canonical, **{name: some_value(fact) for name, fact in offer.facts.items()}}


def _rejected_as_sold(pricing: Pricing, offer: Offer) -> Iterator[Trap]:
    """Rules that nobody can waive and that a plan breaks at list price."""
    fields, catalog = _as_sold(offer), pricing.price_book.catalog
    plan, sold_to = offer.configuration.id, f"as it is sold to {quoted(offer.profile.id)}"
    highest = offer.in_force(pricing.policy.levels)
    for rule in offer.rules.values():
        report = rule_report(offer, rule, fields)
        if rule.id not in highest or report.status != "violated":
            continue
        if rule.id != LTV_RULE:
            read = figures(report, catalog)
            message = f"{quoted(plan)} {sold_to} is rejected by {quoted(rule.id)}: {read}"
            hint = "is the limit the one you mean, or should the plan not be sold to them?"
            yield Trap("plan", plan, "rejected-as-sold", message, hint)
        elif offer.reference.configuration != plan:
            yield _worth_less(offer, report.left or Fraction(0), catalog.currency)


def _worth_less(offer: Offer, ltv: Fraction, currency: str) -> Trap:
    """A plan that has to be worth more than another one, and at list price is not."""
    reference, profile = offer.reference, quoted(offer.profile.id)
    plan, other = offer.configuration.id, quoted(reference.configuration)
    message = (
        f"{quoted(plan)} as it is sold to {profile} is rejected by {quoted(LTV_RULE)}: it is worth"
        f" {f.money(ltv, currency)}, and beside {other}, worth {f.money(reference.ltv, currency)},"
        f" a deal must be worth {f.money(reference.required, currency)}"
    )
    hint = (
        f"to measure it by itself, give it `references: [{plan}]`; to keep it from {profile},"
        " change its `available_to`; or give the customers who want it a profile of their own"
    )
    return Trap("plan", plan, "rejected-as-sold", message, hint)


def _observed_anywhere(pricing: Pricing, plans: list[Offer]) -> Iterator[Trap]:
    """A profile whose customers would have been on whichever plan is asked for."""
    if len(plans) <= 1 or plans[0].profile.observed_on or not plans[0].profile.price_response:
        return
    profile, currency = plans[0].profile.id, pricing.price_book.catalog.currency
    bills = [
        f"{quoted(offer.configuration.id)} {f.money(_bill_of(offer, offer.canonical), currency)}"
        for offer in plans
    ]
    message = (
        f"how {quoted(profile)} answers to the bill is measured from each plan's own bill a month"
        f" ({f.listed(bills)}), as if its customers had been on all of them"
    )
    hint = f"name the plan that they were on, as in `observed_on: {plans[0].configuration.id}`"
    yield Trap("profile", profile, "not-observed-on", message, hint)


def _prepaid_beyond_use(pricing: Pricing, offers: list[Offer], seconds: float) -> Iterator[Trap]:
    """A deal that any customer may have, and in which more is prepaid than can be used."""
    solver = Budgeted(max(seconds, 0.0))
    for offer in offers:
        if _PREPAID not in offer.configuration.tunable:
            continue
        space = DealSpace(pricing, offer, solver, whole_space(offer), {_PREPAID: _BEYOND_USE})
        try:
            deal = space.find([*space.in_force(0), _PREPAID])
        except NoModelError:
            continue
        if isinstance(deal, FoundDeal):
            yield _admitted(pricing, offer, deal.deal, _bill_of(offer, deal.fields))
            return


def _bill_of(offer: Offer, fields: Mapping[str, Value]) -> Fraction:
    return offer.evaluator(fields).number(Name(_BILL)) or Fraction(0)


def _admitted(pricing: Pricing, offer: Offer, deal: Witness, bill: Fraction) -> Trap:
    catalog, terms = pricing.price_book.catalog, deal.configuration
    prepaid, used = terms.prepaid_amount, terms.contract_duration_months * bill
    message = (
        f"no rule keeps a prepayment within the use: {quoted(offer.configuration.id)} for"
        f" {quoted(offer.profile.id)} could prepay {f.money(prepaid, catalog.currency)} without"
        f" any approval, and is expected to use {f.money(used, catalog.currency)} of it"
        f" ({terms_in_words(terms, catalog)})"
    )
    # Without the marks of code: what stands between them is cut where it is long.
    hint = f"add a rule, require: {_PREPAID} <= {_TERM} * {_BILL}"
    return Trap("policy", "", "prepayment-beyond-use", message, hint)
