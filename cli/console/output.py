"""JSON on standard output, and files that are written whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli.console.endings import Exit


def write_json(document: object, indent: int | None = None) -> None:
    """Write a document, indented or in one line, as UTF-8 whatever the terminal's encoding is."""
    click.echo(json.dumps(document, indent=indent, ensure_ascii=False).encode())


def check_folder(ctx: click.Context, option: str, file: Path | None) -> None:
    """Say that a file has no folder to be in, before any work is done."""
    if file is not None and not file.parent.is_dir():
        message = f"there is no folder `{file.parent}`"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")


def write_file(file: Path, text: str) -> None:
    """Write a file whole; exit with status 74 if that fails."""
    from cp_pricing.files.writing import write_whole

    with writing(file):
        write_whole(file, text)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say why a file or a folder could not be written, and exit with status 74."""
    try:
        yield
    except OSError as error:
        click.echo(f"error: {path}: {(error.strerror or str(error)).lower()}", err=True)
        sys.exit(Exit.NOT_WRITTEN)
