"""What several commands are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.books import example_in


@pytest.fixture
def broken_book(tmp_path: Path) -> Path:
    """The example with one fault in each of its files."""
    return example_in(
        tmp_path / "broken",
        ("catalog.yaml", "platform_fee: 79", "platform_fe: 79"),
        ("policy.yaml", "gross_margin", "gros_margin"),
        ("profiles.yaml", "onboarding_cost: 450", "onboarding_cost: no"),
        ("tuning_requests.json", '"self_serve_only"', '"self_serve"'),
    )
