"""Expressions and numbers as text, in the many ways that mean the same (decisions 10 and 11)."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from tests.oracle.case import COMPARISONS, Expr
from tests.oracle.chance.books import often

# How tightly a kind binds; what is not listed is an atom.
BINDING = {
    "if": 0,
    "implies": 1,
    "or": 2,
    "and": 3,
    "not": 4,
    **dict.fromkeys((*COMPARISONS, "between", "in", "not in"), 5),
    **dict.fromkeys("+-", 6),
    **dict.fromkeys("*/", 7),
    "neg": 8,
}
ATOM = 9
COMPARISON, SUM, PRODUCT = 5, 6, 7


def decimal(number: Fraction) -> str:
    """The exact plain decimal form; ValueError where there is none."""
    places = 0
    while number.denominator != 1 and (number * 10**places).denominator != 1:
        places += 1
        if places > 60:
            raise ValueError(f"malformed case: {number} has no decimal form")
    digits = str(abs(number.numerator) * 10**places // number.denominator).zfill(places + 1)
    sign = "-" if number < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def grouped(text: str) -> str:
    """A decimal with `_` between its thousands."""
    whole, point, rest = text.partition(".")
    return f"{int(whole):_}{point}{rest}"


class Wording:
    """Writes expressions, choosing at random among equivalent forms."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def number(self, number: Fraction) -> str:
        """A decimal, with `_` separators or trailing zeros at times."""
        text = decimal(number)
        if abs(number) >= 1000 and often(self.rng, 0.5):
            return grouped(text)
        if often(self.rng, 0.04):
            return text + ("0" if "." in text else ".0")
        return text

    def expression(self, expr: Expr, least: int = 0) -> str:
        """An expression, in parentheses where it binds less tightly than `least`."""
        text = self._bare(expr)
        binding = BINDING.get(expr[0], ATOM)
        plain = expr[0] == "text" or not often(self.rng, 0.03)
        return text if plain and binding >= least else f"({text})"

    def _bare(self, expr: Expr) -> str:
        kind = expr[0]
        if kind == "num":
            return self.number(expr[1]) + (f" {expr[2]}" if expr[2] else "")
        if kind == "pct":
            return self.number(expr[1] * 100) + "%"
        if kind == "bool":
            return "true" if expr[1] else "false"
        if kind == "name":
            return str(expr[1])
        if kind == "text":
            return f'"{expr[1]}"'
        if kind in "+-*/":
            return self._arithmetic(kind, expr[1], expr[2])
        if kind in ("min", "max", "abs"):
            return f"{kind}({', '.join(self.expression(part) for part in expr[1:])})"
        return self._condition(expr)

    def _arithmetic(self, kind: str, left: Expr, right: Expr) -> str:
        binding = BINDING[kind]
        # A sign stands first or in parentheses; equals on the right keep theirs.
        above = self.expression(left, binding)
        below = self.expression(right, ATOM if right[0] == "neg" else binding + 1)
        after_unit = not above.endswith(")") and left[0] != "name"
        tight = often(self.rng, 0.15) and not (kind == "/" and after_unit)
        return f"{above}{kind}{below}" if tight else f"{above} {kind} {below}"

    def _condition(self, expr: Expr) -> str:
        kind, *parts = expr
        if kind == "neg":
            return "-" + self.expression(parts[0], ATOM)
        if kind == "if":
            return self._conditional(*parts)
        if kind == "not":
            bare = parts[0][0] in BINDING and not self._of_numbers(parts[0])
            return "not " + self.expression(parts[0], ATOM if bare else COMPARISON)
        if kind in ("and", "or", "implies"):
            binding = BINDING[kind]
            left = self.expression(parts[0], binding + (kind == "implies"))
            return f"{left} {kind} {self.expression(parts[1], binding + 1)}"
        x = self.expression(parts[0], SUM)
        others = [self.expression(part, SUM) for part in parts[1:]]
        if kind == "between":
            return f"{x} between {others[0]} and {others[1]}"
        if kind in ("in", "not in"):
            return f"{x} {kind} [{', '.join(others)}]"
        return f"{x} {kind} {others[0]}"

    def _conditional(self, condition: Expr, then: Expr, otherwise: Expr) -> str:
        last = 0 if otherwise[0] == "if" else COMPARISON
        return (
            f"if {self.expression(condition, 1)} then {self.expression(then, 1)} "
            f"else {self.expression(otherwise, last)}"
        )

    @staticmethod
    def _of_numbers(expr: Expr) -> bool:
        """Whether this is a comparison whose sides cannot be taken for conditions."""
        return expr[0] in ("between", "in", "not in", "<", "<=", ">", ">=")
