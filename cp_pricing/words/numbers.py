"""Numbers as a deal desk reads them: money, prices per quoted quantity, percentages, units.

Every function takes exact numbers and returns plain text in one line; nothing here rounds what is
computed, only what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_places, decimal_string, nearest
from cp_pricing.catalog.tunables import Grid, Values
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    BOOLEAN_FIELDS,
    DISCOUNT,
    PRICE,
    RATES,
    UNLIMITED,
    base_name,
    meter_of,
)

if TYPE_CHECKING:
    from cp_pricing.profiles.profile import Cohort

CENTS = 2
# Beyond this a difference is said to be "less than" the last place shown.
MOST_PLACES = 12
SUFFIXES = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
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
    DISCOUNT: "usage discount",
}


# What an amount of a field is for, where that is not a month.
_PER = {"prepaid_amount": "", "seat_fee": "/member/month"}


class Metered(Protocol):
    """A meter, its unit, and how many units its price is shown for."""

    @property
    def id(self) -> str:
        """By which rates name it."""

    @property
    def unit(self) -> str:
        """What it counts, singular."""

    @property
    def quote_per(self) -> Fraction:
        """How many units its price is shown for."""


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

    @property
    def meters(self) -> Sequence[Metered]:
        """What counts usage."""

    @property
    def is_card(self) -> bool:
        """Whether a usage price is a price level: what is charged of a rate card."""


# --- plain numbers --------------------------------------------------------------------------


def grouped(value: Fraction, places: int) -> str:
    """The number rounded half-even to `places` decimals, thousands set apart: `1,234.50`."""
    scaled = nearest(abs(value.numerator) * 10**places, value.denominator)
    whole, decimals = divmod(scaled, 10**places)
    sign = "-" if scaled and value.numerator < 0 else ""
    return f"{sign}{whole:,}" + (f".{decimals:0{places}}" if places else "")


def exact(value: Fraction, least_places: int = 0) -> str:
    """The whole number with at least so many decimals; 12 significant digits if it is endless."""
    places = decimal_places(value.denominator) or len(decimal_string(value).partition(".")[2])
    return grouped(value, max(least_places, places))


def counted(value: Fraction) -> str:
    """A count, short where it is round: `1M`, `2.5M`, `20k` stays `20,000`, `1,234,567`."""
    number, under = value.as_integer_ratio()
    for size, suffix in SUFFIXES:
        # At least one of that size, to three decimals.
        if abs(number) >= size * under and number * 1000 % (size * under) == 0:
            return exact(value / size) + suffix
    return exact(value)


def places_apart(values: Sequence[Fraction], places: int = CENTS) -> int:
    """The fewest decimals, from `places` on, that round no two different numbers to the same."""
    apart = len({value.as_integer_ratio() for value in values})  # fractions take long to hash
    while places < MOST_PLACES and len({grouped(value, places) for value in values}) < apart:
        places += 1
    return places


# --- money and prices -----------------------------------------------------------------------


def money(amount: Fraction, currency: str, places: int = CENTS) -> str:
    """An amount to the cent: `USD 1,234.50`, `-USD 3.00`."""
    return _in(currency, grouped(amount, places))


def exact_money(amount: Fraction, currency: str) -> str:
    """An amount as agreed, with as many decimals as it has: `USD 1,200`, `USD 49.90`."""
    return _in(currency, exact(amount, 0 if amount.denominator == 1 else CENTS))


def exact_amount(amount: Fraction, catalog: Denomination) -> str:
    """An amount with all its decimals, two at least: `USD 3.9825`."""
    return _in(catalog.currency, exact(amount, CENTS))


def _in(currency: str, number: str) -> str:
    return f"-{currency} {number[1:]}" if number.startswith("-") else f"{currency} {number}"


def quoted(price: Fraction, catalog: Denomination) -> str:
    """The price of `quote_per` units, exact, with at least two decimals: `USD 7.00`.

    Of a rate card the discount: `15%`, or `-5%` where more than the list is charged.
    """
    if catalog.is_card:
        return _share(1 - price)
    return exact_amount(price * catalog.quote_per, catalog)


def _share(ratio: Fraction) -> str:
    """A ratio as a percentage, exact."""
    return f"{trimmed(exact(ratio * 100))}%"


def quote_basis(catalog: Denomination) -> str:
    """What a quoted price is for: `per 1M tokens`, `per 1,000 requests`, `per GB`, `off usage`."""
    if catalog.is_card:
        return "off usage"
    return per_units(Fraction(catalog.quote_per), catalog.unit)


@lru_cache(maxsize=64)
def per_units(quantity: Fraction, unit: str) -> str:
    """What a price is for: `per 1M tokens`, `per request`."""
    if quantity == 1:
        return f"per {unit}"
    return f"per {counted(quantity)} {plural(unit)}"


def quote(price: Fraction, catalog: Denomination) -> str:
    """A usage price (currency/unit) as people are shown it: `USD 7.00 per 1M tokens`.

    Of a rate card the discount on usage: `15% off usage`, `list rates`, `5% above list rates`.
    """
    if catalog.is_card and price >= 1:
        return "list rates" if price == 1 else f"{_share(price - 1)} above list rates"
    return f"{quoted(price, catalog)} {quote_basis(catalog)}"


def quote_range(low: Fraction, high: Fraction, catalog: Denomination) -> str:
    """Usage prices in words: `USD 5.90 to USD 8.00 per 1M tokens`.

    Levels go down as discounts go up: `5% to 30% off usage`, `list rates to 30% off usage`.
    """
    if low == high:
        return quote(low, catalog)
    if not catalog.is_card:
        return f"{quoted(low, catalog)} to {quote(high, catalog)}"
    least = quoted(high, catalog) if high < 1 else quote(high, catalog)
    return f"{least} to {quote(low, catalog)}"


def price_change(new: Fraction, old: Fraction, catalog: Denomination) -> str:
    """How far a usage price is from an older one, where it does not say so itself: a discount does.

    Between two discounts there are points: `2.5 points more off`.
    """
    if not catalog.is_card or new == old:
        return change(new, old)
    return "" if old == 1 else f"{points(new - old)} {'less' if new > old else 'more'} off"


def points(ratio: Fraction) -> str:
    """The distance between two percentages: `2.5 points`, `1 point`."""
    size = _share(abs(ratio)).removesuffix("%")
    return f"{size} point{'' if size == '1' else 's'}"


# --- units, time, ratios --------------------------------------------------------------------


def plural(unit: str) -> str:
    """The plural of a usage unit; an abbreviation such as `GB` has none of its own."""
    if unit[-1:].isupper() or unit.endswith("s"):
        return unit
    if unit.endswith("y") and unit[-2:-1] not in set("aeiou"):
        return f"{unit[:-1]}ies"
    return f"{unit}es" if unit.endswith(("x", "ch", "sh", "z")) else f"{unit}s"


def units(count: Fraction, catalog: Denomination, meter: str = "") -> str:
    """A number of usage units: `5M tokens`, `1 request`, `unlimited input tokens`."""
    unit = unit_of(meter, catalog)
    if count >= UNLIMITED:
        return f"unlimited {plural(unit)}"
    return f"{counted(count)} {unit if count == 1 else plural(unit)}"


def unit_of(meter: str, catalog: Denomination) -> str:
    """What a meter counts, as people say it: `input token`, or `token` where there is one."""
    for own in catalog.meters:
        if own.id == meter:
            words = meter.replace("_", " ")
            return own.unit if len(catalog.meters) == 1 else _joined(words, own.unit)
    return catalog.unit


def _joined(words: str, unit: str) -> str:
    """A meter's words before its unit, unless they say it already: `messages` of `message`."""
    last = words.rpartition(" ")[2]
    return words.removesuffix(last) + unit if last in {unit, plural(unit)} else f"{words} {unit}"


