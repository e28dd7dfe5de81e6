"""Files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there, with the permissions it had.

    A text is written as UTF-8. A device or a pipe, which cannot be replaced, is written to
    directly. Raises `OSError`; the file is then as it was.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write files as `write_whole` does, all of them before the first is moved to its place."""
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            if path.exists() and not path.is_file():
                path.write_bytes(data)
                continue
            target = path.resolve()  # what a link points to is replaced, not the link
            temporary = target.with_name(f".{target.name}.{token_hex(4)}")
            staged[temporary] = target
            _stage(temporary, data, target)
        for temporary, target in staged.items():
            temporary.replace(target)
    except BaseException:
        for temporary in staged:
            temporary.unlink(missing_ok=True)
        raise
    for folder in {target.parent for target in staged.values()}:
        sync_folder(folder)


def _stage(temporary: Path, data: bytes, target: Path) -> None:
    # Opened as any new file, not by `tempfile`, it gets the permissions that the umask leaves.
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, temporary)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where a system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
