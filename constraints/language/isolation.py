"""A number that goes in steps, within a number that is otherwise calculated without steps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from constraints.language.expressions import (
    ONE,
    ZERO,
    Arithmetic,
    Expression,
    Name,
    Negation,
    Number,
    Stepped,
)


class Alone(NamedTuple):
    """The number `factor * stepped + rest`; the factor is not zero."""

    stepped: Stepped
    factor: Fraction
    rest: Expression

    def scaled(self, by: Fraction) -> Alone:
        """So many times the number."""
        return Alone(self.stepped, self.factor * by, Arithmetic("*", self.rest, Number(by)))

    @property
    def zero(self) -> Expression:
        """What the stepped number is where the whole number is zero."""
        return Arithmetic("/", Negation(self.rest), Number(self.factor))


_Found: TypeAlias = "Alone | None"


class Isolation:
    """Looks for the one stepped number of an expression, with names followed to what they are.

    `definition` tells the expression that a name stands for, `constant` the value of one that is
    the same whatever is chosen.
    """

    def __init__(
        self,
        definition: Callable[[str], Expression | None],
        constant: Callable[[Expression], Fraction | None],
    ) -> None:
        self._definition, self._constant = definition, constant
        self._names: dict[str, _Found] = {}

    def of(self, expression: Expression) -> _Found:
        """The stepped number, with all else that is added to it; `None` if it is not alone so."""
        match expression:
            case Stepped():
                return Alone(expression, ONE.value, ZERO)
            case Name(name):
                return self._named(name)
            case Negation(operand):
                return found.scaled(Fraction(-1)) if (found := self.of(operand)) else None
            case Arithmetic("+" | "-" as operator, left, right):
                return _sum(operator, (left, self.of(left)), (right, self.of(right)))
            case Arithmetic("*", left, right):
                return self._times(left, right) or self._times(right, left)
            case Arithmetic("/", left, right):
                by = self._constant(right) if (found := self.of(left)) else None
                return found.scaled(1 / by) if found and by else None
            case _:
                return None

    def _named(self, name: str) -> _Found:
        if name not in self._names:
            definition = self._definition(name)
            self._names[name] = None if definition is None else self.of(definition)
        return self._names[name]

    def _times(self, left: Expression, right: Expression) -> _Found:
        by = self._constant(right) if (found := self.of(left)) else None
        return found.scaled(by) if found and by else None


def _sum(
    operator: Literal["+", "-"], first: tuple[Expression, _Found], second: tuple[Expression, _Found]
) -> _Found:
    (left, before), (right, after) = first, second
    if before and not after:
        return before._replace(rest=Arithmetic(operator, before.rest, right))
    if after and not before:
        added = after if operator == "+" else after.scaled(Fraction(-1))
        return added._replace(rest=Arithmetic("+", left, added.rest))
    return None
