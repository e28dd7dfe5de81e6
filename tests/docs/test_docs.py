"""The documentation: its figures, outputs, examples, links and names are those of the code."""

from __future__ import annotations

import ast
import pydoc
import re
from pathlib import Path

import pytest

from cp_pricing import pilot_folder
from tests.support import docs
from tests.support.command import run
from tests.support.coulomb_answers import EXPECTED
from tests.support.places import ROOT

README, ARCHITECTURE, INDEX = Path("README.md"), Path("ARCHITECTURE.md"), Path("docs/README.md")
PACKAGES = ("constraints", "cp_pricing", "cli")
# Hosts that a page may point to, in a link or in words: nothing is installed from there.
HOSTS = frozenset({"127.0.0.1"})  # whichever machine it is


# --- outputs and examples -------------------------------------------------------------------


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_outputs_and_examples_are_current(document: Path) -> None:
    """If this fails: `.venv/bin/python -m tests.support.docs`, and look at what has changed."""
    assert docs.renewed(document) == docs.text_of(document)


def test_readme_begins_with_its_two_commands_and_quotes_both_views() -> None:
    text = docs.text_of(README)
    assert "    python3 dev.py solve\n    python3 dev.py test\n" in text.partition("## ")[0]
    quoted = [block.note for block in docs.blocks(README) if block.note.startswith("output: ")]
    assert len(quoted) == 2
    assert len(EXPECTED) == 16
    assert "sixteen requests" in text


def test_readme_is_short_and_says_early_what_it_cannot_do() -> None:
    text = docs.text_of(README)
    assert len(text.splitlines()) <= 120
    assert re.findall("^## (.+)", text, re.MULTILINE)[0] == "What it cannot do"


def test_the_session_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (session,) = [block for block in docs.blocks(README) if block.language == "console"]
    lines = session.text.splitlines()
    assert len(lines) >= 5
    for line in lines:
        prompt, program, *arguments = line.partition("#")[0].split()
        assert (prompt, program) == ("$", "cp-pricing")
        assert run(*arguments).exit_code == 0, line


# --- the architecture -----------------------------------------------------------------------


def rooms(package: str) -> list[Path]:
    """The folders of a package, each a station on the way of its data."""
    return [path.parent for path in sorted((ROOT / package).glob("*/__init__.py"))]


def drawn(package: str) -> list[str]:
    """What the picture shows in the box of a package: folders with a slash, and modules."""
    (picture,) = (block.text for block in docs.blocks(ARCHITECTURE) if "▼" in block.text)
    box = picture.partition(f"┌ {package} ")[2].partition("└")[0]
    return re.findall(r"^│ (\S+)", box, re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_picture_shows_every_room_and_nothing_else(package: str) -> None:
    shown = drawn(package)
    assert {f"{room.name}/" for room in rooms(package)} <= set(shown)
    assert all((ROOT / package / name).exists() for name in shown)
    assert len(shown) == len(set(shown)) >= 4


@pytest.mark.parametrize("room", [room for package in PACKAGES for room in rooms(package)], ids=str)
def test_a_room_says_in_one_sentence_what_it_is_for(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert said is not None
    assert re.fullmatch(r"[A-Z][^\n]{30,}\.", said)


def test_every_place_that_is_mentioned_exists() -> None:
    tops = "|".join((*PACKAGES, "tests", "docs", "data", "benchmarks"))
    for document in (ARCHITECTURE, Path("CONTRIBUTING.md"), README, *docs.PAGES):
        for path in re.findall(rf"`((?:{tops})/[\w./*-]+)`", docs.text_of(document)):
            assert list(ROOT.glob(path)), (document, path)


@pytest.mark.parametrize("document", [ARCHITECTURE, Path("CONTRIBUTING.md"), *docs.PAGES], ids=str)
def test_what_is_imported_or_named_exists(document: Path) -> None:
    packages = "|".join(PACKAGES)
    named = re.findall(rf"`((?:{packages})(?:\.\w+)+)`", docs.prose(document))
    code = "\n".join(block.text for block in docs.blocks(document) if block.language == "python")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and re.match(packages, node.module or ""):
            named += [f"{node.module}.{alias.name}" for alias in node.names]
    for name in named:
        assert pydoc.locate(name) is not None, name


# --- links, places and hosts ----------------------------------------------------------------


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_links_resolve(document: Path) -> None:
    for link in docs.links(document):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = (ROOT / document.parent / target) if target else ROOT / document
        assert path.exists(), link
        assert not anchor or anchor in docs.anchors(path), link


def test_every_page_is_in_the_index() -> None:
    listed = {(ROOT / "docs" / link).resolve() for link in docs.links(INDEX)}
    pages = {path.resolve() for path in (ROOT / "docs").glob("*.md")}
    assert pages - listed == {(ROOT / INDEX).resolve()}


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_no_page_names_a_host_or_a_place_of_one_machine(document: Path) -> None:
    text = docs.text_of(document)
    hosts = set(re.findall(r"\w+://([\w.-]+)", text))
    hosts |= set(re.findall(r"\b[\w-]+\.(?:org|com|net|io|dev|sh)\b", text))
    assert hosts <= HOSTS
    assert not re.findall(r"(?<![\w.~*-])/(?:work|root|home|tmp|usr|opt|mnt|Users)\b", text)
    assert str(pilot_folder()) not in text
