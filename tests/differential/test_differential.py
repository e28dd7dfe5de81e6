"""A few hundred random cases against the oracle; `python -m tests.differential` runs more."""

from __future__ import annotations

import pytest

from tests.differential.compare import compare

SEEDS = range(200)
BLOCK = 50


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, BLOCK))
def test_solver_agrees_with_enumeration(first: int) -> None:
    found = [d for seed in range(first, first + BLOCK) for d in compare(seed).differences]
    assert not found, "\n".join(found)
