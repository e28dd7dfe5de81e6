"""Integer rows: exact where they fit, else rounded so that nothing feasible is lost."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat.integer_model import (
    FALSE,
    ROW_LIMIT,
    TRUE,
    VARIABLE_LIMIT,
    IntegerModel,
    NumericOverflow,
    Row,
    negated,
    power_below,
)
from constraints.cpsat.linear import Linear, whole_scale
from constraints.cpsat.solving import Infeasible, Objective, Solution, Solver

Box = list[tuple[int, int]]


def _form(model: IntegerModel, box: Box, weights: list[Fraction], constant: Fraction) -> Linear:
    form = Linear.of(constant)
    for (low, high), weight in zip(box, weights, strict=True):
        form += Linear.variable(model.variable(low, high), low, high, weight)
    return form


def _points(box: Box) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(low, high + 1) for low, high in box))


def _at(point: tuple[int, ...]) -> tuple[int, ...]:
    """A solution of a model that has only these variables."""
    return (1, *point)


# Numbers of any fineness: a row of them fits 53 bits only now and then.
coefficients = st.fractions(-3, 3, max_denominator=8) | st.builds(
    Fraction, st.integers(-(10**24), 10**24), st.sampled_from([1, 3, 10**9, 10**24 + 7])
)
box = st.lists(
    st.tuples(st.integers(-3, 1), st.integers(0, 3)).map(lambda ends: (ends[0], sum(ends))),
    min_size=2,
    max_size=3,
)


@given(box, st.data())
def test_rounding_loses_no_feasible_point_and_admits_few_others(
    box: Box, data: st.DataObject
) -> None:
    weights = [data.draw(coefficients) for _ in box]
    model = IntegerModel()
    form = _form(model, box, weights, data.draw(coefficients))
    whole, constant, exact = model.integral(form)
    hair = model.reach(form) / 2**48
    for point in _points(box):
        value = form.value(_at(point))
        drawn = [point[variable - 1] for variable in form.weights]
        scaled = sum(c * v for c, v in zip(whole, drawn, strict=True)) + constant
        if exact:
            assert (scaled > 0, scaled == 0) == (value > 0, value == 0)
        elif value >= 0:
            assert scaled >= 0
        elif value < -hair:
            assert scaled < 0


@given(box, st.data())
def test_rounded_rows_stay_below_the_solvers_limit(box: Box, data: st.DataObject) -> None:
    model = IntegerModel()
    form = _form(model, box, [data.draw(coefficients) for _ in box], data.draw(coefficients))
    whole, constant, _ = model.integral(form)
    reach = sum(
        abs(c) * max(map(abs, model.bounds(v))) for c, v in zip(whole, form.weights, strict=True)
    )
    assert reach + abs(constant) <= ROW_LIMIT + 16


def test_a_row_is_exact_as_long_as_it_fits() -> None:
    model = IntegerModel()
    form = _form(model, [(0, 1), (0, 1)], [Fraction(ROW_LIMIT - 1), Fraction(1)], Fraction(0))
    assert model.integral(form) == ((ROW_LIMIT - 1, 1), 0, True)
    assert not model.integral(form.shifted(Fraction(1)))[2]
    assert not model.integral(form + Linear.of(Fraction(1, 3)))[2]


def test_what_a_form_has_in_common_is_divided_out() -> None:
    model = IntegerModel()
    tokens = [Fraction(20_000_000), Fraction(-4_000_000)]
    form = _form(model, [(0, 9), (0, 9)], tokens, Fraction(8_000_000))
    assert model.integral(form) == ((5, -1), 2, True)
    assert whole_scale(form) == Fraction(1, 4_000_000)
    assert whole_scale(form, form.scaled(Fraction(1, 7))) == Fraction(7, 4_000_000)
    assert whole_scale(form, Linear.of(Fraction(0))) == Fraction(1, 4_000_000)


def test_rounding_up_counts_from_each_variables_least_value() -> None:
    ends = [(-9, -7), (-9, -7)]
    model = IntegerModel()
    form = _form(model, ends, [Fraction(10**30), Fraction(-(10**30))], Fraction(-1))
    (first, second), constant, exact = model.integral(form)
    assert not exact
    fits = {point: first * point[0] + second * point[1] + constant >= 0 for point in _points(ends)}
    assert fits == {point: point[0] >= point[1] for point in _points(ends)}


# --- single variables, clauses, overflow --------------------------------------------------------


@dataclass(frozen=True)
class _Solved:
    """The values of the first variable that a model admits."""

    model: IntegerModel

    def values(self) -> list[int]:
        low, high = self.model.bounds(1)
        return [value for value in range(low, high + 1) if self.admits(value)]

    def admits(self, value: int) -> bool:
        model = self.model.copy()
        model.fix(1, value)
        outcome = Solver().solve(model)
        assert isinstance(outcome, Solution | Infeasible)
        return isinstance(outcome, Solution)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("weight", "constant"),
    [
        ("1", "0"),
        ("1", "-2"),
        ("-1", "2"),
        ("3", "-7"),
        ("-3", "7"),
        ("1/3", "-1"),
        (f"1/{10**40}", f"-1/{10**40}"),
        (str(10**40), str(-(10**40) + 1)),
        (str(-(10**40)), str(10**40 - 1)),
        (f"{10**40 + 1}/{10**40}", "-1"),
        ("1", "9"),
        ("1", "-9"),
    ],
)
def test_a_form_of_one_variable_is_an_exact_bound(
    weight: str, constant: str, *, strict: bool
) -> None:
    model = IntegerModel()
    form = _form(model, [(-3, 4)], [Fraction(weight)], Fraction(constant))
    model.require(form, strict=strict)
    values = {v: Fraction(weight) * v + Fraction(constant) for v in range(-3, 5)}
    fitting = [v for v, value in values.items() if value > 0 or (value == 0 and not strict)]
    assert _Solved(model).values() == fitting
    assert model.exact


def test_a_guarded_row_holds_only_where_its_guards_do() -> None:
    model = IntegerModel()
    form = _form(model, [(0, 4)], [Fraction(1)], Fraction(-3))
    guard, other = model.boolean(), model.boolean()
    model.require(form, (guard, negated(other)))
    model.clause((guard,))
    assert _Solved(model).values() == [0, 1, 2, 3, 4]
    model.clause((negated(other),))
    assert _Solved(model).values() == [3, 4]


def test_what_cannot_hold_forbids_its_guards() -> None:
    model = IntegerModel()
    form = _form(model, [(0, 4)], [Fraction(1)], Fraction(-9))
    guard = model.boolean()
    model.require(form, (guard,))
    assert model.constraints == [(negated(guard),)]


def test_what_always_holds_is_not_posted() -> None:
    model = IntegerModel()
    form = _form(model, [(0, 4)], [Fraction(1)], Fraction(0))
    model.require(form)
    model.require(form.shifted(Fraction(1)), strict=True)
    model.require(form.shifted(Fraction(-9)), (FALSE,))
    assert model.constraints == []


@given(st.sampled_from(((0, 1), (-3, 4), (-3, 4, 5))), st.data())
def test_outside_a_range_is_where_one_of_its_literals_can_be_true(
    values: tuple[int, ...], data: st.DataObject
) -> None:
    inside = st.integers(values[0], values[-1])
    first, last = sorted((data.draw(inside), data.draw(inside)))
    model = IntegerModel()
    sparse = len(values) > 2
    variable = model.sparse_variable(values) if sparse else model.variable(*values)
    every = values if sparse else range(values[0], values[1] + 1)
    model.clause(model.outside(variable, first, last))
    found = set()
    for value in every:
        outcome = Solver().solve(model, fixed={variable: value})
        found |= {value} if isinstance(outcome, Solution) else set()
    assert found == {value for value in every if not first <= value <= last}


def test_equal_and_differ_are_exact_opposites() -> None:
    model = IntegerModel()
    variable, literal = model.variable(0, 4), model.boolean()
    model.equal(variable, 2, literal)
    there, elsewhere = model.copy(), model.copy()
    there.clause((literal,))
    elsewhere.clause((negated(literal),))
    assert _Solved(there).values() == [2]
    assert _Solved(elsewhere).values() == [0, 1, 3, 4]


def test_a_sparse_variable_takes_only_its_values() -> None:
    model = IntegerModel()
    model.sparse_variable((-2, -1, 3, 5, 6, 7))
    assert model.domains[1] == (-2, -1, 3, 3, 5, 7)
    assert _Solved(model).values() == [-2, -1, 3, 5, 6, 7]


def test_clauses_are_simplified() -> None:
    model = IntegerModel()
    a, b = model.boolean(), model.boolean()
    model.clause((a, FALSE, a, b))
    model.clause((a, TRUE))
    model.clause((a, negated(a)))
    model.forbid((a, b))
    assert model.constraints == [(a, b), (negated(a), negated(b))]


def test_a_copy_grows_alone() -> None:
    model = IntegerModel()
    model.variable(0, 1)
    copy = model.copy()
    copy.variable(0, 9)
    copy.clause((TRUE, FALSE))
    copy.clause((1,))
    assert (len(model.domains), len(model.constraints)) == (2, 0)
    assert (len(copy.domains), len(copy.constraints)) == (3, 1)


def test_a_variable_may_reach_the_limit() -> None:
    model = IntegerModel()
    limits = (-VARIABLE_LIMIT, VARIABLE_LIMIT)
    assert model.bounds(model.variable(*limits)) == limits
    assert model.bounds(model.sparse_variable(limits)) == limits


@pytest.mark.parametrize(
    ("high", "size"), [(VARIABLE_LIMIT + 1, "1.15e+18"), (10**400, "1.00e+400")]
)
def test_a_variable_beyond_the_limit_is_an_overflow(high: int, size: str) -> None:
    model = IntegerModel()
    told = f"a quantity of up to {size} steps, more than 64-bit integers can hold"
    with pytest.raises(NumericOverflow, match=re.escape(told)):
        model.variable(0, high)
    with pytest.raises(NumericOverflow, match=re.escape(told)):
        model.sparse_variable((-high, 0))


def test_a_sum_that_cp_sat_could_not_hold_is_an_overflow() -> None:
    model = IntegerModel()
    form = _form(model, [(0, VARIABLE_LIMIT)] * 5, [Fraction(1)] * 5, Fraction(-1))
    with pytest.raises(NumericOverflow, match=r"^a sum of up to 5.76e\+18 steps, more than 64"):
        model.require(form)


def test_the_largest_row_that_is_posted_is_one_that_cp_sat_takes() -> None:
    model = IntegerModel()
    form = _form(model, [(0, VARIABLE_LIMIT)] * 3, [Fraction(1)] * 3, Fraction(-(1 << 52)))
    model.require(form)
    assert isinstance(model.constraints[0], Row)
    assert isinstance(Solver().solve(model, Objective((1,), (-1,))), Solution)


@given(st.fractions(Fraction(1, 10**30), 10**30))
def test_power_below(value: Fraction) -> None:
    power = power_below(value)
    assert power <= value < 2 * power
    assert 1 in {power.numerator, power.denominator}
    assert (power.numerator * power.denominator).bit_count() == 1
