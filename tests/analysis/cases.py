"""Random small price books and policies, all of whose deals can be tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import Any

from tests.explanations.cases import Kind, TinyMaker
from tests.oracle.answer import Decision
from tests.oracle.books import BookMaker
from tests.oracle.case import (
    FIELDS,
    PRICE,
    TUNABLE_FIELDS,
    Case,
    Choice,
    Expr,
    Policy,
    Rule,
    Value,
)
from tests.oracle.customers import open_fields, profile, request
from tests.oracle.enumeration import admissible, fails, in_force_at, rules_of
from tests.oracle.expressions import Scope
from tests.oracle.model import Market, Offer
from tests.oracle.policies import PolicyMaker, bare_policy

MOST = 160
KIND = Kind((*("accepted",) * 4, *("requires_approval",) * 3, "rejected"), 0.6, 5, MOST, 1.0)


def small_case(seed: int) -> Case:
    """A case whose request leaves all tunable fields open."""
    rng = Random(f"analysis {seed}")  # noqa: S311 - repeatable tests, not secrets
    target = rng.choice(KIND.targets)
    case, maker = _book(seed, rng, target)
    return PolicyMaker(case, maker, target).finished()


def two_cases(seed: int) -> tuple[Case, Case]:
    """A case, and the same with something changed."""
    rng = Random(f"comparison {seed}")  # noqa: S311 - repeatable tests, not secrets
    target = rng.choice(KIND.targets)
    bare, maker = _book(seed, rng, target)
    case = PolicyMaker(bare, maker, target).finished()
    change = rng.choice(
        (
            "policy",
            "policy",
            "policy",
            "drop",
            "limit",
            "limit",
            "effect",
            "ltv",
            "bounds",
            "bounds",
        )
    )
    if change == "policy":
        return case, PolicyMaker(bare, maker, target).finished()
    if change == "bounds":
        return case, _other_bounds(case, rng)
    return case, replace(case, policy=_changed(case.policy, rng, change))


def _changed(policy: Policy, rng: Random, change: str) -> Policy:
    rules = list(policy.rules)
    if change == "ltv" or not rules:
        rate = policy.improvement_rate + rng.choice((Fraction(1, 10), Fraction(1, 2), 0))
        return rng.choice(
            (
                replace(policy, improvement_rate=min(rate, Fraction(1))),
                replace(policy, horizon=policy.horizon + rng.choice((1, 6, 12))),
                replace(policy, discount_rate=policy.discount_rate / 2),
            )
        )
    place = rng.randrange(len(rules))
    rule = rules[place]
    if change == "drop":
        del rules[place]
    elif change == "limit":
        rules[place] = replace(rule, require=_scaled(rule.require, rng))
    elif rule.effect == "reject" and policy.approvers:
        rules[place] = replace(rule, effect="approval", approvers=(rng.choice(policy.approvers),))
    else:
        rules[place] = replace(rule, effect="reject", approvers=())
    return replace(policy, rules=tuple(rules))


def _scaled(expr: Expr, rng: Random) -> Expr:
    """The expression with its numbers a tenth larger or smaller."""
    if expr[0] == "num":
        return ("num", expr[1] * rng.choice((Fraction(9, 10), Fraction(11, 10), 1)), expr[2])
    if expr[0] == "pct":
        return ("pct", expr[1] * rng.choice((Fraction(9, 10), Fraction(11, 10))))
    return tuple(_scaled(part, rng) if isinstance(part, tuple) else part for part in expr)


def _other_bounds(case: Case, rng: Random) -> Case:
    """The case with a value less in the bounds of a field, or with more of them."""
    tunable: dict[str, Any] = dict(case.configuration.tunable)
    if not tunable:
        return case
    name = rng.choice(list(tunable))
    bounds = tunable[name]
    if isinstance(bounds, Choice):
        kept = [v for v in bounds.listed if v != rng.choice(bounds.listed)]
        tunable[name] = Choice(tuple(kept) or bounds.listed)
    elif rng.random() < 0.5 and bounds.maximum > bounds.minimum:
        tunable[name] = replace(bounds, maximum=bounds.maximum - bounds.step)
    else:
        tunable[name] = replace(bounds, maximum=bounds.maximum + bounds.step)
    return with_tunable(case, tunable)


def _book(seed: int, rng: Random, target: Decision) -> tuple[Case, BookMaker]:
    maker = TinyMaker(rng, KIND)
    who = profile(rng, maker, "small-team")
    catalog, asked = maker.catalog(open_fields(rng), who.id)
    profiles = [who]
    if any("elsewhere" in (c.available_to or ()) for c in catalog.configurations):
        profiles.append(profile(rng, maker, "elsewhere"))
    chosen = next(c for c in catalog.configurations if c.id == asked)
    wish = request(rng, chosen, who, (), 0)
    case = Case(seed, catalog, tuple(profiles), bare_policy(rng, target), wish)
    case = with_tunable(case, dict(chosen.tunable))
    while prod(len(values) for values in values_of(case).values()) > MOST:
        names = [name for name in case.configuration.tunable if name != PRICE]
        dropped = rng.choice(names or [PRICE])
        kept = {n: b for n, b in case.configuration.tunable.items() if n != dropped}
        case = with_tunable(case, kept)
    return case, maker


def with_tunable(case: Case, tunable: dict[str, Any]) -> Case:
    """The case with other tunable bounds of its configuration, all of them open."""
    changed = replace(case.configuration, tunable=tunable)
    listed = case.catalog.configurations
    others = tuple(changed if c.id == changed.id else c for c in listed)
    opened = tuple(name for name in TUNABLE_FIELDS if name in tunable)
    wish = replace(case.request, inputs={}, open=opened)
    return replace(case, catalog=replace(case.catalog, configurations=others), request=wish)


def values_of(case: Case) -> dict[str, tuple[Value, ...]]:
    """What a request can lead to: tunable values, and the baseline's own but for the price."""
    baseline = case.configuration.canonical(case.profile.members)
    found: dict[str, tuple[Value, ...]] = {}
    for name in FIELDS:
        values = admissible(name, case, baseline)
        extra = () if name == PRICE or baseline[name] in values else (baseline[name],)
        found[name] = (*values, *extra)
    return found


