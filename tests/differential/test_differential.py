"""A few hundred random cases against the oracle; `python -m tests.differential` runs more."""

from __future__ import annotations

import pytest

from tests.differential.compare import compare

SEEDS = range(200)
BLOCK = 50
DRAWN = range(20, 30)
AT_EDGES = range(60)


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, BLOCK))
def test_solver_agrees_with_enumeration(first: int) -> None:
    found = [d for seed in range(first, first + BLOCK) for d in compare(seed).differences]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first", range(DRAWN.start, DRAWN.stop, 10))
def test_solver_agrees_with_enumeration_about_draws(first: int) -> None:
    trials = [compare(seed, 1, "draws") for seed in range(first, first + 10)]
    found = [difference for trial in trials for difference in trial.differences]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first", range(AT_EDGES.start, AT_EDGES.stop, 20))
def test_solver_agrees_with_enumeration_at_edges(first: int) -> None:
    trials = [compare(seed, 1, "edges") for seed in range(first, first + 20)]
    found = [difference for trial in trials for difference in trial.differences]
    assert not found, "\n".join(found)
