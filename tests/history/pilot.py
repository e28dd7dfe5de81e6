"""The pilot's cohorts, and their tables as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from cp_pricing.book.loading import load_price_book
from tests.history.made import SUBSCRIPTIONS, USAGE, Cohort, history
from tests.support.places import ROOT

FOLDER = ROOT / "data" / "coulomb" / "history"
_STARTS = {
    "solo": (date(2023, 10, 4), date(2026, 8, 20), "pay-as-you-go"),
    "small-team": (date(2023, 1, 9), date(2026, 7, 15), "membership-plus-overage"),
    "scale-up": (date(2022, 10, 3), date(2025, 12, 1), "committed-annual"),
}


def cohorts() -> list[Cohort]:
    """The cohorts of the sizes that the pilot's profiles name."""
    found = []
    for profile in load_price_book(FOLDER.parent).profiles:
        assert profile.cohort is not None
        found.append(Cohort(profile, profile.cohort.customers, *_STARTS[profile.id]))
    return found


def written() -> dict[Path, str]:
    """The tables by their paths, as CSV."""
    made = history(cohorts())
    return {
        FOLDER / "subscriptions.csv": _csv(SUBSCRIPTIONS, made.subscriptions),
        FOLDER / "usage.csv": _csv(USAGE, made.usage),
    }


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue()
