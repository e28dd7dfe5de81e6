from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from cp_pricing.quotes.log.acting import StoreError, UnwrittenError
from cp_pricing.quotes.log.entries import faults_in, following
from cp_pricing.quotes.log.events import TokenRevoked
from cp_pricing.quotes.record import Search, quotes, save
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.sqlite import SqliteStore
from tests.support.quotes import (
    ADMIN,
    FREE,
    NOW,
    ONE,
    TERMS,
    names,
    seller,
    solved,
    store_in,
    written,
)


def test_a_record_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no record of quotes at") as missing:
        open_store(tmp_path / "none.sqlite")
    assert missing.value.hint == "the first quote that is saved makes it"
    assert not list(tmp_path.iterdir())


def test_there_has_to_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file or directory"):
        open_store(tmp_path / "none" / "quotes.sqlite", make=True)


@pytest.mark.parametrize("content", [b"requests: []\n" * 100, b"SQLite format 3\0" + b"x" * 2000])
def test_another_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "quotes.sqlite"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="is no record of quotes, or it is damaged"):
        open_store(file, make=True)
    assert file.read_bytes() == content


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "quotes.sqlite"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE orders (id INTEGER)")
    with pytest.raises(StoreError, match="is a database, but no record of quotes"):
        open_store(file, make=True)


def test_a_newer_record_is_not_read(tmp_path: Path) -> None:
    store_in(tmp_path).close()
    file = tmp_path / "quotes.sqlite"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match="was written by a newer cp-pricing"):
        open_store(file)


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    written(store, "a")
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_each_commit_reaches_the_disk(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    connection = store._opened()
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_fails_in_between_is_not_there(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    written(store, "a")

    def fail() -> None:
        with store.writing() as record:
            record.add(following(record.last(), NOW, ADMIN, TokenRevoked(), token="b").row, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    written(store, "c")
    assert names(store) == ["a", "c"]


def test_who_reads_sees_one_moment(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    written(store, "a")
    with store.reading() as record:
        assert record.last() is not None
        written(store, "b")
        assert [row.token for row in record.rows()] == ["a"]
    assert names(store) == ["a", "b"]


def test_a_second_writer_waits(tmp_path: Path) -> None:
    store, other = store_in(tmp_path), store_in(tmp_path)
    begun, done = threading.Event(), threading.Event()

    def second() -> None:
        begun.wait()
        written(other, "second")
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    with store.writing() as record:
        begun.set()
        assert not done.wait(0.2)
        record.add(following(record.last(), NOW, ADMIN, TokenRevoked(), token="first").row, {})
    thread.join()
    assert names(store) == ["first", "second"]


def test_a_second_writer_is_refused_with_a_clear_word(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    other = SqliteStore(tmp_path / "quotes.sqlite", patience=0.05)
    with (
        store.writing(),
        pytest.raises(UnwrittenError, match="another process has been writing") as busy,
        other.writing(),
    ):
        pass
    assert busy.value.hint == "nothing was written; try again"
    written(other, "later")


@pytest.mark.parametrize("round_", range(5))
def test_several_may_make_a_record_at_once(tmp_path: Path, round_: int) -> None:
    at_once, made = threading.Barrier(6), list[SqliteStore]()

    def make() -> None:
        at_once.wait()
        made.append(store_in(tmp_path))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in made:
        written(store, "a")
    assert names(made[0]) == ["a"] * 6


def test_whoever_writes_all_the_time_lets_others_write(tmp_path: Path) -> None:
    at_work, over = threading.Barrier(3), threading.Event()

    def busy() -> None:
        store = store_in(tmp_path)
        written(store, "busy")
        at_work.wait()
        while not over.is_set():
            written(store, "busy")
        store.close()

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    other = SqliteStore(tmp_path / "quotes.sqlite", make=True, patience=30)
    at_work.wait()
    for _ in range(20):
        written(other, "other")
    over.set()
    for thread in threads:
        thread.join()
    assert names(other).count("other") == 20
    assert names(other).count("busy") > 2


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = store_in(tmp_path)

    def write(place: int) -> None:
        for count in range(10):
            written(store, f"{place}-{count}")

    threads = [threading.Thread(target=write, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as record:
        rows = list(record.rows())
        assert not list(faults_in(rows, record.documents()))
    assert sorted(row.token for row in rows) == sorted(
        f"{p}-{n}" for p in range(4) for n in range(10)
    )


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.reading():
        pass
    connection = store._idle[0]
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(UnwrittenError, match="full"):
        save(seller(store), solved(FREE), TERMS)
    assert not quotes(store, Search(), NOW)


def test_a_backup_is_the_record_of_one_moment(tmp_path: Path) -> None:
    store, copy = store_in(tmp_path), tmp_path / "copy.sqlite"
    save(seller(store), solved(FREE), TERMS)
    copy.write_bytes(b"an older one")
    store.backup(copy)
    save(seller(store), solved(ONE), TERMS)
    backup = open_store(copy)
    with backup.reading() as record:
        assert not list(faults_in(record.rows(), record.documents()))
    assert [one.number for one in quotes(backup, Search(), NOW)] == ["Q-2026-0001"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    save(seller(backup), solved(ONE), TERMS)  # it can be used as the record is
    backup.close()
    store.close()
    assert {file.name for file in tmp_path.iterdir()} == {"copy.sqlite", "quotes.sqlite"}


def test_a_backup_does_not_replace_what_is_used(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    written(store, "a")
    with pytest.raises(StoreError, match="is in use"):
        store.backup(tmp_path / "quotes.sqlite")
    with pytest.raises(OSError, match="No such file"):
        store.backup(tmp_path / "none" / "copy.sqlite")
    assert names(store) == ["a"]
