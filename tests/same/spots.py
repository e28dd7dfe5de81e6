"""The places where two texts differ, cut small enough to be read, and told by their kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile, zip_longest

# A line, or a part of one: HTML and JSON may be long.
PIECES = re.compile(r"(?<=\n)|(?<=>)(?=<)|(?<=,)(?=[ \"{])")
TOKENS = re.compile(r"\d[\d.,_]*|\w+|\S")
KNOWN = 1  # tokens before a change that tell its kind
LEAD, WIDTH, KIND = 30, 110, 60  # characters


@dataclass(frozen=True)
class Spot:
    """A piece of text before and after."""

    before: str
    after: str

    @property
    def kind(self) -> str:
        """What was changed to what, any number being as good as any other."""
        old, new = TOKENS.findall(self.before), TOKENS.findall(self.after)
        start = _common(old, new)
        end = min(_common(old[::-1], new[::-1]), len(old) - start, len(new) - start)
        start = max(0, start - KNOWN)
        sides = (_general(side[start : len(side) - end]) for side in (old, new))
        return " -> ".join(f"`{side[:KIND]}`" for side in sides)

    def shown(self) -> Iterator[str]:
        """The lines of a diff, from shortly before the change."""
        start = max(0, _common(self.before, self.after) - LEAD)
        for sign, text in (("-", self.before), ("+", self.after)):
            if text:
                yield f"{sign} {'…' * bool(start)}{_printable(text[start : start + WIDTH])}"


def spots(before: str, after: str) -> Iterator[Spot]:
    """The pieces in which two texts differ."""
    old, new = PIECES.split(before), PIECES.split(after)
    if len(old) == len(new):
        yield from (Spot(*pair) for pair in zip(old, new, strict=True) if pair[0] != pair[1])
        return
    for change, *places in SequenceMatcher(None, old, new).get_opcodes():
        if change != "equal":
            first, last, start, end = places
            pairs = zip_longest(old[first:last], new[start:end], fillvalue="")
            yield from (Spot(*pair) for pair in pairs)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many begin both."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _general(tokens: Sequence[str]) -> str:
    return " ".join("#" if token[0].isdigit() else token for token in tokens)


def _printable(text: str) -> str:
    """In one line, whatever is in it."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text.rstrip("\n"))
