"""Named conditions and goals, compiled: literals, scaled objectives, and the way back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from constraints.cpsat.cases import Cases, opposite
from constraints.cpsat.compilation import Bindings, Compiler
from constraints.cpsat.integer_model import Literal, NumericOverflow, power_below
from constraints.cpsat.linear import Linear, whole_scale
from constraints.cpsat.solving import Objective
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Expression, Truth, Value
from constraints.language.ranges import Box, Ranges
from constraints.language.resting import names_behind

Assignment: TypeAlias = Mapping[str, Value]

_OBJECTIVE_REACH = 1 << 42
_WAYS_TRIED = 1_000


class NotAGoalError(Exception):
    """A number that cannot be a goal: a ratio of chosen names, or one without a value."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to be made as large (or as small) as possible."""

    expression: Expression
    maximise: bool = False

    def value(self, evaluator: Evaluator) -> Fraction:
        """The number; raises `NotAGoalError` where it has none."""
        number = evaluator.number(self.expression)
        if number is None:
            msg = "a goal has a zero denominator"
            raise NotAGoalError(msg)
        return number

    def gain(self, evaluator: Evaluator) -> Fraction:
        """The number, its sign turned so that more is better."""
        return self.value(evaluator) if self.maximise else -self.value(evaluator)


@dataclass(frozen=True, slots=True, eq=False)
class ScaledGoal:
    """A goal's gain by cases, and the objective that stands for it: `scale * (gain - base)`.

    Where that is `rounded` it is an integer variable that a solution may push up to the next whole
    number. Unless the goal is `exact` a solution may have an objective above that of its true gain.
    """

    goal: Goal
    cases: Cases
    objective: Objective
    scale: Fraction
    base: Fraction
    exact: bool = False
    rounded: bool = False

    def is_met(self, solution: Sequence[int], gain: Fraction) -> bool:
        """Whether a gain is all that a solution claims, so that no other can have more."""
        if self.rounded:  # others may have more by less than a whole number
            return False
        return self.scale * (gain - self.base) >= self.objective.value(solution)


