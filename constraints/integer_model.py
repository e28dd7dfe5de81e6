"""A pure integer model: variables, linear rows, clauses, products and maxima; no solver in it.

Rows are kept as exact rational forms until they are posted. Posting scales them to integers:
exactly where that fits, else rounded outward, so that no exactly feasible assignment is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

Literal: TypeAlias = int  # variable v, or its negation as -v - 1, as CP-SAT writes them

TRUE: Literal = 0  # the variable 0 of every model is fixed to 1
FALSE: Literal = -1

# Activities aim below 2^53, where a double is still exact; variables must stay below 2^62.
ROW_LIMIT = 1 << 53
VARIABLE_LIMIT = 1 << 60
_INFINITE = (1 << 62) - 1
_ZERO = Fraction(0)
_TOO_MANY = "more than 64-bit integers can hold"


class NumericOverflow(Exception):  # noqa: N818 - the field's name for it
    """A quantity that does not fit the solver's 64-bit integers; found before any solve."""


def negated(literal: Literal) -> Literal:
    """The negation of a literal."""
    return -literal - 1


@dataclass(frozen=True, slots=True)
class Linear:
    """An exact rational linear form over integer variables, with its bounds."""

    coefficients: Mapping[int, Fraction]
    constant: Fraction
    low: Fraction
    high: Fraction

    @staticmethod
    def of(constant: Fraction) -> Linear:
        """The form of a constant."""
        return Linear({}, constant, constant, constant)

    @property
    def is_constant(self) -> bool:
        """Whether no variable is in it."""
        return not self.coefficients

    def __neg__(self) -> Linear:
        return self.scaled(Fraction(-1))

    def __add__(self, other: Linear) -> Linear:
        if not other.coefficients:
            return self.shifted(other.constant)
        if not self.coefficients:
            return other.shifted(self.constant)
        sums = dict(self.coefficients)
        for variable, coefficient in other.coefficients.items():
            total = sums.get(variable, _ZERO) + coefficient
            if total:
                sums[variable] = total
            else:
                del sums[variable]
        constant = self.constant + other.constant
        if not sums:
            return Linear.of(constant)
        return Linear(sums, constant, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Linear) -> Linear:
        return self + -other

    def shifted(self, constant: Fraction) -> Linear:
        """The form plus a constant."""
        if not constant:
            return self
        return Linear(
            self.coefficients, self.constant + constant, self.low + constant, self.high + constant
        )

    def scaled(self, factor: Fraction) -> Linear:
        """The form times a constant."""
        if factor == 1:
            return self
        if not factor:
            return Linear.of(_ZERO)
        ends = (self.low * factor, self.high * factor)
        low, high = ends if factor > 0 else ends[::-1]
        coefficients = {v: c * factor for v, c in self.coefficients.items()}
        return Linear(coefficients, self.constant * factor, low, high)

    def exact_scale(self) -> int:
        """The least positive integer that makes every coefficient and the constant whole."""
        denominators = [c.denominator for c in self.coefficients.values()]
        return math.lcm(self.constant.denominator, *denominators)

    def value(self, solution: Sequence[int]) -> Fraction:
        """Its value in a solution."""
        parts = (c * solution[v] for v, c in self.coefficients.items())
        return sum(parts, self.constant)


@dataclass(frozen=True, slots=True)
class Row:
    """`low <= sum(coefficients * variables) <= high` wherever all guards are true."""

    variables: tuple[int, ...]
    coefficients: tuple[int, ...]
    low: int
    high: int
    guards: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """`target == left * right`."""

    target: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Affine:
    """A whole-number linear expression."""

    variables: tuple[int, ...]
    coefficients: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Largest:
    """`target == max(expressions)`."""

    target: int
    expressions: tuple[Affine, ...]


Constraint: TypeAlias = Row | Product | Largest | tuple[Literal, ...]


