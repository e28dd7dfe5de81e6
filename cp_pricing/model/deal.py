"""One request against its offer: what is fixed, what is to be chosen, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.optimisation import Goal, Problem, Settled
from constraints.cpsat.solving import Solver
from constraints.language.domains import Domain
from constraints.language.expressions import ONE, ZERO, Conditional, Expression, Name, Value
from cp_pricing.book.facts import fact_values
from cp_pricing.fields import LIFETIME_VALUE, PRICE, in_field_order, shown_field
from cp_pricing.model.folding import folded
from cp_pricing.model.moves import lengths, number_moved

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.catalog.plans import PlanDenomination
    from cp_pricing.fields import Preference
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing


# The values that a field may take: of a number as a domain, of yes or no one by one.
FieldValues: TypeAlias = "Domain | tuple[Value, ...]"
_LTV_GOAL = Goal(Name(LIFETIME_VALUE), maximise=True)
_PRICE_GOAL = Goal(Name(PRICE))


@dataclass(frozen=True)
class Space:
    """Field values that are fixed, and those to be chosen: numbers from a domain, or yes or no."""

    fixed: Mapping[str, Value]
    domains: Mapping[str, Domain]
    choices: tuple[str, ...]

    @staticmethod
    def of(fixed: Mapping[str, Value], values: Mapping[str, FieldValues]) -> Space:
        """Fields with some values each; those of `fixed` count where none are given."""
        domains: dict[str, Domain] = {}
        choices: list[str] = []
        kept = {name: value for name, value in fixed.items() if name not in values}
        for name, some in values.items():
            if isinstance(some, Domain):
                domains[name] = some
            elif len(some) > 1:
                choices.append(name)
            else:
                kept[name] = some[0]
        return Space(kept, domains, tuple(choices))

    @property
    def is_price_alone(self) -> bool:
        """Whether nothing but the usage price is to be chosen."""
        return not self.choices and len(self.domains) == 1 and PRICE in self.domains

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is to be chosen: fields in field order, and after them facts."""
        chosen = (*self.domains, *self.choices)
        return in_field_order(chosen)

    def without(self, name: str) -> Space:
        """The same, but for a number of which nothing is said."""
        domains = {other: domain for other, domain in self.domains.items() if other != name}
        return replace(self, domains=domains)

    def every(self, most: int) -> Iterator[Mapping[str, Value]] | None:
        """Every choice of values, with those that are fixed; `None` if there are more of them."""
        numbers = [domain.count for domain in self.domains.values()]
        if prod(numbers) * 2 ** len(self.choices) > most:
            return None
        values: list[Iterable[Value]] = [_listed(domain) for domain in self.domains.values()]
        values += [(False, True)] * len(self.choices)
        names = (*self.domains, *self.choices)
        return (
            {**self.fixed, **dict(zip(names, chosen, strict=True))} for chosen in product(*values)
        )

    def bindings(self, offer: Offer) -> dict[str, Expression | Value | Domain]:
        """The value, expression or domain of every name, but for yes or no to be chosen."""
        return {**offer.bindings, **self.fixed, **self.domains}


@lru_cache(maxsize=64)
def _listed(domain: Domain) -> tuple[Fraction, ...]:
    """The numbers of a small domain: the same ones each time, which are quickly found equal."""
    return tuple(domain.values())


def space_of(
    offer: Offer, inputs: Mapping[str, Value], opened: Sequence[str], facts: Mapping[str, Value]
) -> Space:
    """The usage price and the open fields within their tunable bounds, all else fixed."""
    tunable = offer.configuration.tunable
    values = {
        name: offer.domains[name] if name in offer.domains else tuple(tunable[name].values)
        for name in (PRICE, *opened)
        if name in tunable and name not in inputs
    }
    return Space.of({**offer.canonical, **inputs, **facts}, values)


def bound_violations(offer: Offer, inputs: Mapping[str, Value]) -> tuple[str, ...]:
    """The inputs that their tunable bounds, or else the baseline's own values, do not admit."""
    tunable, own = offer.configuration.tunable, offer.canonical
    admitted = {
        name: asked in tunable[name] if name in tunable else asked == own[name]
        for name, asked in inputs.items()
    }
    return tuple(name for name, is_admitted in admitted.items() if not is_admitted)


def goals_of(
    offer: Offer, space: Space, preference: Preference, opened: Sequence[str]
) -> tuple[Goal, ...]:
    """SPEC sections 4 and 8: the preference, its tie-break, fields moved, then field order.

    An open field of one value only is moved, too, if that is not the baseline's.
    """
    moved = Goal(number_moved(opened, offer.canonical))
    order = tuple(Goal(_as_number(name, space)) for name in space.chosen if name != PRICE)
    if preference == "least_commitment":
        length = Goal(lengths(opened, offer.canonical, space.domains))
        return (moved, length, _LTV_GOAL, *order)
    if preference == "seller_ltv":
        return (_LTV_GOAL, _PRICE_GOAL, *((moved, *order) if order else ()))
    # Where nothing else is open, the price decides everything that would break a tie.
    return (_PRICE_GOAL, _LTV_GOAL, moved, *order) if order else (_PRICE_GOAL,)


