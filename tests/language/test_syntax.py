"""Text to expressions: what is read as what, and what is refused where with which words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Expression,
    Extremum,
    Implication,
    Junction,
    Membership,
    Name,
    Negation,
    Not,
    Number,
    Truth,
    walk,
)
from constraints.language.syntax import (
    MAXIMUM_DEPTH,
    MAXIMUM_LENGTH,
    ExpressionError,
    locate_in_text,
    parse,
)
from constraints.text.source import Issue, Span

A, B, C, X, Y = map(Name, "abcxy")


def number(value: int | str, unit: str | None = None) -> Number:
    return Number(Fraction(value), unit)


def issues_of(text: str) -> list[Issue]:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value.issues


def issue_of(text: str) -> Issue:
    (issue,) = issues_of(text)
    return issue


def place(text: str) -> str:
    """The stretch of a one-line text that its one issue points at."""
    span = issue_of(text).span
    assert (span.line, span.end_line) == (1, 1)
    return text[span.column - 1 : span.end_column - 1]


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("12", "12"),
        ("1_000.50", "2001/2"),
        ("0.000_004", "1/250000"),
        ("2e-6", "1/500000"),
        ("2E+3", "2000"),
        ("1.5e3", "1500"),
        ("9" * 60, "9" * 60),
        ("0." + "0" * 59 + "1", f"1/{10**60}"),
    ],
)
def test_number_is_read_exactly(text: str, value: str) -> None:
    assert parse(text) == Number(Fraction(value))


def test_percentage_is_a_hundredth_and_says_so() -> None:
    assert parse("35%") == Number(Fraction(7, 20), percent=True)
    assert parse("0.5%") == Number(Fraction(1, 200), percent=True)
    assert parse("35%") != parse("0.35")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("12 months", number(12, "months")),
        ("0.000004 USD/token", number("0.000004", "USD/token")),
        ("9 USD/member/month", number(9, "USD/member/month")),
        ("4 \n USD/month", number(4, "USD/month")),
        ("12 months / x", Arithmetic("/", number(12, "months"), X)),
        ("12 months/ x", Arithmetic("/", number(12, "months"), X)),
        ("12 months /x", Arithmetic("/", number(12, "months"), X)),
        ("12 / x", Arithmetic("/", number(12), X)),
        ("12/x", Arithmetic("/", number(12), X)),
        ("5 orders", number(5, "orders")),
        ("5 or x", Junction("or", (number(5), X))),
        ("5 in [a]", Membership(number(5), (A,))),
        ("-5 months", Negation(number(5, "months"))),
    ],
)
def test_unit_follows_its_number_and_has_no_blanks_around_slashes(
    text: str, expression: Expression
) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a", A),
        ("baseline.price", Name("baseline.price")),
        ("_x1", Name("_x1")),
        ("true", Truth(value=True)),
        ("false", Truth(value=False)),
        ("truest", Name("truest")),
        ("min", Name("min")),
        ("min_x", Name("min_x")),
        ("absolute", Name("absolute")),
        ("notx", Name("notx")),
        ("ifx", Name("ifx")),
        ("order", Name("order")),
        ("android", Name("android")),
        ("a or order", Junction("or", (A, Name("order")))),
        ("a and android", Junction("and", (A, Name("android")))),
    ],
)
def test_words_of_the_language_end_where_the_word_ends(text: str, expression: Expression) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a + b - c", Arithmetic("-", Arithmetic("+", A, B), C)),
        ("a / b / c", Arithmetic("/", Arithmetic("/", A, B), C)),
        ("-x", Negation(X)),
        ("+x", X),
        ("--x", Negation(Negation(X))),
        ("a - -x", Arithmetic("-", A, Negation(X))),
        ("min(a)", Extremum("min", (A,))),
        ("max (a, b + 1, c)", Extremum("max", (A, Arithmetic("+", B, number(1)), C))),
        ("abs(x)", Absolute(X)),
        ("if a then x else y", Conditional(A, X, Y)),
        ("x in [1]", Membership(X, (number(1),))),
        ("x in [1, a + b]", Membership(X, (number(1), Arithmetic("+", A, B)))),
        ("x not in [1]", Not(Membership(X, (number(1),)))),
        ("x not \n in[1]", Not(Membership(X, (number(1),)))),
        ("x between 1 and y", Between(X, number(1), Y)),
        ("not a", Not(A)),
        ("a and b and c", Junction("and", (A, B, C))),
        ("a or b or c", Junction("or", (A, B, C))),
        ("a implies b implies c", Implication(A, Implication(B, C))),
        ("((((x))))", X),
        ("(a)and(b)", Junction("and", (A, B))),
        (" \n x \t", X),
    ],
)
def test_construct_becomes_its_node(text: str, expression: Expression) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
def test_comparison_keeps_its_operator(operator: str) -> None:
    read = parse(f"a{operator}b")
    assert isinstance(read, Comparison)
    assert (read.operator, read.left, read.right) == (operator, A, B)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a * b + c", "(a * b) + c"),
        ("-a * b", "(-a) * b"),
        ("a + b >= c - 1", "(a + b) >= (c - 1)"),
        ("not a >= b", "not (a >= b)"),
        ("not x in [1]", "not (x in [1])"),
        ("not a and b", "(not a) and b"),
        ("not a or b", "(not a) or b"),
        ("a and b or c", "(a and b) or c"),
        ("a or b and c", "a or (b and c)"),
        ("a or b implies c", "(a or b) implies c"),
        ("a implies b or c", "a implies (b or c)"),
        ("not a implies b", "(not a) implies b"),
        ("x between 1 and 2 and a", "(x between 1 and 2) and a"),
        ("x between a + 1 and b * 2 or c", "(x between (a + 1) and (b * 2)) or c"),
        ("if a then b else c and x", "if a then b else (c and x)"),
        ("if a then x else y + 1 >= 2", "if a then x else ((y + 1) >= 2)"),
        ("if a then if b then 1 else 2 else 3", "if a then (if b then 1 else 2) else 3"),
        ("if a then 1 else if b then 2 else 3", "if a then 1 else (if b then 2 else 3)"),
        ("2 * if a then x else y", "2 * (if a then x else y)"),
    ],
)
def test_precedence(written: str, meant: str) -> None:
    assert parse(written) == parse(meant)


def test_nodes_are_equal_wherever_they_stand() -> None:
    assert parse("a   +  b") == parse("(a + b)")
    assert hash(parse("a   +  b")) == hash(parse("(a + b)"))


# --- places -----------------------------------------------------------------------------------


def test_every_node_knows_its_place() -> None:
    text = "if a then\n  x + 12 months else max(y, 3%)"
    spans = {
        "if a then": (1, 1, 2, 32),
        "a": (1, 4, 1, 5),
        "x + 12 months": (2, 3, 2, 16),
        "12 months": (2, 7, 2, 16),
        "max(y, 3%)": (2, 22, 2, 32),
        "3%": (2, 29, 2, 31),
    }
    found = {
        (node.span.line, node.span.column, node.span.end_line, node.span.end_column)
        for node in walk(parse(text))
    }
    assert set(spans.values()) <= found


def test_a_locator_moves_every_place() -> None:
    def locate(start: int, end: int) -> Span:
        return Span("policy.yaml", 7, 100 + start, 7, 100 + end)

    assert parse("a + bb", locate).span == Span("policy.yaml", 7, 100, 7, 106)
    with pytest.raises(ExpressionError) as caught:
        parse("a = bb", locate)
    assert caught.value.issues[0].span == Span("policy.yaml", 7, 102, 7, 103)


def test_offsets_become_lines_and_columns_from_one() -> None:
    locate = locate_in_text("ab\ncd\n", "f")
    assert locate(0, 1) == Span("f", 1, 1, 1, 2)
    assert locate(3, 5) == Span("f", 2, 1, 2, 3)
    assert locate(1, 4) == Span("f", 1, 2, 2, 2)


# --- what is refused --------------------------------------------------------------------------

REFUSED = [
    ("x = 5", "=", "`=` has no meaning here", "to compare, write `==`"),
    ("x =< 5", "=<", "`=<` has no meaning here", "write `<=`"),
    ("x => 5", "=>", "`=>` has no meaning here", "write `>=`"),
    ("x && y", "&", "`&` has no meaning here", "write `and`"),
    ("x | y", "|", "`|` has no meaning here", "write `or`"),
    ("!x", "!", "`!` has no meaning here", "write `not`"),
    ("x ≥ 5", "≥", "`≥` has no meaning here", "write `>=`"),
    ("2 ^ 3", "^", "`^` has no meaning here",
     "powers are not part of the language; write the product"),
    ("$5 > x", "$", "`$` has no meaning here",
     "write the currency after the number: `5 USD/month`"),
    ("x > 5 %", "%", "`%` has no meaning here",
     "a percentage is written right after its number: `5%`"),
    ("x == 'a'", "'", "`'` has no meaning here", 'a text stands in double quotes: `"a"`'),
    ("x == 'a", "'", "`'` has no meaning here", 'a text stands in double quotes: `"new"`'),
    ('x == "a', '"', '`"` has no meaning here', "this quote is never closed"),
    ("x ; y", ";", "`;` has no meaning here", ""),
    ("12months > x", "12months", "`12months` is unclear",
     "put a blank between number and unit: `12 months`"),
    ("x > 10k", "10k", "`10k` is unclear", "write the number out: `10_000`"),
    ("x > 2.5M USD", "2.5M", "`2.5M` is unclear", "write the number out: `2_500_000`"),
    ("x > 1.00001k", "1.00001k", "`1.00001k` is unclear",
     "put a blank between number and unit: `1.00001 k`"),
    ("1.5.2 > x", "1.5.2", "`1.5.2` is no number", "numbers are written like `1_000.50`"),
    ("x > .5", ".5", "`.5` is no number", "numbers are written like `1_000.50`"),
    ("x > 5.", "5.", "`5.` is no number", "numbers are written like `1_000.50`"),
    ("x > 1__0", "1__0", "`1__0` is no number that can be used", "write it like `1_000.50`"),
    ("012 > x", "012", "`012` is no number that can be used", "write it like `1_000.50`"),
    ("x in [1,000]", "000", "`000` is no number that can be used", "write it like `1_000.50`"),
    ("x > 1e60", "1e60", "`1e60` is no number that can be used", "write it like `1_000.50`"),
    ("x >= 1,000", ",", "a number has no comma", "numbers are written like `1_000.50`"),
    ("1 < x < 2", "<", "comparisons cannot be chained",
     "write `b between a and c`, or join two comparisons with `and`"),
    ("a == b == c", "==", "comparisons cannot be chained",
     "write `b between a and c`, or join two comparisons with `and`"),
    ("a == b or >= 5", ">=", "expected a name or a number or `+` or `-`, found `>=`", ""),
    ("x > 5 AND y", "AND", "words of the language are in lower case", "write `and`"),
    ("a Or b", "Or", "words of the language are in lower case", "write `or`"),
    ("a orb", "orb", "expected `implies` or `or` or `and` or a comparison, found `orb`", ""),
    ("x notin [1]", "notin",
     "expected `implies` or `or` or `and` or a comparison, found `notin`", ""),
    ("x in 5", "5", "expected `[`, found `5`", ""),
    ("x in []", "]", "expected a name or a number or `+` or `-`, found `]`", ""),
    ("x between 1 or 2", "or", "expected `and` or `+` or `-`, found `or`", ""),
    ("if a then b", "if a then b", "this `if` has no `else`",
     "add `else` and what it is otherwise, or join two conditions with `implies`"),
    ("x > if a then -3 ", "if a then -3", "this `if` has no `else`",
     "add `else` and what it is otherwise, or join two conditions with `implies`"),
    ("if a then x > 3 ", "if a then x > 3", "this `if` has no `else`", "write `a implies x > 3`"),
    ("a and not (if a then b or c)", "if a then b or c", "this `if` has no `else`",
     "write `a implies b or c`"),
    ("b and if a then x in [1]", "if a then x in [1]", "this `if` has no `else`",
     "write `(a implies x in [1])`"),
    ("if a implies b then not c", "if a implies b then not c", "this `if` has no `else`",
     "write `(a implies b) implies not c`"),
    ("if a then if b then x > 1", "if b then x > 1", "this `if` has no `else`",
     "write `b implies x > 1`"),
    ("if a then if b then x > 1 else c", "if a then if b then x > 1 else c",
     "this `if` has no `else`", "write `a implies if b then x > 1 else c`"),
    ("x > 30percent", "30percent", "`30percent` is unclear", "write `30%`"),
    ("x > 1_000 per cent", "1_000 per cent", "`1_000 per cent` is unclear", "write `1_000%`"),
    ("x > 24mo", "24mo", "`24mo` is unclear",
     "put a blank between number and unit: `24 months`"),
    ("x > 1yr", "1yr", "`1yr` is unclear", "put a blank between number and unit: `1 year`"),
    ("x > 30 %", "%", "`%` has no meaning here",
     "a percentage is written right after its number: `30%`"),
    ("x > 5 USD per mo and a", "5 USD per mo", "`5 USD per mo` is unclear",
     "write `5 USD/month`"),
    ("x > 5 USD/seat per month", "5 USD/seat per month", "`5 USD/seat per month` is unclear",
     "write `5 USD/seat/month`"),
    ("x >", ">", "the expression ends too early; expected a name or a number or `+` or `-`", ""),
    ("x > (1 + 2", "(", "this `(` is never closed", ""),
    ("and", "and", "expected a name or a number or `+` or `-`, found `and`", ""),
    ("a and and b", "and", "expected a name or a number or `+` or `-`, found `and`", ""),
    ("abs(a, b)", ",", "expected `)`, found `,`", ""),
    ("", "", "the expression is empty", ""),
    ("  ", "  ", "the expression is empty", ""),
]  # fmt: skip


def test_what_stands_in_several_lines_is_written_in_one() -> None:
    issue = issue_of("if a\n  then b or\n  c")
    assert issue.hint == "write `a implies b or c`"
    assert (issue.span.line, issue.span.end_line, issue.span.end_column) == (1, 3, 4)


@pytest.mark.parametrize(("text", "where", "message", "hint"), REFUSED)
def test_text_is_refused_at_a_place_with_words(
    text: str, where: str, message: str, hint: str
) -> None:
    issue = issue_of(text)
    assert (issue.message, issue.hint, place(text)) == (message, hint, where)
    assert issue.severity == "error"
    assert issue.message[0].islower() or issue.message[0] == "`"
    assert not issue.message.endswith(".")


def test_all_unusable_numbers_are_reported_at_once() -> None:
    issues = issues_of("x in [1__0, 2, 3_]\n and y > 1e99")
    assert [(issue.line, issue.column) for issue in issues] == [(1, 7), (1, 16), (2, 10)]


def test_an_expression_error_says_all_its_messages() -> None:
    with pytest.raises(ExpressionError, match=r"`1__0` is no number.*; `3_` is no number"):
        parse("x in [1__0, 3_]")


@pytest.mark.parametrize(
    "text",
    [
        "not " * 2_000 + "x",
        "-" * 5_000 + "x",
        "1" + " + 1" * 2_000,
        "1 - (" * 1_500 + "1" + ")" * 1_500,
        "if a then 1 else " * 400 + "2",
        "a implies " * 900 + "b",
        f"tiers(a, 0, {', '.join(f'{n} from {n}' for n in range(1, 700))})",
    ],
    ids=["not", "minus", "sum", "parentheses", "if", "implies", "tiers"],
)
def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(text: str) -> None:
    issue = issue_of(text)
    assert issue.message == "the expression is nested too deeply"
    assert issue.hint == "split it into definitions"
    assert issue.span == Span("<text>", 1, 1, 1, len(text) + 1)


def test_a_hundred_levels_are_not_too_deep() -> None:
    assert MAXIMUM_DEPTH == 100
    assert parse("1" + " + 1" * (MAXIMUM_DEPTH - 1)).span.end_column == 4 * MAXIMUM_DEPTH - 2
    assert issue_of("1" + " + 1" * MAXIMUM_DEPTH).message == "the expression is nested too deeply"


def test_a_long_text_is_refused_before_it_is_parsed() -> None:
    assert parse("(" * 4_999 + "x" + ")" * 4_999) == X
    issue = issue_of("x" * (MAXIMUM_LENGTH + 1))
    assert issue.message == "an expression may have at most 10000 characters"
    assert issue.hint == "split it into definitions"
