"""How the numbers of one rule are shown: both sides, their distance, and a moved limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from cp_pricing.fields import UNLIMITED
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination

# A number of more digits is what a division came to, and is rounded.
_MOST_DIGITS = 8


class Scale:
    """How the numbers of one rule are shown: alike, apart wherever they differ, and exactly.

    Only what a division came to is rounded, and sums of money are, to the cent.

    `unit` is the rule's own unit; prices are shown for `quote_per` units, and shares as
    percentages.
    """

    def __init__(
        self,
        numbers: Sequence[Fraction | None],
        unit: str,
        catalog: Denomination,
        *,
        share: bool = False,
    ) -> None:
        given = [number for number in numbers if number is not None]
        self.factor, self.unit, least_places = _scale_of(unit, catalog, share=share)
        self.suffix = ""
        if unit.partition("/")[0] in {meter.unit for meter in catalog.meters}:
            size, self.suffix = _size(given)
            self.factor = Fraction(1, size)
        scaled = [number * self.factor for number in given]
        if unit and catalog.currency not in unit and all(n.denominator == 1 for n in scaled):
            least_places = 0
        is_sum = unit in {catalog.currency, f"{catalog.currency}/month"}
        exact_places = 0 if is_sum else max(map(_places_of, scaled), default=0)
        self._least_places = least_places
        # A slack that is not zero is never shown as zero.
        self.places = f.places_apart([Fraction(0), *scaled], max(least_places, exact_places))

    def number(self, value: Fraction | None, *, aligned: bool = True) -> str:
        """A side or a slack without its unit, with the decimals of the others if they are aligned.

        `n/a` is a ratio over zero.
        """
        if value is None:
            return "n/a"
        if value >= UNLIMITED:
            return "unlimited"
        number = f.grouped(value * self.factor, self.places)
        return (number if aligned else f.trimmed(number, self._least_places)) + self.suffix

    def unit_after(self, value: Fraction | None) -> str:
        """The unit as it stands after a number: `%`, `USD per 1M tokens`, `months`."""
        head, slash, rest = self.unit.partition("/")
        if not head or " " in self.unit or _is_currency(head) or abs(value or 0) == 1:
            return self.unit
        return self.unit if head == "%" else f"{f.plural(head)}{slash}{rest}"

    def limit_text(self, limit: Fraction, operator: str | None) -> str:
        """A limit as `text`, rounded to the side on which it still admits what it admits."""
        digits = self.factor * 10**self.places
        looser = math.floor if operator in {">=", ">"} else math.ceil
        return self.text(looser(limit * digits) / digits)

    def text(self, value: Fraction | None) -> str:
        """A side or a slack with its unit: `12.50%`, `USD 7.00 per 1M tokens`, `24 months`."""
        number = self.number(value, aligned=False)
        if value is None or not self.unit:
            return number
        if self.unit == "%":
            return f"{f.trimmed(number)}%"
        head, _, tail = self.unit.partition(" ")
        if tail:
            return f"{head} {number} {tail}"
        return _with_unit(number, self.unit, value)


def _scale_of(unit: str, catalog: Denomination, *, share: bool) -> tuple[Fraction, str, int]:
    """What a rule's numbers are multiplied by, the unit they are then in, and their decimals."""
    for meter in catalog.meters:
        if unit == f"{catalog.currency}/{meter.unit}":
            per = Fraction(meter.quote_per)
            return per, f"{catalog.currency} {f.per_units(per, meter.unit)}", f.CENTS
    if share:
        return Fraction(100), "%", 1
    return Fraction(1), unit, f.CENTS


def _places_of(number: Fraction) -> int:
    """The decimals of a number that ends within a few digits: 4 of `0.0077`; 0 of any other."""
    # It ends within so many decimals if a power of ten clears its denominator.
    if 10**f.MOST_PLACES % number.denominator:
        return 0
    places = next(n for n in range(f.MOST_PLACES + 1) if 10**n % number.denominator == 0)
    return places if abs(number) * 10**places < 10**_MOST_DIGITS else 0


def _size(counts: Sequence[Fraction]) -> tuple[int, str]:
    """The size that usage is counted in, and its letter: millions, if there are any."""
    largest = max((abs(count) for count in counts if count < UNLIMITED), default=Fraction(0))
    return next(((size, letter) for size, letter in f.SUFFIXES if largest >= size), (1, ""))


def _with_unit(number: str, unit: str, value: Fraction) -> str:
    head, slash, rest = unit.partition("/")
    if _is_currency(head):
        sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
        return f"{sign}{head} {digits}{slash}{rest}"
    return f"{number} {head if abs(value) == 1 else f.plural(head)}{slash}{rest}"


def _is_currency(unit: str) -> bool:
    return len(unit) == len("USD") and unit.isupper()
