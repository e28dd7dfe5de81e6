"""Texts to nodes: places, the values of YAML 1.2 and JSON, and every fault with its place."""

from __future__ import annotations

import json
import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from constraints.text import nodes
from constraints.text.json_nodes import json_values, parse_json
from constraints.text.nodes import Mapping, Node, Scalar, Sequence
from constraints.text.source import InputError, Issue, Span, did_you_mean, normalised, render_issue
from constraints.text.yaml_nodes import parse_yaml


def faults(issues: list[Issue]) -> list[str]:
    return [str(issue) for issue in issues]


def scalar(root: Node | None, key: str) -> Scalar:
    assert isinstance(root, Mapping)
    found = root.entries[key]
    assert isinstance(found, Scalar)
    return found


def plain(node: Node | None) -> object:
    """Nodes as JSON's values, numbers as they are written."""
    match node:
        case Mapping(entries=entries):
            return {key: plain(value) for key, value in entries.items()}
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Scalar(kind="null"):
            return None
        case Scalar(kind="boolean", text=text):
            return text.lower() == "true"
        case Scalar(text=text):
            return text
        case _:
            return node


# YAML


KINDS = {
    "string": "no yes on off y 22:30 1:2:3 2025-06-30 '12' \"true\" 35% 1__0 1_ = 0b11 1.2.3",
    "boolean": "true True TRUE false False FALSE",
    "null": "~ null Null NULL",
    "number": "0 12 -1_000.50 +1 2e-6 1E3 .5 5. 0.5",
}


@pytest.mark.parametrize(
    ("value", "kind"),
    [("", "null"), ("79 USD", "string")]
    + [(value, kind) for kind, values in KINDS.items() for value in values.split()],
)
def test_plain_values_are_those_of_the_yaml_core_schema(value: str, kind: str) -> None:
    root, issues = parse_yaml(f"key: {value}\n", "f.yaml")
    assert not issues
    assert scalar(root, "key").kind == kind


YAML_FAULTS = {
    "a: 012": "1:4: `012` has a leading zero",
    "a: -00.5": "1:4: `-00.5` has a leading zero",
    "a: 0x1F": "1:4: `0x1F` is not a decimal number",
    "a: 0o14": "1:4: `0o14` is not a decimal number",
    "a: .inf": "1:4: `.inf` is not a number that can be used",
    "a: .NaN": "1:4: `.NaN` is not a number that can be used",
    "a: 1e999999999": "1:4: this number is too large or too precise",
    "a: 1\nb:\n  c: 2\na: 3": "4:1: duplicate key `a`",
    "{a: 1, 'a': 2}": "1:8: duplicate key `a`",
    "a: &x 1": "1:4: anchors (`&x`) are not supported",
    "a: *x": "1:4: aliases (`*x`) are not supported",
    "a:\n  <<: {b: 1}": "2:3: merge keys (`<<`) are not supported",
    "a: !!str 1": "1:4: tags (`!...`) are not supported",
    "? [a]\n: 1": "1:3: a key must be a word",
    "a: 1\n---\nb: 1": "2:1: more than one document in a file",
    "a: 1\n...\nb: 1": "3:1: more than one document in a file",
    "a:\n\tb: 1": "2:1: a tab cannot indent a line",
    "a:\n  b: 1\n c: 2": "3:2: expected a key here",
    "- a\nb: 1": "2:1: this line is indented like nothing above it, or its `- ` is missing",
    "a: b: c": "1:5: unexpected `:`",
    "é: ü: c": "1:5: unexpected `:`",
    "a: @x": "1:4: a value cannot start with `@`",
    "a: 'x\nb: 1\n": "1:4: this quote is never closed",
    'a: "\\q"': "1:5: unknown escape in a text in double quotes",
    "a: [1, 2\n": "1:4: this `[` is never closed",
    "a: {b: 1]": "1:9: expected `,` or `}`",
    "a: >= 3": "1:5: unexpected text after `|` or `>`",
    "\ufeffa: 1": "1:1: the file starts with a byte order mark",
    "a: b\0": "1:5: the invisible character U+0000 is not allowed",
    "a: 02%": "1:4: `02%` has a leading zero",
    "a: 1\n\ufeff": "2:1: the invisible character U+FEFF is not allowed",
    "a: b\u2028c": "1:5: the invisible character U+2028 is not allowed",
    "": "1:1: the file is empty",
    "# nothing\n": "1:1: the file is empty",
    "[" * 500: "1:101: nested more than 100 levels deep",
    "a:\r\n  b: 1\r\n  b: 2": "3:3: duplicate key `b`",
    "a: 1\rb: 02": "2:4: `02` has a leading zero",
}


