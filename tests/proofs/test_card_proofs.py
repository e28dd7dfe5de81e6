"""`policy analyze` and `policy compare` of rate cards."""

from __future__ import annotations

import pytest

from cp_pricing.book.loading import load_price_book
from cp_pricing.proofs.analysis import analyse_space
from cp_pricing.proofs.analysis_results import SpaceAnalysis
from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed
from tests.support.places import CARDS

FIELDS = {"usage_discount", "included_units.input", "rates.output", "contract_duration_months"}


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_analysis_agrees_with_enumeration(seed: int) -> None:
    assert analysed(seed, rates=True).differences == []


@pytest.mark.parametrize("seed", range(1000, 1016))
def test_comparison_agrees_with_enumeration(seed: int) -> None:
    assert compared(seed, rates=True).differences == []


@pytest.fixture(scope="module")
def analysis() -> SpaceAnalysis:
    return analyse_space(load_price_book(CARDS), "standard", "shop", budget=600)


def test_its_fields_are_named_as_in_results(analysis: SpaceAnalysis) -> None:
    assert {verdict.field for verdict in analysis.fields} == FIELDS
    assert all(verdict.matters for verdict in analysis.fields)
    # Of a price in place of a rate there is no range: without one it is no amount.
    ranges = {found.name for found in analysis.ranges}
    assert ranges - {"average_comparable_customer_lifetime_value"} == FIELDS - {"rates.output"}
