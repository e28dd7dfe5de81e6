"""Rows as lines of CSV files, which no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TypeAlias

Cell: TypeAlias = str | int | bool | None

# What makes a formula of a cell, in one spreadsheet or another; the last three are skipped there.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)


def csv_line(cells: Iterable[Cell], *, plain: bool = False) -> bytes:
    """Cells as a line of a CSV file: nothing for a missing value, `true` and `false`.

    A text that a spreadsheet would take for a formula has an apostrophe before it, unless `plain`.
    """
    text = io.StringIO()
    shown = (_shown(cell, plain=plain) for cell in cells)
    # A bare return is no reason for the writer to put quotes round a cell, but ends a row for many.
    csv.writer(text, lineterminator="\n").writerow(cell.replace("\r", "\n") for cell in shown)
    return text.getvalue().encode()


def _shown(cell: Cell, *, plain: bool) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case str() if not plain and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
            return f"'{cell}"
        case _:
            return str(cell)
