"""The record in a relational database, in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from cp_pricing.quotes.log.entries import Row

# Runs a statement with `?` for each of the values.
Execute: TypeAlias = Callable[[str, tuple[object, ...]], Iterable[tuple[Any, ...]]]
_ROW = "SELECT place, quote, token, text, hash FROM entries"

_QUOTES = """
SELECT entries.place, entries.quote, token, text, hash
FROM entries JOIN (
    SELECT quote, MAX(place) AS last FROM entries WHERE quote <> ''
    GROUP BY quote HAVING MAX(place) < ? ORDER BY last DESC LIMIT ?
) AS found ON entries.quote = found.quote
ORDER BY found.last DESC, entries.place
"""


class Rows:
    """The record within one transaction."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def rows(self, *, quote: str = "", token: str = "") -> Iterator[Row]:
        """The rows in their order: all, or those of a quote (a number) or of a token (an id)."""
        if quote:
            found = self._execute(f"{_ROW} WHERE quote = ? ORDER BY place", (quote,))
        elif token:
            found = self._execute(f"{_ROW} WHERE token = ? ORDER BY place", (token,))
        else:
            found = self._execute(f"{_ROW} ORDER BY place", ())
        return (Row(*values) for values in found)

    def last(self) -> Row | None:
        """The row that was written last, if there is any."""
        found = self._execute(f"{_ROW} ORDER BY place DESC LIMIT 1", ())
        return next((Row(*values) for values in found), None)

    def quotes(self, before: int, limit: int) -> Iterator[tuple[str, Sequence[Row]]]:
        """Quotes by their numbers with their rows, those that something happened to last first.

        Only those that nothing has happened to from the place `before` on, and `limit` at most.
        """
        found = self._execute(_QUOTES, (before, limit))
        rows = (Row(*values) for values in found)
        return ((number, tuple(own)) for number, own in groupby(rows, key=lambda row: row.quote))

    def last_number(self, beginning: str) -> str | None:
        """The highest of the numbers that begin so, if there is any."""
        found = self._execute(
            "SELECT quote FROM entries WHERE quote LIKE ?"
            " ORDER BY LENGTH(quote) DESC, quote DESC LIMIT 1",
            (f"{beginning}%",),
        )
        return next((number for (number,) in found), None)

    def document(self, digest: str) -> bytes | None:
        """The document with this hash, if it is there."""
        found = self._execute("SELECT content FROM documents WHERE hash = ?", (digest,))
        return next((bytes(content) for (content,) in found), None)

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """All documents with their hashes."""
        found = self._execute("SELECT hash, content FROM documents ORDER BY hash", ())
        return ((digest, bytes(content)) for digest, content in found)

    def add(self, row: Row, documents: Mapping[str, bytes]) -> None:
        """Add a row behind the last one, and the documents that it names, by their hashes."""
        for named in documents.items():
            self._execute("INSERT INTO documents VALUES (?, ?) ON CONFLICT DO NOTHING", named)
        self._execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
