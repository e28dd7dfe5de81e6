"""Valid price books to start from, and books as folders."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TypeAlias

from tests import oracle
from tests.oracle.generator import generate_card
from tests.support.places import CARDS, COULOMB_API, EXAMPLE, PILOT

CATALOG, PROFILES, POLICY = YAML_FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml")
REQUESTS = "tuning_requests.json"
FILES = (*YAML_FILES, REQUESTS)
FOLDERS = (EXAMPLE, PILOT)
CARD_FOLDERS = (CARDS, COULOMB_API)
# Books of the oracle take longer to draw than to damage: so many for so many seeds.
RENDERED = 12
SEEDS = 2_000


class Oddity(Enum):
    """What may be there instead of a file."""

    MISSING = "missing"
    FOLDER = "folder"


Book: TypeAlias = Mapping[str, bytes | Oddity]


def valid_book(seed: int, rng: Random, *, rates: bool) -> dict[str, bytes | Oddity]:
    """One of the valid books for a seed, with rate cards if `rates`."""
    kind = rng.random()
    if kind < 0.35:
        return dict(_from_folder((CARD_FOLDERS if rates else FOLDERS)[kind < 0.12]))
    drawn = seed // SEEDS * RENDERED + rng.randrange(RENDERED)
    return dict(_rendered(drawn, rates=rates))


@lru_cache
def _from_folder(folder: Path) -> Book:
    """The files that are damaged, and the draws that its profiles name."""
    names = (*FILES, *(path.name for path in folder.glob("*.draws.jsonl.gz")))
    return {name: (folder / name).read_bytes() for name in names}


@lru_cache
def _rendered(seed: int, *, rates: bool) -> Book:
    texts = oracle.render((generate_card if rates else oracle.generate)(seed))
    return {name: text.encode() for name, text in texts.items()}


def write(book: Book, folder: Path) -> None:
    """Make a folder of a book."""
    for name, content in book.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        elif content is Oddity.FOLDER:
            (folder / name).mkdir()
