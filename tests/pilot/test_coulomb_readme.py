"""The pilot's README: every figure in it follows from the price book."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Any

import yaml

from tests.oracle.enumeration import fails, rules_of
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.support.coulomb import cases, number, plain, text
from tests.support.coulomb_answers import EXPECTED, PRICE, answers, asked, book, levels

FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")


def tables() -> list[list[list[str]]]:
    """The README's tables: rows of cells without the marks of code."""
    found: list[list[list[str]]] = [[]]
    for line in text("README.md").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip(" `") for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def table(corner: str, last: str) -> list[list[str]]:
    """The rows of the table with these first and last headings."""
    (rows,) = [rows for rows in tables() if (rows[0][0], rows[0][-1]) == (corner, last)]
    return rows[2:]


def test_readme_costs_follow_from_the_model_prices() -> None:
    prices = {row[1]: [number(cell) for cell in row[2:]] for row in table("provider", "output")}
    ((_, *kinds),) = table("", "output")
    shares = [number(kind) for kind in kinds]
    assert sum(shares) == 1
    per_model = {
        model: sum(share * price for share, price in zip(shares, row, strict=True))
        for model, row in prices.items()
    }
    assert per_model == {
        "claude-opus-5-5": Fraction("4.74"),
        "claude-sonnet-5-5": Fraction("2.37"),
        "gpt-5.4-mini": Fraction("1.00875"),
    }
    costs = {
        node["id"]: node["variable_cost_per_unit"] for node in plain("profiles.yaml")["profiles"]
    }
    rows = table("profile", "variable_cost_per_unit")
    assert [row[0] for row in rows] == list(costs)
    for profile, *cells in rows:
        *mix, blended, landed, cost = [number(cell) for cell in cells]
        assert sum(mix) == 1
        assert blended == sum(a * b for a, b in zip(mix, per_model.values(), strict=True))
        assert landed == blended * Fraction("1.05")
        assert cost == round(landed, 2) / 10**6 == number(costs[profile])


def test_readme_expected_usage_members_and_cohorts() -> None:
    rows = {row[0]: row[1:] for row in table("profile", "cohort")}
    nodes = {node["id"]: node for node in plain("profiles.yaml")["profiles"]}
    assert list(rows) == list(nodes)
    for name, (members, usage, _, cohort) in rows.items():
        node = nodes[name]
        expected = sum(
            number(use["weight"]) * number(use["units"]) for use in node["monthly_usage"]
        )
        assert number(usage.removesuffix("M")) * 10**6 == expected
        assert members == node["members_per_customer"]
        assert cohort.split()[0] == node["cohort"]["customers"]


def test_readme_levers() -> None:
    rows = table("inputs", "lowest price")
    for inputs, price in rows:
        given: Any = {} if inputs == "none" else yaml.safe_load(f"{{{inputs}}}")
        assert levels(asked(given))[0] == (None if price == "–" else price), inputs
    # More of the term, or anything beside it, always lowers the price.
    found = {inputs: Fraction(price) for inputs, price in rows if price != "–"}
    year = found["contract_duration_months: 12"]
    assert all(price < year for inputs, price in found.items() if ", " in inputs)
    terms = [price for inputs, price in found.items() if ", " not in inputs]
    assert terms == sorted(terms, reverse=True)
    assert len(set(terms)) == len(terms)


def test_readme_requests() -> None:
    def cell(price: str | None) -> str:
        return price or "–"

    expected = [
        [name, decision.replace("_", " "), cell(price), ", ".join(map(cell, ladder))]
        for name, (decision, price, ladder, _) in EXPECTED.items()
    ]
    assert table("request", "levels") == expected


