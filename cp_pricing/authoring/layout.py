"""The one layout of a policy file: order of keys, indentation, line ends; comments stay.

What a file says is not changed: the layout is read back, and refused if it says anything else.
"""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TypeAlias

from constraints.language import layout as expressions
from constraints.text.nodes import Mapping, Node, Scalar, Sequence
from constraints.text.source import InputError
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing.authoring.comments import Comments, Container, Entry, is_flow, scalars
from cp_pricing.book.formulas import Definition, Parameter
from cp_pricing.book.inheritance import layer_issues
from cp_pricing.book.policy import AppliesTo, LtvPolicy, Policy, Rule
from cp_pricing.files.models import Model, file_keys

WIDTH = 100
_INDENT = 2
_MODELINE = "# yaml-language-server:"

Path: TypeAlias = tuple[str, ...]

_MODELS: dict[Path, type[Model]] = {
    (): Policy,
    ("rules", "*"): Rule,
    ("rules", "*", "applies_to"): AppliesTo,
    ("parameters", "*"): Parameter,
    ("define", "*"): Definition,
    ("ltv",): LtvPolicy,
}
_NAMED = {("parameters",), ("define",)}
_EXPRESSIONS = {
    ("rules", "*", "when"),
    ("rules", "*", "require"),
    ("parameters", "*"),
    ("parameters", "*", "value"),
    ("define", "*"),
    ("define", "*", "value"),
    ("ltv", "min_improvement_amount"),
}


class LayoutError(Exception):
    """A layout that would not say the same as its file: a fault of ours, and nothing is changed."""


def formatted(text: str, file: str) -> str:
    """A policy's text in the one layout; raises `InputError` for a text that is no policy."""
    root, issues = parse_yaml(text, file)
    if root is not None:
        issues += layer_issues(root)
    if issues or not isinstance(root, Mapping):
        raise InputError(issues, {file: text})
    layout = _Layout(root)
    laid = layout.text()
    again, _ = parse_yaml(laid, file)
    if (
        not isinstance(again, Mapping)
        or _said(again) != _said(root)
        or sorted(Comments(again).texts) != sorted(layout.comments.texts)
    ):
        message = f"{file} could not be laid out without changing what it says"
        raise LayoutError(message)
    return laid


def _said(node: Node, path: Path = ()) -> object:
    """What a node says, however it is written."""
    match node:
        case Mapping(entries=entries):
            return {key: _said(value, _below(path, key)) for key, value in entries.items()}
        case Sequence(items=items):
            return [_said(item, (*path, "*")) for item in items]
        case _ if path in _EXPRESSIONS and node.kind != "null":
            return expressions.one_line(_expression(node))
        case _:
            return (node.kind, node.text)


def _expression(node: Scalar) -> str:
    return node.text.lower() if node.kind == "boolean" else node.text


def _below(path: Path, key: str) -> Path:
    return (*path, "*" if path in _NAMED else key)


