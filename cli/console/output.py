"""JSON on standard output, and files that are written whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from cli.console.endings import Exit
from cli.console.inputs import read_or_exit
from cli.console.saying import say

if TYPE_CHECKING:
    from cp_pricing.results import TuningResult


def write_json(document: object, indent: int | None = None) -> None:
    """Write a document, indented or in one line, as UTF-8 whatever the terminal's encoding is."""
    # A file's name may have bytes that are not UTF-8: `\\udcff` is how JSON says such a one.
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    click.echo(text.encode(errors="backslashreplace"))


def write_results(results: Sequence[TuningResult]) -> None:
    """Write results as one document."""
    document = {"schema_version": 1, "results": [r.model_dump(mode="json") for r in results]}
    write_json(document, indent=2)


def check_ending(ctx: click.Context, option: str, file: Path, endings: Sequence[str]) -> None:
    """Say that a file's ending is none that can be written, in whichever case."""
    if file.suffix.lower() not in endings:
        message = f"`{file.name}` ends with none of {' and '.join(endings)}"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")


def check_folder(ctx: click.Context, option: str, file: Path | None) -> None:
    """Say that a file has no folder to be in, before any work is done."""
    if file is not None and not file.parent.is_dir():
        message = f"there is no folder `{file.parent}`"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file whole; exit with status 74 if that fails."""
    from cp_pricing.files.writing import write_whole

    with writing(file):
        write_whole(file, content)


@contextmanager
def needing_extras() -> Iterator[None]:
    """Say which library of an extra is missing and how to get it, and exit with status 2."""
    from cp_pricing.files.extras import MissingExtraError

    try:
        yield
    except MissingExtraError as missing:
        raise click.ClickException(str(missing)) from missing


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say why a file or a folder could not be written, and exit with status 74."""
    try:
        yield
    except OSError as error:
        say(f"error: {path}: {(error.strerror or str(error)).lower()}")
        sys.exit(Exit.NOT_WRITTEN)


def refuse_overwriting(written: Sequence[Path], read: Iterable[Path]) -> None:
    """Exit with status 2 if a file to be written is one that is read, or is written twice."""
    from cp_pricing.files.clashes import refuse_clashes

    read_or_exit(lambda: refuse_clashes(written, read))


def end_unwritten(what: str, error: OSError | MemoryError) -> NoReturn:
    """Say what could not be written, or for want of what, and exit with status 74."""
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else "not enough memory"
    named = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    say(f"error: {named}{reason.lower()}; {what}")
    sys.exit(Exit.NOT_WRITTEN)
