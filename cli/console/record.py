"""Where the record of quotes is, and how a command ends that may not or cannot use it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console.endings import Exit
from cli.console.output import check_folder
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.quotes.log.acting import QuoteError


def checked_store(ctx: click.Context, _: click.Parameter, where: str) -> str:
    """The place of the record, whose folder is looked for before any work is done."""
    if where and "://" not in where:
        check_folder(ctx, "--store", Path(where))
    return where


@contextmanager
def reasons_told() -> Iterator[None]:
    """Say why the record refuses, and end with status 74 where it cannot be written, else 2."""
    from cp_pricing.quotes.log.acting import QuoteError, UnwrittenError

    try:
        yield
    except UnwrittenError as error:
        say(f"error: {_in_words(error)}")
        sys.exit(Exit.NOT_WRITTEN)
    except QuoteError as error:
        raise click.ClickException(_in_words(error)) from error


def _in_words(error: QuoteError) -> str:
    hint = f" ({error.hint})" if error.hint else ""
    return f"{error.message}{hint}"
