"""What keeps the record, behind one interface: rows of a log that only grows, and documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cp_pricing.quotes.log.entries import Row


class Reading(Protocol):
    """The record as it was at one moment."""

    def rows(self, *, quote: str = "", token: str = "") -> Iterator[Row]:
        """The rows in their order: all, or those of a quote (a number) or of a token (an id)."""

    def last(self) -> Row | None:
        """The row that was written last, if there is any."""

    def quotes(self, before: int, limit: int) -> Iterator[tuple[str, Sequence[Row]]]:
        """Quotes by their numbers with their rows, those that something happened to last first.

        Only those that nothing has happened to from the place `before` on, and `limit` at most.
        """

    def last_number(self, beginning: str) -> str | None:
        """The highest of the numbers that begin so, if there is any."""

    def document(self, digest: str) -> bytes | None:
        """The document with this hash, if it is there."""

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """All documents with their hashes."""


class Writing(Reading, Protocol):
    """The one transaction that writes at a time; all of it is kept, or nothing."""

    def add(self, row: Row, documents: Mapping[str, bytes]) -> None:
        """Add a row behind the last one, and the documents that it names, by their hashes."""


class Store(Protocol):
    """A record that several processes may use at once; raises `StoreError` where it cannot."""

    def reading(self) -> AbstractContextManager[Reading]:
        """The record, to read in."""

    def writing(self) -> AbstractContextManager[Writing]:
        """The record, to write in: what was done is there for good once the block is left."""

    def close(self) -> None:
        """Let go of it."""
