"""Proven exact optima of named conditions: CP-SAT proposes, the exact evaluator disposes.

The integer model never loses an exactly feasible assignment, but a rounded row may admit one that
is infeasible by a hair. Every proposal is therefore evaluated exactly; one that breaks a condition
is cut off under that condition's literal, and the search goes on. What is returned is the optimum
of exact rational arithmetic.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from constraints.cpsat.compilation import Bindings, Case, Compiler
from constraints.cpsat.integer_model import (
    TRUE,
    IntegerModel,
    Literal,
    NumericOverflow,
    negated,
    power_below,
)
from constraints.cpsat.linear import Linear
from constraints.cpsat.solving import Infeasible, Objective, Solution, Solver, Unknown
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Expression, Truth, Value, names

Assignment: TypeAlias = Mapping[str, Value]

MAXIMUM_CUTS = 2_000
_OBJECTIVE_REACH = 1 << 42
_SINGLE_CUTS = 8  # of one condition, before it is found out what they have in common
_WAYS_TRIED = 1_000


class NotAGoalError(Exception):
    """A number that cannot be a goal: a ratio of chosen names, or one without a value."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to be made as large (or as small) as possible."""

    expression: Expression
    maximise: bool = False


@dataclass(frozen=True, slots=True)
class Optimal:
    """The proven optimum: a value for every chosen name, and the value of every goal.

    `evaluator` is the one that has confirmed it, with all that it has worked out.
    """

    assignment: Assignment
    goals: tuple[Fraction, ...]
    evaluator: Evaluator = field(compare=False, repr=False)


Result: TypeAlias = Optimal | Infeasible | Unknown


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A goal as an integer variable that a proposal pushes up to `scale` times `value - base`.

    For an exact goal the variable is missing and `exact` is the objective itself.
    """

    cases: tuple[Case, ...]
    exact: Objective | None
    variable: int = 0
    scale: Fraction = Fraction(1)
    base: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class _Reached:
    """A goal and a value of it, its sign turned so that more is better."""

    goal: Goal
    scaled: _Scaled = field(compare=False)
    value: Fraction

    def is_missed(self, evaluator: Evaluator) -> bool:
        """Whether an assignment has another value of the goal."""
        return _exact(self.goal, evaluator) != self.value


@dataclass(frozen=True, slots=True)
class _Class:
    """All solutions in which some literals and variables have the same values."""

    guards: tuple[Literal, ...]
    values: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """Names and conditions whose values follow from what is fixed, so nothing is compiled for them.

    The certificate does not rest on it: every proposal is evaluated from the bindings.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)


_NOTHING_SETTLED = Settled()


