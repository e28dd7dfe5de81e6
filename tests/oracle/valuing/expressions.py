"""What an expression of the rule language is worth for one offer (section 3, decisions 7 to 11).

A comparison without a zero denominator is decided by plain division, which says the same as
multiplying through by positive denominators.  Where a denominator is zero, `clearing` takes over.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv

from tests.oracle.case import (
    COMPARISONS,
    FLAGS,
    PRICE,
    UNIT_COST,
    Expr,
    Policy,
    Profile,
    Told,
    Value,
)
from tests.oracle.valuing.clearing import cleared, quotient_of, worth
from tests.oracle.valuing.model import Offer

ARITHMETIC = {"+": add, "-": sub, "*": mul, "/": truediv}
RELATIONS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}
CONDITIONS = {*COMPARISONS, "bool", "and", "or", "not", "implies", "in", "not in", "between"}


@lru_cache(maxsize=4096)
def literal(expr: Expr) -> Fraction:
    """A literal in base units; `year` is 12 months (decision 10)."""
    if expr[0] == "neg":
        return -literal(expr[1])
    if expr[0] == "pct" or expr[2] is None:
        return Fraction(expr[1])
    first, *divisors = expr[2].split("/")
    value = Fraction(expr[1]) * (12 if first in ("year", "years") else 1)
    for divisor in divisors:
        value /= 12 if divisor in ("year", "years") else 1
    return value


class Scope:
    """The names that an expression can use, at one offer."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self.profile: Profile = offer.market.profile
        self.policy: Policy = offer.market.policy
        self.facts: dict[str, Told] = offer.market.facts
        self.known: dict[str, Value] = {}

    def meaning(self, name: str) -> Expr | None:
        """The expression that a parameter or definition stands for."""
        found = self.policy.parameters.get(name)
        return self.policy.define.get(name) if found is None else found

    def value(self, name: str) -> Value:
        """A name's value; ZeroDivisionError where a ratio has none."""
        if name not in self.known:
            self.known[name] = self._value(name)
        return self.known[name]

    def _value(self, name: str) -> Value:
        meaning = self.meaning(name)
        if meaning is not None:
            return self.truth(meaning) if self.is_condition(meaning) else self.number(meaning)
        fact = self.facts.get(name)
        if fact is not None:
            if isinstance(fact, str):
                raise TypeError(f"malformed case: {name} is a text")
            return fact
        owner, _, key = name.partition(".")
        if owner == "profile":
            return self._of_profile(key)
        if owner == "baseline":
            return self.offer.market.baseline.value(key)
        return self.offer.value(name)

    def _of_profile(self, key: str) -> Fraction:
        """The members, or a cost: of a meter where it has one."""
        name, _, meter = key.partition(".")
        if name == UNIT_COST:
            if not meter:  # of the only one
                (meter,) = self.offer.market.meters
            return self.profile.unit_cost(meter)
        return self.profile.members if key == "members_per_customer" else self.profile.costs[key]

    @property
    def is_card(self) -> bool:
        return self.offer.own.card is not None

    def only_meter(self, name: str) -> Expr | None:
        """The other name of what is named with the only meter, None where it has one name."""
        meters = self.offer.market.meters
        if len(meters) > 1 or not name.endswith(f".{meters[0]}"):
            return None
        key = name.removesuffix(f".{meters[0]}")
        if key == "rate":
            return None if self.is_card else ("name", PRICE)
        return ("name", key)

    def is_condition(self, expr: Expr) -> bool:
        """Whether an expression is a condition, not a number."""
        if expr[0] == "name":
            meaning = self.meaning(expr[1])
            flag = expr[1].removeprefix("baseline.") in FLAGS or isinstance(
                self.facts.get(expr[1]), bool
            )
            return flag if meaning is None else self.is_condition(meaning)
        return expr[0] in CONDITIONS or (expr[0] == "if" and self.is_condition(expr[2]))

    def number(self, expr: Expr) -> Fraction:
        """The value in base units; ZeroDivisionError where it has none."""
        kind = expr[0]
        if kind in ("num", "pct"):
            return literal(expr)
        if kind == "name":
            value = self.value(expr[1])
            return value if type(value) is Fraction else Fraction(value)
        if kind == "if":
            return self.number(expr[2] if self.truth(expr[1]) else expr[3])
        parts = [self.number(part) for part in expr[1:]]
        if kind == "neg":
            return -parts[0]
        if kind == "abs":
            return abs(parts[0])
        if kind in ("min", "max"):
            return min(parts) if kind == "min" else max(parts)
        found: Fraction = ARITHMETIC[kind](*parts)
        return found

    def truth(self, expr: Expr) -> bool:
        """Whether a condition holds."""
        kind, *parts = expr
        if kind == "bool":
            return bool(parts[0])
        if kind == "name":
            return bool(self.value(parts[0]))
        if kind == "if":
            return self.truth(parts[1] if self.truth(parts[0]) else parts[2])
        if kind == "not":
            return not self.truth(parts[0])
        if kind == "and":
            return self.truth(parts[0]) and self.truth(parts[1])
        if kind in ("or", "implies"):
            return (self.truth(parts[0]) == (kind == "or")) or self.truth(parts[1])
        if kind == "not in":
            return not self.truth(("in", *parts))
        if kind == "in":
            return any(self.compare("==", parts[0], choice) for choice in parts[1:])
        if kind == "between":
            x, low, high = parts
            return self.compare(">=", x, low) and self.compare("<=", x, high)
        return self.compare(kind, *parts)

    def compare(self, relation: str, left: Expr, right: Expr) -> bool:
        """A comparison of numbers (multiplied through), of conditions, or of a fact with a text."""
        if right[0] == "text":
            return bool(RELATIONS[relation](self.facts[left[1]], right[1]))
        if self.is_condition(left):
            return bool(RELATIONS[relation](self.truth(left), self.truth(right)))
        try:
            sides = self.number(left), self.number(right)
        except ZeroDivisionError:
            sides = cleared(left, right, self)
        return bool(RELATIONS[relation](*sides))

    def side(self, expr: Expr) -> Fraction | None:
        """The value of one side of a comparison as shown, None for `n/a`.

        Where a divisor has none, `x / (y / z)` is `x * z / y` (decision 7).
        """
        try:
            return self.number(expr)
        except ZeroDivisionError:
            quotient = quotient_of(expr, self)
            below = worth(quotient.bottom)
            return worth(quotient.top) / below if below else None
