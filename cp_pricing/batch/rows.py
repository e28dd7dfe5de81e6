"""The requests of a batch one by one, with their places; a file is never held as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from constraints.text.source import InputError, Issue, Span
from cp_pricing.batch.json_elements import BrokenOff, elements
from cp_pricing.batch.sources import TABLES_HINT, Format, Source, Stream, damage, opened

# No request needs a hundredth of it; a file without line ends must not fill the memory.
MAXIMUM_BYTES = 1 << 20
_PARQUET_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a file where a request should, and why it cannot be read."""

    reason: str
    hint: str = ""


# A request's JSON text; a table's row by its columns; or neither.
Content: TypeAlias = bytes | Mapping[str, object] | Unreadable


class Row(NamedTuple):
    """A request as it stands in a file.

    `number` counts the requests of the whole batch from 1, `record` those of the file; `line` and
    `column` are where its text begins, 0 in a file without lines.
    """

    number: int
    file: str
    record: int
    line: int
    column: int
    content: Content


class _Found(NamedTuple):
    line: int
    column: int
    content: Content


class Reader:
    """The rows of several sources in order; tells how far it has come."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._before = 0
        self._stream: Stream | None = None

    @property
    def total_bytes(self) -> int | None:
        """The bytes of all sources; `None` if there is standard input among them."""
        sizes = [source.size for source in self._sources]
        return None if None in sizes else sum(size or 0 for size in sizes)

    @property
    def bytes_read(self) -> int:
        """How many of these have been read."""
        return self._before + (self._stream.meter.tell() if self._stream else 0)

    def rows(self) -> Iterator[Row]:
        """Every row, read as it is asked for; raises `InputError` for what nothing can read."""
        number = 0
        for source in self._sources:
            with _named(source):
                for record, found in enumerate(self._readable(source), start=1):
                    number += 1
                    yield Row(number, source.name, record, *found)
                self._before, self._stream = self._before + (source.size or 0), None

    def _readable(self, source: Source) -> Iterator[_Found]:
        """The rows of a source; where it breaks off, one that says so."""
        damaged = damage()
        try:
            with opened(source) as stream:
                self._stream = stream
                yield from _READERS[stream.format](stream.file)
        except damaged as error:
            reason = str(error).lower().rstrip(".") or "it ends too early"
            yield _Found(0, 0, Unreadable(f"the file is damaged from here on: {reason}"))


class _named:  # noqa: N801 - it reads as a word of the statement
    """Turns a file that cannot be opened into an input error with its name."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            reason = (error.strerror or str(error) or "unknown").lower()
            place = Span(self._source.name, 1, 1, 1, 1)
            message = f"the file cannot be read: {reason}"
            raise InputError([Issue(place, message)]) from None


def _lines(file: io.BufferedReader) -> Iterator[_Found]:
    """A JSON text in each line; blank lines are none."""
    line = 0
    while raw := file.readline(MAXIMUM_BYTES):
        line += 1
        if len(raw) == MAXIMUM_BYTES and not raw.endswith(b"\n"):
            _skip_line(file)
            yield _Found(line, 1, Unreadable(f"the line is longer than {MAXIMUM_BYTES:,} bytes"))
            continue
        text = (raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw).rstrip(b"\r\n")
        if text and not text.isspace():
            yield _Found(line, 1, text)


def _skip_line(file: io.BufferedReader) -> None:
    while part := file.readline(MAXIMUM_BYTES):
        if part.endswith(b"\n"):
            return


def _elements(file: io.BufferedReader) -> Iterator[_Found]:
    """The elements of a JSON list, or of the list `requests` of an object."""
    for line, column, content in elements(file, MAXIMUM_BYTES):
        if isinstance(content, BrokenOff):
            yield _Found(line, column, Unreadable(content.reason, content.hint))
        else:
            yield _Found(line, column, content)


def _cells(file: io.BufferedReader) -> Iterator[_Found]:
    """The rows of a CSV file with a header; cells by their columns."""
    # What is not UTF-8 is for the row to tell: it must not end the file.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    head = _head_of(text)
    reader = csv.reader(_after(head, text), delimiter=_delimiter(head), strict=True)
    columns: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _Found(line, 1, Unreadable(f"this is no row of a table: {error}"))
            continue
        if cells is None:
            break
        if columns is None:
            columns = [name.strip() for name in cells]
        elif any(cells):
            yield _Found(line, 1, _row_of(columns, cells))
    text.detach()


def _head_of(text: io.TextIOWrapper) -> str:
    return text.readline(MAXIMUM_BYTES)


def _after(head: str, text: io.TextIOWrapper) -> Iterator[str]:
    if head:
        yield head
    while line := text.readline(MAXIMUM_BYTES):
        yield line


def _delimiter(head: str) -> str:
    """What stands most often between the names of the columns: spreadsheets differ."""
    return max(",;\t", key=head.count)


def _row_of(columns: Sequence[str], cells: Sequence[str]) -> Content:
    if len(cells) != len(columns):
        return Unreadable(f"the row has {len(cells)} cells, and the header {len(columns)}")
    if len(set(columns)) != len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        return Unreadable(f"the header has the column `{twice}` twice", "remove one of them")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Unreadable("the row is not UTF-8", "save the file as UTF-8")
    return {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}


def _records(file: io.BufferedReader) -> Iterator[_Found]:
    """The rows of a Parquet file, empty values left out."""
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            [Issue(Span("", 1, 1, 1, 1), "Parquet files cannot be read here", TABLES_HINT)]
        ) from None
    try:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=_PARQUET_ROWS):
            for row in batch.to_pylist():
                yield _Found(0, 0, {k: v for k, v in row.items() if v is not None})
    except ArrowException as error:
        raise EOFError(str(error).splitlines()[0]) from error


_READERS: dict[Format, Callable[[io.BufferedReader], Iterator[_Found]]] = {
    "json": _elements,
    "jsonl": _lines,
    "csv": _cells,
    "parquet": _records,
}
