"""Laws: what is compiled to CP-SAT says exactly what the evaluator says."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.cpsat.solving import Infeasible
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import (
    Arithmetic,
    Comparison,
    Expression,
    Name,
    Not,
    Number,
    walk,
)
from constraints.language.expressions import names as expression_names
from tests.laws.strategies import BINDINGS, CHOICE, X, Y, assignments, conditions, numbers


def _pinned(condition: Expression) -> Problem:
    """The condition, and one more for every value of every chosen name."""
    pins: dict[str, Expression] = {
        "condition": condition,
        f"{CHOICE}=True": Name(CHOICE),
        f"{CHOICE}=False": Not(Name(CHOICE)),
    }
    for name, domain in (("x", X), ("y", Y)):
        for value in domain.values():
            pins[f"{name}={value}"] = Comparison("==", Name(name), Number(value))
    return Problem(BINDINGS, pins, (CHOICE,))


@given(conditions)
def test_compiled_condition_admits_exactly_what_evaluates_to_true(condition: Expression) -> None:
    problem = _pinned(condition)
    for assignment in assignments():
        pins = [f"{name}={value}" for name, value in assignment.items()]
        result = problem.best(["condition", *pins], [Goal(Name("y"))])
        true = problem.evaluator(assignment).truth(condition)
        assert isinstance(result, Optimal if true else Infeasible)


@given(conditions)
def test_negated_condition_admits_the_rest(condition: Expression) -> None:
    problem = Problem(BINDINGS, {"no": Not(condition)}, (CHOICE,))
    feasible = [a for a in assignments() if not Evaluator({**_fixed(), **a}).truth(condition)]
    result = problem.best(["no"], [Goal(Name("x"), maximise=True), Goal(Name("y"))])
    if not feasible:
        assert isinstance(result, Infeasible)
    else:
        assert isinstance(result, Optimal)
        best = max(feasible, key=lambda a: (a["x"], -Fraction(a["y"])))
        assert result.goals == (best["x"], best["y"])


@given(conditions, numbers)
def test_the_optimum_is_that_of_enumeration(condition: Expression, number: Expression) -> None:
    # A ratio of chosen numbers is no goal; that it is refused is tested elsewhere.
    assume(not any(isinstance(node, Arithmetic) and node.operator == "/" for node in walk(number)))
    assume("share" not in expression_names(number))
    values = {}
    for assignment in assignments():
        evaluator = Evaluator({**_fixed(), **assignment})
        value = evaluator.number(number)
        if value is None:
            return
        if evaluator.truth(condition):
            values[tuple(assignment.items())] = value
    problem = Problem(BINDINGS, {"condition": condition}, (CHOICE,))
    result = problem.best(["condition"], [Goal(number, maximise=True), Goal(Name("x"))])
    if not values:
        assert isinstance(result, Infeasible)
        return
    assert isinstance(result, Optimal)
    best = max(values.values())
    least = min(dict(a)["x"] for a, value in values.items() if value == best)
    assert result.goals == (best, least)


def _fixed() -> dict[str, Expression | Fraction | bool]:
    return {name: value for name, value in BINDINGS.items() if not isinstance(value, Domain)}
