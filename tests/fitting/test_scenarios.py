"""Customer-months as scenarios: the mean is kept, the heaviest stand apart, digits are few."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_pricing.fitting.retention.exposure import Floats
from cp_pricing.fitting.rounding import shares, with_mean
from cp_pricing.fitting.use.scenarios import (
    Months,
    Scenario,
    by_customer,
    leaf_weights,
    leaves_of,
    scenarios_of,
)
from cp_pricing.profiles.draws import DIGITS

months = st.lists(
    st.one_of(st.just(0.0), st.integers(1, 10**12).map(float), st.floats(1e-3, 1e9)),
    min_size=1,
    max_size=60,
)


def digits(number: Decimal) -> int:
    return len(number.normalize().as_tuple().digits)


def column(values: list[float]) -> Floats:
    return np.array(values)[:, None]


def summed_up(units: Floats, number: int) -> tuple[Scenario, ...]:
    return scenarios_of(units, leaves_of(units, number))


def mean_of(scenarios: tuple[Scenario, ...], meter: int = 0) -> Fraction:
    return sum((Fraction(s.weight) * Fraction(s.units[meter]) for s in scenarios), Fraction(0))


@given(months, st.integers(1, 20))
def test_weights_sum_to_one_and_digits_are_few(values: list[float], number: int) -> None:
    found = summed_up(column(values), number)
    assert 1 <= len(found) <= number
    assert sum(scenario.weight for scenario in found) == 1
    for scenario in found:
        assert scenario.weight > 0
        assert digits(scenario.weight) <= DIGITS
        assert digits(scenario.units[0]) <= DIGITS


@given(months, st.integers(1, 20))
def test_the_mean_is_as_exact_as_digits_allow(values: list[float], number: int) -> None:
    found = summed_up(column(values), number)
    true = sum(map(Fraction, values), Fraction(0)) / len(values)
    # Half of what the finest step of any scenario weighs; and the floats on the way to the bins.
    steps = [
        Fraction(s.weight) * Fraction(Decimal(1).scaleb(s.units[0].adjusted() - DIGITS + 1))
        for s in found
        if s.units[0]
    ]
    allowed = max(steps, default=Fraction(0)) / 2 + true / 10**12
    assert abs(mean_of(found) - true) <= allowed


def test_a_mean_that_nine_digits_can_say_is_said_exactly() -> None:
    units = column([float(n * n * 1_000) for n in range(1, 101)])
    found = summed_up(units, 8)
    assert mean_of(found) == Fraction(338_350 * 1_000, 100)


def test_what_rounding_left_over_is_made_up_for() -> None:
    weights = [Decimal("0.3"), Decimal("0.3"), Decimal("0.4")]
    values = [1.23456789444, 123456.789444, 12345678944.4]
    mean = sum(
        (Fraction(w) * Fraction(v) for w, v in zip(weights, values, strict=True)), Fraction(0)
    )
    plain = [Decimal(f"{value:.8e}") for value in values]
    moved = with_mean(values, weights, mean)

    def missing(found: list[Decimal]) -> Fraction:
        return abs(sum((Fraction(w * v) for w, v in zip(weights, found, strict=True)), -mean))

    assert missing(plain) > 1
    assert missing(list(moved)) < Fraction(1, 10**8)


def test_two_values_together_reach_what_neither_does() -> None:
    # A step of either adds over 0.15; one step up and one down, 0.0001.
    weights = [Decimal("0.1583"), Decimal("0.1584"), Decimal("0.6833")]
    values = [111111111.0, 222222222.0, 333333333.0]
    mean = sum((Fraction(w) * int(v) for w, v in zip(weights, values, strict=True)), Fraction(0))
    for tenths in (1, -1, 37, 500):
        wanted = mean + Fraction(tenths, 10_000)
        moved = with_mean(values, weights, wanted)
        assert sum(map(Fraction, map(Decimal.__mul__, weights, moved))) == wanted
        assert max(abs(float(m) - v) for m, v in zip(moved, values, strict=True)) < 1_000


def test_bins_have_equal_probability_but_for_the_heaviest() -> None:
    assert leaf_weights(8) == (
        *(Decimal(each) for each in ("0.1583", "0.1584", "0.1583", "0.1583", "0.1584", "0.1583")),
        Decimal("0.04"),
        Decimal("0.01"),
    )
    assert leaf_weights(4)[-1] == Decimal("0.05")
    assert leaf_weights(3) == (Decimal("0.3333"), Decimal("0.3334"), Decimal("0.3333"))
    assert all(sum(leaf_weights(number)) == 1 for number in range(1, 65))


def test_the_heaviest_months_stand_apart() -> None:
    units = column([1.0] * 990 + [1_000_000.0] * 10)
    assert summed_up(units, 8)[-1] == Scenario(Decimal("0.01"), (Decimal("1000000.00"),))


def test_months_of_equal_use_are_one_scenario() -> None:
    found = summed_up(column([0.0] * 70 + [5.0] * 30), 8)
    assert [float(scenario.units[0]) for scenario in found] == pytest.approx([0, 2.89, 5], rel=0.01)
    assert mean_of(found) == Fraction(3, 2)


def test_a_bin_is_the_mean_of_its_part_of_the_months() -> None:
    # A hundred months in order: the first 23.75 of them are the first of four and one apart.
    units = column([float(n) for n in range(100)])
    found = summed_up(units, 5)
    first = (sum(range(23)) + 0.75 * 23) / 23.75
    assert float(found[0].units[0]) == pytest.approx(first, rel=1e-6)


def test_several_meters_are_summed_up_jointly() -> None:
    chance = np.random.default_rng(5)
    size = chance.lognormal(0, 1, 4_000)
    share = chance.uniform(0.05, 0.95, 4_000)
    units = np.stack([1e6 * size * share, 1e4 * size * (1 - share)], axis=1)
    found = summed_up(units, 16)
    for meter in (0, 1):
        true = Fraction(float(units[:, meter].sum())) / len(units)
        assert float(mean_of(found, meter)) == pytest.approx(float(true), rel=1e-9)
    # What differs between customers of one size is not averaged away: the mix stays.
    mixes = [float(s.units[0]) / (100 * float(s.units[1])) for s in found]
    assert max(mixes) / min(mixes) > 5
    together = np.corrcoef([[float(each) for each in s.units] for s in found], rowvar=False)[0, 1]
    assert together > 0.3


def test_with_equal_weights_a_draw_is_the_profile_itself() -> None:
    chance = np.random.default_rng(7)
    customer = np.repeat(np.arange(40), 10)
    units = chance.lognormal(10, 1, (400, 1))
    leaves = leaves_of(units, 8)
    known = by_customer(Months(customer, np.zeros(400, dtype=np.int64), units), leaves, 40)
    drawn = known.drawn(np.full(40, 3.0))
    for ours, theirs in zip(drawn, scenarios_of(units, leaves), strict=True):
        assert float(ours.weight) == pytest.approx(float(theirs.weight), abs=1e-6)
        assert float(ours.units[0]) == pytest.approx(float(theirs.units[0]), rel=1e-5)


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30))
def test_shares_sum_to_one(parts: list[float]) -> None:
    found = shares(parts, 6)
    assert sum(found) == 1
    assert all(digits(each) <= 6 for each in found)
