"""The types of single values: the text of a file, or a Python value, to an exact value."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string, parse_decimal
from constraints.text.source import MAXIMUM_QUOTED, did_you_mean
from constraints.text.spoken import CHOICES, DecimalMark, marked_number, unmistakable
from cp_pricing.fields import UNLIMITED
from cp_pricing.files import shapes
from cp_pricing.files.number_hints import number_hint
from cp_pricing.files.scalars import (
    is_authored,
    plain_text,
    quoted,
    reported,
    shown,
    value_fault,
)
from cp_pricing.files.shapes import IDENTIFIER, TEXT, Also

MAXIMUM_TERM = 100_000
MAXIMUM_HORIZON = 1_200
MAXIMUM_ID = 200

# The decimal mark of a table whose reader nobody has told it.
UNSAID: Literal["unsaid"] = "unsaid"


def _exact(value: object, info: ValidationInfo, *, percent: bool) -> Fraction:
    number = None
    match value:
        case bool():
            pass
        case Fraction() | int():
            return value if isinstance(value, Fraction) else Fraction(value)
        case Decimal():
            number = parse_decimal(str(value))
        case float():
            raise value_fault(
                "is a binary float, which is not exact", 'write `"0.1"` or `Decimal("0.1")`'
            )
        case Scalar(faulty=True):
            raise reported()
        # Quotes make a text of it in every YAML reader, so they are not overlooked here.
        case Scalar(style="plain", text=text):
            number = parse_decimal(text) if percent or "%" not in text else None
        case str() if not is_authored(info):
            # Python callers may write numbers as texts; in JSON a text is not a number.
            decimal = getattr(info.context, "decimal", None)
            number = _of_text(value, decimal) if percent or "%" not in value else None
            if number is None and decimal == "," and "%" not in value:
                raise _no_comma_number(value)
        case _:
            pass
    if number is None:
        raise _not_a_number(value, percent=percent)
    return number


def _of_text(text: str, decimal: DecimalMark | Literal["unsaid"] | None) -> Fraction | None:
    """The number of a Python text, or of a table's cell; refuses a cell with two readings."""
    if decimal is None:
        return parse_decimal(text)
    if decimal != UNSAID:
        return marked_number(text, decimal)
    point, comma = marked_number(text, "."), marked_number(text, ",")
    if point is not None and comma is not None and point != comma:
        either = " or ".join(quoted(unmistakable(number)) for number in sorted((point, comma)))
        raise value_fault(
            f"must be one number, and {quoted(text)} may be {either}",
            "write the one that is meant, or add `--decimal .` or `--decimal ,` for all",
        )
    return parse_decimal(text)


def _no_comma_number(text: str) -> PydanticCustomError:
    number = marked_number(text, ".")
    hint = "" if number is None else f"write `{decimal_string(number).replace('.', ',')}`"
    return value_fault(f"must be a number with a decimal comma, not {quoted(text)}", hint)


def _not_a_number(value: object, *, percent: bool) -> PydanticCustomError:
    kind = "a number or a percentage" if percent else "a number"
    text = plain_text(value)
    short = text is not None and len(text) <= MAXIMUM_QUOTED
    # What is too long to be shown is no slip of the pen, and patterns may take very long over it.
    hint = number_hint(text.strip(), value, percent=percent) if text and short else ""
    return value_fault(f"must be {kind}, not {shown(value, with_quotes=True)}", hint)


def _discount(value: object, info: ValidationInfo) -> Fraction:
    """A discount; JSON has no percentages but as texts."""
    is_json = isinstance(value, Scalar) and value.is_json
    match value:
        case Scalar(text=text) if is_json and _is_percents(text):
            message = f"must be a ratio or a percentage, not {shown(value, with_quotes=True)}"
            raise value_fault(message, f'write `"{text}%"`')
        case Scalar(style="double", text=text) if is_json:
            number = parse_decimal(text) if text.endswith("%") else None
        case str() if value.endswith("%") and not is_authored(info):
            decimal = getattr(info.context, "decimal", None)
            points = _of_text(value[:-1].rstrip(), decimal)
            number = None if points is None else points / 100
        case str() if value.endswith("%"):
            number = parse_decimal(value)
        case _:
            number = None
    return _exact_ratio(value, info) if number is None else number


