"""`cp-pricing quotes backup`: a copy of the record, while others go on."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console.output import check_folder, refuse_overwriting, writing
from cli.console.saying import say_done
from cli.quotes.acting import acting_options, desk

EPILOG = """\b
Examples:
  cp-pricing quotes backup copy.sqlite

\b
Exit status:
  0    the copy is on the disk, and its log is whole
  2    bad input
  74   it could not be written
"""


@click.command("backup", epilog=EPILOG, short_help="Copy the record while it is used.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@acting_options
@click.pass_context
def backup(
    ctx: click.Context, /, *, file: Path, where: str, token: str | None, name: str | None
) -> None:
    """Write a copy of the record as it is at one moment to FILE, whole or not at all."""
    from cp_pricing.quotes.log.acting import ConflictError
    from cp_pricing.quotes.store.sqlite import SqliteStore

    check_folder(ctx, "FILE", file)
    refuse_overwriting([file], [Path(where)])
    with desk(where, token, name) as own:
        own.actor.need("log")
        if not isinstance(own.store, SqliteStore):
            raise ConflictError("a server's record is backed up with `pg_dump`")
        with writing(file):
            own.store.backup(file)
    say_done(f"wrote {file}")