def use(measure: Fraction | Mapping[str, Fraction], catalog: Denomination) -> str:
    """Units by meter: `20M input tokens, 4M output tokens`."""
    if isinstance(measure, Fraction):
        return units(measure, catalog)
    return ", ".join(units(count, catalog, meter) for meter, count in measure.items())


def months(count: Fraction | int) -> str:
    """A number of months: `1 month`, `24 months`."""
    return f"{exact(Fraction(count))} {'month' if count == 1 else 'months'}"


def day(when: date) -> str:
    """A day as letters have it: `31 January 2027`."""
    return f"{when.day} {when:%B %Y}"


def percentage(ratio: Fraction, places: int = 1) -> str:
    """A ratio as a percentage of at most so many decimals: `30%`, `12.5%`."""
    return f"{trimmed(grouped(ratio * 100, places))}%"


def trimmed(text: str, places: int = 0) -> str:
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
    base, meter = base_name(field), meter_of(field)
    if base == ALLOWANCE:
        return f"included {plural(unit_of(meter, catalog))}"
    if base == RATES:
        return f"price of {plural(unit_of(meter, catalog))}"
    if field == PRICE and catalog.is_card:
        return "usage discount"
    return _LABELS.get(field, field)


def field_value(field: str, value: Value, catalog: Denomination) -> str:
    """A field's value in words: `24 months`, `USD 1,200`, `5M tokens/month`, `yes`."""
    if field in BOOLEAN_FIELDS:
        return "yes" if value else "no"
    number = Fraction(value)
    base, meter = base_name(field), meter_of(field)
    if field == PRICE:
        return quote(number, catalog)
    if base == ALLOWANCE:
        return f"{units(number, catalog, meter)}/month"
    if base == RATES:
        return rate_alone(number, meter, catalog)
    if field == "contract_duration_months":
        return "month to month" if number == 1 else months(number)
    return exact_money(number, catalog.currency) + _PER.get(field, "/month")


