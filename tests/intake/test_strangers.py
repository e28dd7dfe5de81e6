"""Files of strangers: whatever is wrong with one, a row says so, and nothing slips in with it."""

from __future__ import annotations

import csv
import io
import json
import sys
import tracemalloc
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from cp_pricing.book.requests import TuningRequest
from cp_pricing.files.csv_lines import csv_line
from cp_pricing.files.values import MAXIMUM_ID
from cp_pricing.intake.content import Unreadable
from cp_pricing.intake.csv_rows import cells
from cp_pricing.intake.json_elements import MAXIMUM_KEYS, elements
from cp_pricing.intake.parquet_rows import records
from cp_pricing.intake.row_requests import Failure, Read, RequestReader
from cp_pricing.intake.rows import Reader
from cp_pricing.intake.sources import sources_of
from tests.support.batch import requests
from tests.support.books import pilot

ASKED = list(requests(3, seed=3))
GOOD = json.dumps(ASKED[0])
BASE = {"id": "x", "configuration": "membership-plus-overage", "profile": "small-team"}
HEADER, ROW = ",".join(BASE), ",".join(BASE.values())


def read(place: str | Path) -> list[Read]:
    reader = RequestReader(pilot().on_sale)
    return [reader.read(row) for row in Reader(sources_of(str(place))).rows()]


def stream(content: bytes) -> io.BufferedReader:
    return cast("io.BufferedReader", io.BufferedReader(io.BytesIO(content)))


def failures_in(found: Sequence[Read]) -> list[Failure]:
    return [item for item in found if isinstance(item, Failure)]


# --- JSON with other keys -------------------------------------------------------------------

SCHEMA = '"$schema": "schemas/tuning_requests.schema.json"'


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ("{%s, %r}", []),
        ("{%r, %s}", []),
        ("\ufeff \n{ %s\n,\n%r }\n ", []),
        ('{"note": {"a": [1, "}"]}, %r}', [(1, 2, "unknown key `note`")]),
        ('{%r, "note": "]}"\n, %s}', [(1, 18, "unknown key `note`")]),
        ('{"$schema": 1, %r}', [(1, 2, "`$schema` must be a text, not `1`")]),
        ('{"$schema": x, %r}', [(1, 2, "`x` is not a JSON value")]),
        ("{%s, %s, %r}", [(1, 52, "duplicate key `$schema`")]),
        ("{%r, %r}", [(1, 18, "duplicate key `requests`")]),
        ("{%r", [(1, 16, "the file ends before its object does")]),
        ('{"requests": 1}', [(1, 14, "`requests` must be a list")]),
        ("{oops: 1, %r}", [(1, 2, "expected a key in double quotes")]),
        ('{"requests" [1]}', [(1, 13, "expected `:` after the key `requests`")]),
        ('{"reqests": []}', [(1, 1, "the file must hold a list of requests")]),
        ("{}", [(1, 1, "the file must hold a list of requests")]),
    ],
)
def test_the_list_may_stand_anywhere_among_the_keys(
    tmp_path: Path, document: str, faults: list[tuple[int, int, str]]
) -> None:
    text = document.replace("%s", SCHEMA).replace("%r", f'"requests": [{GOOD}]')
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found = read(tmp_path / "a.json")
    told = [(item.line, item.column, item.reason) for item in failures_in(found)]
    told = [(line, c - len(GOOD) if c > len(GOOD) else c, reason) for line, c, reason in told]
    assert told == faults
    assert ("%r" in document) == any(isinstance(item, TuningRequest) for item in found) or (
        "duplicate" in str(faults) or "oops" in document
    )


def test_standard_input_may_begin_with_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in (f'{{{SCHEMA}, "requests": [{GOOD}]}}', f'{{"note": 1,\n "requests": [{GOOD}]}}'):
        (tmp_path / "given").write_text(text)
        with (tmp_path / "given").open("rb") as file:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
            assert any(isinstance(item, TuningRequest) for item in read("-"))


