from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.quotes_kill.trial import trial
from tests.support.postgres import programs, server


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path, seed: int) -> None:
    told, faults = trial(tmp_path, 2, random.Random(seed))  # noqa: S311 - no secrets
    assert not faults
    assert told >= 2


@pytest.mark.skipif(programs() is None, reason="no PostgreSQL server is installed")
def test_what_a_server_has_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    with server() as where:
        told, faults = trial(tmp_path, 2, random.Random(3), where)  # noqa: S311 - no secrets
    assert not faults
    assert told >= 2
