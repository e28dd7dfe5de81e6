"""The customer's explanation: nothing of the seller's side can appear in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from cp_pricing import load_price_book, load_requests, parse_price_book, parse_requests
from cp_pricing.book.loading import checked_request
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.fields import PRICE
from cp_pricing.results import FieldChange, TuningResult
from cp_pricing.telling.context import told_of
from cp_pricing.telling.customer_view import CustomerView
from cp_pricing.telling.customer_words import customer_sections, explained_to_customer
from cp_pricing.tuning import solve_for_customer
from cp_pricing.words.facts import text_of
from tests import oracle
from tests.support.books import coulomb_api, pilot, texts_of
from tests.support.customer_figures import (
    SELLER_WORDS,
    customer_figures,
    disguised,
    disguised_context,
    figures,
    mentions,
    seller_figures,
    seller_names,
)
from tests.support.places import EXAMPLE, PILOT

BOOKS = {"coulomb": PILOT, "example": EXAMPLE}
# Random cases; low limits only leave some of them unknown, which has to be safe as well.
SEEDS, BLOCK, TIME_LIMIT = 104, 26, 0.3
# Keys of the customer's JSON; a new one has to be thought about here.
KEYS = {
    "above_list_price",
    "asked",
    "bill",
    "bills",
    "changes",
    "commitments",
    "committed_value",
    "counteroffers",
    "customer",
    "decision",
    "explanation",
    "field",
    "in_the_way",
    "instead",
    "list_bill",
    "list_price",
    "lowers_price",
    "monthly_units",
    "next_value",
    "not_on_offer",
    "offered",
    "only_at_once",
    "plan",
    "possible",
    "price",
    "quote",
    "schema_version",
    "terms",
    "usage_unit_price",
    "use",
    "valid_until",
    "value",
    "with_more",
    "without",
}


def keys(part: object) -> set[str]:
    if isinstance(part, dict):
        return set(part).union(*map(keys, part.values()))
    return set().union(*map(keys, part)) if isinstance(part, list) else set()


def without_names(view: CustomerView) -> str:
    """Everything in the view but the plan's name, the decision and the names of fields."""
    document = json.loads(view.model_dump_json())
    texts = [view.explanation, *_texts(document)]
    return "\n".join(texts).replace(view.plan, "")


def _texts(part: object) -> list[str]:
    match part:
        case dict():
            skipped = {"field", "decision", "plan", "schema_version", "in_the_way", "explanation"}
            return [t for key, value in part.items() if key not in skipped for t in _texts(value)]
        case list():
            return [text for value in part for text in _texts(value)]
        case str():
            return [part]
        case _:
            return []


def assert_safe(book: PriceBook, request: TuningRequest, result: TuningResult) -> CustomerView:
    """The view of a result, after every check there is."""
    about = told_of(book, request, result)
    view = explained_to_customer(about)
    text = without_names(view)

    known = customer_figures(about)
    # Prices stand in the JSON for one unit too.
    known |= {value / Fraction(book.catalog.quote_per) for value in known}
    shown = figures(text)
    assert shown <= known, (shown - known, view.explanation)
    assert not shown & (seller_figures(about) - known)

    for name in seller_names(book, result, view.plan):
        assert not mentions(text, name), (name, view.explanation)
    for word in SELLER_WORDS:
        assert word not in text.casefold(), (word, view.explanation)

    assert keys(json.loads(view.model_dump_json())) <= KEYS

    other = replace(disguised_context(about), result=disguised(result))
    assert explained_to_customer(other) == view
    return view


