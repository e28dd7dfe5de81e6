"""The price books: those of the project, random ones, and faulty ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests import oracle
from tests.analysis.cases import two_cases
from tests.fuzz.books import CATALOG, FILES, POLICY, REQUESTS, Book
from tests.fuzz.mutation import case_of
from tests.oracle.case import Case
from tests.support.places import ROOT

HERE = ROOT / "tests"
TEMPLATE, EXAMPLE = ROOT / "data" / "template", HERE / "data" / "example"
TESTS, DRAFT, JSON_LINES, TABLE = (
    "policy_tests.yaml",
    "policy-draft.yaml",
    "asked.jsonl",
    "asked.csv",
)
ATTEMPTS = 3
# Rows that cannot be requests, each for a reason of its own.
NO_REQUESTS = (
    '{"id": "no-profile"}',
    '{"id": "strange", "configuration": "starterr", "profile": "smal-team", "inputs": {}}',
    '{"id": "odd", "configuration": 7, "profile": [], "inputs": {"prepaid_amount": "12"}}',
    '{"id": "broken", ',
    "[]",
)


def own_books(root: Path = ROOT) -> Iterator[tuple[str, Book]]:
    """The books that come with a checkout, by name."""
    for folder in (*sorted((root / "data").iterdir()), root / EXAMPLE.relative_to(ROOT)):
        if (folder / CATALOG).exists():
            yield folder.name, complete(read(folder))


def read(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def random_book(seed: int) -> Book:
    """A price book of the oracle, with one request."""
    return complete(_rendered(oracle.generate(seed, ATTEMPTS)))


def random_request(seed: int) -> Book:
    """A book of the oracle with one request, every second one about a rate card."""
    generate = oracle.generate_card if seed % 2 else oracle.generate
    return _rendered(generate(seed, ATTEMPTS))


def random_pair(seed: int) -> tuple[Book, Book]:
    """A small price book, and the same with something changed."""
    first, second = map(_rendered, two_cases(seed))
    return complete(first), second


def _rendered(case: Case) -> dict[str, bytes]:
    return {name: text.encode() for name, text in oracle.render(case).items()}


def complete(book: Mapping[str, bytes]) -> Book:
    """A book with tests, a draft of its policy, and its requests as a batch takes them."""
    requests = asked(book)
    added = {
        TESTS: _tests(requests),
        DRAFT: _draft(book[POLICY].decode()),
        JSON_LINES: "\n".join([*map(json.dumps, requests), *NO_REQUESTS, ""]),
        TABLE: _table(requests),
    }
    return {**{name: text.encode() for name, text in added.items()}, **book}


def asked(book: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The requests of a book."""
    found: list[dict[str, Any]] = json.loads(book[REQUESTS])["requests"]
    return found


def _draft(policy: str) -> str:
    """A policy with each percentage halved."""
    return re.sub(r"(\d+)(?:\.\d+)?%", lambda found: f"{int(found[1]) / 2:g}%", policy)


def _tests(requests: list[dict[str, Any]]) -> str:
    """A test of each decision for each request: one of three will pass."""
    tests = [
        {
            "name": f"{request['id']} is {decision}",
            "request": {key: value for key, value in request.items() if key != "id"},
            "expect": {"decision": decision},
        }
        for request in requests
        for decision in ("accepted", "requires_approval", "rejected")
    ]
    return json.dumps({"tests": tests}, indent=1)


def _table(requests: list[dict[str, Any]]) -> str:
    """The requests as a table, and a row with too few cells."""
    rows = [{**request, **request.get("inputs", {})} for request in requests]
    columns = list(dict.fromkeys(key for row in rows for key in row if key != "inputs"))
    lines = [",".join(_cell(row.get(column, "")) for column in columns) for row in rows]
    return "\n".join([",".join(columns), *lines, "short,row", ""])


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def faulty_books(damaged: range) -> Iterator[tuple[str, Book]]:
    """Books with faults that people make, and others damaged at random."""
    for path in sorted((HERE / "faulty_policies").glob("*.yaml")):
        own = read(TEMPLATE)
        yield path.stem, {**own, "base.yaml": own[POLICY], POLICY: path.read_bytes()}
    for number, (file, old, new) in enumerate(_slips()):
        book = {name: (EXAMPLE / name).read_bytes() for name in FILES}
        yield f"slip-{number}", {**book, file: book[file].replace(old, new, 1)}
    for seed in damaged:
        yield f"damaged-{seed}", case_of(seed).book


def _slips() -> Iterator[tuple[str, bytes, bytes]]:
    """A file, what stands in it, and what is put there instead."""
    text = (HERE / "data" / "faults.txt").read_text("utf-8")
    for block in text.rstrip("\n").split("\n\n")[1:]:
        file, old, new, _ = block.split("\n", 3)
        yield file, _put(old), _put(new)


def _put(line: str) -> bytes:
    """What stands after the sign of a line."""
    return line[2:].replace("\\n", "\n").encode()
