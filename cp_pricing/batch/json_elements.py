"""The elements of a JSON list as text, one by one, from a file of any length.

The text of an element goes the same way as a line of JSON Lines, with exact numbers and with the
place of every fault; a faulty element does not end the file, as it would with a parser of events.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_BLOCK = 1 << 16
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"requests"\s*:\s*)?\[')
_TAIL = re.compile(rb"\s*\}?\s*")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Why the rest of a file cannot be read."""

    reason: str
    hint: str = ""


Element: TypeAlias = tuple[int, int, bytes | BrokenOff]


def elements(file: io.BufferedReader, maximum: int) -> Iterator[Element]:
    """The line, the column and the text of each element; none may be longer than `maximum`."""
    scanner = _Scanner(file, maximum)
    yield from scanner.elements()


class _Scanner:
    """A stretch of the file, and the place of its beginning."""

    def __init__(self, file: io.BufferedReader, maximum: int) -> None:
        self._file = file
        self._maximum = maximum
        self._text = b""
        self._at = 0
        self._over = False
        self._line, self._column = 1, 1

    def elements(self) -> Iterator[Element]:
        """Every element, and last why no more can be read, if so."""
        self._more()
        head = _HEAD.match(self._text)
        if head is None:
            if self._text.strip():
                hint = 'write `[...]` or `{"requests": [...]}`'
                yield 1, 1, BrokenOff("the file must hold a list of requests", hint)
            return
        self._at = head.end()
        self._pass()
        while True:
            closing = self._next()
            if isinstance(closing, BrokenOff):
                yield self._line, self._column, closing
                return
            raw = self._text[: self._at - 1]
            if raw.strip():
                self._advance(len(raw) - len(raw.lstrip()))
                yield self._line, self._column, raw.strip()
                self._at = len(raw.lstrip()) + 1
            elif closing == b",":
                yield self._line, self._column, BrokenOff("a comma without a request before it")
            self._pass()
            if closing != b",":
                yield from self._rest()
                return

    def _next(self) -> bytes | BrokenOff:
        """Go behind the end of the next element; returns the character that ends it."""
        depth = 0
        while True:
            token = _TOKEN.search(self._text, self._at)
            if token is None or token[0] == b'"':
                self._at = len(self._text) if token is None else token.start()
                if len(self._text) > self._maximum:
                    return BrokenOff(f"a request is longer than {self._maximum:,} bytes")
                if not self._more():
                    return BrokenOff("the file ends before the list does")
                continue
            self._at = token.end()
            if not depth and token[0] in {b",", b"]", b"}"}:
                return token[0]
            depth += (token[0] in _OPENING) - (token[0] in _CLOSING)

    def _rest(self) -> Iterator[Element]:
        while not self._over and not self._text.strip(b" \t\r\n}"):
            if not self._more():
                break
        if not _TAIL.fullmatch(self._text):
            yield self._line, self._column, BrokenOff("something follows the list of requests")

    def _more(self) -> bool:
        block = b"" if self._over else self._file.read(_BLOCK)
        self._text += block
        self._over = not block
        return not self._over

    def _pass(self) -> None:
        """Drop what has been read."""
        self._advance(self._at)
        self._at = 0

    def _advance(self, count: int) -> None:
        passed, self._text = self._text[:count], self._text[count:]
        lines = passed.count(b"\n")
        self._line += lines
        last = len(passed[passed.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
        self._column = last + 1 if lines else self._column + last