def test_readme_says_what_limits_the_answers() -> None:
    lower = answers()["small-team-lower-price"]
    for name, price, rule in (
        ("small-team-lower-price", lower.ladder[0].usage_unit_price, "earned-discount"),
        ("small-team-lower-price", lower.ladder[1].usage_unit_price, "ltv-confidence"),
        ("small-team-lower-price", lower.ladder[2].usage_unit_price, "ltv-improvement"),
        ("small-team-two-years", Fraction("0.00000563"), "ltv-confidence"),
        ("small-team-two-years", Fraction("0.00000518"), "ltv-improvement"),
        ("small-team-high-included-approval", Fraction("0.00000752"), "ltv-improvement"),
        ("small-team-guaranteed-fee", Fraction("0.00000660"), "ltv-confidence"),
        ("small-team-guaranteed-fee", Fraction("0.00000629"), "ltv-improvement"),
        ("scale-up-annual-prepaid", Fraction("0.00000595"), "ltv-improvement"),
        ("scale-up-annual-prepaid", Fraction("0.00000630"), "ltv-confidence"),
    ):
        assert price is not None
        plan = book().configuration(cases()[name].configuration.id)
        assert rule in failed_at(name, price - plan.tunable[PRICE].domain.step)
        assert rule not in failed_at(name, price)


def test_high_included_usage_fails_at_every_price() -> None:
    never = {"ltv-improvement", "planned-margin", "worst-month", "allowance-fits-use"}
    for cents in range(200, 2001, 20):
        assert never <= failed_at("small-team-high-included", Fraction(cents, 10**8))


@cache
def market_of(name: str) -> Market:
    return Market(cases()[name])


def failed_at(name: str, price: Fraction) -> set[str]:
    """The rules that a request's terms break at a price, by the oracle."""
    case, market = cases()[name], market_of(name)
    terms = {**market.baseline.fields, **case.request.inputs, "usage_unit_price": price}
    scope = Scope(Offer(terms, market))
    return {rule.id for rule in rules_of(case) if fails(rule, scope)}


def test_readme_configurations() -> None:
    nodes = plain("catalog.yaml")["configurations"]
    rows = table("plan", "what it is")
    assert [row[0] for row in rows] == [node["id"] for node in nodes]
    for (_, available, description), node in zip(rows, nodes, strict=True):
        assert available.split(", ") == node["available_to"]
        said = {number(word.replace(",", "")) for word in FIGURE.findall(description)}
        price = number(node.get("usage_unit_price", "0")) * 10**6
        fees = [number(node.get(key, "0")) for key in ("platform_fee", "seat_fee")]
        minimum = number(node.get("minimum_monthly_turnover", "0"))
        due = [price, *fees, number(node.get("prepaid_amount", "0"))]
        due += [] if "prepaid_amount" in node else [minimum]
        assert {amount for amount in due if amount} <= said, node["id"]
        assert ("tunable" in description) == ("tunable" in node)


def test_readme_policy_figures() -> None:
    said = " ".join(text("README.md").split())
    policy = plain("policy.yaml")
    values = {name: item["value"] for name, item in policy["parameters"].items()}
    credit = {name: each for name, each in values.items() if name.endswith("_credit")}
    assert (
        "6%, 15% or 20% by the term, up to 8% by prepaying, up to 6% by a minimum or a guaranteed"
        " fee, 4% by paying for the onboarding, 4% by giving up early cancellation"
    ) in said
    assert list(credit.values()) == ["6%", "15%", "20%", "8%", "6%", "4%", "4%"]
    assert "worth 2% and USD 10 more than the best plan at list" in said
    ltv = policy["ltv"]
    assert (ltv["min_improvement_rate"], ltv["min_improvement_amount"]) == ("2%", "10 USD")
    assert ltv["confidence"] == {"at_least": "90%", "effect": "approval", "approver": "vp-sales"}
    assert "must also be worth that in 90% of the draws" in said
    assert "bills that rise by more than a quarter" in said
    assert values["bill_increase_limit"] == "125%"
    unwaivable = {rule["id"] for rule in policy["rules"] if "effect" not in rule}
    assert unwaivable == {
        "price-floor",
        "margin-floor",
        "prepayment-fits-term",
        "flexibility-needs-term",
        "big-allowance-needs-term",
        "no-dearer-than-list",
    }
    vice_president = {
        rule["id"] for rule in policy["rules"] if "vp-sales" in str(rule.get("approver"))
    }
    assert vice_president == {
        "worst-month",
        "deep-discount",
        "price-lock",
        "renewal-discount",
        "bill-increase",
        "late-payment",
    }
