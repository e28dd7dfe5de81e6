"""Expressions with other names: two models side by side in one problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeAlias

from constraints.language.expressions import Expression, Name, Stepped, Table

Rename: TypeAlias = Callable[[str], str]


def renamed(expression: Expression, rename: Rename) -> Expression:
    """The expression with every name in it replaced; what it says is the same."""
    if isinstance(expression, Name):
        return replace(expression, name=rename(expression.name))
    changed: dict[str, Any] = {}
    for part in fields(expression):
        value = getattr(expression, part.name)
        if isinstance(value, Expression):
            changed[part.name] = renamed(value, rename)
        elif isinstance(value, tuple):
            changed[part.name] = tuple(renamed(operand, rename) for operand in value)
    if isinstance(expression, Table):
        # The same rows under other keys are another table, which takes a name of its own.
        return Table(changed["keys"], expression.rows, span=expression.span)
    if isinstance(expression, Stepped):
        return Stepped(**changed, stairs=expression.stairs, span=expression.span)
    return replace(expression, **changed) if changed else expression