@pytest.mark.parametrize(("text", "fault"), YAML_FAULTS.items())
def test_a_yaml_fault_has_its_place(text: str, fault: str) -> None:
    _, issues = parse_yaml(text, "f.yaml")
    assert faults(issues) == [f"f.yaml:{fault}"]


def test_yaml_faults_that_leave_a_tree_come_all_at_once() -> None:
    _, issues = parse_yaml("a: 012\nb: &x 1\na: 2\nc: 0x1\n", "f.yaml")
    assert [issue.line for issue in issues] == [1, 2, 3, 4]
    assert issues[2].hint == "it is first given in line 1"


def test_nodes_know_where_they_are() -> None:
    text = "a:\n  - {x: 1, y: 'q'}\n  - [2,\n     3]\nb: |\n  t\n\n# end\n"
    root, issues = parse_yaml(text, "f.yaml")
    assert not issues
    assert isinstance(root, Mapping)
    assert root.span == Span("f.yaml", 1, 1, 6, 4)
    items = root.entries["a"]
    assert isinstance(items, Sequence)
    assert [item.span for item in items.items] == [
        Span("f.yaml", 2, 5, 2, 19),
        Span("f.yaml", 3, 5, 4, 8),
    ]
    assert root.keys["b"].span == Span("f.yaml", 5, 1, 5, 2)


# Places inside a value


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "'{}'",
        '"{}"',
        "{0}\n    and {0}",
        "'{0}\n\n    and  ''{0}'''",
        '"\\x61\\u00e9\\t{0} \\\n    and \\"{0}\\""',
        "|\n  {0}\n   and\n\n  {0}\n",
        ">- # folded\n  {0}\n  and\n\n    {0}\n  {0}\n",
        "|2-\n    {0}\n  x\n",
    ],
)
def test_a_word_in_a_value_is_found_in_the_file(written: str) -> None:
    text = f"key: {written.format('word')}\nother: 1\n"
    root, issues = parse_yaml(text, "f.yaml")
    assert not issues
    value = scalar(root, "key")
    lines = text.split("\n")
    start = value.text.find("word")
    seen = set()
    while start >= 0:
        span = value.locate(start, start + 4)
        assert span.line == span.end_line
        assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == "word"
        seen.add(span)
        start = value.text.find("word", start + 1)
    assert len(seen) == text.count("word")


@given(
    st.lists(st.sampled_from("ab1.é'\"\\:#-%  \t\n"), min_size=1, max_size=60).map("".join),
    st.sampled_from(["'", '"', "|", ">"]),
    st.integers(8, 40),
)
def test_every_visible_character_is_found_in_the_file(text: str, style: str, width: int) -> None:
    written = yaml.safe_dump(
        {"key": text},
        default_style=style,
        width=width,
        allow_unicode=True,
    )
    root, issues = parse_yaml(written, "f.yaml")
    assert not issues
    value = scalar(root, "key")
    assert value.text == text
    lines = written.split("\n")
    for place, character in enumerate(text):
        span = value.locate(place, place + 1)
        shown = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        if not character.isspace():
            assert shown in {character, "''" if character == "'" else "\\" + character}


def test_a_place_behind_the_text_is_right_after_it() -> None:
    root, _ = parse_yaml("key: >\n  a +\n\nother: 1\n", "f.yaml")
    value = scalar(root, "key")
    assert value.locate(len(value.text), len(value.text)) == Span("f.yaml", 2, 6, 2, 6)


