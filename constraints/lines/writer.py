"""Python code for exact arithmetic, a statement for each operation: what a translation writes.

A value is known while writing, or a pair of integers (numerator and positive denominator), or a
line over the grid of an open name (`constraints/lines/piecewise.py`), or a quotient of such lines.
A condition is known, a flag, or the ranges of indices at which it holds.

Of `bill >= 50 / 3` and `bill`, which stands for `max(price * seats - 100, 0)`, with the seats given
and the price open it makes this (`c0` is the line of the price, `c1` the class of the result):

    def function(values, enough):
     if enough((None, )): return None
     key, part = (values[0], ), kept[0]
     if part[0] == key: _, v3, v4, = part
     else:
      v0, v1 = values[0].as_integer_ratio()
      v2 = affine(c0, v0, v1, (-100), 1)
      v3 = at_least(v2, 0, 1)
      v4 = not_below(v3, 1, 1, 50, 3)
      kept[0] = key, v3, v4,
     return c1((v4, ), v3)
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias, TypeGuard, assert_never

from constraints.language.expressions import Value
from constraints.lines import pairs, piecewise
from constraints.lines.statements import Statements

_LITERAL_BITS = 4096  # of a number in the text; Python reads no more than some thousand digits


class UntranslatableError(Exception):
    """An expression that has no code of this kind."""


class Constant(NamedTuple):
    """A value that is known while writing."""

    value: Value


UNIT, NOTHING = Constant(Fraction(1)), Constant(Fraction(0))


class PairCode(NamedTuple):
    """Code for a numerator and a positive denominator."""

    over: str
    under: str


StillCode: TypeAlias = Constant | PairCode


class LineCode(NamedTuple):
    """Code for a line, and by what it still has to be multiplied and raised."""

    code: str
    times: StillCode = UNIT
    plus: StillCode = NOTHING


class QuotientCode(NamedTuple):
    """A line over a line that is positive everywhere."""

    over: LineCode
    under: LineCode


class FlagCode(NamedTuple):
    """Code for true or false."""

    code: str


class RangesCode(NamedTuple):
    """Code for the indices at which a condition holds."""

    code: str


NumberCode: TypeAlias = StillCode | LineCode | QuotientCode
ConditionCode: TypeAlias = Constant | FlagCode | RangesCode
Code: TypeAlias = NumberCode | ConditionCode


class Writer(Statements):
    """Writes the statements of one function; indices go from 0 to `last`."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last
        self._constants: dict[str, object] = {}
        self._straight: dict[LineCode, str] = {}
        self._constant_lines: dict[Fraction, LineCode] = {}

    def constant(self, value: object) -> str:
        """A name for an object."""
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def text(self, arguments: str, result: str) -> str:
        """The text of a function with all that has been written."""
        body = "\n ".join(self.body(result))
        return f"def function({arguments}):\n {body}\n"

    def function(self, arguments: str, result: str) -> Callable[..., Any]:
        """The function with all that has been written."""
        # Nothing of a price book stands in the text: only operations, integers and numbered names.
        environment: dict[str, Any] = {
            "Fraction": Fraction,
            **vars(pairs),
            **vars(piecewise),
            **self._constants,
            "kept": [(None,)] * len(self.kept),
        }
        exec(self.text(arguments, result), environment)  # noqa: S102
        made: Callable[..., Any] = environment["function"]
        return made

    def reduced(self, code: Code) -> Code:
        """A number, its common factor out if it has grown long."""
        if not isinstance(code, PairCode) or code.under.isdigit():
            return code
        return PairCode(*self.let_both(f"shortened({code.over}, {code.under})"))

    def pair(self, code: NumberCode) -> PairCode:
        """A number that does not move, as a pair."""
        if isinstance(code, PairCode):
            return code
        if isinstance(code, Constant):
            number = code.value if isinstance(code.value, Fraction) else Fraction(code.value)
            if max(abs(number.numerator), number.denominator).bit_length() > _LITERAL_BITS:
                raise UntranslatableError
            over = str(number.numerator) if number >= 0 else f"({number.numerator})"
            return PairCode(over, str(number.denominator))
        raise UntranslatableError

    def straight(self, line: LineCode) -> str:
        """Code for a line with nothing left to do."""
        if line.times == UNIT and line.plus == NOTHING:
            return line.code
        code = self._straight.get(line)
        if code is None:
            factor, term = self.pair(line.times), self.pair(line.plus)
            by = f"{factor.over}, {factor.under}, {term.over}, {term.under}"
            code = self._straight[line] = self.let(f"affine({line.code}, {by})")
        return code

    def line(self, code: NumberCode) -> str:
        """Code for a number as a line."""
        return self.straight(self.as_line(code))

    def as_line(self, code: NumberCode) -> LineCode:
        """A number as a line; raises `UntranslatableError` for a quotient."""
        match code:
            case LineCode():
                return code
            case Constant(value):
                number = Fraction(value)
                constant = self._constant_lines.get(number)
                if constant is None:
                    line = piecewise.constant(number.numerator, number.denominator, self._last)
                    constant = self._constant_lines[number] = LineCode(self.constant(line))
                return constant
            case PairCode(over, under):
                return LineCode(self.let(f"constant({over}, {under}, {self._last})"))
            case QuotientCode():
                raise UntranslatableError
            case _:
                assert_never(code)

    def as_quotient(self, code: NumberCode) -> QuotientCode:
        """A number as a quotient, over one if need be."""
        if isinstance(code, QuotientCode):
            return code
        return QuotientCode(self.as_line(code), self.as_line(UNIT))

    def as_still(self, code: NumberCode) -> StillCode:
        """A number that has to stand still."""
        if isinstance(code, Constant | PairCode):
            return code
        raise UntranslatableError

    def as_ranges(self, code: ConditionCode) -> str:
        """Code for a condition as ranges."""
        match code:
            case RangesCode(ranges):
                return ranges
            case Constant(value):
                return self.constant(((0, self._last),) if value else ())
            case FlagCode(flag):
                return self.let(f"((0, {self._last}),) if {flag} else ()")
            case _:
                assert_never(code)

    def value(self, code: Code) -> str:
        """Code for the value of what does not move."""
        if isinstance(code, PairCode):
            return f"Fraction({code.over}, {code.under})"
        if isinstance(code, FlagCode):
            return code.code
        if isinstance(code, Constant):
            return self.constant(code.value)
        raise UntranslatableError

    def new_pair(self, over: str, under: str) -> PairCode:
        """A pair of what two pieces of code give; a name or a number needs no new name."""
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
