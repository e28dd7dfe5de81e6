"""Small problems as texts, and the same solved by trying everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.optimisation import Goal, Optimal, Problem, Result
from constraints.cpsat.solving import Infeasible
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Expression, Name, Table, Value
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