class Problem:
    """Named conditions over the names to be chosen, compiled once and solved many times.

    `bindings` gives every name a value, an expression or a `Domain`; `choices` are conditions to
    be chosen. Raises `NumericOverflow`, naming the condition, where 64 bits do not suffice.
    """

    def __init__(
        self,
        bindings: Bindings,
        conditions: Mapping[str, Expression],
        choices: Sequence[str] = (),
        solver: Solver | None = None,
        settled: Settled = _NOTHING_SETTLED,
    ) -> None:
        self.solver = solver or Solver()
        self._settled = settled
        self.conditions = conditions
        self._bindings = bindings
        self._choices = choices
        self._values = {
            name: bound for name, bound in bindings.items() if not isinstance(bound, Domain)
        }
        self._compiler = Compiler({**bindings, **settled.values}, choices)
        self._goals: dict[Goal, _Scaled] = {}
        self.literals = {name: self._compiled(name) for name in conditions}
        self._supports: dict[str, frozenset[str]] = {}

    def restricted(self, names: Iterable[str]) -> Problem:
        """The same problem with some of its conditions only, for many quick questions on them."""
        conditions = {name: self.conditions[name] for name in names}
        return Problem(self._bindings, conditions, self._choices, self.solver)

    def _compiled(self, name: str) -> Literal:
        literal = self._compiler.model.boolean()
        try:
            known = self._settled.conditions.get(name)
            condition = self.conditions[name] if known is None else Truth(known)
            self._compiler.enforce(condition, (literal,))
        except NumericOverflow as overflow:
            msg = f"`{name}` needs {overflow}"
            raise NumericOverflow(msg) from None
        return literal

    @property
    def model(self) -> IntegerModel:
        """The integer model behind it, for inspection and export."""
        return self._compiler.model

    @property
    def variables(self) -> Mapping[str, int]:
        """The integer variable of every chosen name."""
        return self._compiler.variables

    def evaluator(self, assignment: Assignment) -> Evaluator:
        """The exact evaluator of an assignment."""
        return Evaluator({**self._values, **assignment})

    def best(
        self,
        in_force: Iterable[str],
        goals: Sequence[Goal],
        soft: Collection[str] = (),
        any_of: Sequence[Collection[str]] = (),
    ) -> Result:
        """The exact optimum under some conditions, goals in order of importance.

        With `soft` conditions the most important goal is to meet as many of them as possible. Of
        each group in `any_of` at least one condition must hold.
        Raises KeyError for a name that no condition has.
        """
        kept = frozenset(in_force)
        if unknown := sorted(kept - self.conditions.keys()):
            raise KeyError(unknown[0])
        scaled = [self._scaled(goal) for goal in goals]
        free = frozenset(soft).union(*any_of) - kept
        fixed = {
            literal: name in kept for name, literal in self.literals.items() if name not in free
        }
        model = self.model.copy()
        for group in any_of:
            model.clause(self.literals[name] for name in group)
        search = _Search(self, model, fixed)
        if not soft:
            return search.run(goals, scaled)
        return search.run_soft([self.literals[name] for name in soft], goals, scaled)

    def refuted(
        self, names: Iterable[str], any_of: Sequence[Collection[str]] = ()
    ) -> Optimal | Infeasible | Unknown:
        """`Infeasible` if both settings of presolve prove that nothing meets some conditions.

        `Optimal` is an assignment that meets them; of each group in `any_of` one must hold.
        """
        wanted = tuple(names)
        result = self.best(wanted, (), any_of=any_of)
        if not isinstance(result, Infeasible):
            return result
        with self.solver.other_presolve():
            again = self.best(wanted, (), any_of=any_of)
        return again if isinstance(again, Infeasible) else Unknown("not proved a second time")

    def support(self, name: str) -> frozenset[str]:
        """The chosen names that a condition depends on."""
        known = self._supports.get(name)
        if known is None:
            known = self._supports[name] = self._reached(self.conditions[name])
        return known

    def _reached(self, expression: Expression) -> frozenset[str]:
        seen: set[str] = set()
        waiting = list(names(expression))
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            bound = self._bindings.get(name)
            if bound is not None and not isinstance(bound, bool | Fraction | Domain):
                waiting += names(bound)
        return frozenset(seen & self.variables.keys())

    def decisive(self, name: str, assignment: Assignment) -> frozenset[str]:
        """Chosen names whose values alone break a condition, the others being what they may.

        Found by trying: each name is left out for whose values, with those of the names left out
        before, the condition fails every time, as long as there are not too many.
        """
        condition, kept = self.conditions[name], self.support(name)
        ways = 1
        for chosen in sorted(kept, key=lambda one: (self._count(one), one)):
            more = ways * self._count(chosen)
            if more > _WAYS_TRIED:
                break
            left_out = sorted((self.support(name) - kept) | {chosen})
            if not any(
                self.evaluator({**assignment, **dict(zip(left_out, values, strict=True))}).truth(
                    condition
                )
                for values in itertools.product(*map(self._choices_of, left_out))
            ):
                kept -= {chosen}
                ways = more
        return kept

    def _choices_of(self, name: str) -> Iterable[Value]:
        bound = self._bindings.get(name)
        return bound.values() if isinstance(bound, Domain) else (False, True)

    def _count(self, name: str) -> int:
        bound = self._bindings.get(name)
        return len(bound) if isinstance(bound, Domain) else 2

    def decode(self, values: Sequence[int]) -> dict[str, Value]:
        """The assignment that a solution stands for."""
        found: dict[str, Value] = {}
        for name, variable in self.variables.items():
            bound = self._bindings.get(name)
            index = values[variable]
            found[name] = bound.value(index) if isinstance(bound, Domain) else bool(index)
        return found

    def _scaled(self, goal: Goal) -> _Scaled:
        known = self._goals.get(goal)
        if known is None:
            try:
                known = self._goals[goal] = self._scale(goal)
            except NumericOverflow as overflow:
                msg = f"a goal needs {overflow}"
                raise NumericOverflow(msg) from None
        return known

    def _scale(self, goal: Goal) -> _Scaled:
        cases = self._compiler.number(goal.expression)
        if any(case.factors for case in cases):
            msg = "a ratio of chosen names cannot be a goal"
            raise NotAGoalError(msg)
        if not goal.maximise:
            cases = tuple(replace(case, numerator=-case.numerator) for case in cases)
        if len(cases) == 1:
            form = cases[0].numerator
            coefficients, _, exact = self.model.integral(form.shifted(-form.constant))
            variables = tuple(form.weights)
            # A rounded row elsewhere may leave a literal undecided that the form rests on.
            if exact and (self.model.exact or set(variables) <= set(self.variables.values())):
                return _Scaled(cases, Objective(variables, coefficients))
        return self._bounded_from_above(cases)

    def _bounded_from_above(self, cases: tuple[Case, ...]) -> _Scaled:
        """A variable that can reach the scaled value of the goal, rounded up if at all."""
        base = min(case.numerator.low for case in cases)
        forms = [case.numerator.shifted(-base) for case in cases]
        reach = max(self.model.reach(form) for form in forms) or Fraction(1)
        scale = power_below(_OBJECTIVE_REACH / reach)
        high = max(math.ceil(form.high * scale) for form in forms)
        variable = self.model.variable(0, high)
        stands = Linear.variable(variable, 0, high, 1 / scale)
        for case, form in zip(cases, forms, strict=True):
            self.model.require(form - stands, case.guards)
        return _Scaled(cases, None, variable, scale, base)


