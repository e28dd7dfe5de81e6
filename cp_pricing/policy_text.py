"""A policy limit as text: a rule's condition with its right side replaced."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.numerals import decimal_string
from cp_pricing.fields import LTV_RULE

if TYPE_CHECKING:
    from cp_pricing.pricing import Pricing
    from cp_pricing.vocabulary import CheckedRule

_HUNDRED = 100
_SIDES = re.compile(r"^(?P<left>.*?)(?P<operator><=|>=|<|>)(?P<right>.*)$", re.DOTALL)


def quantity(value: Fraction, unit: str) -> str:
    """A number as an author writes it: `12 month`, `0.000004 USD/token`, `35%`."""
    if not unit:
        return f"{decimal_string(value * _HUNDRED)}%"
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
    sides = _SIDES.match(text)
    if sides is None:
        return text, text
    left, operator, right = sides["left"], sides["operator"], sides["right"].strip()
    if limit is not None:
        return text, f"{left}{operator} {quantity(limit, unit)}"
    sign = "-" if operator.startswith(">") else "+"
    return text, f"{left}{operator} {right} {sign} {quantity(room, unit)}"


def tuple_of(key: str, old: Fraction, new: Fraction, unit: str) -> tuple[str, str]:
    """A setting's line before and after."""
    return f"{key}{quantity(old, unit)}", f"{key}{quantity(new, unit)}"
