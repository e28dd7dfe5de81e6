"""What to write in place of a text that was meant for a number: nothing is read here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_places, decimal_string, parse_decimal
from constraints.text.spoken import spoken_months, spoken_numbers, spoken_percentages

_WITH_UNIT = re.compile(
    r"[$€£]?\s*([-+]?[\d_.,]+(?:[eE][-+]?\d+)?(?: ?[kKMBT]\b)?)\s*(?:[A-Za-z$€£][\w$€£/ ]*)?"
)
_PER = re.compile(
    # It is a price only with a currency: `1/4` is none.
    r"(?=.*(?:[$€£]|[A-Z]{3}))(?:[$€£]|[A-Z]{3})?\s*([-+]?[\d_.,]+)\s*(?:[$€£]|[A-Z]{3})?"
    r"\s*(?:per|/)\s*"
    r"(\d[\d_]*\s?[kMBT]?)\b(?:\s*[A-Za-z][\w ]*)?"
)
_A_YEAR = re.compile(r".*(?:/|\bper|\ba)\s*(?:y|yrs?|years?|annum)", re.IGNORECASE)
_NO_PERCENTAGE = "a percentage has no place here"
_MILLIONS_OR_MONTHS = re.compile(r"(.*\d) ?m")


def number_hint(text: str, value: object, *, percent: bool = False) -> str:
    """What to write for a text that is no plain number, in the manner of its file.

    `percent`: where a number would be, a percentage may be, too.
    """
    node = value if isinstance(value, Scalar) else None
    grouped = node is not None and not node.is_json
    if (number := parse_decimal(text)) is not None:
        return _hint_of_number(number, text, node)
    if points := spoken_percentages(text):
        return _hint_of_percentage(points, node) if percent else _NO_PERCENTAGE
    return _hint_of_words(text, grouped=grouped)


def _hint_of_words(text: str, *, grouped: bool) -> str:
    """What to write for a number with thousands, a size or a unit."""
    if readings := spoken_numbers(text):
        return f"write {either(readings, grouped=grouped)}"
    if letter := _MILLIONS_OR_MONTHS.fullmatch(text):
        months, millions = (spoken_numbers(f"{letter[1]}{size}") for size in ("", "M"))
        if len(months) == len(millions) == 1:
            many = either(millions, grouped=grouped)
            return f"write {either(months, grouped=grouped)} for months, {many} for millions"
    if united := _hint_with_unit(text, grouped=grouped):
        return united
    if "_" in text and parse_decimal(text.replace("_", "")) is not None:
        return f"write `{text.replace('_', '')}`; a `_` stands between two digits"
    return ""


def _hint_of_number(number: Fraction, text: str, node: Scalar | None) -> str:
    """What to write for a number that cannot stand as it does."""
    if node is None or node.style == "plain":
        return _NO_PERCENTAGE
    # JSON has no percentages.
    in_percent = node.is_json and text.endswith("%")
    return f"write `{decimal_string(number)}`" if in_percent else "remove the quotes"


def _hint_of_percentage(points: Iterable[Fraction], node: Scalar | None) -> str:
    """What to write for a percentage in words, or with a blank before its sign."""
    if node is not None and node.is_json:
        return f"write {either(point / 100 for point in points)}"
    return "write " + " or ".join(f"`{decimal_string(point)}%`" for point in points)


def _hint_with_unit(text: str, *, grouped: bool) -> str:
    """What to write for a number with its unit, or with what it is the price of."""
    if per := _PER.fullmatch(text):
        (many,) = spoken_numbers(per[2]) or (Fraction(0),)
        readings = tuple(price / many for price in spoken_numbers(per[1]) if many)
        if readings:
            return f"write {either(readings, grouped=grouped)}: a price is for one unit here"
    if united := _WITH_UNIT.fullmatch(text):
        readings = spoken_months(text) or spoken_numbers(united[1])
        if readings and _A_YEAR.fullmatch(text):
            months = [number / 12 for number in readings]
            exact = all(decimal_places(month.denominator) is not None for month in months)
            written = f"write {either(months, grouped=grouped)}: " if exact else ""
            return f"{written}it is for a month here"
        if readings:
            return f"write {either(readings, grouped=grouped)}: the unit is fixed here"
    return ""


def either(readings: Iterable[Fraction], *, grouped: bool = False) -> str:
    """The numbers that may be meant, as a file writes them: only YAML has `_` between thousands."""
    return " or ".join(f"`{_written(number, grouped=grouped)}`" for number in sorted(readings))


def _written(number: Fraction, *, grouped: bool) -> str:
    text = decimal_string(number)
    whole, point, decimals = text.partition(".")
    return f"{int(whole):_}{point}{decimals}" if grouped and abs(number) >= 1 else text
