"""A recogniser of the constraint language, written from the specification alone.

It knows syntax, names and dimensions, and raises `Wrong` for what no reader may take.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

Dimension: TypeAlias = frozenset[tuple[str, int]]


class Selection(NamedTuple):
    """One of some texts, or of one: what a text itself is."""

    texts: frozenset[str]
    is_text: bool = False


Kind: TypeAlias = Dimension | Selection | Literal["bare", "condition"]

PURE: Dimension = frozenset()
KEYWORDS = frozenset(
    ("and", "or", "not", "implies", "if", "then", "else", "in", "between", "true", "false")
)
FUNCTIONS = frozenset(("min", "max", "abs", "tiers"))
_NUMBER = r"\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][-+]?\d+)?"
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<number>{_NUMBER})(?:(?P<percent>%)|(?![\w.%])(?:\s+(?P<unit>{_WORD}(?:/{_WORD})*))?)
      | (?P<text>"[^"\n]*")
      | (?P<name>{_WORD}(?:\.\w+)*)
      | (?P<sign><=|>=|==|!=|[-+*/<>(),\[\]])
    )""",
    re.VERBOSE,
)
COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))


class Wrong(Exception):  # noqa: N818 - a verdict about a text, not about the program
    """No expression, and why."""


class Token(NamedTuple):
    kind: Literal["number", "name", "text", "sign", "end"]
    text: str
    unit: str = ""
    percent: bool = False


class Vocabulary(NamedTuple):
    """The kinds of names (asked for one by one) and the dimensions of units."""

    kind_of: Callable[[str], Kind]
    units: Mapping[str, Dimension]


def tokens_of(text: str) -> list[Token]:
    tokens, place = list[Token](), 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise Wrong(f"no token at {text[place : place + 20]!r}")
        place = found.end()
        unit = found["unit"]
        if unit in KEYWORDS:  # the word after this number is none of its own
            place, unit = found.start("unit"), None
        kind = found.lastgroup if found.lastgroup in {"name", "text", "sign"} else "number"
        word = found["number"] or found["text"] or found["name"] or found["sign"]
        tokens.append(Token(kind, word, unit or "", bool(found["percent"])))  # type: ignore[arg-type]
    return tokens


def kind_of(text: str, vocabulary: Vocabulary) -> Kind:
    """The kind of an expression; raises `Wrong`."""
    recogniser = _Recogniser(tokens_of(text), vocabulary)
    kind = recogniser.expression()
    if recogniser.ahead.kind != "end":
        raise Wrong(f"unexpected {recogniser.ahead.text!r}")
    return kind


def times(first: Dimension, second: Dimension, power: int = 1) -> Dimension:
    """The dimension of a product, or with the power -1 of a quotient."""
    powers = dict(first)
    for base, exponent in second:
        powers[base] = powers.get(base, 0) + power * exponent
    return frozenset((base, exponent) for base, exponent in powers.items() if exponent)


