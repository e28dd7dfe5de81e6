"""The files of a batch: parts that only grow, a record of how far they count, and the end.

Lines are appended to part files in a folder beside the output. Now and then they are forced to
the disk, and only then a record says how long the parts are and how many requests they answer.
After a crash, whatever the parts have beyond the record is cut off and done again. The output
gets its name by one rename, when it is complete.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import BinaryIO, Self, cast

from cp_pricing.batch.output import ColumnType, OutputFormat, csv_header
from cp_pricing.batch.parquet import write_parquet
from cp_pricing.batch.solving import Reply
from cp_pricing.intake.sources import PACKED, format_named

COMMIT_SECONDS = 1.0
COMMIT_BYTES = 1 << 24
_RECORD_VERSION = 1
_COPIED = 1 << 20


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be written: its format, and the columns of the table that it is made of."""

    path: Path
    format: OutputFormat
    columns: Mapping[str, ColumnType]

    @property
    def temporary(self) -> Path:
        """Where it is written before it gets its name."""
        return self.path.with_name(f".{self.path.name}.unfinished")

    @property
    def head(self) -> bytes:
        """What its part begins with."""
        return csv_header(self.columns) if self.format == "csv" else b""


def output_format(name: str) -> OutputFormat | None:
    """The format that results in a file of this name have; `None` if there is no such."""
    found = format_named(name)
    return None if found == "json" else found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come: the requests read, and what became of them."""

    read: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    results_bytes: int = 0
    failures_bytes: int = 0
    seen: str = ""
    """What identifies the requests read so far; only kept for standard input."""
    complete: bool = False

    @property
    def decided(self) -> int:
        """The requests with a result, `unknown` ones among them."""
        return self.decisions.total()

    @property
    def failed(self) -> int:
        """The requests that are with the errors."""
        return self.read - self.decided


class Unfinished:
    """The folder of a batch that is not finished; it is for one process at a time."""

    def __init__(self, results: Target, failures: Target, *, keep_failures: bool) -> None:
        self.folder = folder_of(results.path)
        self.progress = Progress()
        self._targets = {"results": results, "failures": failures}
        self._keep_failures = keep_failures
        self._record = self.folder / "record.json"
        self._identity: dict[str, object] = {}
        self._parts: dict[str, BinaryIO] = {}
        self._stack = ExitStack()
        self._committed = time.monotonic()
        self._pending = 0

    def __enter__(self) -> Self:
        """Take the folder."""
        self.folder.mkdir(exist_ok=True)
        self._stack.enter_context(_locked(self.folder / "lock"))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it as it is; what is not recorded does not count."""
        self._stack.close()

    def recorded(self) -> tuple[dict[str, object], Progress] | None:
        """Whose work is in the folder and how far it came; `None` if nothing is recorded."""
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        if record.pop("version") != _RECORD_VERSION:
            return {}, Progress()
        progress = record["progress"]
        decisions = Counter(progress.pop("decisions"))
        return record["identity"], Progress(**progress, decisions=decisions)

    def begin(self, identity: dict[str, object], progress: Progress | None) -> None:
        """Open the parts where the progress left them, or begin them anew."""
        self._identity = identity
        self.progress = progress or Progress()
        for name, target in self._targets.items():
            part = self._stack.enter_context(self._opened(name, anew=progress is None))
            self._parts[name] = part
            if progress is None:
                part.write(target.head)
        if progress is None:
            self.progress = self._measured(Progress())
            self.commit()

    def _opened(self, name: str, *, anew: bool) -> BinaryIO:
        path = self._part(name)
        part = path.open("wb" if anew else "r+b")
        if not anew:
            length = cast("int", getattr(self.progress, f"{name}_bytes"))
            part.truncate(length)
            part.seek(length)
        return part

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.part"

    def _measured(self, progress: Progress) -> Progress:
        """The progress with the parts as long as they are now."""
        results, failures = (self._parts[name].tell() for name in ("results", "failures"))
        return replace(progress, results_bytes=results, failures_bytes=failures)

    def add(self, reply: Reply, seen: str) -> None:
        """Append what became of the next requests; recorded at the next commit."""
        self._parts["results"].write(reply.results)
        self._parts["failures"].write(reply.failures)
        self._pending += len(reply.results) + len(reply.failures)
        # In one step, since Ctrl-C may come between any two.
        self.progress = replace(
            self._measured(self.progress),
            read=self.progress.read + reply.rows,
            decisions=self.progress.decisions + reply.decisions,
            seen=seen,
        )
        if time.monotonic() - self._committed > COMMIT_SECONDS or self._pending > COMMIT_BYTES:
            self.commit()

    def commit(self) -> None:
        """Force the parts to the disk, then record how long they are."""
        for part in self._parts.values():
            part.flush()
            os.fsync(part.fileno())
        record = {
            "version": _RECORD_VERSION,
            "identity": self._identity,
            "progress": {
                part.name: getattr(self.progress, part.name) for part in fields(self.progress)
            },
        }
        temporary = self._record.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._record)
        _sync_folder(self.folder)
        self._committed, self._pending = time.monotonic(), 0

    def first_failures(self, count: int) -> list[bytes]:
        """The first lines of the failures' part, without its head."""
        with self._part("failures").open("rb") as part:
            part.seek(len(self._targets["failures"].head))
            return [line for _, line in zip(range(count), part, strict=False)]

    def publish(self) -> None:
        """Give the files their names; done again from the start if it is interrupted."""
        self.progress = replace(self.progress, complete=True)
        self.commit()
        for name, target in self._targets.items():
            if name == "results" or self._keep_failures:
                _publish(self._part(name), target)

    def discard(self) -> None:
        """Remove the folder; the record first, since without it nothing counts."""
        self._record.unlink(missing_ok=True)
        self._stack.close()
        shutil.rmtree(self.folder)


def folder_of(out: Path) -> Path:
    """The folder in which an output is prepared."""
    return out.with_name(f"{out.name}.unfinished")


class BusyError(Exception):
    """Another process is at work on the same output."""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends; Windows has none of this kind."""
    with path.open("wb") as file:
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415 - not there on Windows

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(str(path.parent)) from None
        yield


def _publish(part: Path, target: Target) -> None:
    temporary = target.temporary
    temporary.unlink(missing_ok=True)
    with _packed(temporary, target.path.suffix) as file:
        if target.format == "parquet":
            write_parquet(part, file, target.columns)
        else:
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, file, _COPIED)
    temporary.replace(target.path)
    _sync_folder(target.path.parent)


@contextmanager
def _packed(path: Path, ending: str) -> Iterator[BinaryIO]:
    """A new file, packed as its ending says and the same at any time; on the disk when closed."""
    with path.open("wb") as raw:
        if ending not in PACKED:
            yield raw
        elif ending == ".gz":
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
                yield cast("BinaryIO", file)
        else:
            import zstandard  # noqa: PLC0415 - an extra; whether it is there is checked before

            with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as writer:
                yield cast("BinaryIO", writer)
        raw.flush()
        os.fsync(raw.fileno())


def _sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where a system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
