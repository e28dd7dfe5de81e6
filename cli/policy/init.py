"""`cp-pricing policy init`: a new price book that solves at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cli.console.endings import Exit
from cli.console.output import writing
from cli.console.saying import say, say_done

EPILOG = """\b
Examples:
  cp-pricing policy init my-prices
  cp-pricing solve my-prices

\b
Exit status:
  0    the price book was made
  2    the folder has one of its files already: nothing was written
  74   a file could not be written
"""


@click.command("init", epilog=EPILOG, short_help="Make a new price book that solves at once.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(*, folder: Path) -> None:
    """Make a new price book in FOLDER, to be changed into your own.

    Its files are commented, name their schemas for editors, and solve at once: with a request that
    is accepted, one that needs approval and one that is rejected, and tests that say so. Nothing
    is overwritten.
    """
    from cp_pricing.authoring.workspace import new_price_book, taken

    if names := taken(folder):
        message = f"error: {folder} has {', '.join(names)} already; nothing was written"
        say(message, "  hint: name another folder")
        sys.exit(Exit.BAD_INPUT)
    with writing(folder):
        written = new_price_book(folder)
    for path in written:
        say_done(f"wrote {path}")
    say_done(f"next: cp-pricing solve {folder}")
