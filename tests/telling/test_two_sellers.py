"""A customer can infer nothing: sellers who offer the same at once are the same to a customer."""

from __future__ import annotations

import json
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cp_pricing import parse_price_book, parse_requests
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.profiles.customers import Customer
from cp_pricing.report.page import customer_entries, customer_html
from tests import oracle
from tests.oracle.case import Case
from tests.support.places import COULOMB_API, PILOT
from tests.support.sellers import other_approvals, other_costs, without_costs

SEEDS = st.integers(0, 10**6)
# So much that every point of a curve is proved, even where the machine stands still for a second:
# what is compared is what is told, and not what a busy machine leaves out.
SECONDS = 600.0


def read(case: Case) -> tuple[PriceBook, TuningRequest]:
    texts = oracle.render(case)
    asked = texts.pop("tuning_requests.json")
    book = parse_price_book(texts)
    (request,) = parse_requests(book, asked)
    return book, request


def shown(book: PriceBook, *requests: TuningRequest) -> tuple[str, ...]:
    """All that customers see: the page as a quote, and the document that `explain` writes."""
    named = [each.model_copy(update={"customer": Customer(name="Alba")}) for each in requests]
    entries = list(customer_entries(book, named, valid_until=date(2027, 1, 31), time_limit=SECONDS))
    return (
        customer_html(book, entries, dated=date(2026, 11, 24)),
        *(entry.view.model_dump_json() for entry in entries),
    )


@settings(max_examples=25)
@given(seed=SEEDS, rng=st.randoms())
def test_what_approvers_would_concede_is_not_seen(seed: int, rng: Random) -> None:
    case = oracle.generate(seed, 1)
    assert shown(*read(case)) == shown(*read(other_approvals(case, rng)))


@settings(max_examples=25)
@given(seed=SEEDS, rng=st.randoms())
def test_costs_and_floors_below_what_is_offered_are_not_seen(seed: int, rng: Random) -> None:
    case = without_costs(oracle.generate(seed, 1), rng)
    assert shown(*read(case)) == shown(*read(other_costs(case, rng)))


# The floor of the price and that of the margin are below what is offered at once on any terms.
BEHIND = {
    "25%\n    description: The least markup": "30%\n    description: The least markup",
    "10%\n    description: How far an approved": "1%\n    description: How far an approved",
    "approvers: [deal-desk, vp-sales]": "approvers: [cfo]",
    "approver: vp-sales": "approver: cfo",
    "approver: [deal-desk, vp-sales]": "approver: cfo",
    "    effect: approval\n    approver: deal-desk\n": "",
}


def test_the_pilots_floors_and_approvers_are_not_seen() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in PILOT.glob("*.yaml")}
    asked = (PILOT / "tuning_requests.json").read_text(encoding="utf-8")
    other = texts["policy.yaml"]
    for before, after in BEHIND.items():
        assert before in other
        other = other.replace(before, after)
    pages = []
    for policy in (texts["policy.yaml"], other):
        book = parse_price_book(texts | {"policy.yaml": policy})
        pages.append(shown(book, *parse_requests(book, asked)))
    assert pages[0] == pages[1]
    # What is compared has the parts of a quote in it.
    for part in ("Alba", "24 November 2026", "31 January 2027", "twice what we expect"):
        assert part in pages[0][0]


# Margins and floors below what is offered at once, and who may waive what.
BEHIND_A_CARD = {
    "15%\n    description: The least markup": "12%\n    description: The least markup",
    "10%\n    description: How far an approved": "4%\n    description: How far an approved",
    "approvers: [deal-desk, vp-sales]": "approvers: [cfo]",
    "approver: [deal-desk, vp-sales]": "approver: cfo",
    "approver: vp-sales": "approver: cfo",
    "    effect: approval\n    approver: deal-desk\n": "",
}
ASKED_OF_A_CARD = ("product-lower-price", "product-agreed-output", "platform-renewal")


def test_floors_and_approvers_behind_a_rate_card_are_not_seen() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in COULOMB_API.glob("*.yaml")}
    asked = (COULOMB_API / "tuning_requests.json").read_text(encoding="utf-8")
    other = texts["policy.yaml"]
    for before, after in BEHIND_A_CARD.items():
        assert before in other
        other = other.replace(before, after)
    pages = []
    for policy in (texts["policy.yaml"], other):
        book = parse_price_book(texts | {"policy.yaml": policy})
        requests = [each for each in parse_requests(book, asked) if each.id in ASKED_OF_A_CARD]
        pages.append(shown(book, *requests))
    assert pages[0] == pages[1]
    for part in ("What usage costs", "A month from list to net", "The bill by use", "off usage"):
        assert part in pages[0][0]


ALIKE = {
    "catalog.yaml": """
catalog: alike
currency: USD
unit: token
configurations:
  - id: plan
    name: Plan
    platform_fee: 10
    included_units: 0
    usage_unit_price: 10
    tunable:
      usage_unit_price: {min: 1, max: 20, tick: 1}
      minimum_monthly_turnover: {min: 0, max: 100, step: 1}
      guaranteed_platform_fee: {min: 0, max: 100, step: 1}
""",
    "profiles.yaml": """
profiles:
  - id: anybody
    monthly_usage: [{weight: 1, units: 10}]
    retention: {model: constant, monthly_churn: 3%}
""",
}
WORDS = (
    ("minimum_monthly_turnover + guaranteed_platform_fee >= 60",),
    (
        "minimum_monthly_turnover >= 20 or guaranteed_platform_fee >= 20",
        "guaranteed_platform_fee + minimum_monthly_turnover >= 60",
        "usage_unit_price >= 1",
    ),
)


def test_which_of_equal_counteroffers_comes_first_tells_nothing_of_the_rules() -> None:
    pages = []
    for rules in WORDS:
        lines = [f"  - {{id: r{place}, require: {rule}}}" for place, rule in enumerate(rules)]
        ltv = "ltv: {horizon_months: 12, annual_discount_rate: 10%, effect: warn}"
        policy = "\n".join(["policy: p", ltv, "rules:", *lines])
        book = parse_price_book(ALIKE | {"policy.yaml": policy})
        asked = {"id": "r", "configuration": "plan", "profile": "anybody"}
        pages.append(shown(book, *parse_requests(book, json.dumps({"requests": [asked]}))))
    assert "guarantee a platform fee of USD 60 a month" in pages[0][1]
    assert pages[0] == pages[1]
