"""Words for people: what goes to a terminal as text has nothing in it that could control one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click


def say(*lines: str, err: bool = True) -> None:
    """Write lines on standard error, or on standard output."""
    from constraints.text.source import printable

    click.echo("\n".join(map(printable, lines)), err=err)


def say_done(line: str) -> None:
    """Say on standard output what has been done, which stays done if nobody can hear of it."""
    try:
        say(line, err=False)
    except OSError:
        discard_output()


def discard_output() -> None:
    """Let standard output lead nowhere: what is still buffered would raise again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Let what click says of arguments be words like all others, and bad input like all other."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # a page of help, which quotes nobody
    except click.ClickException as refusal:
        from constraints.text.source import printable

        ctx = refusal.ctx if isinstance(refusal, click.UsageError) else None
        raise click.UsageError(printable(refusal.format_message()), ctx) from refusal
