"""`cp-pricing books`: the price books that come with cp-pricing."""

from __future__ import annotations

from typing import Literal

import click

from cli.console.output import write_json
from cli.console.requests import format_option

EPILOG = """\b
Examples:
  cp-pricing books
  cp-pricing models coulomb          one of them, by its name
  cp-pricing books --format json     with the folder of each

\b
Exit status:
  0    the list was written
"""


@click.command(epilog=EPILOG, short_help="List the price books that come with cp-pricing.")
@format_option("A table for people, or one JSON document.", "table", "json")
def books(*, output: Literal["table", "json"]) -> None:
    """List the price books that come with cp-pricing.

    Each can be named where a command takes a price book. A folder of the same name comes first.
    """
    from cp_pricing.files.shipped import shipped_books

    try:
        shipped = shipped_books()
    except FileNotFoundError as missing:
        raise click.ClickException(str(missing)) from missing
    if output == "json":
        listed = [{"name": b.name, "title": b.title, "folder": str(b.folder)} for b in shipped]
        write_json({"schema_version": 1, "books": listed}, indent=2)
        return
    from cli.views.tables import table_of, write
    from cli.views.terminal import console, plain

    table = table_of("Name", "What it is")
    for book in shipped:
        table.add_row(plain(book.name, "bold"), plain(book.title))
    write(console(), table)
