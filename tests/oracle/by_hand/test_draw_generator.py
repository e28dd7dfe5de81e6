"""The generator of draws by itself: what it draws of section 10, and how its files are written."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import cache

from tests.oracle.case import CONFIDENCE, Case, Customer
from tests.oracle.chance.draws import CHANGED
from tests.oracle.chance.scoping import names_of
from tests.oracle.enumeration import solve
from tests.oracle.generator import generate_draws
from tests.oracle.writing.rendering import render

AUTHORED = {"catalog.yaml", "profiles.yaml", "policy.yaml", "tuning_requests.json"}


@cache
def cases() -> list[Case]:
    return [generate_draws(seed, 1) for seed in range(110)]


def files_of(case: Case) -> dict[str, str]:
    return {name: text for name, text in render(case).items() if name not in AUTHORED}


def test_the_same_seed_gives_the_same_book() -> None:
    assert render(generate_draws(7, 1)) == render(cases()[7])
    assert render(cases()[7]) != render(cases()[8])


def test_generated_books_have_all_of_section_10() -> None:
    kinds: Counter[str] = Counter()
    for case in cases():
        draws, demand, own = case.profile.draws, case.policy.confidence, case.request.customer
        kinds.update({key for draw in draws for key in draw})
        kinds["no draws"] += not draws
        kinds["few"] += 0 < len(draws) < 5
        kinds["many"] += len(draws) > 12
        kinds["repeated"] += any(draws.count(draw) > 1 for draw in draws)
        kinds["packed"] += any(name.endswith(".gz") for name in files_of(case))
        kinds["a rate card"] += case.configuration.card is not None
        kinds["a plain plan"] += case.configuration.card is None
        kinds["own members"] += bool(draws) and own.members is not None
        kinds["own units"] += bool(draws) and own.monthly_units is not None
        kinds["own usage"] += bool(draws) and own.monthly_usage is not None
        kinds["observed elsewhere"] += bool(draws) and case.profile.observed_on is not None
        kinds["open"] += bool(case.request.open)
        kinds["asked price"] += case.request.asks_for_price
        named = [r for r in case.policy.rules if CONFIDENCE in names_of(r, case.policy.define)]
        kinds["named in a rule"] += bool(named)
        kinds["named for some plans"] += any(rule.configurations for rule in named)
        kinds["named in `when`"] += any(
            rule.when and CONFIDENCE in names_of(rule, {}) for rule in named
        )
        if demand:
            kinds[f"effect {demand.effect}"] += 1
            kinds["several sign"] += len(set(demand.approvers)) > 1
            kinds["all of them"] += demand.at_least == 1
            kinds["some of them"] += demand.at_least < 1
        else:
            kinds["nothing asked"] += 1
    assert min(kinds.values()) > 0, kinds
    assert len(kinds) == len(CHANGED) + 23, kinds


def test_some_answers_hold_in_some_draws_only() -> None:
    shares = [answer.confidence.share for answer in map(solve, cases()[:60]) if answer.confidence]
    assert sum(0 < share < 1 for share in shares) > 2
    assert sum(share == 1 for share in shares) > 10


def numbers(value: object) -> list[Decimal]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    if isinstance(value, list):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, Decimal) else []


def test_files_have_a_line_for_each_draw_and_numbers_of_few_digits() -> None:
    for case in cases():
        files = iter(files_of(case).values())
        for profile in case.profiles:
            if not profile.draws:
                continue
            lines = next(files).splitlines()
            assert len(lines) == len(profile.draws)
            for line in lines:
                read = json.loads(line, parse_float=Decimal, parse_int=Decimal)
                assert all(len(n.normalize().as_tuple().digits) <= 9 for n in numbers(read))
                weights = [month["weight"] for month in read.get("monthly_usage", ())]
                assert sum(map(Fraction, weights)) in {0, 1}
        assert next(files, None) is None


def test_a_customer_without_size_leaves_every_draw_as_it_is() -> None:
    alike = [c for c in cases() if c.profile.draws and c.request.customer in {Customer(), None}]
    assert alike
    for case in alike:
        assert case.draws == tuple(case.profile.drawn(draw) for draw in case.profile.draws)
