"""docs/by-hand.md: a calculator agrees with every figure on it, and so does the solver."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from constraints.language.expressions import Value
from cp_pricing.model.lifetime_value import Factors
from cp_pricing.model.pricing import pricing_of
from tests.support import docs
from tests.support.books import evaluated
from tests.support.coulomb_answers import answers, book

BY_HAND = Path("docs/by-hand.md")
TICK = Fraction(1, 10**8)


def worked() -> dict[str, str]:
    """The figures of the page's calculations, by what they are."""
    return {what: result for what, _, result in docs.calculations(BY_HAND)}


def figure(beginning: str) -> str:
    (found,) = (result for what, result in worked().items() if what.startswith(beginning))
    return found


@pytest.mark.parametrize("row", docs.calculations(BY_HAND), ids=lambda row: row[0][:40])
def test_calculator_agrees(row: tuple[str, str, str]) -> None:
    _, calculation, result = row
    assert docs.agrees(docs.calculated(calculation), result)


def test_worked_answer_is_that_of_the_solver() -> None:
    result = answers()["small-team-lower-price"]
    rules = {rule.id: rule for rule in result.rules}
    plan = "membership-plus-overage"
    listed = evaluated(book(), plan, "small-team", plan)
    earned, ltv = rules["earned-discount"], result.ltv
    bill, margin = rules["bill-increase"].left, rules["payback"].left
    for beginning, exact in {
        "expected bill": bill,
        "expected bill at list": listed["expected_monthly_bill"],
        "expected margin at list": listed["expected_monthly_margin"],
        "lifetime value: A": ltv.tuned,
        "reference": ltv.reference,
        "required": ltv.required,
        "earned": earned.right,
        "discount at 5.90": earned.left,
        "lifetime value at 4.59": result.ladder[2].ltv,
    }.items():
        shown = worked()[beginning] if beginning in worked() else figure(beginning)
        assert exact is not None
        assert docs.agrees(float(exact), shown), beginning
    assert margin is not None
    assert docs.agrees(float(margin) / 12, figure("expected margin, after"))
    assert result.configuration is not None
    assert result.configuration.price == 590 * TICK


@pytest.mark.parametrize(("months", "names"), [(12, ("A: these", "G", "D")), (1, ("A of",))])
def test_worked_factors_are_those_of_the_solver(months: int, names: tuple[str, ...]) -> None:
    factors = Factors(book().profile("small-team"), book().policy.ltv).at(
        months, reduced=False, band=1
    )
    values = (factors.retained_value, factors.guarantee_value, factors.prepaid_drawdown)
    for name, value in zip(names, values, strict=False):
        (shown,) = (result for what, result in worked().items() if re.match(rf"{name}\b", what))
        places = len(shown.partition(".")[2])
        # A figure is calculated from rounded ones: its last place may be off by one.
        assert abs(float(value) - float(shown)) <= 10**-places, name


def test_worked_limits_are_where_the_rules_begin_to_fail() -> None:
    offer = pricing_of(book()).offer("membership-plus-overage", "small-team")
    inputs: dict[str, Value] = {
        "contract_duration_months": Fraction(12),
        "prepaid_amount": Fraction(900),
        "minimum_monthly_turnover": Fraction(120),
        "customer_funded_onboarding": True,
    }
    rules = {rule.id: rule.require for rule in pricing_of(book()).rules}
    for price, rule in ((590, "earned-discount"), (480, "deep-discount"), (459, "ltv-improvement")):
        for cents, holds in ((price, True), (price - 1, False)):
            evaluator = offer.evaluator({**inputs, "usage_unit_price": cents * TICK})
            assert evaluator.truth(rules[rule]) is holds, (rule, cents)
