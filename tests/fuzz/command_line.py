"""The same cases through the command line, as a person would meet them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from cli.main import main
from tests.fuzz.books import FILES, write
from tests.fuzz.messages import Fault
from tests.fuzz.mutation import Case, case_of
from tests.fuzz.trial import FaultError, Outcome, guarded
from tests.support.places import ROOT

EVERY = 40  # of so many cases one goes through the command line ...
EVERY_PROCESS = 1000  # ... and one through a process of its own, whose start takes a second
STATUSES = frozenset((0, 3))  # decided, or unknown for want of time
BAD_INPUT = 2
_PLACE = re.compile(r"^.+:\d+:\d+: \S")


@dataclass(frozen=True)
class Ended:
    """How a run of the command line ended."""

    status: int
    stdout: str
    stderr: str


def command_line_outcome(seed: int, *, rates: bool = False) -> Outcome:
    """What became of a case on the command line, if it is one of the sample."""
    outcome = Outcome()
    runs = [in_this_process] * (seed % EVERY == 0) + [in_its_own] * (seed % EVERY_PROCESS == 0)
    for run in runs:
        outcome.faults += [(seed, fault) for fault in _faults(case_of(seed, rates=rates), run)]
        outcome.kinds[run.__name__.strip("_")] += 1
    return outcome


def in_this_process(arguments: list[str]) -> Ended:
    result = CliRunner().invoke(main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def in_its_own(arguments: list[str]) -> Ended:
    command = [sys.executable, "-c", "from cli.main import run; run()", *arguments]
    found = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120, check=False)
    return Ended(found.returncode, found.stdout.decode(), found.stderr.decode())


def _faults(case: Case, run: Callable[[list[str]], Ended]) -> Iterator[Fault]:
    form = case.rng.choice(("table", "json", "jsonl"))
    with TemporaryDirectory() as name:
        write(case.book, Path(name))
        arguments = ["solve", name, "--format", form, "--time-limit", "0.5"]
        try:
            ended = guarded("solve", partial(run, arguments))
        except FaultError as error:
            yield Fault(f"command line: {error.fault.kind}", error.fault.detail)
            return
    told = f"status {ended.status}\n{ended.stdout[:2000]}\n{ended.stderr[:4000]}"
    if "Traceback" in ended.stderr or ended.status not in STATUSES | {BAD_INPUT}:
        yield Fault("command line: crashed", told)
    elif ended.status == BAD_INPUT:
        yield from (Fault(f"command line: {what}", told) for what in _refusal_faults(ended, name))
    elif form != "table":
        yield from (Fault(f"command line: {what}", told) for what in _json_faults(ended, form))


def _refusal_faults(ended: Ended, folder: str) -> Iterator[str]:
    if ended.stdout:
        yield "something on standard output, though the book is refused"
    lines = [line for line in ended.stderr.splitlines() if line.startswith(folder)]
    if not lines or not all(_PLACE.match(line) for line in lines):
        yield "no place of a fault on standard error"
    if not any(line.startswith(str(Path(folder, name))) for line in lines for name in FILES):
        yield "no file named on standard error"


def _json_faults(ended: Ended, form: str) -> Iterator[str]:
    try:
        if form == "json":
            found = json.loads(ended.stdout)["results"]
        else:
            found = [json.loads(line) for line in ended.stdout.splitlines()]
    except (ValueError, KeyError):
        yield "standard output is not the JSON that was asked for"
        return
    unknown = any(result["decision"] == "unknown" for result in found)
    if not found or unknown != (ended.status == 3):
        yield "results that do not fit the exit status"
