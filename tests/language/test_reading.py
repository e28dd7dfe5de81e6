"""Reading a condition back: which comparison decides, both sides, and the slack."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from constraints.language.domains import Domain
from constraints.language.evaluation import Environment, Evaluator
from constraints.language.expressions import Expression, Name, Not
from constraints.language.reading import Reading, failing, read
from constraints.language.syntax import parse
from tests.laws.strategies import BINDINGS, assignments, conditions

DEFINITIONS: dict[str, Expression] = {
    "margin": parse("gain / bill"),
    "good": parse("gain >= 2"),
    "alias": Name("good"),
}


def _reading(text: str, where: str) -> Reading:
    pairs = (pair.split("=") for pair in where.split())
    values = {name: v == "yes" if v in {"yes", "no"} else Fraction(v) for name, v in pairs}
    environment: Environment = {**DEFINITIONS, **values}
    return read(parse(text), Evaluator(environment), environment)


def _number(text: str) -> Fraction | None:
    return None if text == "n/a" else Fraction(text)


@pytest.mark.parametrize(
    ("text", "where", "holds", "operator", "numbers"),
    [
        # of one comparison, the slack is positive where there is room
        ("a >= 3", "a=5", True, ">=", "5 3 2"),
        ("a >= 3", "a=1", False, ">=", "1 3 -2"),
        ("a > 3", "a=3", False, ">", "3 3 0"),
        ("a <= 3", "a=1", True, "<=", "1 3 2"),
        ("a < 3", "a=3.5", False, "<", "3.5 3 -0.5"),
        ("a == 3", "a=5", False, "==", "5 3 -2"),
        ("a == 3", "a=3", True, "==", "3 3 0"),
        ("a != 3", "a=5", True, "!=", "5 3 2"),
        ("a != 3", "a=3", False, "!=", "3 3 0"),
        # a `not` is taken in
        ("not a >= 3", "a=1", True, "<", "1 3 2"),
        ("not not a >= 3", "a=1", False, ">=", "1 3 -2"),
        ("not a == 3", "a=5", True, "!=", "5 3 2"),
        # of an `and` the worst part decides, where the parts can be ranked
        ("a >= 3 and a >= 4", "a=9", True, ">=", "9 4 5"),
        ("a >= 3 and a >= 4", "a=1", False, ">=", "1 4 -3"),
        ("a between 1 and 9", "a=8", True, "<=", "8 9 1"),
        ("a between 1 and 9", "a=2", True, ">=", "2 1 1"),
        ("a between 1 and 9", "a=12", False, "<=", "12 9 -3"),
        ("a >= 3 and b >= 4", "a=9 b=1", False, ">=", "1 4 -3"),
        ("a >= 3 and b >= 4", "a=9 b=5", True, ">=", "9 3 6"),
        # of an `or` the best
        ("a in [1, 5, 9]", "a=6", False, "==", "6 5 -1"),
        ("a in [1, 5, 9]", "a=9", True, "==", "9 9 0"),
        ("a <= 1 or a >= 9", "a=7", False, ">=", "7 9 -2"),
        ("a <= 1 or b >= 9", "a=7 b=10", True, ">=", "10 9 1"),
        # a denied `and` is an `or`, and the other way round
        ("not (a >= 1 and a <= 9)", "a=3", False, "<", "3 1 -2"),
        ("not (a < 1 or a > 9)", "a=3", True, ">=", "3 1 2"),
        ("a not in [1, 5]", "a=7", True, "!=", "7 5 2"),
        # an implication is read at the side that decides it
        ("a >= 3 implies b >= 4", "a=9 b=1", False, ">=", "1 4 -3"),
        ("a >= 3 implies b >= 4", "a=1 b=1", True, "<", "1 3 2"),
        ("flag implies b >= 4", "flag=yes b=6", True, ">=", "6 4 2"),
        # a conditional at the branch that it takes
        ("if flag then a >= 3 else a >= 30", "flag=yes a=5", True, ">=", "5 3 2"),
        ("if flag then a >= 3 else a >= 30", "flag=no a=5", False, ">=", "5 30 -25"),
        # a name as what it stands for
        ("good", "gain=5", True, ">=", "5 2 3"),
        ("not alias", "gain=5", False, "<", "5 2 -3"),
        # a ratio over zero is decided, but has no value and no slack
        ("margin >= 30%", "gain=0 bill=0", True, ">=", "n/a 0.3 n/a"),
        ("margin >= 30%", "gain=-1 bill=0", False, ">=", "n/a 0.3 n/a"),
        ("0 <= margin", "gain=1 bill=0", True, "<=", "0 n/a n/a"),
        ("margin >= 30% and gain >= 0", "gain=0 bill=0", True, ">=", "0 0 0"),
    ],
)
def test_reading(text: str, where: str, operator: str, numbers: str, *, holds: bool) -> None:
    reading = _reading(text, where)
    found = (reading.left, reading.right, reading.slack)
    assert (reading.holds, reading.operator) == (holds, operator)
    assert found == tuple(map(_number, numbers.split()))


@pytest.mark.parametrize(
    ("text", "where", "holds"),
    [("flag", "flag=yes", True), ("not flag", "flag=yes", False), ("true", "", True)],
)
def test_where_no_numbers_are_compared_there_is_only_the_verdict(
    text: str, where: str, *, holds: bool
) -> None:
    assert _reading(text, where) == Reading(holds)


def test_the_comparison_is_the_one_that_was_written() -> None:
    reading = _reading("a >= 3 and not b >= 4", "a=9 b=9")
    assert reading.comparison == parse("b >= 4")
    assert reading.comparison is not None
    assert reading.comparison.span.column == 16


@given(conditions)
def test_the_verdict_is_the_evaluators(condition: Expression) -> None:
    fixed = {name: value for name, value in BINDINGS.items() if not isinstance(value, Domain)}
    for assignment in assignments():
        environment = {**fixed, **assignment}
        evaluator = Evaluator(environment)
        truth = evaluator.truth(condition)
        assert read(condition, evaluator, environment).holds is truth
        assert read(Not(condition), evaluator, environment).holds is not truth


@given(conditions)
def test_the_slack_has_the_sign_of_the_verdict(condition: Expression) -> None:
    fixed = {name: value for name, value in BINDINGS.items() if not isinstance(value, Domain)}
    for assignment in assignments():
        environment = {**fixed, **assignment}
        reading = read(condition, Evaluator(environment), environment)
        if reading.slack:
            assert (reading.slack > 0) == reading.holds


@given(conditions)
def test_what_fails_is_told_just_where_the_condition_does(condition: Expression) -> None:
    fixed = {name: value for name, value in BINDINGS.items() if not isinstance(value, Domain)}
    for assignment in assignments():
        environment = {**fixed, **assignment}
        evaluator = Evaluator(environment)
        parts = failing(condition, evaluator, environment)
        assert bool(parts) is not evaluator.truth(condition)
        assert not any(part.holds for part in parts)


@pytest.mark.parametrize(
    ("text", "where", "sides"),
    [
        ("a <= 1 and b <= 2", "a=5 b=9", ["5 <= 1", "9 <= 2"]),
        ("a <= 1 and b <= 2", "a=5 b=1", ["5 <= 1"]),
        ("a <= 1 or b <= 2", "a=5 b=9", ["5 <= 1", "9 <= 2"]),
        ("a <= 1 or b <= 2", "a=5 b=1", []),
        ("not (a > 1 and b > 2)", "a=5 b=9", ["5 <= 1", "9 <= 2"]),
        ("if a > 1 then b <= 2 else b <= 7", "a=5 b=9", ["9 <= 2"]),
    ],
)
def test_the_comparisons_that_fail(text: str, where: str, sides: list[str]) -> None:
    pairs = (pair.split("=") for pair in where.split())
    environment: Environment = {name: Fraction(value) for name, value in pairs}
    parts = failing(parse(text), Evaluator(environment), environment)
    assert [f"{part.left} {part.operator} {part.right}" for part in parts] == sides
