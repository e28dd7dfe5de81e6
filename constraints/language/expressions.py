"""The expression tree of the constraint language: one frozen node for each construct."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Literal, TypeAlias, assert_never

from constraints.language.domains import Domain
from constraints.text.source import Span

ArithmeticOperator: TypeAlias = Literal["+", "-", "*", "/"]
ComparisonOperator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]
Value: TypeAlias = Fraction | bool

NOWHERE = Span("", 1, 1, 1, 1)
# Of each comparison the one that holds exactly where it fails.
OPPOSITES: Mapping[ComparisonOperator, ComparisonOperator] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==",
}  # fmt: skip
# And the one that says the same with its sides the other way round.
MIRRORED: Mapping[ComparisonOperator, ComparisonOperator] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=",
}  # fmt: skip


def _span() -> Span:
    # Two expressions are equal when they say the same thing, wherever they stand.
    return field(default=NOWHERE, compare=False, repr=False)


_anonymous = map("rows {}".format, count(1)).__next__


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; `unit` is kept as written until the dimension check has converted it."""

    value: Fraction
    unit: str | None = None
    percent: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, with which a choice is compared; the static check leaves none."""

    value: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to a variable, a parameter or another expression of the environment."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right`, and so on for `-`, `*` and `/`."""

    operator: ArithmeticOperator
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Negation:
    """`-operand`, a number."""

    operand: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Extremum:
    """The least (`min`) or the greatest (`max`) of at least one number."""

    kind: Literal["min", "max"]
    operands: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Absolute:
    """`abs(operand)`."""

    operand: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if condition then consequence else alternative`, a number or a condition."""

    condition: Expression
    consequence: Expression
    alternative: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Table:
    """A constant looked up by the values of `keys`, each of which takes finitely many values.

    `rows` maps a tuple of key values to the number; it may compute its rows on demand, but must
    have a row for every combination of values that the keys can take. Two tables are equal if
    their keys and their `identity` are; one without a name of its own is equal to no other.
    """

    keys: tuple[Expression, ...]
    rows: Mapping[tuple[Value, ...], Fraction] = field(compare=False)
    identity: str = field(default_factory=_anonymous)
    span: Span = _span()


class RowsOnDemand(Mapping[tuple[Value, ...], Fraction]):
    """Rows of a table that are worked out when they are asked for; none is kept or listed."""

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        """Nothing: the rows are without end."""
        return iter(())

    def __len__(self) -> int:
        """Zero: no row is kept here."""
        return 0


class Stairs(ABC):
    """Where a number steps up or down along one name, for each combination of values of others.

    It is told in three ways: what holds at one value, by which an assignment is certified, all
    steps over a domain, by which answers are found, and roughly for many values of all names at
    once, by which it is shown that there are none.
    """

    @abstractmethod
    def at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        """The number at a value of the name, for some values of the keys."""

    @abstractmethod
    def over(self, domain: Domain, keys: tuple[Value, ...]) -> tuple[tuple[int, Fraction], ...]:
        """The steps by index of a domain, ascending: the last index of each, and the number there.

        They go from the first index of the domain to its last, with all whole numbers between.
        """

    @abstractmethod
    def within(
        self, along: tuple[Value, Value], keys: tuple[tuple[Value, Value], ...]
    ) -> tuple[Fraction, Fraction] | None:
        """Two numbers that it is between wherever each name is between two values of its own.

        They may lie further apart than they need; `None` where no such numbers are known.
        """


@dataclass(frozen=True, slots=True)
class Stepped:
    """A number that is constant but for steps along the name `along`; `keys` are names, too.

    As of tables, two are equal if their names and their `identity` are.
    """

    along: Name
    keys: tuple[Name, ...]
    stairs: Stairs = field(compare=False)
    identity: str = field(default_factory=_anonymous)
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left < right` and its five siblings, between numbers."""

    operator: ComparisonOperator
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Membership:
    """`operand in [options]`."""

    operand: Expression
    options: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Between:
    """`operand between low and high`, both ends included."""

    operand: Expression
    low: Expression
    high: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and ...` or `a or b or ...`."""

    kind: Literal["and", "or"]
    operands: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Implication:
    """`premise implies conclusion`."""

    premise: Expression
    conclusion: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Equivalence:
    """`left == right` between conditions; `!=` is its `Not`."""

    left: Expression
    right: Expression
    span: Span = _span()


Numeric: TypeAlias = Number | Arithmetic | Negation | Extremum | Absolute | Table | Stepped
Condition: TypeAlias = (
    Truth | Comparison | Membership | Between | Not | Junction | Implication | Equivalence
)
Expression: TypeAlias = Name | Text | Conditional | Numeric | Condition

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, from left to right."""
    match expression:
        case Number() | Truth() | Text() | Name():
            return ()
        case Arithmetic() | Comparison() | Equivalence():
            return (expression.left, expression.right)
        case Negation() | Absolute() | Not():
            return (expression.operand,)
        case Extremum() | Junction():
            return expression.operands
        case Conditional():
            return (expression.condition, expression.consequence, expression.alternative)
        case Table():
            return expression.keys
        case Stepped():
            return (expression.along, *expression.keys)
        case Membership():
            return (expression.operand, *expression.options)
        case Between():
            return (expression.operand, expression.low, expression.high)
        case Implication():
            return (expression.premise, expression.conclusion)
        case _:
            assert_never(expression)


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node of an expression, the root first; safe for any depth."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def names(expression: Expression) -> frozenset[str]:
    """The names that an expression mentions itself, not those behind them."""
    return frozenset(node.name for node in walk(expression) if isinstance(node, Name))


def depth(expression: Expression, levels_of: Callable[[str], int] = lambda _: 0) -> int:
    """The number of nested levels, a leaf being one; `levels_of` gives those below a name."""
    deepest, waiting = 0, [(expression, 1)]
    while waiting:
        node, level = waiting.pop()
        below = levels_of(node.name) if isinstance(node, Name) else 0
        deepest = max(deepest, level + below)
        waiting.extend((child, level + 1) for child in children(node))
    return deepest


def simple(expression: Expression) -> Expression:
    """A membership, range, implication or equivalence in terms of the simpler conditions."""
    match expression:
        case Membership(operand, options):
            return Junction("or", tuple(Comparison("==", operand, option) for option in options))
        case Between(operand, low, high):
            return Junction(
                "and", (Comparison(">=", operand, low), Comparison("<=", operand, high))
            )
        case Implication(premise, conclusion):
            return Junction("or", (Not(premise), conclusion))
        case Equivalence(left, right):
            both, neither = (left, right), (Not(left), Not(right))
            return Junction("or", (Junction("and", both), Junction("and", neither)))
        case _:
            return expression


def behind(condition: Expression, meanings: Mapping[str, Expression]) -> Iterator[Expression]:
    """Every node of a condition as it is read back, with the conditions that names stand for."""
    waiting, seen = [condition], dict[int, Expression]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # what a condition is short for has its parts more than once
            continue
        seen[id(node)] = node
        yield node
        plain = simple(node)
        waiting += children(node) if plain is node else (plain,)
        if isinstance(node, Name) and node.name in meanings:
            waiting.append(meanings[node.name])
