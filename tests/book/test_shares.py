"""The sides of a rule read as percentages where they are shares, however it is worded."""

from __future__ import annotations

from pathlib import Path

import pytest

from cp_pricing import load, solve
from cp_pricing.results import RuleReport
from cp_pricing.words.facts import figures
from tests.support.places import EXAMPLE


def reported(folder: Path, condition: str, define: str = "") -> tuple[RuleReport, str]:
    """A rule that only warns in a copy of the example, and its figures as people read them."""
    for name in ("catalog.yaml", "profiles.yaml", "tuning_requests.json"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    policy = (EXAMPLE / "policy.yaml").read_text(encoding="utf-8")
    rule = f"  - {{id: tried, effect: warn, require: '{condition}'}}\n"
    lines = policy.replace("rules:\n", f"rules:\n{rule}") + (f"define:\n{define}" if define else "")
    (folder / "policy.yaml").write_text(lines, encoding="utf-8")
    book, requests = load(folder)
    result = solve(book, requests[0])
    report = next(rule for rule in result.rules if rule.id == "tried")
    return report, figures(report, book.catalog.denomination())


@pytest.mark.parametrize(
    ("condition", "define"),
    [
        ("gross_margin >= 99%", ""),
        ("gross_margin >= 0.99", ""),
        ("my_share >= 0.99", "  my_share: gross_margin\n"),
        ("expected_monthly_margin / expected_monthly_bill >= 0.99", ""),
    ],
)
def test_a_share_is_a_percentage_by_any_name(tmp_path: Path, condition: str, define: str) -> None:
    report, words = reported(tmp_path, condition, define)
    assert report.share
    assert "99% is required" in words


@pytest.mark.parametrize(
    "condition",
    [
        "contract_duration_months / 12 months + 0 * gross_margin >= 7",
        "contract_duration_months / 12 months >= 7",
    ],
)
def test_a_count_is_none_whatever_is_mentioned_beside_it(tmp_path: Path, condition: str) -> None:
    report, words = reported(tmp_path, condition)
    assert not report.share
    assert "%" not in words
    assert "7.00 is required" in words
