"""Numbers for people: exact where they are prices, apart where they differ."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - many literals

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Value
from cp_pricing.catalog.plans import Grid, PlanDenomination, Values
from cp_pricing.catalog.rates import Meter
from cp_pricing.fields import UNLIMITED
from cp_pricing.profiles.profile import Cohort
from cp_pricing.words import numbers as f
from cp_pricing.words.scales import Scale


def plain(currency: str, unit: str, quote_per: int) -> PlanDenomination:
    """What the numbers of a plan are in that has one usage price."""
    meter = Meter(id=unit, unit=unit, quote_per=F(quote_per))
    return PlanDenomination(currency, (meter,), is_card=False)


TOKENS = plain("USD", "token", 1_000_000)
REQUESTS = plain("EUR", "request", 1)


@pytest.mark.parametrize(
    ("price", "catalog", "shown"),
    [
        ("0.000007", TOKENS, "USD 7.00 per 1M tokens"),
        ("0.00001942", TOKENS, "USD 19.42 per 1M tokens"),
        ("0.0000000125", TOKENS, "USD 0.0125 per 1M tokens"),
        ("0.0123", TOKENS, "USD 12,300.00 per 1M tokens"),
        ("0", TOKENS, "USD 0.00 per 1M tokens"),
        ("0.05", REQUESTS, "EUR 0.05 per request"),
        ("0.0005", REQUESTS, "EUR 0.0005 per request"),
        ("0.02", plain("USD", "GB", 1000), "USD 20.00 per 1,000 GB"),
        ("0.02", plain("CHF", "query", 100), "CHF 2.00 per 100 queries"),
    ],
)
def test_a_price_is_quoted_exactly(price: str, catalog: PlanDenomination, shown: str) -> None:
    assert f.quote(F(price), catalog) == shown


@given(st.integers(0, 10**12), st.integers(0, 14))
def test_a_quote_never_rounds(whole: int, places: int) -> None:
    price = F(whole, 10**places)
    shown = f.quoted(price, TOKENS).removeprefix("USD ").replace(",", "")
    assert F(shown) == price * 1_000_000


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.5", "USD 1,234.50"),
        ("-3", "-USD 3.00"),
        ("0.004", "USD 0.00"),
        ("-0.004", "USD 0.00"),
        ("2.675", "USD 2.68"),
        ("1000000", "USD 1,000,000.00"),
    ],
)
def test_money_is_shown_to_the_cent(amount: str, shown: str) -> None:
    assert f.money(F(amount), "USD") == shown


def test_agreed_money_keeps_all_its_decimals() -> None:
    assert f.exact_money(F(1200), "USD") == "USD 1,200"
    assert f.exact_money(F("49.9"), "USD") == "USD 49.90"
    assert f.exact_money(F("0.125"), "EUR") == "EUR 0.125"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1, "1 token"),
        (0, "0 tokens"),
        (500_000, "500,000 tokens"),
        (5_000_000, "5M tokens"),
        (13_350_000, "13.35M tokens"),
        (2_000_000_000, "2B tokens"),
        (1_234_567, "1,234,567 tokens"),
        (UNLIMITED, "unlimited tokens"),
    ],
)
def test_units_are_counted_in_words(count: int, shown: str) -> None:
    assert f.units(F(count), TOKENS) == shown


@given(st.integers(0, 10**14))
def test_a_shortened_count_is_still_exact(count: int) -> None:
    text = f.counted(F(count)).replace(",", "")
    size = {"M": 10**6, "B": 10**9, "T": 10**12}.get(text[-1], 1)
    assert F(text.rstrip("MBT")) * size == count


def test_plurals() -> None:
    found = [f.plural(unit) for unit in ("token", "GB", "query", "day", "batch", "pass")]
    assert found == ["tokens", "GB", "queries", "days", "batches", "pass"]


def test_months_and_percentages() -> None:
    assert [f.months(1), f.months(24)] == ["1 month", "24 months"]
    found = [f.percentage(F(text)) for text in ("0.3", "0.125", "0.0004", "-0.5", "100")]
    assert found == ["30%", "12.5%", "0%", "-50%", "10,000%"]


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (7, 10, "30% lower"),
        (15, 10, "50% higher"),
        (10, 10, "unchanged"),
        (5, 0, ""),
        (99_999, 100_000, "under 0.1% lower"),
    ],
)
def test_a_change_is_said_in_percent(new: int, old: int, said: str) -> None:
    assert f.change(F(new), F(old)) == said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("usage_unit_price", F("0.000007"), "USD 7.00 per 1M tokens"),
        ("included_units", F(5_000_000), "5M tokens/month"),
        ("included_units", UNLIMITED, "unlimited tokens/month"),
        ("contract_duration_months", F(1), "month to month"),
        ("contract_duration_months", F(24), "24 months"),
        ("minimum_monthly_turnover", F(150), "USD 150/month"),
        ("seat_fee", F("12.5"), "USD 12.50/member/month"),
        ("prepaid_amount", F(1200), "USD 1,200"),
        ("customer_funded_onboarding", True, "yes"),
        ("reduced_cancellation_flexibility", False, "no"),
    ],
)
def test_a_field_is_said_in_its_unit(field: str, value: Value, said: str) -> None:
    assert f.field_value(field, value, TOKENS) == said


def test_tunable_bounds_in_words() -> None:
    grid = Grid(min=F(0), max=F(40_000_000), step=F(500_000))
    said = f.bounds_in_words("included_units", grid, F(0), TOKENS)
    assert said == "0 to 40M tokens/month in steps of 500,000"
    ticks = Grid(min=F("0.000002"), max=F("0.00002"), step=F("0.00000001"))
    said = f.bounds_in_words("usage_unit_price", ticks, F(0), TOKENS)
    assert said == "USD 2.00 to USD 20.00 per 1M tokens in steps of USD 0.01"
    values = Values(values=(F(1), F(6), F(12)))
    said = f.bounds_in_words("contract_duration_months", values, F(1), TOKENS)
    assert said == "month to month, 6 months or 12 months"
    fixed = f.bounds_in_words("prepaid_amount", None, F(0), TOKENS)
    assert fixed == "only USD 0, as it is not tunable"


# --- both sides of a rule -------------------------------------------------------------------


def test_a_price_rule_reads_in_quoted_prices() -> None:
    sides = (F("0.000007"), F("0.000004"), F("0.000003"))
    scale = Scale(sides, "USD/token", TOKENS)
    assert [scale.number(side) for side in sides] == ["7.00", "4.00", "3.00"]
    assert scale.text(sides[0]) == "USD 7.00 per 1M tokens"
    assert scale.unit == "USD per 1M tokens"


def test_a_ratio_reads_as_a_percentage_only_where_it_is_one() -> None:
    sides = (F("0.251"), F("0.3"), F("-0.049"))
    share = Scale(sides, "", TOKENS, share=True)
    assert [share.text(side) for side in sides] == ["25.1%", "30%", "-4.9%"]
    factor = Scale((F(3), F(2), F(1)), "", TOKENS)
    assert factor.text(F(3)) == "3.00"


@pytest.mark.parametrize(
    ("unit", "sides", "said"),
    [
        ("EUR/request", "0.0077 0.008", "EUR 0.0077 per request, EUR 0.008 per request"),
        ("EUR/request", "0.5 0.125", "EUR 0.50 per request, EUR 0.125 per request"),
        ("EUR/member/month", "12.125 9", "EUR 12.125/member/month, EUR 9.00/member/month"),
        ("month", "7.125 12", "7.125 months, 12.00 months"),
        ("%", "0.0015 0.1225", "0.15%, 12.25%"),
        ("%", "0.25125 0.25", "25.125%, 25%"),
        ("", "0.0077 1", "0.0077, 1.00"),
        # What a division came to is rounded, and so are sums of money.
        ("%", "1/3 0.3", "33.3%, 30%"),
        ("%", "0.1234567891 0.3", "12.3%, 30%"),
        ("EUR/request", "1/3 0.125", "EUR 0.333 per request, EUR 0.125 per request"),
        ("EUR/month", "99.995 80.125", "EUR 100.00/month, EUR 80.12/month"),
        ("EUR", "1234.567 80", "EUR 1,234.57, EUR 80.00"),
    ],
)
def test_a_rule_has_the_digits_that_its_numbers_have(unit: str, sides: str, said: str) -> None:
    numbers = [F(side) for side in sides.split()]
    share = unit == "%"
    scale = Scale(numbers, "" if share else unit, REQUESTS, share=share)
    assert ", ".join(scale.text(number) for number in numbers) == said


def test_the_numbers_of_a_rule_are_aligned_in_columns() -> None:
    sides = (F("0.0000059"), F("0.000003375"), F("0.000002525"))
    scale = Scale(sides, "USD/token", TOKENS)
    assert [scale.number(side) for side in sides] == ["5.900", "3.375", "2.525"]
    assert scale.text(sides[0]) == "USD 5.90 per 1M tokens"


@given(st.integers(-(10**8) + 1, 10**8 - 1), st.integers(0, 10))
def test_a_price_of_eight_digits_is_never_rounded(digits: int, places: int) -> None:
    price = F(digits, 10**places)
    scale = Scale((price, F(1, 3)), "EUR/request", REQUESTS)
    assert F(scale.number(price).replace(",", "")) == price


def test_a_rule_of_months_and_of_money() -> None:
    term = Scale((F(24), F(12), F(12)), "month", TOKENS)
    assert [term.text(F(24)), term.text(F(1))] == ["24 months", "1 month"]
    money = Scale((F(-70), F(-60), F(-10)), "USD/month", TOKENS)
    assert money.text(F(-70)) == "-USD 70.00/month"
    assert money.number(None) == money.text(None) == "n/a"


def test_a_rule_of_usage_counts_in_millions_where_there_are_any() -> None:
    sides = (F(60_000_000), F(234_000_000), F(174_000_000))
    large = Scale(sides, "token/month", TOKENS)
    assert [large.number(side) for side in sides] == ["60M", "234M", "174M"]
    assert large.text(sides[0]) == "60M tokens/month"
    small = Scale((F(1), F(999), F(998)), "token/month", TOKENS)
    assert [small.text(F(1)), small.number(F(999))] == ["1 token/month", "999"]
    without = Scale((UNLIMITED, F(2_000_000), None), "token/month", TOKENS)
    assert [without.number(UNLIMITED), without.number(F(2_000_000))] == ["unlimited", "2M"]


@given(st.fractions(min_value=1, max_value=100, max_denominator=1000), st.integers(1, 11))
def test_a_slack_is_never_shown_as_zero_nor_different_sides_alike(right: F, digits: int) -> None:
    slack = F(1, 10**digits)
    left = right + slack
    scale = Scale((left, right, slack), "USD", TOKENS)
    assert F(scale.number(slack)) > 0
    assert scale.number(left) != scale.number(right)


def test_a_cohort_in_words() -> None:
    assert f.cohort_in_words(Cohort(customers=1)) == "1 customer"
    cohort = Cohort(customers=1412, as_of="2026-03", source="billing system")
    said = f.cohort_in_words(cohort)
    assert said == "1,412 customers as of 2026-03 (billing system)"
