"""The documentation as data: its code blocks, tables and links, and the output it quotes.

`python -m tests.support.docs` puts the current output of all commands and examples into place.
"""

from __future__ import annotations

import ast
import io
import json
import operator
import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cp_pricing import load_requests, solve
from tests.support.books import pilot
from tests.support.command import run
from tests.support.desk import story
from tests.support.places import ROOT

DOCUMENTS = tuple(
    sorted(
        path.relative_to(ROOT)
        for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "benchmarks/**/*.md")
        for path in ROOT.glob(pattern)
    )
)
PAGES = tuple(path for path in DOCUMENTS if path.parts[0] == "docs")
# The Python of this one runs; other pages have tests of their own.
RUNNABLE = Path("docs", "api.md")
# The commands of this one follow one another.
RECORD = Path("docs", "quotes.md")
# A fence, and the comment in the line above it that says what the block has to be.
_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_OUTPUT = re.compile(r"output: (?P<command>.+?)(?:; parts (\d+)-(\d+))?(?:; lines (\d+))?")
_CELLS = re.compile(r"(?<!\\)\|")


def text_of(document: Path | str) -> str:
    """A document, named by its path in the checkout."""
    return (ROOT / document).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the note in the comment above it."""

    language: str
    text: str
    note: str


def blocks(document: Path | str) -> list[Block]:
    """The fenced blocks of a document."""
    found = _BLOCK.finditer(text_of(document))
    return [Block(part["language"], part["text"], part["note"] or "") for part in found]


def prose(document: Path | str) -> str:
    """A document without its fenced blocks."""
    return _BLOCK.sub("", text_of(document))


def tables(document: Path | str) -> list[list[list[str]]]:
    """The tables of a document: rows of cells, the head first."""
    found: list[list[list[str]]] = [[]]
    for line in prose(document).splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in _CELLS.split(line)[1:-1]])
        elif found[-1]:
            found.append([])
    return [[table[0], *table[2:]] for table in found if table]


def codes(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


# --- the output of commands -----------------------------------------------------------------


@cache
def output_of(command: str) -> str:
    """What `cp-pricing ...` writes into a pipe of 100 columns."""
    program, *arguments = shlex.split(command)
    assert program == "cp-pricing", command
    if arguments[0] == "quotes":
        return story(_recorded())[command]
    done = run(*arguments)
    assert done.exit_code == 0, f"{command}: {done.output}"
    return done.stdout


def _recorded() -> tuple[str, ...]:
    """The commands of the record whose output its page shows, in their order."""
    asked = (_OUTPUT.fullmatch(block.note) for block in blocks(RECORD))
    return tuple(dict.fromkeys(note["command"] for note in asked if note))


def wanted(note: str) -> str | None:
    """The text that a block with this note has to have; `None` if the note asks for none.

    Of the command's parts, which blank lines set apart, those that are asked for, each cut to so
    many lines.
    """
    asked = _OUTPUT.fullmatch(note)
    if asked is None:
        return None
    command, first, last, most = asked.groups()
    parts = re.split(r"\n\n+", output_of(command).strip("\n"))
    kept = parts[int(first or 1) - 1 : int(last or len(parts))]
    return "\n\n".join(_cut(part, int(most)) if most else part for part in kept) + "\n"


def _cut(part: str, most: int) -> str:
    lines = part.splitlines()
    return part if len(lines) <= most else "\n".join([*lines[:most], "..."])


# --- Python and JSON ------------------------------------------------------------------------


def ran(code: str, names: dict[str, object]) -> str:
    """What a piece of Python prints; `names` are those that it finds and leaves."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "<documentation>", "exec"), names)  # noqa: S102 - our own examples
    return printed.getvalue()


@cache
def result_of(request_id: str) -> dict[str, Any]:
    """The pilot's result for one of its requests, in full."""
    (request,) = (item for item in load_requests(pilot()) if item.id == request_id)
    document = solve(pilot(), request, detail="full").model_dump_json()
    read: dict[str, Any] = json.loads(document)
    return read


def excerpt(note: str) -> str | None:
    """The part of a result that a note names: `result of small-team-two-years: ladder.1`."""
    asked = re.fullmatch(r"result of ([\w-]+): ([\w.-]+)", note)
    if asked is None:
        return None
    part: Any = result_of(asked[1])
    for key in asked[2].split("."):
        if isinstance(part, dict):
            part = part[key]
        elif key.isdecimal():
            part = part[int(key)]
        else:
            (part,) = (item for item in part if item["id"] == key)
    return json.dumps(part, indent=2) + "\n"


def renewed(document: Path | str) -> str:
    """A document with the current output of every command, example and excerpt in it.

    A block of text right below Python has what the Python prints; all Python of a document runs
    in order, with one set of names. Raises ValueError for output that no block shows.
    """
    text, names, printed = text_of(document), dict[str, object](), ""
    parts, place, gap = list[str](), 0, ""
    for block in _BLOCK.finditer(text):
        gap, note = text[place : block.start()], block["note"] or ""
        content: str | None = None
        if block["language"] == "text" and printed and not gap.strip():
            content, printed = printed, ""
        elif block["language"] == "json":
            content = excerpt(note)
        else:
            content = wanted(note)
        if printed:
            raise ValueError(f"{document}: no block shows `{printed}`")
        if block["language"] == "python" and Path(document) == RUNNABLE:
            printed = ran(block["text"], names)
        parts += [gap, block[0] if content is None else _with_content(block, content)]
        place = block.end()
    return "".join([*parts, text[place:]])


def _with_content(block: re.Match[str], content: str) -> str:
    comment = f"<!-- {block['note']} -->\n" if block["note"] else ""
    return f"{comment}```{block['language']}\n{content}```"


# --- a calculator ---------------------------------------------------------------------------

MINUS = "\N{MINUS SIGN}"
_SIGNS = {"×": "*", MINUS: "-", "^": "**"}
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def calculated(written: str) -> float:
    """What a pocket calculator makes of `2 × 3 ^ 2 + 15% + max(1, 2)`."""
    plain = re.sub(r"([\d.]+)%", r"(\1/100)", written)
    for sign, symbol in _SIGNS.items():
        plain = plain.replace(sign, symbol)
    return _value(ast.parse(plain, mode="eval").body)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id="max"), args=arguments):
            return max(map(_value, arguments))
        case _:
            raise ValueError(ast.dump(node))


def agrees(value: float, shown: str) -> bool:
    """Whether a figure is what a value is when rounded to as many places: `1,446.37`, `26.3%`."""
    plain = shown.replace(",", "").replace(MINUS, "-")
    scale = 100 if plain.endswith("%") else 1
    plain = plain.removesuffix("%")
    places = len(plain.partition(".")[2])
    return abs(value * scale - float(plain)) <= 0.5 * 10.0**-places + 1e-9


def calculations(document: Path | str) -> list[tuple[str, str, str]]:
    """The rows of all tables that calculate something: what, how, and what comes out."""
    return [
        (what, how, result)
        for head, *rows in tables(document)
        if len(head) == 3 and head[1].startswith("calculation")
        for what, how, result in rows
    ]


# --- links and places -----------------------------------------------------------------------


def links(document: Path | str) -> list[str]:
    """The targets of a document's links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(document))


def anchors(document: Path | str) -> set[str]:
    """The anchors of a document's headings, as a web page of it has them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


if __name__ == "__main__":
    for name in DOCUMENTS:
        (ROOT / name).write_text(renewed(name), encoding="utf-8")