@dataclass(frozen=True)
class Point:
    """A deal: its terms, the rules that it fails and those that apply, and its LTV."""

    terms: tuple[Value, ...]
    shown: tuple[Value, ...]
    failed: frozenset[str]
    applies: frozenset[str]
    ltv: Fraction

    def value(self, name: str) -> Value:
        """A field, `platform_fee` before the guaranteed fee counts."""
        return self.terms[FIELDS.index(name)]


class World:
    """All deals of a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rules: tuple[Rule, ...] = rules_of(case)
        self.levels = len(case.policy.approvers) + 1
        self.market = Market(case)
        choices = values_of(case)
        self.points = [self.point(values) for values in product(*choices.values())]

    def point(self, values: tuple[Value, ...]) -> Point:
        """The deal with some values for the ten fields."""
        offer = Offer(dict(zip(FIELDS, values, strict=True)), self.market)
        scope = Scope(offer)
        failed = frozenset(rule.id for rule in self.rules if fails(rule, scope))
        applies = frozenset(r.id for r in self.rules if r.when is None or scope.truth(r.when))
        shown = tuple(offer.fields[name] for name in FIELDS)
        return Point(values, shown, failed, applies, offer.ltv)

    @cached_property
    def by_shown(self) -> dict[tuple[Value, ...], Point]:
        """The deals by the fields that a result shows."""
        return {point.shown: point for point in self.points}

    def force(self, level: int) -> frozenset[str]:
        """The rules in force at a level."""
        return in_force_at(level, self.case)

    def passing(self, level: int) -> list[Point]:
        """The deals that keep the rules in force at a level."""
        force = self.force(level)
        return [point for point in self.points if not point.failed & force]

    def top(self, rule: Rule) -> int:
        """The highest level that cannot waive a rule."""
        approvers = self.case.policy.approvers
        if rule.effect != "approval":
            return len(approvers)
        return max(approvers.index(signer) for signer in rule.approvers)
