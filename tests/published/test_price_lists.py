"""The price lists of the data: bills that their sellers have worked out, and their policies.

The READMEs in data/price-lists name the pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cp_pricing import PriceBook, load_price_book, load_requests, solve
from cp_pricing.authoring.policy_tests import load_tests
from cp_pricing.authoring.testing import coverage_of, run
from tests.support.bills import bill_at_list
from tests.support.command import run as command
from tests.support.places import COULOMB_API, PRICE_LISTS

BOOKS = (*sorted(folder for folder in PRICE_LISTS.iterdir() if folder.is_dir()), COULOMB_API)

# Book, plan, profile, units a month, and the bill that was published.
SUPABASE = ("database-platform", "pro", "consumer-app")
FASTLY = ("cdn", "pay-as-you-go", "magazine")
TWILIO = ("messages", "pay-as-you-go", "shop")
WORKED: tuple[tuple[str, str, str, dict[str, int], str], ...] = (
    # Supabase's "Manage Monthly Active Users usage": within the quota, and exceeding it.
    (*SUPABASE, {"active_users": 23_000}, "25"),
    (*SUPABASE, {"active_users": 160_000}, "220"),
    # "Manage Egress usage", less the 5 that its compute costs beyond the credit.
    (*SUPABASE, {"egress": 200, "cached_egress": 230}, "25"),
    (*SUPABASE, {"egress": 300, "cached_egress": 800}, "46"),
    # "Manage Edge Function Invocations usage", likewise.
    (*SUPABASE, {"invocations": 1_800_000}, "25"),
    (*SUPABASE, {"invocations": 3_400_000}, "29"),
    # "Manage Storage size usage", where 5.397 is rounded to 5.4.
    (*SUPABASE, {"storage": 85}, "25"),
    (*SUPABASE, {"storage": 357}, "30.397"),
    # Fastly's "About the charges on your bill": 8.70, which falls below the minimum.
    (*FASTLY, {"bandwidth": 10, "requests": 10_000_000}, "50"),
    # An outbound message to a subscriber of AT&T, worked out on dev.to.
    (*TWILIO, {"sms": 1, "carrier": 1}, "0.0118"),
)


@cache
def book(folder: Path) -> PriceBook:
    return load_price_book(folder)


@pytest.mark.parametrize(("name", "plan", "profile", "units", "published"), WORKED)
def test_a_published_bill_comes_out(
    name: str, plan: str, profile: str, units: dict[str, int], published: str
) -> None:
    ours = bill_at_list(book(PRICE_LISTS / name), plan, profile, units)
    assert ours == Fraction(published)


def test_what_falls_below_the_minimum_is_what_its_seller_says() -> None:
    small = bill_at_list(book(PRICE_LISTS / "cdn"), *FASTLY[1:], {"requests": 60_000_000})
    more = {"bandwidth": 10, "requests": 70_000_000}
    large = bill_at_list(book(PRICE_LISTS / "cdn"), *FASTLY[1:], more)
    assert small == 50
    # Beyond the minimum those 10 GB and 10 million requests are the published 8.70.
    assert large - Fraction("0.00000075") * 60_000_000 == Fraction("8.70")


def test_with_tiers_by_volume_more_can_cost_less() -> None:
    at = {
        units: bill_at_list(
            book(PRICE_LISTS / "messages"), "volume-contract", "marketplace", {"sms": units}
        )
        for units in (500_000, 500_001)
    }
    assert at == {500_000: 3950, 500_001: Fraction("3750.0075")}


def months(folder: Path) -> Iterator[dict[str, Any]]:
    profiles = yaml.safe_load((folder / "profiles.yaml").read_text("utf-8"))["profiles"]
    for profile in profiles:
        yield from (scenario["units"] for scenario in profile["monthly_usage"])


def test_the_monthly_credit_is_always_used_up() -> None:
    # Only so is it the fee of the first seat, as the README says.
    folder = PRICE_LISTS / "hosting"
    for units in months(folder):
        used = bill_at_list(book(folder), "pro", "product-team", units) - 20
        assert used >= 20


@pytest.mark.parametrize("folder", BOOKS, ids=lambda folder: folder.name)
def test_its_policy_is_tested_rule_by_rule_and_has_no_warnings(folder: Path) -> None:
    outcomes = [run(book(folder), test) for test in load_tests(book(folder))]
    assert [(o.test.name, o.failures) for o in outcomes if not o.passed] == []
    assert coverage_of(book(folder), outcomes).percent == 100
    done = command("policy", "check", folder, "--deny-warnings")
    assert (done.exit_code, done.stdout) == (0, "no faults, no warnings\n")
    assert command("policy", "fmt", folder, "--check").exit_code == 0


def percent(share: str | None) -> str:
    """A discount as the READMEs write it."""
    return "–" if share is None else f"{float(share) * 100:g}%"


def answers(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each request with its decision, its discount, and the discount at each level."""
    for request in load_requests(book(folder)):
        result = solve(book(folder), request).model_dump(mode="json")
        levels = [percent(step["usage_discount"]) for step in result["ladder"]]
        found = result["configuration"]
        discount = percent(found["usage_discount"] if found else None)
        yield request.id, [result["decision"].replace("_", " "), discount, ", ".join(levels)]


@pytest.mark.parametrize("folder", BOOKS, ids=lambda folder: folder.name)
def test_its_readme_has_the_answers(folder: Path) -> None:
    lines = (folder / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    head = rows.index(["request", "decision", "discount", "levels"])
    told = {row[0]: row[1:] for row in takewhile(lambda row: len(row) == 4, rows[head + 2 :])}
    assert told == dict(answers(folder))
