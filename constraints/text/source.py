"""Places in authored files, and what is wrong there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

# Wide enough for any line that a person writes; a file may also be one line of a megabyte.
MAXIMUM_EXCERPT = 120
# What a user wrote is quoted in a message up to so many characters.
MAXIMUM_QUOTED = 60
NEAR = 0.68
# Letters of words of fewer letters than these are swapped, or alike at both ends, by chance.
_SWAPS_TELL, _ENDS_TELL = 3, 4
_SWAPPED, _ENDS_ALIKE = 0.95, 0.03


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file: lines and columns count characters from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault (or a warning) at a place in a file, and what to do about it."""

    span: Span
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __post_init__(self) -> None:
        """Cut what message and hint quote, if it is long: this one place is on every way out."""
        if len(self.message) > MAXIMUM_QUOTED:
            object.__setattr__(self, "message", _with_short_quotes(self.message))
        if len(self.hint) > MAXIMUM_QUOTED:
            object.__setattr__(self, "hint", _with_short_quotes(self.hint))

    @property
    def file(self) -> str:
        """The file's name."""
        return self.span.file

    @property
    def line(self) -> int:
        """The first line, counted from 1."""
        return self.span.line

    @property
    def column(self) -> int:
        """The first column, counted from 1."""
        return self.span.column

    def renamed(self, names: Mapping[str, str]) -> Issue:
        """The same issue with another name for its file, if `names` has one."""
        return replace(self, span=replace(self.span, file=names.get(self.file, self.file)))

    def __str__(self) -> str:
        """One line: `file:line:column: message`."""
        warning = "warning: " if self.severity == "warning" else ""
        return printable(f"{self.file}:{self.line}:{self.column}: {warning}{self.message}")


def clipped(text: str) -> str:
    """The text, cut with an ellipsis if it is longer than what messages quote."""
    return text if len(text) <= MAXIMUM_QUOTED else f"{text[:MAXIMUM_QUOTED]}…"


def _with_short_quotes(text: str) -> str:
    return re.sub(r"`([^`]+)`", lambda quote: f"`{clipped(quote[1])}`", text)


class InputError(Exception):
    """Authored files with faults: all of them, in the order of the files' text.

    `sources` maps each file's name to its text, where there is one.
    """

    def __init__(self, issues: Iterable[Issue], sources: Mapping[str, str] | None = None) -> None:
        self.issues: tuple[Issue, ...] = tuple(sorted(set(issues), key=_place))
        self.sources: Mapping[str, str] = dict(sources or {})
        super().__init__(self.issues, self.sources)

    def __str__(self) -> str:
        """One line for each fault."""
        return "\n".join(map(str, self.issues))

    def renamed(self, names: Mapping[str, str]) -> InputError:
        """The same faults with other names for the files: `names` maps old ones to new ones."""
        issues = (issue.renamed(names) for issue in self.issues)
        return InputError(
            issues, {names.get(file, file): text for file, text in self.sources.items()}
        )


def _place(issue: Issue) -> tuple[str, int, int, str]:
    return (issue.file, issue.line, issue.column, issue.message)


def normalised(text: str) -> str:
    """The text with one kind of line ending, a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def render_issue(issue: Issue, source_text: str) -> str:
    """An issue for a terminal: where and what, the line with a caret under it, the hint."""
    parts = [str(issue)]
    lines = _lines(source_text)
    if source_text and issue.line <= len(lines):
        parts += _excerpt(lines[issue.line - 1], issue.span)
    if issue.hint:
        parts.append(f"  hint: {printable(issue.hint)}")
    return "\n".join(parts)


@lru_cache(maxsize=4)  # a file of a megabyte may have a fault in every line
def _lines(text: str) -> tuple[str, ...]:
    return tuple(normalised(text).split("\n"))


def _excerpt(line: str, span: Span) -> tuple[str, str]:
    """The line and its caret line, both cut to a stretch around the place if they are long."""
    begin = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    start = max(0, begin - MAXIMUM_EXCERPT // 3) if len(line) > MAXIMUM_EXCERPT else 0
    stop = start + MAXIMUM_EXCERPT
    before = ("…" if start else "") + printable(line[start:begin])
    shown = before + printable(line[begin:stop]) + ("…" if len(line) > stop else "")
    width = max(1, _width(printable(line[begin : min(end, stop)])))
    return shown, " " * _width(before) + "^" + "~" * (width - 1)


def printable(text: str) -> str:
    """A text in one line, without what could control a terminal.

    The bytes of a file's name that are no UTF-8 are escaped.
    """
    if text.isprintable():
        return text
    escaped = text.encode(errors="backslashreplace").decode()
    return "".join(char if char.isprintable() else " " for char in escaped)


def _width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)
    return len(text) + wide - sum(bool(unicodedata.combining(char)) for char in text)


def did_you_mean(word: str, known: Iterable[str], least: float = NEAR) -> str:
    """A question that offers the known word nearest to a mistaken one; empty if none is near.

    `least` is how like it must be, from 0 to 1.
    """
    nearest = nearest_to(word, known, least)
    return f"did you mean `{nearest}`?" if nearest else ""


def nearest_to(word: str, known: Iterable[str], least: float = NEAR) -> str:
    """The known word nearest to a mistaken one, or the only one that it is a part of; or none."""
    scores = {other: _likeness(word, other) for other in known}
    # Sorted, so that of words equally near it is always the same one that is offered.
    best = max(sorted(scores), key=scores.__getitem__, default="")
    if scores.get(best, 0) >= least:
        return best
    wholes = [other for other in scores if word and _parts(word) <= _parts(other)]
    return wholes[0] if len(wholes) == 1 else ""


def _likeness(word: str, other: str) -> float:
    """From 0 to 1; case, plural and the choice of `-`, `_` or blank hardly count."""
    first, second = (re.sub(r"[\W_]+", "", text).lower() for text in (word, other))
    if not first or not second:
        return 0
    if first == second:
        return 1 if word == other else 0.99
    letters = _letters_in_common(first, second)
    # Words in common count, too: `cap_price` is near `price_cap`, of which the letters say little.
    parts = [_parts(text) for text in (word, other)]
    shared = len(parts[0] & parts[1]) / max(map(len, parts))
    return max(letters, (letters + shared) / 2 + 0.15 if shared else 0)


def _letters_in_common(word: str, other: str) -> float:
    """From 0 to 1; two letters that are swapped are one slip, however short the word is."""
    ratio = SequenceMatcher(None, word, other, autojunk=False).ratio()
    shorter = min(len(word), len(other))
    if shorter >= _SWAPS_TELL and len(word) == len(other):
        swapped = (f"{word[:n]}{word[n + 1]}{word[n]}{word[n + 2 :]}" for n in range(len(word) - 1))
        if other in swapped:
            return _SWAPPED
    # How a word begins and ends is what people are surest of: `alfa` is `alpha`, no other word.
    if shorter >= _ENDS_TELL and (word[0], word[-1]) == (other[0], other[-1]):
        return min(ratio + _ENDS_ALIKE, _SWAPPED)
    return ratio


def _parts(name: str) -> set[str]:
    """What a name is made of: `contract`, `duration` and `months`."""
    return set(re.split(r"[\W_]+", name.lower()))
