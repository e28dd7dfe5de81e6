"""Numbers without a unit where one would say what they are, and percentages without their sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from constraints.language.checking import check
from constraints.language.dimensions import BARE, PURE, Dimension, Vocabulary, put_together
from constraints.language.expressions import (
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Expression,
    Extremum,
    Membership,
    Name,
    Negation,
    Number,
    walk,
)
from constraints.text.numerals import decimal_string
from constraints.text.source import Issue

if TYPE_CHECKING:
    from cp_pricing.book.policy import Policy

# From here on a share in plain numbers is more likely a percentage whose sign is missing.
_LEAST_PERCENT = 2
_UNIT = re.compile(r"[A-Za-z]\w*(/[A-Za-z]\w*)*")


class BareNumbers:
    """Looks through a policy's expressions, with the kinds of what stands beside a number."""

    def __init__(self, policy: Policy, vocabulary: Vocabulary) -> None:
        self.policy = policy
        self.vocabulary = vocabulary

    def issues(self) -> Iterator[tuple[str, Issue]]:
        """Warnings, each with its code, about definitions and rules."""
        for definition in self.policy.define.values():
            yield from self._within(definition.expression)
        for rule in self.policy.rules:
            for condition in (rule.when, rule.require):
                if condition is not None:
                    yield from self._within(condition)

    def _within(self, expression: Expression) -> Iterator[tuple[str, Issue]]:
        for node in walk(expression):
            parts = _side_by_side(node)
            kinds = [check(part, self.vocabulary)[0].kind for part in parts]
            common = put_together(kind for kind in kinds if kind is not None)
            if not isinstance(common, Dimension):
                continue
            for part, kind in zip(parts, kinds, strict=True):
                if kind == BARE:
                    yield from self._bare(part, common)

    def _bare(self, part: Expression, firm: Dimension) -> Iterator[tuple[str, Issue]]:
        number = self._number(part)
        if number is None or number.value == 0:
            return
        text = decimal_string(number.value)
        given = isinstance(part, Name) and f"the parameter `{part.name}`"
        if firm == PURE:
            if number.value >= _LEAST_PERCENT and firm.is_share:
                message = f"{given or f'`{text}`'} stands for {decimal_string(number.value * 100)}%"
                hint = f"write `{text}%`" + (" where it is given" if given else "")
                yield "percent-sign", Issue(part.span, f"{message} here", hint, "warning")
            return
        unit = firm.unit if number.value == 1 else str(firm)
        hint = f"write `{text} {unit}`" if _UNIT.fullmatch(unit) else ""
        if given and hint:
            hint += " where it is given"
        message = f"{given or f'`{text}`'} has no unit, and is taken for {firm}"
        yield "bare-number", Issue(part.span, message, hint, "warning")

    def _number(self, part: Expression) -> Number | None:
        """The plain number that a part is, perhaps through a parameter or with a sign."""
        match part:
            case Number():
                return part
            case Negation(operand):
                inner = self._number(operand)
                return None if inner is None else Number(-inner.value)
            case Name(name) if name in self.policy.parameters:
                return self._number(self.policy.parameters[name].expression)
            case _:
                return None


def _side_by_side(node: Expression) -> tuple[Expression, ...]:
    """The parts of an expression that must be of one dimension."""
    match node:
        case Comparison(_, left, right) | Arithmetic("+" | "-", left, right):
            return (left, right)
        case Membership(operand, options):
            return (operand, *options)
        case Between(operand, low, high):
            return (operand, low, high)
        case Extremum(_, operands):
            return operands
        case Conditional(_, consequence, alternative):
            return (consequence, alternative)
        case _:
            return ()
