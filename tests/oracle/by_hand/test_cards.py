"""Rate cards by the oracle alone, on books so small that their answers are worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

import pytest

from tests.oracle.answer import Answer
from tests.oracle.by_hand.tiny import USERS, name, needs, number
from tests.oracle.by_hand.tiny_cards import (
    FEES_ONLY,
    LISTED,
    METERS,
    PLAN_OF_RATES,
    TEAM,
    TUNABLE,
    USED,
    card_case,
    offer_of,
)
from tests.oracle.case import DISCOUNT, UNIT_COST, Customer, Expr, Grid, Value
from tests.oracle.enumeration import solve
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.rates import Card, Rate


def discounts(answer: Answer) -> list[F | None]:
    return [rung.usage_discount for rung in answer.ladder]


def at_most(what: str, value: str) -> Expr:
    return ("<=", name(what), ("num", F(value), None))


# --- bills and names --------------------------------------------------------------------------


def test_a_bill_of_several_meters() -> None:
    case = card_case()
    assert offer_of(case).bill == LISTED
    fifth = offer_of(case, usage_discount=F("0.2"))
    assert fifth.bill == 100 + F("0.8") * (21 + 390) + 24
    assert offer_of(case, usage_discount=F(1)).bill == 100 + 24
    assert offer_of(case, usage_discount=F("-0.5")).bill == 100 + F("1.5") * (21 + 390) + 24
    assert offer_of(case, included_units__input=F(9_500_000)).bill == LISTED - 21 + F("1.5")
    assert offer_of(case, minimum_monthly_turnover=F(600)).bill == 600


def test_an_allowance_is_taken_off_before_the_discount() -> None:
    """OpenMeter: 1000 used, 900 free, 0.10 each are 10, and 9 with a discount of a tenth."""
    rate = {"input": Rate("price", F("0.1"), included=F(900))}
    free = replace(FEES_ONLY, card=Card(METERS, rate))
    used = replace(USERS, usage=((F(1), (("input", F(1000)),)),))
    case = card_case(card=free, who=used)
    assert offer_of(case).bill == 10
    assert offer_of(case, usage_discount=F("0.1")).bill == 9


def test_the_names_of_a_rate_card() -> None:
    offer = offer_of(card_case(), usage_discount=F("0.2"))
    scope = Scope(offer)
    charged = F("328.8") + 24
    expected: dict[str, F | str] = {
        "usage_discount": "0.2",
        "rate.input": "0.0000024",
        "rate.output": "0.000008",
        "rate.messages": "0.008",
        "rate.storage": "0",
        "included_units.input": "3000000",
        "included_units.storage": "0",
        "expected_monthly_units.messages": "2500",
        "expected_monthly_units.storage": "0",
        "expected_usage_charge": charged,
        "list_usage_charge": "435",
        "usage_price_discount": 1 - charged / 435,
        "baseline.usage_discount": "0",
        "baseline.rate.output": "0.00001",
        "baseline.expected_usage_charge": "435",
        "baseline.usage_price_discount": "0",
        "bill_discount": 1 - (100 + charged) / LISTED,
    }
    for text, value in expected.items():
        assert scope.value(text) == F(value), text


def test_an_override_is_a_flat_price_that_is_not_discounted() -> None:
    offer = offer_of(card_case(), usage_discount=F("0.2"), rates__output=F("0.00001"))
    assert offer.bill == 100 + F("0.8") * 21 + 300 + 24
    assert offer.value("rate.output") == F("0.00001")
    assert offer.value("list_usage_charge") == 435
    other = offer_of(card_case(), rates__messages=F("0.01"), usage_discount=F("0.2"))
    assert other.bill == 100 + F("0.8") * 411 + 25
    stored = replace(TEAM, usage=((F(1), (*USED, ("storage", F(7)))),))
    kept = offer_of(card_case(who=stored), rates__storage=F(2), included_units__storage=F(4))
    assert kept.bill == LISTED + 6
    assert kept.value("list_usage_charge") == 435


def test_every_meter_costs_the_seller() -> None:
    costs = {name: cost for name, cost in USERS.costs.items() if name != UNIT_COST}
    by_meter = {f"{UNIT_COST}.input": F("0.000001"), f"{UNIT_COST}.messages": F("0.002")}
    who = replace(TEAM, costs={**costs, **by_meter})
    offer = offer_of(card_case(who=who))
    assert offer.margin == LISTED - 10 - 5
    assert Scope(offer).value("profile.variable_cost_per_unit.messages") == F("0.002")
    assert Scope(offer).value("profile.variable_cost_per_unit.output") == 0


def test_a_customer_scales_the_meters_that_are_said() -> None:
    scenarios = ((F(1, 2), (("input", F(0)), ("output", F(4)))), (F(1, 2), (("input", F(8)),)))
    who = Customer(monthly_units=(("input", F(12)),)).of(replace(USERS, usage=scenarios))
    assert who.usage == (
        (F(1, 2), (("input", F(0)), ("output", F(4)))),
        (F(1, 2), (("input", F(24)),)),
    )


def test_where_nothing_is_charged_at_list_the_discount_is_the_price_discount() -> None:
    case = card_case(card=FEES_ONLY)
    offer = offer_of(case, usage_discount=F("0.4"), rates__output=F("0.00001"))
    assert Scope(offer).side(name("usage_price_discount")) == F("0.4")
    assert offer.value("expected_usage_charge") == 300
    assert offer_of(case).value("usage_price_discount") == 0
    # A quotient of the two has no value there, and is compared multiplied through.
    share: Expr = (">=", ("/", name("expected_usage_charge"), name("list_usage_charge")), number(9))
    assert Scope(offer).side(share[1]) is None
    assert Scope(offer).truth(share)


# --- decisions --------------------------------------------------------------------------------


def test_a_lower_price_is_the_greatest_discount() -> None:
    little = needs("little", at_most(DISCOUNT, "0"), "desk")
    paid = needs("paid", (">=", name("expected_usage_charge"), number(250)), "cfo")
    answer = solve(card_case(little, paid, approval_mode="allow_approval"))
    assert discounts(answer) == [0, F("0.4"), F("0.6"), F("0.6")]  # 0.6 * 411 + 24 is 270.6
    assert (answer.decision, answer.level) == ("requires_approval", 2)
    assert answer.usage_unit_price is None
    assert answer.configuration
    assert list(answer.configuration) == [
        "platform_fee", "seat_fee", *(f"included_units.{meter}" for meter in METERS), DISCOUNT,
        "contract_duration_months", "minimum_monthly_turnover", "prepaid_amount",
        "guaranteed_platform_fee", "customer_funded_onboarding", "reduced_cancellation_flexibility",
    ]  # fmt: skip


def test_a_seller_takes_a_negative_discount_and_it_is_above_the_baseline() -> None:
    answer = solve(card_case(preference="seller_ltv"))
    assert answer.usage_discount == F("-0.2")
    assert answer.against_list
    assert answer.against_list.above_baseline_price
    assert answer.against_list.bill == 100 + F("1.2") * 411 + 24
    assert answer.against_list.list_bill == LISTED


def test_a_dear_override_is_above_the_baseline_at_any_discount() -> None:
    """At 20 a million the output is 600: 60% off the rest makes the usage 632.4 instead of 435."""
    dear = solve(card_case(inputs={"rates.output": F("0.00002")}))
    assert dear.usage_discount == F("0.6")
    assert dear.against_list
    assert dear.against_list.above_baseline_price
    assert dear.configuration
    assert dear.configuration["rates.output"] == F("0.00002")
    cheap = solve(card_case(inputs={"rates.output": F("0.00001")})).against_list
    assert cheap
    assert not cheap.above_baseline_price


@pytest.mark.parametrize(
    ("inputs", "off"),
    [
        ({"rates.output": F("0.000015")}, "rates.output"),
        ({"rates.input": F("0.000003")}, "rates.input"),  # no bounds, so that none is admissible
        ({"included_units.input": F(500_000)}, "included_units.input"),
        ({"included_units.output": F(1)}, "included_units.output"),
        ({DISCOUNT: F("0.3")}, DISCOUNT),
    ],
)
def test_inputs_outside_their_bounds(inputs: Mapping[str, Value], off: str) -> None:
    answer = solve(card_case(inputs=inputs))
    assert answer.decision == "rejected"
    assert answer.near_miss
    assert answer.near_miss.off_bounds == {off}


def test_without_bounds_nothing_but_no_discount_is_admissible() -> None:
    fixed = replace(PLAN_OF_RATES, tunable={})
    assert discounts(solve(card_case(card=fixed))) == [0, 0, 0, 0]
    assert solve(card_case(card=fixed, inputs={DISCOUNT: F("0.2")})).decision == "rejected"
    assert solve(card_case(card=fixed, inputs={DISCOUNT: F(0)})).decision == "accepted"


def test_an_asked_discount_is_judged_and_the_ladder_beside_it_solved() -> None:
    paid = needs("paid", (">=", name("expected_usage_charge"), number(250)), "cfo")
    wish: dict[str, Any] = {"approval_mode": "allow_approval"}
    answer = solve(card_case(paid, inputs={DISCOUNT: F("0.6")}, **wish))
    assert discounts(answer) == [None, None, F("0.6"), F("0.6")]
    assert [rung.usage_discount for rung in answer.price_ladder] == [
        F("0.4"), F("0.4"), F("0.6"), F("0.6"),
    ]  # fmt: skip
    assert answer.approvals == (("cfo", ("paid",)),)


def test_the_least_commitment_of_allowances_by_meter() -> None:
    """One million less of six are a smaller move than 100 of 1000 are; 3 are there at list."""
    paid = needs("paid", (">=", name("expected_monthly_bill"), ("num", F("372.4"), None)))
    wish: dict[str, Any] = {
        "inputs": {DISCOUNT: F("0.4")},
        "open": ("minimum_monthly_turnover", "included_units.input"),
        "preference": "least_commitment",
    }
    answer = solve(card_case(paid, **wish))  # 0.6 * (21 + 390) + 24 + 100 is 370.6
    assert answer.moves == (1, F(1, 6))
    assert answer.terms
    assert answer.terms["included_units.input"] == 2_000_000


def test_a_larger_allowance_can_cost_more() -> None:
    """Beyond 0, 12 units are at 1 each; beyond 4, 8 are at 3: the near end of a volume tier."""
    volume = Rate("volume", tiers=((F(10), F(3)), (None, F(1))))
    bounds = {
        **TUNABLE,
        "included_units.input": Grid(F(0), F(8), F(4)),
        DISCOUNT: Grid(F(0), F(0), F(1)),
    }
    plan = replace(FEES_ONLY, card=Card(METERS, {"input": volume}), tunable=bounds)
    used = replace(USERS, usage=((F(1), (("input", F(12)),)),))
    bills = [offer_of(card_case(card=plan, who=used), included_units__input=F(n)).bill
             for n in (0, 2, 4, 8, 12)]  # fmt: skip
    assert bills == [12, 30, 24, 12, 0]
    wish: dict[str, Any] = {"open": ("included_units.input",), "preference": "seller_ltv"}
    answer = solve(card_case(card=plan, who=used, **wish))
    assert answer.terms
    assert answer.terms["included_units.input"] == 4


def test_the_near_miss_is_not_above_the_baseline_where_it_can_be() -> None:
    never = needs("never", (">=", name("platform_fee"), number(101)))
    for preference, found in (("lower_usage_price", F(0)), ("seller_ltv", F("-0.2"))):
        miss = solve(card_case(never, preference=preference)).near_miss
        assert miss
        assert miss.configuration[DISCOUNT] == found
    # 600 for output: only a whole discount of the rest would do, so that all are above.
    dear = solve(card_case(never, inputs={"rates.output": F("0.00002")})).near_miss
    assert dear
    assert dear.configuration[DISCOUNT] == F("-0.2")


def test_ties_go_to_the_higher_value_and_a_greater_discount() -> None:
    """A minimum above all bills: with 900 or 1000 each discount bills the same."""
    high = needs("high", (">=", name("minimum_monthly_turnover"), number(900)))
    wish: dict[str, Any] = {"open": ("minimum_monthly_turnover",), "preference": "seller_ltv"}
    answer = solve(card_case(high, **wish))
    assert answer.terms
    assert answer.terms["minimum_monthly_turnover"] == 1000
    assert answer.usage_discount == F("0.6")
    assert answer.against_list
    assert answer.against_list.idle_price
