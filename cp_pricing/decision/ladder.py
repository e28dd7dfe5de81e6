"""The approval ladder: the proven best answer of every approval level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import Goal, Optimal
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import ONE, ZERO, Conditional, Name, Value
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.results import Outcome
from cp_pricing.terms import priced

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal

_LTV_GOAL = Goal(Name(LIFETIME_VALUE), maximise=True)


@dataclass(frozen=True)
class Answer:
    """A certified configuration: its fields, its LTV and the rules it breaks, if waived."""

    fields: Mapping[str, Value]
    evaluator: Evaluator
    price: Fraction
    ltv: Fraction
    broken: tuple[str, ...]

    is_card: bool = False

    @property
    def outcome(self) -> Outcome:
        """Its price and its LTV."""
        return Outcome(**priced(self.price, is_card=self.is_card), ltv=self.ltv)


Step: TypeAlias = Answer | Infeasible | Unknown


def answer_of(deal: Deal, optimum: Optimal) -> Answer:
    """The exact reading of a proven optimum."""
    return _read(deal, {**deal.space.fixed, **optimum.assignment}, optimum.evaluator)


def judged(deal: Deal) -> Answer:
    """The exact reading of a deal in which nothing is left to be chosen."""
    return _read(deal, deal.space.fixed, deal.offer.evaluator(deal.space.fixed))


def _read(deal: Deal, fields: Mapping[str, Value], evaluator: Evaluator) -> Answer:
    conditions = deal.conditions
    broken = tuple(name for name in conditions if not evaluator.truth(conditions[name]))
    ltv = evaluator.number(Name(LIFETIME_VALUE))
    price, is_card = Fraction(fields[PRICE]), deal.offer.configuration.is_card
    return Answer(fields, evaluator, price, ltv or Fraction(0), broken, is_card)


def climb(deal: Deal, highest: int | None = None) -> tuple[Step, ...]:
    """The best answer of each level from self-serve up to the highest one that is asked for."""
    highest = deal.levels if highest is None else highest
    if deal.violations or deal.space.chosen:
        return climb_by(deal, lambda in_force: best_of(deal, in_force), highest)
    answer = judged(deal)  # once for all levels
    return climb_by(deal, lambda in_force: _kept_by(answer, in_force), highest)


def best_of(deal: Deal, in_force: Sequence[str]) -> Step:
    """The best answer under some rules; what leaves nothing to be chosen is only judged."""
    if deal.violations:
        return Infeasible()
    if not deal.space.chosen:
        return _kept_by(judged(deal), in_force)
    # What fails whatever is chosen needs no model.
    if deal.is_lost(in_force):
        return Infeasible()
    result = deal.problem.best(in_force, deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else result


def _kept_by(answer: Answer, in_force: Sequence[str]) -> Step:
    """An answer where nothing is left to be chosen, unless it breaks a rule in force."""
    return answer if set(answer.broken).isdisjoint(in_force) else Infeasible()


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
    # Below, more rules are in force and none fewer: what no deal meets above, none meets here.
    if isinstance(above, Infeasible):
        return above
    in_force = deal.in_force(level)
    if isinstance(above, Answer) and not set(above.broken) & set(in_force):
        return above
    return best(in_force)


def lowest_reaching(deal: Deal, steps: Sequence[Step]) -> int | None:
    """The lowest level whose answer is as good as that of the best level.

    `None` where no level has an answer, or where one that is unknown stands in the way.
    """
    best = steps[-1]
    if not isinstance(best, Answer):
        return None
    for level, step in enumerate(steps):
        # It might be as good, so no level above it can be called the lowest.
        if isinstance(step, Unknown):
            return None
        if isinstance(step, Answer) and merit(deal, step) == merit(deal, best):
            return level
    return None


def merit(deal: Deal, answer: Answer) -> tuple[Fraction, ...]:
    """What levels are compared by: an asked price alone, moves, or else the price and the LTV."""
    if deal.request.preference == "least_commitment":
        return moves_of(deal, answer)
    if deal.asks_price and deal.request.preference == "lower_usage_price":
        return (answer.price,)
    return (answer.price, answer.ltv)


def moves_of(deal: Deal, answer: Answer) -> tuple[Fraction, Fraction]:
    """How many open fields are off the baseline, and the sum of their moves."""
    number, length = (answer.evaluator.number(goal.expression) for goal in deal.goals[:2])
    return number or Fraction(0), length or Fraction(0)


def near_miss(deal: Deal) -> Answer | Unknown:
    """SPEC section 8: the configuration that breaks the fewest rules at the highest usable level.

    Under `lower_usage_price` one that is not dearer than the baseline comes first, then the one
    that is worth most.
    """
    if not deal.space.chosen:
        return judged(deal)
    # No rule keeps the price up here: the lowest one alone would be worth nothing to the seller.
    goals = (_LTV_GOAL, *deal.goals)
    if deal.request.preference == "lower_usage_price":
        goals = (Goal(Conditional(deal.offer.dearer, ONE, ZERO)), *goals)
    try:
        result = deal.problem.best((), goals, soft=deal.in_force())
    except NoModelError as none:
        return Unknown(str(none))
    if isinstance(result, Infeasible):
        return Unknown("the solver finds no terms, though no rule has to hold")
    return answer_of(deal, result) if isinstance(result, Optimal) else result
