"""Where the files that come with cp-pricing are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

PILOT = Path("data", "coulomb")
TEMPLATE = Path("data", "template")


def pilot_folder() -> Path:
    """The folder of the pilot price book; raises `FileNotFoundError` where there is none."""
    return _folder(PILOT, "the pilot price book")


def template_folder() -> Path:
    """The folder that a new price book is copied from; raises `FileNotFoundError` without it."""
    return _folder(TEMPLATE, "the template of a price book")


def _folder(part: Path, what: str) -> Path:
    """A folder of data: an installed wheel has it inside this package, a checkout beside it."""
    package = Path(str(resources.files("cp_pricing")))
    for parent in (package, package.parent):
        folder = parent / part
        if folder.is_dir():
            return folder
    message = f"{what} is neither in {package / part} nor in {package.parent / part}"
    raise FileNotFoundError(message)
