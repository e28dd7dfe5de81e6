"""The generator by itself: what it draws of section 8, and how the near miss of that is."""

from __future__ import annotations

from tests.oracle.case import Customer
from tests.oracle.enumeration import solve
from tests.oracle.generator import generate
from tests.oracle.writing.rendering import render


def test_generated_cases_have_all_of_it_and_often_nothing() -> None:
    cases = [generate(seed, 1) for seed in range(120)]
    for case in cases:
        assert set(render(case)) == {
            "catalog.yaml", "profiles.yaml", "policy.yaml", "tuning_requests.json",
        }  # fmt: skip
        for fact, value in case.facts.items():
            assert fact == "request.preference" or value in case.policy.facts[fact].admitted()
        least = case.request.preference == "least_commitment"
        assert not least or (case.request.asks_for_price and case.request.open)
    wishes = [case.request for case in cases]
    plain = [w for w in wishes if not (w.asks_for_price or w.facts or w.customer != Customer())]
    assert len(plain) > 20
    assert sum(w.asks_for_price for w in wishes) > 20
    assert sum(w.preference == "least_commitment" for w in wishes) > 3
    assert sum(bool(w.facts) for w in wishes) > 10
    assert sum(w.customer != Customer() for w in wishes) > 10
    assert sum(case.profile.observed_on is not None for case in cases) > 5
    assert sum(case.configuration.references is not None for case in cases) > 5
    several = [r for c in cases for r in c.policy.rules if len(set(r.approvers)) > 1]
    assert len(several) > 3


def test_generated_near_misses_break_the_fewest_rules() -> None:
    """And of those that break as few as the cheapest does, they are worth the most."""
    tried = 0
    for seed in range(25):
        case = generate(seed, 1)
        answer = solve(case)
        if answer.near_miss is None:
            continue
        tried += 1
        old = solve(case).near_miss
        assert old
        assert len(old.violated) == len(answer.near_miss.violated)
        assert answer.near_miss.ltv >= old.ltv  # under a lower price the old one is the cheapest
    assert tried > 3
