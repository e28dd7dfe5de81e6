"""`tiers(...)`: short for conditionals, the same to the evaluator and to the compiler."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Comparison, Name, Number
from constraints.language.syntax import ExpressionError, parse

TEXT = "tiers(x, 0%, 20% from 25, 25% from 60, 30% from 100)"


def value(x: int, text: str = TEXT) -> Fraction | None:
    return Evaluator({"x": Fraction(x)}).number(parse(text))


def test_it_is_short_for_conditionals() -> None:
    plain = "if x >= 100 then 30% else if x >= 60 then 25% else if x >= 25 then 20% else 0%"
    assert parse(TEXT) == parse(plain)


@pytest.mark.parametrize(
    ("x", "percent"),
    [(0, 0), (24, 0), (25, 20), (59, 20), (60, 25), (99, 25), (100, 30), (5000, 30)],
)
def test_a_limit_that_is_reached_counts(x: int, percent: int) -> None:
    assert value(x) == Fraction(percent, 100)


def test_compiled_and_evaluated_agree_on_every_value() -> None:
    expression = parse(TEXT)
    for wanted in (0, 20, 25, 30):
        condition = Comparison("==", expression, Number(Fraction(wanted, 100)))
        problem = Problem(
            {"x": Domain.grid(Fraction(0), Fraction(120), Fraction(1))}, {"c": condition}
        )
        expected = [x for x in range(121) if value(x) == Fraction(wanted, 100)]
        for goal, end in (
            (Goal(Name("x")), expected[0]),
            (Goal(Name("x"), maximise=True), expected[-1]),
        ):
            result = problem.best(["c"], [goal])
            assert isinstance(result, Optimal)
            assert result.assignment["x"] == end


def test_limits_and_values_can_be_expressions() -> None:
    assert value(50, "tiers(2 * x, 1, 2 from x + 50, 3 from 1000)") == 2
    assert value(10, "1 + tiers(x, min(1, 2), max(3, 4) from 5)") == 5


def test_names_may_still_be_called_tiers_and_from() -> None:
    environment = {"tiers": Fraction(3), "from": Fraction(4)}
    assert Evaluator(environment).number(parse("tiers + from")) == 7


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("tiers(x, 0%, 20% from 60, 25% from 25)", "this limit is not above the one before", 36),
        ("tiers(x, 0%, 20% from 60, 25% from 60)", "this limit is not above the one before", 36),
        ("tiers(x, 0%)", "expected `,`", 12),
        ("tiers(x, 0%, 20%)", "expected", 17),
        ("tiers(x, 0%, 20% From 3)", "words of the language are in lower case", 18),
    ],
)
def test_faults_point_at_their_place(text: str, message: str, column: int) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    (issue,) = error.value.issues
    assert message in issue.message
    assert issue.column == column
