from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.quotes_kill.trial import trial


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path, seed: int) -> None:
    told, faults = trial(tmp_path, 2, random.Random(seed))  # noqa: S311 - no secrets
    assert not faults
    assert told >= 2
