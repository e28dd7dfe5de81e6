"""What is said of rate cards: the first line, what a customer reads, and nothing of the seller."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.results import TuningResult
from cp_pricing.telling.context import told_of
from cp_pricing.telling.customer_view import CustomerView
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.telling.screen import screen
from cp_pricing.telling.story import story
from cp_pricing.tuning import solve_for_customer
from tests.support.places import COULOMB_API, PRICE_LISTS

CARDS = (COULOMB_API, *sorted(path for path in PRICE_LISTS.iterdir() if path.is_dir()))
BOOK = load_price_book(COULOMB_API)
REQUESTS = {request.id: request for request in load_requests(BOOK)}


def solved(name: str) -> TuningResult:
    return solve(BOOK, REQUESTS[name], detail="rules")


def view_of(name: str) -> CustomerView:
    request = REQUESTS[name]
    result = solve_for_customer(BOOK, request)
    return explained_to_customer(told_of(BOOK, request, result))


FIRST_LINES = {
    "product-lower-price": (
        "11.5% off usage, without any approval: USD 3.9825 per 1M input tokens, USD 0.39825 per 1M"
        " cached input tokens, from USD 17.70 per 1M output tokens"
    ),
    "product-agreed-output": (
        "2% off usage as asked, once `deal-desk` and `vp-sales` approve: USD 4.41 per 1M input"
        " tokens, USD 0.441 per 1M cached input tokens, USD 18.00 per 1M output tokens"
    ),
    "product-seller-ltv": (
        "5.5% above list rates, without any approval: USD 4.7475 per 1M input tokens, USD 0.47475"
        " per 1M cached input tokens, from USD 21.10 per 1M output tokens"
    ),
    "platform-cheaper-search": (
        "no usage discount satisfies all rules; the near miss breaks `search-passes-through` (web"
        " searches are sold at what they cost, and never below)"
    ),
}


@pytest.mark.parametrize(("request_id", "line"), FIRST_LINES.items(), ids=FIRST_LINES)
def test_the_first_line_has_the_discount_and_what_it_means(request_id: str, line: str) -> None:
    assert solved(request_id).reason == line


def test_the_screen_speaks_of_discounts_and_of_meters() -> None:
    request = REQUESTS["platform-cheaper-search"]
    facts = {fact.name: fact.value for fact in screen(told_of(BOOK, request, solved(request.id)))}
    assert facts["request"] == "scale for platform, greatest usage discount"
    assert facts["asked"] == "searches at USD 9.00 per 1,000 and a 24-month term"
    assert facts["next"] == "ask again with another price of searches or another term"


def test_the_customer_reads_what_each_meter_costs_and_what_commitments_bring() -> None:
    view = view_of("product-lower-price")
    assert view.explanation.startswith(
        "We offer you Team at 11.5% off usage: USD 3.9825 per 1M input tokens, USD 0.39825 per 1M"
        " cached input tokens, from USD 17.70 per 1M output tokens.\n"
    )
    assert "Your monthly minimum of USD 900 brings 2.5 points more off;" in view.explanation
    document = view.model_dump(mode="json")
    assert document["price"] == {"usage_discount": "0.115", "quote": "11.5% off usage"}
    assert document["list_rates"]["input"]["price"] == "0.0000045"
    assert document["rates"]["output"]["tiers"][-1] == {"up_to": None, "price": "0.0000177"}


def test_an_asked_discount_is_named_as_one_to_the_customer() -> None:
    view = view_of("product-agreed-output")
    asked = {each.field: each.value for each in view.asked}
    assert asked["usage_discount"] == "0.02"
    assert view.explanation.startswith("Sorry, we cannot offer you Team at 2% off usage with ")
    assert any("usage_discount" in fields for fields in view.in_the_way)
    assert (
        "We cannot agree to 2% off usage and output tokens at USD 18.00 per 1M" in view.explanation
    )


@pytest.mark.parametrize("folder", CARDS, ids=lambda folder: folder.name)
def test_everything_is_said_of_every_request_and_a_list_price_of_none(folder: Path) -> None:
    book = load_price_book(folder)
    for request in load_requests(book):
        result = solve(book, request, detail="full", time_limit=60)
        told = told_of(book, request, result)
        texts = [result.reason, *(fact.value or "" for fact in screen(told))]
        texts += [text for part in story(told) for text in part.sentences]
        view = explained_to_customer(
            told_of(book, request, solve_for_customer(book, request, time_limit=60))
        )
        texts.append(view.explanation)
        for text in texts:
            for word in ("usage price", "per off", "  ", "list price of", "our price"):
                assert word not in text, (request.id, text)


def test_a_result_read_again_has_the_prices_in_place_of_rates() -> None:
    book = load_price_book(PRICE_LISTS / "cdn")
    (asked,) = (one for one in load_requests(book) if one.id == "one-price-for-bandwidth")
    result = solve(book, asked, detail="decision")
    again = TuningResult.model_validate_json(result.model_dump_json())
    assert again.configuration == result.configuration
    assert again.configuration is not None
    assert again.configuration.value("rates.bandwidth") == Fraction("0.075")
