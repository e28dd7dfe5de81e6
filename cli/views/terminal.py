"""The console that tables are written to: how wide, and with or without colours."""

from __future__ import annotations

import os
import sys
import textwrap

from rich.console import Console
from rich.text import Text

from constraints.text.source import printable

PIPED_WIDTH = 100
WIDEST = 120
# Below this, a terminal breaks the lines itself, which loses less than cutting the columns.
NARROWEST = 60


def console() -> Console:
    """A console on standard output: a terminal's width up to 120 columns, 100 in a pipe.

    `COLUMNS` sets the width, `NO_COLOR` and `TERM=dumb` turn colours off; a pipe has no control
    codes at all.
    """
    return Console(width=_width(), highlight=False, markup=False, emoji=False)


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(NARROWEST, int(columns))
    if not sys.stdout.isatty():
        return PIPED_WIDTH
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return PIPED_WIDTH
    return max(NARROWEST, min(WIDEST, width or PIPED_WIDTH))


def plain(text: str, style: str = "") -> Text:
    """A text of a file as a terminal may be shown it: in one line, without control characters."""
    return Text(printable(text), style)


def broken(text: str, width: int, style: str = "") -> Text:
    """An id on as many lines as it needs, broken behind its hyphens where it has any."""
    lines = textwrap.wrap(plain(text).plain, max(1, width))
    return Text("\n".join(lines), style)
