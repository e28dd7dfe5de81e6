"""Rows that do not fit 53 bits, and ties: optima are exact all the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat import search
from constraints.cpsat.optimisation import Goal, Problem
from constraints.cpsat.solving import Objective, Solution, Solver
from constraints.language.expressions import Value
from constraints.language.syntax import parse
from tests.support.problems import (
    HAIR,
    HUGE,
    agrees,
    enumerated,
    grid,
    least,
    most,
    problem,
    solved,
)

# --- rows that do not fit 53 bits ---------------------------------------------------------------


def _admitted(found: Problem, goal: str) -> Mapping[str, Value]:
    """What CP-SAT proposes for the least value of a name, before the exact check."""
    fixed = {found.literal(name): 1 for name in found.conditions}
    objective = Objective((found.variables[goal],), (-1,))
    outcome = Solver().solve(found.model, objective, fixed)
    assert isinstance(outcome, Solution)
    return found.decode(outcome.values)


def test_a_point_that_is_infeasible_by_a_hair_is_cut_off() -> None:
    """The point x = 0, y = 3 misses the limit by 3 in 3 * 10^30, which no rounded row can tell."""
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, f"{HAIR} >= {3 * HUGE}")
    proposal = _admitted(found, "x")
    assert proposal == {"x": Fraction(0), "y": Fraction(3)}
    assert not found.evaluator(proposal).truth(found.conditions[f"{HAIR} >= {3 * HUGE}"])
    result = solved(found, least("x"), least("y"))
    assert agrees(result, (Fraction(1), Fraction(3)))
    assert found.solver.solves > 3


def test_a_point_that_is_feasible_by_a_hair_is_kept() -> None:
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, f"{HAIR} < {3 * HUGE}", "x + y == 3")
    assert agrees(solved(found, most("x")), (Fraction(2),))
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, f"{HAIR} <= {3 * HUGE}", "x + y == 3")
    assert agrees(solved(found, most("x")), (Fraction(3),))


def test_only_the_hair_is_infeasible() -> None:
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, f"{HAIR} > {3 * HUGE}", "x + y <= 3")
    assert agrees(solved(found, most("x")), None)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (most(f"if {HAIR} >= {3 * HUGE} then 1 else 0"), (0,)),
        (least(f"if {HAIR} >= {3 * HUGE} then 1 else 0"), (0,)),
    ],
)
def test_a_literal_that_a_hair_decides_is_not_believed(
    goal: Goal, expected: tuple[int, ...]
) -> None:
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, "x == 0", "y == 3")
    assert agrees(solved(found, goal), tuple(map(Fraction, expected)))


def test_a_later_goal_does_not_spoil_one_that_a_hair_decides() -> None:
    indicator = f"if {HAIR} >= {3 * HUGE} then 1 else 0"
    found = problem({"x": grid(0, 3), "y": grid(0, 3)}, "x + y == 3")
    assert agrees(solved(found, most(indicator), most("y")), (Fraction(1), Fraction(0)))
    assert agrees(solved(found, least(indicator), least("y")), (Fraction(0), Fraction(1)))
    assert agrees(solved(found, most(HAIR), most("y")), (Fraction(3 * HUGE), Fraction(0)))
    assert agrees(solved(found, least(HAIR), least("y")), (Fraction(3 * HUGE - 3), Fraction(3)))


def test_a_later_goal_does_not_spoil_one_that_just_fits() -> None:
    """The first goal's row fits 53 bits, its distance from the optimum does not."""
    bits = {"x": grid(0, 1), "y": grid(0, 1)}
    found = problem(bits, "x + y <= 1")
    result = solved(found, most(f"{2**52 - 1} * x + {2**52} * y"), most("x"))
    assert agrees(result, (Fraction(2**52), Fraction(0)))


@st.composite
def _near(draw: st.DrawFn) -> str:
    """A comparison that is decided by a hair wherever its large terms are equal."""
    a, c, e = (draw(st.integers(-1, 2)) for _ in range(3))
    b, d = (draw(st.integers(-1, 1)) for _ in range(2))
    operator = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    return f"x * ({HUGE * a + b}) + y * ({HUGE * c + d}) {operator} {HUGE * e}"


@st.composite
def _goals(draw: st.DrawFn) -> list[Goal]:
    """A goal that a hair decides, and then one that makes the most of what is left."""
    first = f"if {draw(_near())} then 1 else {draw(st.sampled_from(['0', 'y', 'x * y']))}"
    last = st.sampled_from(["x", "y", "x - y", "if b then y else 2 * x", "x / 7 - y / 9"])
    texts = (first, *draw(st.lists(last, min_size=1, max_size=2)))
    return [Goal(parse(text), draw(st.booleans())) for text in texts]


@given(_near(), _near(), _goals())
def test_hairs_do_not_change_the_optimum(first: str, second: str, goals: list[Goal]) -> None:
    bindings = {"x": grid(0, 2), "y": grid(0, 2)}
    conditions = [parse(f"{first} or b"), parse(f"b implies {second}")]
    found = Problem(bindings, {str(n): c for n, c in enumerate(conditions)}, ["b"])
    assert agrees(solved(found, *goals), enumerated(bindings, conditions, goals, ["b"]))


