"""One trial: a batch whose disk fails, is resumed, fails again, and at last is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cp_pricing.batch import job as batches
from cp_pricing.batch.job import Engine, Job, Solving, run
from cp_pricing.batch.solving import BatchWork, Reply
from cp_pricing.batch.unfinished import folder_of
from cp_pricing.intake.rows import Row
from tests.batch_faults.disk import Kind, failing
from tests.support.batch import requests, write_lines
from tests.support.books import pilot

CHUNK = 3
ENDINGS = (".jsonl", ".csv", ".parquet", ".jsonl.gz", ".csv.zst")
Fault = tuple[int, Kind]


@dataclass
class Plan:
    """What is run, and what each chunk came to the first time: it is solved only once."""

    requests: Path
    ending: str
    replies: dict[tuple[int, ...], Reply] = field(default_factory=dict)

    def job(self, folder: Path, *, resume: bool) -> Job:
        errors = folder / "apart" / "errors.csv"
        out = folder / f"results{self.ending}"
        return Job(pilot(), str(self.requests), out, errors, "decision", resume=resume)

    def engine(self) -> Engine:
        @contextmanager
        def engine(work: BatchWork) -> Iterator[Solving]:
            solved = work.prepared()

            def answers(chunks: Iterable[Sequence[Row]]) -> Iterator[Reply]:
                for chunk in chunks:
                    key = tuple(row.number for row in chunk)
                    if key not in self.replies:
                        self.replies[key] = solved(chunk)
                    yield self.replies[key]

            yield answers

        return engine


def plan_of(folder: Path, ending: str, count: int = 10) -> Plan:
    lines: list[object] = [*requests(count, seed=11), '{"id": "bad"']
    return Plan(write_lines(folder / "asked.jsonl", lines), ending)


def attempt(plan: Plan, folder: Path, at: Fault, *, resume: bool) -> tuple[bool, bool, int]:
    """Whether the batch was completed, whether the disk failed, and how often it could have."""
    batches.CHUNK_ROWS["decision"], usual = CHUNK, batches.CHUNK_ROWS["decision"]
    job = plan.job(folder, resume=resume)
    try:
        with failing(*at) as disk:
            try:
                run(job, plan.engine())
            except (OSError, MemoryError):
                return False, disk.has_failed, disk.count
            return True, disk.has_failed, disk.count
    finally:
        batches.CHUNK_ROWS["decision"] = usual


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def undisturbed(plan: Plan, folder: Path) -> tuple[dict[str, bytes], int]:
    """The files of a batch that is left alone, and the moments at which it could fail."""
    (folder / "apart").mkdir(parents=True)
    completed, failed, moments = attempt(plan, folder, (0, "full"), resume=False)
    assert completed
    assert not failed
    return files_in(folder), moments


def trial(plan: Plan, expected: dict[str, bytes], folder: Path, faults: Sequence[Fault]) -> str:
    """What is wrong with the end of a batch that has met some faults; nothing, if all is well."""
    (folder / "apart").mkdir(parents=True)
    try:
        for place, at in enumerate((*faults, (0, "full"))):
            completed, failed, _ = attempt(plan, folder, at, resume=place > 0)
            if completed:
                return _difference(plan, expected, folder)
            if not failed:
                return "it ended though nothing failed"
        return "it was never completed"
    finally:
        shutil.rmtree(folder)


def _difference(plan: Plan, expected: dict[str, bytes], folder: Path) -> str:
    """What a completed batch has left that an undisturbed one has not.

    What could not be removed in the end may be left in its folder.
    """
    found = files_in(folder)
    left = folder_of(Path(f"results{plan.ending}")).as_posix()
    kept = {name: content for name, content in found.items() if not name.startswith(left)}
    if kept.keys() != expected.keys():
        return f"other files: {sorted(kept)}"
    wrong = [name for name, content in expected.items() if kept[name] != content]
    return f"other content: {wrong}" if wrong else ""
