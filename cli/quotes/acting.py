"""What the commands of the record share: where it is, who acts, and what time it is."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from click.decorators import FC

from cli.console.output import needing_extras
from cli.console.record import checked_store, reasons_told

if TYPE_CHECKING:
    from cp_pricing.quotes.log.acting import Actor
    from cp_pricing.quotes.record import Desk

STORE = "quotes.sqlite"

_OPTIONS = (
    click.option(
        "--store",
        "where",
        metavar="FILE",
        envvar="CP_PRICING_STORE",
        default=STORE,
        callback=checked_store,
        show_default=True,
        help="The file that quotes are kept in, or a server's postgresql:// address; also "
        "from CP_PRICING_STORE.",
    ),
    click.option(
        "--token",
        metavar="TOKEN",
        envvar="CP_PRICING_TOKEN",
        help="Whose token this is acts, rather than who may write the file; better not in the "
        "line but from CP_PRICING_TOKEN.",
    ),
    click.option(
        "--as", "name", metavar="NAME", help="Without a token: who acts.  [default: your login]"
    ),
)
number_argument = click.argument("number", metavar="NUMBER")
comment_option = click.option("--comment", metavar="TEXT", default="", help="What is to be said.")


def acting_options(command: FC) -> FC:
    """`--store`, `--token` and `--as`, which `desk` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def until_option(about: str) -> Callable[[FC], FC]:
    """`--until`, a last day in UTC; `None` if it was not given."""
    return click.option(
        "--until",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _ctx, _parameter, value: value and value.date(),
        help=about,
    )


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@contextmanager
def desk(where: str, token: str | None, name: str | None, *, make: bool = False) -> Iterator[Desk]:
    """The record with who acts on it; what cannot be done ends the program with its reasons."""
    from cp_pricing.quotes.record import Desk
    from cp_pricing.quotes.store.opening import open_store
    from cp_pricing.quotes.tokens import actor_of

    with reasons_told():
        with needing_extras():
            store = open_store(where, make=make)
        moment = now()
        try:
            actor = actor_of(store, token, moment) if token else _local(name)
            yield Desk(store, actor, moment)
        finally:
            store.close()


def _local(name: str | None) -> Actor:
    """Who may write the file may do what an administrator may; to sign takes a token."""
    from cp_pricing.quotes.log.acting import Actor

    return Actor(name or _login(), "admin")


def _login() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user without a name
        return "somebody"
