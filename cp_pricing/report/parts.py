"""The parts that both reports are made of: tables of texts, and texts with names in backticks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cp_pricing.results import Decision

# How a text is to be taken: the templates have a colour and a sign for each.
Tone: TypeAlias = Literal["", "good", "warn", "bad", "unknown", "quiet", "strong"]

TONES: dict[Decision, Tone] = {
    "accepted": "good",
    "requires_approval": "warn",
    "rejected": "bad",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: a text, a note below it, how it is to be taken, and where it leads."""

    text: str
    note: str = ""
    tone: Tone = ""
    link: str = ""
    badge: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; numbers are aligned to the right."""

    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that a reader looks for first: what it is, its value, and a note."""

    name: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a text; `code` for what stood in backticks."""

    text: str
    code: bool = False


def heads(*texts: str) -> tuple[Head, ...]:
    """Heads of columns; one that begins with `>` is of numbers."""
    return tuple(Head(text.removeprefix(">"), text.startswith(">")) for text in texts)


def phrases(text: str) -> tuple[Phrase, ...]:
    """A text in stretches, those in backticks apart."""
    parts = re.split(r"`([^`\n]+)`", text)
    return tuple(Phrase(part, place % 2 == 1) for place, part in enumerate(parts) if part)


def joined_or(parts: Sequence[str], none: str) -> str:
    """The parts with commas between, or what stands for none of them."""
    return ", ".join(parts) or none
