"""What of a deal does not depend on what is to be chosen: folded before anything is compiled.

Which names and rules these are follows from the offer and from which fields are to be chosen, not
from their values, so it is worked out once for all requests alike. Their values are exact, by
the evaluator that defines the language; that a rule fails whatever is chosen needs no search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from constraints.cpsat.optimisation import Settled
from constraints.language.evaluation import Environment, Evaluator
from constraints.language.expressions import Expression, Name, Value, names
from constraints.language.resting import Resting


class Dependence(NamedTuple):
    """The conditions, and the names that the others rest on, without anything to be chosen."""

    conditions: tuple[str, ...]
    names: tuple[str, ...]


def dependence(
    bindings: Environment,
    conditions: Mapping[str, Expression],
    goals: Iterable[Expression],
    chosen: Collection[str],
) -> Dependence:
    """What depends on the chosen names, and what does not; `bindings` are without these."""
    search = _Search(bindings, chosen)
    free = tuple(name for name, node in conditions.items() if not search.depends(node))
    for name, condition in conditions.items():
        if name not in free:
            search.descend(condition)
    for goal in goals:
        search.descend(goal)
    return Dependence(free, tuple(search.frontier))


class _Search:
    """A walk through the names that expressions rest on, as far as these depend on a choice."""

    def __init__(self, bindings: Environment, chosen: Collection[str]) -> None:
        self._bindings = bindings
        self._resting = Resting(bindings, dict.fromkeys(chosen, True))
        self._seen: set[str] = set()
        self.frontier: dict[str, None] = {}

    def depends(self, expression: Expression) -> bool:
        """Whether a chosen name is in an expression, or in what it rests on."""
        return self._resting.expression(expression)

    def descend(self, expression: Expression) -> None:
        """Gather the names right below those that depend on a choice, which do not themselves."""
        for name in names(expression):
            bound = self._bindings.get(name)
            if name in self._seen or not isinstance(bound, Expression):
                continue
            self._seen.add(name)
            if self._resting.name(name):
                self.descend(bound)
            else:
                self.frontier[name] = None


def folded(parts: Dependence, conditions: Mapping[str, Expression], fixed: Environment) -> Settled:
    """The values of what does not depend on a choice; a ratio over zero stays an expression."""
    evaluator = Evaluator(fixed)
    values: dict[str, Value] = {}
    for name in parts.names:
        value = evaluator.value(Name(name))
        if value is not None:
            values[name] = value
    return Settled(values, {name: evaluator.truth(conditions[name]) for name in parts.conditions})
