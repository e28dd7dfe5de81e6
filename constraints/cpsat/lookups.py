"""Numbers that are looked up: rows of tables, and steps along a name.

Of a number that goes in steps, a comparison with a constant is a literal. Where the steps are is
told for one combination of the other names at a time. A few combinations are told beforehand. Of
many, each is told when a solution has a literal wrong there, and with it a box around it in all of
which the literal is as surely wrong, so that a proof needs only those that decide: the cuts of
logic-based Benders decomposition (J. N. Hooker, "Logic-Based Methods for Optimization", 2000).
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import NamedTuple, Protocol, TypeAlias

from constraints.cpsat.cases import Case, CaseAlgebra, Cases, Guards, constant_of
from constraints.cpsat.choices import Choices
from constraints.cpsat.integer_model import (
    FALSE,
    TRUE,
    IntegerModel,
    Literal,
    NumericOverflow,
    negated,
)
from constraints.cpsat.linear import Linear
from constraints.language.domains import Domain
from constraints.language.expressions import (
    ComparisonOperator,
    Conditional,
    Expression,
    Name,
    Number,
    Numeric,
    Stepped,
    Value,
)
from constraints.language.ranges import Box
from constraints.language.resting import Bound, Resting, names_behind

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_TOLD_BEFOREHAND = 32  # combinations
_WITHOUT_BOXES = 8  # told one by one, since growing a box takes as long as some of these rounds
_CALCULATED = 1_024  # combinations of a number that is calculated with, and
_MOST_STEPS = 2_048  # steps of all of them
# An equality is two of these.
_HOLDS: Mapping[ComparisonOperator, Callable[[Fraction | int, Fraction | int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Told:
    """Where a literal is true and where it is not, in solutions that have some values.

    `along` is the variable of the name that the steps are along.
    """

    literal: Literal
    along: int
    inside: Ranges
    outside: Ranges
    values: Mapping[int, int]

    def tell(self, model: IntegerModel) -> None:
        """Say it in a model."""
        same = tuple(negated(model.other_than(*item)) for item in self.values.items())
        _say(model, self, same)


def _say(model: IntegerModel, told: Told, guards: Guards) -> None:
    model.within(told.along, told.inside, (*guards, told.literal))
    model.within(told.along, told.outside, (*guards, negated(told.literal)))


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A literal that is true wherever some variables are in ranges of theirs."""

    literal: Literal
    ranges: Mapping[int, tuple[int, int]]

    def tell(self, model: IntegerModel) -> None:
        """Say it in a model."""
        outside = (model.outside(variable, *ends) for variable, ends in self.ranges.items())
        model.clause([self.literal, *chain.from_iterable(outside)])


class _Compared(NamedTuple):
    """A comparison of a stepped number with a limit, and the literal that stands for it.

    The limit is a constant, or rests on what is chosen, but for the name that the steps are along.
    """

    stepped: Stepped
    operator: ComparisonOperator
    limit: Expression
    literal: Literal

    def split(
        self, domain: Domain, keys: tuple[Value, ...], limit: Fraction
    ) -> tuple[Ranges, Ranges]:
        """Where it holds over a domain, and where it does not."""
        sides: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        holds, start = _HOLDS[self.operator], domain.indices[0]
        over, under = limit.as_integer_ratio()
        for end, number in self.stepped.stairs.over(domain, keys):
            # There are hundreds: whole numbers are compared in half the time.
            is_held = holds(number.numerator * under, over * number.denominator)
            # Steps on the same side of the limit are one range.
            side = sides[not is_held]
            if side and side[-1][1] == start - 1:
                side[-1] = (side[-1][0], end)
            else:
                side.append((start, end))
            start = end + 1
        return tuple(sides[0]), tuple(sides[1])

    def surely(self, between: tuple[Fraction, Fraction] | None, limit: Fraction) -> bool | None:
        """Whether it holds for all numbers between two, or for none; `None` if that is open."""
        if between is None:
            return None
        one, other = (_HOLDS[self.operator](number, limit) for number in between)
        return one if one == other else None


class _Compiler(Protocol):
    """What of a compiler a lookup rests on: what keys can be, and what a number is by cases."""

    model: IntegerModel
    choices: Choices
    algebra: CaseAlgebra

    def literal(self, condition: Expression) -> Literal: ...
    def number(self, expression: Expression) -> Cases: ...


