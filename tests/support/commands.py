"""The commands that help texts and pages show, as they are run from a fresh folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

import click

from cli.main import main
from tests.support import docs

# A line that shows how a command is called rather than calling it.
_SYNOPSIS = re.compile(r"\[|\.\.\.|(?<![\w-])(?!ID\b)[A-Z][A-Z_]+\b(?!-)")
_SHOWN = re.compile(r"(?:[\w-]+ \| )?cp-pricing(?= )[^`#]*")


def examples() -> Iterator[tuple[str, str]]:
    """Where a command is shown, and the command, without what is said of it."""
    commands = dict(commands_of(main))
    yield from ((path, line) for path, command in commands.items() for line in _of_help(command))
    for document in docs.DOCUMENTS:
        if document.name == "CHANGELOG.md":
            continue  # what there was to be seen once
        page = _of_page(docs.text_of(document), commands.keys())
        yield from ((document.as_posix(), line) for line in page)


def commands_of(
    command: click.Command, path: str = "cp-pricing"
) -> Iterator[tuple[str, click.Command]]:
    """A command and those in it, by what is typed for them."""
    yield path, command
    if isinstance(command, click.Group):
        for name, part in parts_of(command):
            yield from commands_of(part, f"{path} {name}")


def parts_of(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group, by name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        part = group.get_command(context, name)
        assert part is not None
        yield name, part


def _of_help(command: click.Command) -> Iterator[str]:
    text = (command.epilog or "").partition("Exit status:")[0]
    for line in text.splitlines():
        if shown := _SHOWN.search(line):
            yield _without_remark(shown[0])


def _of_page(text: str, names: Collection[str]) -> Iterator[str]:
    """The commands in the lines of a page that begin with one, and those in backticks.

    In backticks the bare name of a command is only its name.
    """
    for line in text.splitlines():
        if (shown := re.match(rf"(?:\$ | {{4}})?({_SHOWN.pattern})", line)) and _calls(line):
            yield _without_remark(shown[1])
        quoted = (shown.strip() for shown in re.findall(rf"`({_SHOWN.pattern})`", line))
        yield from (shown for shown in quoted if shown not in names and _calls(shown))


def _without_remark(line: str) -> str:
    return re.split(r"\s{2,}", line)[0].strip()


def _calls(line: str) -> bool:
    """Whether a line is a call: neither how one looks like, nor a sentence about the program."""
    verb = line.partition("cp-pricing ")[2].split(" ")[0]
    return not _SYNOPSIS.search(line) and (verb in dict(parts_of(main)) or verb.startswith("--"))


def parsed(command: str) -> tuple[list[str], Path | None]:
    """The arguments of a command, and the file that its standard input is, if there is one."""
    command = re.sub(r"\s*>>?\s*\S+$", "", command)
    producer, _, plain = command.rpartition(" | ")
    plain, _, file = plain.partition(" < ")
    given = Path(file) if file else Path(producer) if producer else None
    return shlex.split(plain)[1:], given
