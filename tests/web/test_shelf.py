"""The price book changes under the server: read again when it is whole and without faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from cp_pricing.authoring.workspace import new_price_book
from cp_pricing.web.solving.shelf import Shelf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my-prices"
    new_price_book(folder)
    return folder


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def _settled(shelf: Shelf) -> bool:
    """A look that sees a change, and one that sees that it is over."""
    return any([shelf.look(), shelf.look()])


def test_nothing_is_read_while_nothing_changes(folder: Path) -> None:
    shelf = Shelf(folder)
    before = shelf.current
    assert not _settled(shelf)
    assert shelf.current is before


def test_an_edited_book_is_in_force(folder: Path) -> None:
    shelf = Shelf(folder)
    before = shelf.book
    _edit(folder / "catalog.yaml", "catalog: ", "catalog: newer-")
    assert not shelf.look()  # it may still be being written
    assert shelf.look()
    assert shelf.book.digest != before.digest
    assert shelf.book.catalog.name.startswith("newer-")
    assert not _settled(shelf)


def test_a_faulty_book_is_told_and_the_old_one_stays(folder: Path) -> None:
    shelf = Shelf(folder)
    before = shelf.book
    _edit(folder / "policy.yaml", "rules:", "rulez:")
    assert not _settled(shelf)
    assert shelf.book is before
    (shown, *_) = shelf.shown_faults
    assert "policy.yaml:" in shown
    assert "did you mean `rules`?" in "\n".join(shelf.shown_faults)
    _edit(folder / "policy.yaml", "rulez:", "rules:")
    _settled(shelf)
    assert not shelf.shown_faults
    assert shelf.book.digest == before.digest


def test_a_file_that_is_gone_and_comes_back(folder: Path) -> None:
    shelf = Shelf(folder)
    text = (folder / "profiles.yaml").read_text()
    (folder / "profiles.yaml").unlink()
    _settled(shelf)
    assert "file not found" in shelf.shown_faults[0]
    (folder / "profiles.yaml").write_text(text)
    _settled(shelf)
    assert not shelf.shown_faults


def test_a_fault_in_a_base_policy_is_seen_to_be_mended(folder: Path) -> None:
    shelf = Shelf(folder)
    base = folder / "base.yaml"
    base.write_text("policy: base\nrulez: []\n")
    _edit(folder / "policy.yaml", "policy: ", "extends: base.yaml\npolicy: ")
    _settled(shelf)
    assert shelf.shown_faults
    base.write_text("policy: base\nrules: []\n")
    _settled(shelf)
    assert not shelf.shown_faults
