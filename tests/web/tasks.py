"""Tasks that do what a hard question, a crash or a fault would do; workers find them here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from constraints.text.source import InputError, Issue, Span
from cp_pricing.book.price_book import PriceBook
from cp_pricing.web.solving.tasks import Reply, Tell


def prepare() -> None:
    """Need nothing."""


@dataclass(frozen=True)
class Echo:
    """Says its word, and which process said it."""

    digest: str
    word: str

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        tell("an echo")
        assert book.digest == self.digest
        return Reply(f"{self.word} {os.getpid()}".encode())


@dataclass(frozen=True)
class Dies:
    """Ends its process, so many times."""

    digest: str
    tally: Path
    times: int

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        del book, tell
        with self.tally.open("a") as tally:
            tally.write("x")
        if len(self.tally.read_text()) <= self.times:
            os._exit(9)
        return Reply(b"alive")


@dataclass(frozen=True)
class Sleeps:
    """Takes its time, and looks up now and then unless it is deaf."""

    digest: str
    seconds: float
    started: Path
    deaf: bool = False

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        del book
        self.started.touch()
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            time.sleep(0.02)
            if not self.deaf:
                tell("sleep")
        return Reply(b"awake")


@dataclass(frozen=True)
class Faulty:
    """A question with a fault, or one that breaks the program."""

    digest: str
    broken: bool = False

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        del book, tell
        if self.broken:
            raise ZeroDivisionError("secret")
        raise InputError([Issue(Span("asked", 1, 2, 1, 3), "no such thing")], {"asked": "x y"})
