"""Tables of strangers: what is read, and every fault with its line."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from constraints.text.source import InputError
from cp_pricing.fitting.months import calendar_month
from cp_pricing.fitting.tables.cells import Dates
from cp_pricing.fitting.tables.records import Records, Tables, check_columns, records_of

SUBSCRIPTIONS = "customer,start,end,plan\na,2025-01-01,,team\nb,2025-01-15,2025-06-15,team\n"
USAGE = "customer,month,units\na,2025-01,10\na,2025-02,1e3\nb,2025-02-03,2.5\nb,2025-02,2.5\n"


class Folder:
    """Two tables in a folder, which a test may write otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.subscriptions, self.usage = "subscriptions.csv", "usage.csv"
        self.write(self.subscriptions, SUBSCRIPTIONS)
        self.write(self.usage, USAGE)

    def write(self, name: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        (self.path / name).write_bytes(data)

    def read(
        self,
        named: Mapping[str, str] | None = None,
        dates: str | None = None,
        by: str | None = None,
    ) -> Records:
        subscriptions, usage = (str(self.path / each) for each in (self.subscriptions, self.usage))
        return records_of(Tables(subscriptions, usage, by, named or {}, Dates(dates)))

    def faults(self, **asked: str) -> list[str]:
        with pytest.raises(InputError) as refused:
            self.read(**asked)  # type: ignore[arg-type]
        return [str(issue).removeprefix(f"{self.path}/") for issue in refused.value.issues]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def used(records: Records) -> dict[tuple[int, str, str], float]:
    """The units by customer, month and meter."""
    rows = zip(
        records.used_customer,
        records.used_month,
        records.used_meter,
        records.used_units,
        strict=True,
    )
    return {
        (int(c), f"{m // 12}-{m % 12 + 1:02}", records.meters[k]): float(u) for c, m, k, u in rows
    }


# --- what is read ---------------------------------------------------------------------------


def test_rows_are_read_and_those_of_a_month_are_added_up(folder: Folder) -> None:
    found = folder.read()
    assert [each.start for each in found.subscriptions] == [date(2025, 1, 1), date(2025, 1, 15)]
    assert [each.end for each in found.subscriptions] == [None, date(2025, 6, 15)]
    assert used(found) == {
        (0, "2025-01", ""): 10,
        (0, "2025-02", ""): 1000,
        (1, "2025-02", ""): 5,
    }
    assert found.last_day == date(2025, 2, 1)


@pytest.mark.parametrize(
    "written",
    [
        SUBSCRIPTIONS.replace(",", ";"),
        SUBSCRIPTIONS.replace(",", "\t"),
        "\ufeff" + SUBSCRIPTIONS,
        "sep=,\n" + SUBSCRIPTIONS,
        SUBSCRIPTIONS.replace("\n", "\r\n"),
        SUBSCRIPTIONS.replace("\n", "\n\n"),
        SUBSCRIPTIONS.replace("team", '"team"'),
        SUBSCRIPTIONS.replace("2025-01-01", " 2025-01-01T10:30:00Z"),
        SUBSCRIPTIONS.replace("2025-01-15", "2025-01-15 23:59:59.123 UTC"),
        "plan,end,start,note,customer\nteam,,2025-01-01,x,a\nteam,2025-06-15,2025-01-15,,b\n",
    ],
)
def test_ways_to_write_a_table_are_read_alike(folder: Folder, written: str) -> None:
    as_it_is = folder.read().subscriptions
    folder.write(folder.subscriptions, written)
    assert folder.read().subscriptions == as_it_is


def test_packed_files_folders_and_parquet_are_read_alike(folder: Folder) -> None:
    as_it_is = used(folder.read())
    folder.write("usage.csv.gz", gzip.compress(USAGE.encode()))
    folder.usage = "usage.csv.gz"
    assert used(folder.read()) == as_it_is
    (folder.path / "months").mkdir()
    lines = USAGE.splitlines(keepends=True)
    folder.write("months/first[1].csv", "".join(lines[:3]))
    table = {
        "customer": ["b", "b"],
        "month": [datetime(2025, 2, 3, 4), datetime(2025, 2, 1)],  # noqa: DTZ001 - as files have it
        "units": [Decimal("2.5"), Decimal("2.5")],
    }
    parquet.write_table(pa.table(table), folder.path / "months" / "second.parquet")
    folder.usage = "months"
    assert used(folder.read()) == as_it_is


def test_events_of_several_meters_are_added_up(folder: Folder) -> None:
    folder.write(
        folder.usage,
        "customer,month,meter,units\na,2025-01-01T00:00:00Z,input,1\na,2025-01-31T23:59:59Z,input,2\n"
        "a,2025-01-05,output,0.25\n",
    )
    found = folder.read()
    assert found.meters == ("input", "output")
    assert used(found) == {(0, "2025-01", "input"): 3, (0, "2025-01", "output"): 0.25}


def test_sums_are_exact(folder: Folder) -> None:
    rows = "".join("a,2025-01,0.1\n" for _ in range(1_000))
    folder.write(folder.usage, f"customer,month,units\n{rows}b,2025-01,100\n")
    assert used(folder.read())[0, "2025-01", ""] == 100


def test_columns_may_have_other_names(folder: Folder) -> None:
    folder.write(folder.subscriptions, "account,From,To\na,2025-01-01,\n")
    folder.write(folder.usage, "account,month,value\na,2025-01,3\n")
    named = {
        "customer": "account",
        "start": "From",
        "subscriptions.end": "To",
        "usage.units": "value",
    }
    assert used(folder.read(named)) == {(0, "2025-01", ""): 3}


def test_one_name_for_both_tables_may_be_that_of_one_of_them(folder: Folder) -> None:
    folder.write(folder.subscriptions, SUBSCRIPTIONS.replace("customer", "account"))
    assert len(folder.read({"customer": "account"}).groups) == 2


def test_days_may_be_written_otherwise(folder: Folder) -> None:
    written = SUBSCRIPTIONS.replace("2025-01-01", "01-Jan-2025 10:00")
    written = written.replace("2025-01-15", "15-Jan-2025 10:00")
    folder.write(folder.subscriptions, written.replace("2025-06-15", "15-Jun-2025 00:00"))
    folder.write(folder.usage, "customer,month,units\na,03-Feb-2025 00:10,4\n")
    found = folder.read(dates="%d-%b-%Y %H:%M")
    assert found.subscriptions[1].end == date(2025, 6, 15)
    assert found.used_month.tolist() == [calendar_month(date(2025, 2, 1))]
    folder.write(folder.usage, "customer,month,units\na,2025-02,4\na,03-Mar-2025 00:10,4\n")
    months = folder.read(dates="%d-%b-%Y %H:%M").used_month.tolist()
    assert sorted(months) == [calendar_month(date(2025, number, 1)) for number in (2, 3)]
    folder.write(folder.usage, "customer,month,units\na,2025-13,4\n")
    (fault,) = folder.faults(dates="%d-%b-%Y %H:%M")
    told = "`month` must be a month as 2026-09, or a day written as `%d-%b-%Y %H:%M`, not `2025-13`"
    assert fault == f"usage.csv:2:1: {told}"


@pytest.mark.parametrize("written", ["dd.mm.yyyy", "%d.%m", ""])
def test_a_format_without_a_year_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no format of a day: write it like"):
        Dates(written)


def test_rows_of_nobody_who_was_a_customer_then_tell_of_no_months(folder: Folder) -> None:
    folder.write(folder.usage, USAGE + "a,1999-01,5\nb,2025-07,5\nnobody,2031-01,5\n")
    found = folder.read()
    assert found.told == (calendar_month(date(2025, 1, 1)), calendar_month(date(2025, 2, 1)))
    assert found.last_day == date(2025, 2, 1)
    folder.write(folder.usage, USAGE + "b,2025-06,5\n")
    assert folder.read().last_day == date(2025, 6, 1)
    folder.write(folder.usage, "customer,month,units\nnobody,2031-01,5\n")
    assert (folder.read().told, folder.read().last_day) == (None, date(2025, 1, 15))


def test_groups_are_those_of_the_first_subscription(folder: Folder) -> None:
    folder.write(
        folder.subscriptions,
        "customer,start,end,segment\nb,2025-02-01,,large\nb,2025-01-01,2025-02-01,small\na,2025-01-01,,\n",
    )
    assert folder.read(by="segment").groups == ("", "small")


def test_terms_seats_and_flexibility(folder: Folder) -> None:
    folder.write(
        folder.subscriptions,
        "customer,start,end,term_months,seats,reduced_flexibility\n"
        "a,2025-01-01,,12,4,yes\nb,2025-01-01,,1.0,2.5,\nc,2025-01-01,,,,false\n",
    )
    found = folder.read()
    assert [(e.term_months, e.seats, e.reduced) for e in found.subscriptions] == [
        (12, 4, True),
        (1, 2.5, False),
        (None, None, False),
    ]


def test_blanks_of_any_kind_round_a_cell_are_none_of_it(folder: Folder) -> None:
    as_it_is = used(folder.read())
    folder.write(folder.usage, USAGE.replace(",10\n", ",\u00a010\u00a0\n").replace("\nb", "\n b\t"))
    assert used(folder.read()) == as_it_is


def test_numbers_and_years_beyond_reason_are_refused(folder: Folder) -> None:
    folder.write(folder.usage, USAGE.replace("1e3", "1e16"))
    assert folder.faults() == [
        "usage.csv:3:1: `units` must be a number from 0 to 10^15, not `1e16`"
    ]
    folder.write(folder.usage, USAGE.replace("2025-01", "0000-01"))
    assert "`month` must be a month" in folder.faults()[0]
    # What some write for ever.
    folder.write(folder.usage, USAGE)
    folder.write(folder.subscriptions, SUBSCRIPTIONS.replace("-01,,", "-01,9999-12-31,"))
    assert folder.read().subscriptions[0].end == date(9999, 12, 31)


# --- faults ---------------------------------------------------------------------------------


def test_every_fault_is_told_with_its_line(folder: Folder) -> None:
    folder.write(
        folder.usage,
        "customer,month,units\na,2025-01,-10\na,2025-13,1e3\n,2025-02-01,2.5\n\n"
        'b,2025-02-03,2.5,4\n"b\nc",2025-02-30,7\na,2025-01,many\na,2025-01,\na,2025-01,1.234,5\n',
    )
    units = "`units` must be a number from 0 to 10^15, not"
    assert folder.faults() == [
        f"usage.csv:2:1: {units} `-10`",
        "usage.csv:3:1: `month` must be a month as 2026-09, or a day, not `2025-13`",
        "usage.csv:4:1: `customer` must not be empty",
        "usage.csv:6:1: the row has 4 cells, and the header 3",
        "usage.csv:7:1: `month` must be a month as 2026-09, or a day, not `2025-02-30`",
        f"usage.csv:9:1: {units} `many`",
        "usage.csv:10:1: `units` must not be empty",
        "usage.csv:11:1: the row has 4 cells, and the header 3",
    ]


def test_faults_of_subscriptions(folder: Folder) -> None:
    folder.write(
        folder.subscriptions,
        "customer,start,end,term_months,seats,reduced_flexibility\n"
        "a,01/02/2025,,0,0,maybe\nb,,never,1.5,-1,\nc,2025-01-01,,1,1,true\n",
    )
    day, whole, seats = "a day as 2026-09-30", "whole months from 1 on", "a number above 0"
    assert folder.faults() == [
        "subscriptions.csv:2:1: `reduced_flexibility` must be true or false, not `maybe`",
        f"subscriptions.csv:2:1: `seats` must be {seats}, not `0`",
        f"subscriptions.csv:2:1: `start` must be {day}, not `01/02/2025`",
        f"subscriptions.csv:2:1: `term_months` must be {whole}, not `0`",
        f"subscriptions.csv:3:1: `end` must be {day}, or nothing, not `never`",
        f"subscriptions.csv:3:1: `seats` must be {seats}, not `-1`",
        "subscriptions.csv:3:1: `start` must not be empty",
        f"subscriptions.csv:3:1: `term_months` must be {whole}, not `1.5`",
    ]


def test_faults_of_both_tables_are_told_at_once(folder: Folder) -> None:
    folder.write(folder.subscriptions, SUBSCRIPTIONS.replace("2025-01-01", "soon"))
    folder.write(folder.usage, USAGE.replace("1e3", "much"))
    assert [fault.partition(" ")[0] for fault in folder.faults()] == [
        "subscriptions.csv:2:1:",
        "usage.csv:3:1:",
    ]
    folder.write(folder.subscriptions, "a\n")
    folder.usage = "none.csv"
    assert len(folder.faults()) == 4


def test_faults_of_a_parquet_file_are_told_with_their_row(folder: Folder) -> None:
    table = pa.table({"customer": ["a", "b"], "month": ["2025-01", "x"], "units": [1.0, -2.0]})
    parquet.write_table(table, folder.path / "usage.parquet")
    folder.usage = "usage.parquet"
    assert folder.faults() == [
        "usage.parquet:1:1: row 2: `month` must be a month as 2026-09, or a day, not `x`",
        "usage.parquet:1:1: row 2: `units` must be a number from 0 to 10^15, not `-2.0`",
    ]


def test_only_the_first_faults_are_told(folder: Folder) -> None:
    folder.write(folder.usage, "customer,month,units\n" + "a,2025-01,x\n" * 150)
    found = folder.faults()
    assert len(found) == 100
    assert found[-1].endswith("(the first 100 faults are told)")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "the file is empty"),
        ("customer,month,unit\n", "the table of usage has no column `units`"),
        ("customer,month,month,units\n", "the header has the column `month` twice"),
        (USAGE.encode("utf-16"), "the file is UTF-16, not UTF-8"),
        (b"customer,month,units\na\xff,2025-01,3\n", "the row is not UTF-8"),
        (
            'customer,month,units\n"a,2025-01,3\n',
            "this is no row of a table: unexpected end of data",
        ),
    ],
)
def test_what_is_no_table_is_refused(folder: Folder, content: str | bytes, fault: str) -> None:
    folder.write(folder.usage, content)
    assert any(fault in each for each in folder.faults())


