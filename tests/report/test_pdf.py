"""The report as a PDF: its words, charts in their colours, nothing fetched, written whole."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject

from cp_pricing.files.extras import MissingExtraError
from cp_pricing.report.page import approver_html, customer_html, report_html
from cp_pricing.report.pdf import page_pdf, pdf_maker, styled_charts
from tests.support.places import EXAMPLE
from tests.support.reports import BOOK, parsed, shown, solved, themes, to_sign

Command: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
Draw: TypeAlias = Callable[[str], bytes]
WITHOUT_PANGO = """
import cffi
def dlopen(self, name, flags=0):
    raise OSError(f"cannot load library {name!r}")
cffi.FFI.dlopen = dlopen
"""


@pytest.fixture(name="draw")
def _draw() -> Draw:
    """What makes PDFs, if the libraries of the system are there that it needs."""
    try:
        pdf_maker()
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    return page_pdf


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content), strict=True)


def words(text: str) -> str:
    """A text without its spaces: lines break elsewhere in a PDF."""
    return re.sub(r"\s+", "", text)


def text_of(reader: PdfReader) -> str:
    return words("".join(page.extract_text() for page in reader.pages))


def colours(reader: PdfReader) -> set[str]:
    """The colours that pages and the charts in them are drawn with, as `#rrggbb`."""
    found = set()
    size = reader.trailer["/Size"]
    assert isinstance(size, int)
    for number in range(1, size):
        part = reader.get_object(number)
        if isinstance(part, StreamObject) and "/Length1" not in part:  # which a font has
            text = part.get_data().decode("latin-1")
            for channels in re.findall(
                r"^([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG)$", text, re.MULTILINE
            ):
                found.add("#" + "".join(f"{round(float(each) * 255):02x}" for each in channels))
    return found


def outline(reader: PdfReader) -> list[str]:
    """The titles in the outline, from the first page to the last."""
    nested: list[Any] = [*reader.outline]
    found = []
    while nested:
        item = nested.pop(0)
        if isinstance(item, list):
            nested[:0] = item
        else:
            found.append(str(item.title))
    return found


# --- what stands in it ------------------------------------------------------------------------


def test_the_sellers_pdf_has_what_its_page_has(draw: Draw) -> None:
    page = report_html(BOOK, solved()[:1])
    reader = read(draw(page))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Tuning report, {BOOK.catalog.name}"
    assert 4 <= len(reader.pages) <= 12
    headings = [heading.text for heading in parsed(page).all("h1", "h2", "h3", "h4")]
    assert outline(reader) == headings
    (result,) = [entry.result for entry in solved()[:1]]
    assert result.quote is not None
    printed = text_of(reader)
    for text in (*headings, result.quote, result.reason.replace("`", "")):
        assert words(text) in printed
    # What is folded on the page is open on paper, and its buttons are not there.
    assert words("every usage price") in printed
    assert words("Dark colours") not in printed


def test_charts_have_the_light_colours_of_the_page(draw: Draw) -> None:
    page = report_html(BOOK, solved()[:1])
    light, found = themes(page)["light"], colours(read(draw(page)))
    assert {light[name] for name in ("frontier", "accent", "good", "warn", "bad")} <= found
    # Black is what WeasyPrint begins a drawing with.
    assert found <= {*light.values(), "#ffffff", "#000000"}
    within = re.findall(r"<svg [^>]*><style>(.*?)</style>", styled_charts(page), re.DOTALL)
    assert len(within) == len(parsed(page).all("svg"))
    assert all("var(" not in rules for rules in within)


def test_the_customers_pdf_begins_with_the_offer(draw: Draw) -> None:
    reader = read(draw(customer_html(BOOK, shown()[:1], dated=date(2026, 9, 30))))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Your pricing, {BOOK.catalog.name}"
    assert 1 <= len(reader.pages) <= 4
    first = words(reader.pages[0].extract_text())
    price = shown()[0].view.price
    assert price is not None
    assert words(price.quote) in first
    assert words("30 September 2026") in first


def test_the_approvers_pdf_has_a_line_to_sign_for_each(draw: Draw) -> None:
    reader = read(draw(approver_html(BOOK, to_sign())))
    assert reader.metadata is not None
    assert reader.metadata.title == f"For approval, {BOOK.catalog.name}"
    signers = [signer for entry in to_sign() for signer in entry.signers]
    assert signers
    assert text_of(reader).count("Signature") == len(signers)
    assert len(reader.pages) > len([entry for entry in to_sign() if entry.signers])


def test_the_same_page_makes_the_same_bytes_at_any_time(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = approver_html(BOOK, to_sign()[:2])
    once = draw(page)
    for given in ("", "1700000000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
        monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
        assert draw(page) == once
        assert os.environ["SOURCE_DATE_EPOCH"] == given
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    draw("")
    assert "SOURCE_DATE_EPOCH" not in os.environ
    assert "/CreationDate" not in (read(once).metadata or {})


def test_nothing_is_fetched_for_it(draw: Draw, tmp_path: Path) -> None:
    style = tmp_path / "style.css"
    style.write_text("p::before { content: 'fetched' }")
    page = f"<link rel='stylesheet' href='{style.as_uri()}'><p>text</p>"
    fetched = pdf_maker().HTML(string=page).write_pdf()
    assert [text_of(read(made)) for made in (fetched, draw(page))] == ["fetchedtext", "text"]


# --- the command ------------------------------------------------------------------------------


def test_the_command_writes_a_pdf(command: Command, draw: Draw, tmp_path: Path) -> None:
    chosen = ("--request", "lower-price", "--for", "customer")
    done = command(str(EXAMPLE), *chosen, "--out", "offer.PDF")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    size = (tmp_path / "offer.PDF").stat().st_size
    assert done.stderr == f"wrote offer.PDF ({size / 1000:,.0f} kB)\n"
    assert len(read((tmp_path / "offer.PDF").read_bytes()).pages) > 0


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import sys; sys.modules['weasyprint'] = None",
            (
                "a PDF needs WeasyPrint, which is not installed;"
                " install it with: pip install 'cp-pricing[pdf]'"
            ),
        ),
        (
            "import sys; sys.modules['jinja2'] = None",
            (
                "a report needs Jinja2, which is not installed;"
                " install it with: pip install 'cp-pricing[report]'"
            ),
        ),
        (
            WITHOUT_PANGO,
            (
                "a PDF needs Pango, a library of the system, which is not installed; install it"
                " with: apt-get install libpangoft2-1.0-0 (Debian, Ubuntu) or brew install pango"
                " (macOS)"
            ),
        ),
    ],
)
def test_what_is_missing_is_told_before_anything_is_solved(
    command: Command, tmp_path: Path, code: str, told: str
) -> None:
    done = command(str(EXAMPLE), "--out", "offer.pdf", code=code)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {told}\n"
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_it_is_drawn_leaves_no_file_and_says_what_is_decided(
    command: Command, draw: Draw, tmp_path: Path
) -> None:
    stopped = """
import cp_pricing.report.pdf
def stop(page):
    raise KeyboardInterrupt
cp_pricing.report.pdf.page_pdf = stop
"""
    done = command(str(EXAMPLE), "--request", "lower-price", "--out", "offer.pdf", code=stopped)
    assert done.returncode == -signal.SIGINT
    decided, last = done.stderr.splitlines()
    assert decided.startswith("lower-price: accepted")
    assert last == "interrupted: 1 of 1 requests were solved, offer.pdf is as it was"
    assert list(tmp_path.iterdir()) == []


def test_html_needs_neither(command: Command, tmp_path: Path) -> None:
    done = command(str(EXAMPLE), "--request", "lower-price", code=WITHOUT_PANGO)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").exists()
