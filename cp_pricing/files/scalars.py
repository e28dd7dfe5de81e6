"""Single values as messages show them, of a file or of Python, and their faults."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string
from constraints.text.source import clipped


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


def as_written(value: object) -> str:
    """A value of a file in one line, as it may be written there; `...` for what has none."""
    match value:
        case Scalar(text=text):
            return text
        case Mapping():
            return f"{{{', '.join(f'{key}: {as_written(own)}' for key, own in value.items())}}}"
        case Fraction():
            return decimal_string(value)
        case bool() | int() | Decimal():
            return str(value).lower()
        case _:
            return "..."


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
