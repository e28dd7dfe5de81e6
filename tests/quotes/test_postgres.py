from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import TypeAlias

import psycopg
import pytest

from cp_pricing.quotes.log.acting import StoreError, UnwrittenError
from cp_pricing.quotes.log.entries import faults_in, following
from cp_pricing.quotes.log.events import TokenRevoked
from cp_pricing.quotes.record import Search, quote, quotes, save
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.postgres import PostgresStore
from cp_pricing.quotes.verification import verify
from tests.support.postgres import emptied
from tests.support.quotes import ADMIN, NOW, ONE, TERMS, TWO, names, seller, solved, written


@pytest.fixture(name="where")
def _where(address: str) -> str:
    emptied(address)
    return address


Opened: TypeAlias = Callable[..., PostgresStore]


@pytest.fixture(name="opened")
def _opened(where: str) -> Iterator[Opened]:
    """Opens the record again and again, and closes all of them in the end."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(PostgresStore(where, **options)))


def test_a_quote_is_read_again_on_a_server(opened: Opened) -> None:
    store = opened(make=True)
    number = save(seller(store), solved(ONE), TERMS).number
    save(seller(store), solved(TWO), TERMS, number=number)
    other = opened()
    assert quote(other, number) == quote(store, number)
    assert [each.number for each in quotes(other, Search(), NOW)] == [number]
    assert verify(other, quote(other, number).latest, NOW).stands is True
    with other.reading() as record:
        assert not list(faults_in(record.rows(), record.documents()))


def test_a_record_is_not_made_by_looking_for_it(opened: Opened) -> None:
    with pytest.raises(StoreError, match="there is no record of quotes in this database"):
        opened()
    opened(make=True)
    opened(make=True)
    opened()


def test_a_newer_record_is_not_read(where: str, opened: Opened) -> None:
    opened(make=True)
    with psycopg.connect(where, autocommit=True) as other:
        other.execute("COMMENT ON SCHEMA cp_pricing_quotes IS '2'")
    with pytest.raises(StoreError, match="was written by a newer cp-pricing"):
        opened()


def test_the_log_only_grows(where: str, opened: Opened) -> None:
    save(seller(opened(make=True)), solved(ONE), TERMS)
    with psycopg.connect(where, autocommit=True) as other:
        for statement in (
            "UPDATE cp_pricing_quotes.entries SET text = ''",
            "DELETE FROM cp_pricing_quotes.entries",
            "TRUNCATE cp_pricing_quotes.documents",
            "UPDATE cp_pricing_quotes.documents SET hash = ''",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="the record only grows"):
                other.execute(statement)


def test_what_fails_in_between_is_not_there(opened: Opened) -> None:
    store = opened(make=True)

    def fail() -> None:
        with store.writing() as record:
            record.add(following(record.last(), NOW, ADMIN, TokenRevoked(), token="b").row, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    written(store, "c")
    assert names(store) == ["c"]


def test_who_reads_sees_one_moment(opened: Opened) -> None:
    store = opened(make=True)
    written(store, "a")
    with store.reading() as record:
        assert record.last() is not None
        written(store, "b")
        assert [row.token for row in record.rows()] == ["a"]
    assert names(store) == ["a", "b"]


def test_writers_wait_for_one_another_or_are_refused(opened: Opened) -> None:
    store = opened(make=True)
    hasty = opened(patience=0.05)
    with (
        store.writing(),
        pytest.raises(UnwrittenError, match="another process has been writing") as busy,
        hasty.writing(),
    ):
        pass
    assert busy.value.hint == "nothing was written; try again"

    def write(place: int) -> None:
        for count in range(10):
            written(store, f"{place}-{count}")

    threads = [threading.Thread(target=write, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as record:
        assert len(rows := list(record.rows())) == 40
        assert not list(faults_in(rows, record.documents()))


def test_a_connection_that_the_server_has_ended_is_replaced(where: str, opened: Opened) -> None:
    store = opened(make=True)
    written(store, "a")
    with psycopg.connect(where, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    written(store, "b")
    assert names(store) == ["a", "b"]


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(UnwrittenError, match="the server of the record: "):
        open_store("postgresql:///postgres?host=/nowhere", make=True)
