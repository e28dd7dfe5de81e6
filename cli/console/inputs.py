"""Reading what a command is given; every fault of it on standard error, with its line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from cli.console.endings import Exit

if TYPE_CHECKING:
    from constraints.text.source import InputError
    from cp_pricing.book.price_book import PriceBook

T = TypeVar("T")


def price_book_folder(given: str | None) -> Path:
    """The folder of the price book: the one that is given, or the pilot's."""
    from cp_pricing.files.shipped import pilot_folder

    if given is not None:
        return Path(given)
    try:
        return pilot_folder()
    except FileNotFoundError as missing:
        raise click.ClickException(f"{missing}; name a price book") from missing


def read_or_exit(read: Callable[[], T]) -> T:
    """What `read` returns; all faults are shown and the exit status is 2 if it finds any."""
    from constraints.text.source import InputError

    try:
        return read()
    except InputError as faults:
        fail(faults)


def read_price_book(given: str | None) -> PriceBook:
    """The price book of a folder, or the pilot; all its faults end the program."""
    from cp_pricing.book.loading import load_price_book

    folder = price_book_folder(given)
    return read_or_exit(lambda: load_price_book(folder))


def fail(faults: InputError) -> NoReturn:
    """Show every fault with its line and hint, and exit with status 2."""
    from constraints.text.source import render_issue

    for issue in faults.issues:
        click.echo(_printable(render_issue(issue, faults.sources.get(issue.file, ""))), err=True)
    count = sum(issue.severity == "error" for issue in faults.issues)
    click.echo(f"error: {count} fault{'' if count == 1 else 's'}; nothing was computed", err=True)
    sys.exit(Exit.BAD_INPUT)


def warn(book: PriceBook) -> None:
    """Show what is valid in a price book, but doubtful."""
    for issue in book.warnings:
        hint = f" ({issue.hint})" if issue.hint else ""
        click.echo(_printable(f"{issue}{hint}"), err=True)


def known_or_fail(ctx: click.Context, option: str, wanted: str, known: Sequence[str]) -> str:
    """The id that an option names, or a fault that says which one may have been meant."""
    from constraints.text.source import did_you_mean

    if wanted in known:
        return wanted
    hint = did_you_mean(wanted, known) or f"known: {', '.join(known)}"
    parameter = next(p for p in ctx.command.params if option in p.opts)
    raise click.BadParameter(f"there is no `{wanted}`; {hint}", ctx, parameter)


def _printable(text: str) -> str:
    """The text as standard error can write it."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
