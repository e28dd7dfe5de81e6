"""PostHog's published contract rules: the policy against plain arithmetic, all levers together."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product

import pytest

from constraints.language.expressions import Name, Value
from cp_pricing import PriceBook, load_price_book, load_requests, solve
from cp_pricing.authoring.policy_tests import load_tests
from cp_pricing.authoring.testing import coverage_of, run
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.analysis import analyse_space
from tests.support.analyses import dead_in
from tests.support.places import POSTHOG_STYLE

CONTRACT = "annual-contract"
# What the rules say, in percent, written down once more.
VOLUME = ((500_000, 40), (250_000, 35), (100_000, 30), (60_000, 25), (25_000, 20))
TERM = {12: 0, 24: 3, 36: 5}
UPFRONT = {12: Fraction(0), 24: Fraction(5, 2), 36: Fraction(5)}
MONTHLY = (0, 2000, 2250, 4750, 5000, 8250, 8500, 20_750, 21_000, 41_500, 41_750, 50_000)


@cache
def book() -> PriceBook:
    return load_price_book(POSTHOG_STYLE)


def published(monthly: int, months: int, *, upfront: bool) -> Fraction:
    """The largest discount without asking anybody, in percent."""
    volume = next((percent for least, percent in VOLUME if monthly * 12 >= least), None)
    if volume is None:
        return Fraction(10)
    return volume + TERM[months] + (UPFRONT[months] if upfront else Fraction(0))


@pytest.mark.parametrize("months", TERM)
def test_every_lever_is_worth_what_is_published(months: int) -> None:
    offer = pricing_of(book()).offer(CONTRACT, "scale-up")
    rules = {rule.id: rule for rule in pricing_of(book()).rules}
    half = Fraction(1, 2)
    for monthly, share in product(MONTHLY, (Fraction(0), half, Fraction(1))):
        upfront = monthly * months * share
        expected = published(monthly, months, upfront=share == 1)
        for percent, allowed in ((expected, True), (expected + half, False)):
            fields: dict[str, Value] = {
                "minimum_monthly_turnover": Fraction(monthly),
                "contract_duration_months": Fraction(months),
                "prepaid_amount": upfront,
                "usage_unit_price": (1 - percent / 100) * Fraction("0.0002"),
            }
            evaluator = offer.evaluator(fields)
            name = "published-discount" if monthly * 12 >= 25_000 else "small-deal-discount"
            rule = rules[name]
            assert rule.when is not None
            assert evaluator.truth(rule.when)
            assert evaluator.number(Name("usage_price_discount")) == percent / 100
            assert evaluator.truth(rule.require) is allowed, (monthly, months, share, percent)


def test_its_policy_tests_pass_and_cover_every_rule() -> None:
    outcomes = [run(book(), test) for test in load_tests(book())]
    assert [(o.test.name, o.failures) for o in outcomes if not o.passed] == []
    assert coverage_of(book(), outcomes).percent == 100


def test_every_request_is_decided() -> None:
    decisions = {request.id: solve(book(), request) for request in load_requests(book())}
    escalated = {name for name, r in decisions.items() if r.decision == "requires_approval"}
    assert escalated == {"top-tier-escalated", "more-than-published"}
    assert all(r.decision == "accepted" for name, r in decisions.items() if name not in escalated)
    assert [a.approver for a in decisions["top-tier-escalated"].approvals] == ["exec-team"]


def test_a_contract_can_reach_half_price_and_no_rule_is_idle_there() -> None:
    analysis = analyse_space(book(), CONTRACT, "heavy-storage", budget=600)
    assert analysis.undecided == ()
    assert not dead_in(analysis)
    (price,) = (r for r in analysis.ranges if r.name == "usage_unit_price" and r.level == 0)
    assert (price.least.status, price.least.value) == ("exact", Fraction("0.000119"))


def test_only_the_volume_rule_needs_an_annual_contract() -> None:
    analysis = analyse_space(book(), "pay-as-you-go", "startup", budget=600)
    kinds = {(f.kind, f.rules) for f in analysis.findings}
    assert ("never_applies", ("published-discount",)) in kinds
    assert ("never_met", ("ltv-improvement",)) in kinds
