"""Conflicts, blocking sets, next steps, trade-offs and counteroffers against trying everything.

`python -m tests.explanations` tries more cases.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from cp_pricing.diagnosis import read_answer, read_rejection
from cp_pricing.tuning import decide
from tests.explanations.cases import verdict_case
from tests.explanations.compare import (
    ALL,
    Tally,
    blocking_compared,
    compare,
    conflicts_compared,
    costs_compared,
    deal_of,
)
from tests.explanations.subsets import (
    corrections,
    feasible_subsets,
    hitting_sets,
    minimal_conflicts,
)
from tests.oracle.enumeration import solve
from tests.oracle.rendering import render

VERDICTS = range(44)
REJECTIONS = range(16)
BLOCK = 4


def tried(seeds: range, *parts: str) -> Tally:
    total = Tally()
    for seed in seeds:
        total.add(compare(seed, parts))
    return total


@pytest.mark.parametrize("first", range(VERDICTS.start, VERDICTS.stop, BLOCK))
def test_verdicts_are_explained_as_by_trying_everything(first: int) -> None:
    total = tried(range(first, first + BLOCK), "conflicts", "blocking", "relief")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(REJECTIONS.start, REJECTIONS.stop, BLOCK))
def test_counteroffers_are_those_of_the_whole_grid(first: int) -> None:
    total = tried(range(first, first + BLOCK), "counteroffers")
    assert not total.differences, "\n".join(total.differences)