class _Layout:
    """Writes the lines of a file, container by container."""

    def __init__(self, root: Mapping) -> None:
        self.root = root
        self.comments = Comments(root)

    def text(self) -> str:
        """The whole file."""
        header = self._header()
        lines = self._mapping(self.root, 0, ())
        return "\n".join([*header, *lines]) + "\n"

    def _header(self) -> list[str]:
        """Comments at the top that are about the file, which stay there whatever comes first."""
        first = min(
            (self.comments.of(self.root, value) for value in self.root.entries.values()),
            key=lambda entry: entry.start,
        )
        lead = first.lead
        count = next((n for n in range(len(lead), 0, -1) if not lead[n - 1]), 0)
        while count < len(lead) and lead[count].startswith(_MODELINE):
            count += 1
        header, first.lead = lead[:count], lead[count:]
        while header and not header[0]:
            header.pop(0)
        return header

    # --- containers -------------------------------------------------------------------------

    def _mapping(self, node: Mapping, indent: int, path: Path) -> list[str]:
        parts = []
        for key in _ordered(node, path):
            value = node.entries[key]
            entry = self.comments.of(node, value)
            below = _below(path, key)
            lines = self._entry(f"{_key(key)}:", value, entry, indent, below)
            if path[:2] == ("rules", "*"):
                entry.lead = [line for line in entry.lead if line]
            parts.append((entry, lines))
        return self._together(node, parts, indent, apart=not path)

    def _sequence(self, node: Sequence, indent: int, path: Path) -> list[str]:
        parts = []
        for item in node.items:
            entry = self.comments.of(node, item)
            if (
                isinstance(item, Mapping)
                and item.entries
                and not self._flow(item, indent + 2, path)
            ):
                lines = self._mapping(item, indent + _INDENT, (*path, "*"))
                first = next(n for n, line in enumerate(lines) if not line.strip().startswith("#"))
                lines[first] = " " * indent + "- " + lines[first].strip()
                lines[:first] = [" " * indent + line.strip() for line in lines[:first]]
                lines[first] += _tail(entry)
            else:
                lines = self._entry("-", item, entry, indent, (*path, "*"))
            parts.append((entry, lines))
        return self._together(node, parts, indent, apart=any(len(lines) > 1 for _, lines in parts))

    def _together(
        self, node: Container, parts: list[tuple[Entry, list[str]]], indent: int, *, apart: bool
    ) -> list[str]:
        """The entries of a container with the comments before and below them.

        Large parts of a whole that is kept `apart` have a blank line between them.
        """
        whole: list[str] = []
        large = False
        for index, (entry, lines) in enumerate(parts):
            lead = list(entry.lead)
            is_large = len(lines) > 1
            if not index:
                while lead and not lead[0]:
                    lead.pop(0)
            elif apart and (is_large or large) and (not lead or lead[0]):
                lead.insert(0, "")
            large = is_large
            whole += _indented([*lead, *entry.tail[1:]], indent) + lines
        return whole + _indented(self.comments.foot.get(node, []), indent)

    # --- entries ----------------------------------------------------------------------------

    def _entry(self, head: str, value: Node, entry: Entry, indent: int, path: Path) -> list[str]:
        start = " " * indent + head
        tail = _tail(entry)
        if isinstance(value, Scalar):
            first, *rest = self._scalar(value, len(start) + 1, indent + _INDENT, path)
            return [f"{start} {first}".rstrip() + tail, *rest]
        flow = self._flow(value, len(start) + 1, path)
        if flow:
            return [f"{start} {flow}{tail}"]
        inner = indent + _INDENT
        if isinstance(value, Mapping):
            return [start + tail, *self._mapping(value, inner, path)]
        return [start + tail, *self._sequence(value, inner, path)]

    def _flow(self, node: Container, column: int, path: Path) -> str:
        """A container within brackets, if it is so in the file and fits into the line."""
        empty = not (node.entries if isinstance(node, Mapping) else node.items)
        if not empty and (not is_flow(node) or self.comments.within(node)):
            return ""
        text = _in_brackets(node, path)
        return text if text and (empty or column + len(text) <= WIDTH) else ""

    def _scalar(self, node: Scalar, column: int, indent: int, path: Path) -> list[str]:
        """A value: what stands behind its key, and the lines below it."""
        if path in _EXPRESSIONS and node.kind != "null":
            text = expressions.one_line(_expression(node))
            inline = _inline(text, None, flow=False)
            if column + len(inline) <= WIDTH:
                return [inline]
            return [">-", *_indented(expressions.lines(text, WIDTH - indent), indent)]
        if node.kind != "string":
            return [node.text]
        inline = _inline(node.text, "string", flow=False)
        if "\n" not in node.text and column + len(inline) <= WIDTH:
            return [inline]
        return _block(node.text, indent) or [inline]


def _tail(entry: Entry) -> str:
    return f"  {entry.tail[0]}" if entry.tail else ""


def _ordered(node: Mapping, path: Path) -> list[str]:
    """The keys of a mapping in the order of the model's; names stay as they are."""
    order = file_keys(_MODELS[path]) if path in _MODELS else ()
    places = {key: place for place, key in enumerate(order)}
    return sorted(node.entries, key=lambda key: places.get(key, len(order)))


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


# --- texts ----------------------------------------------------------------------------------


def _in_brackets(node: Node, path: Path) -> str:
    """A value within brackets; empty for one that cannot stand there."""
    match node:
        case Mapping(entries=entries):
            parts = [
                f"{_key(key)}: {_in_brackets(entries[key], _below(path, key))}".rstrip()
                for key in _ordered(node, path)
            ]
            return f"{{{', '.join(parts)}}}"
        case Sequence(items=items):
            return f"[{', '.join(_in_brackets(item, (*path, '*')) for item in items)}]"
        case _ if path in _EXPRESSIONS and node.kind != "null":
            return _inline(expressions.one_line(_expression(node)), None, flow=True)
        case _:
            return node.text if node.kind != "string" else _inline(node.text, "string", flow=True)


def _key(key: str) -> str:
    return _inline(key, None, flow=True)


def _inline(text: str, kind: str | None, *, flow: bool) -> str:
    """A text as YAML writes it in one line: without quotes where it is read as the same."""
    # What needs quotes, and where, is so intricate in YAML that the parser itself is asked.
    sample = f"{{k: [{text}]}}" if flow else f"- k: {text}"
    root, issues = parse_yaml(sample, "")
    inner = list(scalars(root)) if root is not None and not issues and "\n" not in text else []
    read = inner[1] if len(inner) == len(("k", text)) else None
    plain = read is not None and read.style == "plain" and read.text == text
    if plain and read and (read.kind == kind or (kind is None and read.kind != "null")):
        return text
    if "'" not in text and ('"' in text or "\\" in text) and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _block(text: str, indent: int) -> list[str]:
    """A long text below its key; nothing for one that only quotes can keep."""
    body = text.removesuffix("\n")
    chomp = "" if text.endswith("\n") else "-"
    lines = body.split("\n")
    awkward = any(not line or line != line.strip() or "\t" in line for line in lines)
    if awkward or not all(line.isprintable() for line in lines):
        return []
    if len(lines) > 1:
        return [f"|{chomp}", *_indented(lines, indent)]
    if "  " in body:
        return []
    folded = wrap(body, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [f">{chomp}", *_indented(folded, indent)]
