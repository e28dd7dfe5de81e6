"""Dimensions, and intervals that hold every result of what they are combined from."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.dimensions import ANY, PURE, Dimension, Interval

USD, MONTH, TOKEN = Dimension.of(USD=1), Dimension.of(month=1), Dimension.of(token=1)

# --- dimensions -------------------------------------------------------------------------------


def test_products_and_quotients_add_and_subtract_exponents() -> None:
    assert USD / MONTH * MONTH == USD
    assert USD / USD == PURE
    assert Dimension.of(month=2) == MONTH * MONTH
    assert TOKEN / MONTH / (TOKEN / MONTH) == PURE


def test_order_of_bases_does_not_matter() -> None:
    assert USD * TOKEN == TOKEN * USD
    assert hash(Dimension.of(a=1, b=-1)) == hash(Dimension.of(b=-1, a=1))
    assert Dimension.of(month=0) == PURE


@pytest.mark.parametrize(
    ("dimension", "said", "unit"),
    [
        (PURE, "a pure number", ""),
        (USD, "USD", "USD"),
        (MONTH, "months", "month"),
        (USD / MONTH, "USD/month", "USD/month"),
        (USD / Dimension.of(member=1) / MONTH, "USD/member/month", "USD/member/month"),
        (USD * USD, "USD * USD", "USD * USD"),
        (PURE / MONTH, "1/month", "1/month"),
        (MONTH * MONTH / USD, "month * month/USD", "month * month/USD"),
    ],
    ids=str,
)
def test_dimension_is_said_as_a_reader_says_it(dimension: Dimension, said: str, unit: str) -> None:
    assert (str(dimension), dimension.unit) == (said, unit)


# --- intervals --------------------------------------------------------------------------------

fractions = st.fractions(-5, 5, max_denominator=4)
ends = st.none() | fractions


@st.composite
def _inhabited(draw: st.DrawFn) -> tuple[Interval, Fraction]:
    """An interval, open-ended or not, and a number in it."""
    value, gaps = draw(fractions), st.none() | st.fractions(0, 5, max_denominator=4)
    below, above = draw(gaps), draw(gaps)
    low = None if below is None else value - below
    high = None if above is None else value + above
    return Interval(low, high), value


def _holds(interval: Interval, value: Fraction) -> bool:
    above = interval.low is None or interval.low <= value
    return above and (interval.high is None or value <= interval.high)


@given(_inhabited(), _inhabited())
def test_every_result_is_in_the_combined_interval(
    first: tuple[Interval, Fraction], second: tuple[Interval, Fraction]
) -> None:
    (i, x), (j, y) = first, second
    assert _holds(i + j, x + y)
    assert _holds(i - j, x - y)
    assert _holds(i * j, x * y)
    assert _holds(-i, -x)
    assert _holds(i.minimum(j), min(x, y))
    assert _holds(i.maximum(j), max(x, y))
    assert _holds(i.absolute(), abs(x))
    assert _holds(Interval.hull([i, j]), x)
    assert _holds(Interval.hull([i, j]), y)
    if j.non_negative and y:
        assert _holds(i / j, x / y)


def _interval(low: int | None, high: int | None) -> Interval:
    return Interval(
        None if low is None else Fraction(low), None if high is None else Fraction(high)
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (_interval(-2, 3) * _interval(-5, 7), _interval(-15, 21)),
        (_interval(0, None) * _interval(2, 3), _interval(0, None)),
        (_interval(0, None) * _interval(-2, 3), ANY),
        (_interval(None, 0) * _interval(None, 0), _interval(0, None)),
        (_interval(0, 0) * ANY, _interval(0, 0)),
        (_interval(4, 8) / _interval(2, 4), _interval(1, 4)),
        (_interval(4, 8) / _interval(0, 2), _interval(2, None)),
        (_interval(-4, 8) / _interval(0, None), ANY),
        (_interval(1, None).minimum(_interval(3, 5)), _interval(1, 5)),
        (_interval(1, None).maximum(_interval(3, 5)), _interval(3, None)),
        (_interval(None, 5).maximum(_interval(0, 0)), _interval(0, 5)),
        (_interval(-2, 3).absolute(), _interval(0, 3)),
        (_interval(-5, -2).absolute(), _interval(2, 5)),
        (_interval(2, 5).absolute(), _interval(2, 5)),
        (_interval(None, 3).absolute(), _interval(0, None)),
        (Interval.point(Fraction(2)), _interval(2, 2)),
    ],
)
def test_combined_interval_is_as_narrow_as_it_can_be(found: Interval, expected: Interval) -> None:
    assert found == expected


def test_a_dimension_of_many_factors_is_cut_where_it_is_said() -> None:
    worth = Dimension.of(USD=20, month=-1)
    assert worth.unit.count("USD") == 20
    assert str(worth).startswith("USD * USD * ")
    assert str(worth).endswith("…")


@pytest.mark.parametrize(
    ("interval", "answer"),
    [
        (_interval(0, None), True),
        (_interval(0, 0), True),
        (_interval(-1, 5), False),
        (_interval(None, 5), False),
        (ANY, False),
    ],
)
def test_non_negative_needs_a_proof(interval: Interval, *, answer: bool) -> None:
    assert interval.non_negative is answer
