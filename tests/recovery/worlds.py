"""Random worlds: how customers truly leave and use, and what tables would say of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

import numpy as np

from cp_pricing.fitting.months import calendar_month, plus_months
from cp_pricing.fitting.retention.exposure import Floats
from cp_pricing.fitting.stays import Subscription
from cp_pricing.fitting.tables.records import Records

Family: TypeAlias = Literal["constant", "sbg", "curve"]
FAMILIES: tuple[Family, ...] = ("constant", "sbg", "curve")
SIZES = (30, 100, 300, 1_000)
BEGIN = date(2022, 1, 1)
_LONG = 240


@dataclass(frozen=True)
class World:
    """The truth, and what is seen of it: for so many months, perhaps only from a day on."""

    family: Family
    customers: int
    months: int
    seen_from: date | None
    has_terms: bool
    hazards: Floats
    """Of a customer at random, by month, out of term."""
    in_term: float
    units: float
    """The true mean of a customer-month."""
    skew: float
    """How far customers differ in size: the standard deviation of its logarithm."""

    @property
    def horizon(self) -> int:
        """Up to which month the truth is asked for: what the tables can tell of."""
        return self.months // 2

    @property
    def as_of(self) -> date:
        """The last day of the tables."""
        return plus_months(BEGIN, self.months) - timedelta(days=1)

    def survival(self) -> Floats:
        """The true share still there at the start of each month up to the horizon."""
        return np.concatenate([[1.0], np.cumprod(1 - self.hazards[: self.horizon - 1])])


def world(seed: int) -> tuple[World, Records]:
    """A world and its tables."""
    chance = np.random.default_rng(seed)
    family = FAMILIES[seed % 3]
    customers = SIZES[seed // 3 % 4]
    months = int(chance.integers(18, 49))
    seen_from = plus_months(BEGIN, int(chance.integers(3, months // 3 + 1)))
    churn = float(chance.uniform(0.02, 0.1))
    heterogeneity = float(chance.uniform(0.02, 0.3))
    steps = np.arange(_LONG)
    if family == "constant":
        hazards = np.full(_LONG, churn)
    elif family == "sbg":
        hazards = churn / (1 + heterogeneity * steps)
    else:
        # Seasons and a jump at the anniversary, which neither of the other two can say.
        hazards = churn * (1 + 0.6 * np.sin(steps / 2)) * np.where(steps % 12 == 11, 3, 1)
    truth = World(
        family=family,
        customers=customers,
        months=months,
        seen_from=seen_from if chance.random() < 1 / 3 else None,
        has_terms=family == "constant" and bool(chance.random() < 0.5),
        hazards=hazards,
        in_term=float(chance.uniform(0.3, 0.9)),
        units=float(chance.uniform(1e5, 1e7)),
        skew=float(chance.uniform(0.3, 1)),
    )
    return truth, _records(truth, chance)


def _records(truth: World, chance: np.random.Generator) -> Records:
    subscriptions: list[Subscription] = []
    columns: list[tuple[int, int, float]] = []
    days = (truth.as_of - BEGIN).days
    while len(subscriptions) < truth.customers:
        start = BEGIN + timedelta(days=int(chance.integers(days)))
        term = int(chance.choice([1, 6, 12])) if truth.has_terms else None
        end = plus_months(start, _months(truth, term, chance))
        if truth.seen_from and end <= truth.seen_from:
            continue  # left before the tables begin, of which they say nothing
        number = len(subscriptions)
        seen = end if end <= truth.as_of else None
        subscriptions.append(Subscription(number, start, seen, "plan", term, None, reduced=False))
        size = truth.units * chance.lognormal(-(truth.skew**2) / 2, truth.skew)
        last = calendar_month(seen - timedelta(days=1) if seen else truth.as_of)
        columns += [
            (number, month, size * chance.lognormal(-0.125, 0.5))
            for month in range(calendar_month(start), last + 1)
        ]
    used = np.array(columns)
    return Records(
        subscriptions=tuple(subscriptions),
        groups=("",) * truth.customers,
        meters=("",),
        used_customer=used[:, 0].astype(np.int64),
        used_month=used[:, 1].astype(np.int64),
        used_meter=np.zeros(len(columns), dtype=np.int64),
        used_units=used[:, 2],
        told=(int(used[:, 1].min()), int(used[:, 1].max())),
        files=("subscriptions", "usage"),
    )


def _months(truth: World, term: int | None, chance: np.random.Generator) -> int:
    factors = np.where(np.arange(_LONG) < (term or 0), truth.in_term, 1.0)
    leaves = chance.random(_LONG) < truth.hazards * factors
    return int(np.argmax(leaves)) + 1 if leaves.any() else _LONG
