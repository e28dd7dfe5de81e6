"""The record in one SQLite file: every write is one transaction, on the disk once it is told of."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote as in_url

from cp_pricing.files.writing import sync_folder
from cp_pricing.quotes.log.acting import StoreError, UnwrittenError
from cp_pricing.quotes.store.rows import Rows
from cp_pricing.quotes.store.store import Reading, Writing

PATIENCE = 10.0  # seconds that a write waits for others to be done
_PAUSE = 0.002  # seconds until a write is tried again
_OURS = 0x63705051  # "cpPQ", by which the file is known
_VERSION = 1
_ENTRIES = "place INTEGER PRIMARY KEY, quote TEXT, token TEXT, text TEXT, hash TEXT"
_TABLES = (
    f"CREATE TABLE entries ({_ENTRIES}) STRICT",
    "CREATE INDEX entries_of_quotes ON entries (quote, place)",
    "CREATE INDEX entries_of_tokens ON entries (token, place)",
    "CREATE TABLE documents (hash TEXT PRIMARY KEY, content BLOB) STRICT",
    *(
        f"CREATE TRIGGER no_{act.lower()}_of_{table} BEFORE {act} ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'the record only grows'); END"
        for table in ("entries", "documents")
        for act in ("UPDATE", "DELETE")
    ),
)


class SqliteStore:
    """A record in a file; each thread and process may use it, and one writes at a time.

    With `make` it is made where there is none. Raises `StoreError`.
    """

    def __init__(self, path: Path, *, make: bool = False, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        # A connection is for one use at a time, and opening one takes longer than most uses.
        self._idle: deque[sqlite3.Connection] = deque()
        if make:
            self._make_file()
        with self._words():
            self._idle.append(self._opened())

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The record, to read in."""
        with self._transaction(_begin_reading) as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The record, to write in: what was done is there for good once the block is left."""
        with self._transaction(self._begin_writing) as rows:
            yield rows

    def close(self) -> None:
        """Let go of the file."""
        while self._idle:
            self._idle.pop().close()

    def backup(self, path: Path) -> None:
        """Write a copy of the record as it is now, whole or not at all, while others go on."""
        if any(os.path.lexists(f"{path}-{part}") for part in ("wal", "journal")):
            raise StoreError(f"{path} is in use")
        temporary = path.with_name(f".{path.name}.{token_hex(4)}")
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            with self._words(), closing(sqlite3.connect(temporary)) as copy:
                with closing(self._opened()) as own:
                    own.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)

    # --- connections ------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, begin: Callable[[sqlite3.Connection], None]) -> Iterator[Rows]:
        with self._words():
            connection = self._idle.pop() if self._idle else self._opened()
            try:
                begin(connection)
                yield Rows(connection.execute)
                connection.execute("COMMIT")
            except BaseException:
                connection.close()  # which takes back what was not committed
                raise
            self._idle.append(connection)

    def _begin_writing(self, connection: sqlite3.Connection) -> None:
        """Wait for a turn to write: at once, for who reads first may find that others have written.

        SQLite itself waits longer and longer, and is overtaken by whoever writes all the time.
        """
        connection.execute("PRAGMA busy_timeout = 0")
        self._patiently(connection, "BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> None:
        """Run what others may be in the way of, until they are not."""
        until = time.monotonic() + self._patience
        while True:
            try:
                connection.execute(statement)
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            else:
                return
            time.sleep(_PAUSE)

    def _opened(self) -> sqlite3.Connection:
        place = f"file:{in_url(str(self.path))}?mode=rw"
        connection = sqlite3.connect(
            place, uri=True, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make or check the tables, and have each commit reach the disk before it is told of."""
        connection.execute("BEGIN")  # in one look, for others may be making them
        is_there = self._is_ours(connection)
        connection.execute("COMMIT")
        if not is_there:
            self._patiently(connection, "PRAGMA journal_mode = WAL")  # SQLite would not wait
            self._make_tables(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # where a system has two kinds of it

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Whether the tables are there; raises `StoreError` if others are."""
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        if mark != _OURS and tables:
            raise StoreError(f"{self.path} is a database, but no record of quotes")
        if version > _VERSION:
            raise StoreError(f"{self.path} was written by a newer cp-pricing")
        return bool(mark == _OURS)

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if not self._is_ours(connection):  # another process may have been quicker
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_OURS}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")

    def _make_file(self) -> None:
        """Make an empty file that nobody else can read: what is in it is the seller's side."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            sync_folder(self.path.parent)
        except OSError as error:
            kind = StoreError if isinstance(error, IsADirectoryError) else UnwrittenError
            raise kind(f"{self.path}: {(error.strerror or str(error)).lower()}") from error

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Say in words why the file cannot be used."""
        try:
            yield
        except sqlite3.Error as error:
            kind = StoreError if _code(error) in _NOT_TO_BE_READ else UnwrittenError
            hint = "" if self._is_shut(error) else _HINTS.get(_code(error), "")
            raise kind(self._reason(error), hint) from error

    def _is_shut(self, error: sqlite3.Error) -> bool:
        """Whether there is something that cannot be opened: a folder, or somebody else's file."""
        return _code(error) == sqlite3.SQLITE_CANTOPEN and os.path.lexists(self.path)

    def _reason(self, error: sqlite3.Error) -> str:
        match _code(error):
            case sqlite3.SQLITE_CANTOPEN if self._is_shut(error):
                return f"{self.path} cannot be opened as a record of quotes"
            case sqlite3.SQLITE_CANTOPEN:
                return f"there is no record of quotes at {self.path}"
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                return f"{self.path} is no record of quotes, or it is damaged"
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return f"another process has been writing to {self.path} all the time"
            case _:
                return f"{self.path}: {error}"


_NOT_TO_BE_READ = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_HINTS = {
    sqlite3.SQLITE_CANTOPEN: "the first quote that is saved makes it",
    sqlite3.SQLITE_BUSY: "nothing was written; try again",
    sqlite3.SQLITE_LOCKED: "nothing was written; try again",
}


def _begin_reading(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _code(error: sqlite3.Error) -> int:
    """SQLite's own code for an error, without what it adds to some; 0 for one of Python's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
