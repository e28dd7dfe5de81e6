"""Reading what a command is given; every fault of it on standard error, with its line."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from cli.console.endings import Exit
from cli.console.saying import say

if TYPE_CHECKING:
    from constraints.text.source import InputError
    from cp_pricing.book.price_book import PriceBook

T = TypeVar("T")
_ROOT = "cp_pricing.policy_root"


def _kept(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    ctx.meta[_ROOT] = value


policy_root_option = click.option(
    "--policy-root",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    expose_value=False,
    callback=_kept,
    help="A folder that `extends` and links may lead to, besides that of the price book.",
)


def policy_root() -> Path | None:
    """The folder that the running command's --policy-root names."""
    root: Path | None = click.get_current_context().meta.get(_ROOT)
    return root


def price_book_folder(given: str | None) -> Path:
    """The folder of the price book: the one that is given, one that is shipped, or the pilot's."""
    from cp_pricing.files.shipped import pilot_folder

    if given is not None:
        return _shipped_or_own(given)
    try:
        return pilot_folder()
    except FileNotFoundError as missing:
        raise click.ClickException(f"{missing}; name a price book") from missing


def _shipped_or_own(given: str) -> Path:
    """The folder of this name, or else the shipped price book of this name."""
    from cp_pricing.files.reading import is_there
    from cp_pricing.files.shipped import shipped_books

    own = Path(given)
    if is_there(own) or own.name != given:
        return own
    try:
        found = [book.folder for book in shipped_books() if book.name == given]
    except FileNotFoundError:
        found = []
    return found[0] if found else own


def read_or_exit(read: Callable[[], T]) -> T:
    """What `read` returns; all faults are shown and the exit status is 2 if it finds any."""
    from constraints.text.source import InputError

    try:
        found = read()
    except InputError as faults:
        fail(faults)
    gc.freeze()  # what is imported and read stays: it is not looked through for garbage
    return found


def read_price_book(given: str | None) -> PriceBook:
    """The price book of a folder, or the pilot; all its faults end the program."""
    from cp_pricing.book.loading import load_price_book

    folder = price_book_folder(given)
    return read_or_exit(lambda: load_price_book(folder, policy_root=policy_root()))


def fail(faults: InputError) -> NoReturn:
    """Show every fault with its line and hint, and exit with status 2."""
    from constraints.text.source import render_issue

    for issue in faults.issues:
        say(*render_issue(issue, faults.sources.get(issue.file, "")).split("\n"))
    count = sum(issue.severity == "error" for issue in faults.issues)
    say(f"error: {count} fault{'' if count == 1 else 's'}; nothing was computed")
    sys.exit(Exit.BAD_INPUT)


def warn(book: PriceBook) -> None:
    """Show what is valid in a price book, but doubtful."""
    for issue in book.warnings:
        hint = f" ({issue.hint})" if issue.hint else ""
        say(f"{issue}{hint}")


def known_or_fail(
    ctx: click.Context,
    option: str,
    wanted: str,
    known: Sequence[str],
    listed: Sequence[str] = (),
) -> str:
    """The name that an option gives, or a fault that says which one may have been meant.

    `listed` are the names that are told where none is near, if not all.
    """
    from constraints.text.source import did_you_mean

    if wanted in known:
        return wanted
    hint = did_you_mean(wanted, known) or f"known: {', '.join(listed or known)}"
    parameter = next(p for p in ctx.command.params if option in p.opts)
    raise click.BadParameter(f"there is no `{wanted}`; {hint}", ctx, parameter)
