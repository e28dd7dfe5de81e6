"""The pilot's answers: what they must be, and what the solver says, also to other requests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from cp_pricing.book.loading import parse_price_book, parse_requests
from cp_pricing.book.price_book import PriceBook
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from tests.support.coulomb import ALL_DRAWS, text

PROFILES = ("solo", "small-team", "scale-up")
DRAWS = tuple(f"{profile}.draws.jsonl.gz" for profile in PROFILES)
BOOK_FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml", *DRAWS)
TEAM = ("membership-plus-overage", "small-team")
ANNUAL = ("committed-annual", "scale-up")
ALLOWANCE = "included_units"
MONTHS = "contract_duration_months"
MINIMUM = "minimum_monthly_turnover"
PREPAID = "prepaid_amount"
GUARANTEED = "guaranteed_platform_fee"
ONBOARDING = "customer_funded_onboarding"
FLEXIBILITY = "reduced_cancellation_flexibility"
PRICE = "usage_unit_price"
# Decision, price and the price at each approval level (USD per 1M tokens), approvals.
EXPECTED: dict[str, tuple[str, str | None, list[str | None], list[str]]] = {
    "small-team-lower-price": ("accepted", "5.90", ["5.90", "5.09", "4.59"], []),
    "small-team-high-included": ("rejected", None, [None, None, None], []),
    "small-team-high-included-approval": (
        "requires_approval",
        "7.52",
        [None, None, "7.52"],
        ["deal-desk", "vp-sales"],
    ),
    "small-team-two-years": (
        "requires_approval",
        "5.18",
        ["6.11", "5.63", "5.18"],
        ["deal-desk", "vp-sales"],
    ),
    "small-team-deep-discount": (
        "requires_approval",
        "3.38",
        ["5.60", "4.80", "3.38"],
        ["deal-desk", "vp-sales"],
    ),
    "small-team-guaranteed-fee": ("accepted", "6.60", ["6.60", "6.60", "6.29"], []),
    "small-team-seller-ltv": ("accepted", "9.70", ["9.70", "9.70", "9.78"], []),
    "small-team-out-of-bounds": ("rejected", None, [None, None, None], []),
    "solo-prepaid-year": ("accepted", "7.14", ["7.14", "7.13", "6.95"], []),
    "scale-up-annual-prepaid": ("accepted", "6.30", ["6.30", "6.30", "5.95"], []),
    "scale-up-open-terms": ("accepted", "4.90", ["4.90", "4.90", "3.95"], []),
    "scale-up-high-included": ("rejected", None, [None] * 3, []),
    "small-team-asked-price": (
        "requires_approval",
        "5.50",
        [None, None, "5.50"],
        ["deal-desk", "vp-sales"],
    ),
    "small-team-least-commitment": ("accepted", "6.50", ["6.50"] * 3, []),
    "small-team-own-size": ("accepted", "7.49", ["7.49", "7.13", "6.94"], []),
    "scale-up-renewal": (
        "requires_approval",
        "5.25",
        [None, "5.80", "5.25"],
        ["deal-desk", "vp-sales"],
    ),
}


@cache
def book(without: str = "", draws: int = ALL_DRAWS) -> PriceBook:
    """The pilot with the first draws of its profiles, and perhaps without one of its rules."""
    texts = {name: text(name, draws) for name in BOOK_FILES}
    if without:
        whole = rf"  - id: {without}\n(?:    .*\n)+"
        texts["policy.yaml"], removed = re.subn(whole, "", texts["policy.yaml"])
        assert removed == 1
    return parse_price_book(texts)


@cache
def answers(draws: int = ALL_DRAWS) -> dict[str, TuningResult]:
    """The results of the pilot's own requests by id, with the first draws."""
    pilot = book(draws=draws)
    requests = parse_requests(pilot, text("tuning_requests.json"))
    return {request.id: solve(pilot, request) for request in requests}


def asked(
    inputs: Mapping[str, float | bool],
    deal: tuple[str, str] = TEAM,
    preference: str = "lower_usage_price",
    facts: Mapping[str, int | str] | None = None,
    without: str = "",
) -> TuningResult:
    """The answer to a request of its own, without approval."""
    configuration, profile = deal
    request = {
        "id": "x",
        "configuration": configuration,
        "profile": profile,
        "inputs": inputs,
        "preference": preference,
        "facts": facts or {},
    }
    (parsed,) = parse_requests(book(without), json.dumps({"requests": [request]}))
    return solve(book(without), parsed)


def quoted(price: Fraction | None) -> str | None:
    """A price in USD per 1M tokens, which the pilot's ticks make whole cents."""
    if price is None:
        return None
    cents = price * 10**8
    assert cents.denominator == 1
    return f"{cents.numerator // 100}.{cents.numerator % 100:02}"


def levels(result: TuningResult) -> list[str | None]:
    """The price of each approval level."""
    return [quoted(step.usage_unit_price) for step in result.ladder]


def price_of(result: TuningResult) -> str | None:
    return quoted(result.configuration.price) if result.configuration else None
