"""The requests of a batch one by one, with their places; a file is never held as a whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from constraints.text.json_nodes import parse_json
from cp_pricing.book.requests import RequestFile
from cp_pricing.files.located import read_model
from cp_pricing.files.reading import reason
from cp_pricing.intake.content import MAXIMUM_BYTES, Content, Placed, Unreadable
from cp_pricing.intake.csv_rows import cells
from cp_pricing.intake.json_elements import REQUESTS_KEY, Member, elements
from cp_pricing.intake.parquet_rows import records
from cp_pricing.intake.sources import (
    Format,
    Source,
    Stream,
    damage,
    foreign_encoding,
    opened,
    refused,
)


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

    def _readable(self, source: Source) -> Iterator[Placed]:
        """The rows of a source; where it breaks off, one that says so."""
        damaged = damage()
        try:
            with opened(source) as stream:
                self._stream = stream
                if fault := foreign_encoding(stream):
                    yield Placed(1, 1, Unreadable(fault, "save the file as UTF-8"))
                else:
                    yield from _READERS[stream.format](stream.file)
        except damaged as error:
            how = str(error).lower().rstrip(".") or "it ends too early"
            yield Placed(0, 0, Unreadable(f"the file is damaged from here on: {how}"))


@contextmanager
def _named(source: Source) -> Iterator[None]:
    """Turn a file that cannot be opened into an input error with its name."""
    try:
        yield
    except BrokenPipeError:
        raise  # of whoever reads what becomes of the rows, and not of the file
    except OSError as error:
        raise refused(source.name, f"the file cannot be read: {reason(error)}") from None


def _lines(file: io.BufferedReader) -> Iterator[Placed]:
    """A JSON text in each line; blank lines are none."""
    line = 0
    while raw := file.readline(MAXIMUM_BYTES):
        line += 1
        if len(raw) == MAXIMUM_BYTES and not raw.endswith(b"\n"):
            _skip_line(file)
            yield Placed(line, 1, Unreadable(f"the line is longer than {MAXIMUM_BYTES:,} bytes"))
            continue
        text = (raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw).rstrip(b"\r\n")
        if text and not text.isspace():
            yield Placed(line, 1, text)


def _skip_line(file: io.BufferedReader) -> None:
    while part := file.readline(MAXIMUM_BYTES):
        if part.endswith(b"\n"):
            return


def _elements(file: io.BufferedReader) -> Iterator[Placed]:
    """The elements of a JSON list, or of the list `requests` of an object."""
    for line, column, content in elements(file, MAXIMUM_BYTES):
        match content:
            case Member():
                yield from (Placed(line, column, fault) for fault in _faults_of(content))
            case _:
                yield Placed(line, column, content)


def _faults_of(member: Member) -> Iterator[Unreadable]:
    """What is wrong with a key beside the requests, in the words of a file that is read whole."""
    try:
        value = member.value.decode()
    except UnicodeDecodeError:
        yield Unreadable(f"the value of `{member.key}` is not UTF-8", "save the file as UTF-8")
        return
    request = {"id": "any", "configuration": "any", "profile": "any"}
    text = f'{{{json.dumps(member.key)}: {value}, "{REQUESTS_KEY}": [{json.dumps(request)}]}}'
    node, issues = parse_json(text, "")
    if node is not None:
        issues += read_model(RequestFile, node)[1]
    yield from (Unreadable(issue.message, issue.hint) for issue in issues)


_READERS: dict[Format, Callable[[io.BufferedReader], Iterator[Placed]]] = {
    "json": _elements,
    "jsonl": _lines,
    "csv": cells,
    "parquet": records,
}
