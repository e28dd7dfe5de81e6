"""Where a batch's requests come from: files, folders, patterns and standard input, unpacked."""

from __future__ import annotations

import codecs
import glob
import gzip
import io
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, TypeAlias, cast

from constraints.text.source import InputError, Issue, Span, did_you_mean
from cp_pricing.files.reading import UnreadableError, beside, check_file, is_there
from cp_pricing.intake.json_elements import wraps_requests

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressor as Unpacker

STANDARD_INPUT = "-"
TABLES_HINT = "install what reads it: pip install 'cp-pricing[tables]'"

Format: TypeAlias = Literal["json", "jsonl", "csv", "parquet"]
ENDINGS: dict[str, Format] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
PACKED = (".gz", ".zst")

_GZIP, _ZSTANDARD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_ENOUGH = 4096
_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A file of requests, or standard input where `path` is `None`; `name` is for people."""

    name: str
    path: Path | None = None

    @property
    def size(self) -> int | None:
        """The bytes of the file as it lies there; `None` if that cannot be known."""
        return self.path.stat().st_size if self.path is not None else None

    def digest(self) -> str | None:
        """What identifies the content; `None` for standard input, which can be read only once."""
        if self.path is None:
            return None
        with self.path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()


class Meter(Protocol):
    """Tells how many bytes of a file, as it lies there, have been read."""

    def tell(self) -> int:
        """Return the number of bytes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An open source: its unpacked bytes, its format, and how far it has been read."""

    file: io.BufferedReader
    format: Format
    meter: Meter


def sources_of(given: str) -> tuple[Source, ...]:
    """The files that a path, a folder, a pattern or `-` names, in order of their names.

    Raises `InputError` where there are none.
    """
    if given == STANDARD_INPUT:
        return (Source("standard input"),)
    if "\0" in given:
        raise refused(given, "a file's name has no character NUL in it")
    path = Path(given)
    is_named = is_there(path)
    if is_named and path.is_dir():
        return _all_of(given, sorted(path.iterdir()), "the folder has no file of requests")
    if is_named and path.is_file():
        return (Source(given, path),)
    if is_named:
        raise refused(given, "this is no file", "write `-` to read from a pipe")
    if glob.has_magic(given):
        names = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 - patterns may be absolute
        found = [Path(name) for name in names]
        return _all_of(given, found, "no file of requests has such a name", every=True)
    raise refused(given, "file not found", did_you_mean(path.name, beside(path)))


def own_source(path: Path, roots: tuple[Path, ...]) -> tuple[Source, ...]:
    """A file that nobody has named, which has to be in one of the roots; raises `InputError`."""
    try:
        check_file(path, roots)
    except UnreadableError as error:
        raise refused(str(path), error.message, error.hint) from None
    return (Source(str(path), path),)


def _all_of(
    given: str, paths: Sequence[Path], fault: str, *, every: bool = False
) -> tuple[Source, ...]:
    """The files among some paths; of a folder only those whose ending is known."""
    found = [
        path
        for path in paths
        if path.is_file() and (every or (format_named(path.name) and path.name[0] != "."))
    ]
    if not found:
        raise refused(given, fault, f"files that end in {', '.join(ENDINGS)} are read")
    return tuple(Source(str(path), path) for path in found)


def refused(name: str, message: str, hint: str = "") -> InputError:
    """What says of a file, named for people, why nothing can be done with it."""
    return InputError([Issue(Span(name, 1, 1, 1, 1), message, hint)])


def format_named(name: str) -> Format | None:
    """The format that a file's name tells, a packed one's by the ending before the last."""
    for ending in PACKED:
        name = name.removesuffix(ending)
    return ENDINGS.get(Path(name).suffix.lower())


@contextmanager
def opened(source: Source) -> Iterator[Stream]:
    """The source's bytes, unpacked; raises `InputError` if that takes what is not installed."""
    with ExitStack() as stack:
        if source.path is None:
            raw = _standard_input()
            meter: Meter = _Unmetered()
        else:
            raw = stack.enter_context(source.path.open("rb"))
            meter = raw
        file = _unpacked(raw, source.name)
        kind = format_named(source.name) or _format_seen(file.peek(_ENOUGH))
        if kind == "parquet" and (source.path is None or file is not raw):
            # The end of a Parquet file has to be read before its beginning.
            file = stack.enter_context(_spooled(file))
        yield Stream(file, kind, meter)


def _standard_input() -> io.BufferedReader:
    if sys.stdin is None:
        raise refused("standard input", "it is closed")
    return cast("io.BufferedReader", sys.stdin.buffer)


class _Unmetered:
    def tell(self) -> int:
        return 0


def _unpacked(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    head = raw.peek(_ENOUGH)
    if head.startswith(_GZIP):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw))
    if not head.startswith(_ZSTANDARD):
        return raw
    try:
        import zstandard  # noqa: PLC0415 - an extra
    except ImportError:
        raise refused(name, "zstd-compressed files cannot be read here", TABLES_HINT) from None
    return io.BufferedReader(_Zstandard(raw, zstandard.ZstdDecompressor()))


class _Zstandard(io.RawIOBase):
    """The unpacked bytes of frames; the library's own reader takes a cut-off file for a whole."""

    def __init__(self, packed: io.BufferedReader, unpacker: Unpacker) -> None:
        self._packed = packed
        self._unpacker = unpacker
        self._frame = unpacker.decompressobj()
        self._given = False
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a part of the buffer; raises `EOFError` in the middle of a frame."""
        while not self._waiting:
            if not self._unpack():
                return 0
        view = memoryview(buffer)
        count = min(len(view), len(self._waiting))
        view[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    def _unpack(self) -> bool:
        """Unpack some more; false at the end."""
        # A file may hold several frames: what is behind the end of one begins the next.
        block = self._frame.unused_data if self._frame.eof else b""
        block = block or self._packed.read(_ENOUGH)
        if not block:
            if self._given and not self._frame.eof:
                raise EOFError("it ends in the middle")
            return False
        if self._frame.eof:
            self._frame = self._unpacker.decompressobj()
        self._given = True
        self._waiting = memoryview(self._frame.decompress(block))
        return True


def damage() -> tuple[type[Exception], ...]:
    """What reading a damaged packed file raises."""
    try:
        import zstandard  # noqa: PLC0415 - an extra
    except ImportError:
        return (EOFError, gzip.BadGzipFile, zlib.error)
    return (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)


def _format_seen(head: bytes) -> Format:
    if head.startswith(_PARQUET):
        return "parquet"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"["):
        return "json"
    if text.startswith(b"{"):
        return "json" if wraps_requests(text) else "jsonl"
    return "csv"


def foreign_encoding(stream: Stream) -> str:
    """Why a file of text is not UTF-8, if its first bytes tell; else nothing."""
    head = b"" if stream.format == "parquet" else stream.file.peek(_ENOUGH)[:_MARK_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "the file is UTF-16, not UTF-8"
    return "the file is not UTF-8 (it may be UTF-16)" if b"\0" in head else ""


@contextmanager
def _spooled(file: io.BufferedReader) -> Iterator[io.BufferedReader]:
    with tempfile.TemporaryFile() as copy:
        while block := file.read(1 << 20):
            copy.write(block)
        copy.seek(0)
        yield cast("io.BufferedReader", cast("BinaryIO", copy))
