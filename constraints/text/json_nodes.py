"""JSON text to values, fast, or to nodes with the place of every value and every fault."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import NoReturn

from constraints.text.nodes import (
    BYTE_ORDER_MARK,
    MAXIMUM_DEPTH,
    Kind,
    Mapping,
    Node,
    Scalar,
    Sequence,
    SourceText,
)
from constraints.text.numerals import decimal_string, parse_decimal
from constraints.text.source import Issue
from constraints.text.spoken import spoken_numbers

_BLANK = re.compile(r"[ \t\n]*")
_TEXT = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT = 18
_LITERALS: dict[str, Kind] = {"true": "boolean", "false": "boolean", "null": "null"}
_NEAR_LITERALS = {"True": "true", "False": "false", "None": "null", "nil": "null"}
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity", "+Infinity"})
_COMMENT = re.compile(r"#|//|/\*")


def json_values(text: str) -> object | None:
    """The values of a faultless JSON text, numbers as exact fractions; `None` if it has faults."""
    if _SURROGATE_ESCAPE.search(text):
        return None  # half a character cannot be told from a pair here
    try:
        values: object = json.loads(
            text,
            parse_int=_exact,
            parse_float=_exact,
            parse_constant=_refused,
            object_pairs_hook=_distinct,
        )
    except (ValueError, RecursionError):
        return None
    return values


def _exact(text: str) -> Fraction:
    if len(text) < _SHORT and text.isdigit():
        return Fraction(int(text))
    value = parse_decimal(text)
    if value is None:
        raise ValueError(text)
    return value


def _refused(text: str) -> NoReturn:
    raise ValueError(text)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("duplicate key")
    return entries


def parse_json(text: str, file: str) -> tuple[Node | None, list[Issue]]:
    """The root node of a JSON text and every fault; no node if the text is not JSON at all."""
    source = SourceText(file, text)
    if source.text.startswith(BYTE_ORDER_MARK):
        hint = "save it as UTF-8 without a byte order mark"
        return None, [source.issue(0, 1, "the file starts with a byte order mark", hint)]
    if not source.text.strip():
        return None, [source.issue(0, 0, "the file is empty")]
    scanner = _Scanner(source)
    try:
        return scanner.document(), scanner.issues
    except _NotJsonError:
        return None, scanner.issues


class _NotJsonError(Exception):
    """The rest of the text cannot be understood; the issue is with the scanner."""


class _Scanner:
    """A recursive descent over the text, at most `MAXIMUM_DEPTH` levels deep."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.text = source.text
        self.place = 0
        self.depth = 0
        self.issues: list[Issue] = []

    def document(self) -> Node:
        root = self._value()
        if self._next():
            raise self._fatal("there is more text after the end", "a file holds one value")
        return root

    def _next(self) -> str:
        """The next character that is not blank; empty at the end of the text."""
        found = _BLANK.match(self.text, self.place)
        self.place = found.end() if found else self.place
        return self.text[self.place : self.place + 1]

    def _note(self, start: int, end: int, message: str, hint: str = "") -> None:
        self.issues.append(self.source.issue(start, min(end, len(self.text)), message, hint))

    def _fatal(self, message: str, hint: str = "", end: int | None = None) -> _NotJsonError:
        if _COMMENT.match(self.text, self.place):
            message, hint = "JSON has no comments", "remove it"
        self._note(self.place, self.place + 1 if end is None else end, message, hint)
        return _NotJsonError()

    def _value(self) -> Node:
        match self._next():
            case "{":
                return self._nested(self._mapping)
            case "[":
                return self._nested(self._sequence)
            case '"':
                return self._string()
            case _:
                return self._word()

    def _nested(self, read: Callable[[], Node]) -> Node:
        if self.depth == MAXIMUM_DEPTH:
            raise self._fatal(f"nested more than {MAXIMUM_DEPTH} levels deep")
        self.depth += 1
        node = read()
        self.depth -= 1
        return node

    def _mapping(self) -> Mapping:
        start = self.place
        entries: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        self.place += 1
        more = self._next() != "}"
        while more:
            key = self._key()
            if self._next() != ":":
                raise self._fatal(f"expected `:` after the key `{key.text}`")
            self.place += 1
            value = self._value()
            if key.text in keys:
                first = keys[key.text].span.line
                hint = f"it is first given in line {first}"
                self._note(key.start, key.end, f"duplicate key `{key.text}`", hint)
            else:
                entries[key.text], keys[key.text] = value, key
            more = self._more(start, "}")
        self.place += 1
        return Mapping(self.source, start, self.place, entries, keys)

    def _sequence(self) -> Sequence:
        start = self.place
        items: list[Node] = []
        self.place += 1
        more = self._next() != "]"
        while more:
            items.append(self._value())
            more = self._more(start, "]")
        self.place += 1
        return Sequence(self.source, start, self.place, tuple(items))

    def _more(self, opened: int, closing: str) -> bool:
        """Whether another item follows the one just read, up to and with the comma between."""
        character = self._next()
        if character == closing:
            return False
        if not character:
            # Told at the bracket, since where it should have been closed nobody can say.
            self.place = opened
            raise self._fatal(f"this `{self.text[opened]}` is never closed")
        # A comma that is missing is one fault: what follows is read on as the next item.
        if character in '"{[':
            self._note(self.place, self.place + 1, f"expected `,` or `{closing}`", "add a comma")
            return True
        if character != ",":
            raise self._fatal(f"expected `,` or `{closing}`")
        comma = self.place
        self.place += 1
        if self._next() != closing:
            return True
        self._note(comma, comma + 1, f"a comma before `{closing}`", "remove it")
        return False

    def _key(self) -> Scalar:
        if self._next() == '"':
            return self._string()
        if self._next() == "'":
            raise self._fatal("a key in single quotes", "write double quotes")
        word = _WORD.match(self.text, self.place)
        if word is None:
            raise self._fatal("expected a key in double quotes")
        raise self._fatal(
            f"a key without quotes: `{word[0]}`", f'write `"{word[0]}"`', end=word.end()
        )

    def _string(self) -> Scalar:
        found = _TEXT.match(self.text, self.place)
        if found is None:
            raise self._bad_string()
        raw, start = found[0], self.place
        text = str(json.loads(raw)) if "\\" in raw else raw[1:-1]
        faulty = bool(_SURROGATE.search(text))
        if faulty:
            self._note(start, found.end(), "half of a character: an unpaired `\\u` escape")
            text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
        self.place = found.end()
        return Scalar(self.source, start, self.place, text, "string", "double", faulty)

    def _bad_string(self) -> _NotJsonError:
        start = self.place
        inside = re.compile(r'"(?:[^"\\\n]|\\.)*').match(self.text, start)
        end = inside.end() if inside else start + 1
        if self.text[end : end + 1] != '"':
            return self._fatal("this quote is never closed")
        hint = "write `\\\\` for a backslash and `\\t` for a tab"
        return self._fatal("a text with an unknown escape or a control character", hint, end + 1)

    def _word(self) -> Scalar:
        found = _WORD.match(self.text, self.place)
        if found is None or _COMMENT.match(self.text, self.place):
            if self._next():
                raise self._fatal("expected a value")
            self.place = len(self.text.rstrip())
            raise self._fatal("the text ends too early")
        word, start, end = found[0], found.start(), found.end()
        self.place = end
        kind: Kind = _LITERALS.get(word, "number")
        fault = None if word in _LITERALS else _number_fault(word)
        if fault:
            self._note(start, end, *fault)
        return Scalar(self.source, start, end, word, kind, "plain", faulty=fault is not None)


def _number_fault(word: str) -> tuple[str, str] | None:
    """What is wrong with a word that should be a number, and what to do about it."""
    if word in _NEAR_LITERALS:
        return f"`{word}` is not JSON", f"write `{_NEAR_LITERALS[word]}`"
    if word in _NOT_FINITE:
        return f"`{word}` is not a number that can be used", "write a decimal number"
    if not _NUMBER.fullmatch(word):
        return f"`{word}` is not a JSON value", _number_hint(word)
    if parse_decimal(word) is None:
        return "this number is too large or too precise", "at most 60 digits on either side"
    return None


def _number_hint(word: str) -> str:
    value = parse_decimal(word)
    if value is None and (readings := spoken_numbers(word)):
        return f"write {' or '.join(f'`{decimal_string(number)}`' for number in readings)}"
    if value is None:
        return "texts stand in double quotes, numbers are written like `1000.50`"
    if word.endswith("%"):
        return "write a percentage as a decimal number, such as `0.35`"
    return f"write `{decimal_string(value)}`"
