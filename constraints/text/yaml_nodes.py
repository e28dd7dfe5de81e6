"""YAML text to nodes: block and flow style, and the values of the YAML 1.2 core schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

import yaml
from yaml.error import MarkedYAMLError, YAMLError

from constraints.text.nodes import (
    BYTE_ORDER_MARK,
    MAXIMUM_DEPTH,
    Kind,
    Mapping,
    Node,
    Scalar,
    Sequence,
    SourceText,
    Style,
)
from constraints.text.numerals import parse_decimal
from constraints.text.source import Issue

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STYLES: dict[str, Style] = {"'": "single", '"': "double", "|": "block", ">": "block"}
# Named one by one: as what is none of the others they take a hundredth of a start to compile.
# YAML 1.1 breaks lines at U+2028 and U+2029, YAML 1.2 does not: nobody means either.
_FOREIGN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NUMBER = re.compile(r"[-+]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)([eE][-+]?\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[\d_]+(\.[\d_]*)?([eE][-+]?\d+)?%?", re.ASCII)
_OTHER_BASE = re.compile(r"[-+]?0[xXoO][0-9a-fA-F_]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_INDENTATION = "siblings are indented alike, and what belongs to a key further than the key"
_PROBLEMS = {
    "mapping values are not allowed in this context": (
        "unexpected `:`",
        "check the indentation, and the blank after each `:`; a text with `: ` in it needs quotes",
    ),
    "mapping keys are not allowed in this context": ("unexpected `?`", "write `key: value`"),
    "did not find expected key": ("expected a key here", _INDENTATION),
    "did not find expected '-' indicator": (
        "this line is indented like nothing above it, or its `- ` is missing",
        _INDENTATION,
    ),
    "could not find expected ':'": (
        "a key without its `:`",
        "write `key: value`; a text of several lines needs `>-` or quotes",
    ),
    "did not find expected ',' or ']'": ("expected `,` or `]`", ""),
    "did not find expected ',' or '}'": ("expected `,` or `}`", ""),
    "did not find expected node content": ("expected a value here", ""),
    "did not find expected comment or line break": (
        "unexpected text after `|` or `>`",
        "start the text on the next line, or put quotes round it",
    ),
    "did not find expected <document start>": (
        "more than one document in a file",
        "remove `...` and what follows it",
    ),
    "found unexpected end of stream": ("this quote is never closed", ""),
    "found unexpected document indicator": ("this quote is never closed", ""),
    "found unknown escape character": (
        "unknown escape in a text in double quotes",
        "use single quotes, or write `\\\\` for a backslash",
    ),
}
_UNCLOSED = {"did not find expected ',' or ']'": "[", "did not find expected ',' or '}'": "{"}

_Start: TypeAlias = yaml.MappingStartEvent | yaml.SequenceStartEvent


def parse_yaml(text: str, file: str) -> tuple[Node | None, list[Issue]]:
    """The root node of a YAML text and every fault; no node if the text is not YAML at all."""
    source = SourceText(file, text)
    if foreign := _foreign_characters(source):
        return None, [foreign]
    builder = _Builder(source)
    try:
        builder.read(yaml.parse(source.text, Loader=_LOADER))
    except MarkedYAMLError as error:
        builder.issues.append(_syntax_issue(source, error))
        return None, builder.issues
    except YAMLError as error:
        builder.issues.append(source.issue(0, 0, f"this is not YAML: {error}".splitlines()[0]))
        return None, builder.issues
    return builder.root, builder.issues


def _foreign_characters(source: SourceText) -> Issue | None:
    if source.text.startswith(BYTE_ORDER_MARK):
        hint = "save it as UTF-8 without a byte order mark"
        return source.issue(0, 1, "the file starts with a byte order mark", hint)
    found = _FOREIGN.search(source.text)
    if found is None:
        return None
    hint = "is this a text file, saved as UTF-8?" if found[0] == "\0" else "remove it"
    message = f"the invisible character U+{ord(found[0]):04X} is not allowed"
    return source.issue(found.start(), found.end(), message, hint)


def _syntax_issue(source: SourceText, error: MarkedYAMLError) -> Issue:
    problem, mark = error.problem or "this is not YAML", error.problem_mark
    place = mark.index if mark else 0
    opened = error.context_mark.index if error.context_mark else place
    character = source.text[place : place + 1]
    if character == "\t":
        return source.issue(place, place + 1, "a tab cannot indent a line", "use blanks")
    if problem == "found character that cannot start any token":
        message = f"a value cannot start with `{character}`"
        return source.issue(place, place + 1, message, "put quotes round it")
    if problem in _UNCLOSED and _is_beyond(source.text, opened, place):
        return source.issue(opened, opened + 1, f"this `{_UNCLOSED[problem]}` is never closed")
    message, hint = _PROBLEMS.get(problem, (problem, ""))
    # The parser stops far below; what is to be mended is where the text or the key begins.
    if ("quote" in message and "never" in message) or "without its" in message:
        place = opened
    return source.issue(place, min(place + 1, len(source.text)), message, hint)


def _is_beyond(text: str, opened: int, place: int) -> bool:
    """Whether a place is on a line that is no further in than the line of an open bracket."""
    if not text[place:].strip():
        return True
    first, line = (text.rfind("\n", 0, offset) + 1 for offset in (opened, place))
    key, content = text[first:].lstrip(" -"), text[line:].lstrip(" ")  # as far as they are indented
    return line > first and len(text) - line - len(content) <= len(text) - first - len(key)


def _range(event: yaml.Event) -> tuple[int, int]:
    """The offsets of an event's text."""
    start, end = event.start_mark, event.end_mark
    return (start.index if start else 0, end.index if end else 0)


