"""The report as a page: texts are not trusted, everybody can read it, it is written whole."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from constraints.cpsat.budget import Shares
from cp_pricing.files.extras import MissingExtraError
from cp_pricing.report.entries import CustomerEntry, ReportEntry
from cp_pricing.report.page import (
    approver_html,
    customer_html,
    entries,
    report_html,
    shared_entries,
    templates,
)
from cp_pricing.words.facts import Section
from tests.support.places import EXAMPLE
from tests.support.reports import (
    BOOK,
    REQUESTS,
    article,
    contrast,
    parsed,
    said,
    themes,
    to_sign,
)

EACH = pytest.mark.parametrize("audience", ["seller", "customer", "approver"])


# --- texts that are not to be trusted -------------------------------------------------------

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


@EACH
def test_texts_of_a_price_book_stay_texts(
    found: tuple[ReportEntry, ...], offers: tuple[CustomerEntry, ...], audience: str
) -> None:
    shown = found[0]
    rules = tuple(
        rule.model_copy(update={"description": HOSTILE, "owner": HOSTILE})
        for rule in shown.result.rules
    )
    result = shown.result.model_copy(
        update={
            "request_id": HOSTILE,
            "reason": f"`{HOSTILE}`",
            "warnings": (HOSTILE,),
            "rules": rules,
        }
    )
    words = (Section(HOSTILE, (HOSTILE, f"`{HOSTILE}`")),)
    view = offers[0].view.model_copy(update={"plan": HOSTILE})
    book = BOOK.model_copy(update={"catalog": BOOK.catalog.model_copy(update={"name": HOSTILE})})
    signed = next(entry for entry in to_sign() if entry.signers)
    signed_result = signed.result.model_copy(update={"warnings": (HOSTILE,)})
    pages = {
        "seller": report_html(book, [replace(shown, result=result, words=words)]),
        "customer": customer_html(book, [offers[0]._replace(view=view)]),
        "approver": approver_html(book, [replace(signed, result=signed_result)]),
    }
    page = pages[audience]
    root = parsed(page)
    assert len(root.all("script")) == 1
    assert root.all("img") == []
    assert HOSTILE in root.one("h1").text
    assert HOSTILE in article(page, 1).text


@EACH
def test_only_the_pages_own_style_and_script_may_run(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    policy = next(e.attributes["content"] for e in root.all("meta") if "http-equiv" in e.attributes)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = root.one(tag).children
        digest = base64.b64encode(sha256(cast("str", text).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    for element in root.walk():
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]


# --- one file that everybody can read -------------------------------------------------------


@EACH
def test_nothing_is_fetched(pages: dict[str, str], audience: str) -> None:
    assert not re.search(r"(?i)https?:|//[a-z]|@import|url\(", pages[audience])
    for element in parsed(pages[audience]).walk():
        assert "src" not in element.attributes
        if "href" in element.attributes:
            assert element.attributes["href"].startswith(("#", "data:,"))


@EACH
def test_ids_are_unique_and_every_reference_resolves(pages: dict[str, str], audience: str) -> None:
    elements = list(parsed(pages[audience]).walk())
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    references = [e.attributes["href"][1:] for e in elements if e.tag == "a"]
    for name in ("aria-labelledby", "aria-describedby"):
        references += " ".join(e.attributes.get(name, "") for e in elements).split()
    assert len(references) > 3
    assert set(references) <= set(ids)


@EACH
def test_a_reader_without_sight_finds_the_way(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    assert root.one("html").attributes["lang"] == "en"
    assert len(root.all("h1")) == len(root.all("main")) == len(root.all("nav")) == 1
    first = root.one("body").all("a", "button", "summary")[0]
    assert first.attributes["href"] == "#content"
    assert root.one("main").attributes["id"] == "content"
    levels = [int(e.tag[1]) for e in root.walk() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for found_article in root.all("article"):
        assert found_article.attributes["aria-labelledby"]


@EACH
def test_tables_and_charts_say_what_they_are(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    for table in root.all("table"):
        assert table.one("caption").text
        heads = table.one("thead").all("th")
        assert all(h.attributes["scope"] == "col" and h.text for h in heads)
        for row in table.one("tbody").all("tr"):
            cells = row.all("th", "td")
            assert len(cells) == len(heads)
            assert cells[0].attributes.get("scope") == "row"
    boxes = root.classed("scroll")
    assert len(boxes) == len(root.all("table"))
    assert all(box.attributes["tabindex"] == "0" and box.attributes["aria-label"] for box in boxes)
    for chart in root.all("svg"):
        if chart.attributes.get("aria-hidden") == "true":
            continue
        assert chart.attributes["role"] == "img"
        title, description = (chart.all(tag)[0] for tag in ("title", "desc"))
        assert len(description.text) > 20
        named = chart.attributes["aria-labelledby"].split()
        assert named == [title.attributes["id"], description.attributes["id"]]


PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("card", "page")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "unknown")),
    *((tone, "card") for tone in ("good", "warn", "bad", "unknown")),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("accent", "good-soft"),
    ("text", "good-soft"),
    ("text", "warn-soft"),
]
SHAPES = [
    ("frontier", "card"),
    ("frontier", "good-soft"),
    ("frontier", "warn-soft"),
    *((shape, "card") for shape in ("accent", "edge", "good", "warn", "bad", "unknown")),
    *((shape, "page") for shape in ("accent", "edge", "good", "warn", "unknown")),
    ("accent", "warn-soft"),
    ("bad", "good-soft"),
    ("bad", "warn-soft"),
]


@EACH
def test_every_colour_stands_out_in_both_themes(pages: dict[str, str], audience: str) -> None:
    found = themes(pages[audience])
    assert len(found) == 3
    light, *dark = found.values()
    assert dark[0] == dark[1]
    assert light != dark[0]
    for theme in (light, dark[0]):
        for text, ground in PAIRS:
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        for shape, ground in SHAPES:
            assert contrast(theme[shape], theme[ground]) >= 3, (shape, ground)


def test_the_contrast_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@EACH
def test_it_can_be_printed_and_folded_parts_too(pages: dict[str, str], audience: str) -> None:
    style = "".join(map(str, parsed(pages[audience]).one("style").children))
    printed = style[style.index("@media print") :]
    assert "details-content" in printed
    assert "break-before: page" in printed


def test_the_report_is_small(pages: dict[str, str]) -> None:
    assert len(pages["seller"].encode()) / len(REQUESTS) < 80_000


# --- the command ----------------------------------------------------------------------------


def test_the_command_writes_the_customers_report(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    chosen = ("--request", "high-included", "--for", "customer", "--out", "offer.html")
    done = command(str(EXAMPLE), *chosen)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("wrote offer.html (")
    page = (tmp_path / "offer.html").read_text(encoding="utf-8")
    assert "not on these terms" in said(page)
    assert len(parsed(page).all("article")) == 1


def test_without_jinja2_the_command_says_how_to_get_it(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = command(str(EXAMPLE), code="import sys; sys.modules['jinja2'] = None")
    assert done.returncode == 2
    assert "pip install 'cp-pricing[report]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_jinja2_python_callers_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match="needs Jinja2"):
        templates()


@pytest.mark.parametrize(
    ("arguments", "said_then"),
    [
        (["--out", "report.docx"], "`report.docx` ends with none of .html and .pdf"),
        (["--out", "report"], "`report` ends with none of .html and .pdf"),
        (["--out", "pdf"], "`pdf` ends with none of .html and .pdf"),
        (["--out", "no/where.html"], "there is no folder `no`"),
        (["--request", "lower-prise"], "did you mean `lower-price`?"),
        (["--for", "auditor"], "auditor"),
        (["--time-limit", "0"], "above 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_solved(
    command: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    arguments: list[str],
    said_then: str,
) -> None:
    done = command(str(EXAMPLE), *arguments)
    assert done.returncode == 2
    assert said_then in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_report_by_several_processes_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp_pricing.report.entries._WORTH_SHARING", 0.0)
    asked = REQUESTS[:3]
    shared = list(shared_entries(BOOK, asked, Shares(60, 3), 2))
    alone = list(entries(BOOK, asked))
    told = [untimed(report_html(BOOK, some)) for some in (shared, alone)]
    assert told[0] == told[1]


def untimed(page: str) -> str:
    return re.sub(r"<dt>seconds</dt><dd>[^<]*</dd>", "", page)
