"""Which store a name leads to."""

from __future__ import annotations

from pathlib import Path

from cp_pricing.quotes.store.postgres import PostgresStore
from cp_pricing.quotes.store.sqlite import SqliteStore
from cp_pricing.quotes.store.store import Store

_POSTGRESQL = ("postgresql://", "postgres://")


def open_store(where: str | Path, *, make: bool = False) -> Store:
    """The record at a place: an SQLite file, or a server's `postgresql://...`.

    With `make` it is made where there is none. Raises `StoreError`.
    """
    if isinstance(where, str) and where.startswith(_POSTGRESQL):
        return PostgresStore(where, make=make)
    return SqliteStore(Path(where), make=make)
