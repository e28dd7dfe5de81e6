"""A question as the query of an address, in the language of `cp-pricing quote`, and back.

`plan=team&profile=small-team&term=2y&price=7.50&fact.deal_type=renewal`: whatever is not a key of
its own is a term. Empty values are those of empty boxes in a form, and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from constraints.text.numerals import parse_decimal
from constraints.text.source import InputError, Issue
from constraints.text.spoken import spoken_choice, unmistakable
from cp_pricing.asking.line import laid_out
from cp_pricing.asking.question import Question
from cp_pricing.files.scalars import shown

FACT, PARAMETER = "fact.", "param."
# What a box cannot have in its value stands behind this in its name: `discount~%=15`. Its value is
# then a number with a decimal point, whatever else it might be taken for: `price~=1.125`.
BEHIND = "~"
_SINGLE: Final[Mapping[str, str]] = {
    "prefer": "preference",
    "customer": "customer",
    "members": "members",
    "usage": "usage",
    "confidence": "confidence",
}
_NEEDED: Final[Mapping[str, str]] = {"plan": "plan", "profile": "profile"}
_APPROVAL, _OPEN, USAGE_OF = "approval", "open", "usage."
# What a page says beside its question.
BESIDE: Final = frozenset({"detail", "by", "kept", "offer", "of"})
# A form has some dozens; an address that has more is none of ours.
MOST_PAIRS, MOST_CHARACTERS = 200, 8000

Pairs = Sequence[tuple[str, str]]


def question_of(pairs: Pairs) -> Question:
    """The question of a query; raises `InputError` for one that is none."""
    given = [(key, value.strip()) for key, value in pairs if key not in BESIDE]
    given = [(key, value) for key, value in given if value]
    _refuse_endless(given)
    _refuse_faults(given)
    named = dict(given)
    single = {field: named[key] for key, field in _SINGLE.items() if key in named}
    own = {"usage": _usage(given)} if _usage(given) else {}
    return Question(
        plan=named["plan"],
        profile=named["profile"],
        terms=[_term(key, value) for key, value in given if _is_term(key)],
        opened=[value for key, value in given if key == _OPEN],
        approval=spoken_choice(named.get(_APPROVAL, "no")) is True,
        facts=_prefixed(given, FACT),
        parameters=_prefixed(given, PARAMETER),
        **{**single, **own},
    )


def _is_term(key: str) -> bool:
    known = {*_SINGLE, *_NEEDED, _APPROVAL, _OPEN}
    return key not in known and not key.startswith((FACT, PARAMETER, USAGE_OF))


def _term(key: str, value: str) -> str:
    name, behind, suffix = key.partition(BEHIND)
    number = parse_decimal(value) if behind else None
    return f"{name}={value if number is None else unmistakable(number)}{suffix}"


def _prefixed(given: Pairs, prefix: str) -> list[str]:
    return [f"{key.removeprefix(prefix)}={v}" for key, v in given if key.startswith(prefix)]


def _usage(given: Pairs) -> str:
    """The use of several meters, each from a box of its own."""
    return ",".join(_prefixed(given, USAGE_OF))


def _refuse_endless(given: Pairs) -> None:
    length = sum(len(key) + len(value) for key, value in given)
    if len(given) > MOST_PAIRS or length > MOST_CHARACTERS:
        (word, *_) = laid_out("ask", [("", "?")])
        raise InputError([Issue(word.span, "the question is too long for an address")])


def _refuse_faults(given: Pairs) -> None:
    """Refuse what is missing or there twice, and a yes or no that is neither."""
    words = laid_out("ask", [("", f"{key}={value}") for key, value in given] or [("", "?")])
    issues = [
        Issue(words[0].span, f"there is no {what}", f"write `{key}=...`")
        for key, what in _NEEDED.items()
        if key not in dict(given)
    ]
    seen = set[str]()
    for (key, value), word in zip(given, words, strict=False):
        if key in {*_SINGLE, *_NEEDED, _APPROVAL} and key in seen:
            issues.append(Issue(word.span, f"`{key}` is given twice", "remove one of them"))
        if key == _APPROVAL and spoken_choice(value) is None:
            issues.append(Issue(word.span, f"`{key}` must be yes or no, not {shown(word)}"))
        seen.add(key)
    if issues:
        raise InputError(issues, {words[0].source.file: words[0].source.text})


def pairs_of(question: Question) -> list[tuple[str, str]]:
    """The query of a question, in pairs: always in the same order."""
    return list(_pairs(question))


def _pairs(question: Question) -> Iterator[tuple[str, str]]:
    yield "plan", question.plan
    yield "profile", question.profile
    for term in question.terms:
        name, _, value = term.partition("=")
        yield name, value
    yield from ((_OPEN, name) for name in question.opened)
    if question.approval:
        yield _APPROVAL, "yes"
    for key, field in _SINGLE.items():
        value = getattr(question, field)
        if value is not None:
            yield key, value
    for prefix, given in ((FACT, question.facts), (PARAMETER, question.parameters)):
        for one in given:
            name, _, value = one.partition("=")
            yield f"{prefix}{name}", value


def query_of(question: Question) -> str:
    """The query of a question as an address has it."""
    return urlencode(pairs_of(question))
