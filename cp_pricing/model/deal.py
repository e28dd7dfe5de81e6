"""One request against its offer: what is fixed, what is to be chosen, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Goal, Problem, Settled
from constraints.cpsat.solving import Solver
from constraints.language.domains import Domain
from constraints.language.expressions import (
    ZERO,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Implication,
    Name,
    Not,
    Number,
    Value,
)
from cp_pricing.book.catalog import Grid
from cp_pricing.fields import FIELDS, LIFETIME_VALUE, PRICE
from cp_pricing.model.folding import Dependence, dependence, settled

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Values
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.pricing import Offer, Pricing

_CONDITIONS, _IN_FORCE = "conditions", "in force"
_ONE = Number(Fraction(1))
_LTV_GOAL = Goal(Name(LIFETIME_VALUE), maximise=True)
_PRICE_GOAL = Goal(Name(PRICE))


@dataclass(frozen=True)
class BoundViolation:
    """An input outside its tunable bounds; `bounds` is `None` where the field is not tunable."""

    field: str
    asked: Value
    bounds: Grid | Values | None
    canonical: Value


@dataclass(frozen=True)
class Space:
    """Field values that are fixed, and those to be chosen: numbers from a domain, or yes or no."""

    fixed: Mapping[str, Value]
    domains: Mapping[str, Domain]
    choices: tuple[str, ...]

    @property
    def is_price_alone(self) -> bool:
        """Whether nothing but the usage price is to be chosen."""
        return not self.choices and len(self.domains) == 1 and PRICE in self.domains

    @property
    def chosen(self) -> tuple[str, ...]:
        """The fields to be chosen, in field order."""
        return tuple(name for name in FIELDS if name in self.domains or name in self.choices)


def domain_of(bounds: Grid | Values) -> Domain:
    """The numbers that tunable bounds admit."""
    if isinstance(bounds, Grid):
        return Domain.grid(bounds.min, bounds.max, bounds.step)
    return Domain.of(Fraction(value) for value in bounds.values)


def space_of(offer: Offer, inputs: Mapping[str, Value], opened: Sequence[str]) -> Space:
    """The usage price and the open fields within their tunable bounds, all else fixed."""
    fixed: dict[str, Value] = {**offer.canonical, **inputs}
    domains: dict[str, Domain] = {}
    choices: list[str] = []
    for name in (PRICE, *opened):
        bounds = offer.configuration.tunable.get(name)
        if bounds is None:
            continue
        if isinstance(offer.canonical[name], bool):
            values = set() if isinstance(bounds, Grid) else set(bounds.values)
            if len(values) == 1:
                fixed[name] = bool(values.pop())
            else:
                choices.append(name)
        else:
            domains[name] = _kept_domain(offer, name, bounds)
    kept = {name: value for name, value in fixed.items() if name not in (*domains, *choices)}
    return Space(kept, domains, tuple(choices))


def _kept_domain(offer: Offer, name: str, bounds: Grid | Values) -> Domain:
    known = offer.domains.get(name)
    if known is None:
        known = offer.domains[name] = domain_of(bounds)
    return known


def bound_violations(offer: Offer, inputs: Mapping[str, Value]) -> tuple[BoundViolation, ...]:
    """The inputs that their tunable bounds do not admit."""
    found = []
    for name, asked in inputs.items():
        bounds = offer.configuration.tunable.get(name)
        canonical = offer.canonical[name]
        if asked not in bounds if bounds is not None else asked != canonical:
            found.append(BoundViolation(name, asked, bounds, canonical))
    return tuple(found)


def condition_of(rule: CheckedRule) -> Expression:
    """What a rule requires, only where its `when` holds."""
    return rule.require if rule.when is None else Implication(rule.when, rule.require)


def goals_of(offer: Offer, space: Space, preference: str) -> tuple[Goal, ...]:
    """SPEC section 4: the preference, its tie-break, fields moved, then field order."""
    wanted = [_PRICE_GOAL, _LTV_GOAL]
    if preference == "seller_ltv":
        wanted.reverse()
    opened = [name for name in space.chosen if name != PRICE]
    if not opened:
        return tuple(wanted) if preference == "seller_ltv" else (_PRICE_GOAL,)
    moved = [_moved(name, offer.canonical[name]) for name in opened]
    total = moved[0]
    for term in moved[1:]:
        total = Arithmetic("+", total, term)
    return (*wanted, Goal(total), *(Goal(_as_number(name, space)) for name in opened))


def _moved(name: str, canonical: Value) -> Expression:
    """One if a field is off the baseline's value, else zero."""
    if isinstance(canonical, bool):
        off: Expression = Not(Name(name)) if canonical else Name(name)
    else:
        off = Comparison("!=", Name(name), Number(canonical))
    return Conditional(off, _ONE, ZERO)


