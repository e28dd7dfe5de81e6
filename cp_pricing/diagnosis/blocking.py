"""Why not better, and why not at all: blocking sets, conflicts and corrections of a deal.

The problem is the deal's with the request's own inputs and the price bounds turned into
conditions that can be dropped. An input that is dropped may take any of the field's tunable
values; the usage price without its bounds any tick from zero to ten times its maximum.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from constraints.cpsat.conflicts import Conflicts, CorrectionSet, Limits, MinimalConflicts
from constraints.cpsat.optimisation import Assignment, Problem
from constraints.language.domains import Domain
from constraints.language.expressions import (
    Between,
    Comparison,
    Expression,
    Junction,
    Name,
    Not,
    Number,
    Value,
)
from cp_pricing.catalog.tunables import Grid
from cp_pricing.decision.ladder import Answer, moves_of
from cp_pricing.decision.price_lines import OverPrices, read_off
from cp_pricing.fields import LIFETIME_VALUE, PRICE, RATES, base_name
from cp_pricing.model.deal import Space

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal

BETTER = "@better"
_REACH = 10


class ConflictsFound(NamedTuple):
    """Conflicts (or blocking sets) with the corrections that resolve them, and what was cut."""

    minimal: MinimalConflicts
    corrections: tuple[CorrectionSet, ...] = ()
    corrections_cut: str = ""

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """The members of each conflict, smallest first."""
        return tuple(conflict.members for conflict in self.minimal.conflicts)


def better_than(deal: Deal, answer: Answer) -> Expression:
    """What a better answer by the request's preference would be."""
    if deal.request.preference == "least_commitment":
        return _fewer_moves(deal, answer)
    if deal.request.preference == "seller_ltv":
        return Comparison(">", Name(LIFETIME_VALUE), Number(answer.ltv))
    return Comparison("<", Name(PRICE), Number(answer.price))


def _fewer_moves(deal: Deal, answer: Answer) -> Expression:
    number, length = (goal.expression for goal in deal.goals[:2])
    moved, far = map(Number, moves_of(deal, answer))
    less = Junction("and", (Comparison("==", number, moved), Comparison("<", length, far)))
    return Junction("or", (Comparison("<", number, moved), less))


class Droppable:
    """A deal's constraints at its highest usable level, each of which can be dropped.

    With `answer`, a better one is asked for as well, so that conflicts are blocking sets.
    """

    def __init__(
        self, deal: Deal, answer: Answer | None = None, limits: Limits | None = None
    ) -> None:
        self.deal = deal
        domains, choices, asked = _droppable(deal)
        rules = {name: deal.conditions[name] for name in deal.in_force()}
        members = {**rules, **asked}
        self.members = tuple(members)
        hard = {} if answer is None else {BETTER: better_than(deal, answer)}
        # What can be dropped has values to choose from instead of the one asked for.
        fixed = {
            name: value
            for name, value in deal.space.fixed.items()
            if name not in domains and name not in choices
        }
        bindings = Space(fixed, domains, choices).bindings(deal.offer)
        problem = Problem(bindings, {**members, **hard}, choices, deal.solver)
        inputs = {
            name: value
            for name, value in deal.space.fixed.items()
            if name in problem.variables and name != PRICE
        }
        self.search = Conflicts(
            problem,
            self.members,
            tuple(hard),
            limits or Limits(),
            _known(deal, answer, inputs),
            lambda: _after_one_change(deal, answer, inputs, domains),
        )

    def conflicts(self) -> ConflictsFound:
        """All minimal conflicts, and the corrections by changing inputs and getting approvals."""
        minimal = self.search.diagnose()
        corrections, cut = self.search.corrections(minimal, self.changeable)
        return ConflictsFound(minimal, corrections, cut)

    @property
    def changeable(self) -> tuple[str, ...]:
        """The inputs, and the rules that somebody may waive."""
        waivable = {rule.id for rule in self.deal.pricing.rules if rule.effect == "approval"}
        return tuple(n for n in self.members if n.startswith("request:") or n in waivable)


def _known(deal: Deal, answer: Answer | None, asked: Assignment) -> list[Assignment]:
    """Assignments with all inputs as asked that break few rules, where lines over prices tell."""
    prices = read_off(deal, lambda prices: prices.least_broken(deal.in_force(), answer))
    return [{**asked, PRICE: price} for price in prices or ()]


