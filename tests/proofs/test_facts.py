"""Facts in proofs: free within what is declared, and the same in both policies or not compared."""

from __future__ import annotations

from cp_pricing.book.loading import parse_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.proofs.analysis import analyse_space
from cp_pricing.proofs.comparison import compare_pair

CATALOG = """
catalog: c
currency: USD
unit: call
configurations:
  - id: plan
    name: Plan
    platform_fee: 10
    usage_unit_price: 5
    tunable: {usage_unit_price: {min: 1, max: 5, tick: 1}}
"""
PROFILES = """
profiles:
  - id: anybody
    monthly_usage: [{weight: 1, units: 10}]
    retention: {model: constant, monthly_churn: 3%}
"""
LTV = "ltv: {horizon_months: 12, annual_discount_rate: 10%, effect: warn}"
KIND = "deal_type: {values: [new, renewal], default: new}"


def book(facts: str, *rules: str) -> PriceBook:
    parts = ["policy: p", "approvers: [desk, cfo]", LTV]
    parts += [f"facts: {{{facts}}}"] if facts else []
    policy = "\n".join([*parts, "rules:" if rules else "", *(f"  - {{{rule}}}" for rule in rules)])
    texts = {"catalog.yaml": CATALOG, "profiles.yaml": PROFILES, "policy.yaml": policy}
    return parse_price_book(texts)


def renewals(least: int) -> str:
    return f'id: renewals, when: deal_type == "renewal", require: usage_unit_price >= {least}'


def relations(old: PriceBook, new: PriceBook) -> list[tuple[str, str]]:
    compared = compare_pair(old, new, "plan", "anybody", budget=20)
    return [(level.relation, level.note) for level in compared.levels]


def test_a_rule_on_a_fact_is_compared_over_all_its_values() -> None:
    old, new = book(KIND, renewals(3)), book(KIND, renewals(2))
    (self_serve, *_) = compare_pair(old, new, "plan", "anybody", budget=20).levels
    assert self_serve.relation == "looser"
    assert self_serve.newly
    assert self_serve.newly.new.facts == {"deal_type": "renewal"}
    assert self_serve.newly.new.configuration.price == 2


def test_a_fact_that_only_the_new_policy_knows_can_only_make_it_stricter() -> None:
    assert relations(book(""), book(KIND, renewals(3)))[0] == ("stricter", "")


def test_policies_that_declare_a_fact_differently_are_not_compared() -> None:
    other = "deal_type: {values: [renewal, new], default: new}"
    note = "the policies declare `deal_type` differently"
    assert relations(book(KIND, renewals(3)), book(other, renewals(3)))[0] == ("unknown", note)


def test_a_rule_that_only_adds_a_signature_says_whose() -> None:
    floor = "require: usage_unit_price >= 3, effect: approval"
    signed = f"id: signed, {floor}, approver: desk", f"id: strict, {floor}, approver: [desk, cfo]"
    twice = f"id: other, {floor}, approver: cfo", f"id: also, {floor}, approver: desk"
    (first, _, _) = analyse_space(book("", *signed), "plan", "anybody", budget=20).rules
    assert (first.rule, first.verdict) == ("signed", "dead")
    analysis = analyse_space(book("", *twice), "plan", "anybody", budget=20)
    (_, also, _) = analysis.rules
    assert (also.rule, also.verdict) == ("also", "signs")
    (finding,) = (one for one in analysis.findings if one.kind == "adds_signature")
    assert (
        finding.text
        == "`also` refuses nothing that `other` would not refuse, but asks `desk` to sign"
    )
