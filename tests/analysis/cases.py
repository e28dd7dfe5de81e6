"""Random small price books and policies, all of whose deals can be tried.

A deal has a value for all that its request could ask for: of a rate card also a price in place of
each meter's rate, or None where the rate counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from random import Random
from typing import Any, Literal, TypeAlias, get_args

from cp_pricing.fields import AS_LISTED
from cp_pricing.results import Witness
from tests.explanations.cases import FEES, Kind, TinyCardMaker, TinyMaker
from tests.explanations.universe import Taken, taken
from tests.oracle.answer import Decision
from tests.oracle.case import (
    PREFERENCE_FACT,
    Case,
    Choice,
    Configuration,
    Customer,
    Expr,
    Fact,
    Grid,
    Policy,
    Rule,
    Told,
)
from tests.oracle.chance.books import BookMaker
from tests.oracle.chance.card_books import CardMaker
from tests.oracle.chance.customers import observed, open_fields, profile, request
from tests.oracle.chance.draws import with_draws
from tests.oracle.chance.edges import at_edges
from tests.oracle.chance.facts import PREFERENCE, facts, told
from tests.oracle.chance.policies import PolicyMaker, bare_policy
from tests.oracle.chance.scoping import scoped
from tests.oracle.enumeration import admissible, applies_to, fails, in_force_at, rules_of
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import is_override

Books: TypeAlias = Literal["plain", "rates", "draws", "edges"]
BOOKS: tuple[Books, ...] = get_args(Books)

MOST = 160  # deals, but for the facts
FREE = 320  # deals with the facts that a policy declares; thrice as many with what is preferred
FACTS = 2  # as many a policy has at most
NUMBERS = 2  # as many steps a number has at most
Facts: TypeAlias = tuple[tuple[str, Told], ...]
KIND = Kind((*("accepted",) * 4, *("requires_approval",) * 3, "rejected"), 0.6, 5, MOST, 1.0)


def small_case(seed: int, *, books: Books = "plain") -> Case:
    """A case whose request leaves all tunable fields open, of a kind of price books."""
    rng = _stream(f"analysis {seed}", books)
    if books == "edges":
        return _of_profile(
            at_edges(rng, small_case(seed, books=rng.choice(("plain", "rates", "draws"))))
        )
    target = rng.choice(KIND.targets)
    case, maker = _book(seed, rng, target, books)
    return scoped(PolicyMaker(case, maker, target).finished(), rng)


def two_cases(seed: int, *, books: Books = "plain") -> tuple[Case, Case]:
    """A case, and the same with something changed."""
    rng = _stream(f"comparison {seed}", books)
    if books == "edges":
        old, new = two_cases(seed, books=rng.choice(("plain", "rates", "draws")))
        old = at_edges(rng, old)
        new = at_edges(rng, old)
        fees = {name: old.configuration.terms[name] for name in FEES}
        changed = replace(new.configuration, terms={**new.configuration.terms, **fees})
        return _of_profile(old), _of_profile(with_plan(new, changed))
    target = rng.choice(KIND.targets)
    bare, maker = _book(seed, rng, target, books)
    case = scoped(PolicyMaker(bare, maker, target).finished(), rng)
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
            *["facts"] * (3 if case.policy.facts else 0),
            *["rates"] * (3 if case.configuration.card else 0),
            *["confidence"] * (3 if case.policy.confidence else 0),
        )
    )
    if change == "policy":
        return case, scoped(PolicyMaker(bare, maker, target).finished(), rng)
    if change == "rates":
        return case, _other_rate(case, maker, rng)
    if change == "facts":
        declared = {name: _redeclared(fact, rng) for name, fact in case.policy.facts.items()}
        return case, replace(case, policy=replace(case.policy, facts=declared))
    if change == "bounds":
        return case, _other_bounds(case, rng)
    return case, replace(case, policy=_changed(case.policy, rng, change))


def _of_profile(case: Case) -> Case:
    """The case of a customer as the profile has them, since proofs are about no other."""
    return replace(case, request=replace(case.request, customer=Customer()))


def _stream(name: str, books: Books) -> Random:
    kind = "" if books == "plain" else f"{books} "
    return Random(kind + name)  # noqa: S311 - repeatable tests, not secrets


def _other_rate(case: Case, maker: BookMaker, rng: Random) -> Case:
    """The case with another rate for one of the meters that it charges, or as it is."""
    own = case.configuration
    if not isinstance(maker, CardMaker) or own.card is None or not own.card.rates:
        return case
    meter = rng.choice(list(own.card.rates))
    rates = {**own.card.rates, meter: maker.rate(meter, own.tunable)}
    return with_plan(case, replace(own, card=replace(own.card, rates=rates)))


def _redeclared(fact: Fact, rng: Random) -> Fact:
    """The fact with another default, with other values, or as it is."""
    if isinstance(fact.values, tuple) and rng.random() < 0.5:
        return replace(fact, values=(*fact.values, "other"))
    if isinstance(fact.values, Grid) and rng.random() < 0.5:
        grid = fact.values
        return replace(fact, values=replace(grid, maximum=grid.maximum + grid.step))
    return fact if fact.default is None else replace(fact, default=rng.choice(fact.admitted()))


def _changed(policy: Policy, rng: Random, change: str) -> Policy:
    rules = list(policy.rules)
    if change == "confidence" and policy.confidence:
        shares = (Fraction(1, 2), Fraction(3, 4), Fraction(9, 10), Fraction(1))
        other = replace(policy.confidence, at_least=rng.choice(shares))
        return replace(policy, confidence=rng.choice((None, other, other)))
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


def _book(seed: int, rng: Random, target: Decision, books: Books) -> tuple[Case, BookMaker]:
    maker: BookMaker = (TinyCardMaker if books == "rates" else TinyMaker)(rng, KIND, new=True)
    maker = maker.with_draws() if books == "draws" else maker
    # A fee below a guaranteed one is charged as that: two deals would look alike.
    maker.fields = tuple(name for name in maker.fields if name not in FEES)
    who = profile(rng, maker, "small-team")
    catalog, asked = maker.catalog(open_fields(rng, maker.fields), who.id)
    profiles = [who]
    if any("elsewhere" in (c.available_to or ()) for c in catalog.configurations):
        profiles.append(profile(rng, maker, "elsewhere"))
    chosen = next(c for c in catalog.configurations if c.id == asked)
    wish = request(rng, chosen, who, (), 0, maker.fields)
    declared = dict(_few(facts(rng, maker.scale), rng))
    who_all = tuple(observed(rng, each, catalog) for each in profiles)
    if books == "draws":
        who_all = tuple(with_draws(rng, maker, each, 0.9) for each in who_all)
    policy = replace(bare_policy(rng, target, new=True), facts=declared)
    case = Case(seed, catalog, who_all, policy, replace(wish, facts=told(rng, declared)))
    case = with_tunable(case, dict(chosen.tunable))
    told_ways = prod(len(fact.admitted()) for fact in declared.values())
    while prod(len(values) for values in values_of(case).values()) > min(MOST, FREE // told_ways):
        price = case.configuration.price
        names = [name for name in case.configuration.tunable if name != price]
        dropped = rng.choice(names or [price])
        kept = {n: b for n, b in case.configuration.tunable.items() if n != dropped}
        case = with_tunable(case, kept)
    return case, maker


def _few(declared: Mapping[str, Fact], rng: Random) -> Iterator[tuple[str, Fact]]:
    """Some of the facts, with so few values that all can be tried."""
    for name, fact in list(declared.items())[:FACTS]:
        grid = fact.values
        if not isinstance(grid, Grid):
            yield name, fact
            continue
        high = min(grid.maximum, grid.minimum + NUMBERS * grid.step)
        few = replace(fact, values=replace(grid, maximum=high))
        default = None if fact.default is None else rng.choice(few.admitted())
        yield name, replace(few, default=default)


def with_tunable(case: Case, tunable: dict[str, Any]) -> Case:
    """The case with other tunable bounds of its configuration, all of them open."""
    own = case.configuration
    opened = tuple(name for name in own.term_fields if name in tunable)
    wish = replace(case.request, inputs={}, open=opened)
    return replace(with_plan(case, replace(own, tunable=tunable)), request=wish)


def with_plan(case: Case, changed: Configuration) -> Case:
    """The case with another configuration in the place of its own."""
    listed = case.catalog.configurations
    others = tuple(changed if c.id == changed.id else c for c in listed)
    return replace(case, catalog=replace(case.catalog, configurations=others))


def baseline_of(case: Case) -> dict[str, Taken]:
    """What the configuration has of its own; no price stands in the place of a rate."""
    own = case.configuration
    return {**dict.fromkeys(own.asked_fields), **own.canonical(case.profile.members)}


def values_of(case: Case) -> dict[str, tuple[Taken, ...]]:
    """What a request can lead to: tunable values, and the baseline's own but for the price."""
    own, listed = case.configuration, case.configuration.canonical(case.profile.members)
    found: dict[str, tuple[Taken, ...]] = {}
    for name, value in baseline_of(case).items():
        values = admissible(name, case, listed)
        extra = () if name == own.price or value in values else (value,)
        found[name] = (*values, *extra)
    return found


