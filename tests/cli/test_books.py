"""`cp-pricing books`, and price books by their names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cp_pricing.files.shipped import shipped_books
from tests.support.command import run
from tests.support.places import DATA, EXAMPLE, PILOT, POSTHOG_STYLE, TEMPLATE


def test_every_price_book_of_the_data_is_listed_the_pilot_first() -> None:
    document = json.loads(run("books", "--format", "json").output)
    listed = [Path(book["folder"]) for book in document["books"]]
    assert document["schema_version"] == 1
    assert listed[0] == PILOT
    assert {*listed} == {file.parent for file in DATA.rglob("catalog.yaml")} - {TEMPLATE}
    assert [book["name"] for book in document["books"]] == [folder.name for folder in listed]


def test_the_table_has_names_and_the_headings_of_the_readmes() -> None:
    lines = run("books").output.splitlines()
    for book in shipped_books():
        heading = (book.folder / "README.md").read_text("utf-8").splitlines()[0]
        assert heading == f"# {book.title}"
        assert any(line.split() == [book.name, *book.title.split()] for line in lines)


def test_a_name_stands_for_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("models", "posthog-style").output == run("models", POSTHOG_STYLE).output
    assert run("models", "coulomb").output == run("models").output


def test_a_folder_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "coulomb")
    monkeypatch.chdir(tmp_path)
    assert run("models", "coulomb").output == run("models", EXAMPLE).output
    assert run("models", "./coulomb").output == run("models", EXAMPLE).output


@pytest.mark.parametrize("given", ["coulombe", "./posthog-style", "price-lists", "template"])
def test_what_is_no_name_is_a_folder_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("solve", given)
    assert done.exit_code == 2
    assert f"{Path(given)}:1:1: folder not found" in done.stderr


def test_without_any_the_pilot_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise FileNotFoundError("the pilot price book is nowhere")

    monkeypatch.setattr("cp_pricing.files.shipped.pilot_folder", none)
    done = run("books")
    assert done.exit_code == 2
    assert "the pilot price book is nowhere" in done.stderr
    assert "folder not found" in run("solve", "coulomb-not-here").stderr
