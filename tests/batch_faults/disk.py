"""A disk, and a memory, that fail at chosen moments of writing."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import pytest

from cp_pricing.batch import private, unfinished

Kind: TypeAlias = Literal["full", "broken", "memory", "half"]
KINDS: tuple[Kind, ...] = ("full", "broken", "memory", "half")
CALLS = ("open", "fsync", "replace", "unlink", "rmdir", "mkdir")


def fault(kind: Kind) -> OSError | MemoryError:
    match kind:
        case "memory":
            return MemoryError()
        case "broken":
            return OSError(errno.EIO, os.strerror(errno.EIO))
        case "full" | "half":
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Disk:
    """Counts what changes something on the disk, and fails once: at a moment, in one way."""

    def __init__(self, moment: int, kind: Kind) -> None:
        self.moment = moment
        self.kind: Kind = kind
        self.count = 0

    @property
    def has_failed(self) -> bool:
        return 0 < self.moment <= self.count

    def comes_to(self) -> bool:
        """Whether the moment is now."""
        self.count += 1
        return self.count == self.moment

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of `os`
            if self.comes_to():
                raise fault(self.kind)
            return call(*args, **options)

        return counted

    def raw_file(self, handle: int) -> io.FileIO:
        return _Failing(handle, self)


class _Failing(io.FileIO):
    def __init__(self, handle: int, disk: Disk) -> None:
        super().__init__(handle, "wb")
        self._disk = disk

    def write(self, block: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        if self._disk.comes_to():
            if self._disk.kind == "half":
                super().write(memoryview(block)[: len(block) // 2])
            raise fault(self._disk.kind)
        return super().write(block)

    def truncate(self, size: int | None = None, /) -> int:
        if self._disk.comes_to():
            raise fault(self._disk.kind)
        return super().truncate(size)


@contextmanager
def failing(moment: int, kind: Kind) -> Iterator[Disk]:
    """Have the disk of a batch fail at a moment (0: never); every chunk is recorded."""
    disk = Disk(moment, kind)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, disk.wrapped(getattr(os, name)))
        # What is written truly reaches the disk in other tests; here it would take the time.
        patch.setattr(os, "fsync", disk.wrapped(lambda _handle: None))
        patch.setattr(private, "raw_file", disk.raw_file)
        patch.setattr(unfinished, "COMMIT_SECONDS", -1.0)
        yield disk
