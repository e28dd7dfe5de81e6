"""Decimal text to exact fractions, and back."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

# More than any amount of money or use needs; it keeps `1e999999999` from filling the memory.
MAXIMUM_DIGITS = 60

DECIMAL = re.compile(
    r"""
    ([-+]?)
    (?: (\d+(?:_\d+)*) (?: \. (\d+(?:_\d+)*)? )? | \. (\d+(?:_\d+)*) )
    (?: [eE] ([-+]?\d+) )?
    (%?)
    """,
    re.VERBOSE | re.ASCII,
)


def parse_decimal(text: str) -> Fraction | None:
    """The exact value of a decimal such as `-1_000.50`, `2e-6` or `35%`.

    `None` if the text is none, or has more than 60 digits before or after the decimal point.
    """
    if text.isascii() and len(text) <= MAXIMUM_DIGITS:  # most numbers, several times as fast
        before, _, after = text.partition(".")
        if before.isdigit() and (after.isdigit() or before == text):
            return Fraction(int(before + after), 10 ** len(after))
    match = DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, bare_decimals, exponent, percent = match.groups()
    digits_before = (whole or "").replace("_", "")
    digits_after = (decimals or bare_decimals or "").replace("_", "")
    shift = _bounded_exponent(exponent) - len(digits_after) - (2 if percent else 0)
    digits = (digits_before + digits_after).lstrip("0")
    # Before any power is taken: a short exponent may stand for gigabytes of digits.
    if abs(shift) > MAXIMUM_DIGITS or len(digits) + shift > MAXIMUM_DIGITS:
        return None
    number = int(digits or "0")
    value = Fraction(number * 10**shift) if shift >= 0 else Fraction(number, 10**-shift)
    return -value if sign == "-" else value


def _bounded_exponent(text: str | None) -> int:
    """The exponent, or one that is far beyond the limit instead of an unboundedly long one."""
    if not text:
        return 0
    beyond = 10 * MAXIMUM_DIGITS
    if len(text.lstrip("+-0")) > len(str(beyond)):
        return -beyond if text.startswith("-") else beyond
    return int(text)


_SHORT = 10_000  # bits, well within what `str` takes


def decimal_string(value: Fraction, digits: int = 12) -> str:
    """The plain decimal of a fraction: exact where it terminates, else to `digits` significant."""
    places = decimal_places(value.denominator)
    if places == 0:
        return _digits(value.numerator)
    if places is None:
        places = digits - _magnitude(abs(value))
        if places <= 0:
            return _digits(round(value / 10**-places) * 10**-places)
        scaled = round(abs(value) * 10**places)
    else:
        scaled = abs(value.numerator) * (10**places // value.denominator)
    text = _digits(scaled).rjust(places + 1, "0")
    plain = f"{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")
    return f"-{plain}" if value < 0 else plain


def nearest(over: int, under: int) -> int:
    """The whole number nearest to a quotient, of two the even one; `under` is positive.

    As `round` of the fraction, without making one.
    """
    whole, rest = divmod(over, under)
    return whole + (2 * rest + whole % 2 > under)


@lru_cache(maxsize=1024)
def decimal_places(denominator: int) -> int | None:
    """The number of decimals of a reduced fraction with this denominator; `None` if endless."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _magnitude(value: Fraction) -> int:
    """The m with 10^(m-1) <= value < 10^m, for a positive value."""
    magnitude = len(_digits(value.numerator)) - len(_digits(value.denominator))
    return magnitude + (value >= Fraction(10) ** magnitude)


def _digits(number: int) -> str:
    """The number's decimal digits, of which `str` would refuse more than 4300."""
    return str(number) if number.bit_length() < _SHORT else str(Decimal(number))