class _Recogniser:
    """Recursive descent; each method returns the kind of what it has read."""

    def __init__(self, tokens: list[Token], vocabulary: Vocabulary) -> None:
        self.tokens = [*tokens, Token("end", "")]
        self.place = 0
        self.vocabulary = vocabulary

    @property
    def ahead(self) -> Token:
        return self.tokens[self.place]

    def take(self, *texts: str) -> bool:
        """Whether one of these comes next; it is read then."""
        found = self.ahead.kind in {"name", "sign"} and self.ahead.text in texts
        self.place += found
        return found

    def need(self, text: str) -> None:
        if not self.take(text):
            raise Wrong(f"{text!r} is missing before {self.ahead.text!r}")

    def expression(self) -> Kind:
        return self._logic(("implies", "or", "and"))

    def _logic(self, words: tuple[str, ...]) -> Kind:
        if not words:
            return self._negation()
        kind = self._logic(words[1:])
        while self.take(words[0]):
            conditions((kind, self._logic(words[1:])))
            kind = "condition"
        return kind

    def _negation(self) -> Kind:
        if self.take("not"):
            return conditions([self._negation()])
        return self._comparison()

    def _comparison(self) -> Kind:
        left = self._sum()
        if self.take("between"):
            low = self._sum()
            self.need("and")
            common((left, low, self._sum()))
        elif self.ahead.text in {"in", "not"}:
            self.take("not")
            self.need("in")
            compared((left, *self._listed("[", "]", self._sum)), equality=True)
        elif self.ahead.text in COMPARISONS:
            equality = self.ahead.text in {"==", "!="}
            self.place += 1
            right = self._sum()
            if not (equality and left == right == "condition"):
                compared((left, right), equality=equality)
        else:
            return left
        return "condition"

    def _listed(self, opening: str, closing: str, read: Callable[[], Kind]) -> list[Kind]:
        self.need(opening)
        kinds = [read()]
        while self.take(","):
            kinds.append(read())
        self.need(closing)
        return kinds

    def _sum(self) -> Kind:
        kind = self._product()
        while self.take("+", "-"):
            kind = common((kind, self._product()))
        return kind

    def _product(self) -> Kind:
        kind = self._factor()
        while self.ahead.text in {"*", "/"}:
            sign = 1 if self.ahead.text == "*" else -1
            self.place += 1
            if (
                sign < 0
                and self.ahead.kind == "number"
                and not re.search("[1-9]", re.split("[eE]", self.ahead.text)[0])
            ):
                raise Wrong("division by zero")
            other = self._factor()
            if kind != "bare" or other != "bare":
                kind = times(_factor(kind), _factor(other), sign)
        return kind

    def _factor(self) -> Kind:
        if self.take("+", "-"):
            return common([self._factor()])
        if not self.take("if"):
            return self._atom()
        conditions([self.expression()])
        self.need("then")
        first = self.expression()
        self.need("else")
        second = self.expression()
        return first if first == second == "condition" else common((first, second))

    def _atom(self) -> Kind:
        token = self.ahead
        self.place += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return Selection(frozenset([token.text[1:-1]]), is_text=True)
        if token.text == "(":
            kind = self.expression()
            self.need(")")
            return kind
        if token.kind != "name":
            raise Wrong(f"unexpected {token.text!r}")
        if token.text in {"true", "false"}:
            return "condition"
        if token.text == "tiers" and self.ahead.text == "(":
            return self._tiers()
        if token.text in FUNCTIONS and self.ahead.text == "(":
            kinds = self._listed("(", ")", self.expression)
            if token.text == "abs" and len(kinds) > 1:
                raise Wrong("abs of several")
            return common(kinds)
        if token.text in KEYWORDS:
            raise Wrong(f"unexpected {token.text!r}")
        return self.vocabulary.kind_of(token.text)

    def _tiers(self) -> Kind:
        self.need("(")
        reaching = [self.expression()]
        self.need(",")
        values = [self.expression()]
        self.need(",")
        while True:
            values.append(self.expression())
            self.need("from")
            reaching.append(self.expression())
            if not self.take(","):
                break
        self.need(")")
        common(reaching)
        return common(values)

    def _number(self, token: Token) -> Kind:
        if token.percent:
            return PURE
        if not token.unit:
            return "bare"
        dimension = PURE
        for place, part in enumerate(token.unit.split("/")):
            if part not in self.vocabulary.units:
                raise Wrong(f"unknown unit {part!r}")
            dimension = times(dimension, self.vocabulary.units[part], -1 if place else 1)
        return dimension


def conditions(kinds: Iterable[Kind]) -> Kind:
    if set(kinds) != {"condition"}:
        raise Wrong("a number instead of a condition")
    return "condition"


def compared(kinds: Sequence[Kind], *, equality: bool) -> None:
    """Numbers of one kind, or one choice with texts that it may be."""
    selections = [kind for kind in kinds if isinstance(kind, Selection)]
    if not selections:
        common(kinds)
        return
    choices = [each.texts for each in selections if not each.is_text]
    if not equality or len(selections) < len(kinds) or len(choices) != 1:
        raise Wrong("a choice that is not compared with texts")
    if any(not each.texts <= choices[0] for each in selections):
        raise Wrong("a text that the choice cannot be")


def _factor(kind: Kind) -> Dimension:
    if kind == "bare":
        return PURE
    if isinstance(kind, frozenset):
        return kind
    raise Wrong("no number as a factor")


def common(kinds: Iterable[Kind]) -> Kind:
    """The one kind of numbers that are added, compared or listed."""
    firm = set(kinds) - {"bare"}
    if any(not isinstance(kind, frozenset) for kind in firm):
        raise Wrong("no number")
    if len(firm) > 1:
        raise Wrong(f"different dimensions: {firm}")
    return firm.pop() if firm else "bare"
