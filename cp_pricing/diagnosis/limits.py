"""What the limits of rules cost: relief, and the next step; how a limit is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

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
from constraints.lines.claims import proved
from cp_pricing.decision.ladder import Answer, Step, answer_of
from cp_pricing.decision.price_lines import OverPrices, attempted, read_off
from cp_pricing.diagnosis.blocking import BETTER, better_than
from cp_pricing.fields import CONFIDENCE
from cp_pricing.results import NextStep, Outcome

if TYPE_CHECKING:
    from constraints.language.evaluation import Environment
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.deal import Deal

_MOVED, _DEFINED = "@moved", "@defined"
_DIGITS = 4


class Cost(NamedTuple):
    """What a rule costs: what could be had without it, and the next step of its limit."""

    relief: Outcome | None
    next_step: NextStep | None = None


def costs(
    deal: Deal, rules: Sequence[CheckedRule], answer: Answer | None = None
) -> dict[str, Cost]:
    """What each of some rules costs, next steps only where they are to better an answer."""
    read = _read_costs(deal, rules, answer)
    return {
        rule.id: read.get(rule.id)
        or Cost(relief(deal, rule), next_step(deal, rule, answer) if answer else None)
        for rule in rules
    }


def _read_costs(
    deal: Deal, rules: Sequence[CheckedRule], answer: Answer | None
) -> Mapping[str, Cost]:
    """The costs that can be read off lines over the prices, all proved in one solve."""

    def read(prices: OverPrices) -> Mapping[str, Cost] | None:
        found = {rule.id: attempted(partial(_cost, deal, prices, rule, answer)) for rule in rules}
        if not all(proved(list(prices.claims), deal.solver)):
            return None
        return {rule: cost for rule, cost in found.items() if cost is not None}

    return (read_off(deal, read) if rules else None) or {}


def _cost(deal: Deal, prices: OverPrices, rule: CheckedRule, answer: Answer | None) -> Cost:
    others = [name for name in deal.in_force() if name != rule.id]
    without = prices.best(others)
    had = without.outcome if isinstance(without, Answer) else None
    limit = limit_of(rule) if answer else None
    if limit is None or answer is None:
        return Cost(had)
    room = prices.smallest_move(rule, limit.slack, others, answer)
    better = None if room is None else prices.best_after(rule, limit.slack, others, room)
    return Cost(had, _step_to(limit, room, better))


def best_without(deal: Deal, rule: str) -> Answer | None:
    """The best answer without a rule (an id), all others in force; `None` if there is none."""
    kept = [name for name in deal.in_force() if name != rule]
    result = deal.problem.best(kept, deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else None


def relief(deal: Deal, rule: CheckedRule) -> Outcome | None:
    """What could be had without a rule."""
    answer = best_without(deal, rule.id)
    return None if answer is None else answer.outcome


class Limit(NamedTuple):
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

    def after(self, right: Fraction, room: Fraction) -> Fraction:
        """A right side after the move."""
        return right - room if self.operator in {">=", ">"} else right + room


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
    return _step_to(limit, room, better)


def _step_to(limit: Limit, room: Fraction | None, better: Step | None) -> NextStep | None:
    """A move of a limit and the answer that it buys."""
    if room is None or not isinstance(better, Answer):
        return None
    right = better.evaluator.number(limit.right)
    if right is None:
        return None
    return NextStep(limit=limit.after(right, room), change=room, buys=better.outcome)


def _step_of(room: Fraction) -> Fraction:
    """The power of ten that leaves a number a few digits."""
    step = Fraction(1)
    while room / step >= 10**_DIGITS:
        step *= 10
    while room / step < 10 ** (_DIGITS - 1):
        step /= 10
    return step
