"""Expressions with other names: two models side by side in one problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias, assert_never

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
    Table,
    Text,
    Truth,
)

Rename: TypeAlias = Callable[[str], str]


def renamed(expression: Expression, rename: Rename) -> Expression:
    """The expression with every name in it replaced; what it says is the same."""

    def new(part: Expression) -> Expression:
        return renamed(part, rename)

    def all_new(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
        return tuple(new(part) for part in parts)

    match expression:
        case Number() | Truth() | Text():
            return expression
        case Name(name):
            return replace(expression, name=rename(name))
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            return replace(expression, left=new(left), right=new(right))
        case Equivalence(left, right):
            return replace(expression, left=new(left), right=new(right))
        case Negation(operand) | Absolute(operand) | Not(operand):
            return replace(expression, operand=new(operand))
        case Extremum(_, operands) | Junction(_, operands):
            return replace(expression, operands=all_new(operands))
        case Conditional(condition, consequence, alternative):
            return Conditional(new(condition), new(consequence), new(alternative), expression.span)
        case Table(keys):
            # The same rows under other keys are another table.
            return Table(all_new(keys), expression.rows, span=expression.span)
        case Membership(operand, options):
            return Membership(new(operand), all_new(options), expression.span)
        case Between(operand, low, high):
            return Between(new(operand), new(low), new(high), expression.span)
        case Implication(premise, conclusion):
            return Implication(new(premise), new(conclusion), expression.span)
        case _:
            assert_never(expression)