def test_files_that_are_no_tables_are_refused(folder: Folder) -> None:
    folder.usage = "usag.csv"
    assert folder.faults() == ["usag.csv:1:1: file not found"]
    folder.usage = "usage.json"
    folder.write(folder.usage, "[]")
    assert folder.faults() == ["usage.json:1:1: this is no table"]
    folder.usage = "usage.parquet"
    folder.write(folder.usage, "PAR1 but no more")
    assert "the file cannot be read" in folder.faults()[0]
    folder.usage = "packed.csv.gz"
    folder.write(folder.usage, gzip.compress(USAGE.encode() + b"a,2025-01,5\n" * 9_000)[:-20])
    assert any("damaged" in each or "cannot be read" in each for each in folder.faults())


def test_a_table_without_rows_is_refused(folder: Folder) -> None:
    folder.write(folder.subscriptions, "customer,start,end\n")
    folder.write(folder.usage, "customer,month,units\n")
    assert folder.faults() == [
        "subscriptions.csv:1:1: the table has no rows",
        "usage.csv:1:1: the table has no rows",
    ]
    folder.write(folder.usage, "")
    assert folder.faults() == ["usage.csv:1:1: the file is empty"]


def test_a_name_of_no_column_is_refused() -> None:
    check_columns({"customer": "x", "usage.units": "y"})
    with pytest.raises(ValueError, match=r"did you mean `usage\.units`"):
        check_columns({"usage.unit": "x"})
