"""Bills of many months at once beside the pricing model, and which months count as use."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from constraints.language.expressions import Name
from cp_pricing.book.loading import load_price_book
from cp_pricing.files.shipped import shipped_books
from cp_pricing.fitting.holdout import hold_out
from cp_pricing.fitting.profile import group_of
from cp_pricing.fitting.retention.estimation import candidates, chosen
from cp_pricing.fitting.retention.exposure import exposure_of
from cp_pricing.fitting.retention.likelihood import NO_MULTIPLIERS
from cp_pricing.fitting.stays import Subscription, Window, segments_of, stays_of
from cp_pricing.fitting.tables.records import Records
from cp_pricing.fitting.use.bills import bills
from cp_pricing.fitting.use.coverage import PARTIAL, UNSUBSCRIBED, UNUSED, covered
from cp_pricing.fitting.use.scenarios import Months
from cp_pricing.model.pricing import pricing_of
from cp_pricing.profiles.profile import of_meter

BOOKS = {book.name: book.folder for book in shipped_books()}


@pytest.mark.parametrize("name", BOOKS)
def test_bills_are_those_of_the_pricing_model(name: str) -> None:
    book = load_price_book(BOOKS[name])
    pricing = pricing_of(book)
    compared = 0
    for profile in book.profiles:
        weights = np.array([float(scenario.weight) for scenario in profile.monthly_usage])
        for plan in book.available(profile.id):
            units = [
                [float(of_meter(scenario.units, meter)) for meter in plan.meters]
                for scenario in profile.monthly_usage
            ]
            ours = weights @ bills(plan, profile.members_per_customer, np.array(units))
            listed = pricing.offer(plan.id, profile.id).listed
            exact = listed.number(Name("expected_monthly_bill")) or Fraction(0)
            assert ours == pytest.approx(float(exact), rel=1e-9)
            compared += 1
    assert compared


def month(text: str) -> int:
    year, number = map(int, text.split("-"))
    return year * 12 + number - 1


def records(rows: list[tuple[int, str, float]], subscriptions: list[Subscription]) -> Records:
    customers = max(each.customer for each in subscriptions) + 1
    months = [month(row[1]) for row in rows]
    return Records(
        subscriptions=tuple(subscriptions),
        groups=("",) * customers,
        meters=("",),
        used_customer=np.array([row[0] for row in rows]),
        used_month=np.array(months),
        used_meter=np.zeros(len(rows), dtype=np.int64),
        used_units=np.array([row[2] for row in rows]),
        told=(min(months), max(months)),
        files=("s", "u"),
    )


def subscribed(customer: int, start: str, end: str = "") -> Subscription:
    ended = date.fromisoformat(end) if end else None
    return Subscription(customer, date.fromisoformat(start), ended, "p", None, None, reduced=False)


def test_only_complete_months_of_the_calendar_count() -> None:
    rows = [
        (0, "2025-01", 1.0),  # they came on the 10th
        (0, "2025-02", 2.0),
        (0, "2025-04", 4.0),
        (0, "2025-05", 5.0),  # they left on the 20th
        (0, "2025-07", 7.0),  # after that
        (1, "2025-02", 20.0),
        (1, "2025-06", 60.0),  # not over on the last day
    ]
    known = records(rows, [subscribed(0, "2025-01-10", "2025-05-20"), subscribed(1, "2025-02-01")])
    stays = stays_of(known.subscriptions, date(2025, 6, 30)).stays
    dropped: Counter[str] = Counter()
    found = covered(known, stays, month("2025-06"), dropped)
    shown = [
        (int(c), int(m), float(u))
        for c, m, u in zip(found.customer, found.month, found.units[:, 0], strict=True)
    ]
    assert shown == [
        (0, month("2025-02"), 2.0),
        (0, month("2025-03"), 0.0),
        (0, month("2025-04"), 4.0),
        (1, month("2025-02"), 20.0),
        (1, month("2025-03"), 0.0),
        (1, month("2025-04"), 0.0),
        (1, month("2025-05"), 0.0),
    ]
    assert dropped == {UNUSED: 4, PARTIAL: 3, UNSUBSCRIBED: 1}


def test_months_before_and_after_all_use_are_not_known() -> None:
    rows = [(0, "2025-03", 3.0), (1, "2025-04", 4.0)]
    known = records(rows, [subscribed(0, "2025-01-01"), subscribed(1, "2025-01-01")])
    stays = stays_of(known.subscriptions, date(2025, 12, 31)).stays
    found = covered(known, stays, month("2026-01"), Counter())
    assert found.month.tolist() == [month("2025-03"), month("2025-04")] * 2


def test_months_without_use_of_a_group_are_known_where_another_has_some() -> None:
    rows = [(0, "2025-02", 3.0), (1, "2025-03", 4.0), (0, "2025-04", 5.0)]
    both = records(rows, [subscribed(0, "2025-01-01"), subscribed(1, "2025-01-01")])
    known = group_of(replace(both, groups=("one", "other")), "other", "other").records
    stays = stays_of(known.subscriptions, date(2025, 12, 31)).stays
    found = covered(known, stays, month("2026-01"), Counter())
    assert found.month.tolist() == [month(f"2025-0{number}") for number in (2, 3, 4)]
    assert found.units[:, 0].tolist() == [0, 4, 0]


def test_the_last_months_are_expected_from_those_before() -> None:
    until = date(2026, 1, 1)
    subscriptions = []
    for number in range(240):
        start = date(2024, 1 + number % 12, 1)
        # A twentieth of each month's leaves every month, in turn.
        last = 1 + number // 12
        end = date(2024 + (number % 12 + last) // 12, (number % 12 + last) % 12 + 1, 1)
        subscriptions.append(Subscription(number, start, end, "p", None, None, reduced=False))
    stays = stays_of(subscriptions, until).stays
    window = Window(until)
    counts = exposure_of(segments_of(stays, window, Counter())).counts()
    tried = candidates(counts, NO_MULTIPLIERS)
    estimator = chosen("curve", counts, tried, NO_MULTIPLIERS)
    used = Months(
        np.zeros(4, dtype=np.int64),
        np.array([month("2025-06"), month("2025-07"), month("2025-08"), month("2025-12")]),
        np.array([[1.0], [3.0], [5.0], [7.0]]),
    )
    trial = hold_out(stays, window, counts, estimator, used)
    assert trial is not None
    assert trial.months == 5
    gone = [each for each in subscriptions if each.end and date(2025, 8, 1) < each.end <= until]
    assert trial.observed == len(gone)
    assert trial.expected == pytest.approx(trial.observed, abs=3 * trial.spread)
    assert (trial.use_before, trial.use_then) == ((2.0,), (6.0,))


def test_with_too_few_there_is_no_trial(tmp_path: Path) -> None:
    stays = stays_of([subscribed(0, "2025-01-01", "2025-03-01")], date(2026, 1, 1)).stays
    counts = exposure_of(segments_of(stays, Window(date(2026, 1, 1)), Counter())).counts()
    estimator = chosen("constant", counts, candidates(counts, NO_MULTIPLIERS), NO_MULTIPLIERS)
    none = Months(np.array([0]), np.array([month("2025-01")]), np.ones((1, 1)))
    assert hold_out(stays, Window(date(2026, 1, 1)), counts, estimator, none) is None
