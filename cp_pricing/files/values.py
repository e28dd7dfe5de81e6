"""The types of single values: the text of a file, or a Python value, to an exact value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string, parse_decimal
from constraints.text.source import MAXIMUM_QUOTED, clipped, did_you_mean
from constraints.text.spoken import (
    CHOICES,
    DecimalMark,
    marked_number,
    spoken_months,
    spoken_numbers,
)
from cp_pricing.fields import BOOLEAN_FIELDS, UNLIMITED, FieldName
from cp_pricing.files import shapes
from cp_pricing.files.shapes import IDENTIFIER, TEXT, Also

MAXIMUM_TERM = 100_000
MAXIMUM_HORIZON = 1_200
MAXIMUM_ID = 200

_WITH_UNIT = re.compile(
    r"[$€£]?\s*([-+]?[\d_.,]+(?:[eE][-+]?\d+)?(?: ?[kKMBT]\b)?)\s*(?:[A-Za-z$€£][\w$€£/ ]*)?"
)
# The decimal mark of a table whose reader nobody has told it.
UNSAID: Literal["unsaid"] = "unsaid"
_MILLIONS_OR_MONTHS = re.compile(r"(.*\d) ?m")


def value_fault(
    message: str, hint: str = "", kind: Literal["value", "fault", "key"] = "value"
) -> PydanticCustomError:
    """A fault of the value of a key, whose message continues a sentence that the key begins.

    Other kinds have whole sentences: `fault`, and `key` for a key that is itself at fault.
    """
    advice = f" ({hint})" if hint else ""
    context = {"message": message, "hint": hint, "advice": advice}
    return PydanticCustomError(kind, "{message}{advice}", context)


def reported() -> PydanticCustomError:
    """A fault that an issue tells of already."""
    return PydanticCustomError("reported", "see the other fault")


def shown(value: object, *, with_quotes: bool = False) -> str:
    """A wrong value as a message says it."""
    match value:
        case Scalar(kind="null") | None:
            return "empty"
        case list() | tuple():
            return "a list"
        case dict():
            return "keys and values"
        case Scalar(quoted=True) if with_quotes:
            text = value.source.text[value.start : value.end]
        case Scalar(text=text) | str(text):
            pass
        case Fraction():
            text = decimal_string(value)
        case _:
            text = str(value).lower() if isinstance(value, bool) else str(value)
    return quoted(text)


def quoted(text: str) -> str:
    """What a user wrote as a message quotes it: in backticks, cut if it is long."""
    return f"`{clipped(text)}`"


def plain_text(value: object) -> str | None:
    """The text of a node or a Python text; `None` for anything else."""
    match value:
        case Scalar(kind="string", text=text) | str(text):
            return text
        case _:
            return None


def is_authored(info: ValidationInfo) -> bool:
    """Whether values come from a file, though they may be plain Python values by now."""
    return bool(getattr(info.context, "authored", False))


def _exact(value: object, info: ValidationInfo, *, percent: bool) -> Fraction:
    number = None
    match value:
        case bool():
            pass
        case Fraction() | int():
            return Fraction(value)
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
        raise value_fault(
            f"must be one number, and {quoted(text)} may be {_either((point, comma))}",
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
    hint = _number_hint(text.strip(), value) if text and short else ""
    return value_fault(f"must be {kind}, not {shown(value, with_quotes=True)}", hint)


def _number_hint(text: str, value: object) -> str:
    """What to write for a text that is no plain number, in the manner of its file."""
    node = value if isinstance(value, Scalar) else None
    grouped = node is not None and not node.source.file.endswith(".json")
    if parse_decimal(text) is not None:
        in_quotes = node is not None and node.style != "plain"
        return "remove the quotes" if in_quotes else "a percentage has no place here"
    if readings := spoken_numbers(text):
        return f"write {_either(readings, grouped=grouped)}"
    if either := _MILLIONS_OR_MONTHS.fullmatch(text):
        months, millions = (spoken_numbers(f"{either[1]}{size}") for size in ("", "M"))
        if len(months) == len(millions) == 1:
            many = _either(millions, grouped=grouped)
            return f"write {_either(months, grouped=grouped)} for months, {many} for millions"
    if united := _WITH_UNIT.fullmatch(text):
        readings = spoken_months(text) or spoken_numbers(united[1])
        if readings:
            return f"write {_either(readings, grouped=grouped)}: the unit is fixed here"
    if "_" in text and parse_decimal(text.replace("_", "")) is not None:
        return f"write `{text.replace('_', '')}`; a `_` stands between two digits"
    return ""


def _either(readings: Iterable[Fraction], *, grouped: bool = False) -> str:
    """The numbers that may be meant, as a file writes them: only YAML has `_` between thousands."""
    return " or ".join(f"`{_written(number, grouped=grouped)}`" for number in sorted(readings))


def _written(number: Fraction, *, grouped: bool) -> str:
    text = decimal_string(number)
    whole, point, decimals = text.partition(".")
    return f"{int(whole):_}{point}{decimals}" if grouped and abs(number) >= 1 else text


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


def _not_negative(value: Fraction) -> Fraction:
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


def _countable(value: Fraction) -> Fraction:
    if value >= UNLIMITED:
        raise value_fault("must be below 10^15 units", "write `unlimited` for no limit")
    return value


def _months(value: Fraction, most: int) -> Fraction:
    if not 1 <= _whole(value) <= most:
        message = f"must be from 1 to {most:_} months, and is {decimal_string(value)}"
        raise value_fault(message)
    return value


def _term(value: Fraction) -> Fraction:
    return _months(value, MAXIMUM_TERM)


def in_domain(field: FieldName, value: Fraction) -> Fraction:
    """A field's value, refused where the field's own unit has no such value."""
    if field == "contract_duration_months":
        return _term(value)
    return _not_negative(value) if field != "included_units" else _countable(_not_negative(value))


def field_value(field: FieldName, value: object, info: ValidationInfo) -> Fraction | bool:
    """A value that a field can take: a flag, an exact number, or `unlimited` for an allowance."""
    if field in BOOLEAN_FIELDS:
        return flag(value)
    if field == "included_units":
        again = value == UNLIMITED and not is_authored(info)
        if again or plain_text(value) == "unlimited":
            return UNLIMITED
    return in_domain(field, exact_number(value, info))


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
    return int(_whole(_not_negative(exact_number(value, info))))


def _horizon(value: object, info: ValidationInfo) -> int:
    return int(_months(exact_number(value, info), MAXIMUM_HORIZON))


Number: TypeAlias = Annotated[
    Fraction, BeforeValidator(exact_number), WithJsonSchema(shapes.number())
]
Amount: TypeAlias = Annotated[
    Number, AfterValidator(_not_negative), WithJsonSchema(shapes.number(minimum=0))
]
Positive: TypeAlias = Annotated[
    Number, AfterValidator(_positive), WithJsonSchema(shapes.number(exclusiveMinimum=0))
]
Units: TypeAlias = Annotated[Amount, AfterValidator(_countable)]
Term: TypeAlias = Annotated[
    Number,
    AfterValidator(_term),
    WithJsonSchema(shapes.whole(minimum=1, maximum=MAXIMUM_TERM)),
]
Ratio: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_exact_ratio),
    AfterValidator(_not_negative),
    WithJsonSchema(shapes.ratio()),
]
Share: TypeAlias = Annotated[
    Ratio, AfterValidator(_at_most_one), WithJsonSchema(shapes.ratio(maximum=1))
]
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
