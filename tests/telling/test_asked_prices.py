"""What is told of a price that was asked for: as asked, on one screen, and to the customer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from cp_pricing import parse_requests, solve
from cp_pricing.telling.context import Told, told_of
from cp_pricing.telling.customer_words import customer_sections, explained_to_customer
from cp_pricing.telling.screen import screen
from cp_pricing.telling.story import story
from cp_pricing.tuning import solve_for_customer
from cp_pricing.words.facts import text_of
from tests.support.books import pilot


def asked(price: str, *, customers: bool = False, **more: object) -> Told:
    request = {
        "id": "asked",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": {"contract_duration_months": 24, "usage_unit_price": price},
    }
    text = json.dumps({"requests": [request | more]}).replace(f'"{price}"', price)
    (parsed,) = parse_requests(pilot(), text)
    solved = solve_for_customer(pilot(), parsed) if customers else None
    return told_of(pilot(), parsed, solved or solve(pilot(), parsed, detail="full"))


def facts(told: Told) -> dict[str, str | None]:
    return {fact.name: fact.value for fact in screen(told)}


def test_a_price_that_can_be_had_is_accepted_as_asked() -> None:
    told = asked("0.0000070")
    assert told.result.reason == (
        "USD 7.00 per 1M tokens as asked, 12.5% lower than at list, without any approval"
    )
    shown = facts(told)
    assert "stopped by" not in shown
    assert shown["other prices"] is not None
    assert shown["other prices"].startswith("self-serve USD ")
    text = text_of(story(told))
    assert "the asked price would be " in text
    assert "With the price left open, USD " in text


def test_a_price_that_cannot_be_had_is_refused_as_asked() -> None:
    told = asked("0.0000050")
    assert told.result.reason.startswith("not at USD 5.00 per 1M tokens as asked: that breaks ")
    text = told.result.explanation
    assert "At USD 5.00 per 1M tokens, as asked, not all rules hold." in text
    assert "at any usage price" not in text


def test_where_nothing_is_accepted_at_a_price_the_next_one_is_named() -> None:
    told = asked("0.0000050")
    bare = told.result.model_copy(update={"counteroffers": ()})
    advice = text_of(story(replace(told, result=bare))).splitlines()[-1]
    lowest = told.result.price_ladder[0].usage_unit_price
    assert lowest is not None
    assert advice == (
        f"Next: ask for USD {float(lowest * 10**6):.2f} per 1M tokens, which can be had at once"
        " with these terms."
    )


def test_a_price_above_list_is_told_as_one() -> None:
    told = asked("0.0000090", preference="seller_ltv")
    assert told.result.above_baseline_price
    assert told.result.reason.startswith("above list: USD 9.00 per 1M tokens as asked, ")


def test_a_customer_reads_name_bill_recommendation_and_date() -> None:
    told = asked("0.0000050", customers=True, customer={"name": "Acme"})
    view = explained_to_customer(told, date(2027, 1, 31))
    sections = {part.title: part.sentences for part in customer_sections(view, told.catalog)}
    first, listed = sections["Our answer"]
    assert first == (
        "Sorry, we cannot offer Acme Membership plus overage at USD 5.00 per 1M tokens with a"
        " 24-month term."
    )
    assert listed.startswith("Our list price for Membership plus overage stands: USD 8.00 ")
    assert sections["What we can offer instead"][0].startswith("We recommend that you ")
    assert sections["What to do next"][0] == "This is valid until 31 January 2027."
    assert "available" not in view.explanation


def test_facts_stand_in_a_line_of_their_own_with_their_units() -> None:
    said = {"payment_terms": 60, "deal_type": "renewal"}
    shown = facts(asked("0.0000070", facts=said, customer={"members": 8}))
    assert shown["facts"] == "payment_terms 60 days, deal_type renewal"
    assert shown["customer"] == "8 members"
    assert "facts" not in facts(asked("0.0000070"))
