"""`cp-pricing quotes verify`: whether a quote's answer stands."""

from __future__ import annotations

import sys
from typing import Literal

import click

from cli.console.endings import Exit
from cli.console.inputs import policy_root_option, read_price_book
from cli.console.output import write_json
from cli.console.requests import EACH, format_option, time_limit_option
from cli.quotes.acting import acting_options, desk, number_argument

EPILOG = """\b
Examples:
  cp-pricing quotes verify Q-2026-0001
  cp-pricing quotes verify Q-2026-0001.1 --book my-prices

\b
Exit status:
  0    the answer stands, has not expired, and the book of --book answers the same
  1    one of these is not so
  2    bad input
  3    it could not be decided within the time limit
"""


@click.command("verify", epilog=EPILOG, short_help="Solve a quote again from its own price book.")
@number_argument
@click.option(
    "--book",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="Say as well what this price book would answer now.",
)
@format_option("For people, or one JSON document.", "text", "json")
@time_limit_option
@policy_root_option
@acting_options
def verify(  # noqa: PLR0913 - click passes every option by its name
    *,
    number: str,
    folder: str | None,
    output: Literal["text", "json"],
    time_limit: float | None,
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """Solve a version again from the texts that are kept with it, and compare the answers."""
    book = None if folder is None else read_price_book(folder)
    from cp_pricing.quotes import verification
    from cp_pricing.quotes.documents import verification_document
    from cp_pricing.quotes.record import version

    with desk(where, token, name) as own:
        own.actor.need("read")
        _, which = version(own.store, number)
        found = verification.verify(
            own.store, which, own.now, book=book, time_limit=time_limit or EACH
        )
    if output == "json":
        write_json(verification_document(found).model_dump(mode="json"), indent=2)
    else:
        from cli.views.quotes import show_verification
        from cli.views.terminal import console

        show_verification(console(), found)
    if found.stands is None:
        sys.exit(Exit.UNKNOWN)
    sys.exit(Exit.DECIDED if found.holds else Exit.FAILED_ON)
