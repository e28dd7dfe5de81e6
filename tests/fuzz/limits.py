"""A limit on what one piece of work may take, whoever is to blame."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Of this process alone; the largest files have 100,000 values, and the machine may be busy.
CPU_SECONDS = 20
WALL_SECONDS = 60


class Hang(BaseException):
    """Something takes too long; no `except Exception` may hide it."""


@contextmanager
def limited(cpu: float = CPU_SECONDS, wall: float = WALL_SECONDS) -> Iterator[None]:
    """Raise `Hang` in what takes longer, as soon as it is back in Python."""
    before = {number: signal.signal(number, _raise) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.setitimer(signal.ITIMER_REAL, wall)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Hang
