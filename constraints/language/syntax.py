"""Rule text to expressions: Lark parses, faults become issues that point into the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from lark import Lark, Token, Transformer, Tree, v_args
from lark import __version__ as lark_version
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

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
    Text,
    Truth,
    depth,
)
from constraints.text.numerals import parse_decimal
from constraints.text.source import MAXIMUM_QUOTED, Issue, Span
from constraints.text.spoken import quantity_in_words, written_out

if TYPE_CHECKING:
    from constraints.language.expressions import ArithmeticOperator, ComparisonOperator

Locate: TypeAlias = Callable[[int, int], Span]

MAXIMUM_LENGTH = 10_000
MAXIMUM_DEPTH = 100

_WORDS = {
    "_IMPLIES": "`implies`",
    "_OR": "`or`",
    "_AND": "`and`",
    "_THEN": "`then`",
    "_ELSE": "`else`",
    "_FROM": "`from`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "COMPARISON": "a comparison",
    "SIGN": "`+` or `-`",
    "SCALE": "`*` or `/`",
    "_IN": "`in`",
    "_BETWEEN": "`between`",
}
_OPERANDS = {"NUMBER", "NAME", "TEXT"}
_KEYWORDS = {"and", "or", "not", "in", "implies", "between", "if", "then", "else", "from"}
_CONDITIONS = (Comparison, Membership, Between, Not, Junction, Implication, Truth)
_BEFORE_A_WHOLE = {"LPAR", "_THEN", "_ELSE", "_IMPLIES"}
_FOREIGN = {
    "=": "to compare, write `==`",
    "=<": "write `<=`",
    "=>": "write `>=`",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "^": "powers are not part of the language; write the product",
    "%": "a percentage is written right after its number: `35%`",
    "$": "write the currency after the number: `5 USD/month`",
    "€": "write the currency after the number: `5 EUR/month`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
    "×": "write `*`",
    "÷": "write `/`",
    "'": 'a text stands in double quotes: `"new"`',
    '"': "this quote is never closed",
    "{": "use parentheses",
}


class ExpressionError(Exception):
    """A text that is no expression; `issues` says where and why."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(issue.message for issue in issues))
        self.issues = list(issues)


def locate_in_text(text: str, file: str = "<text>") -> Locate:
    """A locator for a text that is a file of its own: offsets to lines and columns from 1."""

    def locate(start: int, end: int) -> Span:
        first, last = text.count("\n", 0, start), text.count("\n", 0, end)
        return Span(
            file,
            first + 1,
            start - text.rfind("\n", 0, start),
            last + 1,
            end - text.rfind("\n", 0, end),
        )

    return locate


def parse(text: str, locate: Locate | None = None) -> Expression:
    """The expression that a text says; raises `ExpressionError` with a span for each fault."""
    where = locate or locate_in_text(text)
    if len(text) > MAXIMUM_LENGTH:
        message = f"an expression may have at most {MAXIMUM_LENGTH} characters"
        raise ExpressionError([Issue(where(0, 1), message, "split it into definitions")])
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as fault:
        raise ExpressionError([_syntax_issue(text, fault, where)]) from None
    message = "the expression is nested too deeply"
    too_deep = Issue(where(0, len(text)), message, "split it into definitions")
    if _levels(tree) > MAXIMUM_DEPTH:
        raise ExpressionError([too_deep])
    builder = _Builder(where)
    expression: Expression = builder.transform(tree)
    if builder.issues:
        raise ExpressionError(builder.issues)
    if depth(expression) > MAXIMUM_DEPTH:  # tiers stand side by side in the text alone
        raise ExpressionError([too_deep])
    return expression


def tokens(text: str) -> list[Token]:
    """The words and signs of a text that `parse` accepts, as the grammar tells them apart."""
    return list(_parser().parse_interactive(text).iter_parse())


def _levels(tree: Tree[Token]) -> int:
    """The number of nested levels, counted without recursion, which a deep tree would break."""
    level, count = [tree], 0
    while level:
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
        count += 1
    return count


@lru_cache(maxsize=1)
def _parser() -> Lark:
    folder = resources.files("constraints.language")
    grammar = folder.joinpath("grammar.lark").read_text("utf-8")
    made_from, _, tables = folder.joinpath("grammar.tables").read_bytes().partition(b"\n")
    # Lark takes twenty times as long to make the tables as to read them. Those of another grammar,
    # or of another Lark, are not read.
    if made_from == fingerprint(grammar):
        return Lark.load(BytesIO(tables))
    return parser_of(grammar)


def parser_of(grammar: str) -> Lark:
    """The parser of a grammar, its tables made anew."""
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def fingerprint(grammar: str) -> bytes:
    """What tables say that they were made from."""
    return f"lark {lark_version} {sha256(grammar.encode()).hexdigest()}".encode()


