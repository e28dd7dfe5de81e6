"""Nodes of a file to models, and pydantic's faults back to places in the file."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from constraints.language.expressions import NOWHERE
from constraints.text import nodes
from constraints.text.nodes import Node, Scalar
from constraints.text.source import Issue, Span
from cp_pricing.files.scalars import shown

M = TypeVar("M", bound=BaseModel)

LAYER = "layer"
"""The context of validation for a file that is only a part of a policy."""


@dataclass(frozen=True, slots=True, eq=False)
class Overriding(nodes.Mapping):
    """A mapping merged with one of a base policy: where that stands, and what is not its own."""

    overridden: Span
    own: nodes.Mapping


class LocatedDict(dict[str, object]):
    """The entries of a mapping in a file, and its node."""

    def __init__(self, node: nodes.Mapping) -> None:
        super().__init__((key, located(value)) for key, value in node.entries.items())
        self.node = node


def located(node: Node) -> object:
    """A node as what pydantic reads: dicts and lists, whose leaves know their place."""
    match node:
        case nodes.Mapping():
            return LocatedDict(node)
        case nodes.Sequence(items=items):
            return [located(item) for item in items]
        case _:
            return node


def span_of(value: object) -> Span:
    """The place of a value in its file; nowhere for Python values."""
    match value:
        case LocatedDict(node=node) | (Scalar() as node):
            return heading(node)
        case _:
            return NOWHERE


def overridden_by(value: object) -> Span | None:
    """The place in a base policy of what a value of a file overrides, if it overrides anything."""
    node = value.node if isinstance(value, LocatedDict) else None
    return node.overridden if isinstance(node, Overriding) else None


def read_model(
    model: type[M], node: Node, context: object = None, inheritable: AbstractSet[str] = frozenset()
) -> tuple[M | None, list[Issue]]:
    """The model that a node says, or what is wrong with it but for keys that it may inherit."""
    try:
        return model.model_validate(located(node), context=context), []
    except ValidationError as error:
        return None, [
            issue
            for part in error.errors(include_url=False)
            if part["type"] != "missing" or part["loc"][-1] not in inheritable
            for issue in _issues(node, part)
        ]


def _issues(root: Node, error: ErrorDetails) -> Iterator[Issue]:
    location, kind = error["loc"], error["type"]
    match kind:
        case "reported":
            return
        case "issues":
            yield from error["ctx"]["issues"]
            return
        case "missing":
            key = location[-1]
            # As it can be pasted: in JSON, also where it is packed or a line, keys have quotes.
            written = f'"{key}"' if ".json" in heading(root).file else key
            message, hint = f"missing key `{key}`", f"add `{written}: ...`"
        case _:
            message, hint = sentence_of(error, _resolved(root, location).name)
    yield issue_at(root, location, message, hint, at_key=kind == "key")


def sentence_of(error: ErrorDetails, name: str) -> tuple[str, str]:
    """What pydantic says of a value that is known by a name, as a sentence, and its hint."""
    context: dict[str, Any] = error.get("ctx", {})
    message, hint = str(context.get("message", error["msg"])), str(context.get("hint", ""))
    match error["type"]:
        case "value":
            message = f"{name} {message}"
        case "tuple_type" | "list_type":
            message = f"{name} must be a list, not {shown(error['input'])}"
        case "model_type" | "dict_type" | "mapping_type":
            message = f"{name} must be keys and values, not {shown(error['input'])}"
        case _:
            pass
    return message, hint


def issue_at(
    root: Node, location: tuple[int | str, ...], message: str, hint: str, *, at_key: bool = False
) -> Issue:
    """An issue with what is at a location below a node, or with its key."""
    place = _resolved(root, location)
    return Issue(place.key_span if at_key else heading(place.node), message, hint)


class _Place(NamedTuple):
    """The node at a location, its key and its name for a message."""

    node: Node
    key_span: Span
    name: str


def _resolved(node: Node, location: tuple[int | str, ...]) -> _Place:
    """The place at a location, as far as the file goes: shorthands leave parts of it out."""
    key_span, name = heading(node), "the file"
    for part in location:
        match node:
            case nodes.Mapping(entries=entries, keys=keys) if part in entries:
                node, key_span, name = entries[str(part)], keys[str(part)].span, f"`{part}`"
            case nodes.Sequence(items=items) if isinstance(part, int) and part < len(items):
                node = items[part]
            case _:
                pass
    return _Place(node, key_span, name)


def heading(node: Node) -> Span:
    """The place to point at for a whole node: of a block of several lines, its first key."""
    # A caret under many lines shows nothing, and a block of one line is shown as a whole.
    while not isinstance(node, Scalar) and node.span.line != node.span.end_line:
        match node:
            case nodes.Mapping(keys=keys) if keys:
                return next(iter(keys.values())).span
            case nodes.Sequence(items=items) if items:
                node = items[0]
            case _:
                break
    return node.span
