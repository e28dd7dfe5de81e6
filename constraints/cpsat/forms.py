"""What is not linear in linear forms, as variables of the integer model, each made once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from constraints.cpsat.integer_model import (
    ROW_LIMIT,
    VARIABLE_LIMIT,
    Affine,
    IntegerModel,
    Largest,
    Literal,
    Product,
)
from constraints.cpsat.linear import Linear, whole_scale

# Products of forms with more pairs of terms than this are made of two variables instead.
_MANY_PAIRS = 4
# Presolve lists the values of variables that have at most so many, and of sums up to a few more.
_LISTED_VALUES, _LISTED_SUMS = 100, 500


class Forms:
    """Products, maxima and single values of linear forms, exact in 64-bit integers.

    Raises `NumericOverflow` where a product does not fit.
    """

    def __init__(self, model: IntegerModel) -> None:
        self.model = model
        self.pinned: dict[Literal, int] = {}
        # Each made once: what stands in many rules is then one quantity for propagation, too.
        self._equals: dict[tuple[int, int], Literal] = {}
        self._products: dict[tuple[int, int], int] = {}
        self._largest: dict[tuple[Affine, ...], int] = {}

    def equal(self, variable: int, value: int) -> Literal:
        """A literal that is true where a variable has a value; `pinned` has the variable."""
        literal = self._equals.get((variable, value))
        if literal is None:
            literal = self._equals[variable, value] = self.model.boolean()
            self.pinned[literal] = variable
            self.model.equal(variable, value, literal)
        return literal

    def between(self, low: Fraction, high: Fraction, scale: Fraction) -> Linear:
        """A new variable for a number from `low` to `high` that `scale` makes whole."""
        ends = _ends(low, high, scale)
        return Linear.variable(self.model.variable(*ends), *ends, 1 / scale)

    def times(self, a: Linear, b: Linear) -> Linear:
        """The product, with a variable for each pair of variables."""
        if a.is_constant:
            return b.scaled(a.constant)
        if b.is_constant:
            return a.scaled(b.constant)
        pairs = len(a.weights) * len(b.weights)
        # One product of two sums is weaker to propagate than its parts, but there are fewer.
        if pairs > _MANY_PAIRS and self._steps(a) * self._steps(b) < VARIABLE_LIMIT:
            a, b = self._single(a), self._single(b)
        product = b.scaled(a.constant) + a.shifted(-a.constant).scaled(b.constant)
        below = a.denominator * b.denominator
        for x, c in a.weights.items():
            for y, d in b.weights.items():
                product += self._product(x, y).scaled(Fraction(c * d, below))
        return product

    def _steps(self, form: Linear) -> Fraction:
        """How far a form reaches when scaled to whole numbers."""
        return self.model.reach(form) * whole_scale(form)

    def _single(self, form: Linear) -> Linear:
        """A form of at most one variable that is exactly equal to the given one."""
        if len(form.weights) <= 1:
            return form
        moving = _moving(form)
        single = self.between(moving.low, moving.high, whole_scale(moving))
        self.model.require_zero(moving - single)
        return single.shifted(form.constant)

    def _product(self, x: int, y: int) -> Linear:
        """The product of two integer variables."""
        # In one order, so that `x * y` and `y * x` are the same variable.
        pair = (min(x, y), max(x, y))
        a, b = self.model.bounds(x), self.model.bounds(y)
        corners = [i * j for i in a for j in b]
        low, high = min(corners), max(corners)
        if x == y and a[0] < 0 < a[1]:
            low = 0  # a square is not negative, whatever its corners say
        target = self._products.get(pair)
        if target is None:
            target = self._products[pair] = self.model.variable(low, high)
            self.model.constraints.append(Product(target, *pair))
        return Linear.variable(target, low, high)

    def extreme(self, x: Linear, y: Linear, *, least: bool) -> Linear | None:
        """A variable for the greater (or the lesser) of two forms; `None` where it does not fit.

        The lesser is the greater of both with their signs turned.
        """
        base = x.constant
        x, y = x.shifted(-base), y.shifted(-base)
        scale = whole_scale(x, y)
        if max(self.model.reach(x), self.model.reach(y)) * scale >= VARIABLE_LIMIT:
            return None
        sign = -scale if least else scale
        spans = [sorted((form.low * sign, form.high * sign)) for form in (x, y)]
        low, high = (int(max(ends)) for ends in zip(*spans, strict=True))
        sums = [_moving(form) for form in (x, y) if self._has_many_sums(form)]
        # Before any is made, since one without use takes room as well.
        made = (_ends(form.low, form.high, whole_scale(form)) for form in sums)
        if not self._has_room((low, high), *made):
            return None
        x, y = (self._single(form) if self._has_many_sums(form) else form for form in (x, y))
        parts = tuple(Affine(tuple(form.weights), *form.whole(sign)) for form in (x, y))
        target = self._largest.get(parts)
        if target is None:
            target = self._largest[parts] = self.model.variable(low, high)
            self.model.constraints.append(Largest(target, parts))
        return Linear.variable(target, low, high, 1 / sign, base)

    def _has_room(self, *ends: tuple[int, int]) -> bool:
        """Whether there is room for some more variables; small ones always fit."""
        large = any(max(high, -low) > ROW_LIMIT for low, high in ends)
        return not large or self.model.has_room(*ends)

    def _has_many_sums(self, form: Linear) -> bool:
        """Whether CP-SAT's presolve would list very many values of a form in a maximum.

        It multiplies out all variables of at most 100 values, which may take it minutes, and all
        memory: an equal variable of its own has a range instead (tests/cpsat/test_solving.py has
        such a model). Variables of more values count as 100: it may find that few are left.
        """
        ends: Sequence[tuple[int, int]] = [self.model.bounds(v) for v in form.weights]
        return math.prod(min(b - a + 1, _LISTED_VALUES) for a, b in ends) > _LISTED_SUMS


def _moving(form: Linear) -> Linear:
    """A form without its constant, which may be on a finer grid than all that moves."""
    return form.shifted(-form.constant)


def _ends(low: Fraction, high: Fraction, scale: Fraction) -> tuple[int, int]:
    """The ends of a variable for such numbers: outward, if they are no multiples of the step."""
    return math.floor(low * scale), math.ceil(high * scale)
