"""Exact numbers as results hold and show them: fractions in Python, decimal strings in JSON."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from cp_pricing.fields import UNLIMITED


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
    return _allowance_string(value) if field == "included_units" else decimal_string(value)


def value_of(shown: str | bool) -> Value:  # noqa: FBT001 - a value, not a switch
    """The value that `shown_value` shows so."""
    if isinstance(shown, bool):
        return shown
    return UNLIMITED if shown == "unlimited" else Fraction(shown)


_NUMBER_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"})
Exact: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(decimal_string, return_type=str, when_used="json"),
    _NUMBER_SCHEMA,
]
Units: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_allowance),
    PlainSerializer(_allowance_string, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?|unlimited)$"}),
]
