"""What is tried: commands in a row, in a folder that holds some price books."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

import click

from cli.main import main
from tests.fuzz.books import Book, write

Folders: TypeAlias = Mapping[str, Book]
PLAIN: Mapping[str, str] = {}
NARROW = {"COLUMNS": "70"}
COLOURED = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
VIEWS = (PLAIN, NARROW, COLOURED)


@dataclass(frozen=True)
class Command:
    """Arguments of `cp-pricing`, what it reads, and what its environment has besides."""

    arguments: Sequence[str]
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The words that name a command which there is."""
        words, found = ["cp-pricing"], cast("click.Command", main)
        for word in self.arguments:
            if not isinstance(found, click.Group) or word not in found.commands:
                break
            words.append(word)
            found = found.commands[word]
        return " ".join(words)

    def __str__(self) -> str:
        """As a shell is told it."""
        settings = "".join(f"{name}={value!r} " for name, value in self.environment.items())
        return f"{settings}cp-pricing {shlex.join(self.arguments)}" + " < ..." * bool(self.stdin)


@dataclass(frozen=True)
class Trial:
    """Commands that are given one after the other, in a folder of their own.

    `seconds` of work are the most that one may take; those that take more are not compared.
    """

    name: str
    folders: Folders
    commands: Sequence[Command]
    seconds: float = 5

    def make(self, place: Path) -> None:
        """Write the price books."""
        place.mkdir()
        for name, book in self.folders.items():
            (place / name).mkdir()
            write(book, place / name)


def command(
    text: str, *more: str, stdin: str = "", environment: Mapping[str, str] = PLAIN
) -> Command:
    """A command from its words, and arguments that may have blanks in them."""
    return Command((*text.split(), *more), stdin, environment)
