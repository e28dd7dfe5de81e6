"""`policy analyze` and `policy compare` of rate cards."""

from __future__ import annotations

import pytest

from constraints.cpsat.budget import Budgeted
from constraints.cpsat.solving import Infeasible, Unknown
from cp_pricing.book.loading import load_price_book, parse_price_book
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.analysis import analyse_space
from cp_pricing.proofs.analysis_results import SpaceAnalysis
from cp_pricing.proofs.comparison import compare_pair
from cp_pricing.proofs.deal_space import DealSpace, FoundDeal
from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed
from tests.support.places import CARDS

FIELDS = {"usage_discount", "included_units.input", "rates.output", "contract_duration_months"}


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_analysis_agrees_with_enumeration(seed: int) -> None:
    assert analysed(seed, books="rates").differences == []


@pytest.mark.parametrize("seed", range(1000, 1016))
def test_comparison_agrees_with_enumeration(seed: int) -> None:
    assert compared(seed, books="rates").differences == []


@pytest.fixture(scope="module")
def analysis() -> SpaceAnalysis:
    return analyse_space(load_price_book(CARDS), "standard", "shop", budget=600)


def test_its_fields_are_named_as_in_results(analysis: SpaceAnalysis) -> None:
    assert {verdict.field for verdict in analysis.fields} == FIELDS
    assert all(verdict.matters for verdict in analysis.fields)
    # Of a price in place of a rate there is no range: without one it is no amount.
    ranges = {found.name for found in analysis.ranges}
    assert ranges - {"average_comparable_customer_lifetime_value"} == FIELDS - {"rates.output"}


BOTH_KINDS = {
    "catalog.yaml": """
catalog: both
currency: USD
unit: call
configurations:
  - id: plain
    name: Plain
    usage_unit_price: 2
    tunable: {usage_unit_price: {min: 1, max: 2, tick: 0.5}}
  - id: card
    name: Card
    rates: {call: {price: 2}}
    tunable: {usage_discount: {min: 0%, max: 50%, step: 10%}}
""",
    "profiles.yaml": """
profiles:
  - id: team
    monthly_usage: [{weight: 1, units: 10}]
    retention: {model: constant, monthly_churn: 5%}
""",
    "policy.yaml": """
policy: both
ltv: {horizon_months: 12, annual_discount_rate: 0%, effect: warn}
rules:
  - id: price-of-plain
    require: usage_unit_price >= 1.5
    applies_to: {configurations: [plain]}
  - id: discount-of-card
    require: usage_discount <= 30%
    applies_to: {configurations: [card]}
""",
}


@pytest.mark.parametrize("plan", ["plain", "card"])
@pytest.mark.parametrize(
    ("old", "new", "relations"),
    [
        ("<= 30%", "<= 20%", {"plain": "equivalent", "card": "stricter"}),
        (">= 1.5", ">= 1", {"plain": "looser", "card": "equivalent"}),
    ],
)
def test_a_rule_for_other_plans_is_not_asked_about(
    plan: str, old: str, new: str, relations: dict[str, str]
) -> None:
    changed = {name: text.replace(old, new) for name, text in BOTH_KINDS.items()}
    found = compare_pair(parse_price_book(BOTH_KINDS), parse_price_book(changed), plan, "team")
    assert [level.relation for level in found.levels] == [relations[plan]]


def test_the_deals_of_a_small_space_are_tried_where_the_solver_gives_up() -> None:
    hasty = Budgeted(600, 1e-9)
    space = DealSpace.of(pricing_of(parse_price_book(BOTH_KINDS)), "card", "team", hasty)
    assert isinstance(space.problem.refuted(["discount-of-card"]), Unknown)
    shown = space.find(["discount-of-card"])
    assert isinstance(shown, FoundDeal)
    assert shown.deal.configuration.price >= 1 - 0.3
    assert isinstance(space.find(["discount-of-card", "breaks:discount-of-card"]), Infeasible)
