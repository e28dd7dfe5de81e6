"""`cp-pricing quotes log`: who did what when, and whether the chain is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from cli.console.endings import Exit
from cli.console.output import write_json
from cli.console.requests import format_option
from cli.console.saying import say
from cli.quotes.acting import acting_options, desk

if TYPE_CHECKING:
    from cp_pricing.quotes.log.entries import Row
    from cp_pricing.quotes.record import Desk

EPILOG = """\b
Examples:
  cp-pricing quotes log
  cp-pricing quotes log Q-2026-0001 --format json
  cp-pricing quotes log --verify

\b
Exit status:
  0    the log was written; with --verify, it is whole
  1    with --verify: something in it is not as it was written
  2    there is no such record or quote
"""


@click.command("log", epilog=EPILOG, short_help="Show who did what when, or verify it.")
@click.argument("number", required=False)
@click.option("--verify", is_flag=True, help="Check every entry's hash, and every document.")
@click.option(
    "--head",
    metavar="HASH",
    default="",
    help="With --verify: a hash that was noted before has to be in the chain.",
)
@format_option("A table for people, or lines of JSON as they are kept.", "table", "json")
@acting_options
@click.pass_context
def log(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    /,
    *,
    number: str | None,
    verify: bool,
    head: str,
    output: Literal["table", "json"],
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """Show the log, all of it or what concerns one quote."""
    if head and not verify:
        raise click.UsageError("`--head` is for `--verify`", ctx)
    if verify and number:
        raise click.UsageError("the chain is verified as a whole: leave the number out", ctx)
    with desk(where, token, name) as own:
        own.actor.need("log")
        rows = _rows(own, number)
        faults = _faults(own, rows, head) if verify else []
    if verify:
        _end(rows, faults)
    if output == "json":
        for row in rows:
            write_json({**json.loads(row.text), "hash": row.hash})
        return
    from cli.views.log import show_log
    from cli.views.terminal import console

    show_log(console(), [row.entry for row in rows])


def _rows(own: Desk, number: str | None) -> Sequence[Row]:
    from cp_pricing.quotes.record import quote

    known = quote(own.store, number).number if number else ""
    with own.store.reading() as record:
        return tuple(record.rows(quote=known))


def _faults(own: Desk, rows: Sequence[Row], head: str) -> list[str]:
    from cp_pricing.quotes.log.entries import faults_in

    with own.store.reading() as record:
        faults = list(faults_in(rows, record.documents()))
    if head and not any(row.hash == head for row in rows):
        faults.append(f"the hash {head} is not in the chain: entries are gone or were written anew")
    return faults


def _end(rows: Sequence[Row], faults: Sequence[str]) -> NoReturn:
    """Say whether the log is whole; its last hash, noted elsewhere, shows later if it was cut."""
    for fault in faults:
        say(f"error: {fault}")
    if faults:
        sys.exit(Exit.FAILED_ON)
    last = f"; the last has the hash {rows[-1].hash}" if rows else ""
    say(f"{len(rows)} entries, each chained to the one before{last}", err=False)
    sys.exit(Exit.DECIDED)