def _syntax_issue(text: str, fault: UnexpectedInput, where: Locate) -> Issue:
    if not text.strip():
        return Issue(where(0, max(1, len(text))), "the expression is empty")
    match fault:
        case UnexpectedToken(accepts=accepts) if accepts == {"_ELSE"}:
            return _without_else(text, fault, where)
        case UnexpectedCharacters():
            return _character_issue(text, fault.pos_in_stream or 0, where)
        case UnexpectedToken(token=token) if token.type != "$END":
            return _token_issue(text, token, set(fault.accepts or fault.expected), where)
        case UnexpectedToken() | UnexpectedEOF():
            end = len(text.rstrip())
            accepted = set(getattr(fault, "accepts", None) or fault.expected)
            opened = _never_closed(text) if accepted & {"RPAR", "RSQB"} else None
            if opened is not None:
                return Issue(where(opened, opened + 1), f"this `{text[opened]}` is never closed")
            message = f"the expression ends too early; expected {_expected(accepted)}"
            return Issue(where(max(0, end - 1), end), message)
        case _:
            return Issue(where(0, len(text)), "this is not an expression")


def _without_else(text: str, fault: UnexpectedToken, where: Locate) -> Issue:
    """An `if` that does not say what holds otherwise; of two conditions, `implies` is meant."""
    *before, first, _, then, _ = fault.interactive_parser.parser_state.value_stack
    start, middle = first.start_pos, then.start_pos
    end = len(text) if fault.token.type == "$END" else fault.token.start_pos
    whole = text[start:end].rstrip()
    parts = text[start + len(first) : middle], text[middle + len(then) : end]
    condition, consequence = (re.sub(r"\s*\n\s*", " ", part.strip()) for part in parts)
    hint = "add `else` and what it is otherwise, or join two conditions with `implies`"
    if _is_condition(consequence):
        said = f"({condition})" if _is_condition(condition, Implication) else condition
        said = f"{said} implies {consequence}"
        if before and getattr(before[-1], "type", "") not in _BEFORE_A_WHOLE:
            said = f"({said})"
        hint = f"write `{said}`" if len(said) <= MAXIMUM_QUOTED else f"write: {said}"  # uncut
    return Issue(where(start, start + len(whole)), "this `if` has no `else`", hint)


def _is_condition(text: str, *kinds: type[Expression]) -> bool:
    """Whether a text is surely a condition (of one of these kinds), and no number."""
    try:
        said = parse(text)
    except ExpressionError:
        return False
    while isinstance(said, Conditional):
        said = said.consequence
    return isinstance(said, kinds or _CONDITIONS)


def _never_closed(text: str) -> int | None:
    """The place of the last bracket that is opened and not closed, those in quotes aside."""
    opened: list[int] = []
    plain = re.sub('"[^"\n]*"', lambda quoted: " " * len(quoted[0]), text)
    for place, character in enumerate(plain):
        if character in "([":
            opened.append(place)
        elif character in ")]" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _character_issue(text: str, position: int, where: Locate) -> Issue:
    rest = text[position:]
    if glued := re.match(r"(\d[\d_.]*)([A-Za-z]\w*)", rest):
        hint = written_out(*glued.groups())
        return Issue(where(position, position + glued.end()), f"`{glued[0]}` is unclear", hint)
    if number := re.match(r"[\d_.,]+", rest):
        hint = "numbers are written like `1_000.50`"
        return Issue(where(position, position + number.end()), f"`{number[0]}` is no number", hint)
    if quoted := re.match(r"'([^'\"\n]+)'", rest):
        hint = f'a text stands in double quotes: `"{quoted[1]}"`'
        return Issue(where(position, position + 1), "`'` has no meaning here", hint)
    character = rest[:2] if rest[:2] in _FOREIGN else rest[0]
    hint = _FOREIGN.get(character, "")
    if character == "%" and (number := re.search(r"[\d_.]+(?=\s+$)", text[:position])):
        hint = hint.replace("35", number[0])
    span = where(position, position + len(character))
    return Issue(span, f"`{character}` has no meaning here", hint)


def _token_issue(text: str, token: Token, accepted: set[str], where: Locate) -> Issue:
    start = token.start_pos or 0
    span = where(start, start + len(token))
    is_second = bool(re.search(r"[<>=!]", text[:start])) and not accepted & _OPERANDS
    if token.type == "COMPARISON" and is_second:
        hint = "write `b between a and c`, or join two comparisons with `and`"
        return Issue(span, "comparisons cannot be chained", hint)
    if token.type == "NAME" and str(token).lower() in _KEYWORDS:
        message = "words of the language are in lower case"
        return Issue(span, message, f"write `{str(token).lower()}`")
    if in_words := quantity_in_words(text, start):
        begin, end, hint = in_words
        return Issue(where(begin, end), f"`{text[begin:end]}` is unclear", hint)
    if token.type == "COMMA" and re.match(r"\d,\d", text[start - 1 :]):
        return Issue(span, "a number has no comma", "numbers are written like `1_000.50`")
    return Issue(span, f"expected {_expected(accepted)}, found `{token}`")


