"""Conditions and a number translated to Python, for thousands of assignments a second.

`Evaluator` defines what an expression means; this is the same in integer arithmetic, without an
object for every step, and with all that is constant worked out beforehand. Where one name is left
open, a number is followed over its whole grid as a piecewise affine line, and a condition becomes
the ranges of indices at which it holds.

What does not fit - a product of two numbers that both move, a denominator that may be zero - is
refused, for the general way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial, reduce
from math import gcd
from typing import NamedTuple, TypeAlias, assert_never

from constraints.language.domains import Domain
from constraints.language.evaluation import Environment
from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Equivalence,
    Expression,
    Extremum,
    Implication,
    Junction,
    Membership,
    Name,
    Negation,
    Not,
    Number,
    Numeric,
    Stepped,
    Table,
    Truth,
    Value,
    simple,
)
from constraints.language.resting import Resting
from constraints.lines.operations import Operations
from constraints.lines.piecewise import Line, Pair, Ranges
from constraints.lines.writer import (
    Code,
    ConditionCode,
    Constant,
    FlagCode,
    LineCode,
    NumberCode,
    PairCode,
    QuotientCode,
    UntranslatableError,
    is_condition,
    is_number,
)


class Point(NamedTuple):
    """One assignment: for each condition whether it holds, the number, and the values of names."""

    holds: tuple[bool, ...]
    number: Pair
    named: Mapping[str, Value]


class Sweep(NamedTuple):
    """All indices of the open name: where each condition holds, and the number as a line.

    A condition without the open name is just true or false. A ratio is over a second line, which
    is positive everywhere.
    """

    holds: tuple[bool | Ranges, ...]
    number: Line
    under: Line | None = None


PointFunction: TypeAlias = Callable[[Sequence[Value]], Point]
# It is told the truth of each condition without the open name (`None` for the others); if it says
# that this is enough, nothing is worked out.
Enough: TypeAlias = Callable[[tuple[bool | None, ...]], bool]
SweepFunction: TypeAlias = Callable[[Sequence[Value], Enough], "Sweep | None"]


def point_of(
    environment: Environment,
    inputs: Sequence[str],
    conditions: Sequence[Expression],
    number: Expression,
    names: Iterable[str] = (),
) -> PointFunction:
    """A function from the values of `inputs` to what holds there.

    Of `names` it tells those that the conditions and the number rest on. It raises
    `ZeroDivisionError` where some denominator is zero, needed or not. Raises
    `UntranslatableError`.
    """
    writer = Operations(0)
    translation = _Translation(environment, inputs, writer)
    holds = [translation.condition(condition) for condition in conditions]
    pair = writer.pair(translation.number(number))
    named = translation.written(names)
    values = "".join(f"{writer.value(code)}, " for code in named.values())
    told = f"dict(zip({writer.constant(tuple(named))}, ({values})))"
    result = f"{writer.constant(Point)}(({_listed(holds)}), ({pair.over}, {pair.under}), {told})"
    return writer.function("values", result)


def sweep_of(  # noqa: PLR0913, PLR0917 - the problem's parts, as everywhere
    environment: Environment,
    inputs: Sequence[str],
    conditions: Sequence[Expression],
    number: Expression,
    opened: str,
    domain: Domain,
) -> SweepFunction:
    """A function from the values of `inputs` to what holds over the whole grid of a name.

    It raises `ZeroDivisionError` or `NotAffineError` where it cannot tell. Raises
    `UntranslatableError`.
    """
    # A line goes from index to index; a list of values has gaps between them.
    if domain.indices != range(domain.count):
        raise UntranslatableError
    writer = Operations(domain.count - 1)
    translation = _Translation(environment, inputs, writer)
    translation.open(opened, domain)
    # First what does not rest on the open name: it may be enough to know that it fails.
    places = sorted(range(len(conditions)), key=lambda at: translation.rests_on_it(conditions[at]))
    holds: dict[int, ConditionCode] = {}
    stopped = False
    for place in places:
        if not stopped and translation.rests_on_it(conditions[place]):
            stopped = True
            decided = [holds.get(at) for at in range(len(conditions))]
            writer.stop_if(f"enough(({_listed(decided)}))")
        holds[place] = translation.condition(conditions[place])
    code = translation.number(number)
    parts = (code.over, code.under) if isinstance(code, QuotientCode) else (code,)
    shown = _listed([holds[place] for place in range(len(conditions))])
    result = f"{writer.constant(Sweep)}(({shown}), {', '.join(map(writer.line, parts))})"
    return writer.function("values, enough", result)


def _listed(codes: Sequence[ConditionCode | None]) -> str:
    return "".join(
        f"{code.value if isinstance(code, Constant) else code and code.code}, " for code in codes
    )


class _Translation:
    """Expressions as code, each named quantity once."""

    def __init__(self, environment: Environment, inputs: Sequence[str], writer: Operations) -> None:
        self._environment = environment
        self._inputs = {name: place for place, name in enumerate(inputs)}
        self._writer = writer
        self._codes: dict[str, Code] = {}
        self._resting = Resting(environment, {})
        self._opened: tuple[str, Domain] | None = None

    def open(self, name: str, domain: Domain) -> None:
        """Follow a name over its grid."""
        base, step = domain.base, domain.step
        under = base.denominator * step.denominator // gcd(base.denominator, step.denominator)
        line: Line = (under, ((domain.count - 1, int(step * under), int(base * under)),))
        self._codes[name] = LineCode(self._writer.constant(line))
        self._opened = name, domain
        self._resting = Resting(self._environment, {name: True})

    def rests_on_it(self, expression: Expression) -> bool:
        """Whether an expression mentions the open name, or rests on one that does."""
        return self._resting.expression(expression)

    def number(self, expression: Expression) -> NumberCode:
        """Code for a number."""
        code = self._translated(expression)
        if is_number(code):
            return code
        raise UntranslatableError

    def condition(self, expression: Expression) -> ConditionCode:
        """Code for a condition."""
        code = self._translated(expression)
        if is_condition(code):
            return code
        raise UntranslatableError

    def written(self, names: Iterable[str]) -> Mapping[str, Code]:
        """Of some names, the code of those that have any so far."""
        return {name: self._codes[name] for name in names if name in self._codes}

    def _named(self, name: str) -> Code:
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = self._look_up(name)
        return code

    def _look_up(self, name: str) -> Code:
        bound = self._environment.get(name)
        if name in self._inputs:
            # What it is bound to here is an example, which tells a condition from a number.
            if isinstance(bound, bool):
                return FlagCode(self._writer.given(self._inputs[name]))
            return PairCode(*self._writer.given_both(self._inputs[name]))
        if bound is None:
            raise UntranslatableError
        if isinstance(bound, bool | Fraction):
            return Constant(bound)
        return self._writer.reduced(self._translated(bound))

    def _translated(self, expression: Expression) -> Code:
        match expression:
            case Name(name):
                return self._named(name)
            case Conditional(condition, consequence, alternative):
                where = self.condition(condition)
                return self._one_of(where, consequence, alternative)
            case (
                Number() | Arithmetic() | Negation() | Extremum() | Absolute() | Table() | Stepped()
            ):
                return self._computed(expression)
            case _:
                return self._decided(expression)

    def _one_of(self, where: ConditionCode, inside: Expression, outside: Expression) -> Code:
        write = self._writer
        one, other = self._translated(inside), self._translated(outside)
        if is_condition(one) and is_condition(other):
            elsewhere = write.junction("and", write.opposite(where), other)
            return write.junction("or", write.junction("and", where, one), elsewhere)
        if is_number(one) and is_number(other):
            return write.one_of(where, one, other)
        raise UntranslatableError

    def _computed(self, expression: Numeric) -> NumberCode:
        write = self._writer
        match expression:
            case Number(value):
                return Constant(value)
            case Arithmetic(symbol, left, right):
                operation = {"+": write.plus, "-": write.minus, "*": write.times, "/": write.over}[
                    symbol
                ]
                return operation(self.number(left), self.number(right))
            case Negation(operand):
                return write.negative(self.number(operand))
            case Absolute(operand):
                inner = self.number(operand)
                return write.extremum("max", inner, write.negative(inner))
            case Extremum(kind, operands):
                extremum, numbers = partial(write.extremum, kind), map(self.number, operands)
                return reduce(extremum, numbers)
            case Table(keys, rows):
                return write.looked_up([self._translated(key) for key in keys], rows)
            case Stepped(along, keys, stairs):
                held = [self._translated(key) for key in keys]
                if self._opened and along.name == self._opened[0]:
                    return write.steps(stairs, self._opened[1], held)
                return write.step(stairs, self.number(along), held)
            case _:
                assert_never(expression)

    def _decided(self, expression: Expression) -> ConditionCode:
        write = self._writer
        match expression:
            case Truth(value):
                return Constant(value)
            case Comparison(symbol, left, right):
                return write.compared(symbol, self.number(left), self.number(right))
            case Not(operand):
                return write.opposite(self.condition(operand))
            case Junction(kind, operands):
                return reduce(partial(write.junction, kind), map(self.condition, operands))
            case Equivalence(left, right):
                one, other = self.condition(left), self.condition(right)
                neither = write.junction("and", write.opposite(one), write.opposite(other))
                return write.junction("or", write.junction("and", one, other), neither)
            case Membership() | Between() | Implication():
                return self.condition(simple(expression))
            case _:
                raise UntranslatableError
