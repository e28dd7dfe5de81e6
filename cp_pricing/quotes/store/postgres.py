"""The record on a PostgreSQL server, for several machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cp_pricing.files.extras import extra
from cp_pricing.quotes.log.acting import StoreError, UnwrittenError
from cp_pricing.quotes.store.rows import Execute, Rows
from cp_pricing.quotes.store.store import Reading, Writing

if TYPE_CHECKING:
    import psycopg

PATIENCE = 10.0  # seconds that a write waits for others to be done
_SCHEMA = "cp_pricing_quotes"
_VERSION = "1"
_ENTRIES = "place BIGINT PRIMARY KEY, quote TEXT, token TEXT, text TEXT, hash TEXT"
_REFUSED = "BEGIN RAISE 'the record only grows'; END"
_TABLES = (
    f"CREATE SCHEMA {_SCHEMA}",
    f"COMMENT ON SCHEMA {_SCHEMA} IS '{_VERSION}'",
    f"CREATE TABLE entries ({_ENTRIES})",
    "CREATE INDEX entries_of_quotes ON entries (quote, place)",
    "CREATE INDEX entries_of_tokens ON entries (token, place)",
    "CREATE TABLE documents (hash TEXT PRIMARY KEY, content BYTEA)",
    f"CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ {_REFUSED} $$",
    *(
        f"CREATE TRIGGER no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " EXECUTE FUNCTION only_grows()"
        for table in ("entries", "documents")
    ),
)
_THERE = f"SELECT obj_description(to_regnamespace('{_SCHEMA}'), 'pg_namespace')"
# Whoever makes the tables does so alone.
_ALONE = "SELECT pg_advisory_xact_lock(1668305009)"
# One moment for all that is read; and one writer at a time, whom readers need not wait for.
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN"
_LOCKED = "LOCK TABLE entries IN EXCLUSIVE MODE"


class PostgresStore:
    """A record in a schema of its own in a database; `where` is a `postgresql://` address.

    With `make` it is made where there is none. Raises `StoreError`.
    """

    def __init__(self, where: str, *, make: bool = False, patience: float = PATIENCE) -> None:
        self._psycopg = extra("psycopg", "a record on a server", "psycopg", "postgres")
        self._where = where
        self._patience = patience
        self._idle: deque[psycopg.Connection] = deque()
        with self._words():
            self._idle.append(self._opened())
            try:
                self._check(self._idle[0], make=make)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The record, to read in."""
        with self._transaction(_READING) as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The record, to write in: what was done is there for good once the block is left."""
        with self._transaction(_WRITING, _LOCKED) as rows:
            yield rows

    def close(self) -> None:
        """Let go of the server."""
        while self._idle:
            self._idle.pop().close()

    # --- connections ------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, begin: str, *more: str) -> Iterator[Rows]:
        with self._words():
            connection = self._begun(begin)
            try:
                for statement in more:
                    connection.execute(statement)
                yield Rows(_executing(connection))
                connection.execute("COMMIT")
            except BaseException:
                connection.close()  # which takes back what was not committed
                raise
            self._idle.append(connection)

    def _begun(self, begin: str) -> psycopg.Connection:
        """A connection in a new transaction; one that the server has ended is replaced."""
        if self._idle:
            connection = self._idle.pop()
            try:
                connection.execute(begin)
            except self._psycopg.OperationalError:
                connection.close()
            else:
                return connection
        connection = self._opened()
        connection.execute(begin)
        return connection

    def _opened(self) -> psycopg.Connection:
        settings = {
            "search_path": _SCHEMA,
            "lock_timeout": f"{int(self._patience * 1000)}ms",
            "synchronous_commit": "on",  # whatever the server's own is
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        connection: psycopg.Connection = self._psycopg.connect(
            self._where, autocommit=True, options=options
        )
        return connection

    def _check(self, connection: psycopg.Connection, *, make: bool) -> None:
        """Make or check the tables."""
        with connection.transaction():
            if make:
                connection.execute(_ALONE)
            if (there := _version(connection)) is None and make:
                for statement in _TABLES:
                    connection.execute(statement)
                there = _VERSION
        if there is None:
            hint = "the first quote that is saved makes it"
            raise StoreError("there is no record of quotes in this database", hint)
        if there != _VERSION:
            raise StoreError("the record in this database was written by a newer cp-pricing")

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Say in words why the server cannot be used."""
        errors = self._psycopg.errors
        try:
            yield
        except errors.LockNotAvailable as error:
            message = "another process has been writing to the record all the time"
            raise UnwrittenError(message, "nothing was written; try again") from error
        except self._psycopg.Error as error:
            # The first line: further ones repeat the statement.
            said = (str(error).splitlines() or ["no answer"])[0]
            raise UnwrittenError(f"the server of the record: {said}") from error


def _version(connection: psycopg.Connection) -> str | None:
    row = connection.execute(_THERE).fetchone()
    return None if row is None else row[0]


def _executing(connection: psycopg.Connection) -> Execute:
    def execute(statement: str, values: tuple[object, ...]) -> Iterable[tuple[Any, ...]]:
        return connection.execute(statement.replace("?", "%s").encode(), values)

    return execute