@dataclass(slots=True)
class IntegerModel:
    """Variables with their domains, and constraints; a tuple of literals is a clause."""

    domains: list[tuple[int, ...]] = field(default_factory=lambda: [(1, 1)])
    constraints: list[Constraint] = field(default_factory=list)
    exact: bool = True

    def copy(self) -> IntegerModel:
        """A model that can grow without changing this one."""
        return IntegerModel(list(self.domains), list(self.constraints), self.exact)

    def variable(self, low: int, high: int) -> int:
        """A new integer variable from `low` to `high`."""
        if max(abs(low), abs(high)) > VARIABLE_LIMIT:
            msg = f"a quantity of up to {max(abs(low), abs(high)):.3g} steps, {_TOO_MANY}"
            raise NumericOverflow(msg)
        self.domains.append((low, high))
        return len(self.domains) - 1

    def sparse_variable(self, values: Sequence[int]) -> int:
        """A new integer variable that takes one of some ascending values."""
        if max(abs(values[0]), abs(values[-1])) > VARIABLE_LIMIT:
            msg = f"a value of {values[-1]:.3g} steps, {_TOO_MANY}"
            raise NumericOverflow(msg)
        self.domains.append(_runs(values))
        return len(self.domains) - 1

    def boolean(self) -> Literal:
        """A new Boolean variable, as its positive literal."""
        self.domains.append((0, 1))
        return len(self.domains) - 1

    def bounds(self, variable: int) -> tuple[int, int]:
        """The least and the greatest value of a variable."""
        domain = self.domains[variable]
        return domain[0], domain[-1]

    def clause(self, literals: Iterable[Literal]) -> None:
        """Require one of some literals; a clause that always holds is dropped."""
        kept = tuple(dict.fromkeys(literal for literal in literals if literal != FALSE))
        if TRUE not in kept and not any(negated(literal) in kept for literal in kept):
            self.constraints.append(kept)

    def forbid(self, guards: Iterable[Literal]) -> None:
        """Require that not all guards are true."""
        self.clause(negated(guard) for guard in guards)

    def require(
        self, form: Linear, guards: tuple[Literal, ...] = (), *, strict: bool = False
    ) -> None:
        """Post `form >= 0` (or `> 0` when strict) wherever all guards are true."""
        if FALSE in guards or form.low > 0 or (form.low == 0 and not strict):
            return
        if form.high < 0 or (form.high == 0 and strict):
            self.forbid(guards)
            return
        held = tuple(guard for guard in guards if guard != TRUE)
        if len(form.coefficients) == 1:
            self._bound(form, held, strict=strict)
        else:
            self._row(form, held, strict=strict)

    def require_zero(self, form: Linear, guards: tuple[Literal, ...] = ()) -> None:
        """Post `form == 0` wherever all guards are true."""
        self.require(form, guards)
        self.require(-form, guards)

    def equal(self, variable: int, value: int, literal: Literal) -> None:
        """Make a literal true exactly where a variable has a value."""
        self.constraints.append(Row((variable,), (1,), value, value, (literal,)))
        self.differ(variable, value, (negated(literal),))

    def fix(self, variable: int, value: int) -> None:
        """Require `variable == value`."""
        self.constraints.append(Row((variable,), (1,), value, value))

    def differ(self, variable: int, value: int, guards: tuple[Literal, ...]) -> None:
        """Require `variable != value` wherever all guards are true.

        Said with two half-lines: CP-SAT may ignore a hole in a guarded domain without presolve.
        """
        below, above = self.boolean(), self.boolean()
        self.constraints.append(Row((variable,), (1,), -_INFINITE, value - 1, (below,)))
        self.constraints.append(Row((variable,), (1,), value + 1, _INFINITE, (above,)))
        self.clause([below, above, *(negated(guard) for guard in guards)])

    def _bound(self, form: Linear, guards: tuple[Literal, ...], *, strict: bool) -> None:
        """A form of one variable becomes an exact bound on it, however fine its numbers are."""
        ((variable, coefficient),) = form.coefficients.items()
        limit = -form.constant / coefficient
        low, high = self.bounds(variable)
        if coefficient > 0:
            least = math.floor(limit) + 1 if strict else math.ceil(limit)
            row = Row((variable,), (1,), max(low, min(least, high + 1)), _INFINITE, guards)
        else:
            most = math.ceil(limit) - 1 if strict else math.floor(limit)
            row = Row((variable,), (1,), -_INFINITE, min(high, max(most, low - 1)), guards)
        self.constraints.append(row)

    def _row(self, form: Linear, guards: tuple[Literal, ...], *, strict: bool) -> None:
        coefficients, constant, exact = self.integral(form)
        self.exact &= exact
        least = -constant + (1 if strict and exact else 0)
        variables = tuple(form.coefficients)
        self.constraints.append(Row(variables, coefficients, least, _INFINITE, guards))

    def integral(self, form: Linear) -> tuple[tuple[int, ...], int, bool]:
        """Whole coefficients and constant that are non-negative wherever the form is.

        Exact where they fit, else rounded so that the scaled form is nowhere below the true one.
        """
        scale = Fraction(form.exact_scale())
        reach = self.reach(form)
        if reach * scale <= ROW_LIMIT:
            whole = tuple(int(c * scale) for c in form.coefficients.values())
            return whole, int(form.constant * scale), True
        scale = Fraction(ROW_LIMIT) / reach
        scale = Fraction(1 << max(0, math.floor(math.log2(scale)))) if scale >= 1 else scale
        rounded, constant = [], form.constant * scale
        for variable, coefficient in form.coefficients.items():
            # Every variable is taken from its least value on, where rounding up only adds.
            low, _ = self.bounds(variable)
            whole_up = math.ceil(coefficient * scale)
            constant += (coefficient * scale - whole_up) * low
            rounded.append(whole_up)
        return tuple(rounded), math.ceil(constant), False

    def reach(self, form: Linear) -> Fraction:
        """The greatest absolute activity that the form's terms can add up to."""
        return sum(
            (
                abs(coefficient) * max(map(abs, self.bounds(variable)))
                for variable, coefficient in form.coefficients.items()
            ),
            abs(form.constant),
        )


def _runs(values: Sequence[int]) -> tuple[int, ...]:
    """Ascending values as CP-SAT's list of closed intervals."""
    runs: list[int] = []
    for value in values:
        if runs and value == runs[-1] + 1:
            runs[-1] = value
        else:
            runs += [value, value]
    return tuple(runs)