def test_an_escaped_character_of_json_is_found_in_the_file() -> None:
    root, _ = parse_json('{"key": "\\ud83d\\ude00 \\u00e9x"}', "f.json")
    value = scalar(root, "key")
    assert value.text == "😀 éx"
    assert value.locate(3, 4) == Span("f.json", 1, 29, 1, 30)


# JSON

JSON_FAULTS = {
    '{"a": 1, "a": 2}': "1:10: duplicate key `a`",
    '{"a": NaN}': "1:7: `NaN` is not a number that can be used",
    '{"a": -Infinity}': "1:7: `-Infinity` is not a number that can be used",
    '{"a": [1, 2,]}': "1:12: a comma before `]`",
    '{"a": 1,}': "1:8: a comma before `}`",
    '{"a": 1\n "b": 2}': "2:2: expected `,` or `}`",
    '[{"a": 1} {"b": 2}]': "1:11: expected `,` or `]`",
    '{"a": 1_000}': "1:7: `1_000` is not a JSON value",
    '{"a": 012}': "1:7: `012` is not a JSON value",
    '{"a": True}': "1:7: `True` is not JSON",
    '{"a": 1e99}': "1:7: this number is too large or too precise",
    "{a: 1}": "1:2: a key without quotes: `a`",
    "{'a': 1}": "1:2: a key in single quotes",
    '{"a" 1}': "1:6: expected `:` after the key `a`",
    '{"a": }': "1:7: expected a value",
    '{"a": "x': "1:7: this quote is never closed",
    '{"a": "x\n"}': "1:7: this quote is never closed",
    '{"a": "\\q"}': "1:7: a text with an unknown escape or a control character",
    '{"a": "\\ud800"}': "1:7: half of a character: an unpaired `\\u` escape",
    '{"a": [1,\n': "1:10: the text ends too early",
    '{"a": 1\n': "1:1: this `{` is never closed",
    '{"a": 1} // c': "1:10: JSON has no comments",
    "{} {}": "1:4: there is more text after the end",
    "\ufeff{}": "1:1: the file starts with a byte order mark",
    " \n": "1:1: the file is empty",
    "[" * 100_000: "1:101: nested more than 100 levels deep",
}


