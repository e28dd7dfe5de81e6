"""Where the files that come with cp-pricing are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

PILOT = Path("data", "coulomb")


def pilot_folder() -> Path:
    """The folder of the pilot price book; raises `FileNotFoundError` where there is none.

    An installed wheel has it inside this package, a checkout beside it.
    """
    package = Path(str(resources.files("cp_pricing")))
    for parent in (package, package.parent):
        folder = parent / PILOT
        if folder.is_dir():
            return folder
    message = (
        f"the pilot price book is neither in {package / PILOT} nor in {package.parent / PILOT}"
    )
    raise FileNotFoundError(message)