def _as_number(name: str, space: Space) -> Expression:
    return Conditional(Name(name), _ONE, ZERO) if name in space.choices else Name(name)


def _conditions_of(pricing: Pricing, offer: Offer) -> Mapping[str, Expression]:
    return {
        rule.id: condition_of(rule)
        for rule in pricing.rules
        if rule.effect != "warn" and offer.has(rule.id)
    }


class Deal:
    """A request's space, conditions and goals, compiled on first use."""

    def __init__(self, pricing: Pricing, request: TuningRequest, solver: Solver) -> None:
        self.pricing = pricing
        self.request = request
        self.solver = solver
        self.offer = pricing.offer(request.configuration, request.profile)
        self.space = space_of(self.offer, request.inputs, request.open)
        self.violations = bound_violations(self.offer, request.inputs)

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """What is to be made as good as possible, in order of importance."""
        return goals_of(self.offer, self.space, self.request.preference)

    @property
    def levels(self) -> int:
        """The highest approval level; level 0 is self-serve."""
        return len(self.pricing.price_book.policy.approvers)

    @property
    def usable_level(self) -> int:
        """The highest level that the request accepts."""
        return self.levels if self.request.approval_mode == "allow_approval" else 0

    @cached_property
    def conditions(self) -> Mapping[str, Expression]:
        """All rules for this configuration and profile, but warnings."""
        key = (_CONDITIONS, self.request.configuration, self.request.profile)
        return self.pricing.kept(key, lambda: _conditions_of(self.pricing, self.offer))

    @cached_property
    def settled(self) -> Settled:
        """What does not depend on what is to be chosen."""
        key = (self.request.configuration, self.request.profile, self.space.chosen)
        found = self.pricing.kept(key, self._dependence)
        fixed = {**self.offer.bindings, **self.space.fixed}
        return settled(found, self.conditions, fixed)

    def _dependence(self) -> Dependence:
        goals = (_LTV_GOAL.expression,)
        return dependence(self.offer.bindings, self.conditions, goals, self.space.chosen)

    @cached_property
    def problem(self) -> Problem:
        """All rules but warnings, each under its own literal."""
        bindings = {**self.offer.bindings, **self.space.fixed, **self.space.domains}
        choices = self.space.choices
        return Problem(bindings, self.conditions, choices, self.solver, self.settled)

    def is_lost(self, in_force: Iterable[str]) -> bool:
        """Whether some rule in force fails whatever is chosen."""
        truths = self.settled.conditions
        return any(truths.get(name) is False for name in in_force)

    def in_force(self, level: int) -> tuple[str, ...]:
        """The rules for this configuration and profile that a level cannot waive."""
        key = (_IN_FORCE, self.request.configuration, self.request.profile, level)
        return self.pricing.kept(key, lambda: self._in_force(level))

    def _in_force(self, level: int) -> tuple[str, ...]:
        waivable = set(self.pricing.price_book.policy.approvers[:level])
        return tuple(
            rule.id
            for rule in self.pricing.rules
            if self.offer.has(rule.id)
            and (
                rule.effect == "reject"
                or (rule.effect == "approval" and rule.approver not in waivable)
            )
        )
