"""What is said about faults: the places, the words and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from constraints.text.source import InputError, Issue, render_issue
from tests.fuzz.books import Book, Oddity

LONGEST = 400  # characters; a message is one line for a tired person
WIDEST = 260
_LEAK = re.compile(
    r"Input should|Value error|Field required|Extra inputs|<class|Traceback|object at 0x|Error\b"
    r"|pydantic|NoneType|Fraction\(|could not determine|block mapping|while (parsing|scanning)"
)


class Fault(NamedTuple):
    """What went wrong: `kind` is the same for all cases of one cause."""

    kind: str
    detail: str


def message_faults(error: InputError, book: Book, names: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong with the issues of a refused book; `names` are of its files by path."""
    lines = {path: _lines(book[name]) for path, name in names.items()}
    for issue in error.issues:
        if issue.file not in names:
            yield Fault("an issue in a file that is none", str(issue))
        if not _is_inside(issue, lines.get(issue.file, [""])):
            yield Fault("a span outside of its file", f"{issue.span}: {issue}")
        yield from _word_faults(issue)
        yield from _rendering_faults(issue, error.sources.get(issue.file, ""))
    if len(str(error).splitlines()) != len(error.issues):
        yield Fault("not one line for each issue", repr(str(error)))


def _lines(content: bytes | Oddity) -> list[str]:
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _is_inside(issue: Issue, lines: list[str]) -> bool:
    """Whether both ends of the span are places of the text, in this order."""
    span = issue.span
    ends = ((span.line, span.column), (span.end_line, span.end_column))
    if not all(1 <= line <= len(lines) for line, _ in ends) or ends[0] > ends[1]:
        return False
    return all(1 <= column <= len(lines[line - 1]) + 1 for line, column in ends)


def _word_faults(issue: Issue) -> Iterator[Fault]:
    message = issue.message
    if not message.strip() or message.endswith("."):
        yield Fault("a message that is empty or ends in a full stop", repr(message))
    said = re.sub("`[^`]*`", "``", message + issue.hint)
    if leak := _LEAK.search(said):
        yield Fault(f"a message in words of the program: {leak[0]}", str(issue))
    if len(message) > LONGEST or len(issue.hint) > LONGEST:
        yield Fault(
            "a message too long to read", f"{len(message)}, {len(issue.hint)}: {message[:300]}"
        )


def _rendering_faults(issue: Issue, source: str) -> Iterator[Fault]:
    shown = render_issue(issue, source)
    lines = shown.split("\n")
    if not all(line.isprintable() for line in lines) or len(lines) > 4:
        yield Fault("an issue that does not render", repr(shown[:500]))
    excerpt = lines[1:3] if source else []
    if any(len(line) > WIDEST for line in excerpt):
        yield Fault("an excerpt too wide to read", shown[:300])
    if len(excerpt) == 2 and "^" not in excerpt[1]:
        yield Fault("an excerpt without a caret", shown[:500])
