"""What does not fit 64-bit integers is named before any solve."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.integer_model import NumericOverflow
from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Solver
from constraints.language.syntax import parse
from tests.support.problems import (
    agrees,
    by_x,
    grid,
    least,
    most,
    problem,
    solved,
)

TOO_MANY = "more than 64-bit integers can hold"


@pytest.mark.parametrize(
    ("condition", "size"),
    [
        ("x * y * x >= 3", "4.61e+18"),
        ("x * x * x * y <= 3 or x > 2", "4.61e+18"),
        ("max(x / 7, y * x) * x > 3", "2.31e+18"),
    ],
)
def test_overflow_names_the_condition_before_any_solve(condition: str, size: str) -> None:
    bindings = {"x": grid(0, 2**31), "y": grid(0, 2**31)}
    solver = Solver()
    found = Problem(bindings, {"fine": parse("x >= 3"), "too-big": parse(condition)}, (), solver)
    with pytest.raises(NumericOverflow) as caught:
        found.best(["fine", "too-big"], ())
    assert str(caught.value).startswith("`too-big` needs a quantity of up to ")
    assert str(caught.value).endswith(f" steps, {TOO_MANY}")
    assert solver.solves == 0
    assert isinstance(found.best(["fine"], ()), Optimal)


def test_overflow_of_a_goal_is_found_before_any_solve() -> None:
    found = problem({"x": grid(0, 2**31), "y": grid(0, 2**31)}, "x >= 3")
    with pytest.raises(
        NumericOverflow, match=rf"^a goal needs a quantity of .* steps, {TOO_MANY}$"
    ):
        solved(found, most("x * y * x"))
    assert found.solver.solves == 0
    assert agrees(solved(found, least("x")), (Fraction(3),))


def test_overflow_of_a_domain_names_it() -> None:
    with pytest.raises(
        NumericOverflow, match=r"^`price` needs a quantity of up to 1.00e\+21 steps"
    ):
        problem({"price": grid(0, 10**15, "0.000001")}, "price > 0")


def test_overflow_of_a_sum_names_the_condition() -> None:
    names = "stuvwxyz"
    bindings = {name: grid(0, 2**59) for name in names}
    with pytest.raises(NumericOverflow, match=r"^`.*` needs a sum of up to 4.61e\+18 steps, "):
        solved(problem(bindings, f"{' + '.join(names)} >= 3"))


def test_overflow_of_many_fine_cases_is_told_and_does_not_break() -> None:
    primes = [p for p in range(2, 4500) if all(p % q for q in range(2, int(p**0.5) + 1))][:600]
    table = by_x([Fraction(1, prime) for prime in primes])
    bindings: Bindings = {"x": grid(0, 599), "y": grid(0, 3), "share": table}
    with pytest.raises(NumericOverflow, match=r"^`share \+ y >= 2` needs a quantity of up to "):
        solved(problem(bindings, "share + y >= 2"))


def test_large_numbers_that_fit_are_no_overflow() -> None:
    bindings = {"x": grid(0, 2**30 - 1), "y": grid(0, 2**30 - 1)}
    found = problem(bindings, f"x * y == {(2**30 - 1) * 1_000_003}", "x <= 1_000_003")
    result = solved(found, most("x"))
    assert agrees(result, (Fraction(1_000_003),))


def test_many_large_maxima_fit_as_long_as_all_of_them_do() -> None:
    """CP-SAT refuses a model whose variables could come to more than 64 bits together."""
    large = 10**17
    conditions = [
        f"max({large} * x + {i}, {large} * y + {2 * i}) >= {2 * large}" for i in range(40)
    ]
    found = problem({"x": grid(0, 5), "y": grid(0, 5)}, *conditions, "x <= 1")
    assert agrees(solved(found, least("y")), (Fraction(2),))
    assert agrees(solved(problem({"x": grid(0, 1), "y": grid(0, 1)}, *conditions)), None)


def test_large_maxima_of_many_sums_leave_nothing_behind_where_they_do_not_fit() -> None:
    """Such a sum has a variable of its own, for which there has to be room as well."""
    large = 10**15
    conditions = [
        f"max({large} * x + {large + 1} * y + {i}, {large} * z + {2 * i}) >= {30 * large}"
        for i in range(50)
    ]
    sides = {name: grid(0, 150) for name in "xyz"}
    found = problem(sides, *conditions, "z <= 9", "y <= 20")
    assert agrees(solved(found, least("x")), (Fraction(10),))
