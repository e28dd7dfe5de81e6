"""Which store a name leads to."""

from __future__ import annotations

from pathlib import Path

from cp_pricing.quotes.store.sqlite import SqliteStore
from cp_pricing.quotes.store.store import Store

DEFAULT = "quotes.sqlite"
_POSTGRESQL = ("postgresql://", "postgres://")


def open_store(where: str | Path, *, make: bool = False) -> Store:
    """The record at a place: an SQLite file, or a server's `postgresql://...`.

    With `make` it is made where there is none. Raises `StoreError`.
    """
    return SqliteStore(Path(where), make=make)
