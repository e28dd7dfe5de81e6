"""The pilot price book: every answer, and every rule at work."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

import pytest

from cp_pricing import checked_request, solve
from tests import oracle
from tests.differential.compare import differences
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.support.books import pilot
from tests.support.coulomb import cases, expression, plain
from tests.support.coulomb_answers import (
    ALLOWANCE,
    ANNUAL,
    EXPECTED,
    FLEXIBILITY,
    GUARANTEED,
    MINIMUM,
    MONTHS,
    ONBOARDING,
    PREPAID,
    PRICE,
    TEAM,
    answers,
    asked,
    book,
    levels,
    price_of,
)


class Witness(NamedTuple):
    """What is asked where a rule is at work."""

    inputs: dict[str, float | bool]
    deal: tuple[str, str] = TEAM
    preference: str = "lower_usage_price"
    facts: dict[str, int | str] | None = None


# A large allowance, for a price above list that only who does not ask for a lower one may pay.
LARGE = {ALLOWANCE: 30_000_000, MONTHS: 24, PREPAID: 2800, ONBOARDING: True}
# For each rule a deal whose answers, at some level, are others without it.
WITNESSES = {
    "price-floor": Witness({MONTHS: 24, PREPAID: 1800, ONBOARDING: True, FLEXIBILITY: True}),
    "planned-margin": Witness({MONTHS: 24, PREPAID: 2400, ONBOARDING: True, FLEXIBILITY: True}),
    "margin-floor": Witness({**LARGE, PRICE: 0.000015}, preference="seller_ltv"),
    "worst-month": Witness(
        {**LARGE, MONTHS: 36, PREPAID: 4000, PRICE: 0.000016}, preference="seller_ltv"
    ),
    "payback": Witness({MONTHS: 24, PREPAID: 1200}),
    "earned-discount": Witness({MONTHS: 12, PREPAID: 900, MINIMUM: 120, ONBOARDING: True}),
    "deep-discount": Witness({MONTHS: 24, PREPAID: 1800, ONBOARDING: True, FLEXIBILITY: True}),
    "price-lock": Witness({MONTHS: 36, PREPAID: 1800, ONBOARDING: True}),
    "renewal-discount": Witness(
        {MONTHS: 24, PREPAID: 1200, FLEXIBILITY: True}, facts={"deal_type": "renewal"}
    ),
    "bill-increase": Witness({MONTHS: 36, GUARANTEED: 250}),
    "commitment-fits-spend": Witness({MONTHS: 12, MINIMUM: 170}),
    "prepayment-fits-term": Witness({MONTHS: 12, PREPAID: 3000}),
    "no-dearer-than-list": Witness({}),
    "allowance-fits-use": Witness(
        {ALLOWANCE: 30_000_000, MONTHS: 24, GUARANTEED: 150, PREPAID: 1200}
    ),
    "big-allowance-needs-term": Witness(
        {ALLOWANCE: 16_000_000, MONTHS: 6, GUARANTEED: 150, ONBOARDING: True}
    ),
    "flexibility-needs-term": Witness({FLEXIBILITY: True, GUARANTEED: 150}),
    "credit-check": Witness({MONTHS: 36}, ANNUAL),
    "payment-terms": Witness({MONTHS: 24}, facts={"payment_terms": 45}),
    "late-payment": Witness({MONTHS: 24}, facts={"payment_terms": 90}),
}


# --- the answers ------------------------------------------------------------------------------


def test_each_request_has_an_expected_answer() -> None:
    assert list(answers()) == list(EXPECTED) == list(cases())


@pytest.mark.parametrize("name", EXPECTED)
def test_decision_price_and_ladder(name: str) -> None:
    result = answers()[name]
    decision, price, ladder, approvers = EXPECTED[name]
    assert (result.decision, price_of(result), levels(result)) == (decision, price, ladder)
    assert [approval.approver for approval in result.approvals] == approvers


@pytest.mark.parametrize("name", EXPECTED)
def test_enumeration_of_every_tick_agrees(name: str) -> None:
    # With a few of the draws: `python -m tests.pilot` tries more, which takes its time.
    found = list(differences(answers(2)[name], oracle.solve(cases(2)[name])))
    assert not found, "\n".join(found)


def test_high_included_usage_fails_for_margin_worst_month_and_lifetime_value() -> None:
    near = answers()["small-team-high-included"].near_miss
    assert near
    assert {"planned-margin", "worst-month", "payback", "ltv-improvement"} <= {*near.violated}


def test_out_of_bounds_names_both_fields() -> None:
    near = answers()["small-team-out-of-bounds"].near_miss
    assert near
    assert {"tunable:contract_duration_months", "tunable:prepaid_amount"} <= {*near.violated}


def test_open_terms_are_chosen() -> None:
    chosen = answers()["scale-up-open-terms"].configuration
    assert chosen
    assert (chosen.contract_duration_months, chosen.prepaid_amount) == (24, Fraction(27_000))


def test_seller_optimum_is_where_the_price_response_begins() -> None:
    case = cases()["small-team-seller-ltv"]
    market = Market(case)
    terms = {**market.baseline.fields, **case.request.inputs}
    cent = Fraction(1, 10**8)
    best = Fraction("0.00000978")

    def offer(price: Fraction) -> Offer:
        return Offer({**terms, "usage_unit_price": price}, market)

    assert offer(best).bill <= Fraction("1.1") * market.baseline.bill < offer(best + cent).bill
    assert offer(best).ltv > max(offer(best + cent).ltv, offer(Fraction("0.00002")).ltv)
    for other in range(200, 2001, 20):
        assert offer(other * cent).ltv < offer(best).ltv


def test_only_a_price_above_list_is_warned_of() -> None:
    # Few customers are told of by what being sure costs, where there are draws.
    warned = {name: result.warnings for name, result in answers().items() if result.warnings}
    assert list(warned) == ["small-team-seller-ltv"]
    assert any("(above-list-price)" in warning for warning in warned["small-team-seller-ltv"])


def test_nobody_is_warned_of_a_near_miss() -> None:
    inputs = {"usage_unit_price": "0.000009", "included_units": 30_000_000}
    asked = {"id": "dear", "configuration": "membership-plus-overage", "profile": "small-team"}
    request = checked_request(pilot(), {**asked, "inputs": inputs, "preference": "seller_ltv"})
    result = solve(pilot(), request)
    (above,) = (rule for rule in result.rules if rule.id == "above-list-price")
    assert (result.decision, above.status) == ("rejected", "violated")
    assert not result.warnings
    assert "above-list-price" not in result.explanation


@pytest.mark.parametrize("lever", [MONTHS, PREPAID, MINIMUM, ONBOARDING])
def test_lower_price_rests_on_each_of_its_commitments(lever: str) -> None:
    inputs = dict(WITNESSES["earned-discount"].inputs)
    del inputs[lever]
    for ours, without in zip(
        answers()["small-team-lower-price"].ladder, asked(inputs).ladder, strict=True
    ):
        assert ours.usage_unit_price is not None
        assert without.usage_unit_price is None or without.usage_unit_price > ours.usage_unit_price


# --- the policy -------------------------------------------------------------------------------


def test_each_rule_that_binds_has_a_witness() -> None:
    rules = [rule.id for rule in book().policy.rules if rule.effect != "warn"]
    assert rules == list(WITNESSES)


@pytest.mark.parametrize("rule", WITNESSES)
def test_without_the_rule_the_answers_are_better(rule: str) -> None:
    with_it, without = asked(*WITNESSES[rule]), asked(*WITNESSES[rule], without=rule)
    pairs = [
        (ours.usage_unit_price, theirs.usage_unit_price)
        for ours, theirs in zip(with_it.ladder, without.ladder, strict=True)
    ]
    assert any(theirs is not None and (ours is None or theirs < ours) for ours, theirs in pairs)
    for ours, theirs in pairs:
        assert ours is None or (theirs is not None and theirs <= ours)


def test_each_rule_and_parameter_is_described_and_owned() -> None:
    policy = plain("policy.yaml")
    assert len(policy["rules"]) >= 10
    for rule in policy["rules"]:
        assert re.fullmatch(r"[A-Z].+\.", rule["description"])
        assert re.fullmatch(r"[a-z-]+", rule["owner"])
    for parameter in policy["parameters"].values():
        assert re.fullmatch(r"[A-Z].+\.", parameter["description"])


def test_each_parameter_and_definition_is_used() -> None:
    policy = plain("policy.yaml")
    used = [*policy["define"].values()]
    used += [rule[key] for rule in policy["rules"] for key in ("require", "when") if key in rule]
    words = set(re.findall(r"\w+", " ".join(used)))
    assert {*policy["parameters"], *policy["define"]} <= words


def test_the_support_reads_the_rule_language() -> None:
    case = cases()["small-team-lower-price"]
    market = Market(case)
    scope = Scope(market.baseline)
    values = {
        "1 + 2 * 3 - 4 / 2": 5,
        "(1 + 2) * 3": 9,
        "max(1, min(4, 2))": 2,
        "if 2 > 1 then 10% else 0%": Fraction("0.1"),
        "12 months * 2 USD/month": 24,
        "usage_unit_price / 0.000001": 8,
    }
    for written, worth in values.items():
        assert scope.number(expression(written)) == worth


def test_conditions_on_facts_are_read() -> None:
    deal = ("name", "deal_type")
    texts = (("text", "renewal"), ("text", "net new"))
    assert expression('deal_type in ["renewal", "net new"]') == ("in", deal, *texts)
    assert expression('deal_type not in ["renewal", "net new"]') == ("not in", deal, *texts)
    within = ("<=", ("name", "payment_terms"), ("num", Fraction(30), "days"))
    assert expression("payment_terms <= 30 days") == within
