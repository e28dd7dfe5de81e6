"""The one layout of an expression: the same words and signs, with blanks and line ends anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from constraints.language.syntax import tokens

_OPENING, _CLOSING = {"LPAR", "LSQB"}, {"RPAR", "RSQB"}
_OPERANDS = {"NUMBER", "PERCENTAGE", "QUANTITY", "NAME", "TRUE", "FALSE", *_CLOSING}
_FUNCTIONS = {"EXTREMUM", "ABS", "_TIERS"}
_COMMAS = {"COMMA", "TIER_COMMA"}
# Where a line may begin, the loosest bond first.
_BONDS = (
    {"_IMPLIES"},
    {"_OR"},
    {"_AND"},
    {"_ELSE"},
    {"_THEN"},
    {"SIGN"},
    {"COMPARISON", "_BETWEEN", "_IN", "_NOT_IN"},
    {"SCALE"},
)
_LOOSEST = -1
_NO_TIERS = 1_000_000
_CHOICE_FIRST = ({"_ELSE"}, {"_THEN"}, *(bond for bond in _BONDS if not bond & {"_ELSE", "_THEN"}))


class _Word(NamedTuple):
    """A word or sign, what it is, and how many parentheses it stands in."""

    text: str
    kind: str
    depth: int


def one_line(text: str) -> str:
    """A valid expression in one line."""
    return _joined(_words(text))


def lines(text: str, width: int) -> list[str]:
    """A valid expression in lines of at most so many columns, as far as it can be broken.

    Lines begin with the words and signs that join them, the loosest ones first; each tier of a
    `tiers(...)` begins one too.
    """
    return [_joined(line) for line in _broken(_words(text), width)]


def _words(text: str) -> list[_Word]:
    """The words of a text; a sign that leads is told from one that adds, as is a range's `and`."""
    found: list[_Word] = []
    ranges = [0]  # for each open parenthesis how many ranges still lack their `and` ...
    commas = [_NO_TIERS]  # ... and how many commas stand before its first tier
    for token in tokens(text):
        kind = token.type
        if kind in _CLOSING:
            ranges.pop()
            commas.pop()
        if kind == "SIGN" and (not found or found[-1].kind not in _OPERANDS):
            kind = "LEADING_SIGN"
        elif kind == "_BETWEEN":
            ranges[-1] += 1
        elif kind == "_AND" and ranges[-1]:
            ranges[-1] -= 1
            kind = "RANGE_AND"
        elif kind == "COMMA":
            commas[-1] -= 1
            kind = "TIER_COMMA" if commas[-1] < 0 else kind
        found.append(_Word(" ".join(token.split()), kind, len(ranges)))
        if kind in _OPENING:
            ranges.append(0)
            called = len(found) > 1 and found[-2].kind == "_TIERS"
            commas.append(1 if called else _NO_TIERS)
    return found


def _joined(line: Sequence[_Word]) -> str:
    text, before = "", ""
    for word in line:
        tight = (
            not text
            or before in {*_OPENING, "LEADING_SIGN"}
            or word.kind in _CLOSING | _COMMAS
            or (before in _FUNCTIONS and word.kind == "LPAR")
        )
        text += ("" if tight else " ") + word.text
        before = word.kind
    return text


def _broken(line: list[_Word], width: int) -> Iterator[list[_Word]]:
    places = _places(line) if len(_joined(line)) > width else []
    if not places:
        yield line
        return
    for start, end in zip([0, *places], [*places, len(line)], strict=True):
        yield from _broken(line[start:end], width)


def _places(line: Sequence[_Word]) -> list[int]:
    """Where to break a line: at its loosest bonds within the fewest parentheses."""
    # An `if` is broken at its own words first, though all that it holds binds more loosely.
    bonds = _CHOICE_FIRST if any(word.kind == "IF" for word in line[:2]) else _BONDS
    found: dict[tuple[int, int], list[int]] = {}
    for place, word in enumerate(line):
        bond = next((rank for rank, kinds in enumerate(bonds) if word.kind in kinds), None)
        if place and line[place - 1].kind == "TIER_COMMA":
            bond = _LOOSEST
        if place and bond is not None:
            found.setdefault((word.depth, bond), []).append(place)
    return found[min(found)] if found else []
