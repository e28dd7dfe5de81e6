"""Tables of strangers as relations of DuckDB: CSV and Parquet files, their columns and faults."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import duckdb

from constraints.text.source import InputError, Issue, Span, did_you_mean
from cp_pricing.files.reading import reason
from cp_pricing.fitting.tables.cells import Dates, Kind, quoted
from cp_pricing.intake.content import Placed, Unreadable
from cp_pricing.intake.csv_rows import cells, given_twice
from cp_pricing.intake.sources import (
    STANDARD_INPUT,
    Source,
    damage,
    foreign_encoding,
    format_named,
    opened,
    refused,
    sources_of,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_FAULTS = 100
"""How many faults of a table are told."""
_ROWS_AT_ONCE = 10_000
_SEPARATORS = ",;\t"
# What Python strips as well, where a row is looked at again.
_BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\u3000"
_ROUND = quoted(f"^[{_BLANKS}]|[{_BLANKS}]$")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: its name, the kinds by column, and which there may not be.

    `named` has the names that the columns bear in the files, where these are others.
    """

    table: str
    kinds: Mapping[str, Kind]
    optional: frozenset[str]
    named: Mapping[str, str] = field(default_factory=dict)
    dates: Dates = field(default_factory=Dates)

    def places(self, header: Sequence[str], file: str) -> dict[str, int]:
        """Where each column is in a file; raises `InputError` for those that are missing."""
        issues, found = [], {}
        for column in self.kinds:
            wanted = self.named.get(f"{self.table}.{column}", self.named.get(column, column))
            if wanted not in header and f"{self.table}.{column}" not in self.named:
                # One name for both tables may be that of only one of them.
                wanted = column if column in header else wanted
            if wanted in header:
                found[column] = header.index(wanted)
            elif column not in self.optional or wanted != column:
                hint = did_you_mean(wanted, header) or f"its columns are {', '.join(header)}"
                message = f"the table of {self.table} has no column `{wanted}`"
                issues.append(Issue(Span(file, 1, 1, 1, 1), message, hint))
        if issues:
            raise InputError(issues)
        return found


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a table: its rows in SQL, and where its columns are."""

    source: Source
    sql: str
    header: tuple[str, ...]
    places: Mapping[str, int]
    is_parquet: bool


def connected(folder: str) -> DuckDBPyConnection:
    """DuckDB in memory, which spills into a folder and loads nothing from elsewhere."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": folder,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    db = duckdb.connect(":memory:", config=settings)
    db.execute("SET TimeZone = 'UTC'")
    return db


def table_of(db: DuckDBPyConnection, given: str, columns: Columns) -> Table:
    """The table that a file, a folder or a pattern names; raises `InputError`."""
    if given == STANDARD_INPUT:
        raise refused("standard input", "a table is read from a file")
    sources = [each for each in sources_of(given) if _format(each) in {"csv", "parquet"}]
    if not sources:
        raise refused(given, "this is no table", "CSV and Parquet files are read")
    files: list[_File] = []
    issues: list[Issue] = []
    for source in sources:
        try:
            files.append(_file(db, source, columns))
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return Table(db, columns, tuple(files))


def _format(source: Source) -> str:
    return format_named(source.name) or "csv"


def _file(db: DuckDBPyConnection, source: Source, columns: Columns) -> _File:
    path = quoted(_literal(str(source.path)))
    if _format(source) == "parquet":
        rows = f"read_parquet({path}, hive_partitioning=false)"
        try:
            described = db.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        except duckdb.Error as error:
            raise refused(source.name, f"the file cannot be read: {_first_line(error)}") from None
        header = tuple(str(row[0]) for row in described)
        renamed = ", ".join(f"c{place}" for place in range(len(header)))
        sql = f"(SELECT * FROM {rows}) AS t({renamed})"
        return _File(source, sql, header, columns.places(header, source.name), is_parquet=True)
    header, separator, skipped = _csv_header(source)
    types = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    options = (
        f"auto_detect=false, header=true, skip={skipped}, delim={quoted(separator)}, quote='\"',"
        f" escape='\"', columns={{{types}}}"
    )
    sql = f"read_csv({path}, {options}) AS t"
    return _File(source, sql, header, columns.places(header, source.name), is_parquet=False)


def _literal(path: str) -> str:
    """A path as a pattern that only this one matches."""
    return "".join(f"[{char}]" if char in "[*?" else char for char in path)


