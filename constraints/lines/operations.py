"""What can be done with written values: arithmetic, comparisons, tables, by pairs of kinds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from constraints.language.evaluation import COMPARE
from constraints.language.expressions import ComparisonOperator, Stairs, Value
from constraints.lines.piecewise import Line, Pair
from constraints.lines.writer import (
    NOTHING,
    UNIT,
    Code,
    ConditionCode,
    Constant,
    FlagCode,
    LineCode,
    NumberCode,
    PairCode,
    QuotientCode,
    RangesCode,
    StillCode,
    UntranslatableError,
    Writer,
    moves,
)

if TYPE_CHECKING:
    from constraints.language.domains import Domain

_REMEMBERED_ROWS = 1 << 14
_MINUS = Constant(Fraction(-1))
_WHERE = {">=": "not_below", ">": "above", "<=": "not_above", "<": "below", "==": "equal"}


class Operations(Writer):
    """Writes operations on values, what is known at once and the rest as statements."""

    def plus(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The sum."""
        match left, right:
            case Constant(a), Constant(b):
                return Constant(Fraction(a + b))
            case (Constant(0), other) | (other, Constant(0)):
                return other
            # From here on the wider kind takes the other in: a quotient a line, a line a number.
            case (QuotientCode() as quotient, other) | (other, QuotientCode() as quotient):
                return self._plus_quotient(quotient, other)
            case (LineCode() as line, other) | (other, LineCode() as line):
                return self._plus_line(line, other)
            case _:
                return self._plus_pair(self.pair(left), self.pair(right))

    def _plus_pair(self, one: PairCode, other: PairCode) -> PairCode:
        # Fractions are not reduced: that takes longer than it saves, but for long ones.
        if one.under == other.under:
            return PairCode(self.let(f"{one.over} + {other.over}"), one.under)
        a, b = _product(one.over, other.under), _product(other.over, one.under)
        return self.new_pair(f"{a} + {b}", _product(one.under, other.under))

    def _plus_line(self, line: LineCode, other: StillCode | LineCode) -> LineCode:
        """Put off as long as it can be: a factor and a term of a line cost nothing to carry."""
        if not isinstance(other, LineCode):
            return LineCode(line.code, line.times, self._still_sum(line.plus, other))
        term = self._still_sum(line.plus, other.plus)
        if line.code == other.code:
            return LineCode(line.code, self._still_sum(line.times, other.times), term)
        a, b = self.pair(line.times), self.pair(other.times)
        one = f"{line.code}, {a.over}, {a.under}"
        return LineCode(self.let(f"combined({one}, {other.code}, {b.over}, {b.under})"), UNIT, term)

    def _plus_quotient(self, one: QuotientCode, other: NumberCode) -> QuotientCode:
        if not isinstance(other, QuotientCode):
            more = self.times(one.under, other)
            return QuotientCode(self.as_line(self.plus(one.over, more)), one.under)
        if one.under == other.under:
            return QuotientCode(self.as_line(self.plus(one.over, other.over)), one.under)
        crossed = self.times(one.over, other.under), self.times(other.over, one.under)
        under = self.times(one.under, other.under)
        return QuotientCode(self.as_line(self.plus(*crossed)), self.as_line(under))

    def minus(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The difference."""
        return self.plus(left, self.negative(right))

    def negative(self, code: NumberCode) -> NumberCode:
        """The number with its sign turned."""
        return self.times(_MINUS, code)

    def times(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The product."""
        match left, right:
            case Constant(a), Constant(b):
                return Constant(Fraction(a * b))
            case (Constant(1), other) | (other, Constant(1)):
                return other
            case (Constant(0), _) | (_, Constant(0)):
                return NOTHING
            case QuotientCode() as one, QuotientCode() as other:
                under = self.as_line(self.times(one.under, other.under))
                return QuotientCode(self.as_line(self.times(one.over, other.over)), under)
            case (QuotientCode() as one, other) | (other, QuotientCode() as one):
                return QuotientCode(self.as_line(self.times(one.over, other)), one.under)
            case LineCode() as one, LineCode() as other:
                return LineCode(self.let(f"times({self.straight(one)}, {self.straight(other)})"))
            case (LineCode() as line, factor) | (factor, LineCode() as line):
                times, term = self.times(line.times, factor), self.times(line.plus, factor)
                return LineCode(line.code, self.as_still(times), self.as_still(term))
            case _:
                return self._pair_times(self.pair(left), self.pair(right))

    def _pair_times(self, a: PairCode, b: PairCode) -> PairCode:
        # A sign that is turned costs less than a product.
        if a.over == "(-1)" or b.over == "(-1)":
            turned = b if a.over == "(-1)" else a
            return PairCode(self.let(f"-{turned.over}"), _product(a.under, b.under))
        return self.new_pair(_product(a.over, b.over), _product(a.under, b.under))

    def over(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The ratio; the function raises `ZeroDivisionError` where it has none."""
        match left, right:
            case _, Constant(value):
                if not value:
                    raise UntranslatableError
                return self.times(left, Constant(1 / Fraction(value)))
            case _, PairCode():
                return self.times(left, self._inverse(right))
            case QuotientCode(upper, lower), _:  # (x / y) / z is x / z / y
                ratio = self.as_quotient(self.over(upper, right))
                return QuotientCode(ratio.over, self.as_line(self.times(ratio.under, lower)))
            case _, QuotientCode(upper, lower):  # x / (y / z) is x * z / y
                return self.over(self.times(self.as_line(left), lower), upper)
            case _, LineCode():
                lines = f"{self.straight(self.as_line(left))}, {self.straight(right)}"
                over, under = self.let_both(f"quotient({lines})")
                return QuotientCode(LineCode(over), LineCode(under))
            case _:
                assert_never(right)

    def _inverse(self, pair: PairCode) -> PairCode:
        return PairCode(*self.let_both(f"inverse({pair.over}, {pair.under})"))

    def extremum(
        self, kind: Literal["min", "max"], left: NumberCode, right: NumberCode
    ) -> NumberCode:
        """The greater (`max`) or the less (`min`) of two numbers."""
        match left, right:
            case Constant(a), Constant(b):
                best = min if kind == "min" else max
                return Constant(best(Fraction(a), Fraction(b)))
            case LineCode() as one, LineCode() as other:
                function = "greater" if kind == "max" else "lesser"
                return LineCode(
                    self.let(f"{function}({self.straight(one)}, {self.straight(other)})")
                )
            case (LineCode() as line, (Constant() | PairCode()) as limit) | (
                (Constant() | PairCode()) as limit,
                LineCode() as line,
            ):
                function = "at_least" if kind == "max" else "at_most"
                by = self.pair(limit)
                bounded = f"{function}({self.straight(line)}, {by.over}, {by.under})"
                return LineCode(self.let(bounded))
            case _:
                symbol: ComparisonOperator = ">=" if kind == "max" else "<="
                return self.one_of(self.compared(symbol, left, right), left, right)

    def one_of(self, where: ConditionCode, inside: NumberCode, outside: NumberCode) -> NumberCode:
        """A number where a condition holds, another one elsewhere."""
        match where, inside, outside:
            case Constant(value), _, _:
                return inside if value else outside
            # Both lower lines are positive everywhere, so each mix of them is.
            case (_, QuotientCode(), _) | (_, _, QuotientCode()):
                one, other = self.as_quotient(inside), self.as_quotient(outside)
                return QuotientCode(
                    self.as_line(self.one_of(where, one.over, other.over)),
                    self.as_line(self.one_of(where, one.under, other.under)),
                )
            case FlagCode(flag), Constant() | PairCode(), Constant() | PairCode():
                return self._one_pair(flag, self.pair(inside), self.pair(outside))
            case _:
                a, b = self.line(inside), self.line(outside)
                return LineCode(self.let(f"chosen({self.as_ranges(where)}, {a}, {b})"))

    def _one_pair(self, flag: str, inside: PairCode, outside: PairCode) -> PairCode:
        over = self.let(f"{inside.over} if {flag} else {outside.over}")
        if inside.under == outside.under:
            return PairCode(over, inside.under)
        return PairCode(over, self.let(f"{inside.under} if {flag} else {outside.under}"))

    def looked_up(
        self, keys: Sequence[Code], rows: Mapping[tuple[Value, ...], Fraction]
    ) -> NumberCode:
        """The row of a table; at most one key may move."""
        moving = [place for place, key in enumerate(keys) if moves(key)]
        table = self.constant(_Rows(rows, moving[0] if moving else 0))
        # The moving key's place is held by `None`, and filled in by the row's function.
        held = "".join(f"{self._key(key)}, " for key in keys)
        if not moving:
            return PairCode(*self.let_both(f"{table}.at(({held}))"))
        line = keys[moving[0]]
        if len(moving) > 1 or not isinstance(line, LineCode):
            raise UntranslatableError
        return LineCode(self.let(f"looked_up({table}.row(({held})), {self.straight(line)})"))

    def steps(self, stairs: Stairs, domain: Domain, keys: Sequence[Code]) -> NumberCode:
        """A number that changes in steps along the open name; nothing else in it may move."""
        return LineCode(self.let(f"{self.constant(_Steps(stairs, domain))}({self._still(keys)})"))

    def step(self, stairs: Stairs, along: NumberCode, keys: Sequence[Code]) -> NumberCode:
        """Such a number where the name has a value."""
        at = self.constant(partial(_step, stairs))
        return PairCode(*self.let_both(f"{at}({self._still((along, *keys))})"))

    def _still(self, keys: Sequence[Code]) -> str:
        if any(map(moves, keys)):
            raise UntranslatableError
        return "".join(f"{self._key(key)}, " for key in keys)

    def _key(self, key: Code) -> str:
        match key:
            case Constant(value):
                return self.constant(value)
            case PairCode(over, under):
                return f"({over}, {under})"
            case FlagCode(code):
                return code
            case _:
                return "None"

    def compared(
        self, symbol: ComparisonOperator, left: NumberCode, right: NumberCode
    ) -> ConditionCode:
        """A comparison of two numbers."""
        match left, right:
            case Constant(a), Constant(b):
                return Constant(COMPARE[symbol](Fraction(a), Fraction(b)))
            case Constant() | PairCode(), Constant() | PairCode():
                one, other = self.pair(left), self.pair(right)
                # Both denominators are positive.
                first, second = _product(one.over, other.under), _product(other.over, one.under)
                return FlagCode(self.let(f"{first} {symbol} {second}"))
            case _:
                return self._where(symbol, self.minus(left, right))

    def _where(self, symbol: ComparisonOperator, difference: NumberCode) -> ConditionCode:
        """Where a number that moves compares so with zero."""
        if symbol == "!=":
            return self.opposite(self._where("==", difference))
        # The lower line of a quotient is positive everywhere, so the upper one has its sign.
        line = difference.over if isinstance(difference, QuotientCode) else self.as_line(difference)
        factor, limit = self.pair(line.times), self.pair(self.negative(line.plus))
        by = f"{factor.over}, {factor.under}, {limit.over}, {limit.under}"
        return RangesCode(self.let(f"{_WHERE[symbol]}({line.code}, {by})"))

    def opposite(self, code: ConditionCode) -> ConditionCode:
        """The condition that holds where this one does not."""
        match code:
            case Constant(value):
                return Constant(not value)
            case FlagCode(flag):
                return FlagCode(self.let(f"not {flag}"))
            case RangesCode(ranges):
                return RangesCode(self.let(f"others({ranges}, {self._last})"))
            case _:
                assert_never(code)

    def junction(
        self, kind: Literal["and", "or"], one: ConditionCode, other: ConditionCode
    ) -> ConditionCode:
        """Both conditions, or either of them."""
        for code, rest in ((one, other), (other, one)):
            if isinstance(code, Constant):
                return code if code.value is (kind == "or") else rest
        if isinstance(one, FlagCode) and isinstance(other, FlagCode):
            return FlagCode(self.let(f"{one.code} {kind} {other.code}"))
        function = "both" if kind == "and" else "either"
        ranges = f"{self.as_ranges(one)}, {self.as_ranges(other)}"
        return RangesCode(self.let(f"{function}({ranges})"))

    def _still_sum(self, left: StillCode, right: StillCode) -> StillCode:
        return self.as_still(self.plus(left, right))


def _product(one: str, other: str) -> str:
    if one == "1" or other == "1":
        return other if one == "1" else one
    if "0" in {one, other}:
        return "0"
    return f"{one} * {other}"


# A number stands in a key as its pair: fractions take long to hash.
_Key: TypeAlias = Pair | Fraction | bool


def _values(keys: Iterable[_Key]) -> tuple[Value, ...]:
    return tuple(Fraction(*key) if isinstance(key, tuple) else key for key in keys)


def _step(stairs: Stairs, along: _Key, *keys: _Key) -> Pair:
    """A stepped number where nothing is open."""
    where, *held = _values((along, *keys))
    number = stairs.at(Fraction(where), tuple(held))
    return number.numerator, number.denominator


class _Steps:
    """A stepped number as a line over the grid of the open name."""

    def __init__(self, stairs: Stairs, domain: Domain) -> None:
        self._stairs = stairs
        self._domain = domain

    def __call__(self, *keys: _Key) -> Line:
        """The line for some values of the keys."""
        steps = self._stairs.over(self._domain, _values(keys))
        divisor = math.lcm(*(number.denominator for _, number in steps))
        return divisor, tuple(
            (end, 0, number.numerator * (divisor // number.denominator)) for end, number in steps
        )


class _Rows:
    """A table of constants, looked up by whole keys, or along the one at a place."""

    def __init__(self, rows: Mapping[tuple[Value, ...], Fraction], place: int) -> None:
        self._rows = rows
        self._place = place
        self._pairs: dict[tuple[_Key, ...], Pair] = {}

    def at(self, keys: tuple[_Key, ...]) -> Pair:
        """The row of some keys."""
        pair = self._pairs.get(keys)
        if pair is None:
            # Requests repeat few keys, but nothing keeps a stranger's file from having many.
            if len(self._pairs) >= _REMEMBERED_ROWS:
                self._pairs.clear()
            value = self._rows[_values(keys)]
            pair = self._pairs[keys] = (value.numerator, value.denominator)
        return pair

    def row(self, keys: tuple[_Key, ...]) -> Callable[[int, int], Pair]:
        """The row by the key that moves, the others held."""
        before, after = keys[: self._place], keys[self._place + 1 :]
        return lambda over, under: self.at((*before, (over, under), *after))
