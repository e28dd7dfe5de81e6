"""Rules against every deal there can be: which of them nothing can meet, break or fall under.

A deal is a configuration and a profile that go together, the usage price within its bounds, and
every other field within its bounds or as in the catalog. That something can happen is shown by a
deal in which it does; that it cannot is proven, by ranges or by the solver, or is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.cpsat.integer_model import NumericOverflow
from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible, Solver
from constraints.language.domains import Domain
from constraints.language.expressions import Expression, Junction, Not, Value
from constraints.language.ranges import Ranges
from cp_pricing.fields import FIELDS, PRICE
from cp_pricing.model.deal import domain_of

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.pricing import Offer, Pricing

Never: TypeAlias = Literal["applies", "broken", "met"]

_SAMPLES = 24
_LARGEST_LIST = 10_000


@dataclass(frozen=True)
class Everything:
    """All deals of an offer: what is fixed, and what may be chosen from which values.

    It is not `whole` where a value of the catalog had to be left out.
    """

    offer: Offer
    fixed: Mapping[str, Value]
    domains: Mapping[str, Domain]
    choices: tuple[str, ...]
    whole: bool = True

    def deals(self, count: int, rng: Random) -> Iterator[dict[str, Value]]:
        """Some deals: the least and the greatest of every field, then any."""
        for place in (0, -1):
            numbers = {name: d.value(d.indices[place]) for name, d in self.domains.items()}
            flags = dict.fromkeys(self.choices, place == -1)
            yield {**self.fixed, **numbers, **flags}
        for _ in range(count):
            numbers = {name: d.value(rng.choice(d.indices)) for name, d in self.domains.items()}
            flags = {name: rng.random() < 0.5 for name in self.choices}  # noqa: PLR2004 - a coin
            yield {**self.fixed, **numbers, **flags}


def everything(offer: Offer) -> Everything:
    """All deals of an offer."""
    fixed, domains, choices, whole = dict(offer.canonical), dict[str, Domain](), [], True
    for name in FIELDS:
        bounds = offer.configuration.tunable.get(name)
        if bounds is None:
            continue
        canonical = offer.canonical[name]
        if isinstance(canonical, bool):
            if {bool(value) for value in bounds.values} | {canonical} == {True, False}:
                choices.append(name)
                del fixed[name]
            continue
        domain = domain_of(bounds)
        if name != PRICE and Fraction(canonical) not in domain:
            whole = whole and len(domain) <= _LARGEST_LIST
            if len(domain) <= _LARGEST_LIST:
                domain = Domain.of([*domain.values(), Fraction(canonical)])
        domains[name] = domain
        del fixed[name]
    return Everything(offer, fixed, domains, tuple(choices), whole)


@dataclass
class Reach:
    """What can happen to a rule, as far as it has been seen or ruled out."""

    seen: set[Never] = field(default_factory=set)
    undecided: set[Never] = field(default_factory=set)

    @property
    def never(self) -> Never | None:
        """What is proven never to happen: that it applies, else that it is broken, else met."""
        if self.undecided:
            return None
        kinds: tuple[Never, ...] = ("applies", "broken", "met")
        return next((kind for kind in kinds if kind not in self.seen), None)


def reach_of(pricing: Pricing, *, seconds: float | None = 2.0) -> dict[str, Reach]:
    """For every rule what can happen to it, with so many seconds for each proof of the solver.

    Without seconds the solver is not asked, nor loaded.
    """
    spaces = [
        everything(pricing.offer(configuration.id, profile.id))
        for profile in pricing.price_book.profiles
        for configuration in pricing.price_book.available(profile.id)
    ]
    return reach_within(spaces, pricing, seconds)


def reach_within(
    spaces: list[Everything], pricing: Pricing, seconds: float | None
) -> dict[str, Reach]:
    """As `reach_of`, over the deals of some spaces."""
    found = {rule.id: Reach() for rule in pricing.rules}
    rng = Random(0)  # noqa: S311 - the same deals each time, not secrets
    for space in spaces:
        for fields in space.deals(_SAMPLES, rng):
            _see(pricing, space.offer, fields, found)
    for rule in pricing.rules:
        _prove(rule, spaces, found[rule.id], seconds)
    return found


def _see(
    pricing: Pricing, offer: Offer, fields: Mapping[str, Value], found: Mapping[str, Reach]
) -> None:
    """Note what a deal does to each rule of which not everything has been seen."""
    evaluator = offer.evaluator(fields)
    for rule in pricing.rules:
        seen = found[rule.id].seen
        if len(seen) == len(("applies", "broken", "met")):
            continue
        if rule.when is None or evaluator.truth(rule.when):
            seen |= {"applies", "met" if evaluator.truth(rule.require) else "broken"}


def _prove(
    rule: CheckedRule, spaces: list[Everything], reach: Reach, seconds: float | None
) -> None:
    """Decide what has not been seen: a deal for it, or a proof that there is none."""
    wanted: dict[Never, Expression] = {
        "applies": _all(rule.when),
        "broken": _all(rule.when, Not(rule.require)),
        "met": _all(rule.when, rule.require),
    }
    for kind, condition in wanted.items():
        if kind in reach.seen or (kind != "applies" and "applies" not in reach.seen):
            continue
        for space in spaces:
            possible = _possible(space, condition, seconds)
            if possible:
                reach.seen.add(kind)
                reach.undecided.discard(kind)
                break
            if possible is None:
                reach.undecided.add(kind)


def _all(*conditions: Expression | None) -> Expression:
    given = tuple(condition for condition in conditions if condition is not None)
    return Junction("and", given)


def _possible(space: Everything, condition: Expression, seconds: float | None) -> bool | None:
    """Whether some deal meets a condition; `None` where that is not known."""
    bindings = {**space.offer.bindings, **space.fixed, **space.domains}
    if Ranges(bindings).truth(condition) is False and space.whole:
        return False
    if seconds is None:
        return None
    try:
        problem = Problem(bindings, {"it": condition}, space.choices, Solver(seconds=seconds))
        found = problem.best(("it",), ())
    except NumericOverflow:
        return None
    if isinstance(found, Optimal):
        return True
    return False if isinstance(found, Infeasible) and space.whole else None
