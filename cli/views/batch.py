"""What `batch` tells of its work: progress, the counts at the end, and a summary for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cli.console.output import write_json
from cli.console.saying import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from cp_pricing.batch.job import Ended, Job
    from cp_pricing.batch.record import Progress

DECISIONS = ("accepted", "requires_approval", "rejected", "unknown")
_EVERY = 0.1  # seconds between two updates: a terminal takes its time


class BatchProgress:
    """A bar on standard error, if that is a terminal: rate, remaining time, counts by decision."""

    def __init__(self, total_bytes: int | None, *, quiet: bool) -> None:
        self._total = total_bytes
        self._shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._first: tuple[float, int] | None = None
        self._last = 0.0

    def __enter__(self) -> Self:
        """Show the bar."""
        if self._shown:
            self._bar = _bar()
            self._task = self._bar.add_task("solving", total=self._total, counts="", rate="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress, bytes_read: int) -> None:
        """Show how far it is."""
        now = time.monotonic()
        self._first = self._first or (now, progress.read)
        if self._bar is None or self._task is None or now - self._last < _EVERY:
            return
        self._last = now
        seconds, count = now - self._first[0], progress.read - self._first[1]
        rate = f"{count / seconds:,.0f}/s" if seconds else ""
        self._bar.update(
            self._task, completed=bytes_read, counts=_counts(progress), rate=rate, refresh=True
        )


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.fields[counts]}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, emoji=False),
        auto_refresh=False,
        transient=True,
    )


def _counts(progress: Progress) -> str:
    """The requests read and their decisions, those that occur."""
    parts = [f"{progress.decisions[name]:,} {_word(name)}" for name in DECISIONS]
    shown = [part for part in parts if not part.startswith("0 ")]
    if progress.failed:
        shown.append(f"{progress.failed:,} failed")
    return f"{progress.read:,} read: {', '.join(shown)}" if shown else f"{progress.read:,} read"


def _word(decision: str) -> str:
    return decision.replace("_", " ")


def counts_in_words(progress: Progress, seconds: float, resumed_at: int | None) -> str:
    """The closing line: what was read is what was decided and what failed."""
    decided = ", ".join(f"{progress.decisions[name]:,} {_word(name)}" for name in DECISIONS)
    done = progress.read - (resumed_at or 0)
    resumed = f", resumed after {resumed_at:,}" if resumed_at is not None else ""
    rate = f", {done / seconds:,.0f} a second" if seconds and done else ""
    return (
        f"{progress.read:,} read = {progress.decided:,} decided ({decided})"
        f" + {progress.failed:,} failed; {seconds:,.1f} s{rate}{resumed}"
    )


def show_outcome(job: Job, outcome: Ended, seconds: float) -> None:
    """The closing line, below the failures of a run that keeps no file of them."""
    from cp_pricing.batch.unfinished import folder_of

    if job.errors is None:
        show_failures(outcome)
    if folder_of(job.out).exists():
        kept = f"{folder_of(job.out)} is still there: something else is in it"
        say(f"note: {kept}, or it could not be removed")
    say(counts_in_words(outcome.progress, seconds, outcome.resumed_at))


def show_failures(outcome: Ended) -> None:
    """The first failures of a run that keeps no file of them."""
    failed = outcome.progress.failed
    for line in outcome.first_failures:
        item = json.loads(line)
        where = f"{item['file']}:{item['line']}:{item['column']}" if item["line"] else item["file"]
        number = "" if item["line"] else f" request {item['record']}:"
        hint = f" ({item['hint']})" if item["hint"] else ""
        say(f"{where}:{number} {item['reason']}{hint}")
    if failed > len(outcome.first_failures):
        more = failed - len(outcome.first_failures)
        say(f"... and {more:,} more; --errors FILE keeps them all")


def write_summary(
    path: Path, job: Job, outcome: Ended, seconds: float, how: Mapping[str, str | int | None]
) -> None:
    """The counts and times as one JSON document; raises `OSError` if it cannot be written."""
    progress = outcome.progress
    done = progress.read - (outcome.resumed_at or 0)
    document = {
        "schema_version": 1,
        "read": progress.read,
        "decided": progress.decided,
        "failed": progress.failed,
        "decisions": {name: progress.decisions[name] for name in DECISIONS},
        "resumed_at": outcome.resumed_at,
        "seconds": round(seconds, 3),
        "requests_per_second": round(done / seconds, 1) if seconds else None,
        "detail": job.detail,
        **how,
        "price_book_digest": job.price_book.digest,
        "out": str(job.out),
        "errors": str(job.errors) if job.errors else None,
    }
    if str(path) == "-":
        write_json(document, indent=2)
        sys.stdout.flush()
        return
    from cp_pricing.files.writing import write_whole

    write_whole(path, json.dumps(document, indent=2) + "\n")