def _after_one_change(
    deal: Deal, answer: Answer | None, asked: Assignment, domains: Mapping[str, Domain]
) -> Iterator[Assignment]:
    """For each input an assignment that breaks no rule with another value of it, where known."""

    def read(prices: OverPrices) -> Fraction | None:
        in_force = deal.in_force()
        best = prices.best(in_force) if prices.swept_unless_lost(in_force) else None
        if not isinstance(best, Answer):
            return None
        return best.price if answer is None or prices.is_better(best, answer) else None

    for name in asked:
        for value in _others(deal, name, domains.get(name)):
            price = read_off(deal, read, {name: value})
            if price is not None:
                yield {**asked, name: value, PRICE: price}
                break


def _others(deal: Deal, name: str, domain: Domain | None) -> Iterable[Value]:
    """A few other values of an input: one step more and less, the most, the least and its own."""
    asked = deal.space.fixed[name]
    if domain is None:
        return (not asked,)
    indices = domain.indices
    place = bisect_left(indices, (asked - domain.base) / domain.step)
    near = [indices[at] for at in (place + 1, place - 1) if 0 <= at < len(indices)]
    values = [*map(domain.value, (*near, indices[-1], indices[0]))]
    # What a plan is sold with may not be among what can be asked for.
    if (own := Fraction(deal.offer.canonical[name])) in domain:
        values.append(own)
    return [value for value in dict.fromkeys(values) if value != asked]


def _droppable(
    deal: Deal,
) -> tuple[dict[str, Domain], tuple[str, ...], dict[str, Expression]]:
    """Domains and choices, and the conditions that stand for bounds and inputs."""
    domains = dict(deal.space.domains)
    choices = list(deal.space.choices)
    bounds: dict[str, Expression] = {}
    inputs: dict[str, Expression] = {}
    tunable = deal.offer.configuration.tunable
    price = tunable.get(PRICE)
    # An asked price is one of the inputs below, which may be dropped as a whole.
    if isinstance(price, Grid) and not deal.asks_price:
        domains[PRICE] = _wide(price)
        within = Between(Name(PRICE), Number(price.min), Number(price.max))
        bounds[f"tunable:{deal.shown(PRICE)}"] = within
    for name, asked in deal.request.inputs.items():
        allowed = tunable.get(name)
        if isinstance(asked, bool):
            values = {bool(value) for value in allowed.values} if allowed else set()
            admitted = values or {bool(deal.offer.canonical[name])}
            if admitted | {asked} == {asked}:
                continue  # there is no other value: to drop the input would change nothing
            choices.append(name)
            inputs[f"request:{deal.shown(name)}"] = Name(name) if asked else Not(Name(name))
            if asked not in admitted:
                bounds[f"tunable:{deal.shown(name)}"] = Not(Name(name)) if asked else Name(name)
            continue
        domain = _instead(deal, name)
        outside = asked not in domain
        if outside:
            domain = domain.and_also(asked)
        if domain.count == 1:
            continue  # as above
        domains[name] = domain
        inputs[f"request:{deal.shown(name)}"] = Comparison("==", Name(name), Number(asked))
        if outside:
            bounds[f"tunable:{deal.shown(name)}"] = Comparison("!=", Name(name), Number(asked))
    return domains, tuple(choices), {**bounds, **inputs}


def _instead(deal: Deal, name: str) -> Domain:
    """The numbers that an input may be once it is dropped."""
    own = Fraction(deal.offer.canonical[name])
    domain = deal.offer.domains.get(name) or Domain.of([own])
    # Without a price in place of a rate the meter is charged at its rate, as the plan has it.
    return domain.and_also(own) if base_name(name) == RATES else domain


def _wide(price: Grid) -> Domain:
    """Every tick from zero to ten times the greatest price."""
    below = math.floor(price.min / price.step)
    above = math.floor((price.max * _REACH - price.min) / price.step)
    return Domain(price.min, price.step, range(-below, above + 1))


def inputs_in_the_way(deal: Deal) -> MinimalConflicts:
    """The minimal sets of inputs that no deal within the rules and the price bounds has together.

    They depend on what is admitted alone, and not on which rules see to it, nor on how many.
    """
    droppable = Droppable(deal)
    inputs = tuple(name for name in droppable.members if is_input(name))
    outside = {f"tunable:{deal.shown(name)}" for name in deal.violations}
    kept = tuple(name for name in droppable.members if name not in {*inputs, *outside})
    # More than there can be, so that the sets told never depend on where a search was cut.
    every = Limits(conflicts=2 ** len(inputs))
    return Conflicts(droppable.search.problem, inputs, kept, every).diagnose()


def is_input(member: str) -> bool:
    """Whether a member of a conflict is one of the request's own inputs."""
    return member.startswith("request:")


def field_of(member: str) -> str:
    """The field of a `tunable:` or `request:` member."""
    return member.partition(":")[2]