def _is_percents(text: str) -> bool:
    """Whether a number without its sign can only be of percents."""
    number = parse_decimal(text)
    return number is not None and "%" not in text and 1 < number <= 100  # noqa: PLR2004


def exact_number(value: object, info: ValidationInfo) -> Fraction:
    """The exact number that a value says; refuses percentages, and floats with a hint."""
    return _exact(value, info, percent=False)


def _exact_ratio(value: object, info: ValidationInfo) -> Fraction:
    return _exact(value, info, percent=True)


def flag(value: object) -> bool:
    """`true` or `false`."""
    match value:
        case bool():
            return value
        case Scalar(kind="boolean", text=text):
            return text.lower() == "true"
        case Scalar(faulty=True):
            raise reported()
        case _:
            text = plain_text(value) or ""
            meant = CHOICES.get(text.lower())
            hint = "" if meant is None else f"write `{str(meant).lower()}`"
            if text in {"true", "false"}:
                hint = "remove the quotes"
            message = f"must be `true` or `false`, not {shown(value, with_quotes=True)}"
            raise value_fault(message, hint)


def not_negative(value: Fraction) -> Fraction:
    """The value, refused below zero."""
    if value < 0:
        raise value_fault(f"must not be negative, and is {decimal_string(value)}")
    return value


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise value_fault(f"must be above zero, and is {decimal_string(value)}")
    return value


def _at_most_one(value: Fraction) -> Fraction:
    if value > 1:
        hint = f"write `{decimal_string(value)}%`" if value <= 100 else ""  # noqa: PLR2004 - percent
        raise value_fault(f"must not be above 1 (100%), and is {decimal_string(value)}", hint)
    return value


def _whole(value: Fraction) -> Fraction:
    if value.denominator != 1:
        raise value_fault(f"must be a whole number, not {decimal_string(value)}")
    return value


def countable(value: Fraction) -> Fraction:
    """A number of units, refused where only `unlimited` is as large."""
    if value >= UNLIMITED:
        raise value_fault("must be below 10^15 units", "write `unlimited` for no limit")
    return value


def _months(value: Fraction, most: int) -> Fraction:
    if not 1 <= _whole(value) <= most:
        message = f"must be from 1 to {most:_} months, and is {decimal_string(value)}"
        raise value_fault(message)
    return value


def term(value: Fraction) -> Fraction:
    """A term in months, refused outside of what a term can be."""
    return _months(value, MAXIMUM_TERM)


def _text(value: object) -> str:
    text = plain_text(value)
    if text is None:
        if isinstance(value, Scalar) and value.faulty:
            raise reported()
        simple = isinstance(value, Scalar) and value.kind != "null"
        hint = "put quotes round it" if simple else ""
        raise value_fault(f"must be a text, not {shown(value)}", hint)
    if not text.strip():
        raise value_fault("must not be empty")
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise value_fault("has an invisible character in it", "write it anew")
    return text


def is_line(value: str) -> bool:
    """Whether a text is one line that can be shown as it is."""
    return value.isprintable() and value == value.strip() != ""


def is_name(value: str) -> bool:
    """Whether a text is a line that is short enough for a name: what an id of a request may be."""
    return is_line(value) and len(value) <= MAXIMUM_ID


def _line(value: str) -> str:
    if not is_line(value):
        raise value_fault("must be one line without blanks around it")
    return value


def _short(value: str) -> str:
    if len(value) > MAXIMUM_ID:
        raise value_fault(f"must have at most {MAXIMUM_ID} characters, and has {len(value):,}")
    return value


