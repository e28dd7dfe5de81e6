"""The values that a field of a plan can take."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ValidationInfo

from cp_pricing.fields import ALLOWANCE, BOOLEAN_FIELDS, UNLIMITED, FieldName, base_name
from cp_pricing.files.scalars import is_authored, plain_text
from cp_pricing.files.values import countable, exact_number, flag, not_negative, term


def in_domain(field: FieldName, value: Fraction) -> Fraction:
    """A field's value, refused where the field's own unit has no such value."""
    if field == "contract_duration_months":
        return term(value)
    value = not_negative(value)
    return countable(value) if base_name(field) == ALLOWANCE else value


def field_value(field: FieldName, value: object, info: ValidationInfo) -> Fraction | bool:
    """A value that a field can take: a flag, an exact number, or `unlimited` for an allowance."""
    if field in BOOLEAN_FIELDS:
        return flag(value)
    if base_name(field) == ALLOWANCE:
        again = value == UNLIMITED and not is_authored(info)
        if again or plain_text(value) == "unlimited":
            return UNLIMITED
    return in_domain(field, exact_number(value, info))
