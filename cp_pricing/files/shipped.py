"""Where the files that come with cp-pricing are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import NamedTuple

from cp_pricing.files.texts import CATALOG

PILOT = Path("data", "coulomb")
TEMPLATE = Path("data", "template")
README = "README.md"
# The folders that hold price books, from the top of the data.
_SHELVES = (Path("data"), Path("data", "price-lists"))


class Shipped(NamedTuple):
    """A price book that comes with cp-pricing: its name, its README's heading, and its folder."""

    name: str
    title: str
    folder: Path


def pilot_folder() -> Path:
    """The folder of the pilot price book; raises `FileNotFoundError` where there is none."""
    return _folder(PILOT, "the pilot price book")


def template_folder() -> Path:
    """The folder that a new price book is copied from; raises `FileNotFoundError` without it."""
    return _folder(TEMPLATE, "the template of a price book")


def shipped_books() -> tuple[Shipped, ...]:
    """The price books that come with cp-pricing, by name, the pilot first.

    Raises `FileNotFoundError` where there is none.
    """
    pilot = pilot_folder()
    shelves = (pilot.parents[len(PILOT.parts) - 1] / shelf for shelf in _SHELVES)
    folders = (folder for shelf in shelves if shelf.is_dir() for folder in shelf.iterdir())
    # What a new price book is copied from is none itself, and has no README.
    told = (folder for folder in folders if (folder / CATALOG).is_file() and _title(folder))
    books = (Shipped(folder.name, _title(folder), folder) for folder in told)
    return tuple(sorted(books, key=lambda book: (book.folder != pilot, book.name)))


def _title(folder: Path) -> str:
    """The heading of a folder's README, or nothing where there is none."""
    readme = folder / README
    if not readme.is_file():
        return ""
    first, _, _ = readme.read_text(encoding="utf-8").partition("\n")
    return first.removeprefix("# ").strip()


def _folder(part: Path, what: str) -> Path:
    """A folder of data: an installed wheel has it inside this package, a checkout beside it."""
    package = Path(str(resources.files("cp_pricing")))
    for parent in (package, package.parent):
        folder = parent / part
        if folder.is_dir():
            return folder
    message = f"{what} is neither in {package / part} nor in {package.parent / part}"
    raise FileNotFoundError(message)
