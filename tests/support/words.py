"""A small vocabulary of prices and terms, and texts checked against it."""

from __future__ import annotations

from fractions import Fraction

from constraints.language.checking import Checked, check
from constraints.language.dimensions import (
    BARE,
    CONDITION,
    PURE,
    Dimension,
    Interval,
    Kind,
    Symbol,
    Unit,
    Vocabulary,
)
from constraints.language.syntax import parse
from constraints.text.source import Issue

USD, MONTH = Dimension.of(USD=1), Dimension.of(month=1)
TOKEN, MEMBER = Dimension.of(token=1), Dimension.of(member=1)


def between(low: int | str | None, high: int | str | None) -> Interval:
    return Interval(*(None if end is None else Fraction(end) for end in (low, high)))


WORDS = Vocabulary(
    {
        "fee": Symbol(USD / MONTH, between(0, None)),
        "term": Symbol(MONTH, between(1, 36)),
        "sum": Symbol(USD, between(0, 900)),
        "profit": Symbol(USD / MONTH),
        "share": Symbol(PURE, between(0, 1)),
        "mixed": Symbol(PURE, between(-3, "4.5")),
        "loss": Symbol(PURE, between(-4, -1)),
        "nought": Symbol(PURE, between(0, 0)),
        "loose": Symbol(BARE, between(3, 3)),
        "open": Symbol(CONDITION),
        "shut": Symbol(CONDITION),
        "base.fee": Symbol(USD / MONTH, between(7, 7)),
    },
    {
        "USD": Unit(USD),
        "month": Unit(MONTH),
        "months": Unit(MONTH),
        "year": Unit(MONTH, Fraction(12)),
        "years": Unit(MONTH, Fraction(12)),
        "token": Unit(TOKEN),
        "kilotoken": Unit(TOKEN, Fraction(1000)),
        "member": Unit(MEMBER),
    },
)


def checked(text: str, expects: Kind | None = None) -> Checked:
    found, issues = check(parse(text), WORDS, expects)
    assert not issues
    return found


def issues_of(text: str, expects: Kind | None = None) -> list[Issue]:
    return check(parse(text), WORDS, expects)[1]


def told(text: str, expects: Kind | None = None) -> list[tuple[str, str, str]]:
    """Each issue as the stretch that it points at, its message and its hint."""
    found = issues_of(text, expects)
    return [
        (text[issue.column - 1 : issue.span.end_column - 1], issue.message, issue.hint)
        for issue in found
    ]