def is_identifier(value: str) -> bool:
    """Whether a text can be the id of a plan or a profile."""
    return re.fullmatch(IDENTIFIER, value) is not None and len(value) <= MAXIMUM_ID


def _identifier(value: str) -> str:
    if not re.fullmatch(IDENTIFIER, value):
        raise value_fault(
            f"must be an id, not {shown(value)}", "use letters, digits, `-`, `_` and `.`"
        )
    return value


def choice(*allowed: str) -> BeforeValidator:
    """Takes one of the allowed words, with advice for those nearby."""
    words = " or ".join((", ".join(f"`{word}`" for word in allowed[:-1]), f"`{allowed[-1]}`"))

    def chosen(value: object) -> str:
        text = plain_text(value)
        if text not in allowed:
            raise value_fault(
                f"must be {words}, not {shown(value)}", did_you_mean(text or "", allowed)
            )
        return text

    return BeforeValidator(chosen)


def _count(value: object, info: ValidationInfo) -> int:
    return int(_whole(not_negative(exact_number(value, info))))


def _horizon(value: object, info: ValidationInfo) -> int:
    return int(_months(exact_number(value, info), MAXIMUM_HORIZON))


Number: TypeAlias = Annotated[
    Fraction, BeforeValidator(exact_number), WithJsonSchema(shapes.number())
]
Amount: TypeAlias = Annotated[
    Number, AfterValidator(not_negative), WithJsonSchema(shapes.number(minimum=0))
]
Positive: TypeAlias = Annotated[
    Number, AfterValidator(_positive), WithJsonSchema(shapes.number(exclusiveMinimum=0))
]
Units: TypeAlias = Annotated[Amount, AfterValidator(countable)]
Term: TypeAlias = Annotated[
    Number,
    AfterValidator(term),
    WithJsonSchema(shapes.whole(minimum=1, maximum=MAXIMUM_TERM)),
]
Ratio: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_exact_ratio),
    AfterValidator(not_negative),
    WithJsonSchema(shapes.ratio()),
]
SignedRatio: TypeAlias = Annotated[
    Fraction, BeforeValidator(_exact_ratio), WithJsonSchema(shapes.ratio(signed=True))
]
Step: TypeAlias = Annotated[SignedRatio, AfterValidator(_positive)]
Discount: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_discount),
    AfterValidator(_at_most_one),
    WithJsonSchema(shapes.ratio(signed=True)),
]
Share: TypeAlias = Annotated[
    Ratio, AfterValidator(_at_most_one), WithJsonSchema(shapes.ratio(maximum=1))
]
PositiveShare: TypeAlias = Annotated[Share, AfterValidator(_positive)]
Count: TypeAlias = Annotated[int, BeforeValidator(_count), WithJsonSchema(shapes.whole(minimum=0))]
Horizon: TypeAlias = Annotated[
    int, BeforeValidator(_horizon), Also(minimum=1, maximum=MAXIMUM_HORIZON)
]
Flag: TypeAlias = Annotated[bool, BeforeValidator(flag)]
Text: TypeAlias = Annotated[str, BeforeValidator(_text), WithJsonSchema(TEXT)]
Line: TypeAlias = Annotated[Text, AfterValidator(_line)]
# A name that people give, such as that of a request.
Name: TypeAlias = Annotated[
    Line, AfterValidator(_short), WithJsonSchema(shapes.pattern(IDENTIFIER))
]
Identifier: TypeAlias = Annotated[
    Line,
    AfterValidator(_short),
    AfterValidator(_identifier),
    WithJsonSchema(shapes.pattern(IDENTIFIER)),
]
# An id that is looked up: what is no id is unknown, and needs no fault of its own.
Reference: TypeAlias = Annotated[Line, WithJsonSchema(shapes.pattern(IDENTIFIER))]
