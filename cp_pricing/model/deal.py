"""One request against its offer: what is fixed, what is to be chosen, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.optimisation import Goal, Problem, Settled
from constraints.cpsat.solving import Solver
from constraints.language.domains import Domain
from constraints.language.expressions import (
    ZERO,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Name,
    Not,
    Number,
    Value,
)
from cp_pricing.fields import FIELDS, LIFETIME_VALUE, PRICE
from cp_pricing.model.folding import folded

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing
    from cp_pricing.results import Preference

# The values that a field may take: of a number as a domain, of yes or no one by one.
FieldValues: TypeAlias = "Domain | tuple[Value, ...]"
_ONE = Number(Fraction(1))
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
        """The fields to be chosen, in field order."""
        return tuple(name for name in FIELDS if name in self.domains or name in self.choices)

    def bindings(self, offer: Offer) -> dict[str, Expression | Value | Domain]:
        """The value, expression or domain of every name, but for yes or no to be chosen."""
        return {**offer.bindings, **self.fixed, **self.domains}


def space_of(offer: Offer, inputs: Mapping[str, Value], opened: Sequence[str]) -> Space:
    """The usage price and the open fields within their tunable bounds, all else fixed."""
    tunable = offer.configuration.tunable
    values = {
        name: offer.domains[name] if name in offer.domains else tuple(tunable[name].values)
        for name in (PRICE, *opened)
        if name in tunable and name not in inputs
    }
    return Space.of({**offer.canonical, **inputs}, values)


def bound_violations(offer: Offer, inputs: Mapping[str, Value]) -> tuple[str, ...]:
    """The inputs that their tunable bounds, or else the baseline's own values, do not admit."""
    tunable, own = offer.configuration.tunable, offer.canonical
    admitted = {
        name: asked in tunable[name] if name in tunable else asked == own[name]
        for name, asked in inputs.items()
    }
    return tuple(name for name, is_admitted in admitted.items() if not is_admitted)


def goals_of(offer: Offer, space: Space, preference: str) -> tuple[Goal, ...]:
    """SPEC section 4: the preference, its tie-break, fields moved, then field order."""
    wanted = [_PRICE_GOAL, _LTV_GOAL]
    if preference == "seller_ltv":
        wanted.reverse()
    opened = [name for name in space.chosen if name != PRICE]
    if not opened:
        return tuple(wanted) if preference == "seller_ltv" else (_PRICE_GOAL,)
    moved = [Conditional(differs(name, offer.canonical[name]), _ONE, ZERO) for name in opened]
    total: Expression = moved[0]
    for term in moved[1:]:
        total = Arithmetic("+", total, term)
    return (*wanted, Goal(total), *(Goal(_as_number(name, space)) for name in opened))


def differs(name: str, value: Value) -> Expression:
    """Whether a field has another value than a given one."""
    if isinstance(value, bool):
        return Not(Name(name)) if value else Name(name)
    return Comparison("!=", Name(name), Number(value))


def _as_number(name: str, space: Space) -> Expression:
    return Conditional(Name(name), _ONE, ZERO) if name in space.choices else Name(name)


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
        return Deal(self.pricing, self.request.model_copy(update=changes), self.solver)

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
