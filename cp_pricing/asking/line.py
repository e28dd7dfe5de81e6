"""The words of a command as one line of text, so that every fault has its place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from constraints.text import nodes
from constraints.text.nodes import Kind, Node, Scalar, SourceText

COMMAND_LINE = "command line"
# What a shell passes on for a byte that is not UTF-8.
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def laid_out(command: str, words: Sequence[tuple[str, str]]) -> list[Scalar]:
    """The words behind a command, each as a text that knows its place in the whole line.

    Each comes with the option before it, which is empty for an argument.
    """
    line, starts, texts = command, list[int](), list[str]()
    for option, given in words:
        # Replaced one for one, so that places in the line stay those of the word.
        word = HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", given)
        line += f" {option} " if option else " "
        shown = _shown(word)
        starts.append(len(line) + (len(shown) - len(word)) // 2)  # behind its quote
        line += shown
        texts.append(word)
    source = SourceText(COMMAND_LINE, line)
    return [
        Scalar(source, start, start + len(word), word, "string")
        for start, word in zip(starts, texts, strict=True)
    ]


def _shown(word: str) -> str:
    """A word as the line has it: a blank for what cannot be shown, quotes where needed."""
    text = "".join(char if char.isprintable() else " " for char in word)
    return text if text and " " not in text else f'"{text}"'


def part(word: Scalar, start: int, end: int) -> Scalar:
    """A stretch of a word."""
    return Scalar(word.source, word.start + start, word.start + end, word.text[start:end], "string")


def parts(word: Scalar, separators: str = r"\s") -> Iterator[Scalar]:
    """What stands between the separators of a word, which are given as of a regular expression."""
    for stretch in re.finditer(f"[^{separators}]+", word.text):
        yield part(word, *stretch.span())


def split(word: Scalar) -> tuple[Scalar, Scalar | None]:
    """The two sides of a `NAME=VALUE`; no value if there is no sign between."""
    name, sign, _ = word.text.partition("=")
    value = part(word, len(name) + 1, len(word.text)) if sign else None
    return part(word, 0, len(name)), value


def meaning(word: Scalar, text: str, kind: Kind = "string", *, faulty: bool = False) -> Scalar:
    """What a file would have in the place of a word."""
    return Scalar(word.source, word.start, word.end, text, kind, faulty=faulty)


def mapping(place: Scalar, entries: Mapping[str, tuple[Scalar, Node]]) -> nodes.Mapping:
    """Keys and values of a line; each key has the word that stands for it."""
    values = {name: value for name, (_, value) in entries.items()}
    keys = {name: meaning(word, name) for name, (word, _) in entries.items()}
    return nodes.Mapping(place.source, place.start, place.end, values, keys)


def sequence(words: Sequence[Scalar]) -> nodes.Sequence:
    """Words as a list; there must be one."""
    first, last = words[0], words[-1]
    return nodes.Sequence(first.source, first.start, last.end, tuple(words))
