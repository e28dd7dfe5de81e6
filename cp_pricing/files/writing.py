"""Files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from secrets import token_hex


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there, with the permissions it had.

    A text is written as UTF-8. A device or a pipe, which cannot be replaced, is written to
    directly. Raises `OSError`; the file is then as it was.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = path.resolve()  # what a link points to is replaced, not the link
    temporary = target.with_name(f".{target.name}.{token_hex(4)}")
    try:
        # Opened as any new file, not by `tempfile`, it gets the permissions that the umask leaves.
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where a system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
