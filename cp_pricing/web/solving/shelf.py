"""The price book in force: read again when its files change, and are whole and without faults."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from constraints.text.source import InputError, render_issue
from cp_pricing.book.loading import load_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.files.texts import FILES
from cp_pricing.model.pricing import pricing_of
from cp_pricing.web.solving.tasks import Recent

# What tells that a file has changed: its place, its size, its times; `None` where there is none.
_State: TypeAlias = tuple[tuple[Path, tuple[int, int, int] | None], ...]


@dataclass(frozen=True)
class Shelved:
    """A price book, and the same as it is sent to a worker."""

    book: PriceBook
    packed: bytes

    @staticmethod
    def of(book: PriceBook) -> Shelved:
        """A price book made ready to be solved, here and elsewhere."""
        pricing_of(book)
        return Shelved(book, pickle.dumps(book))


class Shelf:
    """The price book of a folder, and what is wrong with its files as they are now, if anything.

    `reading` reads the price book of the folder; it is told of every change by `look`.
    """

    def __init__(
        self, folder: Path, reading: Callable[[Path], PriceBook] = load_price_book
    ) -> None:
        self._folder, self._reading = folder, reading
        self._recent: Recent[Shelved] = Recent()
        self._put(reading(folder))
        self.faults: InputError | None = None
        self._read = self._last_seen = self._state()

    def _put(self, book: PriceBook) -> None:
        self.current = Shelved.of(book)
        self._recent.put(book.digest, self.current)

    def of(self, digest: str) -> Shelved:
        """The price book with a digest: that in force, or one of the few before it."""
        return self._recent.get(digest) or self.current

    @property
    def book(self) -> PriceBook:
        """The price book in force."""
        return self.current.book

    @property
    def shown_faults(self) -> tuple[str, ...]:
        """What is wrong with the files as they are now, as a terminal shows it."""
        faults = self.faults
        if faults is None:
            return ()
        return tuple(render_issue(one, faults.sources.get(one.file, "")) for one in faults.issues)

    def look(self) -> bool:
        """Read changed files; true if another price book is in force then.

        Files that are still being written have changed again since the last look, and are left
        alone until the next.
        """
        state, before = self._state(), self._last_seen
        self._last_seen = state
        if state == self._read or state != before:
            return False
        self._read = state
        try:
            book = self._reading(self._folder)
        except InputError as faults:
            self.faults = faults
            # What it was read from may be other files than before.
            self._read = self._last_seen = self._state()
            return False
        self.faults = None
        if book.digest == self.book.digest:
            return False
        self._put(book)
        self._read = self._last_seen = self._state()
        return True

    def _state(self) -> _State:
        return tuple((path, _stamp(path)) for path in sorted(set(self._files())))

    def _files(self) -> Iterator[Path]:
        yield from (self._folder / name for name in FILES)
        yield from self.book.files
        if self.faults is not None:
            named = (Path(name) for name in self.faults.sources)
            yield from (path if path.is_absolute() else self._folder / path.name for path in named)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
