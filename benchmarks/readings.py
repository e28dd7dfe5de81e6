"""Readings at every detail, many and random ones, and a cold start: ratios first.

    python benchmarks/readings.py [--quick]

First the pilot's requests with nothing but the price open, which are read off lines over the
prices, beside *bare* CP-SAT: exactly the calls that the same detail takes of the same request
without lines, which are models of all its rules, parsed beforehand and with our parameters.
*Briefly first* are the same calls as our solver makes them where there are no lines.

Then processes that solve one request, write the report and analyze the policy, beside one that only
imports CP-SAT's modelling layer; all of the pilot's requests one by one, and random ones as in
`batch.py`. All with the pilot's draws and without them.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, product
from pathlib import Path

from batch import DETAILS, requests
from books import Size, write
from measuring import Samples, machine, milliseconds, options, ratio, table, timed
from solve import BARE, Calls, Recorder, run_bare, without_lines

from constraints.cpsat.solving import Solver
from cp_pricing import PriceBook, TuningRequest, load, load_price_book, pilot_folder, solve
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.tuning import solved

IMPORTING = "importing `cp_model`"
OURS, BRIEFLY = "ours", "bare, briefly first"
_BESIDE = (f"/ {BARE}", f"/ {BRIEFLY}", f"{OURS}, ms each", BARE, BRIEFLY)
_PROGRAM = (sys.executable, "-c", "from cli.main import run; run()")
_IMPORT = (sys.executable, "-c", "import ortools.sat.python.cp_model")
# What programs do, and their arguments after a folder.
COMMANDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "one request": (("solve",), ("--request", "small-team-lower-price")),
    "the report": (("report",), ()),
    "`policy analyze`": (("policy", "analyze"), ()),
}


def beside_bare(
    name: str, book: PriceBook, asked: Sequence[TuningRequest], rounds: int
) -> Iterator[Sequence[str]]:
    """Each quick detail where the price alone is open, and CP-SAT alone, in turn."""
    read = [request for request in asked if _price_alone(book, request)]
    for detail in DETAILS[:2]:
        cases = [(request, _calls(book, request, detail), Samples()) for request in read]
        for _ in range(rounds + 1):
            for request, calls, samples in cases:
                samples.time(OURS, partial(solve, book, request, detail=detail))
                if run_bare(calls, samples, BARE) != calls.found:
                    raise SystemExit(f"{request.id}: CP-SAT by itself has another answer")
                samples.time(BRIEFLY, partial(_briefly, calls))
        ours, *bare = (
            sum(samples.median(way).cpu for *_, samples in cases) / len(cases)
            for way in (OURS, BARE, BRIEFLY)
        )
        ratios = (ratio(ours, seconds) for seconds in bare)
        yield f"{name}, {detail}", *ratios, *map(milliseconds, (ours, *bare))


def _price_alone(book: PriceBook, request: TuningRequest) -> bool:
    return Deal(pricing_of(book), request, Solver()).unasked.space.is_price_alone


def _calls(book: PriceBook, request: TuningRequest, detail: Detail) -> Calls:
    recorder = Recorder(keep=True)
    with without_lines():
        solved(Deal(pricing_of(book), request, recorder), detail)
    return recorder.calls


def _briefly(calls: Calls) -> None:
    solver = Solver()
    for proto in calls.protos:
        solver._briefly_first(proto, plainly=False)  # noqa: SLF001 - its models are parsed already


def of_the_pilot(name: str, folder: Path, rounds: int) -> Iterator[Sequence[str]]:
    """Each detail: the median of the requests, each the median of some rounds, in turn."""
    book, asked = load(folder)
    samples = Samples()
    for _ in range(rounds + 1):
        for request in asked:
            for detail in DETAILS:
                work = partial(solve, book, request, detail=detail)
                samples.time(f"{detail} {request.id}", work)
    for detail in DETAILS:
        took = [samples.median(f"{detail} {request.id}").cpu for request in asked]
        yield _row(f"{name}, {detail}", took)


def of_random_requests(name: str, folder: Path, count: int) -> Sequence[str]:
    """Random requests, each read once in full."""
    book = load_price_book(folder)
    asked = [
        TuningRequest.model_validate(entry, context=book.on_sale)  # type: ignore[arg-type]
        for entry in islice(requests(count), count)
    ]
    solve(book, asked[0], detail="full")
    return _row(f"{name}, {count} random, full", [_seconds(book, request) for request in asked])


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


def cold(books: Mapping[str, Path], names: Sequence[str], rounds: int) -> Iterator[Sequence[str]]:
    """Processes that do something beside one that only imports: the median, and the least."""
    commands = {IMPORTING: _IMPORT}
    for name, (book, folder) in product(names, books.items()):
        before, after = COMMANDS[name]
        commands[f"{name}, {book}"] = (*_PROGRAM, *before, str(folder), *after)
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            took[name].append(_processor(command))
    importing = took[IMPORTING]
    for name, seconds in took.items():
        ways = (statistics.median, min)
        ratios = (ratio(way(seconds), way(importing)) for way in ways)
        yield name, *ratios, *(f"{way(seconds):.2f}" for way in ways)


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
    with tempfile.TemporaryDirectory() as name:
        _measure({"without draws": write(Path(name), Size()), "the pilot": pilot_folder()}, chosen)


def _measure(books: Mapping[str, Path], chosen: Namespace) -> None:
    rounds = 1 if chosen.tiny else 3 if chosen.quick else 7
    count = 2 if chosen.tiny else 60 if chosen.quick else 400
    rows = [row for book, at in books.items() for row in beside_bare(book, *load(at), rounds)]
    print("", table(("the price alone open", *_BESIDE), rows), sep="\n")
    rows = [*cold(books, [*COMMANDS][:1] if chosen.tiny else [*COMMANDS], rounds)]
    ratios = (f"/ {IMPORTING}", "at the least", "seconds", "at the least")
    print("", table(("a process", *ratios), rows), sep="\n")
    print(f"\na million prices / 1,801 prices, `rules`: {of_ticks(rounds)}\n")
    rows = [row for book, at in books.items() for row in of_the_pilot(book, at, rounds)]
    rows += [of_random_requests(book, at, count) for book, at in books.items()]
    print(table(("milliseconds", "median", "nine in ten within", "most"), rows))


if __name__ == "__main__":
    main()
