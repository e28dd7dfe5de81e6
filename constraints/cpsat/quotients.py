"""The best value of a ratio under conditions, exactly: Dinkelbach's method.

W. Dinkelbach, "On Nonlinear Fractional Programming", Management Science 13 (1967): the greatest
N/D is the number q for which the greatest N - q * D is zero, found by a few linear goals.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.optimisation import Goal, Optimal, Problem, Result
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import (
    ONE,
    Arithmetic,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
)

_ROUNDS = 30


def as_quotient(expression: Expression, bindings: Bindings) -> tuple[Expression, Expression | None]:
    """A number as numerator and denominator (`None` for one), ratios behind names included."""
    match expression:
        case Name(name):
            bound = bindings.get(name)
            if not isinstance(bound, Expression):
                return expression, None
            above, below = as_quotient(bound, bindings)
            # Without a ratio behind it a name stays one: it is compiled only once.
            return (expression, None) if below is None else (above, below)
        case Negation(operand):
            above, below = as_quotient(operand, bindings)
            return Negation(above), below
        case Arithmetic("/", left, right):
            (a, b), (c, d) = as_quotient(left, bindings), as_quotient(right, bindings)
            return _times(a, d), _product(b, c)
        case Arithmetic("*", left, right):
            (a, b), (c, d) = as_quotient(left, bindings), as_quotient(right, bindings)
            return Arithmetic("*", a, c), _product(b, d)
        case Arithmetic(operator, left, right):
            (a, b), (c, d) = as_quotient(left, bindings), as_quotient(right, bindings)
            # Over one denominator already: crossing would square it, which soon outgrows 64 bits.
            if b == d:
                return Arithmetic(operator, a, c), b
            first, second = _times(a, d), _times(c, b)
            return Arithmetic(operator, first, second), _product(b, d)
        case Conditional(condition, yes, no):
            (a, b), (c, d) = as_quotient(yes, bindings), as_quotient(no, bindings)
            if b is None is d:
                return expression, None
            return Conditional(condition, a, c), Conditional(condition, b or ONE, d or ONE)
        case _:
            return expression, None


def _times(a: Expression, b: Expression | None) -> Expression:
    return a if b is None else Arithmetic("*", a, b)


def _product(a: Expression | None, b: Expression | None) -> Expression | None:
    return b if a is None else _times(a, b)


def greatest(
    problem: Problem, in_force: Iterable[str], expression: Expression, bindings: Bindings
) -> tuple[Fraction, Optimal] | Infeasible | Unknown:
    """The greatest value of a number or ratio under some conditions, and where it is reached."""
    above, below = as_quotient(expression, bindings)
    kept = tuple(in_force)
    if below is None:
        return _read(problem.best(kept, [Goal(above, maximise=True)]), above)
    start = problem.best(kept, ())
    if not isinstance(start, Optimal):
        return start
    # Any deal will do to begin with. From then on the ratio is that of a deal, so it only rises.
    best, ratio = start, start.evaluator.number(expression)
    for _ in range(_ROUNDS):
        if ratio is None:
            return Unknown("the ratio has no value where its denominator is zero")
        # A ratio is above this one where the gap is positive: denominators are not negative.
        gap = Arithmetic("-", above, Arithmetic("*", Number(ratio), below))
        step = problem.best(kept, [Goal(gap, maximise=True)])
        if not isinstance(step, Optimal):
            return step
        if step.goals[0] <= 0:
            return ratio, best
        best, ratio = step, step.evaluator.number(expression)
    return Unknown("the search for the greatest ratio did not end")


def _read(
    result: Result, expression: Expression
) -> tuple[Fraction, Optimal] | Infeasible | Unknown:
    if not isinstance(result, Optimal):
        return result
    value = result.evaluator.number(expression)
    return (result.goals[0] if value is None else value), result
