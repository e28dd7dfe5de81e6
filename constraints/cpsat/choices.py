"""The names to be chosen: a variable of the integer model for each, and what its values mean."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from constraints.cpsat.cases import Case, Cases, Guards, everywhere
from constraints.cpsat.forms import Forms
from constraints.cpsat.integer_model import NumericOverflow, negated
from constraints.cpsat.linear import Linear
from constraints.language.domains import Domain, Spread
from constraints.language.expressions import Value
from constraints.language.ranges import Box, widened

# A greatest value from here on that is so many times the next one is a case of its own.
_FAR, _FAR_FACTOR = 1 << 36, 1000


class Choices:
    """Numbers, each from its domain, and conditions (`flags`), by name.

    Raises `NumericOverflow` for a domain that does not fit 64-bit integers.
    """

    def __init__(self, forms: Forms, domains: Mapping[str, Domain], flags: Sequence[str]) -> None:
        self._forms = forms
        self._model = forms.model
        self._domains = domains
        self.variables = {name: self._variable(name, domain) for name, domain in domains.items()}
        self.variables.update({name: self._model.boolean() for name in flags})

    def _variable(self, name: str, domain: Domain) -> int:
        try:
            return self._indexed(domain.indices)
        except NumericOverflow as overflow:
            msg = f"`{name}` needs {overflow}"
            raise NumericOverflow(msg) from None

    def _indexed(self, indices: Sequence[int]) -> int:
        if isinstance(indices, range):
            return self._model.variable(indices[0], indices[-1])
        if isinstance(indices, Spread):
            return self._spread(indices)
        return self._model.sparse_variable(indices)

    def _spread(self, indices: Spread) -> int:
        """A variable in one of some ranges, each under a literal of its own."""
        model, variable = self._model, self._model.variable(indices[0], indices[-1])
        inside = [model.boolean() for _ in indices.parts]
        model.clause(inside)
        for literal, part in zip(inside, indices.parts, strict=True):
            place = model.variable(0, len(part) - 1)
            grid = self._form(place, part.step, part.start)
            model.require_zero(self._form(variable) - grid, (literal,))
            # Where it does not count it has one value, so that a solution is not found many times.
            model.fix(place, 0, (negated(literal),))
        return variable

    def number(self, name: str) -> Cases:
        """A chosen number; a greatest value far beyond the others is a case of its own."""
        domain, variable = self._domains[name], self.variables[name]
        if domain.count == 1:
            return everywhere(Linear.of(domain.low))
        second, top = domain.indices[-2], domain.indices[-1]
        if top < _FAR or top < _FAR_FACTOR * abs(second):
            return everywhere(self._form(variable, domain.step, domain.base))
        # With it in one form, products with it would outgrow 64 bits for nothing.
        far = self._forms.equal(variable, top)
        near = self._indexed(domain.indices[:-1])
        self._model.require_zero(self._form(variable) - self._form(near), (negated(far),))
        # Where it does not count it has one value, so that a solution is not found many times.
        self._model.fix(near, domain.indices[0], (far,))
        form = self._form(near, domain.step, domain.base)
        return (Case((negated(far),), form), Case((far,), Linear.of(domain.high)))

    def _form(self, variable: int, step: Fraction | int = 1, base: Fraction | int = 0) -> Linear:
        return Linear.variable(variable, *self._model.bounds(variable), step, base)

    def cases_of(self, name: str) -> Iterator[tuple[Guards, Fraction]]:
        """Each value of a chosen number, with the guards that are true exactly where it has it."""
        domain, variable = self._domains[name], self.variables[name]
        for index in domain.indices:
            # A single value is there everywhere, so that no literal has to tell where.
            guards = (self._forms.equal(variable, index),) if domain.count > 1 else ()
            yield guards, domain.value(index)

    def values(self, name: str) -> Sequence[Value]:
        """Every value of a name."""
        domain = self._domains.get(name)
        return (False, True) if domain is None else tuple(domain.values())

    def indices(self, name: str) -> Sequence[int]:
        """What the variable of a name can be, ascending."""
        domain = self._domains.get(name)
        return range(2) if domain is None else domain.indices

    def between(self, name: str, places: tuple[int, int]) -> Domain | Value | None:
        """What a name is bound to between two places of its values; `None` for yes or no."""
        first, last = places
        indices = self.indices(name)
        if first == last:
            return self.value(name, indices[first])
        domain = self._domains.get(name)
        return domain and Domain(domain.base, domain.step, indices[first : last + 1])

    def around(
        self,
        names: Iterable[str],
        solution: Sequence[int] | Mapping[int, int],
        is_certain: Callable[[Box], bool],
    ) -> dict[int, tuple[int, int]] | None:
        """Ranges of variables around a solution, in all of which the same is certain.

        Of a box of places of the names' values `is_certain` tells whether it is; `None` where it is
        not so of the solution itself.
        """
        indices = {name: self.indices(name) for name in names}
        whole = {name: (0, len(every) - 1) for name, every in indices.items()}
        here = {
            name: (bisect_left(every, solution[self.variables[name]]),) * 2
            for name, every in indices.items()
        }
        if not is_certain(here):
            return None
        return {
            self.variables[name]: (indices[name][first], indices[name][last])
            for name, (first, last) in widened(here, whole, is_certain).items()
        }

    def count(self, name: str) -> int:
        """How many values a name has."""
        domain = self._domains.get(name)
        return 2 if domain is None else domain.count

    def decode(self, solution: Sequence[int]) -> dict[str, Value]:
        """The assignment that a solution of the integer model stands for."""
        return {name: self.value(name, solution[v]) for name, v in self.variables.items()}

    def has(self, assignment: Mapping[str, Value]) -> bool:
        """Whether an assignment gives every name one of its values."""
        return all(
            isinstance(assignment[name], bool)
            if name not in self._domains
            else assignment[name] in self._domains[name]
            for name in self.variables
        )

    def every(self, most: int) -> Iterator[dict[str, Value]] | None:
        """Every assignment; `None` if there are more than so many."""
        if prod(map(self.count, self.variables)) > most:
            return None
        chosen = product(*map(self.values, self.variables))
        return (dict(zip(self.variables, values, strict=True)) for values in chosen)

    def encoded(self, assignment: Mapping[str, Value]) -> dict[int, int]:
        """The values of the variables that stand for those of some names."""
        return {self.variables[name]: self._index(name, v) for name, v in assignment.items()}

    def _index(self, name: str, value: Value) -> int:
        domain = self._domains.get(name)
        return int(value) if domain is None else int((value - domain.base) / domain.step)

    def value(self, name: str, index: int) -> Value:
        """What a name is where its variable has a value."""
        domain = self._domains.get(name)
        return bool(index) if domain is None else domain.value(index)
