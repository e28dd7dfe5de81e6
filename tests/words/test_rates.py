"""Rates in words: what a discount means, and a table of what each meter costs."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - many literals

import pytest

from cp_pricing.catalog.plans import PlanDenomination
from cp_pricing.catalog.rates import Meter
from cp_pricing.fields import AS_LISTED, PRICE
from cp_pricing.results import FieldChange
from cp_pricing.terms import MeterRate, RatePackage, RateTier
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_cell, price_head
from cp_pricing.words.rates import main_rates, rates_table, tiers_note
from cp_pricing.words.scales import Scale
from cp_pricing.words.terms import change_in_words, term

METERS = (
    Meter(id="input", unit="token", quote_per=F(1_000_000)),
    Meter(id="messages", unit="message"),
    Meter(id="output", unit="token", quote_per=F(1_000_000)),
)
CARD = PlanDenomination("USD", METERS, is_card=True)
PLAIN = PlanDenomination("USD", METERS[:1], is_card=False)
RATES = {
    "input": MeterRate(included=F(0), discountable=True, price=F(3, 10**6)),
    "messages": MeterRate(
        included=F(0), discountable=False, package=RatePackage(units=F(1000), price=F(8))
    ),
    "output": MeterRate(
        included=F(5_000_000),
        discountable=True,
        mode="volume",
        tiers=(
            RateTier(up_to=F(10_000_000), price=F(15, 10**6)),
            RateTier(up_to=F(100_000_000), price=F(12, 10**6)),
            RateTier(up_to=None, price=F(10, 10**6)),
        ),
    ),
}


@pytest.mark.parametrize(
    ("level", "said", "short"),
    [
        ("0.85", "15% off usage", "15%"),
        ("0.885", "11.5% off usage", "11.5%"),
        ("1", "list rates", "0%"),
        ("1.05", "5% above list rates", "-5%"),
        ("0", "100% off usage", "100%"),
    ],
)
def test_a_price_level_is_told_as_its_discount(level: str, said: str, short: str) -> None:
    assert (f.quote(F(level), CARD), f.quoted(F(level), CARD)) == (said, short)


def test_a_range_of_discounts_goes_from_the_least_to_the_greatest() -> None:
    assert f.quote_range(F("0.7"), F("0.95"), CARD) == "5% to 30% off usage"
    assert f.quote_range(F("0.7"), F(1), CARD) == "list rates to 30% off usage"
    assert f.quote_range(F("0.7"), F("1.2"), CARD) == "20% above list rates to 30% off usage"


def test_the_main_rates_stand_in_the_order_of_the_catalog() -> None:
    said = main_rates(RATES, ("output", "messages"), CARD)
    assert said == "USD 8.00 per 1,000 messages, from USD 10.00 per 1M output tokens"


def test_a_column_of_prices_and_discounts_says_what_is_what() -> None:
    assert price_head([PLAIN, PLAIN]) == "USD per 1M tokens"
    assert price_head([CARD]) == "Discount"
    assert price_head([PLAIN, CARD]) == "USD per 1M tokens, or discount"
    assert [price_cell(F("0.85"), CARD), price_cell(F(7, 10**6), PLAIN)] == ["15%", "7.00"]


def test_every_tier_has_a_row_and_a_price_in_place_of_them_is_in_each() -> None:
    agreed = {**RATES, "output": MeterRate(included=F(0), discountable=False, price=F(9, 10**6))}
    table = rates_table(RATES, agreed, CARD, in_one_line=True)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["input tokens", None, "USD 3.00 per 1M", "USD 3.00 per 1M"],
        ["messages, not discounted", None, "USD 8.00 per 1,000", "USD 8.00 per 1,000"],
        [
            "output tokens, all, if up to 10M",
            "none, 5M at list",
            "USD 15.00 per 1M",
            "USD 9.00 per 1M",
        ],
        ["output tokens, all, if 10M to 100M", "", "USD 12.00 per 1M", "USD 9.00 per 1M"],
        ["output tokens, all, if more than 100M", "", "USD 10.00 per 1M", "USD 9.00 per 1M"],
    ]
    assert tiers_note(RATES) == "Tiers count a month's use beyond what is included."
    assert tiers_note({"input": RATES["input"]}) == ""


def test_terms_and_changes_are_said_by_meter() -> None:
    assert term("rates.output", F(18, 10**6), CARD) == "output tokens at USD 18.00 per 1M"
    assert term("rates.messages", F("0.01"), CARD) == "messages at USD 0.01 each"
    assert term("included_units.output", F(5_000_000), CARD) == "5M included output tokens a month"
    assert term(PRICE, F("0.8"), CARD) == "20% off usage"
    given_up = FieldChange(field="rates.output", asked="0.000018", offered="as listed")
    assert change_in_words(given_up, CARD) == "take output tokens at their list rate"
    more = FieldChange(field="included_units.input", asked="0", offered="20000000")
    assert change_in_words(more, CARD) == "raise included input tokens from 0 to 20M a month"
    assert f.field_value("rates.output", AS_LISTED, CARD) == "as listed"


def test_a_rule_about_a_rate_reads_per_quoted_units_of_its_meter() -> None:
    of_tokens = Scale((F(18, 10**6), F(20, 10**6), F(-2, 10**6)), "USD/token", CARD)
    assert of_tokens.text(F(18, 10**6)) == "USD 18.00 per 1M tokens"
    of_messages = Scale((F("0.01"), F("0.02"), F("-0.01")), "USD/message", CARD)
    assert of_messages.text(F("0.01")) == "USD 0.01 per message"