class _Frame:
    """A list or a mapping whose end has not come yet."""

    def __init__(self, event: _Start) -> None:
        self.start = _range(event)[0]
        self.is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.items: list[Node] = []
        self.entries: dict[str, Node] = {}
        self.keys: dict[str, Scalar] = {}
        self.expects_key = self.is_mapping
        self.key: Scalar | None = None


class _Builder:
    """Events to nodes, without recursion, so that no depth of nesting can break it."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.issues: list[Issue] = []
        self.root: Node | None = None
        self.open: list[_Frame] = []

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Build the first document; `root` stays `None` where nothing usable is there."""
        documents = 0
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        hint = "remove `---` and what follows it"
                        self._issue(event, "more than one document in a file", hint)
                        return
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._check_properties(event)
                    if len(self.open) == MAXIMUM_DEPTH:
                        self._issue(event, f"nested more than {MAXIMUM_DEPTH} levels deep")
                        self.root = None
                        return
                    self.open.append(_Frame(event))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close(event)
                case yaml.ScalarEvent():
                    self._deliver(self._scalar(event))
                case yaml.AliasEvent():
                    self._deliver(self._alias(event))
                case _:
                    pass
        if not documents:
            hint = "" if self.source.text.strip() else "it has not a single line"
            self.issues.append(self.source.issue(0, 0, "the file is empty", hint))

    def _issue(self, event: yaml.Event, message: str, hint: str = "") -> None:
        start, end = _range(event)
        first_line = self.source.text[start:end].partition("\n")[0]
        self.issues.append(self.source.issue(start, start + len(first_line), message, hint))

    def _check_properties(self, event: _Start | yaml.ScalarEvent) -> bool:
        if event.anchor:
            message = f"anchors (`&{event.anchor}`) are not supported"
            self._issue(event, message, "write the value out where it is needed")
        if event.tag:
            self._issue(event, "tags (`!...`) are not supported", "remove it")
        return bool(event.anchor or event.tag)

    def _alias(self, event: yaml.AliasEvent) -> Scalar:
        message = f"aliases (`*{event.anchor}`) are not supported"
        self._issue(event, message, "write the value out")
        return Scalar(self.source, *_range(event), "", "null", faulty=True)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        style = _STYLES.get(event.style or "", "plain")
        faulty = self._check_properties(event)
        kind: Kind = "string"
        if style == "plain" and not faulty:
            kind = _kind(event.value)
            if fault := _number_fault(event.value, kind):
                self._issue(event, *fault)
                faulty = True
        start, end = _range(event)
        if style == "block":
            end = max(start + 1, len(self.source.text[:end].rstrip()))
        return Scalar(self.source, start, end, event.value, kind, style, faulty)

    def _close(self, event: yaml.MappingEndEvent | yaml.SequenceEndEvent) -> None:
        frame = self.open.pop()
        last = [*frame.items, *frame.entries.values()]
        # A block ends where the next one starts; its text ends with its last part.
        start, end = _range(event)
        if self.source.text[start:end] not in {"]", "}"}:
            end = max((node.end for node in last), default=frame.start)
        if frame.is_mapping:
            self._deliver(Mapping(self.source, frame.start, end, frame.entries, frame.keys))
        else:
            self._deliver(Sequence(self.source, frame.start, end, tuple(frame.items)))

    def _deliver(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        frame = self.open[-1]
        if not frame.is_mapping:
            frame.items.append(node)
        elif frame.expects_key:
            frame.key = self._key(frame, node)
            frame.expects_key = False
        else:
            if frame.key is not None:
                frame.entries[frame.key.text] = node
                frame.keys[frame.key.text] = frame.key
            frame.expects_key = True

    def _key(self, frame: _Frame, node: Node) -> Scalar | None:
        """The key, or `None` for one that has to be left out with its value."""
        if not isinstance(node, Scalar):
            self.issues.append(
                self.source.issue(node.start, node.start + 1, "a key must be a word")
            )
            return None
        message, hint = "", ""
        if node.text == "<<" and not node.quoted:
            message, hint = "merge keys (`<<`) are not supported", "write the keys out"
        elif node.text in frame.keys:
            first = frame.keys[node.text].span.line
            message, hint = f"duplicate key `{node.text}`", f"it is first given in line {first}"
        if message:
            self.issues.append(self.source.issue(node.start, node.end, message, hint))
        return None if message else node


def _kind(text: str) -> Kind:
    if text in _NULL:
        return "null"
    if text in _BOOLEAN:
        return "boolean"
    return "number" if _NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text) else "string"


def _number_fault(text: str, kind: Kind) -> tuple[str, str] | None:
    """What is wrong with a plain value that looks like a number, and what to do about it."""
    if _LEADING_ZERO.fullmatch(text):
        sign, digits = text[: text[0] in "+-"], text.lstrip("+-")
        plain = sign + re.sub(r"^[0_]+(?=\d)", "", digits)
        hint = f"write `{plain}`, or put quotes round it if it is a name"
        return f"`{text}` has a leading zero", hint
    if _OTHER_BASE.fullmatch(text):
        hint = "write it as a decimal number, or put quotes round it if it is a name"
        return f"`{text}` is not a decimal number", hint
    if _NOT_FINITE.fullmatch(text):
        return f"`{text}` is not a number that can be used", "write a decimal number"
    if kind == "number" and parse_decimal(text) is None:
        return "this number is too large or too precise", "at most 60 digits on either side"
    return None
