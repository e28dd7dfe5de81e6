"""Readings at every detail, many and random ones, and a cold start: ratios first.

    python benchmarks/readings.py [--quick]

The pilot's requests one by one, then random ones as in `batch.py`; a process that solves one
request beside one that only imports CP-SAT's modelling layer.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from batch import DETAILS, requests
from books import Size, write
from measuring import Samples, machine, milliseconds, options, ratio, table, timed

from cp_pricing import PriceBook, TuningRequest, load, load_price_book, pilot_folder, solve

IMPORTING = "importing `cp_model`"
ONE, REPORT = "one request", "the report of the pilot"
_PROGRAM = (sys.executable, "-c", "from cli.main import run; run()")
COMMANDS = {
    IMPORTING: (sys.executable, "-c", "import ortools.sat.python.cp_model"),
    ONE: (*_PROGRAM, "solve", "--request", "small-team-lower-price"),
    REPORT: (*_PROGRAM, "report"),
}


def of_the_pilot(rounds: int) -> Iterator[Sequence[str]]:
    """Each detail: the median of the requests, each the median of some rounds, in turn."""
    book, asked = load(pilot_folder())
    samples = Samples()
    for _ in range(rounds + 1):
        for request in asked:
            for detail in DETAILS:
                work = partial(solve, book, request, detail=detail)
                samples.time(f"{detail} {request.id}", work)
    for detail in DETAILS:
        took = [samples.median(f"{detail} {request.id}").cpu for request in asked]
        yield _row(f"the pilot, {detail}", took)


def of_random_requests(count: int) -> Iterator[Sequence[str]]:
    """Random requests, each read once in full."""
    book = load_price_book(pilot_folder())
    asked = [
        TuningRequest.model_validate(entry, context=book.on_sale)  # type: ignore[arg-type]
        for entry in islice(requests(count), count)
    ]
    solve(book, asked[0], detail="full")
    yield _row(f"{count} random, full", [_seconds(book, request) for request in asked])


def _seconds(book: PriceBook, request: TuningRequest) -> float:
    return timed(partial(solve, book, request, detail="full"))[1].cpu


def of_ticks(rounds: int) -> str:
    """How many times a million prices take what a thousand take, at `rules`."""
    took: dict[str, float] = {}
    for ticks in ("1,801", "1,000,001"):
        with tempfile.TemporaryDirectory() as name:
            book, asked = load(write(Path(name), Size(ticks, 10)))
        samples = Samples()
        for _ in range(rounds + 1):
            samples.time(ticks, partial(_all, book, asked))
        took[ticks] = samples.median(ticks).cpu
    return ratio(took["1,000,001"], took["1,801"])


def _all(book: PriceBook, asked: Sequence[TuningRequest]) -> None:
    for request in asked:
        solve(book, request)


def cold(rounds: int, names: Sequence[str]) -> Iterator[str]:
    """Processes that do something beside one that only imports, at the least and the median."""
    took: dict[str, list[float]] = {name: [] for name in (IMPORTING, *names)}
    for _ in range(rounds):
        for name, seconds in took.items():
            seconds.append(_processor(COMMANDS[name]))
    importing = took.pop(IMPORTING)
    for name, seconds in took.items():
        least = ratio(min(seconds), min(importing))
        median = ratio(statistics.median(seconds), statistics.median(importing))
        yield f"{name}, cold / {IMPORTING}: {least} at the least, {median} at the median"


def _processor(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # With the compiled modules that an installed program has.
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - a command of ours
            command, check=True, capture_output=True, cwd=folder, env=environment
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _row(name: str, took: Sequence[float]) -> Sequence[str]:
    ordered = sorted(took)
    ninth = ordered[min(len(ordered) * 9 // 10, len(ordered) - 1)]
    figures = statistics.median(ordered), ninth, ordered[-1]
    return name, *map(milliseconds, figures)


def main() -> None:
    """Measure, and print ratios and then milliseconds of processor time."""
    parser = options(__doc__.splitlines()[0])
    chosen = parser.parse_args()
    print(machine())
    rounds = 1 if chosen.tiny else 3 if chosen.quick else 7
    print("", *cold(rounds, [ONE] if chosen.tiny else [ONE, REPORT]), sep="\n")
    print(f"a million prices / 1,801 prices, `rules`: {of_ticks(rounds)}\n")
    rows = [*of_the_pilot(rounds)]
    rows += of_random_requests(2 if chosen.tiny else 60 if chosen.quick else 400)
    print(table(("milliseconds", "median", "nine in ten within", "most"), rows))


if __name__ == "__main__":
    main()
