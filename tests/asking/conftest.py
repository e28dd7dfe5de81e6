"""A price book whose policy declares facts, some of which every request has to say."""

from __future__ import annotations

import pytest

from cp_pricing import PriceBook
from tests.support.books import example_with

FACTS = """facts:
  deal_type: {values: [new, renewal], default: new}
  payment_terms: {unit: days, min: 0, max: 120, step: 15, default: 30}
  strategic: {default: false}
  region: {values: [eu, us]}
approvers: ["""


@pytest.fixture(scope="session")
def book() -> PriceBook:
    """The example with facts."""
    return example_with("approvers: [", FACTS, "policy.yaml")
