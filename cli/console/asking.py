"""The arguments and options of a question in one line, by their names in `Question`."""

from __future__ import annotations

import click
from click.decorators import FC

from cli.console.offered import facts, fields, plans, preferences, profiles, terms

_WORDS = (
    click.argument("plan", shell_complete=plans),
    click.argument("profile", shell_complete=profiles),
    click.argument("terms", metavar="[TERM=VALUE]...", nargs=-1, shell_complete=terms),
)
_OPTIONS = (
    click.option(
        "--open",
        "opened",
        metavar="TERM,...",
        multiple=True,
        shell_complete=fields,
        help="Terms that the solver may choose within their bounds.",
    ),
    click.option(
        "--prefer",
        "preference",
        metavar="price|ltv|least",
        shell_complete=preferences,
        help="Look for the lowest price (the default), the highest lifetime value, or the least "
        "commitment at the price asked.",
    ),
    click.option("--approval", is_flag=True, help="Exceptions may be approved."),
    click.option("--customer", metavar="NAME", help="Who asks."),
    click.option("--members", metavar="N", help="This customer's own members."),
    click.option(
        "--usage",
        metavar="UNITS",
        help="This customer's own expected units a month; of several meters input=20M,output=4M.",
    ),
    click.option(
        "--fact",
        "facts",
        metavar="NAME=VALUE",
        multiple=True,
        shell_complete=facts,
        help="A fact that the policy declares.",
    ),
)


def question_words(command: FC) -> FC:
    """The arguments: a plan, a profile and terms."""
    for part in reversed(_WORDS):
        command = part(command)
    return command


def question_options(command: FC) -> FC:
    """The options that say what is asked, whoever wants to know."""
    for part in reversed(_OPTIONS):
        command = part(command)
    return command


book_option = click.option(
    "--book",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="The price book.  [default: the pilot]",
)
