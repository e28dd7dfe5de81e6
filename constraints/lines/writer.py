"""Python code for exact arithmetic, a statement for each operation: what a translation writes.

A value is known while writing, or a pair of integers (numerator and positive denominator), or a
line over the grid of an open name (`constraints/lines/piecewise.py`), or a quotient of such lines.
A condition is known, a flag, or the ranges of indices at which it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, Literal, TypeAlias, TypeGuard, assert_never

from constraints.language.evaluation import COMPARE
from constraints.language.expressions import ComparisonOperator, Value
from constraints.lines import piecewise
from constraints.lines.piecewise import Pair

_REDUCED_FROM = 256  # bits of a denominator
_LITERAL_BITS = 4096  # of a number in the text; Python reads no more than some thousand digits
_REMEMBERED_ROWS = 1 << 14


class UntranslatableError(Exception):
    """An expression that has no code of this kind."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is known while writing."""

    value: Value


UNIT, NOTHING = Constant(Fraction(1)), Constant(Fraction(0))
_MINUS = Constant(Fraction(-1))


@dataclass(frozen=True, slots=True)
class PairCode:
    """Code for a numerator and a positive denominator."""

    over: str
    under: str


StillCode: TypeAlias = Constant | PairCode


@dataclass(frozen=True, slots=True)
class LineCode:
    """Code for a line, and by what it still has to be multiplied and raised."""

    code: str
    times: StillCode = UNIT
    plus: StillCode = NOTHING


@dataclass(frozen=True, slots=True)
class QuotientCode:
    """A line over a line that is positive everywhere."""

    over: LineCode
    under: LineCode


@dataclass(frozen=True, slots=True)
class FlagCode:
    """Code for true or false."""

    code: str


@dataclass(frozen=True, slots=True)
class RangesCode:
    """Code for the indices at which a condition holds."""

    code: str


NumberCode: TypeAlias = StillCode | LineCode | QuotientCode
ConditionCode: TypeAlias = Constant | FlagCode | RangesCode
Code: TypeAlias = NumberCode | ConditionCode


