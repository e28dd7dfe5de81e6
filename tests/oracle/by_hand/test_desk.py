"""The oracle by itself: what a desk asks, on books so small that the answers are worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

import pytest

from tests.oracle.by_hand.example import COMMITTED, example, terms
from tests.oracle.by_hand.tiny import (
    PLAN,
    USERS,
    case_of,
    name,
    needs,
    number,
    prices,
    text,
    with_plans,
    with_profile,
)
from tests.oracle.case import (
    PRICE,
    Case,
    Choice,
    Configuration,
    Customer,
    Expr,
    Fact,
    Grid,
    Request,
    Rule,
    Told,
)
from tests.oracle.enumeration import solve

CHEAP = [F("0.000007"), F("0.000007"), F("0.000004")]  # the ladder of the specification's example

# --- an asked price ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "decision", "admitted_from"),
    [
        ("0.000008", "accepted", 0),
        ("0.000007", "accepted", 0),
        ("0.00000699", "requires_approval", 2),
        ("0.000004", "requires_approval", 2),
        ("0.00000399", "rejected", 3),
    ],
)
def test_an_asked_price_is_judged(price: str, decision: str, admitted_from: int) -> None:
    inputs = {**COMMITTED, PRICE: F(price)}
    answer = solve(example("asked", inputs, mode="allow_approval"))
    assert answer.decision == decision
    assert prices(answer.ladder) == [
        F(price) if level >= admitted_from else None for level in range(3)
    ]
    assert prices(answer.price_ladder) == CHEAP
    signed = [("vp-sales", ("deep-discount",))] if admitted_from == 2 else []
    assert list(answer.approvals) == signed


@pytest.mark.parametrize("price", ["0.0000075001", "0.0000199999", "0.000021", "0.000001"])
def test_an_asked_price_off_its_ticks_is_a_rejection(price: str) -> None:
    answer = solve(example("asked", {**COMMITTED, PRICE: F(price)}, mode="allow_approval"))
    assert answer.decision == "rejected"
    assert answer.near_miss
    assert answer.near_miss.off_bounds == {PRICE}
    assert prices(answer.price_ladder) == CHEAP


def test_levels_are_judged_by_an_asked_price_alone() -> None:
    """With 400 as the minimum the LTV is higher, which a lower price does not pay a signature."""
    few = needs("few", ("<=", name("minimum_monthly_turnover"), number(200)), "desk")
    wish: dict[str, Any] = {
        "inputs": {PRICE: F(2)},
        "open": ("minimum_monthly_turnover",),
        "approval_mode": "allow_approval",
    }
    answer = solve(case_of(few, **wish))
    assert (answer.decision, answer.ltv) == ("accepted", F(2400))
    assert [rung.ltv for rung in answer.ladder] == [F(2400), F(4800), F(4800), F(4800)]
    seller = solve(case_of(few, **wish, preference="seller_ltv"))
    assert (seller.decision, seller.level, seller.ltv) == ("requires_approval", 1, F(4800))


# --- fees -------------------------------------------------------------------------------------


def test_a_fee_moves_by_its_own_value_and_shows_as_charged() -> None:
    """Guaranteed 150 charges 150 for any fee up to it; the least move is none."""
    plan = replace(PLAN, terms={**PLAN.terms, "guaranteed_platform_fee": F(150)})
    wish: dict[str, Any] = {"open": ("platform_fee",), "preference": "seller_ltv"}
    low = needs("low", ("<=", name("platform_fee"), number(150)))
    answer = solve(with_plans(case_of(low, inputs={}, **wish), plan))
    assert answer.terms
    assert answer.configuration
    assert (answer.terms["platform_fee"], answer.configuration["platform_fee"]) == (100, 150)
    assert answer.ltv == 12 * (150 + 50 * 4)


def test_a_fee_as_an_input_keeps_to_its_bounds() -> None:
    assert solve(case_of(inputs={"platform_fee": F(75)})).ltv == 12 * 75
    assert solve(case_of(inputs={"platform_fee": F(76)})).decision == "rejected"
    off = solve(case_of(inputs={"seat_fee": F(1)})).near_miss
    assert off
    assert off.off_bounds == {"seat_fee"}


# --- the least commitment ---------------------------------------------------------------------

EITHER = needs(
    "either",
    (
        "or",
        (">=", name("prepaid_amount"), number(300)),
        (">=", name("minimum_monthly_turnover"), number(200)),
    ),
)
LEAST: dict[str, Any] = {
    "inputs": {PRICE: F(2)},
    "open": ("minimum_monthly_turnover", "prepaid_amount"),
    "preference": "least_commitment",
    "approval_mode": "allow_approval",
}


def test_the_least_commitment_is_the_fewest_and_smallest_moves() -> None:
    """300 of 1000 is a smaller move than 200 of 400."""
    answer = solve(case_of(EITHER, **LEAST))
    assert answer.moves == (1, F(3, 10))
    assert answer.terms
    assert answer.terms["prepaid_amount"] == 300
    assert prices(answer.price_ladder) == [0, 0, 0, 0]


def test_levels_are_judged_by_the_moves() -> None:
    """Self-serve could have it for half of the range; the desk signs for three tenths."""
    low = needs("low", ("<", name("prepaid_amount"), number(300)), "desk")
    answer = solve(case_of(EITHER, low, **LEAST))
    assert (answer.level, answer.moves) == (1, (1, F(3, 10)))
    alone = solve(case_of(EITHER, low, **{**LEAST, "approval_mode": "self_serve_only"}))
    assert (alone.level, alone.moves) == (0, (1, F(1, 2)))


def test_a_signature_buys_no_higher_value_at_equal_moves() -> None:
    """Prepaying leaves the value as it is here, the minimum of 400 would raise it at one move."""
    wish = {**LEAST, "open": ("minimum_monthly_turnover", "customer_funded_onboarding")}
    funded = Choice((False, True))
    plan = replace(PLAN, tunable={**PLAN.tunable, "customer_funded_onboarding": funded})
    onboarded = with_profile(
        with_plans(
            case_of(
                needs("any", ("or", name("customer_funded_onboarding"),
                              (">=", name("minimum_monthly_turnover"), number(400)))),
                needs("kept", ("not", name("customer_funded_onboarding")), "desk"),
                **wish,
            ),
            plan,
        ),
        costs={**USERS.costs, "onboarding_cost": F(5000)},
    )  # fmt: skip
    answer = solve(onboarded)
    assert [rung.ltv for rung in answer.ladder[:2]] == [4800 - 5000, 2400]
    assert (answer.level, answer.moves) == (0, (1, F(1)))


def test_a_move_to_or_from_unlimited_or_without_a_range_is_one() -> None:
    unlimited = F(10**15)
    plan = replace(
        PLAN,
        tunable={
            **PLAN.tunable,
            "included_units": Choice((F(0), F(10), unlimited)),
            "seat_fee": Grid(F(3), F(3), F(1)),
        },
    )
    wish = {**LEAST, "open": ("included_units", "seat_fee")}
    far = needs("far", (">", name("included_units"), number(10)))
    answer = solve(with_plans(case_of(far, **wish), plan))
    assert answer.moves == (2, F(2))
    near = needs("near", ("==", name("included_units"), number(10)))
    assert solve(with_plans(case_of(near, **wish), plan)).moves == (2, F(2))
    part = Choice((F(0), F(5), F(10), unlimited))
    half = replace(plan, tunable={**plan.tunable, "included_units": part})
    five = needs("five", ("==", name("included_units"), number(5)))
    assert solve(with_plans(case_of(five, **wish), half)).moves == (2, F(3, 2))


# --- this customer, and what a deal is measured against -----------------------------------------


def test_a_customer_has_a_size_of_its_own() -> None:
    """30 units for each of 2 members of 90 units: 30 beyond them at 2, and fees of 100."""
    plan = replace(PLAN, terms={**PLAN.terms, "included_units": F(30)}, allowance_kind="per_member")
    spread = with_profile(case_of(), usage=((F(1, 4), F(0)), (F(3, 4), F(80))))
    spread = with_plans(spread, plan)
    spread = replace(spread, request=replace(spread.request, inputs={PRICE: F(2)}))
    assert solve(spread).ltv == 12 * (100 + F(3, 4) * 50 * 2)
    sizes = {
        Customer(members=F(2)): F(3, 4) * (80 - 60),
        Customer(monthly_units=F(90)): F(3, 4) * (120 - 30),
        Customer(members=F(2), monthly_units=F(90)): F(3, 4) * (120 - 60),
        Customer(monthly_usage=((F(1), F(31)),)): F(1),
    }
    for customer, beyond in sizes.items():
        answer = solve(replace(spread, request=replace(spread.request, customer=customer)))
        assert answer.ltv == answer.reference_ltv == 12 * (100 + beyond * 2)
    asked = Customer(members=F(3))
    inputs = {PRICE: F(2), "included_units": F(30)}  # is never scaled, and is off the grid
    off = solve(replace(spread, request=Request("r", "plan", "users", inputs, customer=asked)))
    assert off.near_miss
    assert off.near_miss.configuration["included_units"] == 30


def test_references_are_those_that_are_named_and_available() -> None:
    dear = Configuration("dear", terms(platform_fee=F(900)))
    other = Configuration("other", terms(platform_fee=F(150)))
    same = Configuration("same", terms(platform_fee=F(150)))
    hidden = Configuration("hidden", terms(platform_fee=F(800)), available_to=("elsewhere",))
    plan = replace(PLAN, references=("hidden", "same", "other"))
    answer = solve(with_plans(case_of(), dear, plan, hidden, other, same))
    assert answer.reference_configuration == "other"
    assert answer.reference_ltv == 12 * 150
    everything = solve(with_plans(case_of(), dear, PLAN, hidden, other, same))
    assert everything.reference_configuration == "dear"


def test_price_response_is_taken_against_the_plan_that_was_observed() -> None:
    """All leave after a month where the bill is above that of the plan observed."""
    bands = ((F(1), F(0)), (None, F(1)))
    seen = Configuration("seen", terms(platform_fee=F(150)), available_to=("elsewhere",))
    asked = case_of(inputs={PRICE: F(2)})
    asked = with_plans(
        with_profile(asked, price_response=bands, retention=("constant", F(1))), PLAN, seen
    )
    assert solve(asked).ltv == 2400
    observed = with_profile(
        asked, price_response=bands, retention=("constant", F(1)), observed_on="seen"
    )
    answer = solve(observed)
    assert answer.ltv == answer.reference_ltv == 200


# --- facts, and who signs -----------------------------------------------------------------------

DECLARED = {
    "deal_type": Fact(("new", "renewal"), default="new"),
    "payment_terms": Fact(Grid(F(0), F(120), F(1)), "days", F(30)),
    "strategic": Fact(default=False),
}


@pytest.mark.parametrize(
    ("condition", "told", "holds"),
    [
        (("==", name("deal_type"), text("renewal")), {}, False),
        (("==", name("deal_type"), text("renewal")), {"deal_type": "renewal"}, True),
        (("!=", name("deal_type"), text("renewal")), {}, True),
        (("in", name("deal_type"), text("renewal"), text("new")), {}, True),
        (("not in", name("deal_type"), text("renewal")), {}, True),
        (("<=", name("payment_terms"), ("num", F(30), "days")), {}, True),
        (("<=", name("payment_terms"), number(30)), {"payment_terms": F(31)}, False),
        (name("strategic"), {}, False),
        (name("strategic"), {"strategic": True}, True),
        (("==", name("request.preference"), text("lower_usage_price")), {}, True),
        (("==", name("request.preference"), text("seller_ltv")), {}, False),
    ],
)
def test_facts_decide_whether_a_rule_applies(
    condition: Expr, told: Mapping[str, Told], *, holds: bool
) -> None:
    floor = (">=", name(PRICE), number(3))
    rule = needs("floor", floor, when=condition)
    answer = solve(_told(rule, told))
    assert answer.usage_unit_price == (3 if holds else 0)
    assert answer.rules[0].status == ("holds" if holds else "not_applicable")
    asked = solve(_told(needs("asked", condition), told))
    assert asked.decision == ("accepted" if holds else "rejected")


def _told(rule: Rule, told: Mapping[str, Told]) -> Case:
    case = case_of(rule, facts=DECLARED)
    return replace(case, request=replace(case.request, facts=told))


def test_all_who_must_sign_are_needed_and_only_they_sign() -> None:
    floor = needs("floor", (">=", name(PRICE), number(3)), "ceo", "cfo", "ceo")
    cap = needs("cap", (">=", name("platform_fee"), number(120)), "cfo")
    answer = solve(case_of(floor, cap, approval_mode="allow_approval"))
    assert prices(answer.ladder) == [None, None, 3, 0]
    assert answer.approvals == (("cfo", ("floor", "cap")), ("ceo", ("floor",)))


# --- near misses and figures --------------------------------------------------------------------


def test_the_near_miss_is_worth_the_most_and_no_dearer_than_list() -> None:
    never = needs("never", (">=", name("platform_fee"), number(101)))
    for preference, price in (("lower_usage_price", 2), ("seller_ltv", 4)):
        case = case_of(never, preference=preference)
        miss = solve(case).near_miss
        assert miss
        assert miss.configuration[PRICE] == price


def test_fewer_broken_rules_count_before_the_price_of_a_near_miss() -> None:
    never = needs("never", (">=", name("platform_fee"), number(101)))
    floor = needs("floor", (">=", name(PRICE), number(3)))
    miss = solve(case_of(never, floor)).near_miss
    assert miss
    assert miss.configuration[PRICE] == 4
    assert miss.violated == {"never"}


def test_figures_beside_those_at_list() -> None:
    inputs = {"minimum_monthly_turnover": F(300), "prepaid_amount": F(1000)}
    plan = replace(PLAN, tunable={**PLAN.tunable, "contract_duration_months": Choice((F(6),))})
    inputs = {**inputs, "contract_duration_months": F(6), PRICE: F(3)}
    case = with_plans(case_of(inputs=inputs), plan)
    case = with_profile(case, costs={**USERS.costs, "service_cost_per_month": F(20)})
    shown = solve(case).against_list
    assert shown
    assert [shown.bill, shown.list_bill, shown.margin, shown.list_margin] == [300, 200, 280, 180]
    assert [shown.committed_value, shown.expected_value] == [1800, 1800]
    assert shown.above_baseline_price
    assert shown.idle_price  # at most 300, which is the minimum
    free = solve(case_of(inputs={})).against_list
    assert free
    assert (free.above_baseline_price, free.idle_price) == (False, False)
