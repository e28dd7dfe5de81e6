"""Subscriptions as stays and months at risk: who could have left when, and who did."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_pricing.fitting.months import begun_months, complete_months, plus_months
from cp_pricing.fitting.retention.exposure import FREE, IN_TERM, REDUCED, Segment
from cp_pricing.fitting.stays import (
    ENDS_FIRST,
    INCOMPLETE_END,
    NOT_SEEN,
    OVERLAPS,
    RETURNS,
    STARTS_LATE,
    Subscription,
    Window,
    segments_of,
    stays_of,
)

UNTIL = date(2026, 10, 1)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 60))
def test_so_many_months_later_so_many_are_complete(day: date, months: int) -> None:
    later = plus_months(day, months)
    assert complete_months(day, later) == begun_months(day, later) == months


@given(days, days)
def test_the_months_that_have_begun_are_those_complete_or_one_more(one: date, other: date) -> None:
    start, until = sorted((one, other))
    complete = complete_months(start, until)
    assert plus_months(start, complete) <= until < plus_months(start, complete + 1)
    assert begun_months(start, until) == complete + (plus_months(start, complete) < until)


def test_a_month_from_the_last_of_january_ends_with_february() -> None:
    assert plus_months(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert complete_months(date(2025, 1, 31), date(2025, 2, 28)) == 1
    assert complete_months(date(2025, 1, 31), date(2025, 2, 27)) == 0


def row(
    start: str,
    end: str = "",
    *,
    customer: int = 0,
    term: int | None = None,
    reduced: bool = False,
) -> Subscription:
    ended = date.fromisoformat(end) if end else None
    return Subscription(
        customer, date.fromisoformat(start), ended, "plan", term, None, reduced=reduced
    )


def risk(
    *rows: Subscription, seen_from: str = "", until: date = UNTIL
) -> tuple[list[tuple[int, int, int, bool]], dict[str, int]]:
    """The segments without their customer, and what was not as it was."""
    found = stays_of(rows, until)
    window = Window(until, date.fromisoformat(seen_from) if seen_from else None)
    segments = segments_of(found.stays, window, found.dropped)
    return [each[1:] for each in segments], dict(+found.dropped)


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2026-01-10", 1),  # on the day that they came: within the first month
        ("2026-02-09", 1),
        ("2026-02-10", 1),  # with the month that was paid
        ("2026-02-11", 2),
        ("2026-07-10", 6),
    ],
)
def test_who_ends_within_a_month_was_there_at_its_start(end: str, last: int) -> None:
    assert risk(row("2026-01-10", end)) == ([(FREE, 0, last, True)], {})


def test_who_is_still_there_is_known_for_complete_months() -> None:
    assert risk(row("2026-01-10")) == ([(FREE, 0, 8, False)], {})
    assert risk(row("2026-01-10", "2026-12-31")) == ([(FREE, 0, 8, False)], {})
    # On the last day of September the month from the first is complete, and not that from the 2nd.
    assert risk(row("2026-09-01"))[0] == [(FREE, 0, 1, False)]
    assert risk(row("2026-09-02")) == ([], {NOT_SEEN: 1})


def test_who_left_in_a_month_that_is_not_over_was_there_before_it() -> None:
    # Of their like who stay, nothing is known of this month either.
    assert risk(row("2026-01-10", "2026-09-20")) == ([(FREE, 0, 8, False)], {INCOMPLETE_END: 1})


def test_who_was_first_seen_late_was_at_risk_since() -> None:
    assert risk(row("2025-01-10"), seen_from="2026-01-01")[0] == [(FREE, 12, 20, False)]
    assert risk(row("2025-01-10"), seen_from="2026-01-10")[0] == [(FREE, 12, 20, False)]
    assert risk(row("2025-01-10", "2026-01-05"), seen_from="2026-01-01") == ([], {NOT_SEEN: 1})
    assert risk(row("2026-02-10"), seen_from="2026-01-01")[0] == [(FREE, 0, 7, False)]


def test_what_is_no_stay_is_counted() -> None:
    rows = row("2026-02-10", "2026-02-01"), row("2026-10-01", customer=1)
    assert risk(*rows) == ([], {ENDS_FIRST: 1, STARTS_LATE: 1})


def test_plans_one_after_the_other_are_one_stay() -> None:
    changed = row("2026-01-10", "2026-03-10"), row("2026-03-10", "2026-06-10")
    assert risk(*changed) == ([(FREE, 0, 5, True)], {})
    paused = row("2026-01-10", "2026-03-10"), row("2026-04-10", "2026-06-10")
    assert risk(*paused) == ([(FREE, 0, 5, True)], {})


def test_who_comes_back_after_a_while_begins_anew() -> None:
    rows = row("2025-01-10", "2025-03-10"), row("2025-06-10", "2025-08-01")
    assert risk(*rows) == ([(FREE, 0, 2, True), (FREE, 0, 2, True)], {RETURNS: 1})


def test_subscriptions_side_by_side_are_one_stay() -> None:
    rows = row("2026-01-10", "2026-06-10"), row("2026-02-01", "2026-03-01"), row("2026-06-01")
    assert risk(*rows) == ([(FREE, 0, 8, False)], {OVERLAPS: 2})


def test_months_in_term_are_told_apart() -> None:
    assert risk(row("2025-10-01", term=6))[0] == [(IN_TERM, 0, 6, False), (FREE, 6, 12, False)]
    assert risk(row("2025-10-01", "2026-01-20", term=6, reduced=True))[0] == [(REDUCED, 0, 4, True)]
    renewed = row("2025-10-01", "2026-04-01", term=6), row("2026-04-01", term=3)
    assert risk(*renewed)[0] == [
        (IN_TERM, 0, 6, False),
        (IN_TERM, 6, 9, False),
        (FREE, 9, 12, False),
    ]


def test_month_to_month_only_the_first_month_is_in_term() -> None:
    rows = row("2025-10-01", "2026-01-01", term=1), row("2026-01-01", term=1)
    assert risk(*rows)[0] == [(IN_TERM, 0, 1, False), (FREE, 1, 12, False)]


def test_segments_are_of_their_customer() -> None:
    found = stays_of([row("2026-01-01", customer=3)], UNTIL)
    assert segments_of(found.stays, Window(UNTIL), Counter()) == [
        Segment(3, FREE, 0, 9, lost=False)
    ]
