"""How sure the pilot's answers are: the figures of docs/confidence.md."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from cp_pricing.book.loading import parse_requests
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from tests.support import docs
from tests.support.coulomb import plain, text
from tests.support.coulomb_answers import answers, book, quoted
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "confidence.md"


@cache
def wholly(request: str) -> TuningResult:
    (asked,) = [r for r in parse_requests(book(), text("tuning_requests.json")) if r.id == request]
    return solve(book(), asked, detail="full")


def test_the_page_says_how_sure_each_price_is() -> None:
    along = wholly("small-team-lower-price").confidence_curve
    assert along is not None
    (rows,) = [rows for head, *rows in docs.tables(PAGE.relative_to(ROOT)) if head[0] == "price"]
    assert len(rows) == 5
    for price, _, share in rows:
        at = [step for step in along.steps if step.price <= Fraction(price) / 10**6][-1]
        assert f"{float(at.share * 100):g}%" == share
    said = re.findall(r"(\d+)% ask for (\d\.\d\d)|(\d+)% for (\d\.\d\d)", PAGE.read_text("utf-8"))
    told = {Fraction(int(a or c), 100): b or d for a, b, c, d in said}
    assert told == {one.at_least: quoted(one.usage_unit_price) for one in along.lowest}


def test_the_page_has_the_policy_of_the_pilot() -> None:
    asked = plain("policy.yaml")["ltv"]["confidence"]
    said = ", ".join(f"{key}: {value}" for key, value in asked.items())
    assert f"ltv:\n  confidence: {{{said}}}\n" in PAGE.read_text("utf-8")


def test_the_deal_desk_has_to_be_sure_and_the_vice_president_has_not() -> None:
    result = answers()["small-team-lower-price"]
    assert [quoted(step.usage_unit_price) for step in result.ladder] == ["5.90", "5.09", "4.59"]
    assert "ltv-confidence" not in result.ladder[1].waives
    assert "ltv-confidence" in result.ladder[2].waives
    sure = result.confidence
    assert sure is not None
    assert (sure.draws, sure.holds) == (200, 200)


def test_few_customers_cost_what_they_leave_open() -> None:
    result = wholly("scale-up-renewal")
    assert result.confidence is not None
    assert (result.confidence.draws, result.confidence.holds) == (200, 88)
    assert "with 24 customers, 90% costs USD 0.55 more: USD 5.80" in result.explanation
    assert not any("24 customers" in warning for warning in result.warnings)