@dataclass(frozen=True, slots=True)
class Settled:
    """Names and conditions whose values follow from what is fixed, so nothing is compiled for them.

    The certificate does not rest on it: every proposal is evaluated from the bindings.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)


class Compiled:
    """Named conditions, each as a literal of one integer model under which it holds.

    `bindings` gives every name a value, an expression or a `Domain`; `choices` are conditions to
    be chosen. A condition is compiled when it is first asked for; that raises `NumericOverflow`,
    naming it, where 64 bits do not suffice, and what `in_time` raises once the time is over.
    """

    def __init__(
        self,
        bindings: Bindings,
        conditions: Mapping[str, Expression],
        choices: Sequence[str] = (),
        settled: Settled | None = None,
        in_time: Callable[[], None] = lambda: None,
    ) -> None:
        settled = settled or Settled()
        self.conditions = dict(conditions)
        self._bindings = bindings
        self._flags = choices
        self._values = {
            name: bound for name, bound in bindings.items() if not isinstance(bound, Domain)
        }
        self._compiler = Compiler({**bindings, **settled.values}, choices, in_time)
        self._choices = self._compiler.choices
        self.lookups = self._compiler.lookups
        # Conditions that solutions have broken for what is open of stepped numbers.
        self.doubted: set[str] = set()
        self.model = self._compiler.model
        self.variables: Mapping[str, int] = self._choices.variables
        self.literals: dict[str, Literal] = {}
        self._settled = settled
        self._goals: dict[Goal, ScaledGoal] = {}
        self._supports: dict[str, frozenset[str]] = {}

    def literal(self, name: str) -> Literal:
        """The literal under which a condition holds."""
        literal = self.literals.get(name)
        if literal is None:
            literal = self.model.boolean()
            self._enforce(name, literal)
            self.literals[name] = literal
        return literal

    def _enforce(self, name: str, literal: Literal) -> None:
        try:
            holds = self._settled.conditions.get(name)
            condition = self.conditions[name] if holds is None else Truth(holds)
            # That it holds wherever the literal is true is enough: no one asks that it fails.
            self._compiler.enforce(condition, (literal,))
        except NumericOverflow as overflow:
            msg = f"`{name}` needs {overflow}"
            raise NumericOverflow(msg) from None

    def add(self, name: str, condition: Expression) -> None:
        """One more condition, which as the others is asked for by name."""
        self.conditions[name] = condition

    def evaluator(self, assignment: Assignment) -> Evaluator:
        """The exact evaluator of an assignment."""
        return Evaluator({**self._values, **assignment})

    def decode(self, solution: Sequence[int]) -> dict[str, Value]:
        """The assignment that a solution of the integer model stands for."""
        return self._choices.decode(solution)

    def has(self, assignment: Assignment) -> bool:
        """Whether an assignment gives every chosen name one of its values."""
        return self._choices.has(assignment)

    def every(self, most: int) -> Iterator[Assignment] | None:
        """Every assignment; `None` if there are more than so many."""
        return self._choices.every(most)

    def encoded(self, assignment: Assignment) -> dict[int, int]:
        """The variables' values that stand for those of some chosen names."""
        return self._choices.encoded(assignment)

    # --- what a condition rests on ------------------------------------------------------------

    def names_in(self, goals: Iterable[Goal]) -> list[str]:
        """The chosen names that some of the goals depend on."""
        behind = names_behind([goal.expression for goal in goals], self._bindings)
        return [name for name in self.variables if name in behind]

    def support(self, name: str) -> frozenset[str]:
        """The chosen names that a condition depends on."""
        support = self._supports.get(name)
        if support is None:
            behind = names_behind([self.conditions[name]], self._bindings)
            support = self._supports[name] = frozenset(behind & self.variables.keys())
        return support

    def decisive(self, name: str, assignment: Assignment) -> frozenset[str]:
        """Chosen names whose values alone break a condition, the others being what they may.

        Found by trying: each name is left out for whose values, with those of the names left out
        before, the condition fails every time, as long as there are not too many.
        """
        support = decisive = self.support(name)
        ways = 1
        # Those of few values first: then more of them are left out before the ways run out.
        for chosen in sorted(support, key=lambda one: (self._choices.count(one), one)):
            more = ways * self._choices.count(chosen)
            if more > _WAYS_TRIED:
                break
            if self._fails_always(name, assignment, (support - decisive) | {chosen}):
                decisive -= {chosen}
                ways = more
        return decisive

    def breaking(self, name: str, assignment: Assignment) -> dict[int, tuple[int, int]] | None:
        """Ranges of variables around an assignment, all of which is sure to break a condition.

        As far as ranges of numbers tell; `None` where they do not tell of the assignment itself.
        """
        # In an order of their own, for that in which sides are moved decides on the box.
        support = sorted(self.support(name))
        names = {n: bound for n, bound in self._bindings.items() if n not in support}

        def is_certain(box: Box) -> bool:
            bounds = {chosen: self._choices.between(chosen, box[chosen]) for chosen in box}
            known = {chosen: bound for chosen, bound in bounds.items() if bound is not None}
            return Ranges({**names, **known}).truth(self.conditions[name]) is False

        here = self.encoded({chosen: assignment[chosen] for chosen in support})
        return self._choices.around(support, here, is_certain)

    def _fails_always(self, name: str, assignment: Assignment, free: frozenset[str]) -> bool:
        """Whether a condition fails whatever values some names have."""
        varied = sorted(free)
        return not any(
            self.evaluator({**assignment, **dict(zip(varied, values, strict=True))}).truth(
                self.conditions[name]
            )
            for values in itertools.product(*map(self._choices.values, varied))
        )

    # --- goals --------------------------------------------------------------------------------

    def scaled(self, goal: Goal) -> ScaledGoal:
        """A goal as an objective; raises `NotAGoalError` or `NumericOverflow`."""
        scaled = self._goals.get(goal)
        if scaled is None:
            try:
                scaled = self._goals[goal] = self._scaled(goal)
            except NumericOverflow as overflow:
                msg = f"a goal needs {overflow}"
                raise NumericOverflow(msg) from None
        # A rounded row anywhere may leave a literal undecided that the form rests on.
        chosen = set(self.variables.values())
        sure = self.model.exact or chosen.issuperset(scaled.objective.variables)
        return replace(scaled, exact=sure and not scaled.rounded)

    def _scaled(self, goal: Goal) -> ScaledGoal:
        cases = self._compiler.number(goal.expression)
        if any(case.factors for case in cases):
            msg = "a ratio of chosen names cannot be a goal"
            raise NotAGoalError(msg)
        if not goal.maximise:
            cases = opposite(cases)
        if len(cases) == 1:
            form = cases[0].numerator
            # Without its constant, which no solution changes; the value is read from the evaluator.
            moving = form.shifted(-form.constant)
            coefficients, _, exact = self.model.integral(moving)
            variables = tuple(form.weights)
            if exact:
                objective = Objective(variables, coefficients)
                return ScaledGoal(goal, cases, objective, whole_scale(moving), form.constant)
        return self._bounded_from_above(goal, cases)

    def _bounded_from_above(self, goal: Goal, cases: Cases) -> ScaledGoal:
        """A variable that can reach the scaled gain in every case, rounded up if at all."""
        base = min(case.numerator.low for case in cases)
        forms = [case.numerator.shifted(-base) for case in cases]
        reach = max(self.model.reach(form) for form in forms) or Fraction(1)
        # A power of two, so that whole coefficients stay whole where it is not below one.
        scale = power_below(_OBJECTIVE_REACH / reach)
        high = max(math.ceil(form.high * scale) for form in forms)
        variable = self.model.variable(0, high)
        bound = Linear.variable(variable, 0, high, 1 / scale)
        for case, form in zip(cases, forms, strict=True):
            # The variable is maximised, so a bound from above is all that it needs.
            self.model.require(form - bound, case.guards)
        objective = Objective((variable,), (1,))
        return ScaledGoal(goal, cases, objective, scale, base, rounded=True)
