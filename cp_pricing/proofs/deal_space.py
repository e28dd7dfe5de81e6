"""Every deal that a configuration can be tuned to for a profile, under the policy's rules.

The usage price takes any of its ticks; each other field any of its tunable values, or the
baseline's own, which a request keeps that does not mention it (docs/decisions.md, 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import Expression, Name, Not, Stepped, Value
from constraints.language.resting import names_behind
from cp_pricing.book.facts import are_alike
from cp_pricing.catalog.plans import Configuration
from cp_pricing.fields import LIFETIME_VALUE, PRICE, FieldName
from cp_pricing.model.deal import FieldValues, Space
from cp_pricing.model.terms import terms_of
from cp_pricing.results import Witness

if TYPE_CHECKING:
    from constraints.cpsat.budget import Budgeted
    from constraints.language.evaluation import Evaluator
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing

# So many deals at most are evaluated one by one where a proof is not finished.
FEW_DEALS = 2_000
BREAKS, APPLIES = "breaks:", "applies:"
_FEES = ("platform_fee", "seat_fee")


class ProofError(Exception):
    """A witness that fails its second check: a fault of ours, never of the user's."""


@dataclass(frozen=True)
class FoundDeal:
    """A deal as the solver found it: field values by name, and the deal to be shown.

    `evaluator` has read it, with all that it has worked out.
    """

    fields: Mapping[str, Value]
    deal: Witness
    evaluator: Evaluator = field(compare=False, repr=False)


def on_sale(book: PriceBook) -> tuple[tuple[str, str], ...]:
    """The configurations, each with the profiles that can have it."""
    return tuple(
        (configuration.id, profile.id)
        for configuration in book.catalog.configurations
        for profile in book.profiles
        if configuration.is_available_to(profile.id)
    )


def price_first(plan: Configuration) -> tuple[FieldName, ...]:
    """The fields of a plan, its price before the others."""
    return (PRICE, *(name for name in plan.fields if name != PRICE))


def whole_space(offer: Offer, listed: int | None = None) -> Space:
    """All values that any request can lead to, field by field; `listed` as for `values_of`."""
    tunable = offer.configuration.tunable
    names = [n for n in price_first(offer.configuration) if n == PRICE or n in tunable]
    values = {name: values_of(offer, name, listed) for name in names}
    return Space.of(offer.canonical, values | fact_values_of(offer))


def fact_values_of(offer: Offer) -> dict[str, FieldValues]:
    """All values of the facts on which some rule rests: others would only make proofs longer."""
    behind = names_behind((rule.condition for rule in offer.rules.values()), offer.bindings)
    return {name: fact.numbers for name, fact in offer.facts.items() if name in behind}


def values_of(offer: Offer, name: str, listed: int | None = None) -> FieldValues:
    """The values that a field can take: of a number as a domain, of yes or no as they are.

    The baseline's own is left out where it is none of more than `listed` tunable numbers, which
    would all have to be listed with it.
    """
    bounds, own = offer.configuration.tunable.get(name), offer.canonical[name]
    if isinstance(own, bool):
        values = () if bounds is None else bounds.values
        return tuple(sorted({own, *(bool(value) for value in values)}))
    if bounds is None:
        return Domain.of([own])
    domain = offer.domains[name]
    if name == PRICE or own in domain or (listed is not None and domain.count > listed):
        return domain
    return domain.and_also(own)


def values_apart(one: FieldValues, other: FieldValues) -> Iterator[FieldValues]:
    """The values of one that the other does not have, all at once or one part after the other."""
    if isinstance(one, Domain) and isinstance(other, Domain):
        yield from one.apart(other)
    elif rest := tuple(value for value in _each(one) if value not in other):
        yield rest


def values_in_both(one: FieldValues, other: FieldValues) -> FieldValues:
    """The values that both have; empty if there are none."""
    if isinstance(one, Domain) and isinstance(other, Domain):
        return one.common(other) or ()
    return tuple(value for value in _each(one) if value in other)


