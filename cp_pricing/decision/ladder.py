"""The approval ladder: the proven best answer of every approval level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.optimisation import Optimal
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Name, Value
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.results import Outcome

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal


@dataclass(frozen=True)
class Answer:
    """A certified configuration: its fields, its LTV and the rules it breaks, if waived."""

    fields: Mapping[str, Value]
    evaluator: Evaluator
    price: Fraction
    ltv: Fraction
    broken: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Its price and its LTV."""
        return Outcome(usage_unit_price=self.price, ltv=self.ltv)


Step: TypeAlias = Answer | Infeasible | Unknown


def answer_of(deal: Deal, optimum: Optimal) -> Answer:
    """The exact reading of a proven optimum."""
    fields = {**deal.space.fixed, **optimum.assignment}
    evaluator = optimum.evaluator
    conditions = deal.conditions
    broken = tuple(name for name in conditions if not evaluator.truth(conditions[name]))
    ltv = evaluator.number(Name(LIFETIME_VALUE))
    price = fields[PRICE]
    return Answer(fields, evaluator, Fraction(price), ltv or Fraction(0), broken)


def climb(deal: Deal, highest: int | None = None) -> tuple[Step, ...]:
    """The best answer of each level from self-serve up to the highest one that is asked for."""

    def best(in_force: Sequence[str]) -> Step:
        if deal.is_lost(in_force):
            return Infeasible()
        result = deal.problem.best(in_force, deal.goals)
        return answer_of(deal, result) if isinstance(result, Optimal) else result

    return climb_by(deal, best, deal.levels if highest is None else highest)


def climb_by(deal: Deal, best: Callable[[Sequence[str]], Step], highest: int) -> tuple[Step, ...]:
    """The ladder up to a level, by the best answer under the rules in force.

    From the top: a level whose rules the answer above keeps has the same answer, and below a level
    without any answer there is none.
    """
    steps: list[Step] = []
    above: Step | None = None
    for level in range(highest, -1, -1):
        above = _step(deal, best, level, above)
        steps.append(above)
    return tuple(reversed(steps))


def _step(
    deal: Deal, best: Callable[[Sequence[str]], Step], level: int, above: Step | None
) -> Step:
    if deal.violations:
        return Infeasible()
    # Below, more rules are in force and none fewer: what no deal meets above, none meets here.
    if isinstance(above, Infeasible):
        return above
    in_force = deal.in_force(level)
    if isinstance(above, Answer) and not set(above.broken) & set(in_force):
        return above
    return best(in_force)


def lowest_reaching(steps: Sequence[Step]) -> int | None:
    """The lowest level whose price and LTV are those of the best level.

    `None` where no level has an answer, or where one that is unknown stands in the way.
    """
    best = steps[-1]
    if not isinstance(best, Answer):
        return None
    for level, step in enumerate(steps):
        if isinstance(step, Unknown):
            return None
        if isinstance(step, Answer) and (step.price, step.ltv) == (best.price, best.ltv):
            return level
    return None


def near_miss(deal: Deal) -> Answer | None:
    """The configuration that breaks the fewest rules in force at the request's highest level."""
    result = deal.problem.best((), deal.goals, soft=deal.in_force())
    return answer_of(deal, result) if isinstance(result, Optimal) else None
