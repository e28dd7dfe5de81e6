"""A sheet as a CSV or an xlsx file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from constraints.text.numerals import decimal_string
from cp_pricing.files.csv_lines import Cell, csv_line
from cp_pricing.files.extras import extra
from cp_pricing.words.offers_sheet import SheetRow, SheetValue

ENDINGS: Final = (".csv", ".xlsx")
# A spreadsheet's numbers have 15 digits; what has more before its point stays a text.
_LARGEST: Final = 10**15
# The same offers make the same bytes: no file bears the time at which it was made.
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a spreadsheet's times have no zone
_MONEY, _EXACT = "#,##0.00", "#,##0.00##########"


def xlsx_writer() -> Any:  # noqa: ANN401 - a module without types
    """What writes xlsx files; raises `MissingExtraError` if it is not installed."""
    return extra("xlsxwriter", "an xlsx file", "XlsxWriter", "xlsx")


def spreadsheet(rows: Sequence[SheetRow], ending: str) -> bytes:
    """The sheet as a file of one of `ENDINGS`, its first row the heads of the columns."""
    return _xlsx(rows) if ending == ".xlsx" else _csv(rows)


def _csv(rows: Sequence[SheetRow]) -> bytes:
    """Exact decimal numbers, those without an end to 12 significant digits."""
    return b"".join(
        csv_line([row.name, row.unit, *(_plain(value) for value in row.values)]) for row in rows
    )


def _plain(value: SheetValue) -> Cell:
    if value is None or isinstance(value, (bool, str)):
        return value
    return decimal_string(Fraction(value))


def _xlsx(rows: Sequence[SheetRow]) -> bytes:
    file = io.BytesIO()
    with xlsx_writer().Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Offers")
        for number, row in enumerate(rows):
            head = bold if number == 0 else None
            sheet.write_string(number, 0, row.name, bold)
            sheet.write_string(number, 1, row.unit, head)
            style = head or book.add_format({"num_format": _format(row), "align": "right"})
            for column, value in enumerate(row.values, start=2):
                _write(sheet, (number, column), value, style)
        sheet.freeze_panes(1, 2)
        sheet.autofit(max_width=400)
    return file.getvalue()


def _write(sheet: Any, place: tuple[int, int], value: SheetValue, style: object) -> None:  # noqa: ANN401 - the writer has no types
    """Write a cell as what it is: a text never becomes a formula or a link."""
    match value:
        case None:
            sheet.write_blank(*place, None, style)
        case bool():
            sheet.write_boolean(*place, value, style)
        case Fraction() if abs(value) < _LARGEST:
            sheet.write_number(*place, float(value), style)
        case Fraction():
            sheet.write_string(*place, decimal_string(value), style)
        case _:
            sheet.write_string(*place, str(value), style)


def _format(row: SheetRow) -> str:
    """How a row's numbers are shown: amounts to the cent, prices with all their decimals."""
    numbers = [value for value in row.values if isinstance(value, Fraction)]
    if " per " in row.unit:
        return _EXACT
    return "#,##0" if all(number.denominator == 1 for number in numbers) else _MONEY