def rate(price: Fraction, meter: str, catalog: Denomination) -> str:
    """The price of a meter's use as it is shown: `USD 12.00 per 1M output tokens`."""
    per = quote_per_of(meter, catalog)
    return f"{exact_amount(price * per, catalog)} {per_units(per, unit_of(meter, catalog))}"


def rate_alone(price: Fraction, meter: str, catalog: Denomination) -> str:
    """The same where the meter has been named: `USD 12.00 per 1M`, `USD 0.10 each`."""
    if price == AS_LISTED:
        return "as listed"
    per = quote_per_of(meter, catalog)
    return f"{exact_amount(price * per, catalog)} {'each' if per == 1 else f'per {counted(per)}'}"


def quote_per_of(meter: str, catalog: Denomination) -> Fraction:
    """How many units of a meter its price is shown for."""
    return next((Fraction(own.quote_per) for own in catalog.meters if own.id == meter), Fraction(1))


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
    if field == PRICE and catalog.is_card:
        return f"{quote_range(grid.min, grid.max, catalog)} in steps of {_share(grid.step)}"
    low, step = (_without_unit(field, value, catalog) for value in (grid.min, grid.step))
    return f"{low} to {field_value(field, grid.max, catalog)} in steps of {step}"


def _without_unit(field: str, value: Fraction, catalog: Denomination) -> str:
    """The first end of a range, whose other end carries the unit."""
    if field == PRICE:
        return quoted(value, catalog)
    if base_name(field) in {ALLOWANCE, "contract_duration_months"}:
        return counted(value)
    if base_name(field) == RATES:
        return exact_amount(value * quote_per_of(meter_of(field), catalog), catalog)
    return exact_money(value, catalog.currency)


def listed(parts: Sequence[str], conjunction: str = "and") -> str:
    """The parts as a sentence lists them: `a, b and c`."""
    if len(parts) < 2:  # noqa: PLR2004 - one part needs no conjunction
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def coded(names: Iterable[str], conjunction: str = "and") -> str:
    """Names as a sentence lists them, each in backticks."""
    return listed([f"`{name}`" for name in names], conjunction)
