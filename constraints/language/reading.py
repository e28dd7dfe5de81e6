"""Reading a condition back at an assignment: both sides and the slack of what decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from operator import eq, ge, gt, ne
from typing import NamedTuple

from constraints.language.evaluation import Environment, Evaluator
from constraints.language.expressions import (
    OPPOSITES,
    Comparison,
    ComparisonOperator,
    Conditional,
    Expression,
    Implication,
    Junction,
    Name,
    Not,
    simple,
)

# How the slack compares with zero where a comparison holds.
_OF_SLACK: Mapping[ComparisonOperator, Callable[[int, int], bool]] = {
    ">=": ge,
    "<=": ge,
    ">": gt,
    "<": gt,
    "==": eq,
    "!=": ne,
}


class Reading(NamedTuple):
    """A condition at an assignment.

    `comparison` decides it (with `operator` as it counts here, a `not` taken in); its sides and
    slack are `None` where a denominator is zero, and all is `None` where no numbers are compared.
    """

    holds: bool
    comparison: Comparison | None = None
    operator: str | None = None
    left: Fraction | None = None
    right: Fraction | None = None
    slack: Fraction | None = None


def read(condition: Expression, evaluator: Evaluator, environment: Environment) -> Reading:
    """The reading of a condition in an evaluator's environment."""
    reader = _Reader(evaluator, environment)
    # Nearly all conditions are one comparison, of which no part need be remembered.
    if isinstance(condition, Comparison):
        return reader.comparison(condition, wanted=True)
    return reader.read(condition, wanted=True)


def failing(
    condition: Expression, evaluator: Evaluator, environment: Environment
) -> tuple[Reading, ...]:
    """Every comparison that a condition which fails rests on; it fails as long as they do.

    What compares no numbers is a reading without a comparison. Nothing, where the condition holds.
    """
    return tuple(_Reader(evaluator, environment).failing(condition, wanted=True))


class _Reader:
    def __init__(self, evaluator: Evaluator, environment: Environment) -> None:
        self._evaluator = evaluator
        self._environment = environment
        # By identity, and kept alive: what is short for another condition has its parts twice.
        self._known: dict[tuple[int, bool], tuple[Expression, Reading]] = {}

    def read(self, condition: Expression, *, wanted: bool) -> Reading:
        """The reading of a condition that should hold, or that should fail."""
        key = (id(condition), wanted)
        if key not in self._known:
            self._known[key] = (condition, self._read(condition, wanted=wanted))
        return self._known[key][1]

    def _read(self, condition: Expression, *, wanted: bool) -> Reading:
        # As an `or` it would show the premise, of which nobody asks where it holds.
        if wanted and isinstance(condition, Implication):
            return self._implication(condition)
        plain = simple(condition)
        match plain:
            case Comparison():
                return self.comparison(plain, wanted=wanted)
            case Not(operand):
                return self.read(operand, wanted=not wanted)
            case Junction(kind, operands):
                parts = [self.read(operand, wanted=wanted) for operand in operands]
                return _decisive(parts, every=(kind == "and") == wanted)
            case Conditional(test, consequence, alternative):
                taken = consequence if self._evaluator.truth(test) else alternative
                return self.read(taken, wanted=wanted)
            case Name(name) if isinstance(named := self._environment.get(name), Expression):
                return self.read(named, wanted=wanted)
            case _:
                return Reading(self._evaluator.truth(plain) == wanted)

    def failing(self, condition: Expression, *, wanted: bool) -> Iterator[Reading]:
        """The comparisons behind a condition that should hold, or that should fail."""
        if self._evaluator.truth(condition) == wanted:
            return
        plain = simple(condition)
        match plain:
            case Comparison():
                yield self.comparison(plain, wanted=wanted)
            case Not(operand):
                yield from self.failing(operand, wanted=not wanted)
            case Junction(operands=operands):
                # Of an `or` that fails all parts do, of an `and` those that do.
                for operand in operands:
                    yield from self.failing(operand, wanted=wanted)
            case Conditional(test, consequence, alternative):
                taken = consequence if self._evaluator.truth(test) else alternative
                yield from self.failing(taken, wanted=wanted)
            case Name(name) if isinstance(named := self._environment.get(name), Expression):
                yield from self.failing(named, wanted=wanted)
            case _:
                yield Reading(holds=False)

    def _implication(self, node: Implication) -> Reading:
        """Where the premise holds it is the conclusion that decides."""
        if self._evaluator.truth(node.premise):
            return self.read(node.conclusion, wanted=True)
        return self.read(node.premise, wanted=False)

    def comparison(self, node: Comparison, *, wanted: bool) -> Reading:
        """The reading of a comparison that should hold, or that should fail."""
        operator = node.operator if wanted else OPPOSITES[node.operator]
        left, right = self._evaluator.number(node.left), self._evaluator.number(node.right)
        if left is None or right is None:
            return Reading(self._evaluator.truth(node) == wanted, node, operator, left, right)
        slack = slack_of(operator, left, right)
        holds = _OF_SLACK[operator](slack.numerator, 0)
        return Reading(holds, node, operator, left, right, slack)


def slack_of(operator: str, left: Fraction, right: Fraction) -> Fraction:
    """How much room there is: negative where the comparison fails by so much."""
    match operator:
        case ">=" | ">":
            return left - right
        case "<=" | "<":
            return right - left
        case "==":
            return -abs(left - right)
        case _:
            return abs(left - right)


def _decisive(parts: list[Reading], *, every: bool) -> Reading:
    """The part that decides: of an `and` the worst, of an `or` the best."""
    holds = all(part.holds for part in parts) if every else any(part.holds for part in parts)
    telling = [part for part in parts if part.holds == holds]
    numeric = [part for part in telling if part.slack is not None] or telling
    if len({_side(part) for part in numeric}) == 1 and numeric[0].slack is not None:
        slacks = sorted(numeric, key=lambda part: part.slack or Fraction(0))
        chosen = slacks[0] if every else slacks[-1]
    else:
        chosen = numeric[0]
    return Reading(
        holds, chosen.comparison, chosen.operator, chosen.left, chosen.right, chosen.slack
    )


def _side(part: Reading) -> Expression | None:
    # Slacks can be ranked only where they are of one quantity.
    return part.comparison.left if part.comparison else None