@pytest.mark.parametrize("name", BOOKS)
def test_nothing_of_the_sellers_side_is_in_the_answers_of(name: str) -> None:
    book = load_price_book(BOOKS[name])
    decisions = Counter[str]()
    for request in load_requests(book):
        result = solve_for_customer(book, request)
        view = assert_safe(book, request, result)
        decisions[view.decision] += 1
        assert view.explanation.splitlines()[-1].startswith("Next: ")
        if result.quote is not None:
            assert result.quote in view.explanation
        for offer in result.counteroffers:
            assert offer.quote in view.explanation
    assert set(decisions) == {"accepted", "rejected"}


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_of_the_sellers_side_is_in_any_random_answer(
    first: int,
) -> None:
    views = []
    for seed in range(first, first + BLOCK):
        texts = oracle.render(oracle.generate(seed, 1))
        asked = texts.pop("tuning_requests.json")
        book = parse_price_book(texts)
        (request,) = parse_requests(book, asked)
        result = solve_for_customer(book, request, time_limit=TIME_LIMIT)
        views.append(assert_safe(book, request, result))
        # The seller's text of every random case can be told as well.
        assert "\nNext: " in result.explanation
    assert {"accepted", "rejected"} <= {view.decision for view in views}
    assert any(view.counteroffers or view.commitments for view in views)


def test_the_checks_would_notice() -> None:
    """A text with a lifetime value, a limit, a rule or a cost in it is not safe."""
    book = load_price_book(BOOKS["coulomb"])
    (request,) = (r for r in load_requests(book) if r.id == "small-team-lower-price")
    result = solve_for_customer(book, request)
    about = told_of(book, request, result)
    known, hidden = customer_figures(about), seller_figures(about)
    for leak in ("worth USD 1,446.37", "earned 26.34%", "USD 880 to win", "USD 2.70 landed"):
        assert not figures(leak) <= known
        assert figures(leak) & hidden or "%" in leak
    assert figures("USD 5.90 per 1M tokens, 26.2% lower than USD 8.00") <= known
    names = seller_names(book, result, "Membership plus overage")
    assert {"earned-discount", "deal-desk", "small-team", "Business", "price_floor_markup"} <= names
    assert mentions("stopped by Deal-Desk.", "deal-desk")


# --- another policy with the same limits ----------------------------------------------------


def renamed_policy(text: str) -> str:
    """The pilot's policy with other ids, approvers, parameters, owners and descriptions."""
    text = re.sub(r"(description|owner): .*", r"\1: something else", text)
    for place, name in enumerate(sorted(re.findall(r"- id: (\S+)", text), key=len, reverse=True)):
        text = text.replace(f"- id: {name}\n", f"- id: r{place}\n")
    # The names of facts are the requests' own.
    names = re.sub(r"^facts:\n(?:  .*\n|\n)*", "", text.partition("ltv:")[0], flags=re.MULTILINE)
    for name in re.findall(r"^  (\w+):", names, re.MULTILINE):
        text = re.sub(rf"\b{name}\b", f"other_{name}", text)
    return text.replace("deal-desk", "first").replace("vp-sales", "second")


def test_the_customer_cannot_tell_what_the_policy_calls_things() -> None:
    folder = BOOKS["coulomb"]
    texts = texts_of(folder)
    renamed = texts | {"policy.yaml": renamed_policy(texts["policy.yaml"])}
    assert "earned" not in re.sub("other_earned", "", renamed["policy.yaml"])
    asked = (folder / "tuning_requests.json").read_text(encoding="utf-8")
    views = []
    for files in (texts, renamed):
        book = parse_price_book(files)
        requests = [r for r in parse_requests(book, asked) if "high-included" in r.id]
        results = [solve_for_customer(book, request) for request in requests]
        pairs = zip(requests, results, strict=True)
        views.append([explained_to_customer(told_of(book, r, found)) for r, found in pairs])
    assert len(views[0]) == 3
    assert views[0] == views[1]


# --- what it says ---------------------------------------------------------------------------


def one_a_line(text: str) -> str:
    """A text whose sentences have been broken, their further lines indented further."""
    return re.sub(r"\n {10}", " ", text).strip().replace("\n        ", "\n")


