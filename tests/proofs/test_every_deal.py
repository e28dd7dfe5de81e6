"""Proofs of small policies against trying every deal."""

from __future__ import annotations

import pytest

from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed


@pytest.mark.parametrize("seed", range(1000, 1014))
def test_analysis_agrees_with_enumeration(seed: int) -> None:
    assert analysed(seed).differences == []


# A core without rules on confidence that is larger than one with them, and a sum of too many steps.
@pytest.mark.parametrize("seed", [7720923, 7700326])
def test_analysis_of_a_book_with_draws_agrees_with_enumeration(seed: int) -> None:
    assert analysed(seed, books="draws").differences == []


@pytest.mark.parametrize("seed", range(1000, 1030))
def test_comparison_agrees_with_enumeration(seed: int) -> None:
    assert compared(seed).differences == []
