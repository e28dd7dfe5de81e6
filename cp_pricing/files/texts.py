"""The text of authored files, or why there is none."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path

from constraints.text.nodes import SourceText
from constraints.text.source import InputError, Issue, Span, did_you_mean, normalised

CATALOG, PROFILES, POLICY = FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml")
REQUESTS = "tuning_requests.json"
TESTS = "policy_tests.yaml"


@dataclass
class Texts:
    """The texts of files by name, and the issues of those that could not be read.

    `shown` has the names by which people know the files.
    """

    texts: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, name: str) -> None:
        """Read a file, known here under a name of its own."""
        self.shown[name] = str(path)
        try:
            self.take(path.read_bytes(), name)
        except FileNotFoundError:
            near = did_you_mean(path.name, _beside(path))
            self.refuse(name, "file not found", near)
        except IsADirectoryError:
            self.refuse(name, "this is a folder, not a file")
        except OSError as error:
            self.refuse(name, f"the file cannot be read: {(error.strerror or 'unknown').lower()}")

    def take(self, content: bytes, name: str) -> None:
        """Take a file's content, which must be UTF-8."""
        try:
            self.texts[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            self.issues.append(_encoding_issue(content, error.start, name))

    def refuse(self, name: str, message: str, hint: str = "") -> None:
        """Note why a file cannot be read."""
        self.issues.append(Issue(Span(name, 1, 1, 1, 1), message, hint))


def text_of(path: Path) -> str:
    """The text of one file, known by its path; raises `InputError`."""
    texts, name = Texts(), str(path)
    texts.read(path, name)
    if texts.issues:
        raise InputError(texts.issues, texts.texts)
    return texts.texts[name]


def _beside(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir()]
    except OSError:
        return []


def _encoding_issue(content: bytes, start: int, name: str) -> Issue:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start, message = 0, "the file is UTF-16, not UTF-8"
    else:
        message = f"the byte 0x{content[start]:02X} is not UTF-8"
    before = content[:start].decode("utf-8")
    place = len(normalised(before))
    return SourceText(name, before).issue(place, place, message, "save the file as UTF-8")


def folder_issue(folder: Path) -> Issue | None:
    """Why a folder is none."""
    if folder.is_dir():
        return None
    message = "this is a file, not a folder" if folder.exists() else "folder not found"
    near = did_you_mean(folder.name, _beside(folder))
    return Issue(Span(str(folder), 1, 1, 1, 1), message, "" if folder.exists() else near)
