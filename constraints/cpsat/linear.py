"""Exact rational linear forms, kept as whole numbers over one denominator for speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(slots=True)
class Linear:
    """`(sum(weights * variables) + offset) / denominator`, from `bottom` to `top` over the same.

    `denominator` is positive; the five are not always in lowest terms. None is ever changed, but
    it is not frozen: tens of thousands are made, and those take three times as long.
    """

    weights: Mapping[int, int]
    offset: int
    bottom: int
    top: int
    denominator: int = 1

    @staticmethod
    def of(constant: Fraction) -> Linear:
        """The form of a constant."""
        number = constant.numerator
        return Linear({}, number, number, number, constant.denominator)

    @staticmethod
    def variable(
        variable: int, low: int, high: int, step: Fraction | int = 1, base: Fraction | int = 0
    ) -> Linear:
        """`base + step * variable` for a variable from `low` to `high`."""
        form = Linear({variable: 1}, 0, low, high).scaled(Fraction(step))
        return form.shifted(Fraction(base))

    @property
    def is_constant(self) -> bool:
        """Whether no variable is in it."""
        return not self.weights

    @property
    def constant(self) -> Fraction:
        """The constant part."""
        return Fraction(self.offset, self.denominator)

    @property
    def low(self) -> Fraction:
        """A bound from below."""
        return Fraction(self.bottom, self.denominator)

    @property
    def high(self) -> Fraction:
        """A bound from above."""
        return Fraction(self.top, self.denominator)

    def __neg__(self) -> Linear:
        weights = {variable: -weight for variable, weight in self.weights.items()}
        return Linear(weights, -self.offset, -self.top, -self.bottom, self.denominator)

    def __add__(self, other: Linear) -> Linear:
        if self.denominator != other.denominator:
            common = math.lcm(self.denominator, other.denominator)
            return self._over(common) + other._over(common)
        offset = self.offset + other.offset
        if not self.weights or not other.weights:  # usual, and mappings are never changed
            weights = self.weights or other.weights
        else:
            weights = _added(self.weights, other.weights)
            if not weights:  # all variables cancel: the bounds are exact again
                return Linear({}, offset, offset, offset, self.denominator)
        bottom, top = self.bottom + other.bottom, self.top + other.top
        return Linear(weights, offset, bottom, top, self.denominator)

    def __sub__(self, other: Linear) -> Linear:
        return self + -other

    def shifted(self, constant: Fraction) -> Linear:
        """The form plus a constant."""
        return self + Linear.of(constant) if constant else self

    def scaled(self, factor: Fraction) -> Linear:
        """The form times a constant."""
        number, below = factor.numerator, factor.denominator
        if not number:
            return Linear({}, 0, 0, 0)
        # Denominators multiply from product to product, so what can be cancelled is, at once.
        shared = math.gcd(number, self.denominator)
        number //= shared
        weights = {variable: weight * number for variable, weight in self.weights.items()}
        ends = (self.bottom * number, self.top * number)
        # A negative factor turns the bounds round.
        bottom, top = ends if number > 0 else ends[::-1]
        denominator = self.denominator // shared * below
        return Linear(weights, self.offset * number, bottom, top, denominator)

    def whole(self, scale: Fraction) -> tuple[tuple[int, ...], int]:
        """Coefficients and constant times a scale that makes them whole."""
        over, below = scale.numerator, self.denominator * scale.denominator
        weights = tuple(weight * over // below for weight in self.weights.values())
        return weights, self.offset * over // below

    def value(self, solution: Sequence[int]) -> Fraction:
        """Its value in a solution."""
        total = sum((weight * solution[v] for v, weight in self.weights.items()), self.offset)
        return Fraction(total, self.denominator)

    def _over(self, denominator: int) -> Linear:
        factor = denominator // self.denominator
        if factor == 1:
            return self
        weights = {variable: weight * factor for variable, weight in self.weights.items()}
        return Linear(
            weights, self.offset * factor, self.bottom * factor, self.top * factor, denominator
        )


def whole_scale(*forms: Linear) -> Fraction:
    """The least positive factor that makes every coefficient and constant of some forms whole."""
    # Below one where they have a divisor in common: tokens are counted by the million. The bounds
    # need not become whole: no row has them in it.
    below = math.lcm(*(form.denominator for form in forms))
    shared = math.gcd(
        *(
            number * (below // form.denominator)
            for form in forms
            for number in (form.offset, *form.weights.values())
        )
    )
    return Fraction(below, shared or 1)


def _added(a: Mapping[int, int], b: Mapping[int, int]) -> dict[int, int]:
    sums = dict(a)
    for variable, weight in b.items():
        total = sums.get(variable, 0) + weight
        if total:
            sums[variable] = total
        else:
            del sums[variable]
    return sums
