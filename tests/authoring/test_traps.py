"""`policy check`: traps of valid price books, their figures computed a second time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import pytest

from cp_pricing import load_price_book, solve
from cp_pricing.authoring.doubts import doubts_about
from cp_pricing.book.loading import checked_request
from cp_pricing.fields import LTV_RULE, PREFERENCES
from cp_pricing.files.texts import REQUESTS
from tests.oracle.case import Case, Customer
from tests.oracle.enumeration import fails, in_force_at, rules_of
from tests.oracle.generator import generate
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market
from tests.oracle.writing.rendering import render
from tests.support.books import example_in, texts_of
from tests.support.command import run
from tests.support.doubts import examine_texts
from tests.support.places import EXAMPLE, TEMPLATE

LISTED, OBSERVED, PREPAID = "rejected-as-listed", "no-observed-plan", "prepaid-beyond-use"
# The template, whose first plan can be tuned as well.
TWO_PLANS = texts_of(TEMPLATE)
TWO_PLANS["catalog.yaml"] = TWO_PLANS["catalog.yaml"].replace(
    "    usage_unit_price: 0.006\n",
    "    usage_unit_price: 0.006\n"
    "    tunable:\n      usage_unit_price: {min: 0.002, max: 0.008, tick: 0.0001}\n",
)


def traps(texts: dict[str, str], code: str, seconds: float | None = 10.0) -> list[tuple[str, str]]:
    doubts = doubts_about(examine_texts(texts), seconds=seconds).doubts
    return [(doubt.issue.message, doubt.issue.hint) for doubt in doubts if doubt.code == code]


# --- plans that are rejected as they are listed -----------------------------------------------


def broken_at_list_terms(case: Case) -> set[tuple[str, str, str]]:
    """Plan, profile and rule: counted over every value of every fact, from the specification."""
    return {
        (plan.id, profile.id, rule)
        for plan in case.catalog.configurations
        for profile in case.profiles
        if plan.tunable and plan.is_for(profile.id)
        for rule in broken_whatever_the_facts(case, plan.id, profile.id)
    }


def broken_whatever_the_facts(case: Case, plan: str, profile: str) -> set[str]:
    facts = {name: fact.admitted() for name, fact in case.policy.facts.items()}
    broken = set(in_force_at(len(case.policy.approvers), case))
    for told, preference in product(product(*facts.values()), PREFERENCES):
        request = replace(
            case.request,
            configuration=plan,
            profile=profile,
            customer=Customer(),
            preference=preference,
            facts=dict(zip(facts, told, strict=True)),
        )
        market = Market(replace(case, request=request))
        scope = Scope(market.baseline)
        broken &= {rule.id for rule in rules_of(case) if fails(rule, scope)}
        if market.reference == plan:
            broken -= {LTV_RULE}
    return broken


TOLD = re.compile(r"as it is sold to `([^`]+)`, `([^`]+)` breaks (?:the rule )?`([^`]+)`: ")


def test_the_plans_told_of_are_those_that_counting_finds() -> None:
    seen = Counter[bool]()
    for seed in range(40):
        case = generate(seed, 1)
        if prod(len(fact.admitted()) for fact in case.policy.facts.values()) > 100:
            continue
        told = {
            (plan, profile, rule)
            for message, _ in traps(render(case), LISTED)
            for profile, plan, rule in TOLD.findall(message)
        }
        assert told == broken_at_list_terms(case), seed
        seen.update(rule == LTV_RULE for _, _, rule in told)
    assert min(seen[True], seen[False]) > 3


def test_a_plan_worth_less_than_another_is_told_with_both_values() -> None:
    # Ten months without churn, without discount, without costs: the lifetime value is ten bills.
    texts = dict(TWO_PLANS)
    texts["profiles.yaml"] = (
        "profiles:\n  - id: small-team\n    monthly_usage: [{weight: 1, units: 10_000}]\n"
        "    retention: {model: constant, monthly_churn: 0%}\n"
    )
    texts["policy.yaml"] = (
        "policy: p\nltv: {horizon_months: 10, annual_discount_rate: 0%, "
        "min_improvement_rate: 10%}\nrules: []\n"
    )
    # USD 60 a month for 10,000 requests at USD 0.006; USD 60 and 9,000 at USD 0.005 beyond 1,000.
    ((message, hint),) = traps(texts, LISTED)
    assert message == (
        "as it is sold to `small-team`, `pay-as-you-go` breaks `ltv-improvement`: its lifetime "
        "value is USD 600.00, where the USD 1,050.00 of `team` require USD 1,155.00"
    )
    assert hint == (
        "say what its deals are measured against (`references: [pay-as-you-go]`) or whom it is "
        "for (`available_to`), or give those who buy it a profile of their own"
    )
    catalog = texts["catalog.yaml"]
    own = catalog.replace("    name: Pay", "    references: [pay-as-you-go]\n    name: Pay")
    assert traps({**texts, "catalog.yaml": own}, LISTED) == []


@pytest.mark.parametrize(
    ("require", "figures"),
    [
        ("usage_unit_price >= 0.0061 USD/request", "USD 6.00 per 1,000 requests where at least"),
        ("usage_unit_price >= 1 or platform_fee > 1", "it requires usage_unit_price >= 1 or"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_told_with_what_it_requires(
    require: str, figures: str
) -> None:
    rule = f"rules:\n  - {{id: new, require: {require}}}\n"
    texts = {**TWO_PLANS, "policy.yaml": TWO_PLANS["policy.yaml"].replace("rules:\n", rule)}
    start = "as it is sold to `small-team`, `pay-as-you-go` breaks the rule `new`: "
    told = [message for message, _ in traps(texts, LISTED, None)]
    assert [message for message in told if message.startswith(start + figures)]


def test_a_rule_that_somebody_may_waive_rejects_nothing() -> None:
    rule = (
        "rules:\n  - {id: new, require: usage_unit_price > 1 USD/request, effect: approval,"
        " approver: deal-desk}\n"
    )
    texts = {**TWO_PLANS, "policy.yaml": TWO_PLANS["policy.yaml"].replace("rules:\n", rule)}
    assert not any("`new`" in message for message, _ in traps(texts, LISTED))


# --- retention that was observed nowhere ------------------------------------------------------


def test_retention_without_the_plan_it_was_observed_on_is_told_with_the_bills() -> None:
    # Of 6,000, 15,000 and 40,000 requests: USD 6 per 1,000; USD 60, and USD 5 beyond 5,000.
    use = [(Fraction(50), 6_000), (Fraction(35), 15_000), (Fraction(15), 40_000)]
    usage = sum(share * units * Fraction("0.006") for share, units in use) / 100
    team = 60 + sum(share * (units - 5_000) * Fraction("0.005") for share, units in use) / 100
    ((message, hint),) = traps(TWO_PLANS, OBSERVED)
    assert message == (
        "the retention of `small-team` counts as that of whatever plan a deal starts from, at an "
        f"expected bill of USD {float(usage):.2f} on `pay-as-you-go` and USD {float(team):.2f} on "
        "`team` a month"
    )
    assert hint == "say where it was observed, such as `observed_on: pay-as-you-go`"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    retention:", "    observed_on: team\n    retention:"),
        ("{churn_multiplier: 1.5}", "{churn_multiplier: 1}"),
    ],
)
def test_where_churn_does_not_differ_by_plan_nothing_is_told(old: str, new: str) -> None:
    profiles = TWO_PLANS["profiles.yaml"].replace(old, new)
    assert profiles != TWO_PLANS["profiles.yaml"]
    assert traps({**TWO_PLANS, "profiles.yaml": profiles}, OBSERVED) == []


def test_one_plan_that_can_be_tuned_needs_no_observed_plan() -> None:
    assert traps(texts_of(TEMPLATE), OBSERVED) == []


# --- prepayments beyond use -------------------------------------------------------------------

DEAL = re.compile(
    r"the policy admits without approval that USD ([\d,.]+) are prepaid where USD ([\d,.]+) are "
    r"expected to be billed in the term: `[^`]+` for `[^`]+` with USD ([\d.]+) per 1M tokens, "
    r"platform fee USD (\d+)/month, (?:(\d+)M tokens/month included, )?"
    r"(?:month to month|(\d+) months), prepayment USD 10,000, "
    r"(?:guaranteed platform fee USD (\d+)/month, )?"
    r"(customer-funded onboarding)?(?:, )?(reduced cancellation flexibility)?"
)


def amount(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def test_a_prepayment_beyond_use_is_told_with_a_deal_that_is_accepted() -> None:
    ((message, hint),) = traps(texts_of(EXAMPLE), PREPAID)
    deal = DEAL.fullmatch(message)
    assert deal is not None, message
    *figures, onboarding, flexibility = deal.groups()
    # What is not said is as listed: nothing included, month to month, no guaranteed fee.
    prepaid, billed, price, fee, allowance, term, guaranteed = map(
        amount, (figure or listed for figure, listed in zip(figures, "0000010", strict=True))
    )
    use = [(25, 3), (40, 9), (25, 18), (10, 45)]  # percent of the months, million tokens
    beyond = sum(share * max(Fraction(0), units - allowance) for share, units in use) / 100
    assert billed == term * (fee + beyond * price)
    assert prepaid == 10_000 > billed
    book = load_price_book(EXAMPLE)
    request = checked_request(
        book,
        {
            "id": "shown",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": {
                "usage_unit_price": price / 10**6,
                "included_units": allowance * 10**6,
                "prepaid_amount": prepaid,
                "guaranteed_platform_fee": guaranteed,
                "contract_duration_months": int(term),
                "customer_funded_onboarding": onboarding is not None,
                "reduced_cancellation_flexibility": flexibility is not None,
            },
        },
    )
    assert solve(book, request).decision == "accepted"
    rule = f"rules:\n  - {{id: new, require: {hint.removeprefix('add a rule with require: ')}}}\n"
    texts = texts_of(EXAMPLE)
    texts["policy.yaml"] = texts["policy.yaml"].replace("rules:\n", rule)
    assert traps(texts, PREPAID) == []


@pytest.mark.parametrize("seconds", [None, 1e-9])
def test_without_time_no_deal_is_looked_for(seconds: float | None) -> None:
    assert traps(texts_of(EXAMPLE), PREPAID, seconds) == []


def test_traps_leave_the_exit_status_alone() -> None:
    found = run("policy", "check", EXAMPLE)
    assert found.exit_code == 0
    assert "policy.yaml:9:1: warning: the policy admits without approval" in found.stdout


# --- the requests are files of the book, too --------------------------------------------------


def test_faults_of_the_requests_are_told(tmp_path: Path) -> None:
    folder = example_in(
        tmp_path / "book", (REQUESTS, '"prepaid_amount": 1200', '"prepaid_amount": "12M"')
    )
    found = run("policy", "check", folder)
    assert found.exit_code == 2
    assert f"{folder}/{REQUESTS}:3:64: `prepaid_amount` must be a number" in found.stdout
    assert "hint: write `12000000`" in found.stdout
    (folder / REQUESTS).unlink()
    assert run("policy", "check", folder).exit_code == 0
