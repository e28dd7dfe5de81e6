"""What one answer has otherwise than another, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fractions import Fraction

from cp_pricing.fields import AS_LISTED, in_field_order
from cp_pricing.quotes.solved import Solved
from cp_pricing.results import RuleReport, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import figures, introduced
from cp_pricing.words.offers import FIGURES, signers_of, term_of
from cp_pricing.words.statuses import DECISIONS
from cp_pricing.words.terms import fact_in_words

_AS_PROFILE = "as the profile"


def differences(before: Solved, now: Solved) -> tuple[str, ...]:
    """What is otherwise now, a line each: what was asked, what it comes to, rules, price book."""
    return (
        *_who(before, now),
        *_terms(before, now),
        *_outcome(before, now),
        *_rules(before, now),
        *_book(before, now),
    )


def _told(name: str, before: str, now: str) -> Iterator[str]:
    if before != now:
        yield f"{name} {now} instead of {before}"


def _who(before: Solved, now: Solved) -> Iterator[str]:
    old, new = before.request, now.request
    yield from _told("plan", old.configuration, new.configuration)
    yield from _told("profile", old.profile, new.profile)
    yield from _told("customer", old.customer.name or "nobody", new.customer.name or "nobody")
    for name in dict.fromkeys((*before.result.facts, *now.result.facts)):
        shown = (each.result.facts.get(name, "not known") for each in (before, now))
        yield from _told(name.replace("_", " "), *map(fact_in_words, shown))
    yield from _told("members", *(_members(each) for each in (before, now)))
    yield from _told("use a month", *(_use(each) for each in (before, now)))
    if old.customer.monthly_usage != new.customer.monthly_usage:
        yield "the customer's own months are others"


def _members(solved: Solved) -> str:
    own = solved.request.customer.members
    return _AS_PROFILE if own is None else f.exact(own)


def _use(solved: Solved) -> str:
    own = solved.request.customer.monthly_units
    return _AS_PROFILE if own is None else f.use(own, solved.catalog)


def _terms(before: Solved, now: Solved) -> Iterator[str]:
    """The terms of the answers or, where there is none, as they were asked for."""
    named = (name for each in (before, now) for name in _fields(each))
    for name in in_field_order(dict.fromkeys(named)):
        shown = [_term(each, name) for each in (before, now)]
        yield from _told(f.label(name, now.catalog), *shown)


def _fields(solved: Solved) -> Collection[str]:
    answer = solved.result.configuration
    return answer.fields if answer else solved.request.inputs


def _term(solved: Solved, field: str) -> str:
    value = term_of((solved.request, solved.result), field)
    if value is None or value == AS_LISTED:
        return "as listed"
    return f.field_value(field, value, solved.catalog)


def _outcome(before: Solved, now: Solved) -> Iterator[str]:
    decisions = (DECISIONS[each.result.decision][0] for each in (before, now))
    yield from _told("decision", *decisions)
    for name, figure in FIGURES.items():
        yield from _told(name, *(_amount(each, figure) for each in (before, now)))
    yield from _told("signatures:", *(signers_of(each.result) or "none" for each in (before, now)))


def _amount(solved: Solved, figure: Callable[[TuningResult], Fraction | None]) -> str:
    amount = figure(solved.result)
    return "none" if amount is None else f.money(amount, solved.book.catalog.currency)


def _rules(before: Solved, now: Solved) -> Iterator[str]:
    """The rules that are broken now and were not, those that no longer are, and by how much."""
    old, new = (_broken(each.result) for each in (before, now))
    for name, rule in new.items():
        if name not in old:
            yield f"newly broken: {introduced(rule)}: {figures(rule, now.catalog)}"
            continue
        said = figures(old[name], before.catalog)
        if said != figures(rule, now.catalog):
            yield f"`{name}`: {figures(rule, now.catalog)}; before, {said}"
    for name, rule in old.items():
        if name not in new:
            yield f"no longer broken: {introduced(rule)}"


def _broken(result: TuningResult) -> dict[str, RuleReport]:
    return {rule.id: rule for rule in result.rules if rule.status == "violated"}


def _book(before: Solved, now: Solved) -> Iterator[str]:
    if before.book.digest != now.book.digest:
        old, new = before.book.digest[:12], now.book.digest[:12]
        yield f"price book {new} instead of {old}"
        names = sorted({*before.book.texts, *now.book.texts})
        changed = [n for n in names if before.book.texts.get(n) != now.book.texts.get(n)]
        yield f"other texts in {f.coded(changed)}" if changed else "the same texts otherwise"
