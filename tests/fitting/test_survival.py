"""The Kaplan-Meier curve beside that of lifelines, and the curve that a profile takes from it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from cp_pricing.fitting.retention.survival import curve_length, kaplan_meier, lasting_curve
from tests.fitting.test_published_retention import HIGH_END, REGULAR
from tests.support.exposures import cohort, lives

ONE = np.ones(3)


def drawn(seed: int, customers: int) -> list[tuple[int, int, bool]]:
    """Lives with censoring, a third of them first seen late."""
    chance = random.Random(seed)  # noqa: S311 - repeatable tests, not secrets
    found: list[tuple[int, int, bool]] = []
    while len(found) < customers:
        first = chance.choice([0, 0, chance.randrange(1, 6)])
        last, leaves = chance.randrange(1, 40), chance.random() < 0.6
        if last > first:
            found.append((first, last, leaves))
    return found


def peer(known: list[tuple[int, int, bool]]) -> KaplanMeierFitter:
    first, last, lost = zip(*known, strict=True)
    fitter = KaplanMeierFitter()
    # Somebody seen up to a month without leaving is at risk in it, and not in the next.
    fitter.fit(last, lost, entry=first if any(first) else None)
    return fitter


@pytest.mark.parametrize("left", [REGULAR, HIGH_END], ids=["regular", "high end"])
def test_the_curve_of_a_cohort_is_that_of_lifelines(left: tuple[int, ...]) -> None:
    exposure = cohort(left)
    known = list(zip(exposure.first, exposure.last, exposure.lost, strict=True))
    theirs = peer(known).survival_function_at_times(range(len(left) + 1)).to_numpy()
    ours = kaplan_meier(exposure.counts()).share
    # Ours is the quotient itself; theirs comes of logarithms, which costs it the last bits.
    assert [f"{each:.14f}" for each in theirs] == [f"{each:.14f}" for each in ours]
    assert ours[1:] == pytest.approx(np.array(left) / 1000, rel=1e-15)


@pytest.mark.parametrize("seed", range(12))
def test_the_curve_with_censoring_and_late_entry_is_that_of_lifelines(seed: int) -> None:
    known = drawn(seed, 200)
    if seed % 2:
        known = [(0, last, lost) for _, last, lost in known]
    ours = kaplan_meier(lives(known).counts())
    theirs = peer(known).survival_function_at_times(range(len(ours.share))).to_numpy()
    assert np.abs(theirs - ours.share).max() < 1e-12


def test_the_band_is_that_of_lifelines() -> None:
    known = [(0, last, lost) for _, last, lost in drawn(1, 300)]
    ours = kaplan_meier(lives(known).counts())
    band = peer(known).confidence_interval_
    periods = [t for t in range(1, len(ours.share)) if t in band.index]
    theirs = band.loc[periods].to_numpy()
    assert len(periods) > 30
    assert np.nanmax(np.abs(theirs[:, 0] - ours.low[periods])) < 1e-9
    assert np.nanmax(np.abs(theirs[:, 1] - ours.high[periods])) < 1e-9


def test_what_persists_is_the_hazard_of_the_last_year_together() -> None:
    # Thirty customers, one of whom leaves in each of the first three months, and then nobody.
    known = [(0, month, True) for month in (1, 2, 3)] + [(0, 24, False)] * 27
    counts = lives(known).counts()
    length = curve_length(counts)
    assert length == 24
    curve = lasting_curve(counts, ONE, length)
    assert curve[3:25] == pytest.approx([0.9] * 22)
    assert curve[25] == pytest.approx(0.9)  # none of the last twelve months saw anybody leave
    short = lasting_curve(counts, ONE, 12)
    risk = 30 + 29 + 28 + 27 * 9
    assert short[13] / short[12] == pytest.approx(1 - 3 / risk)


def test_a_curve_ends_where_too_few_are_at_risk() -> None:
    known = [(0, 6, False)] * 40 + [(0, 30, False)] * 9
    assert curve_length(lives(known).counts()) == 6
    assert curve_length(lives([(0, 30, False)] * 4).counts()) == 30
    late = [(0, 30, False)] * 3 + [(4, 30, False)] * 40
    assert curve_length(lives(late).counts()) == 30
