"""Batches of rate cards: columns by meter in tables of requests and of results."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cp_pricing import TuningRequest, parse_requests, solve
from cp_pricing.batch.job import Job, local, run
from cp_pricing.batch.output import RESULT_COLUMNS, result_columns
from cp_pricing.intake.content import Content
from cp_pricing.intake.row_requests import Failure, RequestReader
from cp_pricing.intake.rows import Row
from tests.support.batch import lines_of, write_lines
from tests.support.books import coulomb_api, example, of_both_kinds, pilot
from tests.support.places import ROOT

TEAM = {"id": "a", "configuration": "team", "profile": "product"}
TERMS = [f"{name}.{meter}" for name in ("included_units", "rates")
         for meter in ("input", "cached_input", "output", "search")]  # fmt: skip


def read(columns: Content, *, line: int = 1, decimal: Any = None) -> TuningRequest | Failure:  # noqa: ANN401
    row = Row(1, "asked", 1, line, 1, columns)
    return RequestReader(coulomb_api().on_sale, decimal).read(row)


def request_of(columns: dict[str, object], **more: Any) -> TuningRequest:  # noqa: ANN401
    found = read({**TEAM, **columns}, **more)
    assert isinstance(found, TuningRequest), found
    return found


def reason_of(columns: dict[str, object], **more: Any) -> str:  # noqa: ANN401
    found = read({**TEAM, **columns}, **more)
    assert isinstance(found, Failure)
    return f"{found.reason} ({found.hint})"


# --- what is asked --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "decimal", "level"),
    [
        ("15%", None, "0.85"),
        ("12.5%", None, "0.875"),
        ("0.15", None, "0.85"),
        ("-5%", None, "1.05"),
        ("12,5%", ",", "0.875"),
        ("12,5 %", ",", "0.875"),
        ("0,15", ",", "0.85"),
    ],
)
def test_a_cell_is_a_discount(cell: str, decimal: str | None, level: str) -> None:
    request = request_of({"usage_discount": cell}, decimal=decimal)
    assert dict(request.inputs) == {"usage_unit_price": Fraction(level)}


def test_columns_say_what_is_asked_of_each_meter() -> None:
    request = request_of(
        {
            "included_units.input": "20000000",
            "rates.output": "0.000012",
            "customer.monthly_units.input": "200000000",
            "customer.monthly_units.output": "4e7",
            "customer.members": "7",
            "open": "included_units.output contract_duration_months",
        }
    )
    assert dict(request.inputs) == {
        "included_units.input": 20_000_000,
        "rates.output": Fraction(12, 10**6),
    }
    assert request.customer.members == Fraction(7)
    assert request.customer.monthly_units == {"input": 200_000_000, "output": 40_000_000}
    assert request.open == ("included_units.output", "contract_duration_months")


def test_parquet_may_have_structs_with_gaps() -> None:
    columns = {
        "included_units": {"input": 20_000_000.0, "output": None},
        "inputs": {"rates": {"output": "0.000012", "input": None}, "usage_discount": "15%"},
        "customer.monthly_units": {"input": 200_000_000, "output": None},
    }
    request = request_of(columns, line=0)
    assert dict(request.inputs) == {
        "included_units.input": 20_000_000,
        "usage_unit_price": Fraction(85, 100),
        "rates.output": Fraction(12, 10**6),
    }
    assert request.customer.monthly_units == {"input": 200_000_000}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"usage_discount": "15"}, "must not be above 1 (100%), and is 15 (write `15%`)"),
        ({"usage_discount": "2,500%"}, "`2,500` may be `2.5` or `2500`"),
        ({"usage_unit_price": "3"}, "`team` is a rate card: what is asked of it is a discount"),
        ({"included_units": "3"}, "`included_units` is said by meter"),
        ({"included_units.inptu": "3"}, "there is no meter `inptu` (did you mean `input`?)"),
        ({"rates.output": "x"}, "`rates.output` must be a number, not `x`"),
        ({"customer.monthly_units.input": "x"}, "`monthly_units.input` must be a number, not `x`"),
        (
            {"customer.monthly_units.inptu": "3"},
            "there is no meter `inptu` (did you mean `input`?)",
        ),
        ({"customer.monthly_units": "3"}, "`monthly_units` is said by meter"),
        (
            {"customer.monthly_units": "3", "customer.monthly_units.input": "3"},
            "unknown key `monthly_units.input`",
        ),
        ({"included_units.input": "3", "open": "included_units.input"}, "given and open at once"),
    ],
)
def test_a_row_that_is_no_request_says_why(columns: dict[str, object], reason: str) -> None:
    assert reason in reason_of(columns)


def test_json_says_the_same_as_a_file_of_requests() -> None:
    inputs = {"usage_discount": "10%", "rates": {"output": 0.000018}}
    document = {**TEAM, "inputs": inputs}
    (request,) = parse_requests(coulomb_api(), json.dumps({"requests": [document]}))
    assert read(json.dumps(document).encode()) == request
    for name, value in (("usage_unit_price", 3), ("included_units", 3)):
        refused = read(json.dumps({**TEAM, "inputs": {name: value}}).encode())
        assert isinstance(refused, Failure)
    plain = read(json.dumps({**TEAM, "inputs": {"contract_duration_months": 12}}).encode())
    assert isinstance(plain, TuningRequest)


# --- what comes out -------------------------------------------------------------------------


def job(out: Path, requests: Path, **more: Any) -> None:  # noqa: ANN401
    run(Job(coulomb_api(), str(requests), out, detail="decision", **more), local(0))


def test_a_book_without_rate_cards_has_the_columns_that_it_had() -> None:
    for book in (pilot(), example()):
        assert list(result_columns(book.catalog)) == list(RESULT_COLUMNS)
    assert {"included_units", "usage_unit_price"} < RESULT_COLUMNS.keys()


def test_a_book_of_rate_cards_has_columns_by_meter() -> None:
    columns = list(result_columns(coulomb_api().catalog))
    plain = [name for name in RESULT_COLUMNS if name not in {"included_units", "usage_unit_price"}]
    own = {*TERMS, "usage_discount", "rates"}
    assert [name for name in columns if name not in own] == plain
    assert own < {*columns}
    place = columns.index("seat_fee") + 1
    assert columns[place : place + 9] == [
        *TERMS[:4],
        "usage_discount",
        *columns[place + 5 : place + 9],
    ]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_has_the_terms_of_each_meter(tmp_path: Path, ending: str) -> None:
    inputs: list[dict[str, Any]] = [
        {"contract_duration_months": 12},
        {
            "contract_duration_months": 24,
            "rates": {"output": 0.000018},
            "usage_discount": "2%",
            "minimum_monthly_turnover": 1000,
        },
        {"contract_duration_months": 1, "usage_discount": "40%"},
    ]
    asked = [
        {**TEAM, "id": f"r{place}", "inputs": own, "approval_mode": "allow_approval"}
        for place, own in enumerate(inputs)
    ]
    out = tmp_path / f"o{ending}"
    job(out, write_lines(tmp_path / "asked.jsonl", asked))
    requests = parse_requests(coulomb_api(), json.dumps({"requests": asked}))
    answers = [solve(coulomb_api(), request, detail="decision") for request in requests]
    frame = pl.read_csv(out, infer_schema=False) if ending == ".csv" else pl.read_parquet(out)
    assert frame.columns == list(result_columns(coulomb_api().catalog))
    for row, answer in zip(frame.to_dicts(), answers, strict=True):
        terms = answer.model_dump(mode="json")["configuration"]
        assert row["usage_discount"] == (terms and terms["usage_discount"])
        assert row["included_units.input"] == (terms and terms["rates"]["input"]["included"])
        assert (terms and json.loads(row["rates"])) == (terms and terms["rates"])
    assert [row["rates.output"] for row in frame.to_dicts()] == [None, "0.000018", None]
    assert answers[2].configuration is None
    options = ", all_varchar=true" if ending == ".csv" else ""
    summed = 'sum("included_units.input"::DECIMAL(38, 6))'
    table = f"read_{ending[1:]}('{out}'{options})"
    counted = duckdb.connect().execute(
        f"SELECT count(usage_discount::DECIMAL(38, 18)), {summed} FROM {table}"  # noqa: S608
    )
    assert counted.fetchall() == [(2, 40_000_000)]


def test_a_table_of_requests_is_answered_like_json(tmp_path: Path) -> None:
    table = tmp_path / "asked.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*TEAM, "usage_discount", "rates.output", "contract_duration_months"])
        rows.writerow([*TEAM.values(), "5%", "", "12"])
        rows.writerow(["b", *list(TEAM.values())[1:], "", "0.000018", "24"])
    job(tmp_path / "o.jsonl", table)
    in_two_years = {"contract_duration_months": 24}
    documents = [
        {**TEAM, "inputs": {"usage_discount": 0.05, "contract_duration_months": 12}},
        {**TEAM, "id": "b", "inputs": {**in_two_years, "rates": {"output": 0.000018}}},
    ]
    job(tmp_path / "p.jsonl", write_lines(tmp_path / "asked.jsonl", documents))
    assert lines_of(tmp_path / "o.jsonl") == lines_of(tmp_path / "p.jsonl")


def test_a_book_with_both_kinds_of_plans_has_the_columns_of_both() -> None:
    columns = list(result_columns(of_both_kinds().catalog))
    assert [name for name in columns if name.startswith(("included", "usage", "rates"))] == [
        "included_units",
        "included_units.token",
        "usage_unit_price",
        "usage_discount",
        "rates.token",
        "rates",
    ]


def test_columns_of_rate_cards_are_documented() -> None:
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    for name in ("usage_discount", "included_units.METER", "rates.METER", "rates"):
        assert f"`{name}`" in page, name
