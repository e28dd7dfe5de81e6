from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from cp_pricing.quotes.approvals import ask
from cp_pricing.quotes.log.entries import BEGINNING, canonical, faults_in
from cp_pricing.quotes.record import save
from cp_pricing.quotes.store.sqlite import SqliteStore
from tests.support.quotes import ONE, TERMS, seller, solved, store_in


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = store_in(tmp_path)
    ask(seller(store), save(seller(store), solved(ONE), TERMS).number)
    save(seller(store), solved(ONE), TERMS)
    yield store
    store.close()


def faults(store: SqliteStore) -> list[str]:
    with store.reading() as record:
        return list(faults_in(record.rows(), record.documents()))


def tampered(store: SqliteStore, *statements: str) -> list[str]:
    """What is found once somebody has written to the file by other means."""
    with closing(sqlite3.connect(store.path)) as other, other:
        for table in ("entries", "documents"):
            for act in ("update", "delete"):
                other.execute(f"DROP TRIGGER no_{act}_of_{table}")
        for statement in statements:
            other.execute(statement)
    return faults(store)


def forged(store: SqliteStore, place: int, before: str, after: str) -> list[str]:
    """What is found once an entry says something else, and has the hash of that."""
    with store.reading() as record:
        row = list(record.rows())[place - 1]
    text = row.text.replace(before, after)
    assert text != row.text
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute("DROP TRIGGER no_update_of_entries")
        anew = sha256(text.encode()).hexdigest()
        other.execute("UPDATE entries SET text = ?, hash = ? WHERE place = ?", (text, anew, place))
    return faults(store)


def test_canonical_json_is_one_text_of_a_value() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"\\u00e9","b":[1,null]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


def test_the_chain_is_that_of_hashes(store: SqliteStore) -> None:
    with store.reading() as record:
        rows = list(record.rows())
    assert [row.place for row in rows] == [1, 2, 3]
    assert rows[0].entry.before == BEGINNING
    for before, row in pairwise(rows):
        assert row.entry.before == before.hash == sha256(before.text.encode()).hexdigest()
    assert not faults(store)


def test_an_entry_is_read_as_it_was_written(store: SqliteStore) -> None:
    with store.reading() as record:
        for row in record.rows():
            assert row.entry.row == row


def test_moments_are_in_utc(store: SqliteStore) -> None:
    with store.reading() as record:
        last = record.last()
    assert last is not None
    assert last.entry.at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert '"at":"2026-11-30T09:00:00.000000Z"' in last.text


def test_the_log_only_grows(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.path)) as other:
        for statement in (
            "UPDATE entries SET text = '{}'",
            "DELETE FROM entries WHERE place = 3",
            "UPDATE documents SET content = x''",
            "DELETE FROM documents",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="the record only grows"):
                other.execute(statement)


CHANGES = {
    "UPDATE entries SET text = replace(text, 'mara', 'marc') WHERE place = 2": ["entry 2"],
    "UPDATE entries SET text = replace(text, ':2,', ': 2,') WHERE place = 2": ["entry 2"],
    "UPDATE entries SET hash = substr(hash, 2) || '0' WHERE place = 1": ["entry 1", "entry 2"],
    "UPDATE entries SET quote = 'Q-2026-0009' WHERE place = 3": ["entry 3"],
    "UPDATE entries SET token = 'x' WHERE place = 3": ["entry 3"],
    "UPDATE entries SET text = 'no' WHERE place = 3": ["entry 3"],
    "UPDATE entries SET text = '[]' WHERE place = 3": ["entry 3"],
    "DELETE FROM entries WHERE place = 2": ["entry 3"],
    "DELETE FROM entries WHERE place = 1": ["entry 2"],
    "UPDATE entries SET place = 7 WHERE place = 3": ["entry 7"],
    "UPDATE documents SET content = CAST(content || ' ' AS BLOB)": ["document"] * 3,
    "DELETE FROM documents": ["entry 3: its document"] * 3,
}


@pytest.mark.parametrize("statement", CHANGES)
def test_what_is_changed_is_found(store: SqliteStore, statement: str) -> None:
    found = tampered(store, statement)
    for expected in CHANGES[statement]:
        assert any(fault.startswith(expected) for fault in found), found
    assert len(found) >= len(CHANGES[statement])


def test_an_entry_whose_hash_is_made_anew_no_longer_fits_the_next(store: SqliteStore) -> None:
    found = forged(store, 2, "mara", "marc")
    assert found == ["entry 3: it is not chained to the entry before it"]


def test_an_event_that_nobody_knows_is_found(store: SqliteStore) -> None:
    found = forged(store, 3, '"action":"saved"', '"action":"stolen"')
    assert found == ["entry 3: it says nothing that could be understood"]
