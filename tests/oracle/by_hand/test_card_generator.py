"""The generator of rate cards by itself: what it draws, and that values lie where bills change."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache

from tests.oracle.case import DISCOUNT, PRICE, Case, Grid
from tests.oracle.chance.scoping import names_of
from tests.oracle.generator import generate_card
from tests.oracle.valuing.model import Market
from tests.oracle.valuing.rates import Rate, is_override
from tests.oracle.writing.rendering import render


@cache
def cases() -> list[Case]:
    return [generate_card(seed, 1) for seed in range(160)]


def rates_of(case: Case) -> dict[str, Rate]:
    return {} if case.configuration.card is None else dict(case.configuration.card.rates)


def test_the_same_seed_gives_the_same_book() -> None:
    assert render(generate_card(7, 1)) == render(cases()[7])
    assert render(cases()[7]) != render(cases()[8])


def test_generated_books_have_all_of_section_9() -> None:
    kinds: Counter[str] = Counter()
    for case in cases():
        rates = rates_of(case)
        bounds = case.configuration.tunable
        grid = bounds.get(DISCOUNT)
        kinds.update(rate.kind for rate in rates.values())
        kinds.update(rate.included_kind for rate in rates.values())
        kinds[f"{len(case.catalog.meter_ids)} meters"] += 1
        kinds["short for one meter"] += not case.catalog.meters
        kinds["not discountable"] += not all(rate.discountable for rate in rates.values())
        kinds["a meter without a rate"] += 0 < len(rates) < len(case.catalog.meter_ids)
        kinds["below zero"] += isinstance(grid, Grid) and grid.minimum < 0
        kinds["override"] += any(map(is_override, case.request.inputs))
        kinds["open by meter"] += any("." in name for name in case.request.open)
        kinds["asked by meter"] += any("included_units." in name for name in case.request.inputs)
        kinds["asked discount"] += DISCOUNT in case.request.inputs
        kinds["own units"] += case.request.customer.monthly_units is not None
        kinds["plain beside"] += len({p.price for p in case.catalog.configurations}) > 1
        kinds["a plain one asked"] += case.configuration.price == PRICE
        kinds["scoped"] += any(rule.configurations for rule in case.policy.rules)
    assert min(kinds.values()) > 2, kinds
    assert len(kinds) == 4 + 4 + 4 + 12


def test_discounts_are_of_at_most_the_whole_and_grids_are_small() -> None:
    for case in cases():
        grid = case.configuration.tunable.get(case.configuration.price)
        assert grid is None or len(grid.values()) <= 600
        for plan in case.catalog.configurations:
            discounts = plan.tunable.get(DISCOUNT)
            assert discounts is None or max(discounts.values()) <= 1
        assert case.request.inputs.get(DISCOUNT, Fraction(0)) <= 1


def test_use_lies_on_limits_and_edges_of_packages() -> None:
    kinds: Counter[str] = Counter()
    for case in cases():
        offer = Market(case).baseline
        for meter, rate in rates_of(case).items():
            used = {month.units[meter] - offer.allowance(meter) for month in offer.scenarios}
            kinds["tier"] += bool(used & {limit for limit, _ in rate.tiers})
            edges = {amount for amount in used if amount > 0 and amount % rate.units == 0}
            kinds["package"] += rate.kind == "package" and bool(edges)
            kinds["allowance"] += 0 in used
            kinds["unused"] += not any(month.units[meter] for month in offer.scenarios)
    assert min(kinds.values()) > 5, kinds


def test_some_larger_allowances_cost_more() -> None:
    """Less use at a higher price of volume tiers: nothing is monotone."""
    found = 0
    for case in cases():
        for rate in rates_of(case).values():
            steps = [limit for limit, _ in rate.tiers if limit is not None]
            beyond = [(limit, limit + 1) for limit in steps]
            found += any(rate.charge(low) > rate.charge(high) for low, high in beyond)
    assert found > 5


def test_rules_use_the_new_names_and_are_scoped_where_they_are_partial() -> None:
    used: Counter[str] = Counter()
    for case in cases():
        plans = case.catalog.configurations
        for rule in case.policy.rules:
            names = names_of(rule, case.policy.define)
            used.update(name.partition(".")[0] for name in names)
            for name in names & {PRICE, DISCOUNT}:
                having = {plan.id for plan in plans if plan.price == name}
                assert len(having) == len(plans) or set(rule.configurations or ()) <= having
                assert rule.configurations or len(having) == len(plans)
    new = (DISCOUNT, "rate", "included_units", "expected_usage_charge", "list_usage_charge",
           "expected_monthly_units", "usage_price_discount")  # fmt: skip
    assert min(used[name] for name in new) > 3, used