def _as_number(name: str, space: Space) -> Expression:
    return Conditional(Name(name), ONE, ZERO) if name in space.choices else Name(name)


class Deal:
    """A request's space, conditions and goals, compiled on first use."""

    def __init__(self, pricing: Pricing, request: TuningRequest, solver: Solver) -> None:
        self.pricing = pricing
        self.request = request
        self.solver = solver
        self.offer = pricing.offer(request.configuration, request.profile, request.size)

    @cached_property
    def facts(self) -> Mapping[str, Value]:
        """The value of every fact, as the request says it or the policy has it."""
        return fact_values(self.offer.facts, self.request.facts, self.request.preference)

    @cached_property
    def space(self) -> Space:
        """What is fixed and what is to be chosen."""
        return space_of(self.offer, self.request.inputs, self.request.open, self.facts)

    @cached_property
    def violations(self) -> tuple[str, ...]:
        """The inputs that are not on offer."""
        return bound_violations(self.offer, self.request.inputs)

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """What is to be made as good as possible, in order of importance."""
        return goals_of(self.offer, self.space, self.request.preference, self.request.open)

    def varied(
        self,
        *,
        inputs: Mapping[str, Value] | None = None,
        open: Sequence[str] | None = None,  # noqa: A002 - the request's own word
        preference: Preference | None = None,
    ) -> Deal:
        """The same deal with other inputs, other open fields or another preference.

        The usage price may be among the inputs, and is fixed then.
        """
        given = {"inputs": inputs, "open": open, "preference": preference}
        changes = {name: value for name, value in given.items() if value is not None}
        varied = Deal(self.pricing, self.request.model_copy(update=changes), self.solver)
        if preference is None:
            varied.facts = self.facts  # of which the preference is one
        return varied

    @property
    def denomination(self) -> PlanDenomination:
        """What the numbers of its plan are in."""
        return self.pricing.price_book.catalog.denomination(self.offer.configuration)

    @property
    def has_draws(self) -> bool:
        """Whether it is known how sure the profile is."""
        return self.offer.profile.draws is not None

    def shown(self, field: str) -> str:
        """A field as people and results name it."""
        return shown_field(field, is_card=self.offer.configuration.is_card)

    @property
    def asks_price(self) -> bool:
        """Whether the usage price is asked for, and not to be solved."""
        return PRICE in self.request.inputs

    @property
    def asked_price(self) -> dict[str, Value]:
        """The price that is asked for, by its field; empty if none is."""
        return {name: value for name, value in self.request.inputs.items() if name == PRICE}

    @cached_property
    def unasked(self) -> Deal:
        """The same deal with the usage price left to the solver."""
        if not self.asks_price:
            return self
        inputs = {name: value for name, value in self.request.inputs.items() if name != PRICE}
        # The least commitment is that for an asked price: without one there is none to aim at.
        least = self.request.preference == "least_commitment"
        return self.varied(inputs=inputs, preference="lower_usage_price" if least else None)

    @property
    def levels(self) -> int:
        """The highest approval level; level 0 is self-serve."""
        return self.pricing.policy.levels

    @property
    def usable_level(self) -> int:
        """The highest level that the request accepts."""
        return self.levels if self.request.approval_mode == "allow_approval" else 0

    @property
    def conditions(self) -> Mapping[str, Expression]:
        """All rules for this configuration and profile, but warnings."""
        return self.offer.conditions

    @cached_property
    def folded(self) -> Settled:
        """What does not depend on what is to be chosen."""
        parts = self.offer.dependence(self.space.chosen)
        return folded(parts, self.conditions, {**self.offer.bindings, **self.space.fixed})

    @cached_property
    def problem(self) -> Problem:
        """All rules but warnings, each under its own literal."""
        bindings, choices = self.space.bindings(self.offer), self.space.choices
        return Problem(bindings, self.conditions, choices, self.solver, self.folded)

    def is_lost(self, in_force: Iterable[str]) -> bool:
        """Whether some rule in force fails whatever is chosen."""
        truths = self.folded.conditions
        return any(truths.get(name) is False for name in in_force)

    def in_force(self, level: int | None = None) -> tuple[str, ...]:
        """The rules that a level cannot waive, by default the highest that the request accepts."""
        return self.offer.in_force(self.usable_level if level is None else level)
