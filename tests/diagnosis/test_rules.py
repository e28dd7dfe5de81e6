"""Reports of rules are copies of one that is made once, and as if each had been checked."""

from __future__ import annotations

from cp_pricing import load_requests, solve
from cp_pricing.results import RuleReport
from tests.support.books import pilot


def test_what_is_not_validated_is_valid() -> None:
    statuses = set()
    for request in load_requests(pilot()):
        for rule in solve(pilot(), request, detail="full").rules:
            own = {name: getattr(rule, name) for name in RuleReport.model_fields}
            assert RuleReport.model_validate(own, strict=True) == rule
            assert repr(RuleReport.model_validate(own, strict=True)) == repr(rule)
            statuses.add(rule.status)
    assert statuses >= {"violated", "satisfied", "binding", "not_applicable"}