def _each(values: FieldValues) -> Iterable[Value]:
    return values.values() if isinstance(values, Domain) else values


def shared_names(old: Offer, new: Offer) -> tuple[str, ...]:
    """What a deal is in both policies: its fields, and the facts on which a rule of one rests.

    A fee that neither side tunes is no choice of a deal: each side has its own.
    """
    tuned = old.configuration.tunable.keys() | new.configuration.tunable.keys()
    names = dict.fromkeys((*price_first(old.configuration), *price_first(new.configuration)))
    fields = (name for name in names if name not in _FEES or name in tuned)
    return (*fields, *(fact_values_of(old) | fact_values_of(new)))


def declared_differently(old: Offer, new: Offer, shared: Iterable[str]) -> str:
    """Why no deal is one of both policies, if a fact is something else in one of them."""
    unlike = [
        name
        for name in shared
        if name in old.facts and name in new.facts
        if not are_alike(old.facts[name], new.facts[name])
    ]
    declared = ", ".join(f"`{name}`" for name in unlike)
    return f"the policies declare {declared} differently" if unlike else ""


def evaluated(offer: Offer, fields: Mapping[str, Value]) -> Witness:
    """A deal read by the exact evaluator alone."""
    return _read(offer, fields, offer.evaluator(fields))


def _read(offer: Offer, fields: Mapping[str, Value], evaluator: Evaluator) -> Witness:
    broken = (rule.id for rule in offer.rules.values() if not evaluator.truth(rule.condition))
    ltv = evaluator.number(Name(LIFETIME_VALUE)) or Fraction(0)
    facts = {name: fact.shown(fields[name]) for name, fact in offer.facts.items() if name in fields}
    terms = terms_of(evaluator, offer.configuration, offer.rates)
    return Witness(configuration=terms, ltv=ltv, broken=tuple(broken), facts=facts)


