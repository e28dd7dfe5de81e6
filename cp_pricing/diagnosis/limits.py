"""What the limits of rules cost: relief, and the next step; how a limit is moved."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import NotAGoalError, Optimal, Problem
from constraints.cpsat.quotients import as_quotient, greatest
from constraints.language.expressions import (
    ZERO,
    Arithmetic,
    ArithmeticOperator,
    Comparison,
    ComparisonOperator,
    Expression,
    Implication,
    Number,
    Value,
    names,
)
from cp_pricing.decision.ladder import Answer, answer_of
from cp_pricing.diagnosis.blocking import BETTER, better_than
from cp_pricing.fields import CONFIDENCE
from cp_pricing.results import NextStep, Outcome

if TYPE_CHECKING:
    from constraints.language.evaluation import Environment
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.deal import Deal

_MOVED, _DEFINED = "@moved", "@defined"
_DIGITS = 4


def best_without(deal: Deal, rule: str) -> Answer | None:
    """The best answer without a rule (an id), all others in force; `None` if there is none."""
    kept = [name for name in deal.in_force() if name != rule]
    result = deal.problem.best(kept, deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else None


def relief(deal: Deal, rule: CheckedRule) -> Outcome | None:
    """What could be had without a rule."""
    answer = best_without(deal, rule.id)
    return None if answer is None else answer.outcome


@dataclass(frozen=True)
class Limit:
    """A rule's one comparison, as `slack >= 0` in the rule's own unit."""

    operator: ComparisonOperator
    left: Expression
    right: Expression

    @property
    def slack(self) -> Expression:
        """How much room there is, as an expression."""
        sides = (self.left, self.right)
        above, below = sides if self.operator in {">=", ">"} else sides[::-1]
        return Arithmetic("-", above, below)

    def moved(self, room: Fraction) -> Comparison:
        """The comparison with its right side moved so that slack `-room` still passes."""
        sign: ArithmeticOperator = "-" if self.operator in {">=", ">"} else "+"
        operator: ComparisonOperator = ">=" if self.operator in {">=", ">"} else "<="
        return Comparison(operator, self.left, Arithmetic(sign, self.right, Number(room)))


def limit_of(rule: CheckedRule) -> Limit | None:
    """The limit of a rule that is one inequality; `None` for any other rule."""
    node = rule.require
    if not isinstance(node, Comparison) or node.operator in {"==", "!="}:
        return None
    return Limit(node.operator, node.left, node.right)


class Moves:
    """Moves of one rule's limit, the other rules in force at the highest usable level."""

    def __init__(self, deal: Deal, rule: CheckedRule, limit: Limit) -> None:
        self.deal, self.rule, self.limit = deal, rule, limit
        self.others = [name for name in deal.in_force() if name != rule.id]
        self.bindings = deal.space.bindings(deal.offer)

    def _problem(
        self,
        extra: dict[str, Expression],
        changed: Environment | None = None,
    ) -> Problem:
        conditions = {name: self.deal.conditions[name] for name in self.others}
        bindings = {**self.bindings, **(changed or {})}
        choices, solver = self.deal.space.choices, self.deal.solver
        return Problem(bindings, {**conditions, **extra}, choices, solver)

    def smallest(self, wanted: Expression | None) -> Fraction | None:
        """The least move that admits an answer (one that is wanted); `None` if none is known."""
        extra = {} if wanted is None else {BETTER: wanted}
        below = as_quotient(self.limit.slack, self.bindings)[1]
        if below is not None:
            # A move of the limit changes nothing where a ratio has no value.
            extra[_DEFINED] = Comparison(">", below, ZERO)
        problem = self._problem(extra)
        most = greatest(problem, (*self.others, *extra), self.limit.slack, self.bindings)
        # What the greatest slack lacks to zero is the move; where it has room there is none.
        return max(Fraction(0), -most[0]) if isinstance(most, tuple) else None

    @cached_property
    def fixed(self) -> Fraction | None:
        """The right side, if it is a number or a parameter: the same for every deal."""
        if names(self.limit.right) <= self.deal.pricing.price_book.policy.parameters.keys():
            return self.deal.offer.evaluator(self.deal.space.fixed).number(self.limit.right)
        return None

    def after(self, right: Fraction, room: Fraction) -> Fraction:
        """A right side after the move."""
        return right - room if self.limit.operator in {">=", ">"} else right + room

    def written(self, least: Fraction) -> Fraction:
        """The least move, made a little larger so that the new limit has few digits."""
        if not least:
            return least
        # Always rounded outward: what the least move admits, the written one must admit, too.
        step, right = _step_of(least), self.fixed
        # Where the right side is a number it is that number which shall have few digits.
        if right is None:
            return -(-least // step) * step
        if self.limit.operator in {">=", ">"}:
            return right - (right - least) // step * step
        return -(-(right + least) // step) * step - right

    def best_with_improvement(self, room: Fraction) -> Answer | None:
        """The best answer once less improvement is asked for, wherever that is mentioned."""
        required = self.deal.offer.reference.required - room
        names_of_it = {"required_ltv", "baseline.required_ltv"} & self.bindings.keys()
        # Of every draw as much less is required.
        confidence = self.deal.offer.confidence.lowered(room).expression
        changed: dict[str, Expression | Value] = {CONFIDENCE: confidence}
        changed |= dict.fromkeys(names_of_it, required)
        return self.best_under(self.rule.require, changed)

    def best_under(self, moved: Expression, changed: Environment | None = None) -> Answer | None:
        """The best answer with another condition in the rule's place, and some names changed."""
        if self.rule.when is not None:
            moved = Implication(self.rule.when, moved)
        result = self._problem({_MOVED: moved}, changed).best(
            (*self.others, _MOVED), self.deal.goals
        )
        return answer_of(self.deal, result) if isinstance(result, Optimal) else None


def next_step(deal: Deal, rule: CheckedRule, answer: Answer) -> NextStep | None:
    """The smallest move of a binding rule's limit that buys a better answer, re-solved."""
    limit = limit_of(rule)
    if limit is None or deal.solver.is_late:
        return None
    moves = Moves(deal, rule, limit)
    try:
        room = moves.smallest(better_than(deal, answer))
        better = None if room is None else moves.best_under(limit.moved(room))
    except (NotAGoalError, NoModelError):
        return None  # a ratio that cannot be a goal: the relief still says what the rule costs
    if room is None or better is None:
        return None
    right = better.evaluator.number(limit.right)
    if right is None:
        return None
    return NextStep(limit=moves.after(right, room), change=room, buys=better.outcome)


def _step_of(room: Fraction) -> Fraction:
    """The power of ten that leaves a number a few digits."""
    step = Fraction(1)
    while room / step >= 10**_DIGITS:
        step *= 10
    while room / step < 10 ** (_DIGITS - 1):
        step /= 10
    return step
