"""Comparisons multiplied through by their denominators, for points where one is zero (decision 7).

An expression becomes a quotient of two products of *factors*.  A factor is known by its structure,
every name standing for what it is defined as, so that two names of one quantity are one factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Protocol, TypeAlias

from tests.oracle.case import DISCOUNT, PRICE, Expr, Value


class Names(Protocol):
    """What clearing asks of the scope it works in."""

    def meaning(self, name: str) -> Expr | None: ...
    def value(self, name: str) -> Value: ...
    def truth(self, expr: Expr) -> bool: ...
    def number(self, expr: Expr) -> Fraction: ...
    def only_meter(self, name: str) -> Expr | None: ...
    @property
    def is_card(self) -> bool: ...


@dataclass(frozen=True)
class Factor:
    """Something that is not a product: told apart by `key` alone."""

    key: Hashable
    value: Fraction

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Factor) and self.key == other.key


Product: TypeAlias = "Counter[Factor]"


@dataclass(frozen=True)
class Quotient:
    """The product of `top` over the product of `bottom`; nothing is ever cancelled."""

    top: Product
    bottom: Product

    def key(self) -> Hashable:
        return frozenset(self.top.items()), frozenset(self.bottom.items())


def _name(name: str) -> Expr:
    return ("name", name)


_ONE: Expr = ("num", Fraction(1), None)
_FEES: Expr = (
    "+",
    _name("platform_fee"),
    ("*", _name("seat_fee"), _name("profile.members_per_customer")),
)
# The derived names that are quotients or products, as section 3 defines them.
STRUCTURE: dict[str, Expr] = {
    "gross_margin": ("/", _name("expected_monthly_margin"), _name("expected_monthly_bill")),
    "effective_unit_price": ("/", _name("expected_monthly_bill"), _name("expected_monthly_units")),
    "bill_discount": (
        "-",
        _ONE,
        ("/", _name("expected_monthly_bill"), _name("baseline.expected_monthly_bill")),
    ),
    "committed_value": (
        "*",
        _name("contract_duration_months"),
        ("max", _name("minimum_monthly_turnover"), _FEES),
    ),
    "ltv": _name("average_comparable_customer_lifetime_value"),
}


# As section 3 defines it, and of a rate card as section 9 does where usage is charged at list.
_PRICE_DISCOUNT = ("-", _ONE, ("/", _name(PRICE), _name(f"baseline.{PRICE}")))
_CHARGE_DISCOUNT = ("-", _ONE, ("/", _name("expected_usage_charge"), _name("list_usage_charge")))


def _of_baseline(expr: Expr) -> Expr:
    """The same expression about the baseline configuration."""
    if expr[0] == "name":
        own = expr[1].startswith(("baseline.", "profile."))
        return expr if own else _name("baseline." + expr[1])
    return tuple(_of_baseline(part) if isinstance(part, tuple) else part for part in expr)


def _structure(name: str, scope: Names) -> Expr | None:
    """What a name stands for, None for a name that is a quantity of its own."""
    key = name.removeprefix("baseline.")
    found = STRUCTURE.get(key) or scope.only_meter(key)
    if key == "usage_price_discount":
        found = _usage_price_discount(scope, name.removesuffix(key))
    if found is not None:
        return found if key == name else _of_baseline(found)
    return scope.meaning(name)


def _usage_price_discount(scope: Names, owner: str) -> Expr:
    if not scope.is_card:
        return _PRICE_DISCOUNT
    return _CHARGE_DISCOUNT if scope.value(f"{owner}list_usage_charge") else _name(DISCOUNT)


def worth(product: Product) -> Fraction:
    """The value of a product."""
    return prod((f.value**power for f, power in product.items()), start=Fraction(1))


def _single(key: Hashable, value: Fraction, bottom: Product | None = None) -> Quotient:
    return Quotient(Counter({Factor(key, value): 1}), bottom or Counter())


def _over_common(quotients: list[Quotient]) -> tuple[list[Fraction], Product]:
    """The numerators over the least common denominator, and that denominator."""
    common: Product = Counter()
    for quotient in quotients:
        common |= quotient.bottom  # the highest power with which a factor stands in one term
    return [worth(q.top + (common - q.bottom)) for q in quotients], common


def quotient_of(expr: Expr, scope: Names) -> Quotient:
    """An expression as one quotient."""
    kind = expr[0]
    if kind in ("num", "pct"):
        value = scope.number(expr)
        return _single(("literal", value), value)
    if kind == "name":
        structure = _structure(expr[1], scope)
        if structure is not None:
            return quotient_of(structure, scope)
        return _single(expr[1], Fraction(scope.value(expr[1])))
    if kind == "if":  # a conditional takes the denominators of the branch it takes
        return quotient_of(expr[2] if scope.truth(expr[1]) else expr[3], scope)
    return _combined(kind, [quotient_of(part, scope) for part in expr[1:]])


def _combined(kind: str, parts: list[Quotient]) -> Quotient:
    """An operator applied to quotients."""
    if kind == "*":
        return Quotient(parts[0].top + parts[1].top, parts[0].bottom + parts[1].bottom)
    if kind == "/":
        if min((f.value for f in parts[1].top), default=Fraction(0)) < 0:
            raise ValueError("malformed case: a denominator is negative")
        return Quotient(parts[0].top + parts[1].bottom, parts[0].bottom + parts[1].top)
    tops, common = _over_common(parts)
    combine: dict[str, Any] = {
        "+": sum,
        "-": lambda pair: pair[0] - pair[1],
        "neg": lambda single: -single[0],
        "abs": lambda single: abs(single[0]),
        "min": min,
        "max": max,
    }
    key = (kind, *(part.key() for part in parts))
    return _single(key, Fraction(combine[kind](tops)), common)


def cleared(left: Expr, right: Expr, scope: Names) -> tuple[Fraction, Fraction]:
    """Both sides of a comparison, multiplied by the least common denominator of the two."""
    tops, _ = _over_common([quotient_of(left, scope), quotient_of(right, scope)])
    return tops[0], tops[1]
