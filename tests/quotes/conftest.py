"""The record as it is kept in each of the two ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.store import Store
from tests.support.postgres import emptied


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty record, in a file or on a server."""
    if request.param == "sqlite":
        where = str(tmp_path / "quotes.sqlite")
    else:
        where = request.getfixturevalue("address")
        emptied(where)
    own = open_store(where, make=True)
    yield own
    own.close()
