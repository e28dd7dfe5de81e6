"""Grids of any size are compared and analysed without listing their values."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from constraints.language.domains import LISTED, Domain
from cp_pricing import PriceBook, load_price_book, solve
from cp_pricing.book.requests import TuningRequest
from cp_pricing.proofs.comparison import compare_pair
from tests.support.books import example_in

TICK = "tick: 0.00000001}"
STEP = "included_units: {min: 0, max: 40_000_000, step: 500_000}"


@pytest.fixture(autouse=True)
def nothing_large_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Domain.values

    def values(domain: Domain) -> Iterable[Fraction]:
        assert len(domain) <= LISTED, f"{len(domain)} values are listed"
        return whole(domain)

    monkeypatch.setattr(Domain, "values", values)


def book(folder: Path, tick: str, step: str = STEP) -> PriceBook:
    changes = ("catalog.yaml", TICK, tick), ("catalog.yaml", STEP, step)
    return load_price_book(example_in(folder, *changes))


def pair_of(old: PriceBook, new: PriceBook, budget: float) -> set[str]:
    pair = compare_pair(old, new, "membership-plus-overage", "small-team", budget=budget)
    return {level.relation for level in pair.levels}


def test_a_grid_of_millions_is_equivalent_to_itself(tmp_path: Path) -> None:
    old = book(tmp_path / "old", "tick: 0.0000000000001}")
    assert pair_of(old, old, 20) == {"equivalent"}


def test_grids_of_other_ticks_and_steps_are_told_apart(tmp_path: Path) -> None:
    old = book(tmp_path / "old", "tick: 0.000000000001}")
    new = book(tmp_path / "new", "tick: 0.0000000000005}", STEP.replace("500_000", "1000"))
    assert pair_of(old, new, 60) == {"looser"}
    assert pair_of(new, old, 60) == {"stricter"}


def test_an_input_off_a_large_grid_is_explained(tmp_path: Path) -> None:
    fine = book(tmp_path / "fine", TICK, STEP.replace("500_000", "1"))
    request = TuningRequest.model_validate(
        {
            "id": "off",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": {"included_units": Fraction(1001, 2)},
        }
    )
    result = solve(fine, request, detail="full", time_limit=60)
    assert result.decision == "rejected"
    assert ("tunable:included_units", "request:included_units") in result.conflicts