def explained(request_id: str, *, approved: bool = False) -> str:
    (request,) = (r for r in load_requests(pilot()) if r.id == request_id)
    return told(request, approved=approved)


def told(request: TuningRequest, *, approved: bool = False) -> str:
    book = pilot()
    result = solve_for_customer(book, request, approved=approved)
    return explained_to_customer(told_of(book, request, result)).explanation


def test_a_rejected_customer_is_told_what_stands_in_the_way_and_what_would_do() -> None:
    assert explained("small-team-high-included") == one_a_line(
        """
        Sorry, we cannot offer you Membership plus overage with 30M included tokens a month and a
          12-month term.
        Our list price for Membership plus overage stands: USD 8.00 per 1M tokens, which at the use
          we expect comes to USD 179.80 a month.
        We cannot agree to 30M included tokens a month on these terms.
        We recommend that you lower included tokens from 30M to 6M a month, which is nearest to what
          you asked for: our price is then USD 7.95 per 1M tokens.
        If you lower included tokens from 30M to 21.5M a month and guarantee a platform fee of
          USD 150 a month, our price is USD 7.95 per 1M tokens.
        If you lower included tokens from 30M to 15.5M a month and commit to a minimum of USD 160 a
          month, our price is USD 7.81 per 1M tokens.
        Next: tell us which of these suits you, or ask for other terms.
        """
    )


def test_an_accepted_customer_is_told_what_each_commitment_brings() -> None:
    assert explained("small-team-lower-price") == one_a_line(
        """
        We offer you Membership plus overage at USD 5.90 per 1M tokens, 26.2% lower than our list
          price of USD 8.00.
        At the use we expect, you would pay USD 162.79 a month, compared with USD 179.80 at list.
        It comes with a 12-month term, a monthly minimum of USD 120, a prepayment of USD 900 and
          onboarding at your expense; that is why we can go below our list price.
        Your 12-month term makes this price possible.
        Your monthly minimum of USD 120 lowers the price by USD 0.32, from USD 6.22 per 1M tokens.
        Your prepayment of USD 900 lowers the price by USD 0.26, from USD 6.16 per 1M tokens.
        Paying for the onboarding lowers the price by USD 0.51, from USD 6.41 per 1M tokens.
        If you commit to 24 months instead of 12, our price is USD 5.50 per 1M tokens.
        If you raise the monthly minimum from USD 120 to USD 130, our price is USD 5.87 per 1M
          tokens.
        If you raise the prepayment from USD 900 to USD 1,000, our price is USD 5.87 per 1M tokens.
        Next: confirm these terms, or tell us what you would like to change.
        """
    )


def test_bounds_are_told() -> None:
    text = explained("small-team-out-of-bounds")
    assert (
        "Term: you asked for 18 months; on offer is month to month, 6 months,"
        " 12 months, 24 months or 36 months." in text
    )
    assert "our price is USD 6.11 per 1M tokens." in text


@pytest.mark.parametrize(
    ("book", "plan", "profile", "asked", "said"),
    [
        (pilot(), "membership-plus-overage", "small-team", {PRICE: "0.0000005"}, "USD 0.50"),
        (coulomb_api(), "team", "product", {"usage_discount": "60%"}, "60%"),
    ],
)
def test_which_prices_may_be_tuned_is_not_told(
    book: PriceBook, plan: str, profile: str, asked: dict[str, str], said: str
) -> None:
    question = {"id": "low", "configuration": plan, "profile": profile, "inputs": asked}
    request = checked_request(book, question)
    told = told_of(book, request, solve_for_customer(book, request))
    view = explained_to_customer(told)
    (bound,) = view.not_on_offer
    assert bound.possible is None
    assert re.search(rf": {said}[^.]* is not on offer\.", view.explanation)


