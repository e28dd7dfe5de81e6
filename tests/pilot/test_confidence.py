"""How sure the pilot's answers are: the figures of docs/confidence.md."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from itertools import product

from constraints.language.expressions import Expression
from cp_pricing.book.loading import parse_price_book, parse_requests
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.results import TuningResult
from cp_pricing.tuning import deal_of, solve
from tests.support import docs
from tests.support.coulomb import plain, text
from tests.support.coulomb_answers import BOOK_FILES, answers, book, quoted
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


# What nobody calculates beforehand for each of 39 combinations of two open terms.
BY_TERM = """
  - id: sure-by-term
    require: ltv_confidence >= 95% - 0.5% * (contract_duration_months / 1 month)
  - id: at-risk
    require: 1 - ltv_confidence <= 15%
"""


def test_what_is_calculated_with_confidence_is_solved_over_open_terms() -> None:
    texts = {name: text(name) for name in BOOK_FILES}
    own = parse_price_book({**texts, "policy.yaml": texts["policy.yaml"] + BY_TERM})
    requests = parse_requests(own, text("tuning_requests.json"))
    (asked,) = [one for one in requests if one.id == "scale-up-open-terms"]
    result, deal = solve(own, asked), deal_of(own, asked, 30)
    assert result.decision == "accepted"
    assert result.configuration is not None
    # The exact check at every choice: none with a lower price keeps all rules, and the answer does.
    names = [*deal.space.domains]
    choices = product(*(list(deal.space.domains[name].values()) for name in names))
    kept = min(
        fields[PRICE]
        for fields in (dict(zip(names, choice, strict=True)) for choice in choices)
        if fields[PRICE] <= result.configuration.price
        and all(map(deal.offer.evaluator({**deal.space.fixed, **fields}).truth, in_force(deal)))
    )
    assert kept == result.configuration.price


def in_force(deal: Deal) -> list[Expression]:
    return [deal.conditions[name] for name in deal.in_force(0)]
