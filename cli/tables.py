"""The one look of all tables, and of the lines that they are written as."""

from __future__ import annotations

import re

import click
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text


def table_of(*columns: str) -> Table:
    """An empty table, ruled below its head only, with left-aligned columns to begin with."""
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, show_edge=False)
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
    # `echo` would take the colours away again; the console has decided on them.
    click.echo(re.sub(r" +$", "", captured.get(), flags=re.MULTILINE), nl=False, color=True)