def _csv_header(source: Source) -> tuple[tuple[str, ...], str, int]:
    """The names of the columns, what stands between cells, and how many lines say only that."""
    damaged: tuple[type[Exception], ...] = (*damage(), OSError, csv.Error)
    try:
        with opened(source) as stream:
            if fault := foreign_encoding(stream):
                raise refused(source.name, fault, "save the file as UTF-8")
            text = io.TextIOWrapper(stream.file, "utf-8-sig", "surrogateescape", newline="")
            first = text.readline(1 << 20)
            told = first.strip().strip('"').lower().startswith("sep=")
            line = text.readline(1 << 20) if told else first
            separator = first.strip().strip('"')[-1] if told else max(_SEPARATORS, key=line.count)
            names = next(csv.reader([line], delimiter=separator), [])
            text.detach()
    except damaged as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise refused(source.name, f"the file cannot be read: {why}") from None
    header = tuple(name.strip() for name in names)
    if not header:
        raise refused(source.name, "the file is empty")
    if twice := given_twice(header):
        raise refused(source.name, twice.reason, twice.hint)
    return header, separator, int(told)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["it cannot be understood"])[0].rstrip(".")


class Table:
    """A table with its typed rows in SQL, and all that is wrong with it."""

    def __init__(self, db: DuckDBPyConnection, columns: Columns, files: tuple[_File, ...]) -> None:
        self._db, self._columns, self._files = db, columns, files

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files."""
        return tuple(file.source.name for file in self._files)

    def has(self, column: str) -> bool:
        """Whether any of the files has a column."""
        return any(column in file.places for file in self._files)

    def rows(self) -> str:
        """The rows in SQL: the columns by their names, and `bad` where a cell breaks its rule."""
        return " UNION ALL ".join(self._select(file) for file in self._files)

    def _select(self, file: _File) -> str:
        values, bad = [], ["false"]
        for column, kind in self._columns.kinds.items():
            if column not in file.places:
                values.append(f"NULL AS {quoted_name(column)}")
                continue
            text = _stripped(f"CAST(c{file.places[column]} AS VARCHAR)")
            value = self._columns.dates.sql(kind, text)
            values.append(f"{value} AS {quoted_name(column)}")
            empty = f"coalesce({text}, '') = ''"
            wrong = f"({value}) IS NULL"
            bad.append(wrong if kind.is_required else f"(NOT ({empty}) AND {wrong})")
        return f"SELECT {', '.join(values)}, ({' OR '.join(bad)}) AS bad FROM {file.sql}"

    def execute(self, sql: str) -> DuckDBPyConnection:
        """Run SQL over the rows; raises `InputError` for files that DuckDB cannot read."""
        try:
            return self._db.execute(sql)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as no:
            self.refuse(f"the table cannot be read: {_first_line(no)}")
            raise

    def refuse(self, otherwise: str) -> None:
        """Raise `InputError` with the first faults of the rows, or with what is said otherwise."""
        issues = list(islice(self._faults(), MOST_FAULTS))
        if not issues:
            raise refused(self._files[0].source.name, otherwise)
        if len(issues) == MOST_FAULTS:
            last = issues[-1]
            more = f"{last.message} (the first {MOST_FAULTS} faults are told)"
            issues[-1] = Issue(last.span, more, last.hint)
        raise InputError(issues)

    def _faults(self) -> Iterator[Issue]:
        for file in self._files:
            for number, placed in enumerate(self._placed(file), start=1):
                where = "" if placed.line else f"row {number}: "
                span = Span(file.source.name, *([placed.line or 1, 1] * 2))
                if isinstance(placed.content, Unreadable):
                    yield Issue(span, where + placed.content.reason, placed.content.hint)
                elif isinstance(placed.content, Mapping):
                    for message in self._faults_of(file, placed.content):
                        yield Issue(span, where + message)

    def _faults_of(self, file: _File, row: Mapping[str, object]) -> Iterator[str]:
        for column, place in file.places.items():
            name = file.header[place]
            text = str(row.get(name) or "").strip()
            if fault := self._columns.dates.fault(self._columns.kinds[column], text):
                yield f"`{name}` {fault}"

    def _placed(self, file: _File) -> Iterator[Placed]:
        """The rows of a file as texts by column, with their lines where it has lines."""
        damaged = damage()
        try:
            if file.is_parquet:
                yield from self._parquet_rows(file)
            else:
                with opened(file.source) as stream:
                    yield from cells(stream.file)
        except damaged as error:
            yield Placed(0, 0, Unreadable(f"the file is damaged from here on: {error}"))

    def _parquet_rows(self, file: _File) -> Iterator[Placed]:
        texts = ", ".join(f"CAST(c{place} AS VARCHAR)" for place in range(len(file.header)))
        rows = self._db.cursor().execute(f"SELECT {texts} FROM {file.sql}")
        while some := rows.fetchmany(_ROWS_AT_ONCE):
            yield from (Placed(0, 0, dict(zip(file.header, row, strict=True))) for row in some)


def _stripped(text: str) -> str:
    """A text in SQL without blanks round it; to look first takes a third of the time."""
    is_blank = f"regexp_matches({text}, {_ROUND})"
    return f"CASE WHEN {is_blank} THEN trim({text}, {quoted(_BLANKS)}) ELSE {text} END"


def quoted_name(name: str) -> str:
    """A name of a column in SQL."""
    return '"' + name.replace('"', '""') + '"'
