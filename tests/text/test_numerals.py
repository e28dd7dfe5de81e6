"""Decimal text to exact fractions and back."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.text.numerals import MAXIMUM_DIGITS, decimal_string, nearest, parse_decimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)),
        ("20_000_000", Fraction(20_000_000)),
        ("-1_000.50", Fraction(-2001, 2)),
        ("+7", Fraction(7)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("0.000004", Fraction(1, 250_000)),
        ("2.5e-6", Fraction(1, 400_000)),
        ("1E+3", Fraction(1000)),
        ("35%", Fraction(7, 20)),
        ("0.1%", Fraction(1, 1000)),
        ("9" * 60, Fraction(10**60 - 1)),
        ("9e59", Fraction(9 * 10**59)),
    ],
)
def test_decimals_are_read_exactly(text: str, value: Fraction) -> None:
    assert parse_decimal(text) == value


NO_DECIMALS = (
    *("%", ".", "-", "1__0", "_1", "1_", "1_.5", "1,000", "0x10", "1e", "e3", "1%%"),
    *("inf", "nan", "\u0663", "\uff11", "", "1 000", "1\n"),
)
BEYOND_BOUNDS = (
    "1e60",
    "1e999999999",
    "1e-999999999",
    "9" * 61,
    "0." + "1" * 61,
    "1e" + "9" * 5000,
)


@pytest.mark.parametrize("text", [*NO_DECIMALS, *BEYOND_BOUNDS])
def test_what_is_no_decimal_or_beyond_bounds_is_refused(text: str) -> None:
    assert parse_decimal(text) is None


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20
    )
)
def test_a_terminating_number_survives_the_round_trip(number: Decimal) -> None:
    text = decimal_string(Fraction(number))
    assert parse_decimal(text) == Fraction(number)
    assert "e" not in text.lower()
    assert "." not in text or not text.endswith(("0", "."))
    assert text != "-0"


def _endless(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest > 1


@given(st.fractions().filter(_endless))
def test_an_endless_number_has_twelve_significant_digits(value: Fraction) -> None:
    text = decimal_string(value)
    context = Context(prec=12, rounding=ROUND_HALF_EVEN)
    expected = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    assert Decimal(text) == expected
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(-1, 10**9), "-0.000000001"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(-2, 3), "-0.666666666667"),
        (Fraction(1, 3 * 10**30), "0." + "0" * 30 + "333333333333"),
        (Fraction(3 * 10**20 + 1, 3), "1" + "0" * 20),
        (Fraction(10**14 * 2, 3), "66666666666700"),
        (Fraction(1, 2**40), "0.0000000000009094947017729282379150390625"),
        (Fraction(10**15), "1000000000000000"),
    ],
)
def test_numbers_are_written_plainly(value: Fraction, text: str) -> None:
    assert decimal_string(value) == text


def test_more_digits_than_python_prints_at_once_are_no_obstacle() -> None:
    text = decimal_string(Fraction(7**9999))
    assert len(text) == 8451  # floor(9999 * log10(7)) + 1
    assert text.endswith("143")  # 7^20 = 1 and 7 * 143 = 1 modulo 1000


def test_the_bound_is_the_same_on_both_sides() -> None:
    assert parse_decimal("0." + "0" * (MAXIMUM_DIGITS - 1) + "1") == Fraction(1, 10**MAXIMUM_DIGITS)
    assert parse_decimal("0." + "0" * MAXIMUM_DIGITS + "1") is None


@given(over=st.integers(), under=st.integers(1, 12))
def test_the_nearest_whole_number_is_what_a_fraction_is_rounded_to(over: int, under: int) -> None:
    assert nearest(over, under) == round(Fraction(over, under))
