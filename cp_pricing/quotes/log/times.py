"""Moments and days of the record: all in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises `ValueError` for one that has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """A moment as the log has it: `2026-11-30T03:00:00.000000Z`."""
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(moment: datetime) -> date:
    """The day in UTC that a moment is on."""
    return as_utc(moment).date()


def is_over(until: date | None, now: datetime) -> bool:
    """Whether a day has passed, in UTC; what has no such day is never over."""
    return until is not None and day_of(now) > until
