"""Requests from files of every format: the same requests, and every fault with its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from constraints.text.json_nodes import json_values
from constraints.text.source import InputError
from cp_pricing.book.requests import TuningRequest
from cp_pricing.intake.content import Unreadable
from cp_pricing.intake.json_elements import elements
from cp_pricing.intake.row_requests import Failure, Read, RequestReader, quick_request
from cp_pricing.intake.rows import Reader
from cp_pricing.intake.sources import sources_of
from tests.support.batch import flat, requests, write_lines
from tests.support.books import pilot

ASKED = list(requests(30, seed=7))
COLUMNS = sorted({name for request in ASKED for name in flat(request)})


def read(place: str | Path) -> list[Read]:
    reader = RequestReader(pilot().on_sale)
    return [reader.read(row) for row in Reader(sources_of(str(place))).rows()]


def expected() -> list[TuningRequest]:
    on_sale = pilot().on_sale
    return [TuningRequest.model_validate(json.loads(json.dumps(r)), context=on_sale) for r in ASKED]


def csv_text(delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    for request in ASKED:
        row = flat(request)
        writer.writerow({k: str(v).upper() if isinstance(v, bool) else v for k, v in row.items()})
    return text.getvalue()


def parquet_bytes(rows: Sequence[dict[str, Any]], schema: pa.Schema | None = None) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(rows), schema), sink)
    return sink.getvalue()


LINES = "".join(json.dumps(request) + "\n" for request in ASKED).encode()
FLOATS = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "configuration", "profile", "preference")),
        ("approval_mode", pa.string()),
        ("prepaid_amount", pa.float64()),  # as pandas makes them of whole numbers with gaps
        ("contract_duration_months", pa.float64()),
        ("minimum_monthly_turnover", pa.decimal128(20, 6)),
        ("guaranteed_platform_fee", pa.int32()),
        ("included_tokens", pa.int64()),
        ("customer_funded_onboarding", pa.bool_()),
        ("reduced_cancellation_flexibility", pa.bool_()),
    ]
)
DECIMALS = [
    {k: Decimal(v) if k == "minimum_monthly_turnover" else v for k, v in flat(request).items()}
    for request in ASKED
]
NESTED = [{**request, "open": []} for request in ASKED]
FILES: dict[str, bytes] = {
    "lines.jsonl": LINES,
    "bom.ndjson": b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n"),
    "blank.jsonl": LINES.replace(b"\n", b"\n\n  \n"),
    "list.json": json.dumps(ASKED).encode(),
    "object.json": json.dumps({"requests": ASKED}, indent=3).encode(),
    "table.csv": csv_text().encode(),
    "excel.csv": b"\xef\xbb\xbf" + csv_text(";").encode(),
    "tabs.tsv": csv_text("\t").encode(),
    "table.parquet": parquet_bytes(DECIMALS, FLOATS),
    "nested.parquet": parquet_bytes(NESTED),
}
FILES |= {f"{name}.gz": gzip.compress(content) for name, content in list(FILES.items())[:10:3]}
FILES["lines.jsonl.zst"] = zstandard.compress(LINES)
FILES["table.parquet.zst"] = zstandard.compress(FILES["table.parquet"])


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_requests(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert read(tmp_path / name) == expected()


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("tabs")])
def test_standard_input_needs_no_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "given").write_bytes(FILES[name])
    with (tmp_path / "given").open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        assert read("-") == expected()


def test_folders_and_patterns_are_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name, part in (("b.jsonl", ASKED[10:]), ("a.jsonl", ASKED[:10])):
        write_lines(tmp_path / name, part)
    (tmp_path / "notes.txt").write_text("not a request")
    (tmp_path / ".hidden.jsonl").write_text("{}")
    assert read(tmp_path) == expected()
    assert read(tmp_path / "?.jsonl") == expected()
    rows = list(Reader(sources_of(str(tmp_path))).rows())
    assert [row.number for row in rows] == list(range(1, 31))
    assert (Path(rows[10].file).name, rows[10].record, rows[10].line) == ("b.jsonl", 1, 1)


@pytest.mark.parametrize("given_name", ["nothing.jsonl", "*.jsonl", "."])
def test_nothing_to_read_is_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        sources_of(given_name)


GOOD = json.dumps(ASKED[0])


@pytest.mark.parametrize(
    ("name", "text", "places", "words"),
    [
        ("a.jsonl", f"{GOOD}\n  {{oops\n{GOOD}\n", [(2, 4)], "without quotes"),
        ("a.jsonl", f'{GOOD}\n{{"id": "x"}}\n{GOOD}', [(2, 1)], "missing key `configuration`"),
        ("a.jsonl", f'{GOOD}\n"{"x" * 2**20}"\n{GOOD}', [(2, 1)], "longer than"),
        ("a.json", f'[{GOOD},\n  {{"id": "x",\n  "a": 1}},\n {GOOD}]', [(3, 3)], "unknown key"),
        ("a.json", f"[{GOOD}, {GOOD}, [1, {GOOD}", [(1, 2 * len(GOOD) + 5)], "ends before"),
        ("a.json", f'{{"asked": [{GOOD}, {GOOD}]}}', [(1, 1)], "must hold a list"),
        ("a.json", f"[{GOOD}, {GOOD}] {GOOD}", [(1, 2 * len(GOOD) + 6)], "something follows"),
        ("a.csv", "id,profile\nx,solo\ny\nz,solo,1", [(2, 1), (3, 1), (4, 1)], "the header 2"),
        ("a.csv", "id,id\nx,y\n", [(2, 1)], "twice"),
    ],
)
def test_a_bad_row_has_its_place_and_stops_nothing(
    tmp_path: Path, name: str, text: str, places: list[tuple[int, int]], words: str
) -> None:
    (tmp_path / name).write_text(text)
    found = read(tmp_path / name)
    failures = [item for item in found if isinstance(item, Failure)]
    assert [(item.line, item.column) for item in failures] == places
    assert any(words in item.reason for item in failures)
    if "header" not in words and "must hold" not in words and "twice" not in words:
        assert sum(isinstance(item, TuningRequest) for item in found) == 2


def test_bytes_that_are_no_text_fail_alone(tmp_path: Path) -> None:
    lines = LINES.splitlines(keepends=True)
    (tmp_path / "a.jsonl").write_bytes(lines[0] + b'{"id": "\xff"}\n' + lines[1])
    table = csv_text().encode().splitlines(keepends=True)
    table[2] = table[2].replace(b"membership", b"member\xff")
    (tmp_path / "a.csv").write_bytes(b"".join(table[:4]))
    for name in ("a.jsonl", "a.csv"):
        kinds = [type(item) for item in read(tmp_path / name)]
        assert kinds == [TuningRequest, Failure, TuningRequest], name


@pytest.mark.parametrize("name", ["lines.jsonl.gz", "lines.jsonl.zst"])
def test_a_damaged_file_fails_from_there_on(tmp_path: Path, name: str) -> None:
    packed = FILES[name]
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    write_lines(tmp_path / "z.jsonl", ASKED[:2])
    found = read(tmp_path)
    failures = [item for item in found if isinstance(item, Failure)]
    assert len(failures) <= 2  # the last line may be half there
    assert any("damaged" in item.reason for item in failures)
    assert found[-2:] == expected()[:2]


def test_floats_with_decimals_are_refused_and_decimals_are_exact(tmp_path: Path) -> None:
    base = {"id": "x", "configuration": "membership-plus-overage", "profile": "small-team"}
    (tmp_path / "a.parquet").write_bytes(parquet_bytes([{**base, "prepaid_amount": 0.1}]))
    (tmp_path / "b.parquet").write_bytes(
        parquet_bytes([{**base, "prepaid_amount": Decimal("0.1")}])
    )
    lossy, exact = read(tmp_path)
    assert isinstance(lossy, Failure)
    assert "binary float" in lossy.reason
    assert isinstance(exact, TuningRequest)
    assert exact.inputs["prepaid_amount"] == Fraction(1, 10)


def test_a_table_may_open_fields_in_one_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "id,configuration,profile,open\n"
        "x,membership-plus-overage,small-team,prepaid_amount; included_tokens\n"
    )
    (found,) = read(tmp_path / "a.csv")
    assert isinstance(found, TuningRequest)
    assert found.open == ("included_units", "prepaid_amount")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=6), st.sampled_from([None, 1]), st.booleans())
def test_the_elements_of_a_list_are_those_that_a_parser_finds(
    values: list[object],
    indent: int | None,
    wrapped: bool,  # noqa: FBT001 - drawn
) -> None:
    document = {"requests": values} if wrapped else values
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    found = list(elements(io.BufferedReader(io.BytesIO(text.encode())), 1 << 20))
    lines = text.split("\n")
    assert len(found) == len(values)
    for (line, column, raw), value in zip(found, values, strict=True):
        assert isinstance(raw, bytes)
        assert json.loads(raw) == value
        assert lines[line - 1][column - 1 :].startswith(raw.decode().split("\n")[0])


def test_an_element_without_end_does_not_fill_the_memory() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be filled
            buffer[:] = b"[" * len(buffer)
            return len(buffer)

    found = list(elements(io.BufferedReader(Endless()), 1 << 17))
    assert len(found) == 1
    assert isinstance(found[0][2], Unreadable)


def test_reading_takes_no_more_memory_for_more_requests(tmp_path: Path) -> None:
    peaks = []
    for count in (500, 3_000):
        for name, text in (
            ("a.jsonl", f"{GOOD}\n" * count),
            ("a.json", "[" + ",".join([GOOD] * count) + "]"),
            ("a.csv", "id,profile\n" + "x,solo\n" * count),
        ):
            (tmp_path / name).write_text(text)
        for name in ("a.jsonl", "a.json", "a.csv"):
            tracemalloc.start()
            rows = Reader(sources_of(str(tmp_path / name))).rows()
            assert sum(not isinstance(row.content, Unreadable) for row in rows) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    for less, more in zip(peaks[:3], peaks[3:], strict=True):
        assert more < 1.2 * less + 100_000


# --- the quick way --------------------------------------------------------------------------------

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.integers(10**11, 10**16),
    st.sampled_from([0.5, 1.0, 12.0, 1e3, -0.0]),
    st.sampled_from(["12", "unlimited", "", " x", "small-team", "solo", "seller_ltv"]),
    st.lists(st.integers(0, 1), max_size=1),
    st.builds(dict),
)
_ENTRIES = ("id", "configuration", "profile", "inputs", "preference", "approval_mode", "open", "x")


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    """A good request with up to three entries or inputs made odd, added or taken away."""
    row: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(ASKED))))
    names = (*_ENTRIES, *COLUMNS, "included_units")
    for name in draw(st.lists(st.sampled_from(names), max_size=3)):
        inputs = row.get("inputs")
        inside = name not in _ENTRIES and isinstance(inputs, dict)
        place = inputs if inside and isinstance(inputs, dict) else row
        if draw(st.booleans()):
            place[name] = draw(_ODD)
        else:
            place.pop(name, None)
    return row


@given(row=_rows())
def test_the_quick_way_reads_what_validation_reads(row: dict[str, Any]) -> None:
    on_sale = pilot().on_sale
    values = json_values(json.dumps(row))
    quick = quick_request(values, on_sale)
    if quick is not None:
        validated = TuningRequest.model_validate(values, context=on_sale)
        assert quick == validated
        assert quick.model_fields_set == validated.model_fields_set
        assert list(quick.inputs) == list(validated.inputs)
        assert {type(value) for value in quick.inputs.values()} <= {Fraction, bool}


def test_usual_requests_take_the_quick_way() -> None:
    on_sale = pilot().on_sale
    texts = [json_values(json.dumps(request)) for request in ASKED]
    assert all(quick_request(values, on_sale) for values in texts)
