"""A pure integer model: variables, linear rows, clauses, products and maxima; no solver in it.

Rows are kept as exact rational forms until they are posted. Posting scales them to integers:
exactly where that fits, else rounded outward, so that no exactly feasible assignment is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from constraints.cpsat.linear import Linear, whole_scale

Literal: TypeAlias = int  # variable v, or its negation as -v - 1, as CP-SAT writes them

TRUE: Literal = 0  # the variable 0 of every model is fixed to 1
FALSE: Literal = -1

# Activities aim below 2^53, where a double is still exact; variables must stay below 2^62.
ROW_LIMIT = 1 << 53
VARIABLE_LIMIT = 1 << 60
# CP-SAT refuses sums beyond it; as an end of a row it stands for no bound.
_INFINITE = (1 << 62) - 1


class NoModelError(Exception):
    """A model that cannot be made; what it was to answer is unknown, for the reason it gives."""


class OutOfTimeError(NoModelError):
    """The time was over before the model was made."""


class NumericOverflow(NoModelError):  # noqa: N818 - the field's name for it
    """A quantity that does not fit the solver's 64-bit integers; found before any solve."""


def negated(literal: Literal) -> Literal:
    """The negation of a literal."""
    return -literal - 1


@dataclass(frozen=True, slots=True)
class Row:
    """`low <= sum(coefficients * variables) <= high` wherever all guards are true."""

    variables: tuple[int, ...]
    coefficients: tuple[int, ...]
    low: int
    high: int
    guards: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Within:
    """A variable is in some ranges (from and to, both included) wherever all guards are true."""

    variable: int
    ranges: tuple[tuple[int, int], ...]
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


