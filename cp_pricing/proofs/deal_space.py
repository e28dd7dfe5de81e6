"""Every deal that a configuration can be tuned to for a profile, under the policy's rules.

The usage price takes any of its ticks; each other field any of its tunable values, or the
baseline's own, which a request keeps that does not mention it (docs/decisions.md, 4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import Expression, Name, Not, Value
from cp_pricing.assembly import terms_of
from cp_pricing.fields import INPUT_FIELDS, LIFETIME_VALUE, PRICE
from cp_pricing.model.deal import Space, condition_of, domain_of
from cp_pricing.results import Exact, ResultModel, Terms

if TYPE_CHECKING:
    from constraints.cpsat.budget import Budgeted
    from constraints.language.evaluation import Evaluator
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.pricing import Offer, Pricing

BREAKS, APPLIES = "breaks:", "applies:"


class ProofError(Exception):
    """A witness that fails its second check: a fault of ours, never of the user's."""


class Witness(ResultModel):
    """A deal that shows something: its terms, its LTV in currency, and the rules it breaks."""

    configuration: Terms
    ltv: Exact
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A deal as the solver found it: field values by name, and the deal to be shown."""

    fields: Mapping[str, Value]
    deal: Witness


def levels_of(pricing: Pricing) -> int:
    """The highest approval level; level 0 is self-serve."""
    return len(pricing.price_book.policy.approvers)


def in_force(pricing: Pricing, level: int) -> tuple[str, ...]:
    """The rules that a level cannot waive."""
    waivable = set(pricing.price_book.policy.approvers[:level])
    return tuple(
        rule.id
        for rule in pricing.rules
        if rule.effect == "reject" or (rule.effect == "approval" and rule.approver not in waivable)
    )


def highest_level(pricing: Pricing, rule: CheckedRule) -> int:
    """The highest level that cannot waive a rule; of a warning, the highest there is."""
    approvers = pricing.price_book.policy.approvers
    if rule.effect == "approval" and rule.approver is not None:
        return approvers.index(rule.approver)
    return len(approvers)


def opened_fields(offer: Offer) -> tuple[str, ...]:
    """The fields besides the usage price that have tunable bounds."""
    return tuple(name for name in INPUT_FIELDS if name in offer.configuration.tunable)


def whole_space(offer: Offer) -> Space:
    """All values that any request can lead to, field by field."""
    fixed: dict[str, Value] = dict(offer.canonical)
    domains: dict[str, Domain] = {}
    choices: list[str] = []
    for name in (PRICE, *opened_fields(offer)):
        values = values_of(offer, name)
        if isinstance(values, Domain):
            domains[name] = values
            del fixed[name]
        elif len(values) > 1:
            choices.append(name)
            del fixed[name]
        else:
            fixed[name] = values[0]
    return Space(fixed, domains, tuple(choices))


def values_of(offer: Offer, name: str) -> Domain | tuple[Value, ...]:
    """The values that a field can take: of a number as a domain, of yes or no as they are."""
    bounds, own = offer.configuration.tunable.get(name), offer.canonical[name]
    if isinstance(own, bool):
        values = () if bounds is None else bounds.values
        return tuple(sorted({own, *(bool(value) for value in values)}))
    if bounds is None:
        return Domain.of([own])
    domain = domain_of(bounds)
    if name == PRICE or own in domain:
        return domain
    return Domain.of([*domain.values(), own])


def evaluated(offer: Offer, rules: Iterable[CheckedRule], fields: Mapping[str, Value]) -> Witness:
    """A deal read by the exact evaluator alone."""
    evaluator = offer.evaluator(fields)
    broken = tuple(rule.id for rule in rules if not evaluator.truth(condition_of(rule)))
    return Witness(configuration=terms_of(evaluator), ltv=_ltv(evaluator), broken=broken)


def _ltv(evaluator: Evaluator) -> Fraction:
    return evaluator.number(Name(LIFETIME_VALUE)) or Fraction(0)


def outside_of(offer: Offer, fields: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields whose values no request can lead to."""
    values = {name: values_of(offer, name) for name in (PRICE, *INPUT_FIELDS)}
    return tuple(n for n in values if fields.get(n, offer.canonical[n]) not in values[n])


class DealSpace:
    """The deals of one configuration and profile; raises `NumericOverflow` when first solved."""

    def __init__(
        self,
        pricing: Pricing,
        configuration: str,
        profile: str,
        solver: Budgeted,
        extra: Mapping[str, Expression] | None = None,
    ) -> None:
        self._extra = extra
        self.pricing = pricing
        self.solver = solver
        self.offer = pricing.offer(configuration, profile)
        self.space = whole_space(self.offer)
        self.rules = {rule.id: rule for rule in pricing.rules if self.offer.has(rule.id)}
        self.bindings = {**self.offer.bindings, **self.space.fixed, **self.space.domains}

    @cached_property
    def problem(self) -> Problem:
        """All conditions, compiled."""
        return Problem(self.bindings, self.conditions, self.space.choices, self.solver)

    def narrowed(self, extra: Mapping[str, Expression]) -> DealSpace:
        """The same deals under the rules and other conditions."""
        configuration, profile = self.offer.configuration.id, self.offer.profile.id
        return DealSpace(self.pricing, configuration, profile, self.solver, extra)

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """Each rule, and either its breach and its `when`, or the other conditions given."""
        kept = {name: condition_of(rule) for name, rule in self.rules.items()}
        if self._extra is not None:
            return {**kept, **self._extra}
        broken = {BREAKS + name: Not(condition) for name, condition in kept.items()}
        applies = {
            APPLIES + name: rule.when for name, rule in self.rules.items() if rule.when is not None
        }
        return {**kept, **broken, **applies}

    def in_force(self, level: int) -> tuple[str, ...]:
        """The rules that a level cannot waive."""
        return tuple(name for name in in_force(self.pricing, level) if name in self.rules)

    def find(
        self, names: Iterable[str], any_of: Iterable[Collection[str]] = ()
    ) -> Found | Infeasible | Unknown:
        """A deal for which some conditions hold, checked twice, or a proof twice over of none."""
        wanted = tuple(names)
        result = self.problem.refuted(wanted, tuple(any_of))
        return self.found(result, wanted) if isinstance(result, Optimal) else result

    def found(self, result: Optimal, wanted: Iterable[str]) -> Found:
        """A solver's answer, evaluated anew; raises `ProofError` if a condition fails."""
        return self.of_fields({**self.space.fixed, **result.assignment}, wanted)

    def of_fields(self, fields: Mapping[str, Value], wanted: Iterable[str] = ()) -> Found:
        """The deal with some field values, for which some conditions must hold."""
        evaluator = self.offer.evaluator(fields)
        failed = [n for n in wanted if n in self.conditions and not self._holds(evaluator, n)]
        if failed or outside_of(self.offer, fields):
            message = f"a witness does not show what it should: {', '.join(failed) or 'bounds'}"
            raise ProofError(message)
        return Found(fields, evaluated(self.offer, self.rules.values(), fields))

    def _holds(self, evaluator: Evaluator, name: str) -> bool:
        return evaluator.truth(self.conditions[name])
