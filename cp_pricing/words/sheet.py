"""Tables and figures as texts: what a terminal and a page both draw in their ways."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

# How a text is to be taken: each drawing has a colour, a weight or a sign for it.
Tone: TypeAlias = Literal["", "good", "warn", "bad", "unknown", "quiet", "strong"]


class Cell(NamedTuple):
    """A text, a note below it, how it is to be taken, and where it leads.

    The text is `None` where there is no value: a drawing has a sign of its own for that.
    """

    text: str | None
    note: str = ""
    tone: Tone = ""
    link: str = ""
    badge: bool = False
    code: str = ""


Row: TypeAlias = tuple[Cell, ...]
NOTHING = Cell(None, tone="quiet")


class Head(NamedTuple):
    """The head of a column; numbers are aligned to the right, and `whole` ones never broken."""

    text: str
    numeric: bool = False
    whole: bool = False


class Table(NamedTuple):
    """A table whose first column names its rows."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]


class Fact(NamedTuple):
    """A figure that a reader looks for first: what it is, its value if there is one, and a note."""

    name: str
    value: str | None
    note: str = ""
    tone: Tone = ""


def heads(*texts: str) -> tuple[Head, ...]:
    """Heads of columns; `>` begins one of numbers, `>>` one of numbers that stay in one piece."""
    return tuple(
        Head(text.lstrip(">"), text.startswith(">"), text.startswith(">>")) for text in texts
    )
