"""The record of an unfinished batch: how far it has come, believed only with its checksum."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from constraints.text.source import InputError
from cp_pricing.intake.sources import refused

RECORD = "record.json"
_VERSION = 2
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come: the requests read, and what became of them."""

    read: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    results_bytes: int = 0
    failures_bytes: int = 0
    results_sum: int = 0
    failures_sum: int = 0
    """The CRC-32 of each part, as far as it counts."""
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


class Record(NamedTuple):
    """Whose work it is, how far it came, and the token in the names of its temporary files."""

    identity: dict[str, object]
    progress: Progress
    token: str

    def sealed(self) -> bytes:
        """The record as it is written."""
        shown = {part.name: getattr(self.progress, part.name) for part in fields(self.progress)}
        return _sealed({"version": _VERSION, **self._asdict(), "progress": shown})


def _sealed(record: Mapping[str, object]) -> bytes:
    """A record as it is written: with the checksum of what it says."""
    text = json.dumps(record)
    return f'{{"checksum": "{sha256(text.encode()).hexdigest()}", {text[1:]}'.encode()


def read_record(path: Path) -> Record | None:
    """What a record says, `None` without one; raises `InputError` if it cannot be believed."""
    try:
        content = path.read_bytes()
        record: dict[str, Any] = json.loads(content)
        record.pop("checksum")
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        content, record = b"", {}
    if content != _sealed(record):
        raise damaged(path.parent, f"`{path.name}` in it is damaged")
    if record["version"] != _VERSION:
        raise damaged(path.parent, "another version of cp-pricing began it")
    progress = record["progress"]
    decisions = Counter(progress.pop("decisions"))
    return Record(record["identity"], Progress(**progress, decisions=decisions), record["token"])


def damaged(folder: Path, reason: str) -> InputError:
    """What says of a folder why nobody can go on with what is in it."""
    return refused(str(folder), f"cannot be resumed: {reason}", "delete it to begin anew")


def sum_of(path: Path, length: int) -> int | None:
    """The CRC-32 of a file's first bytes; `None` if it has not as many."""
    total = 0
    with path.open("rb") as file:
        while length and (block := file.read(min(length, _BLOCK))):
            total = zlib.crc32(block, total)
            length -= len(block)
    return None if length else total
