"""Draws: the same for the same seed, each a sound profile, retention and use of one resample."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cp_pricing.fitting.job import Fitted, Job, fit
from cp_pricing.fitting.profile import Plan
from cp_pricing.fitting.retention.estimation import Wanted
from cp_pricing.fitting.tables.records import Tables
from cp_pricing.fitting.writing import draws_file
from cp_pricing.profiles.profile import Profile
from tests.support.histories import write_history


def fitted(folder: Path, *, draws: int = 20, seed: int = 1, **asked: Any) -> Fitted:  # noqa: ANN401 - of `Plan` and the tables
    history = write_history(folder, terms=asked.pop("terms", False), meters=asked.pop("meters", ()))
    tables = Tables(str(history.subscriptions), str(history.usage))
    return fit(Job(tables, Plan(draws=draws, seed=seed, **asked), "team"))


def lines(found: Fitted) -> list[str]:
    name, content = draws_file(found.profiles[0])
    assert name == "team.draws.jsonl"
    return content.decode().splitlines()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = draws_file(fitted(tmp_path).profiles[0])
    assert one == draws_file(fitted(tmp_path).profiles[0])
    assert one != draws_file(fitted(tmp_path, seed=2).profiles[0])


def test_the_first_draws_are_the_same_however_many_there_are(tmp_path: Path) -> None:
    few, many = (lines(fitted(tmp_path, draws=number)) for number in (5, 20))
    assert len(many) == 20
    assert many[:5] == few


def numbers(value: object) -> list[Decimal]:
    match value:
        case dict():
            return [each for part in value.values() for each in numbers(part)]
        case list():
            return [each for part in value for each in numbers(part)]
        case Decimal():
            return [value]
        case _:
            return []


@pytest.mark.parametrize("retention", ["auto", "constant", "sbg", "curve"])
@pytest.mark.parametrize("meters", [(), ("input", "output")])
def test_every_draw_is_a_sound_profile(
    tmp_path: Path, retention: Wanted, meters: tuple[str, ...]
) -> None:
    for line in lines(fitted(tmp_path, retention=retention, meters=meters, scenarios=6)):
        draw = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        assert list(draw) == ["retention", "monthly_usage"]
        assert all(len(each.normalize().as_tuple().digits) <= 9 for each in numbers(draw))
        assert sum(scenario["weight"] for scenario in draw["monthly_usage"]) == 1
        profile = Profile.model_validate({"id": "team", **draw})
        assert len(profile.monthly_usage) <= 6
        if retention == "curve":
            assert profile.retention.model == "curve"


def test_multipliers_are_drawn_where_they_are_fitted(tmp_path: Path) -> None:
    history = write_history(tmp_path, customers=300, terms=True)
    tables = Tables(str(history.subscriptions), str(history.usage))
    (one,) = fit(Job(tables, Plan(draws=30), "team")).profiles
    assert one.fitted == ("in_term_churn_multiplier",)
    drawn = [
        json.loads(line)["in_term_churn_multiplier"]
        for line in draws_file(one)[1].decode().splitlines()
    ]
    assert min(drawn) < one.estimate.fit.in_term < max(drawn)
    # Of 3% in term and 8% out of it.
    assert 0.25 < one.estimate.fit.in_term < 0.6


def test_retention_and_use_are_of_the_same_resample(tmp_path: Path) -> None:
    # Who leaves at once uses much, and who stays little: where more leave, more is used.
    subscriptions, usage = ["customer,start,end"], ["customer,month,units"]
    for number in range(40):
        leaves = number % 2
        subscriptions.append(f"c{number},2025-01-01,{'2025-04-01' if leaves else ''}")
        usage += [
            f"c{number},2025-{m:02},{90 if leaves else 10}" for m in range(1, 4 if leaves else 13)
        ]
    (tmp_path / "s.csv").write_text("\n".join(subscriptions))
    (tmp_path / "u.csv").write_text("\n".join(usage))
    tables = Tables(str(tmp_path / "s.csv"), str(tmp_path / "u.csv"))
    (one,) = fit(Job(tables, Plan(draws=100, retention="constant"), "team")).profiles
    churn = [draw.estimate.fit.hazard for draw in one.draws]
    mean = [float(sum(s.weight * s.units[0] for s in draw.usage)) for draw in one.draws]
    assert np.corrcoef(churn, mean)[0, 1] > 0.99


def test_the_draws_lie_around_the_profile(tmp_path: Path) -> None:
    (one,) = fitted(tmp_path, draws=100).profiles
    mean = float(sum(Fraction(s.weight) * Fraction(s.units[0]) for s in one.usage))
    means = [float(sum(s.weight * s.units[0] for s in draw.usage)) for draw in one.draws]
    assert np.mean(means) == pytest.approx(mean, rel=0.05)
    assert np.percentile(means, 10) < mean < np.percentile(means, 90)
