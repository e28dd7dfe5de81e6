"""What the words of a result rest on travels with it, beside its JSON."""

from __future__ import annotations

import pytest

from cp_pricing import solve
from cp_pricing.results import TuningResult
from cp_pricing.telling.context import basis_of
from tests.support.books import pilot
from tests.support.explained import requests, result


def test_the_basis_is_no_part_of_the_json() -> None:
    shown = result("small-team-out-of-bounds")
    assert basis_of(shown).outside == ("contract_duration_months", "prepaid_amount")
    assert basis_of(shown).diagnosed
    assert "basis" not in shown.model_dump()
    assert "basis" not in TuningResult.model_json_schema()["properties"]


@pytest.mark.parametrize("detail", ["decision", "json"])
def test_without_words_there_is_no_basis(detail: str) -> None:
    shown = result("small-team-lower-price")
    if detail == "decision":
        bare = solve(pilot(), requests()[shown.request_id], detail="decision")
    else:
        bare = TuningResult.model_validate_json(shown.model_dump_json())
    with pytest.raises(ValueError, match="`small-team-lower-price` has no words"):
        basis_of(bare)
