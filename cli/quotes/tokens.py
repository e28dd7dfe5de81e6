"""`cp-pricing quotes token`, `tokens` and `revoke`: who may do what with the record."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import click

from cli.console.inputs import policy_root_option, read_price_book
from cli.console.output import write_json
from cli.console.requests import format_option
from cli.console.saying import say, say_done
from cli.quotes.acting import acting_options, desk, until_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.quotes.log.acting import Scope

MADE_EPILOG = """\b
Examples:
  cp-pricing quotes token seller mara
  cp-pricing quotes token approver dana --approver deal-desk --until 2027-06-30
  cp-pricing quotes token seller mara@prices.example --single-sign-on
  cp-pricing quotes token approver ines --approver cfo --book my-prices --new-approver

\b
Exit status:
  0    the token was written, once and for all
  2    there can be no such token, and every reason
"""
LISTED_EPILOG = """\b
Examples:
  cp-pricing quotes tokens
  cp-pricing quotes tokens --format json

\b
Exit status:
  0    the list was written
"""
REVOKED_EPILOG = """\b
Exit status:
  0    the token is worth nothing any more
  2    there is no such token
"""


@click.command("token", epilog=MADE_EPILOG, short_help="Make a token for somebody.")
@click.argument("scope", type=click.Choice(["seller", "approver", "admin"]))
@click.argument("holder")
@click.option("--approver", metavar="NAME", default="", help="Whose signature it gives.")
@click.option(
    "--book",
    "folders",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    multiple=True,
    help="The price books that the approver is looked for in.  [default: the pilot]",
)
@click.option(
    "--new-approver", "is_new", is_flag=True, help="One whom no such price book names yet."
)
@click.option(
    "--single-sign-on",
    "elsewhere",
    is_flag=True,
    help="No token: HOLDER is let in who signs in under this very name at the proxy that `serve"
    " --identity-header` trusts.",
)
@until_option("The last day, in UTC, that it can be used.")
@policy_root_option
@acting_options
def token_(  # noqa: PLR0913 - click passes every option by its name
    *,
    scope: Scope,
    holder: str,
    approver: str,
    folders: tuple[str, ...],
    is_new: bool,
    elsewhere: bool,
    until: date | None,
    where: str,
    token: str | None,
    name: str | None,
) -> None:
    """Make a token for HOLDER and show it, which nobody can see again: only its hash is kept."""
    from cp_pricing.quotes.tokens import let_in, make

    if approver and not is_new:
        _check(approver, [read_price_book(folder) for folder in folders or (None,)])
    with desk(where, token, name, make=True) as own:
        if elsewhere:
            id_ = let_in(own, scope, holder, approver=approver, until=until)
            say_done(f"{holder} is let in by single sign-on; `quotes revoke {id_}` ends that")
            return
        made = make(own, scope, holder, approver=approver, until=until)
    say_done(made.token)
    say(f"token {made.id} of {holder}; it is not shown again")


def _check(approver: str, books: Sequence[PriceBook]) -> None:
    """Refuse a mistyped approver: the token would be good for nothing."""
    from cp_pricing.quotes.log.acting import ConflictError
    from cp_pricing.quotes.tokens import refuse_unnamed

    try:
        refuse_unnamed(approver, books)
    except ConflictError as error:
        ways = "--book is for another price book, --new-approver for one whom none names yet"
        raise click.ClickException(f"{error.message} ({error.hint}; {ways})") from error


@click.command("tokens", epilog=LISTED_EPILOG, short_help="List the tokens, without themselves.")
@format_option("A table for people, or one JSON document.", "table", "json")
@acting_options
def tokens(
    *, output: Literal["table", "json"], where: str, token: str | None, name: str | None
) -> None:
    """List all tokens that were made, by the ids with which they are revoked."""
    from cp_pricing.quotes.documents import token_document
    from cp_pricing.quotes.tokens import tokens as made

    with desk(where, token, name) as own:
        found = made(own.store, own.actor)
    if output == "json":
        listed = [token_document(each).model_dump(mode="json") for each in found]
        write_json({"schema_version": 1, "tokens": listed}, indent=2)
        return
    from cli.views.log import show_tokens
    from cli.views.terminal import console

    show_tokens(console(), found, own.now)


@click.command("revoke", epilog=REVOKED_EPILOG, short_help="Revoke a token.")
@click.argument("id_", metavar="ID")
@acting_options
def revoke(*, id_: str, where: str, token: str | None, name: str | None) -> None:
    """Make a token worth nothing from now on; `quotes tokens` has its id."""
    from cp_pricing.quotes.tokens import revoke as end

    with desk(where, token, name) as own:
        end(own, id_)
    say_done(f"token {id_} is revoked")
