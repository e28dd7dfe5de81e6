"""The pilot with the draws that were fitted to its history: the figures of docs/confidence.md."""

from __future__ import annotations

import gzip
import re
from fractions import Fraction
from functools import cache

from cp_pricing.book.loading import parse_price_book, parse_requests
from cp_pricing.book.price_book import PriceBook
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from tests.support import docs
from tests.support.coulomb import text
from tests.support.coulomb_answers import BOOK_FILES, quoted
from tests.support.places import PILOT, ROOT

PAGE = ROOT / "docs" / "confidence.md"
PROFILES = ("solo", "small-team", "scale-up")


@cache
def book(*, asking: bool = False) -> PriceBook:
    """The pilot whose profiles name their draws; with the policy of the page, if it asks."""
    texts = {name: text(name) for name in BOOK_FILES}
    for profile in PROFILES:
        name, id_ = f"{profile}.draws.jsonl.gz", f"  - id: {profile}\n"
        assert id_ in texts["profiles.yaml"]
        texts["profiles.yaml"] = texts["profiles.yaml"].replace(id_, f"{id_}    draws: {name}\n")
        texts[name] = gzip.decompress((PILOT / name).read_bytes()).decode()
    if asking:
        (said,) = re.findall(r"^  confidence: .*\n", PAGE.read_text("utf-8"), re.MULTILINE)
        texts["policy.yaml"] = texts["policy.yaml"].replace("\nltv:\n", f"\nltv:\n{said}")
    return parse_price_book(texts)


@cache
def answer(request: str, *, asking: bool = False) -> TuningResult:
    asked = parse_requests(book(asking=asking), text("tuning_requests.json"))
    (wanted,) = [one for one in asked if one.id == request]
    return solve(book(asking=asking), wanted, detail="full" if not asking else "rules")


def test_the_page_says_how_sure_each_price_is() -> None:
    curve = answer("small-team-lower-price").confidence_curve
    assert curve is not None
    (rows,) = [rows for head, *rows in docs.tables(PAGE.relative_to(ROOT)) if head[0] == "price"]
    assert len(rows) == 4
    for price, _, share in rows:
        at = [step for step in curve.steps if step.price <= Fraction(price) / 10**6][-1]
        assert f"{float(at.share * 100):g}%" == share
    said = re.findall(r"(\d+)% ask for (\d\.\d\d)|(\d+)% for (\d\.\d\d)", PAGE.read_text("utf-8"))
    told = {Fraction(int(a or c), 100): b or d for a, b, c, d in said}
    assert told == {one.at_least: quoted(one.usage_unit_price) for one in curve.lowest}


def test_the_deal_desk_has_to_be_sure_and_the_vice_president_has_not() -> None:
    before, after = (answer("small-team-lower-price", asking=asking) for asking in (False, True))
    prices = [[quoted(step.usage_unit_price) for step in one.ladder] for one in (before, after)]
    assert prices == [["5.90", "4.80", "4.59"], ["5.90", "5.09", "4.59"]]
    assert "ltv-confidence" in after.ladder[2].waives
    sure = after.confidence
    assert sure is not None
    assert (sure.draws, sure.holds) == (200, 200)


def test_few_customers_cost_what_they_leave_open() -> None:
    result = answer("scale-up-renewal", asking=False)
    assert result.confidence is not None
    assert result.confidence.draws == 200
    told = "with 24 customers, 90% costs USD 0.55 more: USD 5.80 per 1M tokens"
    assert told in result.explanation
    assert not any("24 customers" in warning for warning in result.warnings)
