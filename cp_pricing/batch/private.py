"""A folder for one process at a time, in which other people's files and links stay as they are."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from constraints.text.source import InputError
from cp_pricing.intake.sources import refused

LOCK = "lock"
# What the lock says: who made the folder's files, so that they may be changed and removed.
_MARK = b"cp-pricing batch\n"
_TRIES = 10


class BusyError(Exception):
    """Another process is at work in the same folder."""


class PrivateFolder:
    """A folder with files of some names; whatever else is in it belongs to somebody else."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self.path = path
        self._names = names
        self._stack = ExitStack()

    def take(self) -> None:
        """Make the folder, or take it if it is of this kind; raises `BusyError`, `InputError`."""
        for _ in range(_TRIES):
            with suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
            self._check()
            with ExitStack() as stack:
                lock = opened_by_us(self.path / LOCK)
                stack.callback(close, lock)
                # Not if another batch has removed its folder, and this lock with it, meanwhile.
                if _is_locked_at(lock, self.path / LOCK):
                    lock.raw.write(_MARK)  # at once: a buffer would try again when it is closed
                    sync(lock)
                    self._stack = stack.pop_all()
                    return
        raise BusyError(str(self.path))

    def leave(self) -> None:
        """Leave the folder as it is to others."""
        self._stack.close()

    def remove(self) -> None:
        """Remove the files, in the order of their names here, and the folder if it is empty then.

        The lock is held until the end, so that nobody begins in a folder that goes away.
        """
        with suppress(OSError, MemoryError):
            for name in self._names:
                (self.path / name).unlink(missing_ok=True)
            if sys.platform == "win32":
                self.leave()  # there, what is open cannot be removed
            (self.path / LOCK).unlink(missing_ok=True)
            self.path.rmdir()
        self.leave()

    def _check(self) -> None:
        """Refuse a folder whose files were made by somebody else, or are not what they seem."""
        if not stat.S_ISDIR(self.path.lstat().st_mode):
            raise self._refused("a batch needs this name for a folder of its own")
        there = {name: state for name in (*self._names, LOCK) if (state := self._state(name))}
        for name, state in there.items():
            if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
                raise self._refused(f"`{name}` in it is a link, or no file")
        if there and not self._is_marked(there):
            raise self._refused(f"`{next(iter(there))}` in it was not made by this batch")

    def _is_marked(self, there: Mapping[str, os.stat_result]) -> bool:
        """Whether the lock says who made the files, or is all that there is and was about to."""
        if LOCK not in there:
            return False
        says = (self.path / LOCK).read_bytes()
        return says == _MARK or (there.keys() == {LOCK} and _MARK.startswith(says))

    def _state(self, name: str) -> os.stat_result | None:
        try:
            return (self.path / name).lstat()
        except FileNotFoundError:
            return None

    def _refused(self, message: str) -> InputError:
        return refused(str(self.path), message, "move it away, or name another output")


def opened_by_us(path: Path, *, new: bool = False) -> io.BufferedWriter:
    """A file to be written from its beginning, as it is or `new`; links are not followed."""
    flags = os.O_RDWR | os.O_CREAT | (os.O_EXCL if new else 0)
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):  # not each system has each of them
        flags |= getattr(os, name, 0)
    return io.BufferedWriter(raw_file(os.open(path, flags, 0o666)))


def raw_file(handle: int) -> io.FileIO:
    """What writes to the disk; tests have it fail."""
    return io.FileIO(handle, "wb")


def _is_locked_at(lock: BinaryIO, path: Path) -> bool:
    """Take a lock that ends with the process, however it ends; false if it is no longer there.

    Windows has none of this kind. Raises `BusyError` if somebody else has it.
    """
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - not there on Windows

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(str(path.parent)) from None
    return path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.lstat())


def close(file: BinaryIO) -> None:
    """Close a file, whatever it cannot write any more."""
    with suppress(OSError, MemoryError):
        file.close()


def sync(file: BinaryIO) -> None:
    """Force what has been written to the disk."""
    file.flush()
    os.fsync(file.fileno())
