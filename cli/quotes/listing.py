"""`cp-pricing quotes list` and `show`: quotes found, and one of them read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import click

from cli.console.output import write_json
from cli.console.requests import format_option
from cli.console.saying import say
from cli.quotes.acting import acting_options, desk, number_argument

if TYPE_CHECKING:
    from cp_pricing.quotes.history import Status
    from cp_pricing.results import Decision

_DECISIONS = ("accepted", "requires_approval", "rejected", "unknown")
_STATUSES = ("open", "waiting", "refused", "ready", "sent", "agreed", "expired", "withdrawn")
_AGE = re.compile(r"(\d{1,5})([hdw])", re.ASCII)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}

LIST_EPILOG = """\b
Examples:
  cp-pricing quotes list
  cp-pricing quotes list --status waiting --status refused --owner mara
  cp-pricing quotes list --search acme --newer-than 30d --format json
  cp-pricing quotes list --before 4711

\b
Exit status:
  0    the list was written
  2    there is no such record
"""
SHOW_EPILOG = """\b
Examples:
  cp-pricing quotes show Q-2026-0001
  cp-pricing quotes show 2026-1 --format json

\b
Exit status:
  0    the quote was written
  2    there is no such quote
"""


def _age(ctx: click.Context, parameter: click.Parameter, value: str | None) -> timedelta | None:
    """An age as people write it: `36h`, `30d`, `2w`."""
    if value is None:
        return None
    if (found := _AGE.fullmatch(value)) is None:
        raise click.BadParameter("must be an age such as 36h, 30d or 2w", ctx, parameter)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command("list", epilog=LIST_EPILOG, short_help="Find quotes.")
@click.option(
    "--search",
    "text",
    metavar="TEXT",
    default="",
    help="In number, customer, plan, profile or note.",
)
@click.option(
    "--decision",
    "decisions",
    type=click.Choice(_DECISIONS),
    multiple=True,
    help="Decided so; may be repeated.",
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice(_STATUSES),
    multiple=True,
    help="That stand so; may be repeated.",
)
@click.option("--owner", metavar="NAME", default="", help="Whose they are.")
@click.option(
    "--newer-than",
    metavar="AGE",
    callback=_age,
    help="Whose latest version is at most as old: 36h, 30d, 2w.",
)
@click.option("--older-than", metavar="AGE", callback=_age, help="Or at least as old.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="As many at most, those that something happened to last.",
)
@click.option(
    "--before",
    type=click.IntRange(1, 2**62),
    metavar="ENTRY",
    help="Only those that nothing has happened to from this entry of the log on: the next page.",
)
@format_option("A table for people, or one JSON document.", "table", "json")
@acting_options
def list_(  # noqa: PLR0913 - click passes every option by its name
    *,
    text: str,
    decisions: tuple[Decision, ...],
    statuses: tuple[Status, ...],
    owner: str,
    newer_than: timedelta | None,
    older_than: timedelta | None,
    limit: int,
    before: int | None,
    output: Literal["table", "json"],
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """List quotes, those first that something happened to last."""
    from cp_pricing.quotes.record import LAST, Search, page_of

    search = Search(text, decisions, statuses, owner, newer_than, older_than)
    with desk(where, token, name) as own:
        own.actor.need("read")
        found = page_of(own.store, search, own.now, limit, before or LAST)
    if output == "json":
        from cp_pricing.quotes.documents import quote_document

        documents = [quote_document(each, own.now).model_dump(mode="json") for each in found.quotes]
        write_json({"schema_version": 1, "quotes": documents, "before": found.before}, indent=2)
        return
    from cli.views.quotes import show_quotes
    from cli.views.terminal import console

    show_quotes(console(), found.quotes, own.now)
    if found.before is not None:
        say(f"there may be more: --before {found.before}")


@click.command("show", epilog=SHOW_EPILOG, short_help="Show a quote with its versions.")
@number_argument
@format_option("For people, or one JSON document with the result.", "text", "json")
@acting_options
def show(
    *, number: str, output: Literal["text", "json"], where: str, token: str | None, name: str | None
) -> None:
    """Show a quote: where it stands, who has to sign, and what each version changed."""
    from cp_pricing.quotes.record import contents, version

    with desk(where, token, name) as own:
        own.actor.need("read")
        quote, which = version(own.store, number)
        solved = contents(own.store, which)
    if output == "json":
        from cp_pricing.quotes.documents import quote_document

        document = quote_document(quote, own.now).model_dump(mode="json")
        write_json({**document, "result": solved.result.model_dump(mode="json")}, indent=2)
        return
    from cli.views.quotes import show_one
    from cli.views.terminal import console

    show_one(console(), quote, which, solved, own.now)
