"""How long the exact value of an expression may get, before it is ever evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, assert_never

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
    Stepped,
    Table,
    Text,
    Truth,
    children,
)


class Size(NamedTuple):
    """Leaf values multiplied with one another, above and below the line of a quotient."""

    above: int
    below: int

    @property
    def total(self) -> int:
        """How many leaf values the digits of a value may be those of."""
        return self.above + self.below


LEAF = Size(1, 0)


def size(expression: Expression, size_of: Callable[[str], Size]) -> Size:
    """The size of a number; of a condition that of the largest number in it."""
    match expression:
        case Number() | Truth() | Text() | Table() | Stepped():
            return LEAF
        case Name(name):
            return size_of(name)
        case Arithmetic("/", left, Number()):
            return _product(size(left, size_of), LEAF)
        case Arithmetic("/", left, right):
            below = size(right, size_of)
            return _product(size(left, size_of), Size(below.below, below.above))
        case Arithmetic("*", left, right):
            return _product(size(left, size_of), size(right, size_of))
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            return _sum(size(left, size_of), size(right, size_of))
        case Membership(operand, options):
            return _largest(_sum(size(operand, size_of), size(o, size_of)) for o in options)
        case Between(operand, low, high):
            return _largest(_sum(size(operand, size_of), size(o, size_of)) for o in (low, high))
        case (
            Absolute()
            | Conditional()
            | Equivalence()
            | Extremum()
            | Implication()
            | Junction()
            | Negation()
            | Not()
        ):
            return _largest(size(child, size_of) for child in children(expression))
        case _:
            assert_never(expression)


def _product(left: Size, right: Size) -> Size:
    return Size(left.above + right.above, left.below + right.below)


def _sum(left: Size, right: Size) -> Size:
    """Over a common denominator; without any, a sum is no longer than its longest term."""
    above = max(left.above + right.below, right.above + left.below)
    return Size(above, left.below + right.below)


def _largest(found: Iterable[Size]) -> Size:
    sizes = list(found)
    return Size(
        max((each.above for each in sizes), default=1),
        max((each.below for each in sizes), default=0),
    )
