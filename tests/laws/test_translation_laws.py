"""What is translated means what is evaluated: at one assignment, and over a whole grid at once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from hypothesis import assume, given

from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Comparison, Expression, Name, Number
from constraints.lines import piecewise
from constraints.lines.piecewise import Line, NotAffineError
from constraints.lines.translation import point_of, sweep_of
from constraints.lines.writer import UntranslatableError
from tests.laws.strategies import BINDINGS, CHOICE, X, assignments, conditions, numbers

INPUTS = ("x", "y", CHOICE)
ENVIRONMENT = {
    name: Fraction(0) if isinstance(bound, Domain) else bound for name, bound in BINDINGS.items()
} | {CHOICE: False}
Made = TypeVar("Made")


def _translated(make: Callable[[], Made]) -> Made | None:
    try:
        return make()
    except UntranslatableError:
        return None


@given(condition=conditions, number=numbers)
def test_a_translated_point_is_what_the_evaluator_says(
    condition: Expression, number: Expression
) -> None:
    point_at = _translated(lambda: point_of(ENVIRONMENT, INPUTS, [condition], number, ENVIRONMENT))
    assume(point_at)
    assert point_at is not None
    told = 0
    for assignment in assignments():
        evaluator = Evaluator({**ENVIRONMENT, **assignment})
        try:
            point = point_at([assignment[name] for name in INPUTS])
        except ZeroDivisionError:
            continue
        told += 1
        assert point.holds == (evaluator.truth(condition),)
        assert Fraction(*point.number) == evaluator.number(number)
        assert point.number[1] > 0
        assert point.named == {name: evaluator.value(Name(name)) for name in point.named}
        knowing = Evaluator({**ENVIRONMENT, **assignment}, point.named)
        assert knowing.truth(condition) == evaluator.truth(condition)
        assert knowing.number(number) == evaluator.number(number)
    assume(told)


@given(condition=conditions, number=numbers)
def test_a_sweep_is_what_the_evaluator_says_at_every_index(
    condition: Expression, number: Expression
) -> None:
    inputs = ("y", CHOICE)
    sweep_at = _translated(lambda: sweep_of(ENVIRONMENT, inputs, [condition], number, "x", X))
    assume(sweep_at)
    assert sweep_at is not None
    told = 0
    for assignment in assignments():
        if assignment["x"] != X.low:
            continue
        try:
            sweep = sweep_at([assignment[name] for name in inputs], lambda _: False)
        except (ZeroDivisionError, NotAffineError):
            continue
        assert sweep is not None
        told += 1
        (holds,) = sweep.holds
        for index, x in enumerate(X.values()):
            evaluator = Evaluator({**ENVIRONMENT, **assignment, "x": x})
            here = holds if isinstance(holds, bool) else _within(holds, index)
            assert here == evaluator.truth(condition)
            value = _at(sweep.number, index)
            if sweep.under is not None:
                below = _at(sweep.under, index)
                assert below > 0
                value /= below
            assert value == evaluator.number(number)
    assume(told)


def _at(line: Line, index: int) -> Fraction:
    over, under = piecewise.value(line, index)
    assert under > 0
    return Fraction(over, under)


@given(condition=conditions)
def test_what_rests_on_inputs_alone_is_told_before_the_sweep(condition: Expression) -> None:
    opened = "unrelated"
    above = Comparison(">", Name(opened), Number(Fraction(0)))
    inputs = ("x", "y", CHOICE)
    environment = {**ENVIRONMENT, opened: Fraction(0)}
    moving = _translated(
        lambda: sweep_of(environment, inputs, [above, condition], Number(Fraction(1)), opened, X)
    )
    assume(moving)
    assert moving is not None
    for assignment in assignments():
        heard: list[tuple[bool | None, ...]] = []

        def enough(
            truths: tuple[bool | None, ...], heard: list[tuple[bool | None, ...]] = heard
        ) -> bool:
            heard.append(truths)
            return True

        try:
            assert moving([assignment[name] for name in inputs], enough) is None
        except ZeroDivisionError:
            continue
        truth = Evaluator({**environment, **assignment}).truth(condition)
        assert heard == [(None, truth)]


def _within(ranges: piecewise.Ranges, index: int) -> bool:
    return any(low <= index <= high for low, high in ranges)
