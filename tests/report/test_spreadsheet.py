"""Offers side by side as files: numbers as numbers, texts as texts, nothing overwritten."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from constraints.text.numerals import decimal_string
from cp_pricing.report.spreadsheet import spreadsheet
from cp_pricing.words.offers_sheet import SheetRow
from tests.support.books import example_in
from tests.support.command import ENVIRONMENT, run
from tests.support.places import PILOT

OFFERS = (
    *("quote", "membership-plus-overage", "small-team", "term=2y", "prepaid=1.2k"),
    *("price=5.50", "--approval", "--or", "price= onboarding=yes", "--or", "included=90M"),
)
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes) -> dict[str, tuple[str, str, str]]:
    """Each cell of the one sheet by its place: its kind, its content, its number format."""
    with ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        sheet, texts, styles = (
            ET.fromstring(package.read(name))  # noqa: S314 - a file that was just written
            for name in (*names, "xl/sharedStrings.xml", "xl/styles.xml")
        )
    assert not list(sheet.iter(f"{NAMESPACE}f"))  # no cell has a formula
    assert not list(sheet.iter(f"{NAMESPACE}hyperlink"))
    shared = ["".join(t.text or "" for t in si.iter(f"{NAMESPACE}t")) for si in texts]
    own = (each.attrib for each in styles.iter(f"{NAMESPACE}numFmt"))
    codes = {each["numFmtId"]: each["formatCode"] for each in own}
    codes |= {"3": "#,##0", "4": "#,##0.00", "0": "General"}
    formats = [codes[xf.attrib["numFmtId"]] for xf in styles.find(f"{NAMESPACE}cellXfs") or ()]
    found = {}
    for cell in sheet.iter(f"{NAMESPACE}c"):
        kind, value = cell.attrib.get("t", "n"), cell.find(f"{NAMESPACE}v")
        text = "" if value is None else value.text or ""
        shown = shared[int(text)] if kind == "s" else text
        found[cell.attrib["r"]] = (kind, shown, formats[int(cell.attrib.get("s", "0"))])
    return found


def rows(content: bytes) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(content.decode(), newline=""))}


def test_a_csv_has_exact_numbers_and_their_units(tmp_path: Path) -> None:
    out = tmp_path / "offers.csv"
    done = run(*OFFERS, "--out", out)
    assert done.stderr.endswith(f"wrote {out}\n")
    table = rows(out.read_bytes())
    assert table["offer"] == ["unit", "offer-1", "offer-2", "offer-3"]
    assert table["usage price"] == ["USD per 1M tokens", "5.5", "3.86", "5.5"]
    assert table["included tokens"] == ["tokens/month", "5000000", "5000000", "90000000"]
    assert table["term"] == ["months", "24", "24", "24"]
    assert table["customer-funded onboarding"] == ["", "false", "true", ""]
    assert table["decision"] == ["", "requires approval", "requires approval", "rejected"]
    assert table["bill a month"] == ["USD", "154.55", "137.986", ""]
    assert table["who signs"] == ["", "deal-desk, vp-sales", "deal-desk, vp-sales", ""]


def test_an_xlsx_says_the_same_with_numbers_as_numbers(tmp_path: Path) -> None:
    files = [tmp_path / "offers.csv", tmp_path / "offers.xlsx"]
    for file in files:
        run(*OFFERS, "--out", file)
    table = list(csv.reader(io.StringIO(files[0].read_text(), newline="")))
    sheet = cells(files[1].read_bytes())
    for number, row in enumerate(table, start=1):
        for letter, text in zip("ABCDE", row, strict=True):
            kind, shown, _ = sheet.get(f"{letter}{number}", ("n", "", ""))
            if kind == "n" and shown:
                assert abs(Fraction(shown) - Fraction(text)) <= abs(Fraction(text)) / 10**14
            elif kind == "b":
                assert {"0": "false", "1": "true"}[shown] == text
            else:
                assert shown == text
    kinds = {row[0]: [sheet[f"{letter}{n}"] for letter in "CD"] for n, row in enumerate(table, 1)}
    assert [(k, code) for k, _, code in kinds["bill a month"]] == [("n", "#,##0.00")] * 2
    assert [(k, code) for k, _, code in kinds["term"]] == [("n", "#,##0")] * 2
    assert [k for k, _, _ in kinds["usage price"]] == ["n", "n"]
    assert [k for k, _, _ in kinds["customer-funded onboarding"]] == ["b", "b"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-x", "@sum", '=HYPERLINK("http://x")', "http://x", "mailto:x", "\x01"]
)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    sheet = [SheetRow("offer", "unit", (text,)), SheetRow(text, text, (text,))]
    found = cells(spreadsheet(sheet, ".xlsx"))
    assert [found[place][0] for place in ("C1", "A2", "B2", "C2")] == ["s"] * 4
    assert text == "\x01" or found["C2"][1] == text
    for row in csv.reader(io.StringIO(spreadsheet(sheet, ".csv").decode(), newline="")):
        assert all(not cell.startswith(("=", "@", "-x")) for cell in row)


def test_a_number_beyond_a_spreadsheets_digits_stays_whole() -> None:
    large = Fraction(10**20 + 1)
    found = cells(spreadsheet([SheetRow("a", "", (large, Fraction(-3, 2)))], ".xlsx"))
    assert found["C1"][:2] == ("s", decimal_string(large))
    assert found["D1"][:2] == ("n", "-1.5")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_same_offers_make_the_same_bytes(ending: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}{ending}" for name in "ab"]
    for file in files:
        run(*OFFERS, "--out", file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_was_tried_is_among_the_warnings(tmp_path: Path) -> None:
    out = tmp_path / "offers.csv"
    run(*OFFERS[:5], "--param", "one_year_credit=10%", "--customer", "=cmd", "--out", out)
    table = rows(out.read_bytes())
    assert table["warnings"] == ["", "one_year_credit is 10% here, and 15% in the policy"]
    assert table["customer"] == ["", "'=cmd"]


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_solved(tmp_path: Path) -> None:
    book = example_in(tmp_path / "book")
    link = tmp_path / "link.csv"
    link.symlink_to(book / "catalog.yaml")
    catalog = (book / "catalog.yaml").read_text("utf-8")
    asked = ("quote", "membership-plus-overage", "small-team", "--book", book)
    for out, fault in (
        (link, "this would overwrite"),
        (tmp_path / "offers.txt", "`offers.txt` ends with none of .csv and .xlsx"),
        (tmp_path / "offers", "`offers` ends with none of .csv and .xlsx"),
        (tmp_path / "nowhere" / "offers.csv", "there is no folder"),
    ):
        done = run(*asked, "--out", out, "--save", "kept")
        assert done.exit_code == 2
        assert done.stdout == ""
        assert fault in " ".join(done.stderr.split())
    assert (book / "catalog.yaml").read_text("utf-8") == catalog
    assert "kept" not in (book / "tuning_requests.json").read_text("utf-8")


def test_without_xlsxwriter_it_says_what_to_install(tmp_path: Path) -> None:
    without = (
        "import sys; sys.modules['xlsxwriter'] = None; sys.argv[0] = 'cp-pricing'\n"
        "from cli.main import run; run()"
    )
    arguments = [*OFFERS, "--book", str(PILOT), "--out", str(tmp_path / "offers.xlsx")]
    done = subprocess.run(
        [sys.executable, "-c", without, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "pip install 'cp-pricing[xlsx]'" in done.stderr
    assert done.stdout == ""