@given(_near(), _near(), _goals())
def test_wider_cuts_take_nothing_else_away(first: str, second: str, goals: list[Goal]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_SINGLE_CUTS", 0)
        bindings = {"x": grid(0, 2), "y": grid(0, 2), "z": grid(0, 2)}
        conditions = [parse(f"{first} or b"), parse(f"b implies {second} or x * z > y")]
        found = Problem(bindings, {str(n): c for n, c in enumerate(conditions)}, ["b"])
        assert agrees(solved(found, *goals), enumerated(bindings, conditions, goals, ["b"]))
        # What one search has learned of a condition is no reason where it is not in force.
        for name, condition in found.conditions.items():
            assert agrees(
                found.best([name], goals), enumerated(bindings, [condition], goals, ["b"])
            )


def test_hundreds_of_points_that_fail_for_one_reason_take_few_cuts() -> None:
    """Whatever `z` is, x = 1 misses the limit by a hair that no row can tell."""
    bindings = {"x": grid(0, 1), "z": grid(0, 400)}
    found = problem(bindings, f"x * {HUGE} + z >= {HUGE + 401}")
    (condition,) = found.conditions
    assert found.decisive(condition, {"x": Fraction(1), "z": Fraction(7)}) == frozenset()
    assert agrees(solved(found, most("x"), most("z")), None)
    assert found.solver.solves < 30
    reached = problem(bindings, f"x * {HUGE} + z >= {HUGE + 300}")
    (condition,) = reached.conditions
    assert reached.decisive(condition, {"x": Fraction(0), "z": Fraction(350)}) == {"x"}
    assert reached.decisive(condition, {"x": Fraction(1), "z": Fraction(7)}) == {"z"}


def test_thousands_of_points_around_one_that_misses_by_a_hair_take_few_cuts() -> None:
    """Up to the floor `x` changes nothing, as a price does below a minimum."""
    bindings = {"x": grid(0, 50_000), "y": grid(0, 3)}
    limit = f"max(x, 20000) + y / {HUGE} >= 20000 + 4 / {HUGE}"
    below = problem(bindings, limit, "x <= 20000")
    assert agrees(solved(below), None)
    first = below.solver.solves
    assert 5 < first < 20
    # What one search has found out no other has to.
    assert agrees(solved(below, most("x"), most("y")), None)
    assert below.solver.solves == first + 1
    assert agrees(
        solved(problem(bindings, limit), least("x"), least("y")), (Fraction(20_001), Fraction(0))
    )
    box = below.breaking(limit, {"x": Fraction(7), "y": Fraction(3)})
    assert box == {below.variables["x"]: (0, 20_000), below.variables["y"]: (0, 3)}
    assert not below.breaking(limit, {"x": Fraction(20_001), "y": Fraction(3)})


# --- ties ---------------------------------------------------------------------------------------


def test_thousands_of_exact_ties_need_no_enumeration() -> None:
    bindings = {"x": grid(0, 3000), "y": grid(0, 3000)}
    found = problem(bindings, "x + y <= 3000", "b", choices=["b"])
    result = solved(found, most("if b then x + y else x + y + 1"), most("x"))
    assert agrees(result, (Fraction(3000), Fraction(3000)))
    assert found.solver.solves <= 6


def test_ties_of_a_goal_too_fine_for_53_bits_are_seen_through() -> None:
    found = problem({"x": grid(0, 3000), "y": grid(0, 3000)}, "x + y <= 3000")
    fine = 10**17 + 3
    result = solved(found, most(f"(x + y) / {fine} + 1"), least("x"))
    assert agrees(result, (Fraction(3000, fine) + 1, Fraction(0)))
    assert found.solver.solves <= 6


@pytest.mark.parametrize("weight", [2, 1])
def test_an_optimum_that_stands_alone_needs_no_solve_for_each_later_goal(weight: int) -> None:
    first = most(f"if b then {weight} * x + y else 0")
    later = [least("x"), least("y"), most("x - y")]
    x = 30 if weight > 1 else 0
    expected = tuple(map(Fraction, (weight * x + 30 - x, x, 30 - x, 2 * x - 30)))

    def solves(*goals: Goal) -> int:
        found = problem({"x": grid(0, 30), "y": grid(0, 30)}, "x + y <= 30", "b", choices=["b"])
        assert agrees(solved(found, *goals), expected[: len(goals)])
        assert not found.scaled(first).exact
        return found.solver.solves

    # With a weight of 2 no other assignment is as good; with 1 there are thirty, but one of each x.
    more = solves(first, *later) - solves(first)
    assert more == (1 if weight > 1 else 3)


def test_ties_are_left_to_the_next_goal_whatever_it_is() -> None:
    bindings = {"x": grid(0, 40), "y": grid(0, 40)}
    wanted = [most("min(x + y, 31)"), least("abs(x - y)"), most("x")]
    result = solved(problem(bindings, "x <= 33"), *wanted)
    assert agrees(result, enumerated(bindings, [parse("x <= 33")], wanted))