def rules_for(case: Case) -> tuple[Rule, ...]:
    """The rules for deals from the case's configuration by its profile."""
    return tuple(rule for rule in rules_of(case) if applies_to(rule, case))


def facts_of(case: Case) -> dict[str, tuple[Told, ...]]:
    """The facts on which a rule rests, by any way, with all their values."""
    policy = case.policy
    meanings = {**policy.parameters, **policy.define}
    waiting = [part for rule in rules_for(case) for part in (rule.require, rule.when) if part]
    reached: set[str] = set()
    while waiting:
        new = {name for name in _names(waiting.pop()) if name not in reached}
        reached |= new
        waiting += [meanings[name] for name in new if name in meanings]
    known = {PREFERENCE_FACT: PREFERENCE, **policy.facts}
    return {name: fact.admitted() for name, fact in known.items() if name in reached}


def _names(expr: Expr) -> Iterator[str]:
    if expr[0] == "name":
        yield expr[1]
    for part in expr[1:]:
        if isinstance(part, tuple):
            yield from _names(part)


@dataclass(frozen=True)
class Point:
    """A deal: its terms and facts, the rules that it fails and those that apply, and its LTV."""

    named: tuple[str, ...]
    terms: tuple[Taken, ...]
    facts: Facts
    shown: tuple[Taken, ...]
    failed: frozenset[str]
    applies: frozenset[str]
    ltv: Fraction

    @property
    def deal(self) -> tuple[Told | None, ...]:
        """The terms, and then the facts."""
        return (*self.terms, *(value for _, value in self.facts))

    def value(self, name: str) -> Any:  # noqa: ANN401 - of a fact it may be a text
        """A field, `platform_fee` before the guaranteed fee counts, or a fact."""
        return {**dict(zip(self.named, self.terms, strict=True)), **dict(self.facts)}[name]


