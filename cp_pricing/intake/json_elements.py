"""The elements of a JSON list as text, one by one, from a file of any length.

The text of an element goes the same way as a line of JSON Lines, with exact numbers and with the
place of every fault; a faulty element does not end the file, as it would with a parser of events.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from constraints.text.source import clipped, did_you_mean
from cp_pricing.intake.content import Unreadable

REQUESTS_KEY = "requests"
# Beside the list a file has a key or two; all are kept until the list is found.
MAXIMUM_KEYS = 100
MAXIMUM_VALUE = 1 << 16
_BLOCK = 1 << 16
_MARK = b"\xef\xbb\xbf"
_BLANK = re.compile(rb"\s*")
# Possessive: a quote that is never closed is scanned once, and not from each letter again.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
_HINT = 'write `[...]` or `{"requests": [...]}`'


@dataclass(frozen=True, slots=True)
class Member:
    """A key beside the list of requests, and the text of its value."""

    key: str
    value: bytes


Element: TypeAlias = tuple[int, int, bytes | Member | Unreadable]


def elements(file: io.BufferedReader, maximum: int) -> Iterator[Element]:
    """The line, the column and the text of each element; none may be longer than `maximum`.

    The list is the file's only value, or that of the key `requests`, wherever that stands.
    """
    scanner = _Scanner(file, maximum)
    try:
        yield from scanner.document()
    except _BrokenOffError as end:
        yield end.line, end.column, end.why


def wraps_requests(head: bytes) -> bool:
    """Whether the beginning of a text is an object with the keys of a file of requests.

    A line of JSON Lines begins in the same way; it has other keys.
    """
    depth = 0
    for token in _TOKEN.finditer(head):
        depth += (token[0] in _OPENING) - (token[0] in _CLOSING)
        if depth == 0:
            return False
        is_key = depth == 1 and head[token.end() :].lstrip().startswith(b":")
        if is_key and token[0] in {b'"requests"', b'"$schema"'}:
            return True
    return False


class _BrokenOffError(Exception):
    """The rest of the file cannot be read; it has the place and the reason."""

    def __init__(self, line: int, column: int, why: Unreadable) -> None:
        super().__init__(why.reason)
        self.line, self.column, self.why = line, column, why


class _Scanner:
    """A stretch of the file, and the place of its beginning."""

    def __init__(self, file: io.BufferedReader, maximum: int) -> None:
        self._file = file
        self._maximum = maximum
        self._text = b""
        self._at = 0
        self._over = False
        self._line, self._column = 1, 1

    def document(self) -> Iterator[Element]:
        """Every element and every other key; raises `_BrokenOffError` if no more can be read."""
        self._more()
        self._text = self._text.removeprefix(_MARK)
        opening = self._next_byte()
        if opening == b"[":
            yield from self._list()
        elif opening == b"{":
            yield from self._object()
        elif opening:
            raise self._broken("the file must hold a list of requests", _HINT)
        else:
            return
        if self._next_byte():
            raise self._broken("something follows the list of requests")

    def _object(self) -> Iterator[Element]:
        """The members of an object, and the elements of its list of requests."""
        self._take(1)
        keys: dict[str, None] = {}
        waiting: list[Element] = []
        closing = self._next_byte() == b"}"
        while not closing:
            place = self._line, self._column
            key = self._key(keys)
            if key != REQUESTS_KEY:
                # Told at last, for whether this is a file of requests shows when the list is found.
                waiting.append((*place, Member(key, self._value())))
            elif self._next_byte() == b"[":
                yield from self._list()
            else:
                raise self._broken(f"`{key}` must be a list", _HINT)
            closing = self._closed()
        self._take(1)
        if REQUESTS_KEY not in keys:
            # One fault, not one more for each key of what is no file of requests at all.
            hints = (did_you_mean(key, [REQUESTS_KEY]) for key in keys)
            why = Unreadable(
                "the file must hold a list of requests", next(filter(None, hints), _HINT)
            )
            raise _BrokenOffError(1, 1, why)
        yield from waiting

    def _key(self, keys: dict[str, None]) -> str:
        """The next key, up to its value; raises `_BrokenOffError` for one that is there twice."""
        raw = self._string()
        try:
            key = str(json.loads(raw))
        except ValueError:
            raise self._broken("this is no key: a text that JSON does not know") from None
        if key in keys:
            raise self._broken(f"duplicate key `{clipped(key)}`", "remove one of them")
        if len(keys) == MAXIMUM_KEYS:
            raise self._broken(f"more than {MAXIMUM_KEYS} keys", _HINT)
        keys[key] = None
        self._take(len(raw))
        if self._next_byte() != b":":
            raise self._broken(f"expected `:` after the key `{clipped(key)}`")
        self._take(1)
        return key

    def _string(self) -> bytes:
        """The text that begins here, with its quotes."""
        if self._next_byte() != b'"':
            raise self._broken("expected a key in double quotes")
        while (found := _TEXT.match(self._text)) is None:
            if len(self._text) > self._maximum:
                raise self._broken(f"a key is longer than {self._maximum:,} bytes")
            if not self._more():
                raise self._broken("the file ends in the middle of a key")
        return found[0]

    def _value(self) -> bytes:
        """The text of a member's value, up to the comma or bracket that ends it."""
        self._next_byte()
        self._end_of_item("the value of a key", MAXIMUM_VALUE)
        value = self._text[: self._at - 1]
        self._take(self._at - 1)
        return value.rstrip()

    def _closed(self) -> bool:
        """Whether the object ends here; else go behind the comma."""
        match self._next_byte():
            case b"}":
                return True
            case b",":
                self._take(1)
                self._next_byte()
                return False
            case b"":
                raise self._broken("the file ends before its object does")
            case _:
                raise self._broken("expected `,` or `}`")

    def _list(self) -> Iterator[Element]:
        """Every element of the list that begins here."""
        self._take(1)
        closing = b","
        while closing == b",":
            closing = self._end_of_item("a request", self._maximum)
            raw = self._text[: self._at - 1]
            blank = len(raw) - len(raw.lstrip())
            self._take(blank)
            if raw.strip():
                yield self._line, self._column, raw.strip()
            elif closing == b",":
                yield self._line, self._column, Unreadable("a comma without a request before it")
            self._take(len(raw) - blank + 1)
        if closing != b"]":
            raise self._broken("expected `,` or `]`")

    def _end_of_item(self, what: str, maximum: int) -> bytes:
        """Set `_at` behind the comma or bracket that ends what begins here; return that."""
        self._at = depth = 0
        while True:
            token = _TOKEN.search(self._text, self._at)
            if token is None or token[0] == b'"':
                # A text that is not closed yet is read on from its quote, once there is more of it.
                self._at = len(self._text) if token is None else token.start()
                if len(self._text) > maximum:
                    raise self._broken(f"{what} is longer than {maximum:,} bytes")
                if not self._more():
                    raise self._broken("the file ends before the list does")
                continue
            self._at = token.end()
            if not depth and token[0] in {b",", b"]", b"}"}:
                return token[0]
            depth += (token[0] in _OPENING) - (token[0] in _CLOSING)

    def _broken(self, reason: str, hint: str = "") -> _BrokenOffError:
        return _BrokenOffError(self._line, self._column, Unreadable(reason, hint))

    def _next_byte(self) -> bytes:
        """The next byte that is not blank; empty at the end of the file."""
        while True:
            blank = _BLANK.match(self._text)
            self._take(blank.end() if blank else 0)
            if self._text or not self._more():
                return self._text[:1]

    def _more(self) -> bool:
        block = b"" if self._over else self._file.read(_BLOCK)
        self._text += block
        self._over = not block
        return not self._over

    def _take(self, count: int) -> None:
        """Drop what has been read."""
        passed, self._text = self._text[:count], self._text[count:]
        lines = passed.count(b"\n")
        self._line += lines
        last = len(passed[passed.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
        self._column = last + 1 if lines else self._column + last
