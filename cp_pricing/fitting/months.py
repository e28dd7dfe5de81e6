"""Months counted from a day, and months of the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

_YEAR = 12


def plus_months(day: date, months: int) -> date:
    """The day so many months later, the last of its month where it has no such day."""
    years, month = divmod(day.month - 1 + months, _YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def complete_months(start: date, until: date) -> int:
    """How many months, counted from `start`, are over on the morning of `until`; from 0."""
    months = (until.year - start.year) * _YEAR + until.month - start.month
    # The day of the month settles it, but for what is cut at the end of a short month.
    if until.day < start.day and plus_months(start, months) > until:
        months -= 1
    return max(months, 0)


def begun_months(start: date, until: date) -> int:
    """How many months, counted from `start`, have begun before the morning of `until`; from 0."""
    months = complete_months(start, until)
    return months + (until > plus_months(start, months))


def calendar_month(day: date) -> int:
    """The month of the calendar that a day is in, as a number that grows by one a month."""
    return day.year * _YEAR + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month of the calendar."""
    return date(month // _YEAR, month % _YEAR + 1, 1)


def first_whole_month(start: date) -> int:
    """The first month of the calendar that begins on a day or after it."""
    return calendar_month(start) + (start.day > 1)


def day_after(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)
