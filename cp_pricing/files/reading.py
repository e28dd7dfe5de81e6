"""The bytes of what authors and strangers write: regular files and streams, up to a size."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from constraints.text.source import clipped, did_you_mean

SETTING = "CP_PRICING_MAX_INPUT"
"""The variable of the environment that says how many bytes a file may have."""
DEFAULT_MAXIMUM = 16 << 20
_LONGEST_SETTING = 18
_BLOCK = 1 << 20
_PACKED = b"\x1f\x8b"
# Nobody is waited for, should the file have become a pipe meanwhile.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class UnreadableError(Exception):
    """Why a file is not read, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message, self.hint = message, hint


def content_of(path: Path, folders: tuple[Path, ...] = ()) -> bytes:
    """The bytes of a regular file, in one of the folders if there are any; `UnreadableError`."""
    check_file(path, folders)
    with _told(path), io.FileIO(os.open(path, _FLAGS)) as file:
        return _limited(file)


def unpacked(content: bytes, name: str) -> bytes:
    """A content that gzip has packed, or any other as it is; raises `UnreadableError`.

    `name` is that of its file, which may say that it is packed.
    """
    if not content.startswith(_PACKED):
        if name.endswith(".gz"):
            raise UnreadableError("this is not packed with gzip", "pack it, or leave out `.gz`")
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            return _limited(file)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"this cannot be unpacked: {error}") from None


def check_file(path: Path, folders: tuple[Path, ...] = ()) -> None:
    """Raise `UnreadableError` for what is elsewhere, before anything is told of it, or no file."""
    with _told(path):
        if folders and not lies_in(path, folders):
            message = "this leads out of the price book's folder"
            raise UnreadableError(message, "name a folder that has both with `--policy-root`")
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableError("this is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise UnreadableError("this is a pipe, a socket or a device, not a file")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UnreadableError("file not found", did_you_mean(path.name, beside(path))) from None
    except OSError as error:
        raise UnreadableError(f"the file cannot be read: {reason(error)}") from None
    except ValueError:  # NUL, or half of a character
        raise UnreadableError("this is no name of a file") from None


def content_of_stream(stream: BinaryIO) -> bytes:
    """The bytes of a stream up to its end; raises `UnreadableError`."""
    try:
        return _limited(stream)
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {reason(error)}") from None


def lies_in(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path leads into one of some folders, once all links are followed."""
    end = Path(os.path.realpath(path))
    return any(end.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _limited(file: io.RawIOBase | gzip.GzipFile | BinaryIO) -> bytes:
    maximum, size = maximum_input(), 0
    blocks: list[bytes] = []
    # By what comes, not by the size the system tells: of a stream or a growing file it is none.
    while size <= maximum and (block := file.read(_BLOCK)):
        blocks.append(block)
        size += len(block)
    if size > maximum:
        message = f"this is larger than {maximum:,} bytes"
        raise UnreadableError(message, f"{SETTING} sets another limit; `batch` reads more requests")
    return b"".join(blocks)


def maximum_input() -> int:
    """How many bytes a file may have; raises `UnreadableError` if the setting is no number."""
    given = os.environ.get(SETTING, "") or str(DEFAULT_MAXIMUM)
    if given.isascii() and given.isdecimal() and len(given) <= _LONGEST_SETTING:
        return int(given)
    raise UnreadableError(f"{SETTING} must be a number of bytes, not `{clipped(given)}`")


def is_there(path: Path) -> bool:
    """Whether a path leads to anything; a name that is too long for the system leads to nothing."""
    try:
        return path.exists()
    except OSError:
        return False


def beside(path: Path) -> list[str]:
    """The names in the folder of a path, as far as they can be read."""
    try:
        return [other.name for other in path.parent.iterdir()]
    except (OSError, ValueError):
        return []


def reason(error: OSError) -> str:
    """Why the system refuses something, as a message says it."""
    return (error.strerror or str(error) or "unknown").lower()
