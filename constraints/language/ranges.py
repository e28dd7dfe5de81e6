"""What is certain of an expression over whole domains: the range of a number, a condition's truth.

Ranges are wider than the truth where one name stands several times: what they prove is proven,
what they leave open may still be so. A box is some of it: a range of each of some names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import chain, repeat
from typing import TypeAlias

from constraints.language.dimensions import ANY, Interval
from constraints.language.domains import Domain
from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    ComparisonOperator,
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
    Table,
    Truth,
    Value,
    simple,
)

Bound: TypeAlias = "Expression | Fraction | bool | Domain"
# The first and the last place of each name's range.
Box: TypeAlias = Mapping[str, tuple[int, int]]

# Which part of its way a side of a box goes at a time, and then half of it: all of it if it can,
# else a little, so that what may be had is shared by all sides.
_PARTS = (1, 16, 8, 4)


class Ranges:
    """Ranges of numbers and truths of conditions, by what names are bound to."""

    def __init__(self, bindings: Mapping[str, Bound]) -> None:
        self._bindings = bindings
        self._ranges: dict[str, Interval] = {}
        self._truths: dict[str, bool | None] = {}

    def range(self, node: Expression) -> Interval:
        """An interval that holds every value of a number."""
        match node:
            case Number(value):
                return Interval.point(value)
            case Name(name):
                if name not in self._ranges:
                    self._ranges[name] = self._named(name)
                return self._ranges[name]
            case Negation(operand):
                return -self.range(operand)
            case Absolute(operand):
                return self.range(operand).absolute()
            case Extremum(kind, operands):
                return self._extremum(kind, operands)
            case Arithmetic():
                return self._arithmetic(node)
            case Conditional(condition, consequence, alternative):
                truth = self.truth(condition)
                if truth is not None:
                    return self.range(consequence if truth else alternative)
                return Interval.hull((self.range(consequence), self.range(alternative)))
            case Table(keys, rows):
                return self._looked_up(keys, rows)
            case _:
                return ANY

    def _looked_up(
        self, keys: tuple[Expression, ...], rows: Mapping[tuple[Value, ...], Fraction]
    ) -> Interval:
        """The row of keys of one value each; of others no row is made to be compared."""
        known = [value for key in keys if (value := self._value(key)) is not None]
        return Interval.point(rows[tuple(known)]) if len(known) == len(keys) else ANY

    def _value(self, key: Expression) -> Value | None:
        """The one value of a key; `None` if it may have several."""
        truth = self.truth(key)
        if truth is not None:
            return truth
        found = self.range(key)
        return found.low if found.low == found.high else None

    def _named(self, name: str) -> Interval:
        match self._bindings.get(name):
            case bool() | None:
                return ANY
            case Fraction() as value:
                return Interval.point(value)
            case Domain() as domain:
                return Interval(domain.low, domain.high)
            case expression:
                return self.range(expression)

    def _extremum(self, kind: str, operands: tuple[Expression, ...]) -> Interval:
        found = self.range(operands[0])
        for operand in operands[1:]:
            other = self.range(operand)
            found = found.minimum(other) if kind == "min" else found.maximum(other)
        return found

    def _arithmetic(self, node: Arithmetic) -> Interval:
        left, right = self.range(node.left), self.range(node.right)
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                # Over zero a ratio has no value: what holds of it says nothing of a comparison.
                above_zero = right.low is not None and right.low > 0
                return left / right if above_zero else ANY

    def truth(self, node: Expression) -> bool | None:
        """Whether a condition always holds, or never does; `None` where neither is certain."""
        match node:
            case Truth(value):
                return value
            case Name(name):
                if name not in self._truths:
                    self._truths[name] = self._named_truth(name)
                return self._truths[name]
            case Comparison(operator, left, right):
                return _compared(operator, self.range(left) - self.range(right))
            case Not(operand):
                truth = self.truth(operand)
                return None if truth is None else not truth
            case Junction(kind, operands):
                return _joined(kind, [self.truth(operand) for operand in operands])
            case Conditional(condition, consequence, alternative):
                truth = self.truth(condition)
                if truth is not None:
                    return self.truth(consequence if truth else alternative)
                sides = {self.truth(consequence), self.truth(alternative)}
                return sides.pop() if len(sides) == 1 else None
            case Equivalence(left, right):
                first, second = self.truth(left), self.truth(right)
                return None if first is None or second is None else first == second
            case Membership() | Between() | Implication():
                return self.truth(simple(node))
            case _:
                return None

    def _named_truth(self, name: str) -> bool | None:
        match self._bindings.get(name):
            case bool() as value:
                return value
            case None | Fraction() | Domain():
                return None
            case expression:
                return self.truth(expression)


def widened(box: Box, whole: Box, is_certain: Callable[[Box], bool]) -> Box:
    """A box around one, within a whole one, of which something is certain as well.

    No side of it can move on by a place, if that is certain of all boxes within one of which it is.
    """
    # By side the nearest place that it cannot move to.
    ends = {(name, side): whole[name][side] + (-1, 1)[side] for name in box for side in (0, 1)}
    parts = chain(_PARTS, repeat(2))
    while ends:
        part = next(parts)
        for (name, side), end in [*ends.items()]:
            way = abs(end - box[name][side]) - 1
            if not way:
                del ends[name, side]
                continue
            step = max(1, way // part) * (-1, 1)[side]
            first, last = box[name]
            wider = (first, last + step) if side else (first + step, last)
            if is_certain({**box, name: wider}):
                box = {**box, name: wider}
            else:
                ends[name, side] = wider[side]
    return box


def _joined(kind: str, truths: list[bool | None]) -> bool | None:
    decisive = kind == "or"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _compared(operator: ComparisonOperator, difference: Interval) -> bool | None:
    """Whether left is related to right, by the range of left minus right."""
    low, high = difference.low, difference.high
    match operator:
        case ">=":
            return _decided(low is not None and low >= 0, high is not None and high < 0)
        case ">":
            return _decided(low is not None and low > 0, high is not None and high <= 0)
        case "<=":
            return _decided(high is not None and high <= 0, low is not None and low > 0)
        case "<":
            return _decided(high is not None and high < 0, low is not None and low >= 0)
        case "==" | "!=":
            apart = (low is not None and low > 0) or (high is not None and high < 0)
            same = _decided(low == 0 == high, apart)
            return same if operator == "==" or same is None else not same


def _decided(always: bool, never: bool) -> bool | None:  # noqa: FBT001 - the two sides of one answer
    return True if always else (False if never else None)
