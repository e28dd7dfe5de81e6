"""Progress of long work on a terminal, and work that Ctrl-C stops without losing what is proven."""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, NoReturn, Self, TypeVar

from cli.console.endings import on_interrupt

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 1.0  # seconds until anything is shown
Told = TypeVar("Told")
Found = TypeVar("Found")


class Progress:
    """One line on standard error, if that is a terminal and the work takes over a second."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._status: Status | None = None
        self._over = sys.stderr is None or not sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Begin to wait."""
        if not self._over:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()

    def say(self, text: str) -> None:
        """What is worked on now."""
        with self._lock:
            self._text = text
            if self._status is not None and not self._over:
                self._status.update(text)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the line away meanwhile, so that something else can be written."""
        with self._lock:
            if self._status is not None:
                self._status.stop()
            try:
                yield
            finally:
                if self._status is not None:
                    self._status.start()

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                console = Console(stderr=True, highlight=False, markup=False, emoji=False)
                self._status = console.status(self._text)
                self._status.start()


@dataclass(frozen=True, slots=True)
class Interrupted(Generic[Told]):
    """Work that Ctrl-C stopped, and what it had told last."""

    last: Told | None


class _NobodyListensError(Exception):
    """Raised in the thread that works, to end it."""


def interruptible(
    work: Callable[[Callable[[Told], None]], Found], tell: Callable[[Told], None]
) -> Found | Interrupted[Told]:
    """What `work` returns; all that it tells is passed on, and the last of it kept for Ctrl-C.

    The work is done in a thread of its own: while CP-SAT solves, Python hears no signal there.
    """
    # Ctrl-C often strikes just as the wait for news ends, and what the wait returned would be lost
    # with it: so it returns nothing, and the news themselves are taken from `told`.
    told: deque[Told] = deque()
    awake: SimpleQueue[None] = SimpleQueue()
    over = threading.Event()

    def put(news: Told) -> None:
        if over.is_set():
            raise _NobodyListensError
        told.append(news)
        awake.put(None)

    pool = ThreadPoolExecutor(max_workers=1)
    working = pool.submit(work, put)
    working.add_done_callback(lambda _: awake.put(None))
    pool.shutdown(wait=False)
    last: Told | None = None
    with on_interrupt(signal.default_int_handler):  # which raises, where the program else ends
        try:
            while told or not working.done():
                awake.get()
                while told:
                    last = told.popleft()
                    tell(last)
        except KeyboardInterrupt:
            while told:
                last = told.popleft()
                tell(last)
            if not working.done():
                return Interrupted(last)
        finally:
            over.set()  # whatever ended it, the rest of the work is for nobody
    return working.result()


def end_interrupted() -> NoReturn:
    """End the program as Ctrl-C ends it, which a shell shows as 130."""
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    sys.exit(128 + signal.SIGINT)  # where the signal's own action ends nothing
