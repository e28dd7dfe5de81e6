"""The group of commands for quotes on record, `cp-pricing quotes`."""

from __future__ import annotations

import click

from cli.quotes.backup import backup
from cli.quotes.listing import list_, show
from cli.quotes.log import log
from cli.quotes.save import save
from cli.quotes.sending import link, send
from cli.quotes.signatures import ask, refuse, sign, withdraw
from cli.quotes.tokens import revoke, token_, tokens
from cli.quotes.verify import verify


@click.group("quotes")
def quotes() -> None:
    """Keep quotes on record, get them signed, verify them."""


for command in (
    save,
    list_,
    show,
    verify,
    ask,
    sign,
    refuse,
    withdraw,
    send,
    link,
    log,
    token_,
    tokens,
    revoke,
    backup,
):
    quotes.add_command(command)