def _expected(accepted: set[str]) -> str:
    words = ["a name or a number"] if accepted & _OPERANDS else []
    words += [
        word for kind, word in _WORDS.items() if kind in accepted and not (words and kind == "LPAR")
    ]
    if "$END" in accepted:
        words.append("the end")
    return " or ".join(words[:4]) if words else "something else"


class _Tier(NamedTuple):
    """A value, and from which limit on it holds."""

    value: Expression
    limit: Expression
    span: Span


def _not_ascending(tiers: Sequence[_Tier]) -> Iterator[Issue]:
    """Tiers whose limit is a number not above that of the tier before: nobody would reach them."""
    for before, tier in pairwise(tiers):
        match before.limit, tier.limit:
            case Number(first, unit), Number(second, other) if unit == other and second <= first:
                hint = "list the tiers from the lowest limit to the highest"
                yield Issue(tier.limit.span, "this limit is not above the one before", hint)
            case _:
                pass


@v_args(meta=True)
class _Builder(Transformer[Token, Expression]):
    """Lark's tree to our nodes, bottom-up, with spans and the faults of single tokens."""

    def __init__(self, where: Locate) -> None:
        super().__init__()
        self.where = where
        self.issues: list[Issue] = []

    def _span(self, meta: Any) -> Span:  # noqa: ANN401 - lark types its meta as Any
        return self.where(meta.start_pos, meta.end_pos)

    def implies(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Implication(parts[0], parts[1], self._span(meta))

    def either(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Junction("or", tuple(parts), self._span(meta))

    def both(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Junction("and", tuple(parts), self._span(meta))

    def no(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Not(parts[0], self._span(meta))

    def compare(self, meta: Any, parts: list[Any]) -> Expression:  # noqa: ANN401
        operator = cast("ComparisonOperator", str(parts[1]))
        return Comparison(operator, parts[0], parts[2], self._span(meta))

    def member(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Membership(parts[0], tuple(parts[1:]), self._span(meta))

    def not_member(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Not(self.member(meta, parts), self._span(meta))

    def between(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Between(parts[0], parts[1], parts[2], self._span(meta))

    def binary(self, meta: Any, parts: list[Any]) -> Expression:  # noqa: ANN401
        operator = cast("ArithmeticOperator", str(parts[1]))
        return Arithmetic(operator, parts[0], parts[2], self._span(meta))

    def signed(self, meta: Any, parts: list[Any]) -> Expression:  # noqa: ANN401
        return Negation(parts[1], self._span(meta)) if parts[0] == "-" else parts[1]

    def conditional(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Conditional(parts[0], parts[1], parts[2], self._span(meta))

    def extremum(self, meta: Any, parts: list[Any]) -> Expression:  # noqa: ANN401
        return Extremum(parts[0].value, tuple(parts[1:]), self._span(meta))

    def tier(self, meta: Any, parts: list[Expression]) -> _Tier:  # noqa: ANN401
        return _Tier(parts[0], parts[1], self._span(meta))

    def tiers(self, meta: Any, parts: list[Any]) -> Expression:  # noqa: ANN401
        """Conditionals, the highest tier first: that of the last limit which is reached."""
        measure, found, *tiers = parts
        self.issues += _not_ascending(tiers)
        for tier in tiers:
            reached = Comparison(">=", measure, tier.limit, tier.span)
            found = Conditional(reached, tier.value, found, self._span(meta))
        return cast("Expression", found)

    def absolute(self, meta: Any, parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Absolute(parts[0], self._span(meta))

    def true(self, meta: Any, _parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Truth(value=True, span=self._span(meta))

    def false(self, meta: Any, _parts: list[Expression]) -> Expression:  # noqa: ANN401
        return Truth(value=False, span=self._span(meta))

    def name(self, meta: Any, parts: list[Token]) -> Expression:  # noqa: ANN401
        return Name(str(parts[0]), self._span(meta))

    def text(self, meta: Any, parts: list[Token]) -> Expression:  # noqa: ANN401
        return Text(parts[0][1:-1], self._span(meta))

    def number(self, meta: Any, parts: list[Token]) -> Expression:  # noqa: ANN401
        return Number(self._decimal(meta, parts[0]), span=self._span(meta))

    def percentage(self, meta: Any, parts: list[Token]) -> Expression:  # noqa: ANN401
        return Number(self._decimal(meta, parts[0]), percent=True, span=self._span(meta))

    def quantity(self, meta: Any, parts: list[Token]) -> Expression:  # noqa: ANN401
        number, unit = parts[0].split(maxsplit=1)
        return Number(self._decimal(meta, number), unit, span=self._span(meta))

    def _decimal(self, meta: Any, text: str) -> Fraction:  # noqa: ANN401
        # A leading zero is most often the end of a `1,000`.
        value = None if re.match("0[0-9_]", text) else parse_decimal(text)
        if value is None:
            message = f"`{text}` is no number that can be used"
            self.issues.append(Issue(self._span(meta), message, "write it like `1_000.50`"))
            return Fraction(0)
        return value
