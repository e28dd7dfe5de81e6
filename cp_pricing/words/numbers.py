"""Numbers as a deal desk reads them: money, prices per quoted quantity, percentages, units.

Every function takes exact numbers and returns plain text in one line; nothing here rounds what is
computed, only what is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from cp_pricing.catalog.tunables import Grid, Values
from cp_pricing.fields import BOOLEAN_FIELDS, UNLIMITED

if TYPE_CHECKING:
    from cp_pricing.book.profiles import Cohort

CENTS = 2
# A number of more digits is what a division came to, and is rounded.
_MOST_DIGITS = 8
# Beyond this a difference is said to be "less than" the last place shown.
MOST_PLACES = 12
_SUFFIXES = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
_LABELS = {
    "platform_fee": "platform fee",
    "seat_fee": "seat fee",
    "usage_unit_price": "usage price",
    "contract_duration_months": "term",
    "minimum_monthly_turnover": "monthly minimum",
    "prepaid_amount": "prepayment",
    "guaranteed_platform_fee": "guaranteed platform fee",
    "customer_funded_onboarding": "customer-funded onboarding",
    "reduced_cancellation_flexibility": "reduced cancellation flexibility",
}


class Denomination(Protocol):
    """What a catalog says its numbers are in."""

    @property
    def currency(self) -> str:
        """The ISO 4217 code."""

    @property
    def unit(self) -> str:
        """The usage unit, singular."""

    @property
    def quote_per(self) -> Fraction | int:
        """How many units a usage price is shown for."""


# --- plain numbers --------------------------------------------------------------------------


def grouped(value: Fraction, places: int) -> str:
    """The number rounded half-even to `places` decimals, thousands set apart: `1,234.50`."""
    scaled = round(abs(value) * 10**places)
    digits = decimal_string(Fraction(scaled)).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{int(whole):,}{decimals}"


def exact(value: Fraction, least_places: int = 0) -> str:
    """The whole number with at least so many decimals; 12 significant digits if it is endless."""
    _, _, decimals = decimal_string(value).partition(".")
    return grouped(value, max(least_places, len(decimals)))


def counted(value: Fraction) -> str:
    """A count, short where it is round: `1M`, `2.5M`, `20k` stays `20,000`, `1,234,567`."""
    for size, suffix in _SUFFIXES:
        scaled = value / size
        if abs(scaled) >= 1 and (scaled * 1000).denominator == 1:
            return exact(scaled) + suffix
    return exact(value)


def places_apart(values: Sequence[Fraction], places: int = CENTS) -> int:
    """The fewest decimals, from `places` on, that round no two different numbers to the same."""
    apart = len(set(values))
    while places < MOST_PLACES and len({grouped(value, places) for value in values}) < apart:
        places += 1
    return places


# --- money and prices -----------------------------------------------------------------------


def money(amount: Fraction, currency: str, places: int = CENTS) -> str:
    """An amount to the cent: `USD 1,234.50`, `-USD 3.00`."""
    text = grouped(amount, places)
    return f"-{currency} {text[1:]}" if text.startswith("-") else f"{currency} {text}"


def exact_money(amount: Fraction, currency: str) -> str:
    """An amount as agreed, with as many decimals as it has: `USD 1,200`, `USD 49.90`."""
    places = 0 if amount.denominator == 1 else CENTS
    text = exact(amount, places)
    return f"-{currency} {text[1:]}" if text.startswith("-") else f"{currency} {text}"


def quoted(price: Fraction, catalog: Denomination) -> str:
    """The price of `quote_per` units, exact, with at least two decimals: `USD 7.00`."""
    text = exact(price * catalog.quote_per, CENTS)
    return f"-{catalog.currency} {text[1:]}" if price < 0 else f"{catalog.currency} {text}"


def quote_basis(catalog: Denomination) -> str:
    """What a quoted price is for: `per 1M tokens`, `per 1,000 requests`, `per GB`."""
    return _per(Fraction(catalog.quote_per), catalog.unit)


@lru_cache(maxsize=64)
def _per(quantity: Fraction, unit: str) -> str:
    if quantity == 1:
        return f"per {unit}"
    return f"per {counted(quantity)} {plural(unit)}"


def quote(price: Fraction, catalog: Denomination) -> str:
    """A usage price (currency/unit) as people are shown it: `USD 7.00 per 1M tokens`."""
    return f"{quoted(price, catalog)} {quote_basis(catalog)}"


# --- units, time, ratios --------------------------------------------------------------------


def plural(unit: str) -> str:
    """The plural of a usage unit; an abbreviation such as `GB` has none of its own."""
    if unit[-1:].isupper() or unit.endswith("s"):
        return unit
    if unit.endswith("y") and unit[-2:-1] not in set("aeiou"):
        return f"{unit[:-1]}ies"
    return f"{unit}es" if unit.endswith(("x", "ch", "sh", "z")) else f"{unit}s"


def units(count: Fraction, catalog: Denomination) -> str:
    """A number of usage units: `5M tokens`, `1 request`, `unlimited tokens`."""
    if count >= UNLIMITED:
        return f"unlimited {plural(catalog.unit)}"
    return f"{counted(count)} {catalog.unit if count == 1 else plural(catalog.unit)}"


def months(count: Fraction | int) -> str:
    """A number of months: `1 month`, `24 months`."""
    return f"{exact(Fraction(count))} {'month' if count == 1 else 'months'}"


def day(when: date) -> str:
    """A day as letters have it: `31 January 2027`."""
    return f"{when.day} {when:%B %Y}"


def percentage(ratio: Fraction, places: int = 1) -> str:
    """A ratio as a percentage of at most so many decimals: `30%`, `12.5%`."""
    return f"{_trimmed(grouped(ratio * 100, places))}%"


def _trimmed(text: str, places: int = 0) -> str:
    """A number without the zeros at its end, but for so many decimals."""
    whole, _, decimals = text.partition(".")
    kept = decimals[:places] + decimals[places:].rstrip("0")
    return f"{whole}.{kept}" if kept else whole


def change(new: Fraction, old: Fraction) -> str:
    """How far a number is from an older one: `30% lower`, `unchanged`; empty if that was zero."""
    if new == old:
        return "unchanged"
    if not old:
        return ""
    ratio = (new - old) / abs(old)
    share = percentage(abs(ratio))
    return f"{'under 0.1%' if share == '0%' else share} {'higher' if ratio > 0 else 'lower'}"


def cohort_in_words(cohort: Cohort) -> str:
    """What a profile was estimated from: `412 customers as of 2026-03 (billing system)`."""
    customers = f"{cohort.customers:,} customer{'' if cohort.customers == 1 else 's'}"
    as_of = f" as of {cohort.as_of}" if cohort.as_of else ""
    return f"{customers}{as_of}{f' ({cohort.source})' if cohort.source else ''}"


# --- fields ---------------------------------------------------------------------------------


def label(field: str, catalog: Denomination) -> str:
    """What people call a field: `term`, `included tokens`.

    A fact is called as the policy calls it.
    """
    if field == "included_units":
        return f"included {plural(catalog.unit)}"
    return _LABELS.get(field, field)


def field_value(field: str, value: Value, catalog: Denomination) -> str:
    """A field's value in words: `24 months`, `USD 1,200`, `5M tokens/month`, `yes`."""
    if field in BOOLEAN_FIELDS:
        return "yes" if value else "no"
    number = Fraction(value)
    if field == "usage_unit_price":
        return quote(number, catalog)
    if field == "included_units":
        return f"{units(number, catalog)}/month"
    if field == "contract_duration_months":
        return "month to month" if number == 1 else months(number)
    amount = exact_money(number, catalog.currency)
    if field == "prepaid_amount":
        return amount
    return f"{amount}/member/month" if field == "seat_fee" else f"{amount}/month"


