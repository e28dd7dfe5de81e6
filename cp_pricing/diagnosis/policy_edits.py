"""A policy limit as text: a rule's condition with its right side replaced."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.language.checking import check
from constraints.language.dimensions import CONDITION
from constraints.language.expressions import Comparison, Conditional, Expression, names
from constraints.language.syntax import ExpressionError, parse
from constraints.text.numerals import decimal_string
from cp_pricing.fields import LTV_RULE

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.pricing import Pricing

_HUNDRED = 100


def quantity(value: Fraction, unit: str) -> str:
    """A number as an author writes it: `12 month`, `0.000004 USD/token`, `35%`."""
    if not unit:
        return f"{decimal_string(value * _HUNDRED)}%"
    if unit.startswith("1/"):  # no unit that can be written, so that of its place
        return decimal_string(value)
    return f"{decimal_string(value)} {unit.replace(' * ', '*')}"


def edited(
    pricing: Pricing, rule: CheckedRule, limit: Fraction | None, room: Fraction
) -> tuple[str, str]:
    """A rule's text before and after its limit is moved by `room`, to `limit` if it is fixed."""
    unit = next(iter(rule.units.values()), "")
    if rule.id == LTV_RULE:
        amount = pricing.policy.min_improvement_amount
        return tuple_of("min_improvement_amount: ", amount, amount - room, unit)
    text = " ".join(rule.text.split())
    node = parse(text)
    if not isinstance(node, Comparison):
        return text, text
    # A strict inequality takes its new limit in, for that is the least that admits the request.
    operator = node.operator if node.operator.endswith("=") else f"{node.operator}="
    start, end = node.right.span.column - 1, node.right.span.end_column - 1
    before, right, after = text[:start], text[start:end], text[end:]
    left = node.left.span.end_column - 1
    head = before[:left] + before[left:].replace(node.operator, operator, 1)
    if limit is not None:
        # A bare number takes the unit of its place; between constants there is no other to be had.
        written = quantity(limit, unit) if names(node) else decimal_string(limit)
        return text, f"{head}{written}{after}"
    sign = "-" if operator == ">=" else "+"
    right = f"({right})" if isinstance(node.right, Conditional) else right
    return text, f"{head}{right} {sign} {quantity(room, unit)}{after}"


def condition_in(pricing: Pricing, text: str) -> Expression | None:
    """The condition that a text says, `None` where it says none."""
    try:
        node = parse(text)
    except ExpressionError:
        return None
    checked, issues = check(node, pricing.policy.vocabulary, CONDITION)
    return None if issues else checked.expression


def tuple_of(key: str, old: Fraction, new: Fraction, unit: str) -> tuple[str, str]:
    """A setting's line before and after."""
    return f"{key}{quantity(old, unit)}", f"{key}{quantity(new, unit)}"
