"""docs/language.md against the language: every example on it is parsed, checked or evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from constraints.language.checking import check
from constraints.language.dimensions import CONDITION, Choice, Dimension, Symbol, Vocabulary
from constraints.language.evaluation import Environment, Evaluator
from constraints.language.expressions import Expression
from constraints.language.syntax import ExpressionError, parse
from constraints.text.source import Issue
from cp_pricing import parse_price_book
from cp_pricing.book.names import base_vocabulary
from cp_pricing.fields import CONFIDENCE
from tests.support.books import example, texts_of
from tests.support.places import EXAMPLE, ROOT

PAGE = (ROOT / "docs" / "language.md").read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def _lines(language: str) -> list[str]:
    return [line for block in _blocks(language) for line in block.splitlines() if line]


def _table(header: str) -> list[list[str]]:
    """The rows under a table's header, each cell without its blanks."""
    rows = PAGE[PAGE.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _code(cell: str) -> str:
    return cell.strip("`")


def _refusals() -> Iterator[tuple[str, list[str]]]:
    for block in _blocks("refused"):
        for text, told in re.findall(r"^([^#\n].*)\n((?:# .*\n)+)", block, re.MULTILINE):
            yield text, [line.removeprefix("# ") for line in told.splitlines()]


REFUSALS = list(_refusals())
CONDITIONS = [*_lines("condition"), *(_code(row[0]) for row in _table("| write | for |"))]
DENOMINATORS = _table("| condition | where | holds | because it asks |")


@pytest.fixture(scope="module", name="vocabulary")
def _vocabulary() -> Vocabulary:
    return base_vocabulary(example().catalog, example().profiles)


def _checked(text: str, vocabulary: Vocabulary) -> Expression:
    checked, issues = check(parse(text), vocabulary)
    assert not issues
    return checked.expression


def _found(text: str, vocabulary: Vocabulary) -> list[Issue]:
    try:
        return check(parse(text), vocabulary, CONDITION)[1]
    except ExpressionError as error:
        return error.issues


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(CONDITIONS) >= 15
    assert len(REFUSALS) >= 20
    assert len(DENOMINATORS) >= 10
    assert len(_lines("number")) >= 5
    assert len(_blocks("yaml")) == 1
    fences = re.findall(r"^```(\w*)$", PAGE, re.MULTILINE)
    assert set(fences) == {"", "yaml", "condition", "number", "refused"}


@pytest.mark.parametrize("text", CONDITIONS)
def test_example_is_a_condition(text: str, vocabulary: Vocabulary) -> None:
    checked, issues = check(parse(text), vocabulary, CONDITION)
    assert not issues
    assert checked.kind == CONDITION


@pytest.mark.parametrize("text", _lines("number"))
def test_example_is_a_number(text: str, vocabulary: Vocabulary) -> None:
    checked, issues = check(parse(text), vocabulary)
    assert not issues
    assert isinstance(checked.kind, Dimension)


@pytest.mark.parametrize(("text", "told"), REFUSALS, ids=[text for text, _ in REFUSALS])
def test_example_is_refused_with_these_words(
    text: str, told: list[str], vocabulary: Vocabulary
) -> None:
    (issue,) = _found(text, vocabulary)
    assert [issue.message, *([f"hint: {issue.hint}"] if issue.hint else [])] == told


@pytest.mark.parametrize(("written", "meant"), _table("| written | is read as |"))
def test_example_of_precedence(written: str, meant: str) -> None:
    assert parse(_code(written)) == parse(_code(meant))


def _value(text: str) -> Fraction | bool:
    return text == "yes" if text in {"yes", "no"} else Fraction(text)


def _environment(where: str) -> Environment:
    given = dict(pair.split(" = ") for pair in map(_code, where.split(", ")))
    values = {name: _value(value) for name, value in given.items()}
    return {**values, "gross_margin": parse("expected_monthly_margin / expected_monthly_bill")}


@pytest.mark.parametrize(("text", "where", "holds", "asks"), DENOMINATORS)
def test_example_of_a_zero_denominator(
    text: str, where: str, holds: str, asks: str, vocabulary: Vocabulary
) -> None:
    evaluator = Evaluator(_environment(where))
    conditions = [_checked(_code(cell), vocabulary) for cell in (text, asks)]
    assert [evaluator.truth(condition) for condition in conditions] == [holds == "yes"] * 2


def _kind(symbol: Symbol) -> str:
    if isinstance(symbol.kind, Dimension):
        return symbol.kind.unit
    return "choice" if isinstance(symbol.kind, Choice) else str(symbol.kind)


def test_the_table_of_names_is_the_vocabulary(vocabulary: Vocabulary) -> None:
    listed = {_code(row[0]): row[1] for row in _table("| name | unit |")}
    kinds = {
        name: _kind(symbol)
        for name, symbol in vocabulary.symbols.items()
        if not name.startswith("@")
    }
    assert listed == {name: kind for name, kind in kinds.items() if "baseline." not in name}
    own = ("profile.", "request.", CONFIDENCE)
    doubled = {name for name in listed if not name.startswith(own)}
    assert {name for name in kinds if "baseline." in name} == {f"baseline.{n}" for n in doubled}


def test_the_fragment_of_a_policy_is_accepted() -> None:
    texts = texts_of(EXAMPLE)
    head, _, rest = texts["policy.yaml"].partition("parameters:")
    ltv = rest[rest.index("ltv:") : rest.index("rules:")]
    policy = parse_price_book({**texts, "policy.yaml": head + ltv + _blocks("yaml")[0]}).policy
    assert [rule.id for rule in policy.rules] == [
        "price-floor",
        "long-terms-for-big-allowances",
        "covered",
    ]
    assert list(policy.define) == ["commitment_months", "is_large"]
