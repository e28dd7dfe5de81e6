"""The one look of all tables, and of the lines that they are written as."""

from __future__ import annotations

import re
import sys

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

# The same as SIMPLE_HEAD, where rich itself would draw lines between the columns as well.
_ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def table_of(*columns: str) -> Table:
    """An empty table, ruled below its head only, with left-aligned columns to begin with."""
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    ruled = SIMPLE_HEAD if utf else _ASCII_HEAD
    table = Table(box=ruled, header_style="dim", pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def titled(title: str, *parts: RenderableType) -> Group:
    """Parts under a title, a blank line above it."""
    return Group(Text(), Text(title, "bold"), *parts)


def write(console: Console, *parts: RenderableType) -> None:
    """Write the parts, without the blanks that tables leave at the ends of lines."""
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    # Not by `click.echo`, which would decide on colours and on the encoding once more.
    sys.stdout.write(re.sub(r" +$", "", captured.get(), flags=re.MULTILINE))
    sys.stdout.flush()
