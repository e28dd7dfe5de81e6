"""Small histories for tests: forty customers of two segments over two years."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cp_pricing.fitting.months import calendar_month, first_day, plus_months

UNTIL = date(2026, 10, 1)


@dataclass(frozen=True)
class Written:
    """Two tables as files."""

    subscriptions: Path
    usage: Path

    @property
    def arguments(self) -> tuple[str | Path, ...]:
        """The options that name them, and their last day."""
        tables = ("--subscriptions", self.subscriptions, "--usage", self.usage)
        return (*tables, "--as-of", str(UNTIL - timedelta(days=1)))


def write_history(
    folder: Path, *, customers: int = 40, terms: bool = False, meters: tuple[str, ...] = ()
) -> Written:
    """Write the tables; with terms, half of the customers have one of a year."""
    chance = random.Random(11)  # noqa: S311 - repeatable tests, not secrets
    subscriptions = ["customer,start,end,plan,segment,seats" + ",term_months" * terms]
    usage = ["customer,month,units" + ",meter" * bool(meters)]
    for number in range(customers):
        name, segment = f"c{number:03}", ("small team", "solo")[number % 2]
        start = date(2024, 10, 1) + timedelta(days=chance.randrange(600))
        months = 1
        term = 12 if terms and number % 4 < 2 else 1
        while chance.random() > (0.03 if months < term else 0.08):
            months += 1
        end = plus_months(start, months)
        shown = "" if end > UNTIL else str(end)
        row = f"{name},{start},{shown},membership-plus-overage,{segment},{2 + number % 3}"
        subscriptions.append(row + f",{term}" * terms)
        size = 5e6 * chance.lognormvariate(0, 0.8)
        last = min(end, UNTIL) - timedelta(days=1)
        for month in range(calendar_month(start), calendar_month(last) + 1):
            for meter in meters or ("",):
                units = round(size * chance.lognormvariate(0, 0.3))
                usage.append(f"{name},{first_day(month):%Y-%m},{units}" + f",{meter}" * bool(meter))
    written = Written(folder / "subscriptions.csv", folder / "usage.csv")
    written.subscriptions.write_text("\n".join(subscriptions) + "\n")
    written.usage.write_text("\n".join(usage) + "\n")
    return written
