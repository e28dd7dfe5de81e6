"""Price books with draws, which are read from a folder since some of their files are packed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cp_pricing import PriceBook, load_price_book, parse_price_book
from cp_pricing.files.texts import FILES, REQUESTS


def book_of(texts: Mapping[str, str]) -> PriceBook:
    """The price book of these texts by file name, whatever the files of its draws are called."""
    if texts.keys() <= {*FILES, REQUESTS}:
        return parse_price_book({name: texts[name] for name in FILES})
    with TemporaryDirectory() as folder:
        write(texts, Path(folder))
        return load_price_book(Path(folder))


def write(texts: Mapping[str, str], folder: Path) -> None:
    """Write the files of a price book, packing those whose names say so."""
    for name, text in texts.items():
        data = text.encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
