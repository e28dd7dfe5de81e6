"""Timing of alternatives side by side, and tables of what came out."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """Seconds of processor time of the whole process, all its threads, and of the clock."""

    cpu: float
    wall: float

    def __add__(self, other: Timing) -> Timing:
        return Timing(self.cpu + other.cpu, self.wall + other.wall)

    def __sub__(self, other: Timing) -> Timing:
        return Timing(self.cpu - other.cpu, self.wall - other.wall)

    def __truediv__(self, count: float) -> Timing:
        return Timing(self.cpu / count, self.wall / count)


NOTHING = Timing(0.0, 0.0)


def now() -> Timing:
    """The two clocks; the difference of two readings is a duration."""
    return Timing(time.process_time(), time.perf_counter())


def timed(work: Callable[[], T]) -> tuple[T, Timing]:
    """What some work returns and what it took."""
    start = now()
    result = work()
    return result, now() - start


class Samples:
    """Repeated timings by name; what is read out is the median of each clock."""

    def __init__(self) -> None:
        self._timings: dict[str, list[Timing]] = defaultdict(list)

    def add(self, name: str, timing: Timing) -> None:
        """Keep one more timing."""
        self._timings[name].append(timing)

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Do some work, keep what it took and return what it returned."""
        result, timing = timed(work)
        self.add(name, timing)
        return result

    def median(self, name: str) -> Timing:
        """The median processor time and the median time by the clock."""
        timings = self._timings[name]
        return Timing(
            statistics.median(timing.cpu for timing in timings),
            statistics.median(timing.wall for timing in timings),
        )


def milliseconds(seconds: float) -> str:
    """A duration in milliseconds to about three digits."""
    value = seconds * 1000
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def ratio(numerator: float, denominator: float) -> str:
    """How many times one is the other."""
    if not denominator:
        return "-"
    value = numerator / denominator
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned, numbers to the right."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    rule = [
        "-" * widths[0],
        *("-" * (width - 1) + ":" for width in widths[1:]),
    ]
    return "\n".join(
        "| " + " | ".join(_aligned(line, widths)) + " |" for line in (lines[0], rule, *lines[1:])
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = line
    return [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))]


def machine() -> str:
    """The machine, the versions and how busy it is, in one line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores of {_processor()}, Python {platform.python_version()}, "
        f"ortools {version('ortools')}; load {load} at the start"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.processor() or platform.machine()
    lines = information.read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")


def options(description: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--tiny", action="store_true", help="the least that runs, to test it")
    return parser