def bounds_in_words(
    field: str, bounds: Grid | Values | None, canonical: Value, catalog: Denomination
) -> str:
    """What a field may be: `USD 0/month to USD 500/month in steps of USD 5/month`, `yes or no`.

    A field without tunable bounds keeps the list value.
    """
    if bounds is None:
        return f"only {field_value(field, canonical, catalog)}, as it is not tunable"
    if isinstance(bounds, Grid):
        return _grid_in_words(field, bounds, catalog)
    return listed([field_value(field, value, catalog) for value in bounds.values], "or")


def _grid_in_words(field: str, grid: Grid, catalog: Denomination) -> str:
    if grid.min == grid.max:
        return f"only {field_value(field, grid.min, catalog)}"
    low, step = (_without_unit(field, value, catalog) for value in (grid.min, grid.step))
    return f"{low} to {field_value(field, grid.max, catalog)} in steps of {step}"


def _without_unit(field: str, value: Fraction, catalog: Denomination) -> str:
    """The first end of a range, whose other end carries the unit."""
    if field == "usage_unit_price":
        return quoted(value, catalog)
    if field in {"included_units", "contract_duration_months"}:
        return counted(value)
    return exact_money(value, catalog.currency)


def listed(parts: Sequence[str], conjunction: str = "and") -> str:
    """The parts as a sentence lists them: `a, b and c`."""
    if len(parts) < 2:  # noqa: PLR2004 - one part needs no conjunction
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def coded(names: Iterable[str], conjunction: str = "and") -> str:
    """Names as a sentence lists them, each in backticks."""
    return listed([f"`{name}`" for name in names], conjunction)


