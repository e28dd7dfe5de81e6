"""The nodes of an authored file, each of which knows its place in the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import PurePath
from typing import Literal, NamedTuple, TypeAlias

from constraints.text.source import Issue, Span, normalised

Kind: TypeAlias = Literal["string", "number", "boolean", "null"]
Style: TypeAlias = Literal["plain", "single", "double", "block"]

MAXIMUM_DEPTH = 100
_JSON = frozenset({".json", ".jsonl"})
BYTE_ORDER_MARK = "\ufeff"


class SourceText:
    """A file's name and text, with line feeds for line ends, and places in it by offset."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = normalised(text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def span(self, start: int, end: int) -> Span:
        """The stretch between two offsets."""
        line, end_line = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Span(
            self.file,
            line,
            start - self._starts[line - 1] + 1,
            end_line,
            end - self._starts[end_line - 1] + 1,
        )

    def issue(self, start: int, end: int, message: str, hint: str = "") -> Issue:
        """An issue with the stretch between two offsets."""
        return Issue(self.span(start, end), message, hint)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """What every node has: a stretch of a text."""

    source: SourceText = field(repr=False)
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The node's place."""
        return self.source.span(self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Located):
    """A single value; `text` has quotes, escapes and line folding removed.

    `faulty` is set where an issue has been reported already.
    """

    text: str
    kind: Kind
    style: Style = "plain"
    faulty: bool = False

    @property
    def is_json(self) -> bool:
        """Whether it is in a file of JSON, or of lines of it, packed or not."""
        return not _JSON.isdisjoint(PurePath(self.source.file).suffixes)

    @property
    def quoted(self) -> bool:
        """Whether the value stands in quotes."""
        return self.style in {"single", "double"}

    def locate(self, start: int, end: int) -> Span:
        """The place of `text[start:end]` in the file."""
        content = len(self.text.rstrip())
        if not content:
            return self.span
        # What stands behind the last visible character is shown right after it.
        start, end = min(start, content), min(end, content)
        # Nearly all texts stand in the file as they are read, and need no pairing of characters.
        if (begin := self._verbatim()) is not None:
            return self.source.span(begin + start, begin + max(start, end))
        # As many characters as a power of two, so that a later place in a long text costs no more
        # than twice that of the text, and one at its beginning next to nothing.
        places = _aligned(self, 1 << max(start, end).bit_length())
        first = places[start][0] if start < content else places[content - 1][1]
        last = places[end - 1][1] if end > start else first
        return self.source.span(first, max(first, last))

    def _verbatim(self) -> int | None:
        """Where the text starts in the file if it stands there letter for letter."""
        begin, end = (self.start + 1, self.end - 1) if self.quoted else (self.start, self.end)
        same = end - begin == len(self.text) and self.source.text.startswith(self.text, begin)
        return begin if same else None


@dataclass(frozen=True, slots=True, eq=False)
class Mapping(Located):
    """Keys and values; `keys` has the place of each key."""

    entries: dict[str, Node]
    keys: dict[str, Scalar]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Located):
    """A list."""

    items: tuple[Node, ...]


Node: TypeAlias = Scalar | Mapping | Sequence


class _Piece(NamedTuple):
    """A character of a value, and the offsets of what stands for it in the file."""

    start: int
    end: int
    character: str


_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|U(.{8})|x(..)|\n[ ]*|(.))", re.DOTALL
)
_ESCAPED = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


@lru_cache(maxsize=8)  # a parser asks for many places in one text, then for those in the next
def _aligned(scalar: Scalar, most: int) -> tuple[tuple[int, int], ...]:
    """The file's offsets of each of the first `most` characters of the value's text.

    Every visible character of a text stands in the file too, in the same order, whatever folding
    did to the blanks between: so each is found by looking ahead for it. Blanks are paired as far
    as there are any.
    """
    pieces, places = _pieces(scalar), list[tuple[int, int]]()
    piece = last = next(pieces, None)
    after = last.start if last else scalar.start
    for character in scalar.text[:most]:
        if character.isspace():
            if piece is None or not piece.character.isspace():
                places.append((after, after))
                continue
        else:
            while piece is not None and piece.character != character:
                last, piece = piece, next(pieces, None)
        last = piece or last
        start, after = (last.start, last.end) if last else (after, after)
        piece = next(pieces, None) if piece else None
        places.append((start, after))
    return tuple(places)


def _pieces(scalar: Scalar) -> Iterator[_Piece]:
    text, place, end = scalar.source.text, scalar.start, scalar.end
    if scalar.quoted:
        place, end = place + 1, end - 1
    elif scalar.style == "block":
        place = text.index("\n", place) + 1
    while place < end:
        piece = _piece(text, place, scalar.style)
        yield piece
        place = piece.end


def _piece(text: str, place: int, style: Style) -> _Piece:
    if style == "single" and text.startswith("''", place):
        return _Piece(place, place + 2, "'")
    if style == "double" and (escape := _ESCAPE.match(text, place)):
        return _Piece(place, escape.end(), _unescaped(escape))
    return _Piece(place, place + 1, text[place])


def _unescaped(escape: re.Match[str]) -> str:
    high, low, *codes, single = escape.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    code = next((code for code in codes if code), None)
    if code:
        return chr(int(code, 16))
    return _ESCAPED.get(single, single) if single else " "
