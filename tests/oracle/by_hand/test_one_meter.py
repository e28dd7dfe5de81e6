"""One meter: plain configurations beside rate cards, two names of one thing, rules for some."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals

import pytest

from tests.oracle.by_hand.tiny import PLAN, case_of, name, needs, number, with_plans, with_profile
from tests.oracle.case import DISCOUNT, PRICE, Case, Configuration, Expr, Grid, Rule
from tests.oracle.enumeration import solve
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import Card, Rate

# Of 50 units 20 are free, and three packages of ten are 4 each.
RATE = Rate("package", F(4), units=F(10), included=F(20))
CARD = Configuration(
    "card",
    {n: v for n, v in PLAN.terms.items() if n not in {"included_units", PRICE}},
    card=Card(("token",), {"token": RATE}),
    tunable={DISCOUNT: Grid(F(0), F(1, 2), F(1, 4))},
)


def about(which: str, *rules: Rule) -> Case:
    """A request about the plain plan (100, and 2 a unit) or about the card."""
    case = with_plans(case_of(*rules), PLAN, CARD)
    return replace(case, request=replace(case.request, configuration=which))


@pytest.mark.parametrize(
    ("which", "named"),
    [
        ("plan", {
            PRICE: 2, "rate.token": 2, "included_units": 0, "included_units.token": 0,
            "expected_usage_charge": 100, "list_usage_charge": 100, "usage_price_discount": 0,
        }),
        ("card", {
            DISCOUNT: 0, "rate.token": F(4, 10), "included_units": 20, "included_units.token": 20,
            "expected_usage_charge": 12, "list_usage_charge": 12,
            "effective_unit_price": F(112, 50),
        }),
    ],
)  # fmt: skip
def test_both_kinds_have_the_names_of_their_only_meter(
    which: str, named: dict[str, int | F]
) -> None:
    scope = Scope(Market(about(which)).baseline)
    for text in ("expected_monthly_units", "expected_monthly_units.token"):
        assert scope.value(text) == 50
    for text in ("profile.variable_cost_per_unit", "profile.variable_cost_per_unit.token"):
        assert scope.value(text) == 0
    assert {text: scope.value(text) for text in named} == named


def test_charges_of_a_plain_configuration_keep_its_allowance_at_list() -> None:
    market = Market(about("plan"))
    offer = Offer({**market.baseline.raw, PRICE: F(1), "included_units": F(10)}, market)
    assert offer.value("expected_usage_charge") == 40
    assert offer.value("list_usage_charge") == 80
    assert offer.value("usage_price_discount") == F(1, 2)


def test_a_rate_card_is_a_reference_of_a_plain_plan_and_the_other_way_round() -> None:
    for which in ("plan", "card"):
        answer = solve(about(which))
        assert answer.reference_configuration == "plan"
        assert answer.reference_ltv == 12 * 200
    assert solve(about("card")).usage_discount == F(1, 2)
    assert solve(about("plan")).usage_unit_price == 0


def test_a_rule_is_for_the_deals_that_have_its_names() -> None:
    cap = replace(needs("cap", ("<=", name(DISCOUNT), number(0))), configurations=("card",))
    floor = replace(needs("floor", (">=", name(PRICE), number(1))), configurations=("plan",))
    plain, card = (solve(about(which, cap, floor)) for which in ("plan", "card"))
    assert plain.usage_unit_price == 1
    assert card.usage_discount == 0
    assert [rule.status for rule in plain.rules[:2]] == ["not_applicable", "holds"]
    assert [rule.status for rule in card.rules[:2]] == ["holds", "not_applicable"]
    assert plain.rules[0].left is None
    elsewhere = replace(cap, profiles=("others",))
    assert solve(about("card", elsewhere)).usage_discount == F(1, 2)


def test_two_names_of_one_quantity_are_one_factor() -> None:
    """Nothing is used: with two factors both sides would be multiplied by zero, and be equal."""
    idle = with_profile(about("plan"), usage=((F(1), F(0)),))
    scope = Scope(Market(idle).baseline)

    def per(unit: str, number_: int) -> Expr:
        return ("/", number(number_), name(unit))

    one, two = per("expected_monthly_units", 1), per("expected_monthly_units.token", 2)
    assert scope.truth(("<", one, two))
    assert not scope.truth((">=", one, two))


def test_what_a_divisor_is_divided_by_counts_above() -> None:
    """A fee over an allowance of zero has no value, and the bill over that is zero (decision 7)."""
    scope = Scope(Market(case_of()).baseline)
    over = ("/", name("platform_fee"), name("included_units"))
    assert scope.side(over) is None
    assert scope.side(("/", name("expected_monthly_bill"), over)) == 0
    assert scope.side(("/", number(1), name("included_units"))) is None