Constraint: TypeAlias = Row | Within | Product | Largest | tuple[Literal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A model as far as it had grown: so many of its variables and constraints."""

    model: IntegerModel
    variables: int
    constraints: int

    def is_same(self, other: Origin | None) -> bool:
        """Whether the other is as much of the same model."""
        return other is not None and (
            self.model is other.model
            and (self.variables, self.constraints) == (other.variables, other.constraints)
        )


@dataclass(slots=True)
class IntegerModel:
    """Variables with their domains, and constraints; a tuple of literals is a clause.

    A copy begins as its `origin` was then, which is the same for a copy of the copy.
    """

    domains: list[tuple[int, ...]] = field(default_factory=lambda: [(1, 1)])
    constraints: list[Constraint] = field(default_factory=list)
    exact: bool = True
    origin: Origin | None = None
    heard: int = 0  # of what is told of stepped numbers, how much it has been told
    _others: dict[tuple[int, int], Literal] = field(default_factory=dict)
    _insides: dict[tuple[int, int, int], Literal] = field(default_factory=dict)

    def copy(self) -> IntegerModel:
        """A model that can grow without changing this one."""
        origin = self.origin or Origin(self, len(self.domains), len(self.constraints))
        rows = list(self.domains), list(self.constraints)
        return IntegerModel(
            *rows, self.exact, origin, self.heard, dict(self._others), dict(self._insides)
        )

    def variable(self, low: int, high: int) -> int:
        """A new integer variable from `low` to `high`."""
        if max(abs(low), abs(high)) > VARIABLE_LIMIT:
            raise _overflow("quantity", max(abs(low), abs(high)))
        self.domains.append((low, high))
        return len(self.domains) - 1

    def has_room(self, *more: tuple[int, int]) -> bool:
        """Whether CP-SAT can add up all variables with some more, and its presolve some of its own.

        It refuses a model whose variables could come to more than 64 bits together.
        """
        ends = ((domain[0], domain[-1]) for domain in (*self.domains, *more))
        return sum(max(high, 0) - min(low, 0) for low, high in ends) <= _INFINITE

    def sparse_variable(self, values: Sequence[int]) -> int:
        """A new integer variable that takes one of some ascending values."""
        if max(abs(values[0]), abs(values[-1])) > VARIABLE_LIMIT:
            raise _overflow("quantity", max(abs(values[0]), abs(values[-1])))
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
        # A literal beside its own negation holds in any case.
        if TRUE not in kept and not any(negated(literal) in kept for literal in kept):
            self.constraints.append(kept)

    def imply(self, guards: Iterable[Literal], literal: Literal) -> None:
        """Require a literal wherever all guards are true."""
        self.clause([*map(negated, guards), literal])

    def all_of(self, literals: Iterable[Literal]) -> Literal:
        """A literal that is true exactly where all given ones are."""
        needed = list(dict.fromkeys(literal for literal in literals if literal != TRUE))
        if FALSE in needed or any(negated(literal) in needed for literal in needed):
            return FALSE
        if len(needed) <= 1:
            return needed[0] if needed else TRUE
        # Both directions, since some ask where it is true and others where it is not.
        all_true = self.boolean()
        for literal in needed:
            self.imply((all_true,), literal)
        self.clause([all_true, *map(negated, needed)])
        return all_true

    def any_of(self, literals: Iterable[Literal]) -> Literal:
        """A literal that is true exactly where one of the given ones is."""
        return negated(self.all_of(map(negated, literals)))

    def within(
        self, variable: int, ranges: tuple[tuple[int, int], ...], guards: tuple[Literal, ...] = ()
    ) -> None:
        """Keep a variable in some ascending ranges; without any, not all guards can be true."""
        if ranges:
            self.constraints.append(Within(variable, ranges, guards))
        else:
            self.forbid(guards)

    def forbid(self, guards: Iterable[Literal]) -> None:
        """Require that not all guards are true."""
        self.clause(map(negated, guards))

    def require(
        self, form: Linear, guards: tuple[Literal, ...] = (), *, strict: bool = False
    ) -> None:
        """Post `form >= 0` (or `> 0` when strict) wherever all guards are true."""
        # Bounds hold for all values, so what they settle needs no row.
        if FALSE in guards or form.bottom > 0 or (form.bottom == 0 and not strict):
            return
        if form.top < 0 or (form.top == 0 and strict):
            self.forbid(guards)
            return
        held = tuple(guard for guard in guards if guard != TRUE)
        if len(form.weights) == 1:
            self._bound(form, held, strict=strict)
        else:
            self._row(form, held, strict=strict)

    def require_zero(self, form: Linear, guards: tuple[Literal, ...] = ()) -> None:
        """Post `form == 0` wherever all guards are true."""
        # Two rows, each rounded outward by itself; one row cannot be rounded both ways.
        self.require(form, guards)
        self.require(-form, guards)

    def equal(self, variable: int, value: int, literal: Literal) -> None:
        """Make a literal true exactly where a variable has a value."""
        self.constraints.append(Row((variable,), (1,), value, value, (literal,)))
        self.differ(variable, value, (negated(literal),))

    def fix(self, variable: int, value: int, guards: tuple[Literal, ...] = ()) -> None:
        """Require `variable == value` wherever all guards are true."""
        self.constraints.append(Row((variable,), (1,), value, value, guards))

    def differ(self, variable: int, value: int, guards: tuple[Literal, ...]) -> None:
        """Require `variable != value` wherever all guards are true.

        Said with two half-lines: CP-SAT may ignore a hole in a guarded domain without presolve.
        """
        below, above = self.boolean(), self.boolean()
        self.constraints.append(Row((variable,), (1,), -_INFINITE, value - 1, (below,)))
        self.constraints.append(Row((variable,), (1,), value + 1, _INFINITE, (above,)))
        self.clause([below, above, *map(negated, guards)])

    def other_than(self, variable: int, value: int) -> Literal:
        """A literal that can be true only where a variable has another value."""
        # Of two values the other one is meant, and a literal says that already.
        if self.bounds(variable) == (0, 1):
            return negated(variable) if value else variable
        literal = self._others.get((variable, value))
        if literal is None:
            literal = self._others[variable, value] = self.boolean()
            self.differ(variable, value, (literal,))
        return literal

    def outside(self, variable: int, first: int, last: int) -> list[Literal]:
        """Literals that can be true only where a variable is below or above a range of its own."""
        low, high = self.bounds(variable)
        sides = [(low, first - 1), (last + 1, high)]
        return [self._inside(variable, *side) for side in sides if side[0] <= side[1]]

    def _inside(self, variable: int, first: int, last: int) -> Literal:
        """A literal that can be true only where a variable is in a range."""
        if self.bounds(variable) == (0, 1):
            return variable if first else negated(variable)
        literal = self._insides.get((variable, first, last))
        if literal is None:
            literal = self._insides[variable, first, last] = self.boolean()
            self.constraints.append(Row((variable,), (1,), first, last, (literal,)))
        return literal

    def _bound(self, form: Linear, guards: tuple[Literal, ...], *, strict: bool) -> None:
        """A form of one variable becomes an exact bound on it, however fine its numbers are."""
        ((variable, weight),) = form.weights.items()
        low, high = self.bounds(variable)
        # The variable is whole, so rounding its bound loses nothing. One step outside its domain
        # says "never" as well as a bound far away, which might not fit 64 bits.
        if weight > 0:
            # weight * v >= -offset
            least = -form.offset // weight + 1 if strict else -(form.offset // weight)
            row = Row((variable,), (1,), max(low, min(least, high + 1)), _INFINITE, guards)
        else:
            most = -(-form.offset // -weight) - 1 if strict else form.offset // -weight
            row = Row((variable,), (1,), -_INFINITE, min(high, max(most, low - 1)), guards)
        self.constraints.append(row)

    def _row(self, form: Linear, guards: tuple[Literal, ...], *, strict: bool) -> None:
        coefficients, constant, exact = self.integral(form)
        self.exact &= exact
        # A rounded form may be zero where the true one is positive, so it cannot be strict.
        least = -constant + (1 if strict and exact else 0)
        # CP-SAT adds in 64 bits whatever it tries: the worst case has to fit, not only solutions.
        bounds = (max(map(abs, self.bounds(variable))) for variable in form.weights)
        activity = sum(abs(c) * bound for c, bound in zip(coefficients, bounds, strict=True))
        if activity + abs(least) > _INFINITE:
            raise _overflow("sum", activity)
        self.constraints.append(Row(tuple(form.weights), coefficients, least, _INFINITE, guards))

    def integral(self, form: Linear) -> tuple[tuple[int, ...], int, bool]:
        """Whole coefficients and constant that are non-negative wherever the form is.

        Exact where they fit, else rounded so that the scaled form is nowhere below the true one.
        """
        exact = whole_scale(form)
        reach = self.reach(form)
        if reach * exact <= ROW_LIMIT:
            return (*form.whole(exact), True)
        # Rounded up is outward: the row asks for a form of at least zero, so it admits more.
        scale = ROW_LIMIT / reach
        # A power of two keeps whole coefficients whole.
        scale = power_below(scale) if scale >= 1 else scale
        # In whole numbers over one denominator, which is far quicker than fractions.
        times, below = scale.numerator, form.denominator * scale.denominator
        rounded, constant = [], form.offset * times
        for variable, weight in form.weights.items():
            # Every variable is taken from its least value on, where rounding up only adds.
            low, _ = self.bounds(variable)
            whole_up = -(-weight * times // below)
            constant += (weight * times - whole_up * below) * low
            rounded.append(whole_up)
        return tuple(rounded), -(-constant // below), False

    def reach(self, form: Linear) -> Fraction:
        """The greatest absolute activity that the form's terms can add up to."""
        # Not the bounds of the whole form: terms that cancel may each be large on the way.
        total = abs(form.offset)
        for variable, weight in form.weights.items():
            domain = self.domains[variable]
            total += abs(weight) * max(abs(domain[0]), abs(domain[-1]))
        return Fraction(total, form.denominator)


def power_below(value: Fraction) -> Fraction:
    """The greatest power of two that is not above a positive number."""
    power = Fraction(2) ** (value.numerator.bit_length() - value.denominator.bit_length())
    return power if power <= value else power / 2


def _overflow(what: str, steps: int) -> NumericOverflow:
    # A float would not hold some of the numbers that are too many.
    return NumericOverflow(
        f"a {what} of up to {Decimal(steps):.3g} steps, more than 64-bit integers can hold"
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
