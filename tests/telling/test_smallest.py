"""What is told of the smallest price books: one price, one scenario, one plan, nothing tunable."""

from __future__ import annotations

from cp_pricing import TuningResult, checked_request, parse_price_book, solve
from cp_pricing.telling.context import Told, told_of
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.telling.screen import screen
from cp_pricing.telling.story import story
from cp_pricing.words.facts import text_of

CATALOG = """\
catalog: smallest
currency: EUR
unit: call
quote_per: 1
configurations:
  - id: fixed
    name: Fixed
    platform_fee: 10
    usage_unit_price: 0.5
    tunable:
      usage_unit_price: {min: 0.5, max: 0.5, tick: 0.01}
      prepaid_amount: {values: [0, 500]}
"""
FREE = """\
  - id: free
    name: Free
    available_to: [one]
    references: [free]
    usage_unit_price: 0.5
    tunable:
      usage_unit_price: {min: 0.4, max: 0.6, tick: 0.1}
      included_units: {min: 0, max: 10, step: 10}
      prepaid_amount: {values: [0, 500]}
"""
PROFILES = """\
profiles:
  - id: one
    monthly_usage: [{weight: 1, units: 100}]
    retention: {model: constant, monthly_churn: 5%}
    variable_cost_per_unit: 0.1
"""
POLICY = """\
policy: smallest
approvers: [boss]
ltv: {horizon_months: 1, annual_discount_rate: 0%}
rules:
"""


def told(rules: str, plan: str = "free", catalog: str = CATALOG + FREE, **inputs: object) -> Told:
    """A request, whose keys are given in capitals, solved in full."""
    texts = {"catalog.yaml": catalog, "profiles.yaml": PROFILES, "policy.yaml": POLICY + rules}
    book = parse_price_book(texts)
    keys = {key.lower(): inputs.pop(key) for key in [*inputs] if key.isupper()}
    asked = {"id": "a", "configuration": plan, "profile": "one", "inputs": inputs}
    request = checked_request(book, asked | keys)
    return told_of(book, request, solve(book, request, detail="full"))


def answer(about: Told, **inputs: object) -> TuningResult:
    """The answer to the same plan with other inputs."""
    own = about.request
    asked = {"id": "b", "configuration": own.configuration, "profile": "one", "inputs": inputs}
    return solve(about.price_book, checked_request(about.price_book, asked))


FLOOR = "  - {id: floor, require: usage_unit_price >= 0.4 EUR/call}\n"
MONEY = "  - {id: money-first, require: prepaid_amount >= 500 EUR}\n"


def test_the_one_price_of_a_grid_is_no_range() -> None:
    text = text_of(story(told(FLOOR, "fixed")))
    assert "The usage price can only be EUR 0.50 per call.\n" in text
    assert "from" not in text


def test_terms_beyond_reason_are_not_said_not_to_be_accepted() -> None:
    about = told(MONEY, included_units=10)
    assert not about.result.counteroffers
    # It would be accepted, and is not proposed: EUR 500 for a month that is billed at EUR 50.
    assert answer(about, prepaid_amount=500).decision == "accepted"
    said = {fact.name: fact.value for fact in screen(about)}["next"]
    assert said == (
        "No terms that can reasonably be proposed would be accepted without an approval."
        " Start from another plan or change the policy"
    )
    alone = told(MONEY, "fixed", CATALOG)
    said = {fact.name: fact.value for fact in screen(alone)}["next"]
    assert said is not None
    assert said.endswith("an approval. Change the policy")


def test_another_price_is_not_said_not_to_be_accepted() -> None:
    rules = (
        "  - {id: floor, require: usage_unit_price >= 0.5 EUR/call}\n"
        "  - {id: none-free, require: included_units <= 0}\n"
    )
    about = told(rules, usage_unit_price="0.4", included_units=10)
    assert not about.result.counteroffers
    assert answer(about, usage_unit_price="0.5").decision == "accepted"
    text = text_of(story(about))
    assert "would be accepted at this price without an approval.\n" in text
    assert "ask again without a price" in text


def test_bounds_that_an_asked_price_leaves_are_told_once() -> None:
    text = text_of(story(told(FLOOR, usage_unit_price="0.7")))
    assert "Usage price: EUR 0.70 per call was asked for; possible is EUR 0.40 to EUR 0.60" in text
    assert "all terms cannot hold" not in text


def test_a_lower_price_than_one_that_needs_an_approval_is_not_said_to_need_none_either() -> None:
    dear = (
        "  - {id: dear, require: usage_unit_price <= 0.5 EUR/call, effect: approval,"
        " approver: boss}\n"
    )
    about = told(dear, usage_unit_price="0.6", APPROVAL_MODE="allow_approval")
    assert about.result.decision == "requires_approval"
    text = text_of(story(about))
    assert "EUR 0.50 per call needs no approval.\n" in text + "\n"


def test_no_other_price_is_spoken_of_where_one_is_asked_for() -> None:
    about = told(FLOOR, usage_unit_price="0.5", PREFERENCE="seller_ltv")
    dearer, here = answer(about, usage_unit_price="0.6").ltv.tuned, about.result.ltv.tuned
    assert dearer is not None
    assert here is not None
    assert dearer > here
    text = text_of(story(about))
    assert "With a usage price of EUR 0.50 per call, there is no higher lifetime value.\n" in text
    assert "no usage price gives" not in text


def test_of_no_commitment_at_all_there_is_not_less() -> None:
    opened = ["included_units", "prepaid_amount"]
    about = told(FLOOR, usage_unit_price="0.5", PREFERENCE="least_commitment", OPEN=opened)
    assert about.result.decision == "accepted"
    said = {fact.name: fact.value for fact in screen(about)}["stopped by"]
    assert said == "No open term can be moved less"


def test_a_wish_as_listed_is_not_what_is_in_the_way() -> None:
    about = told(MONEY, prepaid_amount=0, included_units=10)
    assert ("money-first", "request:prepaid_amount") in about.result.conflicts
    view = explained_to_customer(about)
    assert "offer you Free with 10 included calls a month and no prepayment" in view.explanation
    assert "We cannot agree to no prepayment" not in view.explanation
    assert view.in_the_way == ()


def test_an_offer_that_changes_nothing_but_the_price_says_so() -> None:
    about = told(FLOOR, "free", PREFERENCE="seller_ltv")
    (offer, *_) = about.result.counteroffers
    assert not offer.changes
    assert answer(about, usage_unit_price="0.5").ltv.tuned == offer.ltv
    said = {fact.name: fact.value for fact in screen(about)}["instead"]
    assert said == "Change nothing but the price: accepted at EUR 0.50 per call"
    assert not explained_to_customer(about).counteroffers