def test_keys_without_end_do_not_fill_the_memory() -> None:
    many = b"{" + b",".join(b'"k%d": 1' % number for number in range(200_000)) + b"}"
    for text in (many, b'{"k": [' + b"1," * 2_000_000 + b"1]}"):
        tracemalloc.start()
        found = list(elements(stream(text), 1 << 20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(found) == 1
        assert peak < 1_000_000
    assert str(MAXIMUM_KEYS) in repr(list(elements(stream(many), 1 << 20)))


# --- CSV ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_the_tail_of_a_line_that_is_too_long_is_no_request(tmp_path: Path, name: str) -> None:
    """The tail begins where a reader of so many bytes at a time begins anew."""
    good, head = (f"{ROW}\n", f"{HEADER}\n") if name == "a.csv" else (f"{GOOD}\n", "")
    for shift in range(-2, 3):
        text = f"{head}{good}{'x' * (2**20 + shift)}{good}{good}"
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = read(tmp_path / name)
        assert [type(item) for item in found] == [TuningRequest, Failure, TuningRequest], shift


CELL = st.text(st.sampled_from('a,;"\n\r x'), max_size=60)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6), st.sampled_from(",;"))
def test_rows_within_a_long_cell_are_no_rows(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    file = stream(text.getvalue().encode())
    found = [item.content for item in cells(file, 40)]
    whole = [row for row in rows if any(row)]
    assert len(found) == len(whole)
    for content, row in zip(found, whole, strict=True):
        expected = {k: cell.strip() for k, cell in zip("abc", row, strict=True) if cell.strip()}
        assert isinstance(content, Unreadable) or content == expected


def test_a_quote_that_is_never_closed_is_one_fault(tmp_path: Path) -> None:
    rows = f"{ROW}\n" * 9_000
    (tmp_path / "a.csv").write_text(f'{HEADER}\n{ROW}\n"y,{rows}', encoding="utf-8")
    found = read(tmp_path / "a.csv")
    assert [type(item) for item in found] == [TuningRequest, Failure]


def test_a_header_that_cannot_be_read_is_one_fault(tmp_path: Path) -> None:
    for head in ("id," * 400_000, '"id"x,configuration'):
        (tmp_path / "a.csv").write_text(f"{head}\n{HEADER}\n{ROW}\n", encoding="utf-8")
        assert [type(item) for item in read(tmp_path / "a.csv")] == [Failure]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_first_line_may_name_the_separator(tmp_path: Path, separator: str) -> None:
    text = f"sep={separator}\r\n{HEADER}\r\n{ROW}\r\n{ROW},a,b\r\n".replace(",", separator)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    good, bad = read(tmp_path / "a.csv")
    assert isinstance(good, TuningRequest)
    assert isinstance(bad, Failure)
    assert bad.line == 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_other_encodings_are_told(tmp_path: Path, encoding: str, name: str) -> None:
    (tmp_path / name).write_bytes(f"{HEADER}\n{ROW}\n".encode(encoding))
    (failed,) = failures_in(read(tmp_path / name))
    assert "UTF-16" in failed.reason
    assert failed.hint == "save the file as UTF-8"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\n=1"),
        ("\n=1", "'\n=1"),
        ("-1-1", "'-1-1"),
        ("-12.50", "-12.50"),
        ("+3", "+3"),
        ("-1e9", "-1e9"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    for plain, expected in ((False, written), (True, cell)):
        line = csv_line([cell, 1, None, False], plain=plain)
        (row,) = csv.reader(io.StringIO(line.decode(), newline=""))
        assert row == [expected.replace("\r", "\n"), "1", "", "false"]


# --- Parquet --------------------------------------------------------------------------------


def table(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    arrays = [
        value if isinstance(value, pa.Array) else pa.array(value) for value in columns.values()
    ]
    parquet.write_table(pa.Table.from_arrays(arrays, list(columns)), sink)
    return sink.getvalue()


def twice() -> bytes:
    sink = io.BytesIO()
    names = [*BASE, "id"]
    arrays = [pa.array([value]) for value in (*BASE.values(), "y")]
    parquet.write_table(pa.Table.from_arrays(arrays, names), sink)
    return sink.getvalue()


WHOLE = table({name: [value] for name, value in BASE.items()})
FAR = pa.array([2**62], pa.timestamp("us"))
BROKEN_TEXT = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.array([0, 1], pa.int32()).buffers()[1], pa.py_buffer(b"\xff")]
)
BAD_TABLES = {
    "two columns of one name": twice(),
    "a date that Python does not know": table({**{k: [v] for k, v in BASE.items()}, "t": FAR}),
    "a text that is no text": table({**{k: [v] for k, v in BASE.items()}, "t": BROKEN_TEXT}),
    "half a file": WHOLE[: len(WHOLE) // 2],
    "its first bytes": b"PAR1",
    "a page that is none": WHOLE[:4] + b"\xff" * 16 + WHOLE[20:],
    "a text of a megabyte": table({**{k: [v] for k, v in BASE.items()}, "t": ["x" * 2**20]}),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_bad_table_is_one_fault_and_the_next_file_is_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.parquet").write_bytes(BAD_TABLES[kind])
    (tmp_path / "b.parquet").write_bytes(WHOLE)
    assert [type(item) for item in read(tmp_path)] == [Failure, TuningRequest]


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=3))
def test_bytes_that_are_turned_over_end_in_words(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, value in changes:
        content[place] = value
    with suppress(EOFError):
        assert len(list(records(stream(bytes(content))))) <= 1


# --- ids ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.parquet"])
def test_ids_have_a_maximum_length(tmp_path: Path, name: str) -> None:
    asked = [{**BASE, "id": "x" * length} for length in (MAXIMUM_ID, MAXIMUM_ID + 1)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(BASE))
    writer.writeheader()
    writer.writerows(asked)
    content = {
        "a.jsonl": "".join(f"{json.dumps(request)}\n" for request in asked).encode(),
        "a.json": json.dumps(asked).encode(),
        "a.csv": text.getvalue().encode(),
        "a.parquet": table({key: [request[key] for request in asked] for key in BASE}),
    }[name]
    (tmp_path / name).write_bytes(content)
    good, bad = read(tmp_path / name)
    assert isinstance(good, TuningRequest)
    assert isinstance(bad, Failure)
    assert f"at most {MAXIMUM_ID} characters" in bad.reason
    assert len(bad.request_id or "") <= MAXIMUM_ID
