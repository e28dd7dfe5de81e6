"""Tables of single faults in a price book, and what is told of one."""

from __future__ import annotations

from collections.abc import Mapping

from constraints.text.source import InputError, Issue
from tests.support.books import parse
from tests.support.places import EXAMPLE


def issues_of(texts: Mapping[str, str]) -> tuple[Issue, ...]:
    """Every fault of a price book and its requests, by file."""
    try:
        parse(texts)
    except InputError as error:
        return error.issues
    return ()


def reports_of(texts: Mapping[str, str]) -> list[str]:
    """Each fault with its place, and its hint in a second line."""
    return [
        f"{issue}\n  hint: {issue.hint}" if issue.hint else str(issue) for issue in issues_of(texts)
    ]


def single_faults(table: str) -> list[tuple[str, str, str, str]]:
    """The cases of a table: file, old text, new text, what is told."""
    cases = (EXAMPLE.parent / table).read_text("utf-8").rstrip("\n").split("\n\n")[1:]
    lines = [case.split("\n", 3) for case in cases]
    return [
        (file, old[2:].replace("\\n", "\n"), new[2:].replace("\\n", "\n"), report)
        for file, old, new, report in lines
    ]
