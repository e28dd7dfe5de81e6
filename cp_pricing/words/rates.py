"""What each meter of a rate card costs, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from cp_pricing.fields import UNLIMITED
from cp_pricing.terms import AnyTerms, CardTerms, MeterRate
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.sheet import NOTHING, Cell, Row, Table, heads

# As many rates as one line has room for.
MAIN: Final = 3


def main_rates(rates: Mapping[str, MeterRate], meters: Sequence[str], catalog: Denomination) -> str:
    """What some meters cost, in one line: `USD 2.55 per 1M input tokens, ...`.

    `meters` come in the order of how much they matter; of the first, in that of the catalog.
    """
    main = meters[:MAIN]
    told = (meter for meter in rates if meter in main)
    return ", ".join(_in_short(rates[meter], meter, catalog) for meter in told)


def with_rates(said: str, rates: str) -> str:
    """An offer with what it means: `15% off usage: USD 2.55 per 1M input tokens`."""
    return f"{said}: {rates}" if rates else said


def rates_of(terms: AnyTerms | None) -> Mapping[str, MeterRate]:
    """What each meter costs; nothing of terms that are no rate card's."""
    return terms.rates if isinstance(terms, CardTerms) else {}


def _in_short(rate: MeterRate, meter: str, catalog: Denomination) -> str:
    """A rate in short: of tiers, from the cheapest on."""
    if rate.package is not None:
        package = rate.package
        amount = f.exact_amount(package.price, catalog)
        return f"{amount} per {f.units(package.units, catalog, meter)}"
    if rate.tiers:
        return f"from {f.rate(min(tier.price for tier in rate.tiers), meter, catalog)}"
    return f.rate(rate.price or Fraction(0), meter, catalog)


# --- the table ------------------------------------------------------------------------------


def rates_table(
    listed: Mapping[str, MeterRate],
    offered: Mapping[str, MeterRate],
    catalog: Denomination,
    offer: str = "In the offer",
    *,
    in_one_line: bool = False,
) -> Table:
    """What each meter costs at list and, if there is one, in an `offer`: a row for each tier.

    Of a drawing that has no notes, what is one stands in one line with its text.
    """
    names = ["Usage", ">Included a month", ">At list", *([f">{offer}"] if offered else [])]
    rows = [
        row
        for meter, rate in listed.items()
        for row in _meter_rows(meter, rate, offered.get(meter), catalog)
    ]
    drawn = [tuple(map(_without_note, row)) for row in rows] if in_one_line else rows
    return Table("What usage costs", heads(*names), tuple(drawn))


def _without_note(cell: Cell) -> Cell:
    text = ", ".join(filter(None, (cell.text, cell.note)))
    return cell._replace(text=text, note="") if cell.note else cell


def tiers_note(rates: Mapping[str, MeterRate]) -> str:
    """What the limits of tiers count, where there are any."""
    tiered = any(rate.tiers for rate in rates.values())
    return "Tiers count a month's use beyond what is included." if tiered else ""


def _meter_rows(
    meter: str, listed: MeterRate, offered: MeterRate | None, catalog: Denomination
) -> Iterator[Row]:
    name = f.plural(f.unit_of(meter, catalog))
    for place, (which, price) in enumerate(_parts(listed, meter, catalog)):
        about = which if listed.tiers else "" if listed.discountable else "not discounted"
        included = Cell("") if place else _included(listed, offered or listed)
        cells = [Cell(name, about), included, Cell(price)]
        if offered is not None:
            cells.append(_offered(offered, place, meter, catalog, price))
        yield tuple(cells)


def _included(listed: MeterRate, shown: MeterRate) -> Cell:
    if not shown.included and not listed.included:
        return NOTHING
    note = f"{_count(listed.included)} at list" if shown.included != listed.included else ""
    return Cell(_count(shown.included), note)


def _count(units: Fraction) -> str:
    return "unlimited" if units >= UNLIMITED else f.counted(units) if units else "none"


def _parts(rate: MeterRate, meter: str, catalog: Denomination) -> Iterator[tuple[str, str]]:
    """Which use each part of a rate is for, and its price."""
    if not rate.tiers:
        yield "", _price(rate, meter, catalog)
        return
    before = Fraction(0)
    for tier in rate.tiers:
        yield _which(rate, before, tier.up_to), f.rate_alone(tier.price, meter, catalog)
        before = tier.up_to or before


def _which(rate: MeterRate, before: Fraction, up_to: Fraction | None) -> str:
    """The use beyond the allowance that a tier prices: its own part or, by volume, all of it."""
    if rate.mode == "volume":
        if up_to is None:
            return f"all, if more than {f.counted(before)}"
        return (
            f"all, if {f.counted(before)} to {f.counted(up_to)}"
            if before
            else (f"all, if up to {f.counted(up_to)}")
        )
    if up_to is None:
        return f"beyond {f.counted(before)}"
    return f"{f.counted(before)} to {f.counted(up_to)}" if before else f"first {f.counted(up_to)}"


def _price(rate: MeterRate, meter: str, catalog: Denomination) -> str:
    if rate.package is not None:
        return f"{f.exact_amount(rate.package.price, catalog)} per {f.counted(rate.package.units)}"
    return f.rate_alone(rate.price or Fraction(0), meter, catalog)


def _offered(rate: MeterRate, place: int, meter: str, catalog: Denomination, listed: str) -> Cell:
    """What a part of a rate costs in the offer; a price in place of tiers is that of each."""
    if rate.tiers:
        text = f.rate_alone(rate.tiers[place].price, meter, catalog)
    else:
        text = _price(rate, meter, catalog)
    return Cell(text, tone="" if text == listed else "strong")
