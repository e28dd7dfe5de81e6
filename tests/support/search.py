"""Long searches over random cases: what they are asked for, how they run, what they count."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import traceback
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

SHOWN, REPORTED = 20, 1000
MEMORY = 6 << 30  # bytes


@dataclass
class Tally:
    """How many cases there were, what was met in them, and every difference."""

    cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.cases += other.cases
        self.kinds += other.kinds
        self.differences += other.differences


def parser(program: str, about: str | None, cases: int) -> ArgumentParser:
    """The options that every search has."""
    options = ArgumentParser(prog=program, description=about)
    options.add_argument("--cases", type=int, default=cases)
    options.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    options.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    return options


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def limit_memory(size: int = MEMORY) -> None:
    """Let a case that asks for too much be a finding instead of the end of the run."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _guarded(trial: Callable[[int], Tally], seed: int) -> Tally:
    try:
        return trial(seed)
    except Exception:  # noqa: BLE001 - a crash is a finding, and the other cases go on
        return Tally(1, differences=[f"seed {seed}: {traceback.format_exc()}"])


def search(trial: Callable[[int], Tally], seeds: range, workers: int, name: str = "") -> int:
    """Try the seeds in parallel, tell what is met, and return the number of differences."""
    total, started = Tally(), time.monotonic()
    with multiprocessing.Pool(workers, limit_memory, maxtasksperchild=50) as pool:
        for tally in pool.imap_unordered(partial(_guarded, trial), seeds, chunksize=5):
            total.add(tally)
            if total.cases % REPORTED == 0:
                say(f"{name}{total.cases} cases, {len(total.differences)} differences")
            if tally.differences and len(total.differences) <= SHOWN:
                say("\n".join(tally.differences))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(total.kinds.items()))
    say(f"{name}{total.cases} cases in {time.monotonic() - started:.0f} s: {kinds}")
    say(f"{name}{len(total.differences)} differences")
    return len(total.differences)
