"""The approval ladder: the proven best answer of every approval level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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


class Answer(NamedTuple):
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
Steps: TypeAlias = tuple[Step, ...]


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


def climb(deal: Deal, highest: int, opened: Steps = ()) -> Steps:
    """The best answer of each level from self-serve up to the highest one that is asked for.

    `opened` is the ladder with an asked price left to the solver, where there is one: what it
    proves of that price needs no other proof.
    """
    judge = cache(judged)  # once for all levels

    def best(level: int) -> Step:
        told = _told(deal, opened[level]) if opened else None
        return told or best_of(deal, deal.in_force(level), judge)

    return climb_by(deal, best, highest)


def _told(deal: Deal, opened: Step) -> Step | None:
    """What a level's best answer with the price left open proves of the price that is asked for."""
    preference, price = deal.request.preference, deal.request.inputs[PRICE]
    # Another preference is another fact to the rules, so that nothing can be said.
    if isinstance(opened, Unknown) or deal.unasked.request.preference != preference:
        return None
    if isinstance(opened, Infeasible):
        return opened
    if opened.price == price:
        return opened  # the best at any price, so the best at this one
    # Above the lowest price that may be there can be others that may not.
    is_below = preference == "lower_usage_price" and price < opened.price
    return Infeasible() if is_below else None


def best_of(deal: Deal, in_force: Sequence[str], judge: Callable[[Deal], Answer] = judged) -> Step:
    """The best answer under some rules; what leaves nothing to be chosen is only judged."""
    if deal.violations:
        return Infeasible()
    if not deal.space.chosen:
        answer = judge(deal)
        return answer if set(answer.broken).isdisjoint(in_force) else Infeasible()
    # What fails whatever is chosen needs no model.
    if deal.is_lost(in_force):
        return Infeasible()
    result = deal.problem.best(in_force, deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else result


def climb_by(deal: Deal, best: Callable[[int], Step], highest: int, lowest: int = 0) -> Steps:
    """The ladder from one level up to another, by the best answer of a level.

    From the top: a level whose rules the answer above keeps has the same answer, and below a level
    without any answer there is none.
    """
    steps: list[Step] = []
    above: Step | None = None
    for level in range(highest, lowest - 1, -1):
        above = _step(deal, best, level, above)
        steps.append(above)
    return tuple(reversed(steps))


def _step(deal: Deal, best: Callable[[int], Step], level: int, above: Step | None) -> Step:
    # Below, more rules are in force and none fewer: what no deal meets above, none meets here.
    if isinstance(above, Infeasible):
        return above
    if isinstance(above, Answer) and set(above.broken).isdisjoint(deal.in_force(level)):
        return above
    return best(level)


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
