"""Rules against every deal there can be: which of them nothing can meet, break or fall under.

A deal is a configuration and a profile that go together, the usage price within its bounds, and
every other field within its bounds or as in the catalog. That something can happen is shown by a
deal in which it does; that it cannot is proven, by ranges or by the solver, or is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible, Solver
from constraints.language.expressions import Expression, Junction, Not, Value
from constraints.language.ranges import Ranges
from cp_pricing.fields import PRICE
from cp_pricing.proofs.deal_space import whole_space

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.deal import Space
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing

Never: TypeAlias = Literal["applies", "broken", "met"]

_SAMPLES = 24
_LARGEST_LIST = 10_000


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


def reach_of(pricing: Pricing, *, seconds: float | None) -> dict[str, Reach]:
    """For every rule what can happen to it, with so many seconds for all proofs of the solver.

    Without seconds the solver is not asked, nor loaded.
    """
    offers = [
        pricing.offer(configuration.id, profile.id)
        for profile in pricing.price_book.profiles
        for configuration in pricing.price_book.available(profile.id)
    ]
    spaces = [(offer, whole_space(offer, _LARGEST_LIST)) for offer in offers]
    return reach_within(spaces, pricing, seconds)


def reach_within(
    spaces: Sequence[tuple[Offer, Space]], pricing: Pricing, seconds: float | None
) -> dict[str, Reach]:
    """As `reach_of`, over some deals of offers."""
    reaches = {rule.id: Reach() for rule in pricing.rules}
    rng = Random(0)  # noqa: S311 - the same deals each time, not secrets
    for offer, space in spaces:
        for fields in _sampled(space, rng):
            _see(pricing, offer, fields, reaches)
    solver = Solver(seconds=seconds or 0.0)
    solver.within(solver.seconds)
    for rule in solver.in_turn(pricing.rules):
        _prove(rule, spaces, reaches[rule.id], None if seconds is None else solver)
    return reaches


def _sampled(space: Space, rng: Random) -> Iterator[dict[str, Value]]:
    """Some deals: the least and the greatest of every field, then any."""
    domains = {name: space.domains[name] for name in space.chosen if name in space.domains}
    for end in (0, -1):
        numbers = {name: d.value(d.indices[end]) for name, d in domains.items()}
        flags = dict.fromkeys(space.choices, end == -1)
        yield {**space.fixed, **numbers, **flags}
    for _ in range(_SAMPLES):
        numbers = {name: d.value(rng.choice(d.indices)) for name, d in domains.items()}
        flags = {name: rng.random() < 0.5 for name in space.choices}  # noqa: PLR2004 - a coin
        yield {**space.fixed, **numbers, **flags}


def _see(
    pricing: Pricing, offer: Offer, fields: Mapping[str, Value], reaches: Mapping[str, Reach]
) -> None:
    """Note what a deal does to each rule of which not everything has been seen."""
    evaluator = offer.evaluator(fields)
    for rule in pricing.rules:
        seen = reaches[rule.id].seen
        if len(seen) == len(("applies", "broken", "met")):
            continue
        if rule.when is None or evaluator.truth(rule.when):
            seen |= {"applies", "met" if evaluator.truth(rule.require) else "broken"}


def _prove(
    rule: CheckedRule,
    spaces: Sequence[tuple[Offer, Space]],
    reach: Reach,
    solver: Solver | None,
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
        for offer, space in spaces:
            happens = possible(offer, space, condition, solver)
            if happens:
                reach.seen.add(kind)
                reach.undecided.discard(kind)
                break
            if happens is None:
                reach.undecided.add(kind)


def _all(*conditions: Expression | None) -> Expression:
    given = tuple(condition for condition in conditions if condition is not None)
    return Junction("and", given)


def possible(
    offer: Offer, space: Space, condition: Expression, solver: Solver | None
) -> bool | None:
    """Whether some deal of an offer meets a condition; `None` where that is not known."""
    bindings = space.bindings(offer)
    # A value of the catalog that was left out could do what the others cannot.
    fields = (name for name in space.domains if name in offer.canonical and name != PRICE)
    whole = all(offer.canonical[name] in space.domains[name] for name in fields)
    if Ranges(bindings).truth(condition) is False and whole:
        return False
    if solver is None:
        return None
    try:
        problem = Problem(bindings, {"it": condition}, space.choices, solver)
        result = problem.best(("it",), ())
    except NoModelError:
        return None
    if isinstance(result, Optimal):
        return True
    return False if isinstance(result, Infeasible) and whole else None
