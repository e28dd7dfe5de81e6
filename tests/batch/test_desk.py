"""What a desk asks, many times over: columns of tables, and answers that are not mixed up."""

from __future__ import annotations

import pytest

from cp_pricing.batch.solving import Answers
from cp_pricing.book.loading import parse_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.intake.content import Content
from cp_pricing.intake.row_requests import Failure, RequestReader
from cp_pricing.intake.rows import Row

CATALOG = """
catalog: c
currency: USD
unit: call
configurations:
  - id: plan
    name: Plan
    platform_fee: 10
    included_units: {per_member: 2}
    usage_unit_price: 5
    tunable: {usage_unit_price: {min: 1, max: 5, tick: 1}}
"""
PROFILES = """
profiles:
  - id: anybody
    monthly_usage: [{weight: 1, units: 10}]
    retention: {model: constant, monthly_churn: 3%}
"""
POLICY = """
policy: p
ltv: {horizon_months: 12, annual_discount_rate: 10%, effect: warn}
facts:
  deal_type: {values: [new, renewal]}
  strategic: {default: false}
rules:
  - {id: renewals, when: deal_type == "renewal", require: usage_unit_price >= 3}
  - {id: strategic, when: not strategic, require: usage_unit_price >= 2}
  - {id: small, when: profile.members_per_customer <= 1 members, require: usage_unit_price >= 4}
"""


@pytest.fixture(name="book")
def _book() -> PriceBook:
    texts = {"catalog.yaml": CATALOG, "profiles.yaml": PROFILES, "policy.yaml": POLICY}
    return parse_price_book(texts)


def row(content: Content) -> Row:
    return Row(1, "asked", 1, 1, 1, content)


def read(book: PriceBook, content: Content) -> TuningRequest | Failure:
    return RequestReader(book.on_sale).read(row(content))


def asked(**columns: str) -> Content:
    return {"id": "r", "configuration": "plan", "profile": "anybody"} | columns


def price(book: PriceBook, *requests: TuningRequest | Failure) -> list[int | None]:
    results = Answers(book, "decision", 30.0).to(
        [r for r in requests if isinstance(r, TuningRequest)]
    )
    terms = (result.configuration for result in results)
    return [int(each.price) if each else None for each in terms]


def test_columns_say_facts_and_the_customers_size(book: PriceBook) -> None:
    columns = {"fact.deal_type": "new", "fact.strategic": "TRUE", "customer.members": "7"}
    request = read(book, asked(**columns))
    assert isinstance(request, TuningRequest)
    assert request.facts == {"deal_type": "new", "strategic": True}
    assert request.customer.members == 7
    assert price(book, request) == [1]


def test_requests_that_differ_in_facts_or_size_alone_have_their_own_answers(
    book: PriceBook,
) -> None:
    large = {"customer.members": "7"}
    new = {"fact.deal_type": "new"}
    rows = (
        asked(**new, **large),
        asked(**{"fact.deal_type": "renewal"}, **large),
        asked(**new),
        asked(**new, **large),
    )
    assert price(book, *(read(book, each) for each in rows)) == [2, 3, 4, 2]


@pytest.mark.parametrize(
    "content", [asked(), b'{"id": "r", "configuration": "plan", "profile": "anybody"}']
)
def test_a_fact_without_a_default_is_missed_in_rows_and_in_lines(
    book: PriceBook, content: Content
) -> None:
    failed = read(book, content)
    assert isinstance(failed, Failure)
    assert "the fact `deal_type` is missing" in failed.reason


def test_members_whose_allowance_is_no_limit_any_more_are_refused(book: PriceBook) -> None:
    many = asked(**{"fact.deal_type": "new", "customer.members": str(10**15)})
    failed = read(book, many)
    assert isinstance(failed, Failure)
    assert "reaches 10^15 units" in failed.reason


def test_a_request_that_nobody_checked_is_refused_where_it_lacks_a_fact(book: PriceBook) -> None:
    unchecked = TuningRequest(id="r", configuration="plan", profile="anybody")
    with pytest.raises(ValueError, match="`deal_type` is missing"):
        price(book, unchecked)
