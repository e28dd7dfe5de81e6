"""An explanation and its levers for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.solve import beyond, rates_view, shown
from cli.views.tables import bullets, cell_text, ruled_title, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.exact import value_of
from cp_pricing.telling.customer_words import headline
from cp_pricing.telling.lever_tables import (
    CustomerLeverRow,
    CustomerLeverTable,
    LeverRow,
    LeverTable,
)
from cp_pricing.telling.story import story
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_cell, price_head, price_words
from cp_pricing.words.tables import decision_cell
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cli.console.requests import Extent
    from cp_pricing.telling.context import Told
    from cp_pricing.telling.customer_view import CustomerView
    from cp_pricing.words.facts import Section
    from cp_pricing.words.numbers import Denomination

_INTERRUPTED = "INTERRUPTED: this is proven, but not all there is to say"
# From this width on there is room for bars, which are this wide.
_WIDE, _BAR = 90, 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
# As in the ladder: those below may have to sign as well.
_APPROVAL, _CONFIRMED = "Up to", "Confirmed"
_MANY = 3  # rows without a price, to be shown as one
Row: TypeAlias = LeverRow | CustomerLeverRow


def show_explanation(
    console: Console, told: Told, extent: Extent | None, *, interrupted: bool = False
) -> None:
    """Write what is read first of a result, then the rest of its explanation."""
    note = [Text(_INTERRUPTED, "bold yellow")] if interrupted else []
    # All of a result has its explanation already.
    rest = () if extent == "all" else beyond(story(told))
    write(console, *note, *shown(told, console.width, extent), *rest)


def show_to_customer(
    console: Console,
    view: CustomerView,
    sections: Sequence[Section],
    catalog: Denomination,
    *,
    interrupted: bool = False,
) -> None:
    """Write the customer's explanation under its decision, a sentence an item, and the rates."""
    word = cell_text(decision_cell(view.decision))
    head = Text.assemble((headline(view).upper(), word.style), "  ", plain(view.plan, "bold"))
    parts: list[RenderableType] = [ruled_title(head)]
    if interrupted:
        parts.append(Text(_INTERRUPTED, "bold yellow"))
    parts += [titled(section.title, bullets(section.sentences)) for section in sections]
    if view.list_rates:
        parts += rates_view(view.list_rates, view.rates, catalog)
    write(console, *parts)


# --- levers ---------------------------------------------------------------------------------


def show_lever(
    console: Console, lever: LeverTable | CustomerLeverTable, catalog: Denomination
) -> None:
    """Write the usage price for each value of a field, with bars where there is room."""
    name = f.label(lever.field, catalog)
    note = "" if lever.complete else ", for some of its possible values"
    columns = _columns(lever, catalog)
    if console.width >= _WIDE:
        most = max((_length(row, catalog) for row in lever.rows), default=Fraction(0))
        columns[""] = lambda row: _bar(_length(row, catalog), most)
    table = table_of(capital(name))
    for head in columns:
        figures = bool(head) and head not in {_APPROVAL, _CONFIRMED}
        table.add_column(head, justify="right" if figures else "left", no_wrap=figures)
    for rows in _grouped(lever):
        style = "bold" if rows[0].value == lever.asked else ""
        cells = [_values(lever, rows, catalog), *(cell(rows[0]) for cell in columns.values())]
        table.add_row(*(plain(cell, style) for cell in cells))
    noun = capital(price_words(catalog).noun)
    write(console, titled(f"{noun} by {name}{note}", table))


def _columns(
    lever: LeverTable | CustomerLeverTable, catalog: Denomination
) -> dict[str, Callable[[Row], str]]:
    """What stands beside the field's values, by the head of its column."""
    price = price_head([catalog])
    columns: dict[str, Callable[[Row], str]] = {price: lambda row: _quote(row, catalog)}
    if isinstance(lever, LeverTable):
        columns[f"LTV, {catalog.currency}"] = _ltv
    if any(_approval(row) for row in lever.rows):
        columns[_APPROVAL if isinstance(lever, LeverTable) else _CONFIRMED] = _approval
    return columns


def _grouped(lever: LeverTable | CustomerLeverTable) -> list[list[Row]]:
    """The rows, of which neighbours without a price are taken together; never the one asked for."""
    keys = {
        row.value: (row.value == lever.asked, _price(row), _undecided(row)) for row in lever.rows
    }
    ordered: Sequence[Row] = lever.rows
    groups: list[list[Row]] = []
    for _, group in groupby(ordered, lambda row: keys[row.value]):
        rows = list(group)
        together = _price(rows[0]) is None and len(rows) >= _MANY
        groups += [rows] if together else [[row] for row in rows]
    return groups


def _values(
    lever: LeverTable | CustomerLeverTable, rows: Sequence[Row], catalog: Denomination
) -> str:
    """The value of a row, or the first and the last of some."""
    first, last = (
        f.field_value(lever.field, value_of(row.value), catalog) for row in (rows[0], rows[-1])
    )
    if len(rows) > 1:
        return f"{first} to {last}"
    return f"{first} (this request)" if rows[0].value == lever.asked else first


def _price(row: Row) -> Fraction | None:
    if isinstance(row, LeverRow):
        return row.any_price
    return row.price.price if row.price else None


def _undecided(row: Row) -> bool:
    return row.status == "unknown" if isinstance(row, LeverRow) else not row.decided


def _quote(row: Row, catalog: Denomination) -> str:
    price = _price(row)
    if price is None:
        return "not decided" if _undecided(row) else "-"
    return price_cell(price, catalog)


def _ltv(row: Row) -> str:
    ltv = row.ltv if isinstance(row, LeverRow) else None
    return "-" if ltv is None else f.grouped(ltv, f.CENTS)


def _approval(row: Row) -> str:
    if isinstance(row, LeverRow):
        return row.approver or ""
    return "yes" if row.confirmed else ""


def _length(row: Row, catalog: Denomination) -> Fraction:
    """What a bar is to show: the price, or the discount if it is one."""
    price = _price(row)
    if price is None:
        return Fraction(0)
    return max(Fraction(0), 1 - price) if catalog.is_card else price


def _bar(price: Fraction, most: Fraction) -> str:
    """A bar as long as the price or the discount is high, from zero on."""
    if not price or not most:
        return ""
    # Blocks are drawn in eighths of a character; where there are none, in whole ones.
    eighths = int(price / most * _BAR * 8)
    if not (sys.stdout.encoding or "").lower().startswith("utf"):
        return "#" * (eighths // 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
