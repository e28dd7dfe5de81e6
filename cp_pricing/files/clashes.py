"""Files that would be written over others, by whatever name or link."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from constraints.text.source import InputError, Issue, Span
from cp_pricing.files.reading import is_there


def refuse_clashes(written: Sequence[Path], read: Iterable[Path]) -> None:
    """Raise `InputError` if a file to be written is one that is read, or is written twice."""
    # Gone through for each file to be written.
    read = list(read)
    issues = []
    for place, path in enumerate(written):
        if other := _one_that_is(path, read):
            issues.append(_issue(path, f"this would overwrite `{other}`, which is read"))
        elif other := _one_that_is(path, written[:place]):
            issues.append(_issue(path, f"`{other}` would be written twice"))
    if issues:
        raise InputError(issues)


def _issue(path: Path, message: str) -> Issue:
    return Issue(Span(str(path), 1, 1, 1, 1), message, "name another file")


def _one_that_is(path: Path, others: Iterable[Path]) -> Path | None:
    return next((other for other in others if same_file(path, other)), None)


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file, or would if there were one.

    Where neither exists, nothing tells whether a file system minds the case of names: it might not.
    """
    there = [is_there(one), is_there(other)]
    if all(there):
        return one.samefile(other)
    if any(there):
        return False
    # The names at the ends of links, which point to what is not there yet.
    ends = [Path(os.path.realpath(path)) for path in (one, other)]
    return _folded(ends[0].name) == _folded(ends[1].name) and (
        ends[0].parent == ends[1].parent or same_file(ends[0].parent, ends[1].parent)
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
