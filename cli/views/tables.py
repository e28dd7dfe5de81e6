"""The one look of all tables, and of the lines that they are written as."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.views.terminal import plain
from cp_pricing.words import sheet
from cp_pricing.words.sheet import Cell, Head, Tone

STYLES: Mapping[Tone, str] = {
    "": "",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "unknown": "magenta",
    "quiet": "dim",
    "strong": "bold",
}
# The same as SIMPLE_HEAD, where rich itself would draw lines between the columns as well.
_ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def table_of(*columns: str) -> Table:
    """An empty table, ruled below its head only; `>` and `>>` begin heads as in `sheet.heads`."""
    return _ruled(sheet.heads(*columns))


def _ruled(heads: Iterable[Head]) -> Table:
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    ruled = SIMPLE_HEAD if utf else _ASCII_HEAD
    table = Table(box=ruled, header_style="dim", pad_edge=False, show_edge=False)
    for head in heads:
        table.add_column(
            head.text,
            justify="right" if head.numeric else "left",
            no_wrap=head.whole,
            overflow="ellipsis" if head.whole else "fold",
        )
    return table


def drawn(table: sheet.Table) -> Group:
    """A table of the sheet under its caption."""
    ruled = _ruled(table.heads)
    for row in table.rows:
        ruled.add_row(*map(cell_text, row))
    return titled(table.caption, ruled) if table.caption else Group(Text(), ruled)


def cell_text(cell: Cell) -> Text:
    """The text of a cell, a dash for none; badges are bold."""
    style = STYLES[cell.tone]
    return plain("-" if cell.text is None else cell.text, f"bold {style}" if cell.badge else style)


def grid(gap: int, columns: int = 2) -> Table:
    """An empty table without heads, so many blanks apart; only its last column is broken."""
    table = Table.grid(padding=(0, gap))
    for _ in range(columns - 1):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def bullets(lines: Iterable[str], style: str = "") -> Table:
    """Texts as a list, each indented behind its dash."""
    table = grid(1)
    for line in lines:
        table.add_row("-", plain(line, style))
    return table


def titled(title: str, *parts: RenderableType) -> Group:
    """Parts under a title, a blank line above it."""
    return Group(Text(), Text(title, "bold"), *parts)


def ruled_title(title: Text) -> Rule:
    """A title with a line behind it."""
    return Rule(title, align="left", style="dim")


def write(console: Console, *parts: RenderableType) -> None:
    """Write the parts, without the blanks that tables leave at the ends of lines."""
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    # Not by `click.echo`, which would decide on colours and on the encoding once more.
    sys.stdout.write(re.sub(r" +$", "", captured.get(), flags=re.MULTILINE))
    sys.stdout.flush()