@dataclass(slots=True)
class _Candidate:
    """A proposal that the exact evaluator has confirmed."""

    values: Sequence[int]
    assignment: Assignment
    evaluator: Evaluator


class _Search:
    """One lexicographic search; its model grows with cuts and with the goals already reached."""

    def __init__(
        self,
        problem: Problem,
        model: IntegerModel,
        fixed: Mapping[Literal, bool],
        reached: tuple[_Reached, ...] = (),
    ) -> None:
        self._problem = problem
        self._model = model
        self._fixed = fixed
        self._reached = reached
        self._sharp: set[tuple[_Reached, bool]] = set()
        self._cuts: Counter[str] = Counter()

    def run(self, goals: Sequence[Goal], scaled: Sequence[_Scaled]) -> Result:
        """The best assignment, by the first goal, then the next among its optima, and so on."""
        if not goals:
            found = self._propose(None)
            return _optimal(found, ()) if isinstance(found, _Candidate) else found
        found = self._best(goals[0], scaled[0])
        if not isinstance(found, _Candidate):
            return found
        if len(goals) == 1 or self._is_only_choice(scaled[0].exact):
            return _optimal(found, goals)
        self._settle(_Reached(goals[0], scaled[0], _exact(goals[0], found.evaluator)))
        return _with(found, goals[0], self.run(goals[1:], scaled[1:]))

    def run_soft(
        self, soft: Sequence[Literal], goals: Sequence[Goal], scaled: Sequence[_Scaled]
    ) -> Result:
        """As `run`, after as many soft literals as possible have been made true."""
        count = Objective(tuple(soft), (1,) * len(soft))
        found = self._propose(count)
        if not isinstance(found, _Candidate):
            return found
        if not goals:
            return _optimal(found, ())
        met = sum(found.values[literal] for literal in soft)
        self._model.require(Linear(dict.fromkeys(soft, 1), -met, -met, len(soft) - met))
        return self.run(goals, scaled)

    def _is_only_choice(self, objective: Objective | None) -> bool:
        """Whether an objective's optimum leaves no name to be chosen."""
        chosen = tuple(self._problem.variables.values())
        return objective is not None and len(chosen) == 1 and objective.variables == chosen

    def _best(self, goal: Goal, scaled: _Scaled) -> _Candidate | Infeasible | Unknown:
        """A candidate with the exactly best value of a goal.

        Where the goal is rounded, each round asks for another class of solutions that may be
        better than the best so far; it ends when there is none.
        """
        if scaled.exact is not None:
            return self._propose(scaled.exact)
        search = _Search(self._problem, self._model.copy(), self._fixed, self._reached)
        best: _Reached | None = None
        leader: _Candidate | None = None
        for _ in range(MAXIMUM_CUTS):
            found = search._propose(Objective((scaled.variable,), (1,)))
            if not isinstance(found, _Candidate):
                return leader if leader and isinstance(found, Infeasible) else found
            candidate = _Reached(goal, scaled, _exact(goal, found.evaluator))
            if best is None or candidate.value > best.value:
                best, leader = candidate, found
                search.at_least(best)
            else:
                search.sharpen(best, strict=True)
            search.exclude(search.class_of(candidate, found.values))
        return Unknown("too many assignments are equal to within the solver's precision")

    def _settle(self, reached: _Reached) -> None:
        """Keep only solutions that may have the value reached; `_propose` sees to the rest."""
        self._reached = (*self._reached, reached)
        if reached.scaled.exact is None:
            self.at_least(reached)
        else:
            self.sharpen(reached)

    def at_least(self, reached: _Reached) -> None:
        """Keep only solutions whose rounded goal is not below the value reached."""
        scaled = reached.scaled
        least = math.floor((reached.value - scaled.base) * scaled.scale)
        form = Linear.variable(scaled.variable, *self._model.bounds(scaled.variable))
        self._model.require(form.shifted(Fraction(-least)))

    def sharpen(self, reached: _Reached, *, strict: bool = False) -> None:
        """Keep only solutions with (when strict, above) the value reached, as far as rows can."""
        if (reached, strict) in self._sharp:
            return
        self._sharp.add((reached, strict))
        for case in reached.scaled.cases:
            form = case.numerator.shifted(-reached.value)
            if strict:
                self._model.require(form, case.guards, strict=True)
            else:
                self._model.require_zero(form, case.guards)

    def class_of(self, reached: _Reached, values: Sequence[int]) -> _Class:
        """All solutions that have the same value of a goal for the same reason as this one.

        If a rounded row has left a literal with the wrong value, the assignment is alone.
        """
        cases = reached.scaled.cases
        case = next(case for case in cases if _holds(case.guards, values))
        if case.numerator.value(values) == reached.value:
            return _Class(case.guards, {v: values[v] for v in case.numerator.weights})
        return _Class((), {v: values[v] for v in self._problem.variables.values()})

    def exclude(self, members: _Class, guards: Iterable[Literal] = ()) -> None:
        """Keep only the solutions that are not of a class."""
        differences = [self._differs(v, value) for v, value in members.values.items()]
        held = (*members.guards, *guards)
        self._model.clause([*differences, *(negated(guard) for guard in held)])

    def _differs(self, variable: int, value: int) -> Literal:
        if self._model.bounds(variable) == (0, 1):
            return negated(variable) if value else variable
        literal = self._model.boolean()
        self._model.differ(variable, value, (literal,))
        return literal

    def _propose(self, objective: Objective | None) -> _Candidate | Infeasible | Unknown:
        """The solver's optimum that the exact evaluator confirms."""
        for _ in range(MAXIMUM_CUTS):
            outcome = self._problem.solver.solve(self._model, objective, self._fixed)
            if not isinstance(outcome, Solution):
                return outcome
            assignment = self._problem.decode(outcome.values)
            evaluator = self._problem.evaluator(assignment)
            broken = self._broken(outcome.values, evaluator)
            missed = [goal for goal in self._reached if goal.is_missed(evaluator)]
            if not broken and not missed:
                return _Candidate(outcome.values, assignment, evaluator)
            for name in broken:
                self._cut(name, outcome.values, assignment)
            for reached in missed:
                self._miss(reached, outcome.values, evaluator)
        return Unknown("the exact check refused too many of the solver's answers")

    def _miss(self, reached: _Reached, values: Sequence[int], evaluator: Evaluator) -> None:
        """Cut off assignments that do not have the value of a goal that has been reached."""
        self.sharpen(reached)
        here = replace(reached, value=_exact(reached.goal, evaluator))
        self.exclude(self.class_of(here, values))

    def _broken(self, values: Sequence[int], evaluator: Evaluator) -> list[str]:
        problem = self._problem
        return [
            name
            for name, literal in problem.literals.items()
            if self._claimed(literal, values) and not evaluator.truth(problem.conditions[name])
        ]

    def _claimed(self, literal: Literal, values: Sequence[int]) -> bool:
        return self._fixed.get(literal, bool(values[literal]))

    def _cut(self, name: str, values: Sequence[int], assignment: Assignment) -> None:
        """Cut off an assignment under the literal of a condition that it breaks.

        If there is no end to it, all assignments with that in common which breaks the condition.
        """
        problem = self._problem
        self._cuts[name] += 1
        wider = self._cuts[name] > _SINGLE_CUTS
        common = problem.decisive(name, assignment) if wider else problem.support(name)
        variables = [problem.variables[chosen] for chosen in sorted(common)]
        point = _Class((), {variable: values[variable] for variable in variables})
        self.exclude(point, guards=(problem.literals[name],))


def _holds(guards: Iterable[Literal], values: Sequence[int]) -> bool:
    return all(values[g] if g >= 0 else not values[negated(g)] for g in guards if g != TRUE)


def _exact(goal: Goal, evaluator: Evaluator) -> Fraction:
    """The value of a goal, its sign turned so that more is better."""
    value = evaluator.number(goal.expression)
    if value is None:
        msg = "a goal has a zero denominator"
        raise NotAGoalError(msg)
    return value if goal.maximise else -value


def _optimal(found: _Candidate, goals: Sequence[Goal]) -> Optimal:
    values = tuple(_exact(goal, found.evaluator) for goal in goals)
    signed = tuple(v if g.maximise else -v for g, v in zip(goals, values, strict=True))
    return Optimal(found.assignment, signed, found.evaluator)


def _with(found: _Candidate, goal: Goal, rest: Result) -> Result:
    if not isinstance(rest, Optimal):
        return rest
    value = _exact(goal, found.evaluator)
    return replace(rest, goals=(value if goal.maximise else -value, *rest.goals))
