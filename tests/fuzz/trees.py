"""Files as plain trees, by readers that are not ours: Python's `json` and PyYAML in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import yaml

LONGEST = 60_000  # PyYAML in Python takes a second for a megabyte
# So many brackets may be nested, and for that PyYAML in Python takes their number squared: ten
# seconds for 5,000, in which 200 other cases are tried. It has the same parser in C.
MOST_BRACKETS = 600


@dataclass(frozen=True)
class Leaf:
    """A single value; `plain` if it stands without quotes."""

    text: str
    plain: bool


Tree: TypeAlias = Leaf | list["Tree"] | dict[str, "Tree"]


@dataclass(frozen=True)
class Reason:
    """Why a file must be refused; `word` is a key that a message about it has to name."""

    file: str
    kind: str
    what: str
    word: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.kind}: {self.what}"


@lru_cache(maxsize=256)  # most files of a book are as they were
def read(file: str, content: bytes) -> tuple[Tree | None, tuple[Reason, ...]]:
    """The tree of a file, `None` where nobody can tell, and why it must be refused."""
    reader = _Reader(file)
    return reader.read(content), tuple(reader.reasons)


@dataclass
class _Reader:
    """Reads a file; `reasons` says why it must be refused, if it must."""

    file: str
    reasons: list[Reason] = field(default_factory=list)

    def refuse(self, kind: str, what: str, word: str = "") -> None:
        self.reasons.append(Reason(self.file, kind, what, word))

    def read(self, content: bytes) -> Tree | None:
        """The tree, or `None` where there is none or where nobody can tell."""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            self.refuse("unreadable", str(error))
            return None
        if len(text) > LONGEST:
            return None
        return self._json(text) if self.file.endswith(".json") else self._yaml(text)

    def _json(self, text: str) -> Tree | None:
        try:
            tree: Tree = json.loads(
                text,
                parse_int=lambda word: Leaf(word, plain=True),
                parse_float=lambda word: Leaf(word, plain=True),
                parse_constant=lambda word: self.refuse("syntax", word),
                object_pairs_hook=self._pairs,
            )
        except RecursionError:
            return None
        except ValueError as error:
            self.refuse("syntax", str(error))
            return None
        return self._leaves(tree)

    def _pairs(self, pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
        found = dict(pairs)
        for key in found:
            if sum(key == other for other, _ in pairs) > 1:
                self.refuse("duplicate key", repr(key), key)
        return found

    def _leaves(self, value: object) -> Tree:
        match value:
            case Leaf():
                return value
            case dict():
                return {self._text(key): self._leaves(item) for key, item in value.items()}
            case list():
                return [self._leaves(item) for item in value]
            case str():
                return Leaf(self._text(value), plain=False)
            case _:
                return Leaf(json.dumps(value), plain=True)

    def _text(self, text: str) -> str:
        if re.search("[\ud800-\udfff]", text):
            self.refuse("syntax", "half of a character")
        return text

    def _yaml(self, text: str) -> Tree | None:
        try:
            events = list(yaml.parse(text, Loader=_loader(text)))
        except RecursionError:
            return None
        except (yaml.YAMLError, ValueError) as error:
            if (tab := _tab_between_tokens(text, error)) is not None:
                return self._yaml(f"{text[:tab]} {text[tab + 1 :]}")
            self.refuse("syntax", " ".join(str(error).split()))
            return None
        if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
            self.refuse("syntax", "not one document")
            return None
        for event in events:
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self.refuse("syntax", "an anchor or an alias")
                return None
            if getattr(event, "tag", None):
                self.refuse("syntax", "a tag")
        return self._built(iter(events))

    def _built(self, events: Iterator[yaml.Event]) -> Tree | None:
        open_: list[tuple[str, list[Tree]]] = [("document", [])]
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    open_[-1][1].append(Leaf(event.value, plain=event.implicit[0]))
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    kind = "list" if isinstance(event, yaml.SequenceStartEvent) else "mapping"
                    open_.append((kind, []))
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    kind, items = open_.pop()
                    open_[-1][1].append(items if kind == "list" else self._mapping(items))
                case _:
                    pass
        return open_[0][1][0]

    def _mapping(self, items: list[Tree]) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Leaf):
                self.refuse("syntax", "a key that is no word")
            elif key.text == "<<" and key.plain:
                self.refuse("syntax", "a merge key, which YAML 1.2 does not have")
            elif key.text in found:
                self.refuse("duplicate key", repr(key.text), key.text)
            else:
                found[key.text] = value
        return found


def _loader(text: str) -> type[yaml.SafeLoader | yaml.CSafeLoader]:
    is_simple = text.count("[") + text.count("{") < MOST_BRACKETS
    return yaml.SafeLoader if is_simple else getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _tab_between_tokens(text: str, error: Exception) -> int | None:
    """The place of a tab that YAML 1.2 allows and this reader refuses: one that indents nothing."""
    mark = getattr(error, "problem_mark", None)
    place = mark.index if mark is not None else len(text)
    if text[place : place + 1] != "\t":
        return None
    return place if text[text.rfind("\n", 0, place) + 1 : place].strip(" -") else None
