"""Files written whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, with the permissions it had.

    Raises `OSError`; the file is then as it was.
    """
    place = path.resolve()
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=place.parent, prefix=f".{place.name}.", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(text)
            file.close()
            if place.exists():
                shutil.copymode(place, temporary)
            else:
                temporary.chmod(0o644)
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
