"""The parser's tables that are shipped are those of the grammar."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from lark import Lark, UnexpectedInput

from constraints.language import syntax
from constraints.language.syntax import fingerprint, parser_of
from tests.language.tables import GRAMMAR, TABLES, made

STALE = "make the tables anew with `python -m tests.language.tables`"


def test_the_shipped_tables_are_made_from_the_grammar_by_the_lark_that_is_installed() -> None:
    head, _, _ = TABLES.read_bytes().partition(b"\n")
    assert head == fingerprint(GRAMMAR.read_text(encoding="utf-8")), STALE


def test_the_shipped_tables_are_those_that_lark_makes() -> None:
    shipped, fresh = (_read(content) for content in (TABLES.read_bytes(), made()))
    assert _renumbered(shipped) == _renumbered(fresh), STALE
    assert _without_states(shipped) == _without_states(fresh), STALE


def _read(content: bytes) -> dict[str, Any]:
    found = pickle.loads(content.partition(b"\n")[2])  # noqa: S301 - our own
    assert isinstance(found, dict)
    return found


def _renumbered(saved: Mapping[str, Any]) -> list[list[tuple[str, str, object]]]:
    """What is done in each state on each token, states in the order in which they are reached."""
    parser, memo = saved["data"]["parser"]["parser"], saved["memo"]
    names, states = parser["tokens"], parser["states"]
    order = [parser["start_states"]["start"]]
    told = []
    for state in order:
        steps = []
        for token, (kind, what) in sorted(states[state].items(), key=lambda one: names[one[0]]):
            if kind == 0 and what not in order:
                order.append(what)
            told_of = order.index(what) if kind == 0 else memo[what["@"]]
            steps.append((names[token], "shift" if kind == 0 else "reduce", told_of))
        told.append(steps)
    assert len(order) == len(states)
    return told


def _without_states(saved: Mapping[str, Any]) -> object:
    data, memo = saved["data"], saved["memo"]
    rules = [memo[rule["@"]] for rule in data["rules"]]
    return data["options"], rules, sorted(memo.values(), key=repr)


@pytest.mark.parametrize("text", ["1 +", "a in [1, ", "x == == 2", "min(1)", "if a then b", "@"])
def test_faults_are_the_same_with_either(text: str) -> None:
    grammar = GRAMMAR.read_text(encoding="utf-8")
    loaded = Lark.load(BytesIO(TABLES.read_bytes().partition(b"\n")[2]))
    assert _outcome(loaded, text) == _outcome(parser_of(grammar), text)


def _outcome(parser: Lark, text: str) -> object:
    try:
        return parser.parse(text)
    except UnexpectedInput as fault:
        expected = getattr(fault, "accepts", None) or getattr(fault, "expected", ())
        return type(fault), fault.pos_in_stream, sorted(expected or ())


def test_tables_of_another_lark_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "lark_version", "0")
    monkeypatch.setattr(Lark, "load", lambda *_: pytest.fail("they were read"))
    syntax._parser.cache_clear()
    try:
        assert syntax.parse("1 + 2 <= 3") is not None
    finally:
        syntax._parser.cache_clear()
