"""The counteroffers of section 8 by trying everything, on books worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

from tests.explanations.offers import Grid, Proposal
from tests.oracle.case import PRICE, Case, Choice, Expr
from tests.oracle.enumeration import solve
from tests.oracle.tiny import PLAN, case_of, name, needs, number, with_plans

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
