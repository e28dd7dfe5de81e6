"""Numbers in tables: what could mean two is refused with both, until somebody says which."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from constraints.text.spoken import DecimalMark
from cp_pricing.intake.row_requests import Failure, Read, RequestReader
from cp_pricing.intake.rows import Reader
from cp_pricing.intake.sources import sources_of
from tests.support.books import pilot

BASE = {"id": "x", "configuration": "membership-plus-overage", "profile": "small-team"}


def read(tmp_path: Path, columns: dict[str, str], decimal: DecimalMark | None = None) -> Read:
    cells = BASE | columns
    table = tmp_path / "asked.csv"
    table.write_text(f"{';'.join(cells)}\n{';'.join(cells.values())}\n", encoding="utf-8")
    return only(table, decimal)


def only(table: Path, decimal: DecimalMark | None = None) -> Read:
    (row,) = Reader(sources_of(str(table))).rows()
    return RequestReader(pilot().on_sale, decimal).read(row)


def prepaid(request: Read) -> Fraction | bool | str:
    return request.reason if isinstance(request, Failure) else request.inputs["prepaid_amount"]


def test_every_cell_with_two_readings_is_refused_with_both(tmp_path: Path) -> None:
    columns = {
        "prepaid_amount": "2.100",
        "minimum_monthly_turnover": "x",
        "customer.members": "2,100",
        "fact.payment_terms": "45.000",
        "usage_unit_price": "6.505",
    }
    failed = read(tmp_path, columns)
    assert isinstance(failed, Failure)
    assert failed.reason.split("; ") == [
        "`prepaid_amount` must be one number, and `2.100` may be `2.1` or `2100`",
        "`minimum_monthly_turnover` must be a number, not `x`",
        "`usage_unit_price` must be one number, and `6.505` may be `6.5050` or `6505`",
        "`members` must be one number, and `2,100` may be `2.1` or `2100`",
        "`payment_terms` must be one number, and `45.000` may be `45` or `45000`",
    ]
    assert (
        failed.hint == "write the one that is meant, or add `--decimal .` or `--decimal ,` for all"
    )


@pytest.mark.parametrize("mark", [None, ".", ","])
@pytest.mark.parametrize("cell", ["2100", "2_100", "1e3"])
def test_a_number_without_either_is_read_in_any_table(
    tmp_path: Path, cell: str, mark: DecimalMark | None
) -> None:
    assert prepaid(read(tmp_path, {"prepaid_amount": cell}, mark)) == Fraction(cell)


@pytest.mark.parametrize("cell", ["0.125", "2.1", "2.1250", "7.50", "1234.500", "2100"])
def test_a_point_that_leaves_no_doubt_is_read(tmp_path: Path, cell: str) -> None:
    for mark in (None, "."):
        assert prepaid(read(tmp_path, {"prepaid_amount": cell}, mark)) == Fraction(cell)


@pytest.mark.parametrize(
    ("cell", "mark", "number"),
    [
        ("2.100", ".", "2.1"),
        ("2,100", ".", "2100"),
        ("1,234.50", ".", "1234.5"),
        ("2.100", ",", "2100"),
        ("2,100", ",", "2.1"),
        ("1.234,50", ",", "1234.5"),
        ("7,50", ",", "7.5"),
        ("0,0000075", ",", "0.0000075"),
    ],
)
def test_the_option_settles_it(tmp_path: Path, cell: str, mark: DecimalMark, number: str) -> None:
    assert prepaid(read(tmp_path, {"prepaid_amount": cell}, mark)) == Fraction(number)


@pytest.mark.parametrize(
    ("cell", "mark", "hint"),
    [
        ("7,50", None, "write `7.5`"),
        ("1.234,50", None, "write `1234.5`"),
        ("1.200.000", ".", "write `1200000`"),
        ("7.50", ",", "write `7,5`"),
        ("1,234.50", ",", "write `1234,5`"),
        ("much", ",", ""),
        ("5%", None, "a percentage has no place here"),
        ("5%", ",", "a percentage has no place here"),
    ],
)
def test_advice_can_be_pasted(
    tmp_path: Path, cell: str, mark: DecimalMark | None, hint: str
) -> None:
    failed = read(tmp_path, {"prepaid_amount": cell}, mark)
    assert isinstance(failed, Failure)
    assert failed.hint == hint
    if "`" in hint:
        pasted = {"prepaid_amount": hint.split("`")[1]}
        assert not isinstance(read(tmp_path, pasted, mark), Failure)


@pytest.mark.parametrize("mark", [None, ","])
def test_texts_of_parquet_are_a_programs_and_have_a_point(
    tmp_path: Path, mark: DecimalMark | None
) -> None:
    table = tmp_path / "asked.parquet"
    parquet.write_table(pa.Table.from_pylist([BASE | {"prepaid_amount": "2.100"}]), table)
    assert prepaid(only(table, mark)) == Fraction("2.1")
