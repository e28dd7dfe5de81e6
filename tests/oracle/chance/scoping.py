"""Which deals a random rule is for: a name that some configuration lacks has to be scoped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

from tests.oracle.case import DISCOUNT, PRICE, Case, Expr, Rule
from tests.oracle.chance.books import often, pick

OTHERS = "other-plans"


def scoped(case: Case, rng: Random) -> Case:
    """The case with `applies_to` where it is needed, and here and there where it is not."""
    every = case.catalog.configurations
    if not any(one.card for one in every):
        return case
    rules = [_scoped(rule, case, rng) for rule in case.policy.rules]
    if any(one.price != case.configuration.price for one in every) and often(rng, 0.5):
        rules.insert(rng.randint(0, len(rules)), _for_others(case, rng))
    used = {name for rule in rules for name in names_of(rule, case.policy.define)}
    define = {
        name: expr
        for name, expr in case.policy.define.items()
        if name in used or not _partial(set(_names(expr, case.policy.define)), case)
    }
    policy = replace(case.policy, rules=tuple(rules), define=define)
    return replace(case, policy=policy)


def names_of(rule: Rule, define: Mapping[str, Expr]) -> set[str]:
    """All names that a rule uses, by way of definitions too."""
    parts = (rule.require,) if rule.when is None else (rule.require, rule.when)
    return {name for part in parts for name in _names(part, define)}


def _names(expr: Expr, define: Mapping[str, Expr]) -> Iterator[str]:
    if expr[0] == "name":
        yield expr[1].removeprefix("baseline.")
        if expr[1] in define:
            yield from _names(define[expr[1]], define)
    for part in expr[1:]:
        if isinstance(part, tuple):
            yield from _names(part, define)


def _partial(names: set[str], case: Case) -> set[str]:
    """Those of some names that not every configuration has."""
    prices = {one.price for one in case.catalog.configurations}
    return names & {PRICE, DISCOUNT} if len(prices) > 1 else set()


def _scoped(rule: Rule, case: Case, rng: Random) -> Rule:
    every = [one.id for one in case.catalog.configurations]
    having = every
    for name in _partial(names_of(rule, case.policy.define), case):
        having = [one.id for one in case.catalog.configurations if one.price == name]
    plans = having if having != every else None
    profiles = None
    if often(rng, 0.12):
        plans = rng.sample(having, rng.randint(1, len(having)))
    if often(rng, 0.08):
        ids = [profile.id for profile in case.profiles]
        profiles = tuple(rng.sample(ids, rng.randint(1, len(ids))))
    return replace(rule, configurations=None if plans is None else tuple(plans), profiles=profiles)


def _for_others(case: Case, rng: Random) -> Rule:
    """A rule with a name that the request's configuration lacks."""
    lacked = PRICE if case.configuration.price == DISCOUNT else DISCOUNT
    plans = [one.id for one in case.catalog.configurations if one.price == lacked]
    limit: Expr = ("pct", pick(rng, "0 0.1 0.5"))
    require: Expr = ("<=", ("name", DISCOUNT), limit)
    if lacked == PRICE:
        require = (">=", ("name", PRICE), ("num", Fraction(0), None))
    return Rule(OTHERS, require, configurations=tuple(plans))