def test_a_price_that_takes_an_approval_is_shown_once_it_is_given() -> None:
    name = "small-team-two-years"
    at_once, given = explained(name), explained(name, approved=True)
    assert "We offer you Membership plus overage at USD 6.11 per 1M tokens" in at_once
    assert "any other price we would have to confirm first" in at_once
    assert given == one_a_line(
        """
        We offer you Membership plus overage at USD 5.18 per 1M tokens, 35.2% lower than our list
          price of USD 8.00.
        At the use we expect, you would pay USD 151.32 a month, compared with USD 179.80 at list.
        It comes with a 24-month term and a prepayment of USD 1,200.
        Next: confirm these terms, or tell us what you would like to change.
        """
    )


def test_an_approval_that_nothing_needs_shows_no_more() -> None:
    name = "small-team-out-of-bounds"
    assert explained(name, approved=True) == explained(name)


def test_no_other_terms_are_promised_where_none_would_do() -> None:
    plan = pilot().configuration("membership-plus-overage")
    asked = {
        "id": "below-cost",
        "configuration": plan.id,
        "profile": "small-team",
        "inputs": {"usage_unit_price": "0.000003"},
        "open": [name for name in plan.tunable if name != "usage_unit_price"],
        "preference": "least_commitment",
    }
    text = told(checked_request(pilot(), asked))
    assert "We cannot agree to a usage price of USD 3.00 per 1M tokens.\n" in text


def test_other_terms_are_spoken_of_where_an_offer_keeps_to_what_was_asked_for() -> None:
    whole = explained_to_customer(told_of(pilot(), *_high_included()))
    (first, *_) = whole.counteroffers
    other = FieldChange(field="prepaid_amount", asked="0", offered="600")
    keeps = whole.model_copy(
        update={"counteroffers": (first.model_copy(update={"changes": (other,)}),)}
    )
    catalog = pilot().denomination("membership-plus-overage")
    said = text_of(customer_sections(keeps, catalog))
    assert "30M included tokens a month unless another term changes as well." in said
    none = whole.model_copy(update={"counteroffers": ()})
    assert "to 30M included tokens a month.\n" in text_of(customer_sections(none, catalog))
    alone = none.model_copy(update={"in_the_way": ((),)})
    said = text_of(customer_sections(alone, catalog))
    assert "To change the terms that you asked for would not be enough." in said
    assert "Other terms" not in said


@pytest.mark.parametrize("wish", [{"usage_unit_price": "0.000008"}, {"prepaid_amount": 0}])
def test_what_is_as_listed_is_never_refused(wish: dict[str, object]) -> None:
    request = _of_small_team(wish)
    result = solve_for_customer(pilot(), request)
    assert result.decision == "rejected"  # it is not worth more to the seller than the list
    view = explained_to_customer(told_of(pilot(), request, result))
    assert "cannot" not in view.explanation
    assert "nearest to what you asked for" not in view.explanation
    assert "Our list price for Membership plus overage stands: USD 8.00" in view.explanation
    # Nor is anything proposed that has nothing for the customer.
    assert len(view.counteroffers) < len(result.counteroffers)
    for offer in view.counteroffers:
        assert offer.price.price < view.list_price.price


def _asking(inputs: dict[str, object]) -> dict[str, object]:
    plan = {"configuration": "membership-plus-overage", "profile": "small-team"}
    return {"id": "asked", **plan, "inputs": inputs}


def _of_small_team(inputs: dict[str, object]) -> TuningRequest:
    return checked_request(pilot(), _asking(inputs))


def _high_included() -> tuple[TuningRequest, TuningResult]:
    (request,) = (r for r in load_requests(pilot()) if r.id == "small-team-high-included")
    return request, solve_for_customer(pilot(), request)


def test_terms_that_are_not_alone_in_the_way_are_not_blamed() -> None:
    asked = {
        "id": "prepaid-from-month-to-month",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": {"prepaid_amount": 1000},
    }
    text = told(checked_request(pilot(), asked))
    assert "Other terms than those that you asked for would have to change, too." in text
    assert "We cannot agree to" not in text
