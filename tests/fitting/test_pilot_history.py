"""The pilot's invented history: made by its script, and what is fitted to it."""

from __future__ import annotations

import gzip
import json
from datetime import date
from fractions import Fraction

import pytest

from cp_pricing.book.loading import load_price_book
from cp_pricing.fitting.job import Job, fit
from cp_pricing.fitting.profile import FittedProfile, Plan
from cp_pricing.fitting.retention.estimation import Wanted
from cp_pricing.fitting.tables.records import Tables
from cp_pricing.fitting.writing import draws_file
from cp_pricing.profiles.profile import expected_units
from tests.history.made import AS_OF
from tests.history.pilot import FOLDER, written

BOOK = load_price_book(FOLDER.parent)
ASKED: dict[str, Wanted] = {"solo": "auto", "small-team": "auto", "scale-up": "curve"}


@pytest.fixture(scope="module")
def profiles() -> dict[str, FittedProfile]:
    tables = Tables(str(FOLDER / "subscriptions.csv"), str(FOLDER / "usage.csv"), by="segment")
    found = {}
    for name, retention in ASKED.items():
        (found[name],) = fit(Job(tables, Plan(AS_OF, retention=retention), name, BOOK)).profiles
    return found


def test_the_tables_are_what_the_script_makes() -> None:
    for path, text in written().items():
        assert path.read_text(encoding="utf-8") == text, f"python -m tests.history for {path}"


@pytest.mark.parametrize("name", ASKED)
def test_the_cohorts_have_the_sizes_of_the_profiles(
    profiles: dict[str, FittedProfile], name: str
) -> None:
    cohort = BOOK.profile(name).cohort
    assert cohort is not None
    assert profiles[name].customers == cohort.customers
    assert profiles[name].as_of == AS_OF == date.fromisoformat(cohort.as_of)


@pytest.mark.parametrize("name", ASKED)
def test_the_fitted_profiles_come_near_the_authored_ones(
    profiles: dict[str, FittedProfile], name: str
) -> None:
    one, authored = profiles[name], BOOK.profile(name)
    mean = float(sum(Fraction(each.weight) * Fraction(each.units[0]) for each in one.usage))
    assert mean == pytest.approx(float(expected_units(authored)), rel=0.02)
    assert one.members == authored.members_per_customer
    assert one.observed_on == authored.observed_on
    assert not one.fitted
    assert max(bill.apart for bill in one.quality.bills) < 0.01


def test_the_retention_comes_near_the_authored_one(profiles: dict[str, FittedProfile]) -> None:
    solo, team, scale_up = (profiles[name].estimate for name in ASKED)
    assert (solo.retention["model"], team.retention["model"]) == ("sbg", "constant")
    assert (solo.fit.alpha, solo.fit.beta) == pytest.approx((0.9, 9), rel=0.06)
    assert team.fit.hazard == pytest.approx(0.03, rel=0.08)
    authored = BOOK.profile("scale-up").retention
    assert authored.model == "curve"
    for month in (6, 12, 18, 24):
        assert scale_up.curve is not None
        assert scale_up.curve[month] == pytest.approx(float(authored.survival[month]), abs=0.06)


@pytest.mark.parametrize("name", ASKED)
def test_the_draws_beside_the_pilot_are_those_of_the_command(
    profiles: dict[str, FittedProfile], name: str
) -> None:
    file, content = draws_file(profiles[name])
    shipped = gzip.decompress((FOLDER.parent / file).read_bytes()).decode().splitlines()
    made = gzip.decompress(content).decode().splitlines()
    assert len(made) == 200
    for ours, theirs in zip(made, shipped, strict=True):
        # On another machine a last bit may tip a last digit.
        assert numbers(ours) == pytest.approx(numbers(theirs), rel=2e-5, abs=2e-6)


def numbers(line: str) -> list[float]:
    found: list[float] = []

    def gather(value: object) -> None:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                gather(each)
        elif isinstance(value, int | float):
            found.append(float(value))

    gather(json.loads(line))
    return found
