"""The price books of the checkout: loaded once, or as texts to be changed."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from cp_pricing import PriceBook, load_price_book, parse_price_book
from cp_pricing.files.texts import FILES
from tests.support.places import EXAMPLE, PILOT


@cache
def pilot() -> PriceBook:
    return load_price_book(PILOT)


@cache
def example() -> PriceBook:
    return load_price_book(EXAMPLE)


def texts_of(folder: Path, *more: str) -> dict[str, str]:
    """The texts of a folder's price book, by file; with some more of its files."""
    return {name: (folder / name).read_text("utf-8") for name in (*FILES, *more)}


def example_with(old: str, new: str, file: str = "catalog.yaml") -> PriceBook:
    """The example with something else in a place that there is once."""
    texts = texts_of(EXAMPLE)
    assert texts[file].count(old) == 1, old
    texts[file] = texts[file].replace(old, new)
    return parse_price_book(texts)


def example_in(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The example's files in a new folder, with changes: a file, what was there, what is."""
    shutil.copytree(EXAMPLE, folder)
    for file, old, new in changes:
        text = (folder / file).read_text("utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder
