"""A batch: requests of any number from files, answered in order, safe to interrupt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from constraints.cpsat.solving import version as solver_version
from constraints.text.source import InputError, Issue, Span, did_you_mean
from constraints.text.spoken import DecimalMark
from cp_pricing.batch.output import FAILURE_COLUMNS, ColumnType, result_columns
from cp_pricing.batch.parquet import lacking
from cp_pricing.batch.private import LOCK
from cp_pricing.batch.record import Progress
from cp_pricing.batch.solving import BatchWork, Reply
from cp_pricing.batch.unfinished import NAMES, Target, Unfinished, folder_of, output_format
from cp_pricing.book.price_book import PriceBook
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.files.clashes import refuse_clashes
from cp_pricing.files.reading import reason
from cp_pricing.files.texts import REQUESTS
from cp_pricing.intake.rows import Reader, Row
from cp_pricing.intake.sources import ENDINGS, TABLES_HINT, Source, own_source, refused, sources_of
from cp_pricing.workers import Pool, here

# A chunk is what may be done twice if a worker dies; it should take some tenths of a second.
CHUNK_ROWS: dict[Detail, int] = {"decision": 100, "rules": 25, "full": 2}

Solving: TypeAlias = Callable[[Iterable[Sequence[Row]]], Iterator[Reply]]
Engine: TypeAlias = Callable[[BatchWork], AbstractContextManager[Solving]]


@dataclass(frozen=True)
class Job:
    """What is to be done; raises `InputError` for files that it cannot be done with."""

    price_book: PriceBook
    requests: str | None
    """A path, a folder, a pattern or `-`; by default the requests of the price book."""
    out: Path
    errors: Path | None = None
    detail: Detail = "rules"
    time_limit: float = 30.0
    resume: bool = False
    plain_csv: bool = False
    decimal: DecimalMark | None = None
    """What CSV requests have before decimals; by default a point, if it leaves no doubt."""
    sources: tuple[Source, ...] = field(init=False)
    results: Target = field(init=False)
    failures: Target = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "results", _target(self.out, result_columns(self.price_book.catalog))
        )
        errors = self.errors or self.out.with_name("errors.jsonl")
        object.__setattr__(self, "failures", _target(errors, FAILURE_COLUMNS))
        _refuse_unnameable(folder_of(self.out), self.out)
        object.__setattr__(self, "sources", self._sources())
        refuse_clashes(self.written, self.read)

    def _sources(self) -> tuple[Source, ...]:
        if self.requests is not None:
            return sources_of(self.requests)
        return own_source(Path(self.price_book.folder or "", REQUESTS), self.price_book.roots)

    @property
    def written(self) -> list[Path]:
        """The files that the job makes."""
        kept = [self.out] if self.errors is None else [self.out, self.errors]
        return [*kept, *(folder_of(self.out) / name for name in (*NAMES, LOCK))]

    @property
    def read(self) -> list[Path]:
        """The files that have to stay as they are."""
        return [*self.price_book.files, *(s.path for s in self.sources if s.path is not None)]

    @property
    def work(self) -> BatchWork:
        """What its workers do."""
        return BatchWork(
            self.price_book,
            self.detail,
            self.time_limit,
            self.results.format,
            self.failures.format,
            self.plain_csv,
            self.decimal,
        )

    def identity(self) -> dict[str, object]:
        """What has to be the same for a run to be resumed, by the words for it."""
        files = {source.name: source.digest() for source in self.sources}
        return {
            "the price book": self.price_book.digest,
            "the option --detail": self.detail,
            "the option --time-limit": self.time_limit,
            "the format of --errors": self.failures.format,
            "the option --plain-csv": self.plain_csv,
            "the option --decimal": self.decimal or "none",
            "the version of cp-pricing": version("cp-pricing"),
            "the version of ortools": solver_version(),
            "the list of request files": list(files),
            **{f"the request file `{name}`": digest for name, digest in files.items()},
        }


def _target(path: Path, columns: dict[str, ColumnType]) -> Target:
    kind = output_format(path.name)
    if kind is None:
        endings = [ending for ending in ENDINGS if ending != ".json"]
        hint = did_you_mean(path.suffix, endings) or "write `.jsonl`, `.csv` or `.parquet`"
        raise refused(str(path), f"the ending `{path.suffix}` tells no format of results", hint)
    if missing := [name for ending in path.suffixes if (name := lacking(ending))]:
        raise refused(str(path), f"writing this takes `{missing[0]}`", TABLES_HINT)
    if "\0" in str(path):
        raise refused(str(path), "a file's name has no character NUL in it")
    _refuse_unnameable(path, path)
    if path.exists() and not path.is_file():
        raise refused(str(path), "this is no file that can be replaced")
    if not path.parent.is_dir():
        raise refused(str(path), f"there is no folder `{path.parent}`")
    return Target(path, kind, columns)


def _refuse_unnameable(path: Path, told: Path) -> None:
    """Refuse a name that the system cannot give to a file, before anything is done."""
    try:
        path.exists()
    except OSError as error:
        raise refused(str(told), f"this cannot be written: {reason(error)}") from None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a batch ended: its counts, and where it was resumed, if it was."""

    progress: Progress
    resumed_at: int | None
    first_failures: list[bytes]


# Told after every chunk: how far it is, and the bytes of the request files that have been read.
Watch: TypeAlias = Callable[[Progress, int], None]


def run(job: Job, engine: Engine, watch: Watch | None = None, *, shown: int = 10) -> Ended:
    """Do a job, or go on with it; raises `InputError` if it cannot be resumed.

    `shown` failures come back with the outcome, for those who keep no file of them.
    """
    identity = job.identity()
    with Unfinished(job.results, job.failures, keep_failures=job.errors is not None) as folder:
        before = _resumable(job, folder, identity)
        folder.begin(identity, before)
        resumed_at = before.read if before else None
        if not folder.progress.complete:
            try:
                _solve_all(job, engine, folder, watch)
            finally:
                # Also at Ctrl-C: what is done is done.
                folder.commit()
        failures = folder.first_failures(shown)
        folder.publish()
        folder.discard()
    return Ended(folder.progress, resumed_at, failures)


def _resumable(job: Job, folder: Unfinished, identity: dict[str, object]) -> Progress | None:
    """The progress to go on from; raises `InputError` where that would mix two jobs."""
    recorded = folder.recorded()
    if recorded is None:
        return None
    if not job.resume:
        hint = f"go on with --resume, or delete `{folder_of(job.out)}` to begin anew"
        raise refused(str(job.out), "an interrupted run of this output has not been finished", hint)
    issues = [
        Issue(Span(str(job.out), 1, 1, 1, 1), f"cannot be resumed: {reason}", hint)
        for reason, hint in _changes(recorded.identity, identity, folder_of(job.out))
    ]
    if issues:
        raise InputError(issues)
    return recorded.progress


def _changes(
    then: dict[str, object], now: dict[str, object], folder: Path
) -> Iterator[tuple[str, str]]:
    """What is not as it was when the run began."""
    hint = f"put it back as it was, or delete `{folder}` to begin anew"
    for name in {**then, **now}:
        # What JSON makes of a value, so that both went the same way.
        before, after = (json.loads(json.dumps(part.get(name))) for part in (then, now))
        if before != after:
            told = f" from `{before}` to `{after}`" if name.startswith("the option") else ""
            yield f"{name} has changed{told}", hint


def _solve_all(job: Job, engine: Engine, folder: Unfinished, watch: Watch | None) -> None:
    reader = Reader(job.sources)
    rows = _Seen(reader.rows(), keep=any(source.path is None for source in job.sources))
    for _ in islice(rows, folder.progress.read):
        pass
    # Files are known by their digests; of a pipe only what has been taken from it can tell.
    if rows.digest() != folder.progress.seen and folder.progress.read:
        message = "cannot be resumed: standard input does not begin with the same requests"
        raise refused(str(job.out), message)
    marks: list[str] = []
    size = CHUNK_ROWS[job.detail]

    def chunks() -> Iterator[list[Row]]:
        while chunk := list(islice(rows, size)):
            # Workers are ahead of what is written: each reply needs the mark of its own chunk.
            marks.append(rows.digest())
            yield chunk

    with engine(job.work) as solving:
        for reply in solving(chunks()):
            folder.add(reply, marks.pop(0))
            if watch is not None:
                watch(folder.progress, reader.bytes_read)


class _Seen:
    """Rows, and what identifies those that have been taken; kept only where it is needed."""

    def __init__(self, rows: Iterator[Row], *, keep: bool) -> None:
        self._rows = rows
        self._sum = hashlib.sha256() if keep else None

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = next(self._rows)
        if self._sum is not None:
            self._sum.update(repr(row).encode())
        return row

    def digest(self) -> str:
        return self._sum.hexdigest() if self._sum is not None else ""


def local(workers: int) -> Engine:
    """Workers on this machine, each a process of its own; 0 for none beside this process."""

    @contextmanager
    def engine(work: BatchWork) -> Iterator[Solving]:
        if not workers:
            yield lambda chunks: here(work, chunks)
            return
        with Pool(work, workers) as pool:
            yield pool.answers

    return engine
