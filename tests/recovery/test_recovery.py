"""The search itself: a few of its cases, and that it would find a bias or bounds too narrow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.recovery.trial import Found, trial
from tests.recovery.verdict import summary
from tests.recovery.worlds import FAMILIES, SIZES, world


def test_worlds_are_of_every_family_and_size() -> None:
    met = {(world(seed)[0].family, world(seed)[0].customers) for seed in range(12)}
    assert met == {(family, size) for family in FAMILIES for size in SIZES}
    assert any(world(seed)[0].seen_from for seed in range(12))


@pytest.mark.parametrize("seed", [9, 10, 11])
def test_a_thousand_customers_tell_the_truth(seed: int) -> None:
    for found in trial(seed):
        assert found.customers == 1_000
        assert abs(found.error) < 0.15


def sound(count: int) -> list[Found]:
    """Errors that cancel out, and eight tenths of the truths within the draws."""
    return [
        Found("sbg", 300, "months", 0.01 * (-1) ** number, covered=number % 10 < 8)
        for number in range(count)
    ]


def test_a_bias_is_found() -> None:
    assert summary(sound(500))[1] == []
    shifted = [replace(each, error=each.error + 0.002) for each in sound(500)]
    assert summary(shifted)[1] == ["months: a bias of +0.20% ± 0.04%"]


def test_draws_that_reach_too_little_or_too_far_are_found() -> None:
    narrow = [replace(each, covered=number % 10 < 7) for number, each in enumerate(sound(500))]
    assert summary(narrow)[1] == ["months: 70.0% of the truths are within 80% of the draws"]
    wide = [replace(each, covered=number % 10 < 9) for number, each in enumerate(sound(500))]
    assert summary(wide)[1] == ["months: 90.0% of the truths are within 80% of the draws"]
    small = [replace(each, customers=30) for each in narrow]
    assert summary(small)[1] == []