class World:
    """All deals of a case, which differ in some facts: those on which its rules rest."""

    def __init__(self, case: Case, free: Mapping[str, tuple[Told, ...]] | None = None) -> None:
        self.case = case
        self.free = facts_of(case) if free is None else free
        self.rules = rules_for(case)
        self.levels = len(case.policy.approvers) + 1
        self.market = Market(case)
        self.names = case.configuration.asked_fields
        choices = product(*values_of(case).values())
        ways = list(product(*([(n, told) for told in all_] for n, all_ in self.free.items())))
        self.points = [self.point(values, said) for values in choices for said in ways]

    @lru_cache  # noqa: B019 - worlds are few, and end with their trial
    def offer(self, values: tuple[Taken, ...]) -> Offer:
        """What is offered with some terms."""
        return Offer(taken(dict(zip(self.names, values, strict=True))), self.market)

    def point(self, values: tuple[Taken, ...], said: Facts) -> Point:
        """The deal with some terms and some values for the facts."""
        offer = self.offer(values)
        scope = Scope(offer)
        scope.facts = {**scope.facts, **dict(said)}
        failed = frozenset(rule.id for rule in self.rules if fails(rule, scope))
        applies = frozenset(r.id for r in self.rules if r.when is None or scope.truth(r.when))
        shown = tuple(offer.fields.get(name) for name in self.names)
        return Point(self.names, values, said, shown, failed, applies, offer.ltv)

    def terms_of(self, deal: Witness) -> tuple[Taken, ...]:
        """The terms of a deal as it is shown."""
        terms = ((name, deal.configuration.value(name)) for name in self.names)
        return tuple(None if is_override(n) and v == AS_LISTED else v for n, v in terms)

    def said(self, facts: Mapping[str, str | bool]) -> Facts | None:
        """The facts of a deal that is shown; nothing where they are not those that are free."""
        known = {name: fact for name in self.free if (fact := self._declared(name)) is not None}
        if facts.keys() != known.keys():
            return None
        numbers = {name for name, fact in known.items() if isinstance(fact.values, Grid)}
        shown = {n: Fraction(str(v)) if n in numbers else v for n, v in facts.items()}
        return tuple((name, shown.get(name, values[0])) for name, values in self.free.items())

    def _declared(self, name: str) -> Fact | None:
        return PREFERENCE if name == PREFERENCE_FACT else self.case.policy.facts.get(name)

    @cached_property
    def by_shown(self) -> dict[tuple[object, ...], Point]:
        """The deals by the fields that a result shows, and their facts."""
        return {(point.shown, point.facts): point for point in self.points}

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
