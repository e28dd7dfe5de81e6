"""The rows of a CSV file, one by one, whatever stands in it.

A row that cannot be read ends where its quotes say that it ends: what stands within them, however
long it is, is no row of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from cp_pricing.intake.content import MAXIMUM_BYTES, Content, Placed, Unreadable

# What spreadsheets write above the header to say what stands between the cells.
_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?[\r\n]*', re.IGNORECASE)
_ENDS = ("\n", "\r")
_START, _PLAIN, _QUOTED, _CLOSED = range(4)
# A quote within a cell that began without one is a character like any other; a second quote behind
# one that closed stands for itself, and the cell goes on.
_AFTER_QUOTE = {_START: _QUOTED, _PLAIN: _PLAIN, _QUOTED: _CLOSED, _CLOSED: _QUOTED}


def cells(file: io.BufferedReader, maximum: int = MAXIMUM_BYTES) -> Iterator[Placed]:
    """The rows below the header, none longer than `maximum` characters; cells by their columns."""
    # What is not UTF-8 is for the row to tell: it must not end the file.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    records = _Records(text, maximum)
    _, columns = records.next() or (1, [])
    if isinstance(columns, Unreadable):
        yield Placed(1, 1, columns)  # without its header no row can be read
    else:
        names = [name.strip() for name in columns]
        while (record := records.next()) is not None:
            line, found = record
            if isinstance(found, Unreadable):
                yield Placed(line, 1, found)
            elif any(found):
                yield Placed(line, 1, _row_of(names, found))
    text.detach()


def _row_of(columns: Sequence[str], found: Sequence[str]) -> Content:
    if len(found) != len(columns):
        return Unreadable(f"the row has {len(found)} cells, and the header {len(columns)}")
    if twice := given_twice(columns):
        return twice
    try:
        "".join(chain(columns, found)).encode()
    except UnicodeEncodeError:
        return Unreadable("the row is not UTF-8", "save the file as UTF-8")
    return {name: cell.strip() for name, cell in zip(columns, found, strict=True) if cell.strip()}


def given_twice(columns: Sequence[str]) -> Unreadable | None:
    """Why a table's columns say nothing, if two have one name."""
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is None:
        return None
    return Unreadable(f"the header has the column `{twice}` twice", "remove one of them")


class _TooLongError(Exception):
    """A record is longer than any request; its rest has not been read."""


class _Records:
    """The records of a table, and the lines of the one that is being read."""

    def __init__(self, text: io.TextIOWrapper, maximum: int) -> None:
        self._text = text
        self._maximum = maximum
        self._line = 0
        self._record: list[str] = []
        self._size = 0
        self._waiting = ""
        self._delimiter = self._separator()
        self._reader = csv.reader(self, delimiter=self._delimiter, strict=True)

    def next(self) -> tuple[int, list[str] | Unreadable] | None:
        """The line where the next record begins, and its cells; `None` at the end."""
        self._record, self._size = [], 0
        line = self._line + 1
        try:
            found = next(self._reader, None)
        except csv.Error as error:
            self._skip()
            return line, Unreadable(f"this is no row of a table: {error}")
        except _TooLongError:
            self._skip()
            return line, Unreadable(f"the row is longer than {self._maximum:,} characters")
        return None if found is None else (line, found)

    def _separator(self) -> str:
        """What stands between cells: as the first line says, or what is there most often."""
        head = self._waiting = self._read(self._maximum)
        if told := _SEPARATOR.fullmatch(head):
            self._waiting, self._line = "", 1
            return told[1]
        return max(",;\t", key=head.count)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # One character more than there may be tells a row that is too long from one that fits.
        piece = self._waiting or self._read(self._maximum + 1 - self._size)
        self._waiting = ""
        if not piece:
            raise StopIteration
        self._record.append(piece)
        self._size += len(piece)
        self._line += piece.endswith(_ENDS)
        if self._size >= self._maximum and not piece.endswith(_ENDS):
            raise _TooLongError
        return piece

    def _read(self, count: int) -> str:
        return self._text.readline(count)

    def _skip(self) -> None:
        """Read on to the end of the record, as its quotes tell where that is."""
        state, piece = _START, ""
        for piece in self._record:
            state = self._state_after(state, piece)
        while not piece.endswith(_ENDS) or state == _QUOTED:
            if not (piece := self._read(self._maximum)):
                return
            self._line += piece.endswith(_ENDS)
            state = self._state_after(state, piece)

    def _state_after(self, state: int, piece: str) -> int:
        """Where a reader of cells is behind a piece of text, if it was in a state before it."""
        for token in re.finditer(rf'["{self._delimiter}\r\n]|[^"{self._delimiter}\r\n]+', piece):
            if token[0] == '"':
                state = _AFTER_QUOTE[state]
            elif state != _QUOTED:
                ends = token[0] in {self._delimiter, *_ENDS}
                state = _START if ends else _PLAIN
        return state
