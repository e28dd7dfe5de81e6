"""What expressions rest on: the names in them, and those behind these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from constraints.language.domains import Domain
from constraints.language.expressions import Expression, Value, names

Bound: TypeAlias = "Expression | Value | Domain | None"


def names_behind(expressions: Iterable[Expression], bindings: Mapping[str, Bound]) -> set[str]:
    """The names in some expressions, and all that these stand for mentions in its turn."""
    waiting, reached = list(expressions), set[str]()
    while waiting:
        new = names(waiting.pop()) - reached
        reached |= new
        waiting += (part for n in new if isinstance(part := bindings.get(n), Expression))
    return reached


class Resting:
    """Which names rest on others; `told` says it of some to begin with, and in the end of all."""

    def __init__(self, bindings: Mapping[str, Bound], told: Mapping[str, bool]) -> None:
        self._bindings = bindings
        self._told = dict(told)

    def name(self, name: str) -> bool:
        """Whether a name is one of those, or stands for an expression that rests on one."""
        rests = self._told.get(name)
        if rests is None:
            bound = self._bindings.get(name)
            rests = self._told[name] = isinstance(bound, Expression) and self.expression(bound)
        return rests

    def expression(self, expression: Expression) -> bool:
        """Whether an expression mentions such a name, or one that rests on it."""
        return any(map(self.name, names(expression)))
