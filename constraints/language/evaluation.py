"""Exact evaluation of an expression on an assignment: the language's specification.

A number is evaluated to a ratio: a numerator over denominators that are kept apart as long as
one of them is zero, because a comparison is decided after multiplying through by them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    ComparisonOperator,
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
    Stepped,
    Table,
    Text,
    Truth,
    Value,
    simple,
)

Environment: TypeAlias = Mapping[str, Expression | Fraction | bool]

COMPARE: Mapping[ComparisonOperator, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ONE = Fraction(1)
_NOTHING: Mapping[str, Value] = {}


class EvaluationError(Exception):
    """An expression that has no value in its environment: an unknown name or a wrong kind."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number with a zero denominator: `numerator` over factors, each to its power.

    The factors are named by the expressions they come from; a non-zero one is divided out unless
    another term may need it.
    """

    numerator: Fraction
    factors: Mapping[Expression, tuple[Fraction, int]]

    def over(self, factors: Mapping[Expression, tuple[Fraction, int]]) -> Fraction:
        """The numerator after multiplying through by `factors`, a superset of its own."""
        product = self.numerator
        for factor, (value, power) in factors.items():
            product *= value ** (power - self.factors.get(factor, (value, 0))[1])
        return product


_NumberValue: TypeAlias = Fraction | Ratio


class Evaluator:
    """Evaluates expressions in one environment, each named quantity once.

    `environment` gives every name a value, or an expression over other names; `known` are values of
    the latter that have been worked out otherwise.
    """

    def __init__(self, environment: Environment, known: Mapping[str, Value] = _NOTHING) -> None:
        self._environment = environment
        self._known: dict[str, Fraction | Ratio | bool] = {**known}

    def number(self, expression: Expression) -> Fraction | None:
        """The exact value of a number, or `None` where a denominator is zero."""
        value = self._number(expression)
        return value if isinstance(value, Fraction) else None

    def truth(self, expression: Expression) -> bool:
        """Whether a condition holds."""
        match expression:
            case Truth(value):
                return value
            case Name(name):
                return self._flag(name)
            case Comparison(symbol, left, right):
                return self._compare(symbol, left, right)
            case Not(operand):
                return not self.truth(operand)
            case Junction(kind, operands):
                found = (self.truth(operand) for operand in operands)
                return all(found) if kind == "and" else any(found)
            case Conditional(condition, consequence, alternative):
                return self.truth(consequence if self.truth(condition) else alternative)
            case Equivalence(left, right):
                # Not by what it is short for, which would read each side twice at every level.
                return self.truth(left) == self.truth(right)
            case Membership() | Between() | Implication():
                return self.truth(simple(expression))
            case (
                Number()
                | Arithmetic()
                | Negation()
                | Extremum()
                | Absolute()
                | Table()
                | Stepped()
                | Text()
            ):
                msg = "a condition is needed, and this is a number"
                raise EvaluationError(msg)
            case _:
                assert_never(expression)

    def value(self, expression: Expression) -> Value | None:
        """The value of a number or a condition, `None` where a denominator is zero."""
        if isinstance(expression, Name):
            found = self._named(expression.name)
            return None if isinstance(found, Ratio) else found
        if is_numeric(expression, self._environment):
            return self.number(expression)
        return self.truth(expression)

    def _named(self, name: str) -> Fraction | Ratio | bool:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._look_up(name)
        return known

    def _look_up(self, name: str) -> Fraction | Ratio | bool:
        found = self._environment.get(name)
        if found is None:
            msg = f"`{name}` has no value"
            raise EvaluationError(msg)
        if isinstance(found, bool | Fraction):
            return found
        if isinstance(found, Name):
            return self._named(found.name)
        return self._number(found) if is_numeric(found, self._environment) else self.truth(found)

    def _flag(self, name: str) -> bool:
        value = self._named(name)
        if not isinstance(value, bool):
            msg = f"`{name}` is a number, not a condition"
            raise EvaluationError(msg)
        return value

    def _compare(self, symbol: ComparisonOperator, left: Expression, right: Expression) -> bool:
        a, b = self._number(left), self._number(right)
        if isinstance(a, Ratio) or isinstance(b, Ratio):
            first, second = self._ratio(a, left), self._ratio(b, right)
            factors = _united(first, second)
            return COMPARE[symbol](first.over(factors), second.over(factors))
        return COMPARE[symbol](a, b)

    def _number(self, expression: Expression) -> _NumberValue:
        """The value as a plain fraction; as a ratio only where a denominator is zero."""
        try:
            return self._plain(expression)
        except ZeroDivisionError:
            # Nearly no denominator is zero, so keeping them apart is left for when one was.
            ratio = self._ratio_of(expression)
            zero = any(not value for value, _ in ratio.factors.values())
            return ratio if zero else ratio.over({}) / _product(ratio.factors)

    def _plain(self, expression: Expression) -> Fraction:
        # The three kinds that nearly all nodes are of come first: this is the hot path.
        if isinstance(expression, Name):
            return self._plain_name(expression.name)
        if isinstance(expression, Number):
            return expression.value
        if isinstance(expression, Arithmetic):
            left, right = self._plain(expression.left), self._plain(expression.right)
            return _ARITHMETIC[expression.operator](left, right)
        match expression:
            case Negation(operand):
                return -self._plain(operand)
            case Absolute(operand):
                return abs(self._plain(operand))
            case Extremum(kind, operands):
                values = [self._plain(operand) for operand in operands]
                return min(values) if kind == "min" else max(values)
            case Conditional(condition, consequence, alternative):
                return self._plain(consequence if self.truth(condition) else alternative)
            case Table(keys, rows):
                return rows[tuple(self._key(key) for key in keys)]
            case Stepped(along, keys, stairs):
                return stairs.at(self._plain(along), tuple(self._key(key) for key in keys))
            case _:
                msg = "a number is needed, and this is a condition"
                raise EvaluationError(msg)

    def _plain_name(self, name: str) -> Fraction:
        value = self._named(name)
        if isinstance(value, Ratio):
            raise ZeroDivisionError
        if isinstance(value, bool):
            msg = f"`{name}` is a condition, not a number"
            raise EvaluationError(msg)
        return value

    def _key(self, key: Expression) -> Value:
        value = self.value(key)
        if value is None:
            msg = "a table cannot be looked up by a ratio over zero"
            raise EvaluationError(msg)
        return value

    def _ratio(self, value: _NumberValue, expression: Expression) -> Ratio:
        return value if isinstance(value, Ratio) else self._ratio_of(expression)

    def _ratio_of(self, expression: Expression) -> Ratio:
        """The value with all its denominators kept apart, zero or not."""
        match expression:
            case Name(name):
                return self._ratio_of_name(name)
            case Arithmetic("/", left, right):
                return self._quotient(left, right)
            case Arithmetic("*", left, right):
                return _multiplied(self._ratio_of(left), self._ratio_of(right))
            case Arithmetic(symbol, left, right):
                a, b = self._ratio_of(left), self._ratio_of(right)
                factors = _united(a, b)
                return Ratio(_ARITHMETIC[symbol](a.over(factors), b.over(factors)), factors)
            case Negation(operand):
                ratio = self._ratio_of(operand)
                return Ratio(-ratio.numerator, ratio.factors)
            case Absolute(operand):
                ratio = self._ratio_of(operand)
                return Ratio(abs(ratio.numerator), ratio.factors)
            case Extremum(kind, operands):
                ratios = [self._ratio_of(operand) for operand in operands]
                factors = _united(*ratios)
                values = [ratio.over(factors) for ratio in ratios]
                return Ratio(min(values) if kind == "min" else max(values), factors)
            case Conditional(condition, consequence, alternative):
                return self._ratio_of(consequence if self.truth(condition) else alternative)
            case _:
                return Ratio(self._plain(expression), {})

    def _ratio_of_name(self, name: str) -> Ratio:
        found = self._environment.get(name)
        if found is None or isinstance(found, bool | Fraction):
            return Ratio(self._plain_name(name), {})
        return self._ratio_of(found)

    def _quotient(self, left: Expression, right: Expression) -> Ratio:
        """`left / right`, where `right` is split into its factors."""
        result = self._ratio_of(left)
        for factor, power in factors_of(right, self._environment).items():
            ratio = self._ratio_of(factor)
            for _ in range(-power):
                result = _multiplied(result, ratio)  # x / (y / z) is x * z / y
            if power > 0:
                result = _multiplied(result, _inverse(ratio, factor, power))
        return result


def factors_of(expression: Expression, environment: Environment) -> dict[Expression, int]:
    """The factors of a product with their powers, names replaced by what they stand for."""
    match expression:
        case Name(name):
            found = environment.get(name)
            if found is None or isinstance(found, bool | Fraction):
                return {expression: 1}
            return factors_of(found, environment)
        case Arithmetic("*" | "/", left, right):
            powers = factors_of(left, environment)
            sign = 1 if expression.operator == "*" else -1
            for factor, power in factors_of(right, environment).items():
                powers[factor] = powers.get(factor, 0) + sign * power
            return {factor: power for factor, power in powers.items() if power}
        case _:
            return {expression: 1}


def is_numeric(expression: Expression, environment: Environment) -> bool:
    """Whether an expression is a number rather than a condition."""
    match expression:
        case Name(name):
            found = environment.get(name)
            if found is None:
                msg = f"`{name}` has no value"
                raise EvaluationError(msg)
            if isinstance(found, bool | Fraction):
                return not isinstance(found, bool)
            return is_numeric(found, environment)
        case Conditional(_, consequence, _):
            return is_numeric(consequence, environment)
        case Number() | Arithmetic() | Negation() | Extremum() | Absolute() | Table() | Stepped():
            return True
        case _:
            return False


_ARITHMETIC: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _united(*ratios: Ratio) -> dict[Expression, tuple[Fraction, int]]:
    """All factors of the ratios, each to the highest power with which it stands in one."""
    united: dict[Expression, tuple[Fraction, int]] = {}
    for ratio in ratios:
        for factor, (value, power) in ratio.factors.items():
            united[factor] = (value, max(power, united.get(factor, (value, 0))[1]))
    return united


def _multiplied(a: Ratio, b: Ratio) -> Ratio:
    factors = dict(a.factors)
    for factor, (value, power) in b.factors.items():
        factors[factor] = (value, power + factors.get(factor, (value, 0))[1])
    return Ratio(a.numerator * b.numerator, factors)


def _inverse(ratio: Ratio, factor: Expression, power: int) -> Ratio:
    """One over a ratio to a power; what stands under the ratio goes on top."""
    return Ratio(_product(ratio.factors) ** power, {factor: (ratio.numerator, power)})


def _product(factors: Mapping[Expression, tuple[Fraction, int]]) -> Fraction:
    product = _ONE
    for value, power in factors.values():
        product *= value**power
    return product
