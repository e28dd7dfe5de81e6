"""The files of a batch: parts that only grow, a record of how far they count, and the end.

Lines are appended to part files in a folder beside the output. Now and then they are forced to
the disk, and only then a record says how long the parts are and how many requests they answer.
After a crash, whatever the parts have beyond the record is cut off and done again. The output
gets its name by one rename, when it is complete. What was read back from a disk is believed only
with its checksum: a part that is not as its record says, or a torn record, is refused.
"""

from __future__ import annotations

import gzip
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Self, cast

from cp_pricing.batch.output import ColumnType, OutputFormat, csv_header
from cp_pricing.batch.parquet import write_parquet
from cp_pricing.batch.private import PrivateFolder, close, opened_by_us, sync
from cp_pricing.batch.record import RECORD, Progress, Record, damaged, read_record, sum_of
from cp_pricing.batch.solving import Reply
from cp_pricing.files.writing import sync_folder
from cp_pricing.intake.sources import PACKED, format_named

COMMIT_SECONDS = 1.0
COMMIT_BYTES = 1 << 24
_COPIED = 1 << 20
_NEW_RECORD = "record.new"
# The record goes first: without it nothing counts.
NAMES = (RECORD, _NEW_RECORD, "results.part", "failures.part")


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be written: its format, and the columns of the table that it is made of."""

    path: Path
    format: OutputFormat
    columns: Mapping[str, ColumnType]

    def temporary(self, token: str) -> Path:
        """Where it is written before it gets its name, which nobody else can have chosen."""
        return self.path.with_name(f".{self.path.name}.{token}")

    @property
    def head(self) -> bytes:
        """What its part begins with."""
        return csv_header(self.columns) if self.format == "csv" else b""


def output_format(name: str) -> OutputFormat | None:
    """The format that results in a file of this name have; `None` if there is no such."""
    kind = format_named(name)
    return None if kind == "json" else kind


class Unfinished:
    """The folder of a batch that is not finished; it is for one process at a time."""

    def __init__(self, results: Target, failures: Target, *, keep_failures: bool) -> None:
        self.folder = folder_of(results.path)
        self.progress = Progress()
        self._private = PrivateFolder(self.folder, NAMES)
        self._targets = {"results": results, "failures": failures}
        self._keep_failures = keep_failures
        self._identity: dict[str, object] = {}
        self._token = token_hex(8)
        self._parts: dict[str, BinaryIO] = {}
        self._committed = time.monotonic()
        self._pending = 0
        self._failing = False

    def __enter__(self) -> Self:
        """Take the folder; raises `BusyError`, or `InputError` if it is somebody else's."""
        self._private.take()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it as it is; what is not recorded does not count."""
        self._close_parts()
        self._private.leave()

    def _close_parts(self) -> None:
        for part in self._parts.values():
            close(part)

    def recorded(self) -> Record | None:
        """Whose work is in the folder and how far it came; `None` if nothing is recorded.

        Raises `InputError` for a record that is damaged.
        """
        record = read_record(self.folder / RECORD)
        if record is not None:
            self._token = record.token
        return record

    def begin(self, identity: dict[str, object], progress: Progress | None) -> None:
        """Open the parts where the progress left them, or begin them anew.

        Raises `InputError` for parts that are not as they were left.
        """
        self._identity = identity
        self.progress = progress or Progress()
        for name, target in self._targets.items():
            self._parts[name] = part = opened_by_us(self._part(name))
            if progress is None:
                part.truncate(0)
                part.write(target.head)
            else:
                self._go_on(name, part)
        if progress is None:
            # Recorded before the first request, so that a run which dies early can be resumed.
            heads = [zlib.crc32(target.head) for target in self._targets.values()]
            self.progress = self._measured(Progress(), *heads)
            self.commit()

    def _go_on(self, name: str, part: BinaryIO) -> None:
        """Cut off what does not count, if the rest is what was recorded."""
        length = cast("int", getattr(self.progress, f"{name}_bytes"))
        if sum_of(self._part(name), length) != getattr(self.progress, f"{name}_sum"):
            raise damaged(self.folder, f"`{self._part(name).name}` in it is not as it was left")
        part.truncate(length)
        part.seek(length)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.part"

    def _measured(self, progress: Progress, results_sum: int, failures_sum: int) -> Progress:
        """The progress with the parts as long as they are now, and their sums."""
        results, failures = (self._parts[name].tell() for name in ("results", "failures"))
        return replace(
            progress,
            results_bytes=results,
            failures_bytes=failures,
            results_sum=results_sum,
            failures_sum=failures_sum,
        )

    def add(self, reply: Reply, seen: str) -> None:
        """Append what became of the next requests; recorded at the next commit."""
        with self._failing_for_good():
            self._parts["results"].write(reply.results)
            self._parts["failures"].write(reply.failures)
            self._pending += len(reply.results) + len(reply.failures)
            measured = self._measured(
                self.progress,
                zlib.crc32(reply.results, self.progress.results_sum),
                zlib.crc32(reply.failures, self.progress.failures_sum),
            )
            # In one step, since Ctrl-C may come between any two.
            self.progress = replace(
                measured,
                read=self.progress.read + reply.rows,
                decisions=self.progress.decisions + reply.decisions,
                seen=seen,
            )
        if time.monotonic() - self._committed > COMMIT_SECONDS or self._pending > COMMIT_BYTES:
            self.commit()

    @contextmanager
    def _failing_for_good(self) -> Iterator[None]:
        """Record nothing any more once the disk has failed.

        What an `fsync` failed to write may be forgotten by the time that the next one succeeds.
        """
        try:
            yield
        except (OSError, MemoryError):
            self._failing = True
            raise

    def commit(self) -> None:
        """Force the parts to the disk, then record how long they are; not once that has failed."""
        if self._failing:
            return
        with self._failing_for_good():
            for part in self._parts.values():
                sync(part)
            self._write_record()
        self._committed, self._pending = time.monotonic(), 0

    def _write_record(self) -> None:
        record = Record(self._identity, self.progress, self._token)
        temporary = self.folder / _NEW_RECORD
        with opened_by_us(temporary) as file:
            file.truncate(0)
            file.write(record.sealed())
            sync(file)
        temporary.replace(self.folder / RECORD)
        sync_folder(self.folder)

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
                _publish(self._part(name), target, target.temporary(self._token))

    def discard(self) -> None:
        """Remove what the batch made; that this fails is no fault of the results."""
        self._close_parts()
        self._private.remove()


def folder_of(out: Path) -> Path:
    """The folder in which an output is prepared."""
    return out.with_name(f"{out.name}.unfinished")


def _publish(part: Path, target: Target, temporary: Path) -> None:
    # From an earlier run that was stopped here; the token in its name says that it is ours.
    temporary.unlink(missing_ok=True)
    with opened_by_us(temporary, new=True) as raw:
        with _packed(raw, target.path.suffix) as file:
            if target.format == "parquet":
                write_parquet(part, file, target.columns)
            else:
                with part.open("rb") as lines:
                    shutil.copyfileobj(lines, file, _COPIED)
        sync(raw)
    if target.path.exists():
        shutil.copymode(target.path, temporary)
    temporary.replace(target.path)
    sync_folder(target.path.parent)


@contextmanager
def _packed(raw: BinaryIO, ending: str) -> Iterator[BinaryIO]:
    """What packs into a file as an ending says, and the same at any time."""
    if ending not in PACKED:
        yield raw
    elif ending == ".gz":
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            yield cast("BinaryIO", file)
    else:
        import zstandard  # noqa: PLC0415 - an extra; whether it is there is checked before

        with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as writer:
            yield cast("BinaryIO", writer)
