"""Domains: exact grids and lists of values."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.domains import Domain

positive = st.fractions("1/40", 3, max_denominator=40)
fractions = st.fractions(-5, 5, max_denominator=40)


@given(fractions, st.integers(0, 30), positive, st.fractions(0, "39/40", max_denominator=40))
def test_grid_has_every_step_up_to_the_end(
    low: Fraction, count: int, step: Fraction, rest: Fraction
) -> None:
    domain = Domain.grid(low, low + (count + rest) * step, step)
    expected = [low + k * step for k in range(count + 1)]
    assert list(domain.values()) == expected
    assert (len(domain), domain.low, domain.high) == (count + 1, expected[0], expected[-1])
    assert all(value in domain for value in expected)
    assert low + (count + 1) * step not in domain
    assert low - step not in domain
    assert low + step / 2 not in domain


def test_grid_is_exact_where_floats_are_not() -> None:
    tenths = Domain.grid(Fraction(0), Fraction(1), Fraction("0.1"))
    assert len(tenths) == 11
    assert Fraction("0.3") in tenths
    assert Fraction(0.1) not in tenths


@pytest.mark.parametrize(
    ("low", "high", "step"), [("1", "0", "1"), ("0", "1", "0"), ("0", "1", "-0.5")]
)
def test_grid_without_values_is_refused(low: str, high: str, step: str) -> None:
    with pytest.raises(ValueError, match=f"no grid leads from {low} to {high} in steps of"):
        Domain.grid(Fraction(low), Fraction(high), Fraction(step))


@given(st.lists(fractions, min_size=1, max_size=8))
def test_list_keeps_exactly_its_values(values: list[Fraction]) -> None:
    domain = Domain.of(values)
    assert list(domain.values()) == sorted(set(values))
    assert all((value + gap in domain) == (value + gap in values) for value in values
               for gap in (Fraction(0), domain.step, domain.step / 2))  # fmt: skip


def test_list_has_the_widest_step_that_reaches_all_values() -> None:
    domain = Domain.of([Fraction(1), Fraction(5, 2), Fraction(4), Fraction(10)])
    assert (domain.base, domain.step) == (Fraction(1), Fraction(3, 2))
    assert list(domain.indices) == [0, 1, 2, 6]


def test_a_domain_of_no_values_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        Domain.of([])


def test_only_fractions_are_in_a_domain() -> None:
    assert Fraction(1) in Domain.of([Fraction(1)])
    assert 1.0 not in Domain.of([Fraction(1)])
    assert True not in Domain.of([Fraction(1)])