class Lookups:
    """The numbers of one compilation that are looked up; `bindings` are those of its names."""

    def __init__(self, compiler: _Compiler, bindings: Mapping[str, Bound]) -> None:
        self._compiler = compiler
        self._choices = compiler.choices
        self._model = compiler.model
        self._bindings = bindings
        self._waiting: list[_Compared] = []
        self._wrong: Counter[Literal] = Counter()
        self._told: list[Told | Everywhere] = []

    # --- tables ---------------------------------------------------------------------------

    def table(
        self, keys: Sequence[Expression], rows: Mapping[tuple[Value, ...], Fraction]
    ) -> Cases:
        """A case for each combination of the keys' values."""
        reached = self._combinations(keys)
        return tuple(Case(guards, Linear.of(rows[values])) for guards, values in reached)

    def _combinations(self, keys: Sequence[Expression]) -> list[tuple[Guards, tuple[Value, ...]]]:
        """Every combination of the keys' values, with the guards under which it is there."""
        reached: list[tuple[Guards, tuple[Value, ...]]] = [((), ())]
        for key in keys:
            reached = [
                (together, (*values, value))
                for guards, values in reached
                for extra, value in self._key(key)
                if (together := self._compiler.algebra.together(guards, extra)) is not None
            ]
        return reached

    def _key(self, key: Expression) -> list[tuple[Guards, Value]]:
        """Every value of a key, with the guards under which it has it."""
        match key:
            case Name(name):
                return self._named_key(name)
            case Conditional(condition, consequence, alternative):
                literal = self._compiler.literal(condition)
                branches = ((literal, consequence), (negated(literal), alternative))
                return [
                    (guards, value)
                    for side, branch in branches
                    if side != FALSE
                    for extra, value in self._key(branch)
                    if (guards := self._compiler.algebra.together(_unless_true(side), extra))
                    is not None
                ]
            case Number(value):
                return [((), value)]
            case _:
                return self._calculated_key(key)

    def _calculated_key(self, key: Expression) -> list[tuple[Guards, Value]]:
        """A condition is true or false, and a number has to be a constant."""
        if not isinstance(key, Numeric):
            return _sides(self._compiler.literal(key))
        constant = constant_of(self._compiler.number(key))
        if constant is None:
            msg = "a table's key must take finitely many values"
            raise TypeError(msg)
        return [((), constant)]

    def _named_key(self, name: str) -> list[tuple[Guards, Value]]:
        bound = self._bindings.get(name)
        if isinstance(bound, Domain):
            return [(guards, value) for guards, value in self._choices.cases_of(name)]
        if isinstance(bound, Fraction):
            return [((), bound)]
        if bound is None or isinstance(bound, bool):
            return _sides(self._compiler.literal(Name(name)))
        return self._key(bound)

    # --- steps ----------------------------------------------------------------------------

    def limit(self, stepped: Stepped, expression: Expression) -> Expression | None:
        """What a stepped number is compared with: a constant, or an expression without its steps.

        `None` if that is neither.
        """
        if not Resting(self._bindings, dict.fromkeys(self._choices.variables, True)).expression(
            expression
        ):
            constant = constant_of(self._compiler.number(expression))
            return None if constant is None else Number(constant)
        moves = Resting(self._bindings, {stepped.along.name: True}).expression(expression)
        return None if moves else expression

    def literal(self, stepped: Stepped, operator: ComparisonOperator, limit: Expression) -> Literal:
        """A literal for a comparison: true where it holds, once all that matters is told."""
        compared = _Compared(stepped, operator, limit, self._model.boolean())
        if not isinstance(limit, Number) or self._ways(stepped) > _TOLD_BEFOREHAND:
            self._waiting.append(compared)
            return compared.literal
        domain, along = self._along(stepped)
        combinations = list(self._combinations(stepped.keys))
        splits = [compared.split(domain, keys, limit.value) for _, keys in combinations]
        # What is the same everywhere needs no literal of its own.
        if not any(inside for inside, _ in splits):
            return FALSE
        if not any(outside for _, outside in splits):
            return TRUE
        for (guards, _), (inside, outside) in zip(combinations, splits, strict=True):
            _say(self._model, Told(compared.literal, along, inside, outside, {}), guards)
        return compared.literal

    def stepped(self, stepped: Stepped) -> Cases:
        """The cases of a stepped number that is calculated with; raises `NumericOverflow`."""
        cases: list[Case] = []
        domain, along = self._along(stepped)
        msg = "a calculation with a number of too many steps"
        if self._ways(stepped) > _CALCULATED:
            raise NumericOverflow(msg)
        for guards, keys in self._combinations(stepped.keys):
            start = domain.indices[0]
            steps = stepped.stairs.over(domain, keys)
            for end, number in steps:
                here = () if len(steps) == 1 else (self._between(domain, along, start, end),)
                cases.append(Case((*guards, *here), Linear.of(number)))
                start = end + 1
            if len(cases) > _MOST_STEPS:
                raise NumericOverflow(msg)
        return tuple(cases)

    def _between(self, domain: Domain, along: int, start: int, end: int) -> Literal:
        first, last = domain.indices[0], domain.indices[-1]
        literal = self._model.boolean()
        sides = ((first, start - 1), (end + 1, last))
        outside = tuple(side for side in sides if side[0] <= side[1])
        _say(self._model, Told(literal, along, ((start, end),), outside, {}), ())
        return literal

    def learn(self, literal: Literal, ranges: Mapping[int, tuple[int, int]]) -> None:
        """Tell all models that a literal is true wherever some variables are in ranges."""
        self._told.append(Everywhere(literal, ranges))

    def tell(self, model: IntegerModel) -> None:
        """Say in a model what is told by now and it has not heard."""
        for told in self._told[model.heard :]:
            told.tell(model)
        model.heard = len(self._told)

    def correct(
        self,
        solution: Sequence[int],
        assignment: Mapping[str, Value],
        number: Callable[[Expression], Fraction | None],
    ) -> bool:
        """Whether a solution has literals wrong; they are told at the values that it has chosen.

        `number` tells what a number is there.
        """
        before = len(self._told)
        for compared in self._waiting:
            limit = number(compared.limit)
            if limit is None:  # over zero, which is for the exact check to cut off
                continue
            domain, along = self._along(compared.stepped)
            keys = tuple(self._value(key.name, assignment) for key in compared.stepped.keys)
            inside, outside = compared.split(domain, keys, limit)
            # A literal that is right stays untold: most combinations never come up again.
            wrong = outside if solution[compared.literal] else inside
            if any(low <= solution[along] <= high for low, high in wrong):
                values = {variable: solution[variable] for variable in self._deciding(compared)}
                self._told.append(Told(compared.literal, along, inside, outside, values))
                self._wrong[compared.literal] += 1
                if self._wrong[compared.literal] > _WITHOUT_BOXES:
                    self._told += self._around(compared, limit, solution, assignment)
        return len(self._told) > before

    def _around(
        self,
        compared: _Compared,
        limit: Fraction,
        solution: Sequence[int],
        assignment: Mapping[str, Value],
    ) -> Iterator[Everywhere]:
        """Where around a solution with a literal wrong it is as surely wrong, if that is known."""
        stepped, values = compared.stepped, self._choices
        names = [name.name for name in (*stepped.keys, stepped.along)]
        free = {*names} & values.variables.keys() - self._behind(compared.limit)
        holds = not solution[compared.literal]

        # Boxes are asked of by the dozen, and most of their ends are those of the one before.
        ends = {name: (self._value(name, assignment),) * 2 for name in names}
        at = cache(lambda name, place: values.value(name, values.indices(name)[place]))

        def is_certain(box: Box) -> bool:
            wide = {name: (at(name, first), at(name, last)) for name, (first, last) in box.items()}
            *keys, along = map((ends | wide).__getitem__, names)
            return compared.surely(stepped.stairs.within(along, tuple(keys)), limit) is holds

        box = values.around([name for name in names if name in free], solution, is_certain)
        if box is not None:
            here = {variable: (solution[variable],) * 2 for variable in self._deciding(compared)}
            literal = compared.literal if holds else negated(compared.literal)
            yield Everywhere(literal, here | box)

    def _behind(self, limit: Expression) -> set[str]:
        """The names that a limit rests on."""
        return set() if isinstance(limit, Number) else names_behind([limit], self._bindings)

    def _deciding(self, compared: _Compared) -> Iterator[int]:
        """The variables that decide where a comparison holds, but for the one along the steps."""
        names = {key.name for key in compared.stepped.keys} | self._behind(compared.limit)
        chosen = self._choices.variables
        yield from (chosen[name] for name in sorted(names & chosen.keys()))

    def _value(self, name: str, assignment: Mapping[str, Value]) -> Value:
        value = assignment.get(name, self._bindings.get(name))
        if not isinstance(value, Fraction | bool):
            msg = f"`{name}`, by which a number is looked up, has no value"
            raise TypeError(msg)
        return value

    def _along(self, stepped: Stepped) -> tuple[Domain, int]:
        """The domain of the name that the steps are along, and its variable."""
        bound = self._bindings[stepped.along.name]
        if isinstance(bound, Domain):
            return bound, self._choices.variables[stepped.along.name]
        # The one value at index 1, for the variable of `TRUE` is always 1.
        value = self._value(stepped.along.name, {})
        return Domain(Fraction(value) - 1, Fraction(1), range(1, 2)), TRUE

    def _ways(self, stepped: Stepped) -> int:
        chosen = [key.name for key in stepped.keys if key.name in self._choices.variables]
        return math.prod(map(self._choices.count, chosen))


def _sides(literal: Literal) -> list[tuple[Guards, Value]]:
    """True and false, each with the guards under which a literal is that."""
    sides: list[tuple[Literal, Value]] = [(literal, True), (negated(literal), False)]
    return [(_unless_true(side), flag) for side, flag in sides if side != FALSE]


def _unless_true(literal: Literal) -> Guards:
    return () if literal == TRUE else (literal,)
