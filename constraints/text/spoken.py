"""Numbers, months and choices as people write them, where a file would want them plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

from constraints.text.numerals import decimal_string, parse_decimal

# What stands before decimals; the other of the two may then stand between thousands.
DecimalMark: TypeAlias = Literal[".", ","]

SIZES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_SIZED = re.compile(r"([-+]?[\d_.,]+(?:[eE][-+]?\d+)?) ?([kKMBT]?)", re.ASCII)
# A group of thousands needs a digit before it: `0.125` and `0,125` have decimals.
_COMMAS_GROUP = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_POINTS_GROUP = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
_YEARS = re.compile(r"(.+?) ?(?:y|yr|yrs|year|years)")
_MONTHS = re.compile(r"(.+?) ?(?:m|mo|mos|month|months)")
_PERCENTAGE = re.compile(r"(.+?) ?(?:%|pct|per ?cents?)", re.IGNORECASE)
_PER = re.compile(
    r"(\d[\d_.]*)\s+(?:per\s+cents?\b|([A-Za-z]\w*(?:/\w+)*)((?:\s+per\s+[A-Za-z]\w*)+))"
)
_UNITS_IN_SHORT = {
    **dict.fromkeys(("mo", "mos", "mth", "mths"), "month"),
    **dict.fromkeys(("y", "yr", "yrs"), "year"),
}
CHOICES = {
    **dict.fromkeys(("yes", "y", "true", "on"), True),
    **dict.fromkeys(("no", "n", "false", "off"), False),
}


def spoken_numbers(text: str) -> tuple[Fraction, ...]:
    """All that a text may mean as a number: nothing, one number, or two.

    `12M` is twelve million, and `1.5k` fifteen hundred. `2.100` and `2,100` may have decimals or
    thousands.
    """
    sized = _SIZED.fullmatch(text.strip())
    if sized is None:
        return ()
    number, size = sized.groups()
    readings = {parse_decimal(reading) for reading in _readings(number, is_sized=bool(size))}
    return tuple(sorted(value * SIZES[size] for value in readings if value is not None))


def unmistakable(number: Fraction) -> str:
    """A number as a text that means nothing else: `1.1250`, since `1.125` may be 1125."""
    text = decimal_string(number)
    return text if len(spoken_numbers(text)) == 1 else f"{text}0"


def _readings(number: str, *, is_sized: bool) -> Iterator[str]:
    """The plain numbers that a number with points and commas may be."""
    yield number
    if _DECIMAL_COMMA.fullmatch(number):
        yield number.replace(",", ".")
    if _COMMAS_GROUP.fullmatch(number):
        yield number.replace(",", "")
    if _POINTS_GROUP.fullmatch(number) and not is_sized:  # nobody writes 2100M as `2.100M`
        yield number.replace(".", "").replace(",", ".")


def marked_number(text: str, mark: DecimalMark) -> Fraction | None:
    """The number of a text that has this mark before decimals: `1.234,50` where it is a comma."""
    other, groups = (",", _COMMAS_GROUP) if mark == "." else (".", _POINTS_GROUP)
    if other in text and not groups.fullmatch(text):
        return None
    return parse_decimal(text.replace(other, "").replace(mark, "."))


def spoken_months(text: str) -> tuple[Fraction, ...]:
    """As `spoken_numbers`, of a duration in months: `24m`, `24 months`, `2y`, `24`."""
    plain = text.strip().lower()
    if years := _YEARS.fullmatch(plain):
        return tuple(12 * number for number in spoken_numbers(years[1]))
    months = _MONTHS.fullmatch(plain)
    return spoken_numbers(months[1] if months else plain)


def spoken_percentages(text: str) -> tuple[Fraction, ...]:
    """As `spoken_numbers`, the points of a percentage: 30 of `30 percent`, `30 %` and `30pct`."""
    points = _PERCENTAGE.fullmatch(text.strip())
    return spoken_numbers(points[1]) if points else ()


def unit_in_full(word: str, *, several: bool) -> str:
    """What a unit of time in short stands for: `yrs` for `years`; empty for any other word."""
    full = _UNITS_IN_SHORT.get(word.lower(), "")
    return f"{full}s" if full and several else full


def written_out(number: str, word: str) -> str:
    """How to write a number that a word follows at once: its unit, or its size as in `10k`."""
    value = parse_decimal(number) if word in SIZES else None
    if value is not None and (value * SIZES[word]).denominator == 1:
        return f"write the number out: `{int(value * SIZES[word]):_}`"
    if points := spoken_percentages(f"{number}{word}"):
        return f"write `{decimal_string(points[0])}%`"
    unit = unit_in_full(word, several=number != "1") or word
    return f"put a blank between number and unit: `{number} {unit}`"


def quantity_in_words(text: str, place: int) -> tuple[int, int, str] | None:
    """From where to where a text says `30 per cent` or `5 USD per month` around a place of it.

    The third is how to write it.
    """
    for said in _PER.finditer(text):
        if said.start() < place < said.end():
            number, unit, divisors = said.groups()
            each = [unit_in_full(one, several=False) or one for one in (divisors or "").split()]
            written = f"{number} {'/'.join((unit, *each[1::2]))}" if unit else f"{number}%"
            return *said.span(), f"write `{written}`"
    return None


def spoken_choice(text: str) -> bool | None:
    """Yes or no, in whatever word for it; `None` for another word."""
    return CHOICES.get(text.strip().lower())
