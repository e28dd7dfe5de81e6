"""The comments and blank lines of a YAML file, each with the part of the file that it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from constraints.text.nodes import Mapping, Node, Scalar, Sequence

_COMMENT = re.compile(r"(?<!\S)#[^\n]*")
_BLOCK_HEAD = re.compile(r"[|>][-+0-9]*[ \t]*(?P<comment>#[^\n]*)?")

Container: TypeAlias = Mapping | Sequence


@dataclass(eq=False)
class Entry:
    """An entry of a mapping or an item of a list, and the comments about it.

    `lead` has the lines before it, empty ones for blank lines; `tail` what follows it on its line.
    """

    start: int
    column: int
    value: Node
    container: Container
    above: Entry | None
    lead: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)

    def outwards(self) -> Iterator[Entry]:
        """The entry, and those that it is within, up to the whole file's."""
        entry: Entry | None = self
        while entry is not None:
            yield entry
            entry = entry.above


class Comments:
    """Entries by container and value, and the comments below the last entry of containers."""

    def __init__(self, root: Container) -> None:
        self._text = root.source.text
        self._root = root
        self.entries: dict[tuple[Container, int], Entry] = {}
        self.foot: dict[Container, list[str]] = {}
        self.texts: list[str] = []
        """All comments, in order."""
        self._order = list(self._visit(root, None))
        self._starts = [entry.start for entry in self._order]
        self._scalars = sorted(scalars(root), key=lambda scalar: scalar.start)
        self._assign()

    def within(self, container: Container) -> bool:
        """Whether anything within a container has a comment."""
        inside = (e for e in self._order if container.start <= e.start < container.end)
        about = any(e.tail or any(e.lead) for e in inside if e.start > container.start)
        return about or any(
            any(lines) for c, lines in self.foot.items() if _holds(container, c.start)
        )

    def of(self, container: Container, value: Node) -> Entry:
        """The entry of a container that has a value."""
        return self.entries[container, id(value)]

    # --- gathering ----------------------------------------------------------------------------

    def _visit(self, node: Container, above: Entry | None) -> Iterator[Entry]:
        if isinstance(node, Mapping):
            parts = [(node.keys[key].start, value) for key, value in node.entries.items()]
        else:
            parts = [(self._dash(node, item), item) for item in node.items]
        for start, value in parts:
            # By the column alone YAML tells what a block belongs to, and so a comment below it.
            column = start - self._text.rfind("\n", 0, start)
            entry = Entry(start, column, value, node, above)
            self.entries[node, id(value)] = entry
            yield entry
            if isinstance(value, Mapping | Sequence):
                yield from self._visit(value, entry)

    def _dash(self, container: Sequence, item: Node) -> int:
        return item.start if is_flow(container) else self._text.rindex("-", 0, item.start)

    def _assign(self) -> None:
        events: list[tuple[int, Entry | str]] = [(entry.start, entry) for entry in self._order]
        events += self._comments()
        seen = set[int]()
        for offset, comment in sorted(events, key=lambda event: event[0]):
            blank = self._is_after_blank(offset) and offset not in seen
            seen.add(offset)
            if isinstance(comment, Entry):
                comment.lead += [""] * blank
                continue
            self.texts.append(comment)
            begins = self._text.rfind("\n", 0, offset) + 1
            if self._text[begins:offset].strip():
                self._before(offset).tail.append(comment)
            else:
                self._lines_for(offset, offset - begins + 1).extend([*[""] * blank, comment])

    def _comments(self) -> Iterator[tuple[int, str]]:
        """Every comment and its place: what stands between the values of the file."""
        offset = 0
        for scalar in (*self._scalars, None):
            end = len(self._text) if scalar is None else scalar.start
            for comment in _COMMENT.finditer(self._text, offset, end):
                yield comment.start(), comment[0].rstrip()
            if scalar is not None:
                offset = max(offset, scalar.end)
                head = _BLOCK_HEAD.match(self._text, scalar.start)
                if scalar.style == "block" and head and head["comment"]:
                    yield head.start("comment"), head["comment"].rstrip()

    def _is_after_blank(self, offset: int) -> bool:
        """Whether the line of a place begins with it and comes after a blank line."""
        begins = self._text.rfind("\n", 0, offset) + 1
        if self._text[begins:offset].strip(" -") or begins == 0:
            return False
        before = self._text.rfind("\n", 0, begins - 1) + 1
        return not self._text[before : begins - 1].strip() and bool(self._text[:before].strip())

    def _before(self, offset: int) -> Entry:
        """The entry that a comment at the end of a line is about."""
        last = self._order[bisect_right(self._starts, offset) - 1]
        return next(
            entry
            for entry in last.outwards()
            # Behind the bracket that closes it, a comment is about the brackets as a whole.
            if not (entry.above and is_flow(entry.container)) or _holds(entry.container, offset)
        )

    def _lines_for(self, offset: int, column: int) -> list[str]:
        """The lines that a comment on a line of its own is one of."""
        following = bisect_right(self._starts, offset)
        after = self._order[following] if following < len(self._order) else None
        flow = self._flow_around(offset)
        if flow is not None:
            inside = after is not None and _holds(flow, after.start)
            return after.lead if after and inside else self.foot.setdefault(flow, [])
        if after is not None and column <= after.column:
            return after.lead
        # Below the last entry of a list or mapping: the innermost one that is not indented more.
        container = next(
            (
                entry.container
                for entry in (self._order[following - 1].outwards() if following else ())
                if not is_flow(entry.container) and entry.column <= column
            ),
            None,
        )
        if after is not None and (
            container is None or any(entry.container is container for entry in after.outwards())
        ):
            return after.lead
        return self.foot.setdefault(container or self._root, [])

    def _flow_around(self, offset: int) -> Container | None:
        following = bisect_right(self._starts, offset)
        innermost: Container | None = None
        for entry in self._order[:following]:
            value = entry.value
            if isinstance(value, Mapping | Sequence) and is_flow(value) and _holds(value, offset):
                innermost = value
        return innermost


def scalars(node: Node) -> Iterator[Scalar]:
    """Every key, and every value that is no container."""
    match node:
        case Mapping(entries=entries, keys=keys):
            yield from keys.values()
            for value in entries.values():
                yield from scalars(value)
        case Sequence(items=items):
            for item in items:
                yield from scalars(item)
        case _:
            yield node


def is_flow(node: Container) -> bool:
    """Whether a container is written within brackets."""
    return node.source.text[node.start : node.start + 1] in {"{", "["}


def _holds(container: Container, offset: int) -> bool:
    return container.start <= offset < container.end