@pytest.mark.parametrize(("text", "fault"), JSON_FAULTS.items())
def test_a_json_fault_has_its_place_and_no_values(text: str, fault: str) -> None:
    _, issues = parse_json(text, "f.json")
    assert faults(issues) == [f"f.json:{fault}"]
    assert json_values(text) is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(codec="utf-8")) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(JSON_VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_both_readers_of_json_say_what_the_standard_library_says(
    value: object,
    ascii_only: bool,  # noqa: FBT001
    indent: int | None,
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    root, issues = parse_json(text, "f.json")
    assert not issues
    assert plain(root) == json.loads(text, parse_int=str)
    if "\\ud" not in text:  # which needs a closer look
        assert json_values(text) == value


# Faults of any text lie inside it


TEXTS = st.text(st.sampled_from("ab01:-{}[]'\"|>#&*!%@,.\\ \t\n\r\u2028\ufeffé"), max_size=60)


@given(TEXTS)
def test_the_place_of_every_fault_lies_inside_the_text(text: str) -> None:
    for parse in (parse_yaml, parse_json):
        root, issues = parse(text, "file")
        assert root is not None or issues
        lines = normalised(text).split("\n")
        for issue in issues:
            span = issue.span
            assert 1 <= span.line <= span.end_line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
            assert (span.line, span.column) <= (span.end_line, span.end_column)
            assert render_issue(issue, text).startswith(f"file:{span.line}:{span.column}: ")


# Issues


def test_an_issue_is_shown_with_its_line_a_caret_and_advice() -> None:
    issue = Issue(Span("f.yaml", 2, 4, 2, 7), "bad word", "write a good one")
    assert render_issue(issue, "a: 1\nb: bad # no\n") == (
        "f.yaml:2:4: bad word\nb: bad # no\n   ^~~\n  hint: write a good one"
    )


def test_carets_stand_under_wide_characters_and_long_lines_are_cut() -> None:
    wide = render_issue(Issue(Span("f", 1, 3, 1, 4), "x"), "日本語")
    assert wide.split("\n")[2] == "    ^~"
    line = "x" * 5_000 + "HERE" + "y" * 5_000
    _, shown, caret = render_issue(Issue(Span("f", 1, 5_001, 1, 5_005), "x"), line).split("\n")
    assert shown[caret.index("^") : len(caret)] == "HERE"
    assert len(shown) < 200


def test_an_issue_of_a_missing_file_is_one_line() -> None:
    assert (
        render_issue(Issue(Span("f", 1, 1, 1, 1), "file not found"), "") == "f:1:1: file not found"
    )


def test_a_terminal_cannot_be_controlled_from_a_file() -> None:
    shown = render_issue(Issue(Span("f", 1, 1, 1, 2), "no `\x1b[2J`", "\x07"), "\x1b[2J")
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_issues_come_in_the_order_of_the_text_and_once_each() -> None:
    late, early = (Issue(Span("b", line, 1, line, 1), "m") for line in (10, 9))
    other = Issue(Span("a", 99, 1, 99, 1), "m")
    error = InputError([late, early, other, late], {"a": "text"})
    assert error.issues == (other, early, late)
    assert str(error).splitlines() == ["a:99:1: m", "b:9:1: m", "b:10:1: m"]
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.issues, again.sources) == (error.issues, error.sources)
    assert error.renamed({"a": "x/a"}).sources == {"x/a": "text"}
    assert error.renamed({"a": "x/a"}).issues[-1].file == "x/a"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("platfrom_fee", "platform_fee"),
        ("usage_prise", "usage_unit_price"),
        ("Prepaid-Amount", "prepaid_amount"),
        ("churn", "monthly_churn"),
        ("aproval", "approval"),
        ("usage", "usage_unit_price"),
        ("zebra", ""),
        ("", ""),
    ],
)
def test_a_slip_is_told_from_another_word(word: str, meant: str) -> None:
    known = ["platform_fee", "usage_unit_price", "prepaid_amount", "monthly_churn", "approval"]
    assert did_you_mean(word, known) == (f"did you mean `{meant}`?" if meant else "")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("alfa", "alpha"),
        ("bsg", "sbg"),
        ("sgb", "sbg"),
        ("cof", "cfo"),
        ("modle", "model"),
        ("alpah", "alpha"),
        # One letter of three, or of another word at one end, is no slip.
        ("cdo", ""),
        ("cro", ""),
        ("percent", ""),
        ("graduate", ""),
    ],
)
def test_a_slip_in_a_short_word(word: str, meant: str) -> None:
    known = ["alpha", "sbg", "GB", "cfo", "ceo", "mode", "model", "price"]
    assert did_you_mean(word, known) == (f"did you mean `{meant}`?" if meant else "")


def test_the_beginning_of_a_long_folded_text_is_found_without_reading_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "rule: >\n" + "  usage_unit_price +\n" * 10_000
    rule = scalar(parse_yaml(text, "policy.yaml")[0], "rule")
    read = []
    piece = nodes._piece

    def counting(text: str, place: int, style: nodes.Style) -> nodes._Piece:
        read.append(place)
        return piece(text, place, style)

    monkeypatch.setattr(nodes, "_piece", counting)
    assert rule.locate(0, 5) == Span("policy.yaml", 2, 3, 2, 8)
    assert len(read) < 20
    # What is far behind is found as well, on its own line.
    place = rule.text.index("usage", 100_000)
    assert rule.locate(place, place + 5) == Span(
        "policy.yaml", 2 + rule.text.count("+", 0, place), 3, 2 + rule.text.count("+", 0, place), 8
    )