class Writer:
    """Writes the statements of one function; indices go from 0 to `last`."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._lines: list[str] = []
        self._globals: dict[str, Any] = {
            "gcd": gcd,
            **{name: getattr(piecewise, name) for name in _ALGEBRA},
        }
        self._straight: dict[LineCode, str] = {}
        self._constant_lines: dict[Fraction, LineCode] = {}

    def let(self, code: str) -> str:
        """A new name for what some code gives."""
        name = f"v{len(self._lines)}"
        self._lines.append(f"{name} = {code}")
        return name

    def constant(self, value: object) -> str:
        """A name for an object."""
        name = f"c{len(self._globals)}"
        self._globals[name] = value
        return name

    def stop_if(self, code: str) -> None:
        """Return nothing where some code is true."""
        self._lines.append(f"if {code}: return None")

    def function(self, arguments: str, result: str) -> Callable[..., Any]:
        """The function with all that has been written."""
        body = "\n ".join([*self._lines, f"return {result}"])
        # Nothing of a price book stands in the text: only operations, integers and numbered names.
        exec(f"def function({arguments}):\n {body}\n", self._globals)  # noqa: S102
        made: Callable[..., Any] = self._globals["function"]
        return made

    # --- numbers --------------------------------------------------------------------------------

    def plus(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The sum."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(Fraction(left.value + right.value))
        if NOTHING in (left, right):
            return right if left == NOTHING else left
        if isinstance(left, QuotientCode) or isinstance(right, QuotientCode):
            return self._plus_quotient(left, right)
        if isinstance(left, LineCode):
            return self._plus_line(left, right)
        if isinstance(right, LineCode):
            return self._plus_line(right, left)
        one, other = self.pair(left), self.pair(right)
        if one.under == other.under:
            return PairCode(self.let(f"{one.over} + {other.over}"), one.under)
        a, b = _product(one.over, other.under), _product(other.over, one.under)
        return self._new_pair(f"{a} + {b}", _product(one.under, other.under))

    def _plus_line(self, line: LineCode, other: StillCode | LineCode) -> LineCode:
        if not isinstance(other, LineCode):
            return LineCode(line.code, line.times, self._still_sum(line.plus, other))
        term = self._still_sum(line.plus, other.plus)
        if line.code == other.code:
            return LineCode(line.code, self._still_sum(line.times, other.times), term)
        a, b = self.pair(line.times), self.pair(other.times)
        one = f"{line.code}, {a.over}, {a.under}"
        return LineCode(self.let(f"combined({one}, {other.code}, {b.over}, {b.under})"), UNIT, term)

    def _plus_quotient(self, left: NumberCode, right: NumberCode) -> QuotientCode:
        one, other = (left, right) if isinstance(left, QuotientCode) else (right, left)
        if not isinstance(one, QuotientCode):
            raise UntranslatableError
        if isinstance(other, QuotientCode):
            if one.under == other.under:
                return QuotientCode(self._line(self.plus(one.over, other.over)), one.under)
            crossed = self.times(one.over, other.under), self.times(other.over, one.under)
            under = self.times(one.under, other.under)
            return QuotientCode(self._line(self.plus(*crossed)), self._line(under))
        more = self.times(one.under, other)
        return QuotientCode(self._line(self.plus(one.over, more)), one.under)

    def minus(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The difference."""
        return self.plus(left, self.times(_MINUS, right))

    def times(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The product."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(Fraction(left.value * right.value))
        for one, other in ((left, right), (right, left)):
            if one in (UNIT, NOTHING):
                return other if one == UNIT else NOTHING
        for one, other in ((left, right), (right, left)):
            if isinstance(one, QuotientCode):
                if isinstance(other, QuotientCode):
                    under = self._line(self.times(one.under, other.under))
                    return QuotientCode(self._line(self.times(one.over, other.over)), under)
                return QuotientCode(self._line(self.times(one.over, other)), one.under)
        if isinstance(left, LineCode) and isinstance(right, LineCode):
            return LineCode(self.let(f"times({self.straight(left)}, {self.straight(right)})"))
        if isinstance(left, LineCode):
            return self._scaled(left, right)
        if isinstance(right, LineCode):
            return self._scaled(right, left)
        a, b = self.pair(left), self.pair(right)
        if a.over == "(-1)" or b.over == "(-1)":
            turned = b if a.over == "(-1)" else a
            return PairCode(self.let(f"-{turned.over}"), _product(a.under, b.under))
        return self._new_pair(_product(a.over, b.over), _product(a.under, b.under))

    def _scaled(self, line: LineCode, factor: NumberCode) -> LineCode:
        if isinstance(factor, LineCode | QuotientCode):
            raise UntranslatableError
        times, term = self.times(line.times, factor), self.times(line.plus, factor)
        return LineCode(line.code, self._still(times), self._still(term))

    def over(self, left: NumberCode, right: NumberCode) -> NumberCode:
        """The ratio; the function raises `ZeroDivisionError` where it has none."""
        if isinstance(right, Constant):
            if not right.value:
                raise UntranslatableError
            return self.times(left, Constant(1 / Fraction(right.value)))
        if isinstance(right, PairCode):
            return self.times(left, self._inverse(right))
        upper = self._line(left) if not isinstance(left, QuotientCode) else left.over
        if isinstance(right, QuotientCode):  # x / (y / z) is x * z / y
            upper, right = self._line(self.times(upper, right.under)), right.over
        parts = self.let(f"quotient({self.straight(upper)}, {self.straight(right)})")
        found = QuotientCode(LineCode(self.let(f"{parts}[0]")), LineCode(self.let(f"{parts}[1]")))
        if not isinstance(left, QuotientCode):
            return found
        return QuotientCode(found.over, self._line(self.times(found.under, left.under)))

    def _inverse(self, pair: PairCode) -> PairCode:
        over, under = self.let(pair.under), self.let(pair.over)
        self._lines += [
            f"if not {under}: raise ZeroDivisionError",
            f"if {under} < 0: {over} = -{over}; {under} = -{under}",
        ]
        return PairCode(over, under)

    def extremum(
        self, kind: Literal["min", "max"], left: NumberCode, right: NumberCode
    ) -> NumberCode:
        """The greater (`max`) or the less (`min`) of two numbers."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            best = min if kind == "min" else max
            return Constant(best(Fraction(left.value), Fraction(right.value)))
        if isinstance(left, LineCode) and isinstance(right, LineCode):
            function = "greater" if kind == "max" else "lesser"
            lines = f"{self.straight(left)}, {self.straight(right)}"
            return LineCode(self.let(f"{function}({lines})"))
        for line, limit in ((left, right), (right, left)):
            if isinstance(line, LineCode) and not isinstance(limit, QuotientCode):
                function = "at_least" if kind == "max" else "at_most"
                by = self.pair(limit)
                found = f"{function}({self.straight(line)}, {by.over}, {by.under})"
                return LineCode(self.let(found))
        return self.one_of(self.compared(">=" if kind == "max" else "<=", left, right), left, right)

    def one_of(self, where: ConditionCode, inside: NumberCode, outside: NumberCode) -> NumberCode:
        """A number where a condition holds, another one elsewhere."""
        if isinstance(where, Constant):
            return inside if where.value else outside
        if isinstance(inside, QuotientCode) or isinstance(outside, QuotientCode):
            one, other = self._quotient(inside), self._quotient(outside)
            return QuotientCode(
                self._line(self.one_of(where, one.over, other.over)),
                self._line(self.one_of(where, one.under, other.under)),
            )
        if isinstance(where, RangesCode) or moves(inside) or moves(outside):
            lines = f"{self.straight(self._line(inside))}, {self.straight(self._line(outside))}"
            return LineCode(self.let(f"chosen({self._ranges(where)}, {lines})"))
        a, b = self.pair(inside), self.pair(outside)
        over = self.let(f"{a.over} if {where.code} else {b.over}")
        if a.under == b.under:
            return PairCode(over, a.under)
        return PairCode(over, self.let(f"{a.under} if {where.code} else {b.under}"))

    def looked_up(
        self, keys: Sequence[Code], rows: Mapping[tuple[Value, ...], Fraction]
    ) -> NumberCode:
        """The row of a table; at most one key may move."""
        moving = [place for place, key in enumerate(keys) if moves(key)]
        table = self.constant(_Rows(rows, moving[0] if moving else 0))
        held = "".join(f"{self._key(key)}, " for key in keys)
        if not moving:
            row = self.let(f"{table}.at(({held}))")
            return PairCode(self.let(f"{row}[0]"), self.let(f"{row}[1]"))
        line = keys[moving[0]]
        if len(moving) > 1 or not isinstance(line, LineCode):
            raise UntranslatableError
        return LineCode(self.let(f"looked_up({table}.row(({held})), {self.straight(line)})"))

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

    def reduced(self, code: Code) -> Code:
        """A number, its common factor out if it has grown long."""
        if not isinstance(code, PairCode) or code.under.isdigit():
            return code
        over, under = self.let(code.over), self.let(code.under)
        self._lines.append(
            f"if {under}.bit_length() > {_REDUCED_FROM}: common = gcd({over}, {under});"
            f" {over} //= common; {under} //= common"
        )
        return PairCode(over, under)

    # --- conditions -------------------------------------------------------------------------------

    def compared(
        self, symbol: ComparisonOperator, left: NumberCode, right: NumberCode
    ) -> ConditionCode:
        """A comparison of two numbers."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(COMPARE[symbol](Fraction(left.value), Fraction(right.value)))
        if not moves(left) and not moves(right):
            one, other = self.pair(left), self.pair(right)
            a, b = _product(one.over, other.under), _product(other.over, one.under)
            return FlagCode(self.let(f"{a} {symbol} {b}"))
        difference = self.minus(left, right)
        line = difference.over if isinstance(difference, QuotientCode) else self._line(difference)
        if symbol == "!=":
            return self.opposite(self._where("==", line))
        return self._where(symbol, line)

    def _where(self, symbol: str, line: LineCode) -> RangesCode:
        """Where a line compares so with zero."""
        factor = self.pair(line.times)
        limit = self.pair(self._still(self.times(_MINUS, line.plus)))
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
        ranges = f"{self._ranges(one)}, {self._ranges(other)}"
        return RangesCode(self.let(f"{function}({ranges})"))

    # --- one kind as another ----------------------------------------------------------------------

    def pair(self, code: NumberCode) -> PairCode:
        """A number that does not move, as a pair."""
        if isinstance(code, PairCode):
            return code
        if isinstance(code, Constant):
            number = Fraction(code.value)
            if max(abs(number.numerator), number.denominator).bit_length() > _LITERAL_BITS:
                raise UntranslatableError
            over = str(number.numerator) if number >= 0 else f"({number.numerator})"
            return PairCode(over, str(number.denominator))
        raise UntranslatableError

    def straight(self, line: LineCode) -> str:
        """Code for a line with nothing left to do."""
        if line.times == UNIT and line.plus == NOTHING:
            return line.code
        known = self._straight.get(line)
        if known is None:
            factor, term = self.pair(line.times), self.pair(line.plus)
            by = f"{factor.over}, {factor.under}, {term.over}, {term.under}"
            known = self._straight[line] = self.let(f"affine({line.code}, {by})")
        return known

    def line(self, code: NumberCode) -> str:
        """Code for a number as a line."""
        return self.straight(self._line(code))

    def _line(self, code: NumberCode) -> LineCode:
        match code:
            case LineCode():
                return code
            case Constant(value):
                number = Fraction(value)
                known = self._constant_lines.get(number)
                if known is None:
                    line = piecewise.constant(number.numerator, number.denominator, self._last)
                    known = self._constant_lines[number] = LineCode(self.constant(line))
                return known
            case PairCode(over, under):
                return LineCode(self.let(f"constant({over}, {under}, {self._last})"))
            case QuotientCode():
                raise UntranslatableError
            case _:
                assert_never(code)

    def _quotient(self, code: NumberCode) -> QuotientCode:
        if isinstance(code, QuotientCode):
            return code
        return QuotientCode(self._line(code), self._line(UNIT))

    def _still(self, code: NumberCode) -> StillCode:
        if isinstance(code, Constant | PairCode):
            return code
        raise UntranslatableError

    def _still_sum(self, left: StillCode, right: StillCode) -> StillCode:
        return self._still(self.plus(left, right))

    def _ranges(self, code: ConditionCode) -> str:
        match code:
            case RangesCode(ranges):
                return ranges
            case Constant(value):
                return self.constant(((0, self._last),) if value else ())
            case FlagCode(flag):
                return self.let(f"((0, {self._last}),) if {flag} else ()")
            case _:
                assert_never(code)

    def _new_pair(self, over: str, under: str) -> PairCode:
        return PairCode(self.let(over), under if under.isalnum() else self.let(under))


def moves(code: Code) -> bool:
    """Whether a value changes with the open name."""
    return isinstance(code, LineCode | QuotientCode | RangesCode)


def is_condition(code: Code) -> TypeGuard[ConditionCode]:
    """Whether code is of a condition."""
    return isinstance(code, FlagCode | RangesCode) or (
        isinstance(code, Constant) and isinstance(code.value, bool)
    )


def is_number(code: Code) -> TypeGuard[NumberCode]:
    """Whether code is of a number."""
    return not is_condition(code)


def _product(one: str, other: str) -> str:
    if one == "1" or other == "1":
        return other if one == "1" else one
    return f"{one} * {other}"


# A number stands in a key as its pair: fractions take long to hash.
_Key: TypeAlias = Pair | Fraction | bool


class _Rows:
    """A table of constants, looked up by whole keys, or along the one at a place."""

    def __init__(self, rows: Mapping[tuple[Value, ...], Fraction], place: int) -> None:
        self._rows = rows
        self._place = place
        self._found: dict[tuple[_Key, ...], Pair] = {}

    def at(self, keys: tuple[_Key, ...]) -> Pair:
        """The row of some keys."""
        found = self._found.get(keys)
        if found is None:
            if len(self._found) >= _REMEMBERED_ROWS:
                self._found.clear()
            value = self._rows[tuple(Fraction(*k) if isinstance(k, tuple) else k for k in keys)]
            found = self._found[keys] = (value.numerator, value.denominator)
        return found

    def row(self, keys: tuple[_Key, ...]) -> Callable[[int, int], Pair]:
        """The row by the key that moves, the others held."""
        before, after = keys[: self._place], keys[self._place + 1 :]
        return lambda over, under: self.at((*before, (over, under), *after))


_WHERE = {">=": "not_below", ">": "above", "<=": "not_above", "<": "below", "==": "equal"}
_ALGEBRA = (
    "above",
    "affine",
    "at_least",
    "at_most",
    "below",
    "both",
    "chosen",
    "combined",
    "constant",
    "either",
    "equal",
    "greater",
    "lesser",
    "looked_up",
    "not_above",
    "not_below",
    "others",
    "quotient",
    "times",
)