def outside_of(offer: Offer, fields: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields whose values no request can lead to."""
    names = price_first(offer.configuration)
    values = {name: fields.get(name, offer.canonical[name]) for name in names}
    return tuple(name for name, value in values.items() if not _is_possible(offer, name, value))


def _is_possible(offer: Offer, name: str, value: Value) -> bool:
    """Whether a value is tunable, or the baseline's own, which a tunable price does not keep."""
    bounds = offer.configuration.tunable.get(name)
    if bounds is not None and (name == PRICE or value in bounds):
        return value in bounds
    return value == offer.canonical[name]


@dataclass(frozen=True)
class DealSpace:
    """The deals of one configuration and profile; raises `NumericOverflow` when first solved.

    `extra` are conditions beside the rules, in place of their breaches and their `when`s.
    """

    pricing: Pricing
    offer: Offer
    solver: Budgeted
    space: Space
    extra: Mapping[str, Expression] | None = None

    @staticmethod
    def of(pricing: Pricing, configuration: str, profile: str, solver: Budgeted) -> DealSpace:
        """All deals of a configuration for a profile."""
        offer = pricing.offer(configuration, profile)
        return DealSpace(pricing, offer, solver, whole_space(offer))

    @property
    def rules(self) -> Mapping[str, CheckedRule]:
        """The rules for these deals, by id."""
        return self.offer.rules

    @cached_property
    def stepped(self) -> frozenset[str]:
        """The rules on a number that goes in steps, as confidence does."""
        bindings = self.offer.bindings
        steps = {name for name, bound in bindings.items() if isinstance(bound, Stepped)}
        conditions = {name: rule.condition for name, rule in self.rules.items()}
        return frozenset(n for n, c in conditions.items() if names_behind([c], bindings) & steps)

    @cached_property
    def bindings(self) -> Mapping[str, Expression | Value | Domain]:
        """Every name of the offer, tunable fields with their domains."""
        return self.space.bindings(self.offer)

    @cached_property
    def problem(self) -> Problem:
        """All conditions, compiled."""
        return Problem(self.bindings, self.conditions, self.space.choices, self.solver)

    @cached_property
    def plainly(self) -> DealSpace:
        """These deals with the rules alone: their breaches make a model twice as large."""
        return replace(self, extra={})

    @cached_property
    def _asked(self) -> dict[Expression, str]:
        """The conditions that have been asked about, with their names."""
        return {}

    def meeting(
        self, condition: Expression, names: Iterable[str]
    ) -> FoundDeal | Infeasible | Unknown:
        """As `find`, for a deal that meets one more condition: no model is made anew for it."""
        name = self._asked.get(condition)
        if name is None:
            name = self._asked[condition] = f"@asked {len(self._asked)}"
            self.conditions[name] = condition
            self.problem.add(name, condition)
        return self.find([*names, name])

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """Each rule, and either its breach and its `when`, or the other conditions given."""
        kept = {name: rule.condition for name, rule in self.rules.items()}
        # Breaches are not asked for then, and each would be compiled for nothing.
        if self.extra is not None:
            return {**kept, **self.extra}
        broken = {BREAKS + name: Not(condition) for name, condition in kept.items()}
        applies = {
            APPLIES + name: rule.when for name, rule in self.rules.items() if rule.when is not None
        }
        return {**kept, **broken, **applies}

    def in_force(self, level: int) -> tuple[str, ...]:
        """The rules that a level cannot waive."""
        return self.offer.in_force(level)

    def find(self, names: Iterable[str]) -> FoundDeal | Infeasible | Unknown:
        """A deal for which some conditions hold, checked twice, or a proof twice over of none."""
        wanted = tuple(names)
        result = self.problem.refuted(wanted)
        if isinstance(result, Optimal):
            return self.found(result, wanted)
        return result if isinstance(result, Infeasible) else self._tried(wanted) or result

    def _tried(self, wanted: Sequence[str]) -> FoundDeal | Infeasible | None:
        """The same where the solver gives up, after every deal of a small space is evaluated."""
        every = None if self.solver.is_late else self.space.every(FEW_DEALS)
        if every is None:
            return None
        for fields in every:
            evaluator = self.offer.evaluator(fields)
            if all(evaluator.truth(self.conditions[name]) for name in wanted):
                return self.of_fields(fields, wanted)
        return Infeasible()

    def found(self, result: Optimal, wanted: Iterable[str]) -> FoundDeal:
        """A solver's answer, evaluated anew; raises `ProofError` if a condition fails."""
        return self.of_fields({**self.space.fixed, **result.assignment}, wanted)

    def if_meeting(self, fields: Mapping[str, Value], wanted: Iterable[str]) -> FoundDeal | None:
        """The deal with some field values, if some conditions hold for it and it can be had."""
        evaluator = self.offer.evaluator(fields)
        return None if self._failed(fields, wanted, evaluator) else self._deal(fields, evaluator)

    def of_fields(self, fields: Mapping[str, Value], wanted: Iterable[str] = ()) -> FoundDeal:
        """The deal with some field values, for which some conditions must hold."""
        # A second look, by the evaluator alone and from the bounds as the catalog has them.
        evaluator = self.offer.evaluator(fields)
        if failed := self._failed(fields, wanted, evaluator):
            message = f"a witness does not show what it should: {', '.join(failed)}"
            raise ProofError(message)
        return self._deal(fields, evaluator)

    def _failed(
        self, fields: Mapping[str, Value], wanted: Iterable[str], evaluator: Evaluator
    ) -> list[str]:
        """The conditions that do not hold for a deal, or `bounds` if it cannot be had."""
        failed = [name for name in wanted if not evaluator.truth(self.conditions[name])]
        return failed or ["bounds"] * bool(outside_of(self.offer, fields))

    def _deal(self, fields: Mapping[str, Value], evaluator: Evaluator) -> FoundDeal:
        return FoundDeal(fields, _read(self.offer, fields, evaluator), evaluator)
