from __future__ import annotations

from cp_pricing import load_requests, solve
from cp_pricing.results import RuleReport, TuningResult
from tests.support.books import example, example_with, pilot


def broken(rule: RuleReport) -> bool:
    return rule.status == "violated"


def test_just_the_broken_rules_have_breaches_with_their_exact_sides() -> None:
    seen = 0
    for request in load_requests(pilot()):
        result = solve(pilot(), request, detail="full")
        for rule in result.rules:
            assert bool(rule.breaches) == broken(rule), rule.id
            if broken(rule):
                seen += 1
                sides = {(each.operator, each.left, each.right) for each in rule.breaches}
                assert (rule.operator, rule.left, rule.right) in sides
                assert {(each.unit, each.share) for each in rule.breaches} == {
                    (rule.unit, rule.share)
                }
    assert seen > 10


def test_they_are_no_part_of_the_json() -> None:
    request = next(one for one in load_requests(pilot()) if "two-years" in one.id)
    result = solve(pilot(), request)
    assert any(rule.breaches for rule in result.rules)
    assert "breaches" not in result.model_dump_json()
    again = TuningResult.model_validate_json(result.model_dump_json())
    assert not any(rule.breaches for rule in again.rules)


def subject(condition: str) -> str:
    """What a rule that the example's request breaks compares."""
    book = example_with("usage_price_discount <= 30%", condition, "policy.yaml")
    (request,) = (one for one in load_requests(example()) if one.id == "lower-price-approval")
    (rule,) = (rule for rule in solve(book, request).rules if rule.id == "deep-discount")
    (breach,) = rule.breaches
    return breach.subject


def test_a_subject_is_the_same_whatever_the_limit() -> None:
    limit = subject("usage_price_discount <= 5%")
    assert subject("usage_price_discount <= 6%") == limit
    assert subject("usage_price_discount < 2%") == limit
    assert subject("not (usage_price_discount > 5%)") == limit
    assert subject("usage_price_discount <= 5% + 1%") != limit
    assert subject("bill_discount <= 1%") != limit
