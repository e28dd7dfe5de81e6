"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.text.numerals import decimal_string
from constraints.text.spoken import (
    DecimalMark,
    marked_number,
    spoken_choice,
    spoken_months,
    spoken_numbers,
    spoken_percentages,
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12", ["12"]),
        ("12M", ["12000000"]),
        ("1.5k", ["1500"]),
        ("1.5 K", ["1500"]),
        ("-3", ["-3"]),
        ("1_000", ["1000"]),
        ("7.5e-6", ["0.0000075"]),
        ("7.50", ["7.5"]),
        ("1,5", ["1.5"]),
        ("0.125", ["0.125"]),
        ("1,200,000", ["1200000"]),
        ("1,200.50", ["1200.5"]),
        ("1.200,50", ["1200.5"]),
        ("1.125M", ["1125000"]),
        ("2.100", ["2.1", "2100"]),
        ("2,100", ["2.1", "2100"]),
        ("12m", []),
        ("12%", []),
        ("1e99999", []),
        ("1__0", []),
        ("--5", []),
        (".", []),
        ("", []),
        ("twelve", []),
    ],
)
def test_a_text_has_one_reading_or_two_or_none(text: str, numbers: list[str]) -> None:
    assert [decimal_string(number) for number in spoken_numbers(text)] == numbers


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_plain_decimal_means_itself_whatever_else_it_may_mean(digits: int, places: int) -> None:
    number = Fraction(digits, 10**places)
    assert number in spoken_numbers(decimal_string(number))


@given(st.text(alphabet="0123456789.,-+_eEkM ", max_size=12))
def test_any_text_has_at_most_two_readings(text: str) -> None:
    assert len(spoken_numbers(text)) <= 2


@pytest.mark.parametrize(
    ("text", "months"),
    [("24", 24), ("24m", 24), ("24 months", 24), ("2y", 24), ("2 Years", 24), ("1.5y", 18)],
)
def test_durations_are_counted_in_months(text: str, months: int) -> None:
    assert spoken_months(text) == (Fraction(months),)


@pytest.mark.parametrize("text", ["y", "m", "2w", "soon", ""])
def test_what_is_no_duration_has_no_reading(text: str) -> None:
    assert spoken_months(text) == ()


def test_yes_and_no_have_several_words() -> None:
    assert [spoken_choice(word) for word in ("yes", "TRUE", "y")] == [True] * 3
    assert [spoken_choice(word) for word in ("no", "Off", "false")] == [False] * 3
    assert spoken_choice("perhaps") is None


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1200", "1200", "1200"),
        ("1_200", "1200", "1200"),
        ("2.100", "2.1", "2100"),
        ("-2,100", "-2100", "-2.1"),
        ("7.50", "7.5", None),
        ("7,50", None, "7.5"),
        ("0.125", "0.125", None),
        ("1,234.50", "1234.5", None),
        ("1.234,50", None, "1234.5"),
        ("1.200.000", None, "1200000"),
        ("1.5e3", "1500", None),
        ("1,5,3", None, None),
        ("12,34.5", None, None),
        ("2.100,", None, None),
        ("", None, None),
    ],
)
def test_the_mark_before_decimals_settles_what_a_number_is(
    text: str, point: str | None, comma: str | None
) -> None:
    numbers = (marked_number(text, "."), marked_number(text, ","))
    assert numbers == tuple(None if each is None else Fraction(each) for each in (point, comma))


@given(st.integers(0, 10**12), st.sampled_from(".,"))
def test_a_number_is_read_as_either_country_writes_it(hundredths: int, mark: DecimalMark) -> None:
    number = Decimal(hundredths).scaleb(-2)
    text = f"{number:,.2f}"
    if mark == ",":
        text = text.translate(str.maketrans(".,", ",."))
    assert marked_number(text, mark) == Fraction(number)


@pytest.mark.parametrize("text", ["2.5 percent", "2.5%", "2.5 %", "2.5PCT", "2.5 per cent"])
def test_a_percentage_in_words(text: str) -> None:
    assert spoken_percentages(text) == (Fraction(5, 2),)


@pytest.mark.parametrize("text", ["2.5", "percent", "% 2.5", "2.5 percentile", "", "2 per 5 cent"])
def test_what_is_no_percentage(text: str) -> None:
    assert spoken_percentages(text) == ()
