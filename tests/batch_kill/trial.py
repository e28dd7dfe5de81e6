"""One trial: a batch, killed again and again, then left alone; its files must be the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.batch import requests, write_lines
from tests.support.places import ROOT

ENDINGS = (".jsonl", ".csv", ".parquet", ".jsonl.gz")
BAD = ('{"id": "bad"', '{"id": "worse", "profile": 1}')
MAXIMUM_KILLS = 3


@dataclass(frozen=True)
class Plan:
    """What is run: the request file, how many workers, and the format of the results."""

    requests: Path
    ending: str
    workers: int

    def arguments(self, folder: Path, *, resume: bool) -> list[str]:
        out, errors = folder / f"results{self.ending}", folder / "apart" / "errors.csv"
        options = ["--requests", str(self.requests), "--out", str(out), "--errors", str(errors)]
        options += ["--detail", "decision", "--workers", str(self.workers), "--quiet"]
        return [*options, "--resume"] if resume else options

    def start(
        self, folder: Path, moment: int = 0, *, before: bool = False, resume: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a run; a moment above 0 is its last."""
        (folder / "apart").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "tests.batch_kill.driver", str(moment), str(int(before))]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CP_PRICING_MOMENTS": str(folder / "moments"),
        }
        arguments = self.arguments(folder, resume=resume)
        return subprocess.Popen([*command, *arguments], cwd=ROOT, env=environment)


@dataclass(frozen=True)
class Reference:
    """An undisturbed run: its files, its seconds and the moments at which it could be killed."""

    files: dict[str, bytes]
    seconds: float
    moments: int


def files_in(folder: Path) -> dict[str, bytes]:
    """All files of a run by their path, whatever is left over among them."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "moments"
    }


def request_file(folder: Path, count: int) -> Path:
    """Requests, every hundredth or so of which cannot be read."""
    lines: list[object] = list(requests(count, seed=11))
    for place in range(37, count, 101):
        lines[place] = BAD[place % 2]
    return write_lines(folder / "asked.jsonl", lines)


def undisturbed(plan: Plan, folder: Path) -> Reference:
    folder.mkdir()
    start = time.monotonic()
    status = plan.start(folder).wait()
    seconds = time.monotonic() - start
    if status != 1:  # some rows failed, as they should
        raise SystemExit(f"the undisturbed run ended with status {status}")
    moments = int((folder / "moments").read_text(encoding="utf-8"))
    return Reference(files_in(folder), seconds, moments)


def trial(plan: Plan, reference: Reference, folder: Path, draw: random.Random) -> tuple[int, str]:
    """The number of kills, and what is wrong with the end (nothing, if all is well)."""
    folder.mkdir()
    kills = 0
    for attempt in range(draw.randint(1, MAXIMUM_KILLS)):
        kills += _killed(plan, reference, folder, draw, resume=attempt > 0)
    status = plan.start(folder, resume=True).wait()
    found = files_in(folder)
    shutil.rmtree(folder)
    if status != 1:
        return kills, f"the last run ended with status {status}"
    if found.keys() != reference.files.keys():
        return kills, f"there are other files: {sorted(found)}"
    wrong = [name for name, content in reference.files.items() if found[name] != content]
    return kills, f"other content: {wrong}" if wrong else ""


def _killed(
    plan: Plan, reference: Reference, folder: Path, draw: random.Random, *, resume: bool
) -> bool:
    """Run until the kill, at a moment of writing or at any time; tell whether it came in time."""
    if draw.random() < 0.5:
        # The last moments are those around the renames.
        late = reference.moments - draw.randrange(1, min(12, reference.moments))
        moment = late if draw.random() < 0.5 else draw.randint(1, reference.moments)
        process = plan.start(folder, moment, before=draw.random() < 0.5, resume=resume)
        return process.wait() == -signal.SIGKILL
    process = plan.start(folder, resume=resume)
    time.sleep(draw.uniform(0.2, 1.0) * reference.seconds)
    process.kill()
    return process.wait() == -signal.SIGKILL
