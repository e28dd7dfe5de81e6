"""The counteroffers of section 8 by trying everything, on books worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

from tests.explanations.offers import Grid, Proposal
from tests.explanations.rulings import Rulings
from tests.explanations.subsets import feasible_subsets, minimal_conflicts
from tests.explanations.universe import universe_of
from tests.oracle.by_hand.tiny import PLAN, case_of, name, needs, number, with_plans
from tests.oracle.by_hand.tiny_cards import PLAN_OF_RATES, TUNABLE, card_case
from tests.oracle.case import DISCOUNT, PRICE, Case, Choice, Expr
from tests.oracle.case import Grid as Bounds
from tests.oracle.enumeration import solve

ASKED: dict[str, Any] = {"inputs": {PRICE: F(2)}}


def at_least(field: str, value: int) -> Expr:
    return (">=", name(field), number(value))


def offers(case: Case) -> tuple[list[Proposal], bool]:
    return Grid(case).expected(solve(case))


def changes(case: Case) -> list[list[str]]:
    return [sorted(one.changed) for one in offers(case)[0]]


def value(one: Proposal, field: str) -> F:
    return F(one.offer.fields[field])


def test_an_asked_price_is_kept() -> None:
    committed = needs("committed", at_least("minimum_monthly_turnover", 200))
    asked, dearer = offers(case_of(committed, **ASKED))
    assert not dearer
    assert {value(one, PRICE) for one in asked} == {2}
    high, dearer = offers(case_of(committed, inputs={PRICE: F(3)}))
    assert dearer
    assert {value(one, PRICE) for one in high} == {3}
    off = case_of(committed, inputs={PRICE: F(5)})
    assert offers(off)[0] == []


def test_none_is_offered_where_another_price_would_be_needed() -> None:
    floor = needs("floor", at_least(PRICE, 3))
    assert offers(case_of(floor, **ASKED))[0] == []
    solved, dearer = offers(case_of(floor, needs("fee", at_least("platform_fee", 125))))
    assert dearer
    assert {value(one, PRICE) for one in solved} == {3}


def test_no_prepayment_above_what_the_term_bills() -> None:
    """The baseline bills 200 in its term of one month."""
    some = needs("some", at_least("prepaid_amount", 300))
    assert offers(case_of(some, **ASKED))[0] == []
    few = needs("few", at_least("prepaid_amount", 200))
    assert changes(case_of(few, **ASKED)) == [["prepaid_amount"]]
    longer = replace(
        PLAN, tunable={**PLAN.tunable, "contract_duration_months": Choice((F(1), F(2)))}
    )
    both = ["contract_duration_months", "prepaid_amount"]
    assert changes(with_plans(case_of(some, **ASKED), longer)) == [both]
    # What the request itself has, may be kept.
    own: dict[str, Any] = {"inputs": {PRICE: F(2), "prepaid_amount": F(300), "platform_fee": F(75)}}
    fee = needs("fee", at_least("platform_fee", 100))
    assert changes(case_of(some, fee, **own)) == [["platform_fee"]]


def test_no_minimum_above_the_bill_at_list() -> None:
    high = needs("high", at_least("minimum_monthly_turnover", 300))
    assert offers(case_of(high, **ASKED))[0] == []
    within = needs("within", at_least("minimum_monthly_turnover", 200))
    assert changes(case_of(within, **ASKED))[0] == ["minimum_monthly_turnover"]


def test_what_another_offer_dominates_is_left_out() -> None:
    """Nearest of both is a fee of 125 with a minimum of 100, which asks for more than the fee."""
    either = needs(
        "either",
        ("or", at_least("minimum_monthly_turnover", 200), at_least("platform_fee", 125)),
    )
    every = Grid(case_of(either, **ASKED)).proposals(dearer=False)
    fields = {"minimum_monthly_turnover", "platform_fee"}
    both = next(one for one in every if one.changed == fields)
    assert value(both, "platform_fee") == 125
    assert value(both, "minimum_monthly_turnover") == 100
    assert changes(case_of(either, **ASKED)) == [["platform_fee"], ["minimum_monthly_turnover"]]


def test_an_offer_without_a_signature_is_not_dominated_by_one_that_needs_it() -> None:
    """A fee of 125 needs nobody; 100 with a minimum is signed."""
    either = needs(
        "either",
        ("or", at_least("minimum_monthly_turnover", 100), at_least("platform_fee", 125)),
    )
    kept = needs("kept", at_least("platform_fee", 100))
    listed = needs("listed", at_least("platform_fee", 125), "desk")
    case = case_of(either, kept, listed, **ASKED, approval_mode="allow_approval")
    assert [(sorted(one.changed), set(one.approvers)) for one in offers(case)[0]] == [
        (["platform_fee"], set()),
        (["minimum_monthly_turnover"], {"desk"}),
    ]


def test_an_answer_above_the_price_at_list_has_offers_that_are_not() -> None:
    cover = needs("cover", at_least("expected_monthly_bill", 225))
    dear = case_of(cover)
    answer = solve(dear)
    assert answer.usage_unit_price == 3
    found, dearer = offers(dear)
    assert not dearer
    assert found
    assert all(value(one, PRICE) <= 2 for one in found)
    assert offers(case_of(cover, inputs={PRICE: F(3)})) == ([], False)
    assert offers(case_of()) == ([], False)


# --- rate cards: at list a bill of 535, 21 of it for input beyond 3 million, 390 for output ------


def test_an_allowance_of_one_meter_is_changed_and_compared_by_meter() -> None:
    """Each million less of input is 3 more: with 2 million the bill is 538."""
    bill = needs("bill", at_least("expected_monthly_bill", 538))
    found, dearer = offers(card_case(bill, inputs={DISCOUNT: F(0)}))
    assert not dearer
    assert [sorted(one.changed) for one in found] == [["included_units.input"]]
    assert value(found[0], "included_units.input") == 2_000_000
    assert value(found[0], DISCOUNT) == 0


def test_a_discount_is_above_the_baseline_where_it_is_negative() -> None:
    """With 4 million of input 408 are discountable: a fifth more is 613.6 with all the rest."""
    bill = needs("bill", at_least("expected_monthly_bill", 600))
    more = needs("more", at_least("included_units.input", 4_000_000))
    found, dearer = offers(card_case(bill, more))
    assert dearer
    assert [sorted(one.changed) for one in found] == [["included_units.input"]]
    assert value(found[0], DISCOUNT) == F("-0.2")
    assert found[0].offer.bill == F("613.6")
    fixed = replace(PLAN_OF_RATES, tunable={**TUNABLE, DISCOUNT: Bounds(F(0), F("0.6"), F("0.2"))})
    assert offers(card_case(bill, more, card=fixed)) == ([], False)


def test_an_override_is_given_up_and_never_another_one() -> None:
    """With 300 for the output the bill is 445; at the list rate, or with a minimum, it is 500.

    Under that minimum a million more of input is free, and so that offer is the better one.
    """
    bill = needs("bill", at_least("expected_monthly_bill", 500))
    asked: dict[str, Any] = {"rates.output": F("0.00001"), DISCOUNT: F(0)}
    found, dearer = offers(card_case(bill, inputs=asked))
    assert not dearer
    assert [(sorted(one.changed), one.rank[1]) for one in found] == [
        (["rates.output"], 1),
        (["included_units.input", "minimum_monthly_turnover"], F(2, 3)),
    ]
    given_up, kept = found
    assert value(kept, "rates.output") == F("0.00001")
    assert "rates.output" not in given_up.offer.fields


def test_an_override_outside_its_bounds_can_only_be_given_up() -> None:
    found, _ = offers(card_case(inputs={"rates.input": F("0.000002"), DISCOUNT: F(0)}))
    assert [sorted(one.changed) for one in found] == [["rates.input"]]


def test_an_override_and_a_rate_are_not_compared() -> None:
    """Neither dominates the other, however cheap one of them is."""
    grid = Grid(card_case(inputs={"rates.output": F("0.00001"), DISCOUNT: F(0)}))
    every = grid.proposals(dearer=False)
    one = next(each for each in every if not each.changed)
    other = next(each for each in every if each.changed == {"rates.output"})
    assert not one.dominates(other)
    assert not other.dominates(one)


def test_a_trade_off_is_of_one_meter_and_an_override_is_none() -> None:
    """With 4 million of input, or without, the greatest discount for 250 of usage is the same."""
    paid = needs("paid", at_least("expected_usage_charge", 250))
    case = card_case(paid, inputs={"included_units.input": F(4_000_000), "rates.output": F(0)})
    assert solve(case).decision == "rejected"
    case = card_case(paid, inputs={"included_units.input": F(4_000_000)})
    answer = solve(case)
    assert answer.usage_discount == F("0.4")
    (worth,) = Rulings(case, answer).commitments()
    assert worth.field == "included_units.input"
    assert worth.without == (F("0.4"), 12 * (100 + F("0.6") * 411 + 24))
    assert worth.next_value == 5_000_000
    assert worth.one_step_more == (F("0.4"), 12 * (100 + F("0.6") * 405 + 24))
    assert worth.ltv_worth == -12 * F("0.6") * 3


def test_a_dropped_override_may_be_any_or_none() -> None:
    """Output at 20 a million is 600, at list 390: usage is cheap with 10 or 0 a million only."""
    cheap = needs("cheap", ("<=", name("expected_usage_charge"), number(340)))
    case = card_case(cheap, inputs={"rates.output": F("0.00002"), DISCOUNT: F(0)})
    universe = universe_of(case)
    assert universe.members[:2] == ("cheap", "request:usage_discount")
    feasible = feasible_subsets({point.met for point in universe.points}, len(universe.members))
    conflicts = {universe.named(bits) for bits in minimal_conflicts(feasible)}
    assert conflicts == {frozenset({"cheap", "request:rates.output"})}
    met = {point.offer.fields.get("rates.output") for point in universe.points}
    assert met == {None, 0, F("0.00001"), F("0.00002")}
