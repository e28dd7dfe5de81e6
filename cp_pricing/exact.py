"""Exact numbers as results hold and show them: fractions in Python, decimal strings in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    DISCOUNT,
    PRICE,
    RATES,
    UNLIMITED,
    base_name,
    shown_field,
    solved_field,
)


def _fraction(value: object) -> object:
    return Fraction(value) if isinstance(value, str) else value


def _allowance(value: object) -> object:
    return UNLIMITED if value == "unlimited" else _fraction(value)


def _allowance_string(value: Fraction) -> str:
    return "unlimited" if value >= UNLIMITED else decimal_string(value)


def shown_value(field: str, value: Value) -> str | bool:
    """A field's value as results show it: a decimal string, `unlimited`, or true or false."""
    if isinstance(value, bool):
        return value
    if base_name(field) == ALLOWANCE:
        return _allowance_string(value)
    if base_name(field) == RATES and value == AS_LISTED:
        return "as listed"
    return decimal_string(value)


def value_of(shown: str | bool) -> Value:  # noqa: FBT001 - a value, not a switch
    """The value that `shown_value` shows so."""
    if isinstance(shown, bool):
        return shown
    words = {"unlimited": UNLIMITED, "as listed": AS_LISTED}
    return words[shown] if shown in words else Fraction(shown)


def shown_term(field: str, value: Value, *, is_card: bool) -> tuple[str, str | bool]:
    """A field and its value as results name and show them: of a rate card the discount."""
    own = 1 - Fraction(value) if is_card and field == PRICE else value
    return shown_field(field, is_card=is_card), shown_value(field, own)


def term_shown(field: str, shown: str | bool) -> tuple[str, Value]:  # noqa: FBT001 - a value, not a switch
    """The field and the value that `shown_term` shows so."""
    value = value_of(shown)
    return solved_field(field), 1 - Fraction(value) if field == DISCOUNT else value


_NUMBER_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"})
Exact: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(decimal_string, return_type=str, when_used="json"),
    _NUMBER_SCHEMA,
]
# A number that is never rounded, in JSON either: a whole one, or `1/3`.
Rational: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(/\d+)?$"}),
]
# A number or, where there are several meters, one for each.
ExactByMeter: TypeAlias = Exact | Mapping[str, Exact]
Units: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_allowance),
    PlainSerializer(_allowance_string, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?|unlimited)$"}),
]
