"""Nested data as YAML text in varying styles: flow or block, plain, quoted or folded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

from tests.oracle.chance.books import often


class Raw(str):
    """A scalar written as it is: a number, a percentage, `true`, `unlimited`."""

    __slots__ = ()


Node: TypeAlias = str | Mapping[str, "Node"] | Sequence["Node"]

# Plain in every context: words, numbers with units, percentages.
FLOW_SAFE = re.compile(r"-?\w[\w.%/-]*( [\w][\w./%-]*)*")
LONG = 44
FLOW_WIDTH = 90


class YamlText:
    """Writes YAML, choosing at random among equivalent forms."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def document(self, node: Mapping[str, Node]) -> str:
        """A whole file."""
        lines = self._mapping(node, 0)
        if often(self.rng, 0.3):
            lines.insert(0, "# " + self.rng.choice(("generated", "a price book: test", "- [x] {")))
        if often(self.rng, 0.1):
            lines.insert(0, "---")
        return "\n".join(lines) + "\n"

    def scalar(self, text: str, *, flow: bool) -> str:
        """One scalar on one line."""
        if isinstance(text, Raw):
            return str(text)
        plain = FLOW_SAFE.fullmatch(text) or (not flow and self._plain_in_block(text))
        if plain and not often(self.rng, 0.15):
            return text
        if often(self.rng, 0.5):
            return json.dumps(text, ensure_ascii=False)
        return "'" + text.replace("'", "''") + "'"

    @staticmethod
    def _plain_in_block(text: str) -> bool:
        starts = text[0].isalnum() or text[0] == "("
        return starts and ": " not in text and " #" not in text and not text.endswith(":")

    def flow(self, node: Node) -> str:
        """Anything on one line."""
        if isinstance(node, str):
            return self.scalar(node, flow=True)
        if isinstance(node, Mapping):
            return "{" + ", ".join(f"{k}: {self.flow(v)}" for k, v in node.items()) + "}"
        return "[" + ", ".join(self.flow(item) for item in node) + "]"

    def _mapping(self, node: Mapping[str, Node], indent: int) -> list[str]:
        return [line for key, value in node.items() for line in self._entry(key, value, indent)]

    def _entry(self, key: str, value: Node, indent: int) -> list[str]:
        """`key: value` as lines."""
        start = " " * indent + key + ":"
        if isinstance(value, str):
            return self._text(start, value, indent)
        if not value or self._flows(value):
            return [f"{start} {self.flow(value)}"]
        if isinstance(value, Mapping):
            return [start, *self._mapping(value, indent + 2)]
        return [start, *self._list(value, indent + self.rng.choice((0, 2)))]

    def _text(self, start: str, text: str, indent: int) -> list[str]:
        """A scalar, folded over several lines where it is long."""
        if isinstance(text, Raw) or len(text) < LONG or often(self.rng, 0.6):
            return [f"{start} {self.scalar(text, flow=False)}"]
        words, pad = text.split(" "), " " * (indent + 2)
        middle = self.rng.randint(1, len(words))
        halves = [" ".join(words[:middle]), " ".join(words[middle:])]
        # A break within a quoted text would be part of it, unless it is folded to a blank.
        styles = (">-", ">") if halves[0].count('"') % 2 else (">-", ">", "|-", "|")
        style = self.rng.choice(styles)
        return [f"{start} {style}", *(pad + half for half in halves if half)]

    def _flows(self, value: Node) -> bool:
        """Whether to write a value on one line."""
        if isinstance(value, str):
            return True
        parts = list(value.values()) if isinstance(value, Mapping) else list(value)
        nested = any(not isinstance(part, str) for part in parts)
        return len(str(value)) < FLOW_WIDTH and often(self.rng, 0.3 if nested else 0.6)

    def _list(self, items: Sequence[Node], indent: int) -> list[str]:
        lines = []
        for item in items:
            pad = " " * indent
            if isinstance(item, Mapping) and not self._flows(item):
                first, *rest = self._mapping(item, indent + 2)
                lines += [f"{pad}- {first.lstrip()}", *rest]
            else:
                lines.append(f"{pad}- {self.flow(item)}")
        return lines
