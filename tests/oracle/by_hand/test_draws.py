"""Draws by the oracle alone: shares and percentiles that are worked by hand, and counted twice.

A draw that uses u units at a price p is worth 12 * (125 + p*u) with a fee of 125, and the plan at
list 12 * (100 + 2*u): the deal holds where 25 is not below (2 - p)*u.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from functools import cache
from typing import Any

import pytest

from tests.oracle.by_hand.tiny import (
    PLAN,
    USERS,
    case_of,
    name,
    needs,
    number,
    prices,
    with_plans,
)
from tests.oracle.by_hand.tiny_cards import TEAM, USED, card_case
from tests.oracle.case import (
    CONFIDENCE,
    CONFIDENCE_RULE,
    DISCOUNT,
    LTV_RULE,
    PRICE,
    Case,
    Choice,
    Customer,
    Demand,
    Draw,
    Rule,
)
from tests.oracle.curve import confidence_curve
from tests.oracle.enumeration import off_bounds, solve
from tests.oracle.generator import generate_draws
from tests.oracle.valuing.confidence import Confidence, Worth, ranked
from tests.oracle.valuing.model import Market


def using(*units: int) -> tuple[Draw, ...]:
    return tuple({"usage": ((F(1), F(each)),)} for each in units)


FIVE = using(20, 5, 60, 10, 30)  # of which 3 hold at a price of 1, and 2 at 0


def drawn_case(
    *rules: Rule,
    draws: Sequence[Draw] = FIVE,
    demand: Demand | None = None,
    **wish: Any,  # noqa: ANN401 - a request's fields
) -> Case:
    """The tiny book with draws, and a fee of 125 that is asked for."""
    case = case_of(*rules, **{"inputs": {"platform_fee": F(125)}, **wish})
    return replace(
        case,
        profiles=(replace(USERS, draws=tuple(draws)),),
        policy=replace(case.policy, confidence=demand),
    )


def confidence_of(case: Case) -> Confidence:
    found = solve(case).confidence
    assert found
    return found


def test_a_deal_and_its_references_are_valued_together() -> None:
    found = confidence_of(drawn_case(inputs={"platform_fee": F(125), PRICE: F(1)}))
    assert (found.draws, found.holds, found.share) == (5, 3, F(3, 5))
    # At a price of 1: 1740, 1560, 2220, 1620, 1860 beside 1680, 1320, 2640, 1440, 1920 at list.
    assert found.ltv == {"p10": 1560, "p50": 1740, "p90": 2220}
    assert found.improvement == {"p10": -420, "p50": 60, "p90": 240}


def test_the_references_of_a_result_are_those_of_the_profile_itself() -> None:
    answer = solve(drawn_case())
    assert answer.reference_ltv == answer.required_ltv == 2400


@pytest.mark.parametrize(
    ("count", "ranks"),
    [(1, (1, 1, 1)), (2, (1, 1, 2)), (3, (1, 2, 3)), (9, (1, 5, 9)), (10, (1, 5, 9)),
     (11, (2, 6, 10)), (20, (2, 10, 18)), (21, (3, 11, 19)), (40, (4, 20, 36))],
)  # fmt: skip
def test_percentiles_are_of_the_nearest_rank(count: int, ranks: tuple[int, int, int]) -> None:
    found = ranked([F(value) for value in range(count, 0, -1)])
    assert list(found.values()) == list(ranks)


@pytest.mark.parametrize(
    ("at_least", "price"),
    [("0.01", 0), ("0.4", 0), ("0.41", 1), ("0.6", 1), ("0.601", 2), ("1", 2)],
)
def test_a_share_that_is_asked_for_is_enough_where_it_is_met_exactly(
    at_least: str, price: int
) -> None:
    for case in (
        drawn_case(demand=Demand(F(at_least))),
        drawn_case(needs("rule", (">=", name(CONFIDENCE), ("pct", F(at_least))))),
    ):
        assert solve(case).usage_unit_price == price


def test_the_built_in_rule_stands_last_and_the_other_stays_in_force() -> None:
    case = drawn_case(needs("free", (">=", name(PRICE), number(0))), demand=Demand(F("0.6")))
    answer = solve(case)
    assert [rule.id for rule in answer.rules] == ["free", LTV_RULE, CONFIDENCE_RULE]
    last = answer.rules[-1]
    assert [last.left, last.right, last.slack] == [F(3, 5), F(3, 5), 0]
    # The profile's own 50 units want a price of 1.5 at least: 2 is the next tick.
    strict = replace(case, policy=replace(case.policy, ltv_effect="reject"))
    assert solve(strict).usage_unit_price == 2


def test_levels_waive_it_and_who_signs_is_named() -> None:
    demand = Demand(F(1), "approval", ("cfo", "desk"))
    answer = solve(drawn_case(demand=demand, approval_mode="allow_approval"))
    assert prices(answer.ladder) == [2, 2, 0, 0]
    assert answer.approvals == (("desk", (CONFIDENCE_RULE,)), ("cfo", (CONFIDENCE_RULE,)))
    warned = solve(drawn_case(demand=Demand(F(1), "warn")))
    assert warned.usage_unit_price == 0
    assert warned.rules[-1].status == "violated"


def test_the_curve_is_exact_over_the_ticks() -> None:
    case = drawn_case(demand=Demand(F("0.6")))
    curve = confidence_curve(case, solve(case))
    assert curve.shares == {0: F(2, 5), 1: F(3, 5), 2: 1, 3: 1, 4: 1}
    assert curve.best == {50: 1, 80: 2, 90: 2, 95: 2, 99: 2}
    cheaper = drawn_case(inputs={"platform_fee": F(75)})  # holds where 25 is at most (p - 2)*u
    never = confidence_curve(cheaper, solve(cheaper))
    assert never.shares == {0: 0, 1: 0, 2: 0, 3: F(2, 5), 4: F(3, 5)}
    assert never.best == dict.fromkeys((80, 90, 95, 99)) | {50: 4}


def test_a_rejected_request_has_the_confidence_of_its_near_miss() -> None:
    dear = needs("dear", (">=", name(PRICE), number(5)))
    answer = solve(drawn_case(dear, demand=Demand(F(1))))
    assert answer.decision == "rejected"
    assert answer.near_miss
    assert answer.near_miss.violated == {"dear"}  # a price of 2: dearer ones count for less
    assert answer.near_miss.configuration[PRICE] == 2
    assert answer.confidence
    assert answer.confidence.share == 1


def test_the_best_plan_is_not_the_best_in_every_draw() -> None:
    """At list, a flat 210 is worth less than 100 with 2 a unit where more than 55 are used."""
    flat = replace(PLAN, id="flat", terms={**PLAN.terms, "platform_fee": F(210), PRICE: F(0)})
    case = drawn_case(inputs={PRICE: F(0)}, draws=using(50, 55, 56), configuration="flat")
    case = with_plans(case, flat, PLAN)
    answer = solve(case)
    assert answer.reference_configuration == "flat"
    assert answer.ltv == answer.required_ltv == 12 * 210
    found = confidence_of(case)
    assert found.holds == 2
    assert [worth.reference for worth in found.worths] == [12 * 210, 12 * 210, 12 * 212]


def test_required_is_by_the_same_threshold_in_every_draw() -> None:
    case = drawn_case(inputs={PRICE: F(2)}, draws=using(0, 50))
    case = replace(case, policy=replace(
        case.policy, improvement_rate=F("0.1"), improvement_amount=F(5)))  # fmt: skip
    assert confidence_of(case).worths == (
        Worth(F(1200), F(1200), F(1325)), Worth(F(2400), F(2400), F(2645)),
    )  # fmt: skip


def two_months(case: Case) -> Case:
    """A horizon of two months: the lifetime value is the margin times 2 less the hazard."""
    return replace(case, policy=replace(case.policy, horizon=2))


def test_the_price_response_is_against_the_bill_of_the_draw() -> None:
    """At 3 a unit the bill of 10 units is 130 of 120 at list, and that of 100 units 400 of 300."""
    response = ((F("1.2"), F(1)), (None, F(3)))
    draws: Sequence[Draw] = [
        {"usage": ((F(1), F(units)),), "retention": ("constant", F("0.1")),
         "price_response": response}
        for units in (10, 100)
    ]  # fmt: skip
    found = confidence_of(two_months(drawn_case(draws=draws, inputs={PRICE: F(3)})))
    assert [worth.ltv for worth in found.worths] == [130 * F("1.9"), 400 * F("1.7")]
    assert [worth.reference for worth in found.worths] == [120 * F("1.9"), 300 * F("1.9")]


def test_a_draw_changes_what_it_says_and_nothing_else() -> None:
    draws: Sequence[Draw] = [
        {"costs": {"service_cost_per_month": F(30)}},
        {"retention": ("constant", F("0.5")), "in_term_multiplier": F("0.2")},
        {},
    ]
    case = two_months(drawn_case(draws=draws, inputs={PRICE: F(2)}))
    longer = replace(PLAN, terms={**PLAN.terms, "contract_duration_months": F(6)})
    found = confidence_of(with_plans(case, longer))
    assert [worth.ltv for worth in found.worths] == [2 * 170, 200 * F("1.9"), 400]


def test_a_cost_by_meter_replaces_that_of_every_meter() -> None:
    unit_cost = "variable_cost_per_unit"
    costs = {f"{unit_cost}.input": F(1), f"{unit_cost}.output": F(2), "onboarding_cost": F(3)}
    drawn = replace(USERS, costs=costs).drawn({"costs": {f"{unit_cost}.output": F(4)}})
    assert drawn.costs == {f"{unit_cost}.output": F(4), "onboarding_cost": F(3)}
    assert drawn.unit_cost("input") == 0


@pytest.mark.parametrize(
    ("customer", "units"),
    [
        (Customer(), [20, 5]),
        # The profile expects 50: 25 are half of it, of every draw too.
        (Customer(monthly_units=F(25)), [10, F(5, 2)]),
        (Customer(monthly_usage=((F(1, 2), F(6)), (F(1, 2), F(8)))), [7, 7]),
    ],
)
def test_a_customers_use_in_every_draw(customer: Customer, units: list[F]) -> None:
    case = drawn_case(draws=using(20, 5), customer=customer, inputs={PRICE: F(3)})
    found = confidence_of(case)
    assert [worth.ltv for worth in found.worths] == [12 * (100 + 3 * each) for each in units]
    assert [worth.reference for worth in found.worths] == [12 * (100 + 2 * u) for u in units]


def test_a_customers_members_hold_in_every_draw() -> None:
    seats = replace(PLAN, terms={**PLAN.terms, "seat_fee": F(10)})
    case = drawn_case(draws=using(20, 5), customer=Customer(members=F(4)), inputs={PRICE: F(2)})
    found = confidence_of(with_plans(case, seats))
    assert [worth.ltv for worth in found.worths] == [12 * 180, 12 * 150]


def test_a_profile_without_draws_is_one_draw_itself() -> None:
    assert solve(drawn_case(draws=())).confidence is None
    found = confidence_of(drawn_case(draws=(), demand=Demand(F("0.5"))))  # 50 units: from 1.5 on
    assert (found.draws, found.holds) == (1, 1)
    assert found.improvement == dict.fromkeys(("p10", "p50", "p90"), 12 * 25)
    sure = name("sure")
    case = drawn_case(Rule("some", sure, effect="warn"), draws=())
    named = replace(case.policy, define={"sure": (">=", name(CONFIDENCE), number(1))})
    assert confidence_of(replace(case, policy=named)).holds == 0


def test_the_share_can_be_a_denominator() -> None:
    """Where no draw holds both sides are multiplied by nothing."""
    per: Any = ("/", number(1), name(CONFIDENCE))
    few = needs("few", ("<=", per, number(2)))
    case = drawn_case(few, inputs={"platform_fee": F(125)}, draws=using(30, 60, 30))
    assert prices(solve(case).ladder) == [2, 2, 2, 2]  # 1 <= 2 * 0 is not so
    assert solve(case).rules[0].left == 1


def test_flags_of_a_draws_own_multipliers() -> None:
    """In term the hazard of a half is a fifth of it, with reduced flexibility a tenth."""
    draws: Sequence[Draw] = [{"in_term_multiplier": F("0.2"), "reduced_multiplier": F("0.5")}]
    tunable = {**PLAN.tunable, "reduced_cancellation_flexibility": Choice((False, True))}
    case = two_months(drawn_case(
        draws=draws, inputs={PRICE: F(2), "reduced_cancellation_flexibility": True},
    ))  # fmt: skip
    case = replace(case, profiles=(replace(case.profiles[0], retention=("constant", F("0.5"))),))
    found = confidence_of(with_plans(case, replace(PLAN, tunable=tunable)))
    assert [worth.ltv for worth in found.worths] == [200 * F("1.95")]
    assert [worth.reference for worth in found.worths] == [200 * F("1.9")]


# --- counted a second way -----------------------------------------------------------------------


def judged_draw_by_draw(case: Case) -> dict[F, F]:
    """The share of draws that accept each price where the improvement is the only rule.

    Every draw is the profile of a book of its own, at the size of a customer who has no other.
    """
    shares = {}
    bare = replace(case.policy, rules=(), define={}, confidence=None, ltv_effect="reject")
    for price in ticks(case):
        wish = replace(
            case.request, inputs={**case.request.inputs, case.configuration.price: price},
            customer=Customer(), preference="lower_usage_price",
        )  # fmt: skip
        books = [
            replace(case, request=wish, policy=bare, profiles=(replace(each, draws=()),))
            for each in case.draws
        ]
        accepted = sum(solve(book).decision == "accepted" for book in books)
        shares[price] = F(accepted, len(books))
    return shares


def ticks(case: Case) -> list[F]:
    """A few of the prices that can be asked for."""
    bounds = case.configuration.tunable.get(case.configuration.price)
    every = [F(value) for value in bounds.values()] if bounds else []
    return sorted({*every[:1], *every[-1:], *every[:: max(1, len(every) // 3)]})


@cache
def countable() -> list[Case]:
    cases = [generate_draws(seed, 1) for seed in range(40)]
    return [
        case
        for case in cases
        if case.profile.draws and not case.request.open and not off_bounds(case) and ticks(case)
    ]


def test_shares_are_those_of_every_draw_judged_by_itself() -> None:
    cases, varied = countable(), 0
    for case in cases:
        shares = judged_draw_by_draw(case)
        curve = confidence_curve(case, solve(case)).shares
        assert {price: curve[price] for price in shares} == shares
        varied += len(set(shares.values())) > 1
    assert len(cases) > 8
    assert varied > 2


def test_the_confidence_of_an_answer_is_a_point_of_its_curve() -> None:
    for case in countable():
        answer = solve(case)
        shown = answer.configuration or (answer.near_miss and answer.near_miss.configuration)
        assert shown
        assert answer.confidence
        curve = confidence_curve(case, answer).shares
        assert curve[F(shown[case.configuration.price])] == answer.confidence.share


def test_draws_of_several_meters() -> None:
    """A minimum of 400 for 40% off is worth it where the list bill is 145, not where it is 535."""
    others = tuple((meter, units) for meter, units in USED if meter != "output")
    draws = ({"usage": ((F(1), USED),)}, {"usage": ((F(1), others),)})
    wish: dict[str, Any] = {"inputs": {DISCOUNT: F("0.4"), "minimum_monthly_turnover": F(400)}}
    who = replace(TEAM, draws=draws)
    assert confidence_of(card_case(who=who, **wish)).worths == (
        Worth(F(4800), F(12 * 535), F(12 * 535)), Worth(F(4800), F(12 * 145), F(12 * 145)),
    )  # fmt: skip
    # With half of the output, at list 150 and 60, the first has a list bill of 355.
    half = Customer(monthly_units=(("output", F(15_000_000)),))
    found = confidence_of(card_case(who=who, customer=half, **wish))
    assert [worth.reference for worth in found.worths] == [12 * 355, 12 * 145]
    assert found.share == 1


def test_market_of_a_draw_has_that_draw_alone() -> None:
    market = Market(drawn_case())
    assert [each.baseline.bill for each in market.draws] == [140, 110, 220, 120, 160]
    assert market.baseline.bill == 200
