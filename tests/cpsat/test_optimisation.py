"""Proven optima: exact where rows are rounded, lexicographic, and never guessed."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat import optimisation
from constraints.cpsat.compilation import Bindings, Compiler
from constraints.cpsat.integer_model import NumericOverflow
from constraints.cpsat.optimisation import Goal, NotAGoalError, Optimal, Problem, Result
from constraints.cpsat.solving import Infeasible, Objective, Solution, Solver, Unknown
from constraints.language.checking import MAXIMUM_LEVELS, check
from constraints.language.dimensions import PURE, Interval, Symbol, Vocabulary
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Comparison, Expression, Name, Number, Table, Value
from constraints.language.syntax import parse

# Two numbers whose difference is lost in any row of 53 bits.
HUGE = 10**30
HAIR = f"x * {HUGE} + y * {HUGE - 1}"


def grid(low: int, high: int, step: int | str = 1) -> Domain:
    return Domain.grid(Fraction(low), Fraction(high), Fraction(step))


def most(text: str) -> Goal:
    return Goal(parse(text), maximise=True)


def least(text: str) -> Goal:
    return Goal(parse(text))


def problem(bindings: Bindings, *conditions: str, choices: Sequence[str] = ()) -> Problem:
    """A problem whose conditions are named by their own texts."""
    return Problem(bindings, {text: parse(text) for text in conditions}, choices)


def solved(found: Problem, *goals: Goal) -> Result:
    """The result with all conditions in force."""
    return found.best(found.conditions, goals)


def by_x(values: Sequence[Fraction]) -> Table:
    """A table of the values for x = 0, 1, 2, ... without an identity."""
    rows: dict[tuple[Value, ...], Fraction] = {(Fraction(n),): v for n, v in enumerate(values)}
    return Table((Name("x"),), rows)


def assignments(bindings: Bindings, choices: Sequence[str] = ()) -> Iterator[dict[str, Value]]:
    domains = {name: bound for name, bound in bindings.items() if isinstance(bound, Domain)}
    values = [list(domain.values()) for domain in domains.values()]
    for numbers in itertools.product(*values):
        for flags in itertools.product((False, True), repeat=len(choices)):
            yield dict(zip((*domains, *choices), (*numbers, *flags), strict=True))


def enumerated(
    bindings: Bindings,
    conditions: Sequence[Expression],
    goals: Sequence[Goal],
    choices: Sequence[str] = (),
) -> tuple[Fraction, ...] | None:
    """The best values of the goals, found by trying everything."""
    fixed = {name: bound for name, bound in bindings.items() if not isinstance(bound, Domain)}
    found = []
    for assignment in assignments(bindings, choices):
        evaluator = Evaluator({**fixed, **assignment})
        if all(map(evaluator.truth, conditions)):
            values = [evaluator.number(goal.expression) for goal in goals]
            numbers = [value for value in values if value is not None]
            found.append([-n if g.maximise else n for n, g in zip(numbers, goals, strict=True)])
    if not found:
        return None
    return tuple(-n if g.maximise else n for n, g in zip(min(found), goals, strict=True))


def agrees(result: Result, expected: tuple[Fraction, ...] | None) -> bool:
    if expected is None:
        return isinstance(result, Infeasible)
    return isinstance(result, Optimal) and result.goals == expected


# --- answers ----------------------------------------------------------------------------------


def test_the_assignment_has_every_chosen_name_and_reaches_the_goals() -> None:
    bindings: Bindings = {"x": grid(0, 5), "y": grid(0, 3, "1/2"), "double": parse("2 * x")}
    found = problem(bindings, "double + y <= 6.5", "b implies y >= 1", choices=["b"])
    result = solved(found, most("double + y"), most("if b then 1 else 0"), least("x"))
    assert isinstance(result, Optimal)
    assert result.assignment == {"x": Fraction(2), "y": Fraction(5, 2), "b": True}
    assert result.goals == (Fraction(13, 2), Fraction(1), Fraction(2))
    assert result.evaluator.number(parse("double * y")) == 10


def test_without_goals_any_feasible_assignment_will_do() -> None:
    result = solved(problem({"x": grid(0, 9)}, "x * x == 49"))
    assert isinstance(result, Optimal)
    assert (result.assignment, result.goals) == ({"x": Fraction(7)}, ())


def test_only_what_is_in_force_binds() -> None:
    found = problem({"x": grid(0, 9)}, "x <= 5", "x <= 3", "x >= 8")
    expected = {"x <= 5": 5, "x <= 3": 3, "x >= 8": 9}
    for name, best in expected.items():
        assert agrees(found.best([name], [most("x")]), (Fraction(best),))
    assert agrees(found.best([], [most("x")]), (Fraction(9),))
    assert agrees(found.best(["x >= 8", "x <= 5"], [most("x")]), None)


def test_a_condition_that_does_not_exist_cannot_be_in_force() -> None:
    with pytest.raises(KeyError, match="x <= 4"):
        problem({"x": grid(0, 9)}, "x <= 5").best(["x <= 4"], [])


def test_a_name_with_one_value_is_not_a_choice_but_is_in_the_answer() -> None:
    result = solved(problem({"x": grid(3, 3), "y": grid(0, 9)}, "y <= x * x"), most("y"))
    assert isinstance(result, Optimal)
    assert result.assignment == {"x": Fraction(3), "y": Fraction(9)}


def test_goals_that_are_constant_leave_the_rest_to_decide() -> None:
    result = solved(problem({"x": grid(0, 9)}, "x <= 5"), most("7"), least("1 / 3"), most("x"))
    assert agrees(result, (Fraction(7), Fraction(1, 3), Fraction(5)))


@pytest.mark.parametrize(
    "goals",
    [
        ("x + y", "x * y", "x"),
        ("x * y - 3 * x", "y"),
        ("max(x, y)", "min(x, y)"),
        ("if b then x else y / 3", "x + y", "x"),
        ("abs(x - 2 * y)", "x"),
        ("x / 7 + y / 11", "y"),
        ("x / 3 - y", "if x * y > 6 then 1 else 0", "x", "y"),
    ],
)
@pytest.mark.parametrize("maximise", [True, False])
def test_goals_count_in_their_order(goals: Sequence[str], *, maximise: bool) -> None:
    bindings = {"x": grid(0, 6), "y": grid(-2, 4)}
    condition = "x + y <= 7 and (b or x * y <= 5)"
    wanted = [Goal(parse(text), (place % 2 == 0) == maximise) for place, text in enumerate(goals)]
    result = solved(problem(bindings, condition, choices=["b"]), *wanted)
    assert agrees(result, enumerated(bindings, [parse(condition)], wanted, ["b"]))


# --- rows that do not fit 53 bits ---------------------------------------------------------------


def _admitted(found: Problem, goal: str) -> Mapping[str, Value]:
    """What CP-SAT proposes for the least value of a name, before the exact check."""
    fixed = dict.fromkeys(found.literals.values(), True)
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
    last = draw(st.sampled_from(["x", "y", "x - y", "if b then y else 2 * x", "x / 7 - y / 9"]))
    return [Goal(parse(text), draw(st.booleans())) for text in (first, last)]


@given(_near(), _near(), _goals())
def test_hairs_do_not_change_the_optimum(first: str, second: str, goals: list[Goal]) -> None:
    bindings = {"x": grid(0, 2), "y": grid(0, 2)}
    conditions = [parse(f"{first} or b"), parse(f"b implies {second}")]
    found = Problem(bindings, {str(n): c for n, c in enumerate(conditions)}, ["b"])
    assert agrees(solved(found, *goals), enumerated(bindings, conditions, goals, ["b"]))


@given(_near(), _near(), _goals())
def test_wider_cuts_take_nothing_else_away(first: str, second: str, goals: list[Goal]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimisation, "_SINGLE_CUTS", 0)
        bindings = {"x": grid(0, 2), "y": grid(0, 2), "z": grid(0, 2)}
        conditions = [parse(f"{first} or b"), parse(f"b implies {second} or x * z > y")]
        found = Problem(bindings, {str(n): c for n, c in enumerate(conditions)}, ["b"])
        assert agrees(solved(found, *goals), enumerated(bindings, conditions, goals, ["b"]))


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


# --- the certificate ----------------------------------------------------------------------------


def test_a_compiler_that_loses_a_condition_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Compiler, "enforce", lambda *_arguments, **_options: None)
    found = problem({"x": grid(0, 9), "y": grid(0, 9)}, "x + y >= 12", "x <= 4")
    result = solved(found, least("x"), least("y"))
    assert agrees(result, (Fraction(3), Fraction(9)))
    assert agrees(solved(problem({"x": grid(0, 9)}, "x > 9"), least("x")), None)


def test_too_many_cuts_are_unknown_and_not_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimisation, "MAXIMUM_CUTS", 2)
    monkeypatch.setattr(Compiler, "enforce", lambda *_arguments, **_options: None)
    result = solved(problem({"x": grid(0, 9)}, "x >= 3"), least("x"))
    assert result == Unknown("the exact check refused too many of the solver's answers")
    assert agrees(solved(problem({"x": grid(0, 9)}, "x >= 1"), least("x")), (Fraction(1),))


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


def test_ties_are_left_to_the_next_goal_whatever_it_is() -> None:
    bindings = {"x": grid(0, 40), "y": grid(0, 40)}
    wanted = [most("min(x + y, 31)"), least("abs(x - y)"), most("x")]
    result = solved(problem(bindings, "x <= 33"), *wanted)
    assert agrees(result, enumerated(bindings, [parse("x <= 33")], wanted))


# --- conditions that may give way ---------------------------------------------------------------

SOFT = ("x >= 7", "x <= 2", "y >= x", "x + y == 9", "not b", "x * y >= 20")


@pytest.mark.parametrize("hard", [(), ("b",), ("x >= 7",), ("x <= 2", "y >= x")], ids=str)
def test_as_many_soft_conditions_are_met_as_possible(hard: tuple[str, ...]) -> None:
    bindings = {"x": grid(0, 9), "y": grid(0, 9)}
    found = problem(bindings, *SOFT, "b", choices=["b"])
    soft = [text for text in SOFT if text not in hard]
    met = "+".join(f"(if {text} then 1 else 0)" for text in soft)
    wanted = [most(met), least("y"), most("x")]
    expected = enumerated(bindings, [parse(text) for text in hard], wanted, ["b"])
    assert expected is not None
    result = found.best(hard, wanted[1:], soft=soft)
    assert isinstance(result, Optimal)
    assert (result.evaluator.number(wanted[0].expression), *result.goals) == expected


def test_soft_conditions_that_a_hair_decides_are_counted_exactly() -> None:
    found = problem(
        {"x": grid(0, 3), "y": grid(0, 3)},
        f"{HAIR} >= {3 * HUGE}",
        "x == 0",
        "y == 3",
        "x + y == 3",
    )
    soft = [f"{HAIR} >= {3 * HUGE}", "x == 0", "y == 3"]
    result = found.best(["x + y == 3"], [least("x")], soft=soft)
    assert agrees(result, (Fraction(0),))


def test_hard_conditions_that_clash_are_infeasible_whatever_is_soft() -> None:
    found = problem({"x": grid(0, 9)}, "x >= 7", "x <= 2", "x == 5")
    assert agrees(found.best(["x >= 7", "x <= 2"], [], soft=["x == 5"]), None)


def test_of_each_group_one_condition_holds() -> None:
    found = problem({"x": grid(0, 9)}, "x <= 2", "x >= 8", "x == 5", "x <= 6")
    groups = [["x <= 2", "x >= 8"], ["x == 5", "x <= 6"]]
    assert agrees(found.best([], [most("x")], any_of=groups), (Fraction(2),))
    assert agrees(found.best(["x == 5"], [most("x")], any_of=groups), None)


# --- proofs ------------------------------------------------------------------------------------


def test_a_refutation_is_proved_with_both_settings_of_presolve() -> None:
    found = problem({"x": grid(0, 9)}, "x <= 2", "x >= 5", "x == 2")
    assert isinstance(found.refuted(["x <= 2", "x >= 5"]), Infeasible)
    assert found.solver.solves == 2
    assert isinstance(found.refuted(["x == 2"], any_of=[["x >= 5"]]), Infeasible)
    shown = found.refuted(["x <= 2"], any_of=[["x == 2", "x >= 5"]])
    assert isinstance(shown, Optimal)
    assert shown.assignment == {"x": Fraction(2)}
    assert found.solver.presolve


def test_what_is_proved_only_once_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problem({"x": grid(0, 9)}, "x <= 2", "x >= 5")
    monkeypatch.setattr(
        Solver, "solve", lambda self, *_: Infeasible() if self.presolve else Unknown("too late")
    )
    assert found.refuted(found.conditions) == Unknown("not proved a second time")
    assert found.solver.presolve


# --- overflow -----------------------------------------------------------------------------------

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
    with pytest.raises(NumericOverflow) as caught:
        Problem(bindings, {"fine": parse("x >= 3"), "too-big": parse(condition)}, (), solver)
    assert str(caught.value).startswith("`too-big` needs a quantity of up to ")
    assert str(caught.value).endswith(f" steps, {TOO_MANY}")
    assert solver.solves == 0


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
        problem(bindings, f"{' + '.join(names)} >= 3")


def test_overflow_of_many_fine_cases_is_told_and_does_not_break() -> None:
    primes = [p for p in range(2, 4500) if all(p % q for q in range(2, int(p**0.5) + 1))][:600]
    table = by_x([Fraction(1, prime) for prime in primes])
    bindings: Bindings = {"x": grid(0, 599), "y": grid(0, 3), "share": table}
    with pytest.raises(NumericOverflow, match=r"^`share \+ y >= 2` needs a quantity of up to "):
        problem(bindings, "share + y >= 2")


def test_large_numbers_that_fit_are_no_overflow() -> None:
    bindings = {"x": grid(0, 2**30 - 1), "y": grid(0, 2**30 - 1)}
    found = problem(bindings, f"x * y == {(2**30 - 1) * 1_000_003}", "x <= 1_000_003")
    result = solved(found, most("x"))
    assert agrees(result, (Fraction(1_000_003),))


# --- names within names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "step"),
    [
        ("x", "{} + 1"),
        ("x", "{}"),
        ("x", "max({}, 1)"),
        ("x", "if {} in [1] then 1 else 2"),
        ("x", "1 / (1 + {})"),
        ("x", "{} / (1 + y)"),
        ("x > 1", "not {}"),
        ("x > 1", "{} implies y <= 3"),
        ("x > 1", "({}) == (y > 2)"),
    ],
)
def test_names_may_be_nested_as_deeply_as_the_check_allows(first: str, step: str) -> None:
    numbers = Interval(Fraction(0), Fraction(3))
    symbols = {"x": Symbol(PURE, numbers), "y": Symbol(PURE, numbers)}
    bindings: dict[str, Expression | Domain] = {"x": grid(0, 3), "y": grid(0, 3)}
    last = first
    for number in range(MAXIMUM_LEVELS):
        found, issues = check(parse(step.format(last)), Vocabulary(symbols))
        if issues:
            break
        last = f"d{number}"
        symbols[last] = Symbol(found.kind, found.bounds, levels=found.levels)
        bindings[last] = found.expression
    assert len(bindings) > 30
    text = last if "x >" in first else f"{last} >= 0"
    result = solved(problem(bindings, text), most("x"))
    assert agrees(result, enumerated(bindings, [parse(text)], [most("x")]))


# --- what is no goal ----------------------------------------------------------------------------


def test_a_ratio_of_chosen_names_is_no_goal() -> None:
    found = problem({"x": grid(1, 9), "y": grid(1, 9)}, "x + y <= 9")
    with pytest.raises(NotAGoalError, match="a ratio of chosen names cannot be a goal"):
        solved(found, most("x / y"))
    with pytest.raises(NotAGoalError, match="a ratio of chosen names cannot be a goal"):
        solved(found, most("x"), least("max(1 / y, x)"))


def test_a_constant_may_divide_a_goal() -> None:
    bindings: Bindings = {"x": grid(1, 9), "seven": Fraction(7)}
    found = problem(bindings, "x <= 5")
    assert agrees(solved(found, most("x / seven / 2")), (Fraction(5, 14),))


# --- tables -------------------------------------------------------------------------------------


def test_tables_without_an_identity_are_not_taken_for_one_another() -> None:
    up, down = by_x([Fraction(n) for n in range(4)]), by_x([Fraction(3 - n) for n in range(4)])
    two = Number(Fraction(2))
    conditions: dict[str, Expression] = {
        "up": Comparison("!=", up, two),
        "down": Comparison("!=", down, two),
    }
    found = Problem({"x": grid(0, 3)}, conditions)
    goal = most("if x <= 2 then x else 0")
    assert agrees(found.best(["up"], [goal]), (Fraction(1),))
    assert agrees(found.best(["down"], [goal]), (Fraction(2),))
    assert agrees(found.best(["up", "down"], [goal]), (Fraction(0),))


# --- time, and repetition -----------------------------------------------------------------------

# The product of two primes, and a prime: CP-SAT takes long to find factors, or that there are none.
COMPOSITE, PRIME = 1_000_000_007 * 998_244_353, 10**18 + 9


@pytest.mark.parametrize("number", [COMPOSITE, PRIME], ids=["feasible", "infeasible"])
@pytest.mark.parametrize("goals", [(), ("x",), ("if x > z then x / 3 else z", "z")], ids=len)
def test_a_time_limit_is_unknown_and_never_infeasible(number: int, goals: tuple[str, ...]) -> None:
    bindings = {name: grid(2, 2**30) for name in "xyz"}
    conditions = {"hard": parse(f"x * y == {number} and x <= y")}
    found = Problem(bindings, conditions, (), Solver(seconds=1e-6))
    wanted = [most(goal) for goal in goals]
    unknown = Unknown("the solver's time limit was reached before a proof")
    assert found.best(["hard"], wanted) == unknown
    assert found.best([], wanted, soft=["hard"]) == unknown


MODEL = """
from fractions import Fraction
from constraints import Domain, Goal, Problem, parse
from constraints.cpsat.solving import model_text
grid = Domain.grid(Fraction(0), Fraction(9), Fraction(1, 2))
texts = ["max(x, y) * z <= 20", "b or x / (y + 1) >= 2", "x in [1, 2, 3] implies not c",
         "z == 4 or abs(x - y) > 2", "(if b then x else z) between 2 and y + 3"]
problem = Problem({"x": grid, "y": grid, "z": grid}, {t: parse(t) for t in texts}, ["b", "c"])
goals = [Goal(parse("if c then x * y / 3 else z"), True), Goal(parse("x + y"), True)]
result = problem.best(texts, goals)
print(model_text(problem.model, None, {}, ()))
print(result.assignment, result.goals, problem.solver.solves)
"""


def test_the_same_problem_gives_the_same_model_and_answer_in_any_process() -> None:
    printed = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", MODEL]
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        printed.add(run.stdout)
    assert len(printed) == 1
    assert "int_prod" in printed.pop()
