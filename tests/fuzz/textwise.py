"""Damage to lines, tokens and characters of a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import samples

_TOKEN = re.compile(r"\w+|[ \t]+|\n|[^\w\s]|\s")
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d_]*(?:\.\d+)?%?")


def _of_lines(change: Callable[[Random, list[str]], None]) -> Callable[[Random, str], str]:
    def changed(rng: Random, text: str) -> str:
        lines = text.split("\n")
        change(rng, lines)
        return "\n".join(lines)

    changed.__name__ = change.__name__
    return changed


def _one(rng: Random, lines: list[str]) -> int:
    return rng.randrange(len(lines))


@_of_lines
def delete_line(rng: Random, lines: list[str]) -> None:
    del lines[_one(rng, lines)]


@_of_lines
def duplicate_line(rng: Random, lines: list[str]) -> None:
    place = _one(rng, lines)
    lines.insert(rng.choice((place, _one(rng, lines))), lines[place])


@_of_lines
def swap_lines(rng: Random, lines: list[str]) -> None:
    first, second = _one(rng, lines), _one(rng, lines)
    lines[first], lines[second] = lines[second], lines[first]


@_of_lines
def join_lines(rng: Random, lines: list[str]) -> None:
    place = _one(rng, lines)
    lines[place : place + 2] = ["".join(lines[place : place + 2])]


@_of_lines
def indent(rng: Random, lines: list[str]) -> None:
    """Move a line, or some, to the left or the right, with blanks or tabs."""
    start = _one(rng, lines)
    by = rng.choice((-4, -2, -1, 1, 2, 4))
    pad = rng.choice((" ", " ", "\t", "\xa0")) * by if by > 0 else ""
    for place in range(start, min(len(lines), start + rng.choice((1, 1, 2, 6)))):
        line = lines[place]
        lines[place] = pad + line if by > 0 else line[min(-by, len(line) - len(line.lstrip())) :]


@_of_lines
def insert_line(rng: Random, lines: list[str]) -> None:
    place = rng.choice((0, len(lines), _one(rng, lines)))
    before = lines[min(place, len(lines) - 1)]
    pad = before[: len(before) - len(before.lstrip())] if rng.random() < 0.7 else ""
    lines.insert(place, pad + rng.choice(samples.LINES))


@_of_lines
def break_line(rng: Random, lines: list[str]) -> None:
    place = _one(rng, lines)
    at = rng.randint(0, len(lines[place]))
    lines[place : place + 1] = [lines[place][:at], " " * rng.randrange(8) + lines[place][at:]]


@_of_lines
def comment_out(rng: Random, lines: list[str]) -> None:
    place = _one(rng, lines)
    lines[place] = "#" + lines[place]


def token_delete(rng: Random, text: str) -> str:
    start, end = _token(rng, text)
    return text[:start] + text[end:]


def token_duplicate(rng: Random, text: str) -> str:
    start, end = _token(rng, text)
    return text[:end] + rng.choice(("", " ", ", ")) + text[start:end] + text[end:]


def token_swap(rng: Random, text: str) -> str:
    spans = sorted({_token(rng, text), _token(rng, text)})
    if len(spans) < 2:
        return text
    (a, b), (c, d) = spans
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def token_replace(rng: Random, text: str) -> str:
    start, end = _token(rng, text)
    other = slice(*_token(rng, text))
    word = rng.choice((text[other], rng.choice(samples.WORDS), rng.choice(samples.NUMBERS)))
    return text[:start] + word + text[end:]


def number_replace(rng: Random, text: str) -> str:
    """Another number, near or absurd."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    chosen = rng.choice(found)
    near = (chosen[0] + "0", chosen[0] + "1", "-" + chosen[0], chosen[0][:-1], chosen[0] + "%")
    other = rng.choice(near) if rng.random() < 0.3 else rng.choice(samples.NUMBERS)
    return text[: chosen.start()] + other + text[chosen.end() :]


def insert_character(rng: Random, text: str) -> str:
    place = rng.choice((0, len(text), rng.randint(0, len(text)), rng.randint(0, len(text))))
    return text[:place] + rng.choice(samples.CHARACTERS) + text[place:]


def confuse(rng: Random, text: str) -> str:
    """A character that looks like the right one; or all of its kind."""
    known = [place for place, char in enumerate(text) if char in samples.CONFUSABLES]
    if not known:
        return text
    place = rng.choice(known)
    other = samples.CONFUSABLES[text[place]]
    if rng.random() < 0.1:
        return text.replace(text[place], other)
    return text[:place] + other + text[place + 1 :]


def change_case(rng: Random, text: str) -> str:
    start, end = _token(rng, text)
    return text[:start] + text[start:end].swapcase() + text[end:]


def lengthen(rng: Random, text: str) -> str:
    """A very long word, line or run of line ends."""
    start, end = _token(rng, text)
    filler = rng.choice(("x", "9", " ", "\n", "ä", "-", "x ", "1+", "'", "\\", "a: 1\n", "a, "))
    many = filler * (samples.length(rng) // len(filler))
    return text[: rng.choice((start, end))] + many + text[end:]


def nest(rng: Random, text: str) -> str:
    """Brackets within brackets, closed or not."""
    start, end = _token(rng, text)
    kinds = [(kind[0] + pad, kind[1]) for kind in ("[]", "{}", "()") for pad in ("", " ")]
    opening, closing = rng.choice(
        (*kinds, ("{a: ", "}"), ('{"a":', "}"), ("- ", ""), ("? ", ""), ("'", "'"))
    )
    times = samples.depth(rng)
    inner = rng.choice(("", "1", text[start:end]))
    return text[:start] + opening * times + inner + closing * times + text[end:]


def line_ends(rng: Random, text: str) -> str:
    """Line ends of another system, in all lines or in some."""
    end = rng.choice(("\r\n", "\r", "\x85", "\u2028", "\n\n", "\v", "\f"))
    if rng.random() < 0.5:
        return text.replace("\n", end)
    return "".join(end if c == "\n" and rng.random() < 0.3 else c for c in text)


def _token(rng: Random, text: str) -> tuple[int, int]:
    tokens = [found.span() for found in _TOKEN.finditer(text[:200_000])]
    return rng.choice(tokens) if tokens else (0, 0)