# --- the two sides of a rule ----------------------------------------------------------------


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
        if unit.partition("/")[0] == catalog.unit:
            size, self.suffix = _size(given)
            self.factor = Fraction(1, size)
        scaled = [number * self.factor for number in given]
        if unit and catalog.currency not in unit and all(n.denominator == 1 for n in scaled):
            least_places = 0
        is_sum = unit in {catalog.currency, f"{catalog.currency}/month"}
        exact_places = 0 if is_sum else max(map(_places_of, scaled), default=0)
        self._least_places = least_places
        # A slack that is not zero is never shown as zero.
        self.places = places_apart([Fraction(0), *scaled], max(least_places, exact_places))

    def number(self, value: Fraction | None, *, aligned: bool = True) -> str:
        """A side or a slack without its unit, with the decimals of the others if they are aligned.

        `n/a` is a ratio over zero.
        """
        if value is None:
            return "n/a"
        if value >= UNLIMITED:
            return "unlimited"
        number = grouped(value * self.factor, self.places)
        return (number if aligned else _trimmed(number, self._least_places)) + self.suffix

    def unit_after(self, value: Fraction | None) -> str:
        """The unit as it stands after a number: `%`, `USD per 1M tokens`, `months`."""
        head, slash, rest = self.unit.partition("/")
        if not head or " " in self.unit or _is_currency(head) or abs(value or 0) == 1:
            return self.unit
        return self.unit if head == "%" else f"{plural(head)}{slash}{rest}"

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
            return f"{_trimmed(number)}%"
        head, _, tail = self.unit.partition(" ")
        if tail:
            return f"{head} {number} {tail}"
        return _with_unit(number, self.unit, value)


def _scale_of(unit: str, catalog: Denomination, *, share: bool) -> tuple[Fraction, str, int]:
    """What a rule's numbers are multiplied by, the unit they are then in, and their decimals."""
    if unit == f"{catalog.currency}/{catalog.unit}":
        return Fraction(catalog.quote_per), f"{catalog.currency} {quote_basis(catalog)}", CENTS
    if share:
        return Fraction(100), "%", 1
    return Fraction(1), unit, CENTS


def _places_of(number: Fraction) -> int:
    """The decimals of a number that ends within a few digits: 4 of `0.0077`; 0 of any other."""
    if 10**MOST_PLACES % number.denominator:
        return 0
    places = next(n for n in range(MOST_PLACES + 1) if 10**n % number.denominator == 0)
    return places if abs(number) * 10**places < 10**_MOST_DIGITS else 0


def _size(counts: Sequence[Fraction]) -> tuple[int, str]:
    """The size that usage is counted in, and its letter: millions, if there are any."""
    largest = max((abs(count) for count in counts if count < UNLIMITED), default=Fraction(0))
    return next(((size, letter) for size, letter in _SUFFIXES if largest >= size), (1, ""))


def _with_unit(number: str, unit: str, value: Fraction) -> str:
    head, slash, rest = unit.partition("/")
    if _is_currency(head):
        sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
        return f"{sign}{head} {digits}{slash}{rest}"
    return f"{number} {head if abs(value) == 1 else plural(head)}{slash}{rest}"


def _is_currency(unit: str) -> bool:
    return len(unit) == len("USD") and unit.isupper()
