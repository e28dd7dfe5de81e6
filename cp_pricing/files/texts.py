"""The text of authored files, or why there is none."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from constraints.text.nodes import SourceText
from constraints.text.source import InputError, Issue, Span, did_you_mean, normalised
from cp_pricing.files.reading import (
    UnreadableError,
    beside,
    content_of,
    content_of_stream,
    is_there,
)

CATALOG, PROFILES, POLICY = FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml")
REQUESTS = "tuning_requests.json"
TESTS = "policy_tests.yaml"


@dataclass
class Texts:
    """The texts of files by name, and the issues of those that could not be read.

    `shown` has the names by which people know the files. `roots` are the folders that they are in;
    only what the user has named may be anywhere.
    """

    texts: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    roots: tuple[Path, ...] = ()

    def read(self, path: Path, name: str) -> None:
        """Read a file of the roots, known here under a name of its own."""
        self._take(name, str(path), lambda: content_of(path, self.roots))

    def read_named(self, path: Path, name: str) -> None:
        """Read a file that the user has named, wherever it is."""
        self._take(name, str(path), lambda: content_of(path))

    def read_stream(self, stream: BinaryIO, name: str) -> None:
        """Read standard input."""
        self._take(name, "standard input", lambda: content_of_stream(stream))

    def _take(self, name: str, shown: str, read: Callable[[], bytes]) -> None:
        """Take a content, which must be UTF-8."""
        self.shown[name] = shown
        try:
            self.texts[name] = read().decode("utf-8")
        except UnreadableError as error:
            self.refuse(name, error.message, error.hint)
        except UnicodeDecodeError as error:
            self.issues.append(_encoding_issue(error.object, error.start, name))

    def refuse(self, name: str, message: str, hint: str = "") -> None:
        """Note why a file cannot be read."""
        self.issues.append(Issue(Span(name, 1, 1, 1, 1), message, hint))


def text_of(path: Path, roots: tuple[Path, ...] = ()) -> str:
    """The text of one file, known by its path, in one of the roots; raises `InputError`."""
    texts, name = Texts(roots=roots), str(path)
    texts.read(path, name)
    if texts.issues:
        raise InputError(texts.issues, texts.texts)
    return texts.texts[name]


def _encoding_issue(content: bytes, start: int, name: str) -> Issue:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # Such a file is wrong as a whole, and not only from its first odd byte on.
        start, message = 0, "the file is UTF-16, not UTF-8"
    else:
        message = f"the byte 0x{content[start]:02X} is not UTF-8"
    before = content[:start].decode("utf-8")
    place = len(normalised(before))
    return SourceText(name, before).issue(place, place, message, "save the file as UTF-8")


def folder_issue(folder: Path) -> Issue | None:
    """Why a folder is none."""
    is_file = is_there(folder)
    if is_file and folder.is_dir():
        return None
    message = "this is a file, not a folder" if is_file else "folder not found"
    near = did_you_mean(folder.name, beside(folder))
    return Issue(Span(str(folder), 1, 1, 1, 1), message, "" if is_file else near)
