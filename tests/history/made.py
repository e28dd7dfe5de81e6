"""Subscriptions and usage that the pilot's profiles could have been fitted to.

Nothing here happened. Chance is stratified: of so many customers who start one after the other, one
lives as long as each share of all would. So a few come as near to the profiles as many would.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import NormalDist

from cp_pricing.fitting.months import calendar_month, first_day, plus_months
from cp_pricing.model.retention import base_hazards
from cp_pricing.profiles.profile import Profile, expected_units

AS_OF = date(2026, 9, 30)
_SEED = 20260930
_STRATA = 12
# How much of the use is the customer's, and how much the month's.
_OWN = 0.8
_SPREAD = 0.15
_NORMAL = NormalDist()
_NEVER = 1_000


@dataclass(frozen=True)
class Cohort:
    """The customers of a profile: their number, when they started, on which plan."""

    profile: Profile
    customers: int
    first: date
    last: date
    plan: str


@dataclass(frozen=True)
class History:
    """The two tables, as rows of texts below their headers."""

    subscriptions: tuple[tuple[str, ...], ...]
    usage: tuple[tuple[str, ...], ...]


SUBSCRIPTIONS = ("customer", "segment", "start", "end", "plan", "seats")
USAGE = ("customer", "month", "units")


def history(cohorts: Sequence[Cohort]) -> History:
    """The tables of some cohorts."""
    subscriptions: list[tuple[str, ...]] = []
    usage: list[tuple[str, ...]] = []
    for cohort in cohorts:
        lives = list(_lives(cohort))
        seats = str(cohort.profile.members_per_customer)
        name = cohort.profile.id
        for number, (start, end) in enumerate(lives):
            row = (_customer(name, number), name, str(start), str(end or ""), cohort.plan, seats)
            subscriptions.append(row)
        usage += _usage(cohort, lives)
    return History(tuple(subscriptions), tuple(usage))


def _customer(profile: str, number: int) -> str:
    return f"{profile}-{number + 1:03}"


def _lives(cohort: Cohort) -> Iterator[tuple[date, date | None]]:
    """From when to when each was a customer; the end is that of a month that was paid."""
    days = (cohort.last - cohort.first).days
    places = _places(cohort, "lives")
    for number, place in zip(range(cohort.customers), places, strict=False):
        start = cohort.first + timedelta(days=days * number // (cohort.customers - 1))
        end = plus_months(start, _months(cohort.profile, place))
        yield start, end if end <= AS_OF else None


def _places(cohort: Cohort, what: str) -> Iterator[float]:
    """Shares from 0 to 1 for one customer after the other, in each dozen one of each stratum."""
    chance = random.Random(f"{_SEED} {cohort.profile.id} {what}")  # noqa: S311 - repeatable
    while True:
        for stratum in chance.sample(range(_STRATA), _STRATA):
            yield (stratum + chance.random()) / _STRATA


def _months(profile: Profile, place: float) -> int:
    """How many months the customer stays whose survival falls to this share."""
    left = Fraction(1)
    for month, hazard in enumerate(base_hazards(profile.retention, _NEVER)):
        left *= 1 - Fraction(*hazard)
        if left < place:
            return month + 1
    return _NEVER


def _usage(cohort: Cohort, lives: Sequence[tuple[date, date | None]]) -> Iterator[tuple[str, ...]]:
    chance = random.Random(f"{_SEED} {cohort.profile.id} months")  # noqa: S311 - repeatable
    months: list[tuple[str, str, float]] = []
    places = _places(cohort, "sizes")
    for number, ((start, end), place) in enumerate(zip(lives, places, strict=False)):
        own = _NORMAL.inv_cdf(place)
        last = end - timedelta(days=1) if end else AS_OF
        for month in range(calendar_month(start), calendar_month(last) + 1):
            normal = _OWN**0.5 * own + (1 - _OWN) ** 0.5 * chance.gauss(0, 1)
            noise = 1 + _SPREAD * chance.uniform(-1, 1)
            units = _level(cohort.profile, _NORMAL.cdf(normal)) * noise
            name = _customer(cohort.profile.id, number)
            months.append((name, f"{first_day(month):%Y-%m}", units))
    # The levels are met only roughly by so few; the mean is to be that of the profile.
    factor = float(expected_units(cohort.profile)) * len(months) / sum(m[2] for m in months)
    return ((customer, month, f"{_round(units * factor)}") for customer, month, units in months)


def _level(profile: Profile, place: float) -> float:
    """The units of the scenario at a place from 0 to 1."""
    below = Fraction(0)
    for scenario in profile.monthly_usage:
        below += scenario.weight
        if place < below:
            break
    assert isinstance(scenario.units, Fraction)
    return float(scenario.units)


def _round(units: float) -> int:
    return round(units / 10_000) * 10_000
