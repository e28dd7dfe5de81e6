"""Expressions with other names, and a solver with one budget for all of its solves."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from constraints.cpsat.budget import Budgeted
from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Unknown
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Equivalence, Expression, Name, Table, names
from constraints.language.renaming import renamed
from constraints.language.syntax import parse

TEXTS = (
    "x + 2 * y - -x >= 3 and not flag",
    "if flag then min(x, y, 4) > 1 else max(x, y) <= abs(x - y)",
    "x in [1, y, 3] or x between 0 and y",
    "flag implies x != y",
    "x / (y + 1) < 2",
    "true or x > 1",
    "tiers(x, 0, 1 from 2, 2 from y + 5) >= 1",
)


EXPRESSIONS = (*map(parse, TEXTS), Equivalence(Name("flag"), parse("x > 2")))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_another_name_changes_nothing_but_the_name(expression: Expression) -> None:
    other = renamed(expression, "other:".__add__)
    assert names(other) == {f"other:{name}" for name in names(expression)}
    assert renamed(other, lambda name: name.removeprefix("other:")) == expression
    for x in range(-2, 6):
        for flag in (False, True):
            values: dict[str, Fraction | bool] = {"x": Fraction(x), "y": Fraction(2), "flag": flag}
            there = {f"other:{name}": value for name, value in values.items()}
            assert Evaluator(values).truth(expression) == Evaluator(there).truth(other)


def test_a_table_under_other_names_is_another_table() -> None:
    table = Table((Name("x"),), {(Fraction(3),): Fraction(7)})
    other = renamed(table, "other:".__add__)
    assert other != table
    assert Evaluator({"other:x": Fraction(3)}).number(other) == 7


def problem(solver: Budgeted) -> Problem:
    bindings = {"x": Domain.grid(Fraction(0), Fraction(9), Fraction(1))}
    return Problem(bindings, {"c": parse("x >= 4")}, (), solver)


def test_a_budget_that_is_used_up_makes_everything_unknown() -> None:
    solver = Budgeted(0.05)
    asked = problem(solver)
    time.sleep(0.06)
    found = asked.best(["c"], ())
    assert isinstance(found, Unknown)
    assert "budget" in found.reason
    assert solver.is_late


def test_a_share_of_the_budget_ends_before_the_rest() -> None:
    solver = Budgeted(60)
    asked = problem(solver)
    with solver.share(0):
        assert isinstance(asked.best(["c"], ()), Unknown)
    assert isinstance(asked.best(["c"], ()), Optimal)
    assert not solver.is_late
