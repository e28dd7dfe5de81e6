"""What may stand in a cell of the tables: the same rule as a pattern for DuckDB and for Python.

DuckDB reads the tables and only counts what breaks a rule; if anything does, the rows are read
once more by Python, which says where and why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from constraints.text.source import clipped

_DAY = r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
# What exports write behind the day; the day is taken as it stands there.
_TIME = r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
_DATE = _DAY + _TIME
_BARE_MONTH = "[1-9][0-9]{3}-[0-9]{2}"
_MONTH = f"({_BARE_MONTH}|{_DATE})"
_NUMBER = r"[0-9]{1,24}([.][0-9]*)?([eE][+-]?[0-9]{1,2})?"
_WHOLE = r"[0-9]{1,9}([.]0*)?"
_FLAG = "(?i)(true|false|yes|no|1|0)"
_TRUE = "('true', 'yes', '1')"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cell: what it must match, its value in SQL of the text `{}`, how it is told.

    A number has bounds, which are admissible themselves.
    """

    pattern: str
    sql: str
    told: str
    is_date: bool = False
    is_required: bool = True
    least: float | None = None
    most: float = 1e15


TEXT = Kind(r"(?s).*\S.*", "{}", "a text")
LABEL = Kind(r"(?s).*", "{}", "a text", is_required=False)
DATE = Kind(_DATE, "TRY_CAST(left({}, 10) AS DATE)", "a day as 2026-09-30", is_date=True)
END = Kind(
    _DATE,
    "TRY_CAST(left({}, 10) AS DATE)",
    "a day as 2026-09-30, or nothing",
    is_date=True,
    is_required=False,
)
MONTH = Kind(
    _MONTH, "TRY_CAST(left({}, 7) || '-01' AS DATE)", "a month as 2026-09, or a day", is_date=True
)
UNITS = Kind(_NUMBER, "TRY_CAST({} AS DECIMAL(38, 9))", "a number from 0 to 10^15", least=0)
SEATS = Kind(_NUMBER, "TRY_CAST({} AS DOUBLE)", "a number above 0", is_required=False, least=1e-9)
TERM = Kind(
    _WHOLE, "TRY_CAST({} AS DOUBLE)::BIGINT", "whole months from 1 on", is_required=False, least=1
)
FLAG = Kind(_FLAG, f"lower({{}}) IN {_TRUE}", "true or false", is_required=False)


@dataclass(frozen=True, slots=True)
class Dates:
    """How days are written: ISO 8601, or in a format of `strptime`, beside which months stay."""

    format: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a format that does not say which year a day is of."""
        if self.format is not None and not re.search("%[yYcxG]", self.format):
            message = f"`{self.format}` is no format of a day: write it like `%d.%m.%Y`"
            raise ValueError(message)

    def sql(self, kind: Kind, text: str) -> str:
        """The value of a text of a kind in SQL; null for what breaks the kind's rule."""
        if kind.is_date and self.format is not None:
            day = f"CAST(try_strptime({text}, {quoted(self.format)}) AS DATE)"
            return day if kind is not MONTH else f"coalesce({day}, {Dates().sql(kind, text)})"
        value = kind.sql.format(text)
        within = "" if kind.least is None else f" AND {value} BETWEEN {kind.least} AND {kind.most}"
        matches = f"regexp_full_match({text}, {quoted(kind.pattern)}){within}"
        return f"CASE WHEN {matches} THEN {value} END"

    def fault(self, kind: Kind, text: str) -> str:
        """What is wrong with the text of a cell, as it follows the column's name; or nothing."""
        if not text:
            return "must not be empty" if kind.is_required else ""
        if kind.is_date and self.format is not None:
            if _is_day(text, self.format) or (kind is MONTH and not Dates().fault(kind, text)):
                return ""
            month = "a month as 2026-09, or " if kind is MONTH else ""
            return f"must be {month}a day written as `{self.format}`, not `{clipped(text)}`"
        if not re.fullmatch(kind.pattern, text) or not _means(kind, text):
            return f"must be {kind.told}, not `{clipped(text)}`"
        return ""


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _means(kind: Kind, text: str) -> bool:
    """Whether a text of the right shape also has a value: there is no 30th of February."""
    if kind.is_date:
        day = text[:10] if len(text) > len("2026-09") else f"{text[:7]}-01"
        return _is_day(day, "%Y-%m-%d")
    return kind.least is None or kind.least <= float(text) <= kind.most


def _is_day(text: str, written: str) -> bool:
    try:
        datetime.strptime(text, written)  # noqa: DTZ007 - a day, wherever
    except ValueError:
        return False
    return True
