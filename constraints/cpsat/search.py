"""The search for a proven optimum: CP-SAT proposes, the exact evaluator disposes.

The integer model never loses an exactly feasible assignment, but a rounded row may admit one that
is infeasible by a hair. Every proposal is therefore evaluated exactly; one that breaks a condition
is cut off under that condition's literal, and the search goes on. What is returned is the optimum
of exact rational arithmetic.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from constraints.cpsat.cases import Guards
from constraints.cpsat.compiled import Assignment, Compiled, ScaledGoal
from constraints.cpsat.integer_model import TRUE, IntegerModel, Literal, negated
from constraints.cpsat.linear import Linear
from constraints.cpsat.solving import Infeasible, Objective, Solution, Solver, Unknown
from constraints.language.evaluation import Evaluator

MAXIMUM_CUTS = 2_000
_TOO_CLOSE = "too many assignments are equal to within the solver's precision"
_SINGLE_CUTS = 8  # of one condition, before it is found out what they have in common


@dataclass(frozen=True, slots=True)
class Optimal:
    """The proven optimum: a value for every chosen name, and the value of every goal.

    `evaluator` is the one that has confirmed it, with all that it has worked out.
    """

    assignment: Assignment
    goals: tuple[Fraction, ...]
    evaluator: Evaluator = field(compare=False, repr=False)


Result: TypeAlias = Optimal | Infeasible | Unknown


class _Candidate(NamedTuple):
    """A proposal that the exact evaluator has confirmed."""

    solution: Sequence[int]
    assignment: Assignment
    evaluator: Evaluator


_Proposal: TypeAlias = _Candidate | Infeasible | Unknown


class _Reached(NamedTuple):
    """A goal and a gain of it."""

    scaled: ScaledGoal
    gain: Fraction

    def is_missed(self, evaluator: Evaluator) -> bool:
        """Whether an assignment has another gain."""
        return self.scaled.goal.gain(evaluator) != self.gain


class _Class(NamedTuple):
    """All solutions in which some literals and variables have the same values."""

    guards: tuple[Literal, ...]
    values: Mapping[int, int]


class Search:
    """One lexicographic search; its model grows with cuts and with the goals already reached.

    `fixed` are the values of some variables, among them the literals of conditions that are to
    hold or not; the others are for the solver to choose.
    """

    def __init__(
        self,
        compiled: Compiled,
        solver: Solver,
        model: IntegerModel,
        fixed: Mapping[int, int],
        reached: tuple[_Reached, ...] = (),
    ) -> None:
        self._compiled = compiled
        self._solver = solver
        self._model = model
        self._fixed = dict(fixed)
        self._reached = reached
        self._sharpened: set[tuple[_Reached, bool]] = set()
        self._cuts: Counter[str] = Counter()

    def run(self, goals: Sequence[ScaledGoal]) -> Result:
        """The best assignment, by the first goal, then the next among its optima, and so on."""
        if not goals:
            return _result(self._propose(None), ())
        for place, goal in enumerate(goals[:-1], start=1):
            best = self._best(goal)
            # Where the last name is chosen no later goal can change anything.
            if not isinstance(best, _Candidate) or self._is_only_choice(goal):
                return _result(best, goals)
            self._settle(_Reached(goal, goal.goal.gain(best.evaluator)))
            # Few assignments have the same gains of goals that rest on so many names: to ask for
            # another takes less than to leave them open to the goals after it.
            names = self._compiled.names_in(scaled.goal for scaled in goals[:place])
            if self._is_alone(best, names):
                variables = self._compiled.variables
                if len(names) == len(variables):
                    return _result(best, goals)
                self._fixed |= {variables[name]: best.solution[variables[name]] for name in names}
        return _result(self._best(goals[-1]), goals)

    def run_soft(self, soft: Sequence[Literal], goals: Sequence[ScaledGoal]) -> Result:
        """As `run`, after as many soft literals as possible have been made true."""
        best = self._propose(Objective(tuple(soft), (1,) * len(soft)))
        if not isinstance(best, _Candidate) or not goals:
            return _result(best, ())
        # How many is kept and not which, so that the goals may choose among them.
        met = sum(best.solution[literal] for literal in soft)
        self._model.require(Linear(dict.fromkeys(soft, 1), -met, -met, len(soft) - met))
        return self.run(goals)

    def likely(self, goal: ScaledGoal) -> Result:
        """The best assignment, but for others that are better by less than the rounding."""
        return _result(self._propose(goal.objective), (goal,))

    def aim(self, goal: ScaledGoal, gain: Fraction, *, strict: bool) -> None:
        """Keep only assignments with at least (when strict, more than) some gain, as rows can."""
        for case in goal.cases:
            self._model.require(case.numerator.shifted(-gain), case.guards, strict=strict)

    def another(
        self,
        goal: ScaledGoal,
        least: Iterable[tuple[Guards, Fraction]],
        known: Iterable[Assignment],
        best: Fraction | None,
    ) -> Result:
        """An assignment apart from some, known by a few names, with a gain that is not too little.

        It may be less by a hair than the least that is asked for where some literals are true; with
        the `best` gain that there is, it has that.
        """
        if best is not None:
            self._settle(_Reached(goal, best))
        for guards, gain in least:
            self._at_least(_Reached(goal, gain), guards)
        for assignment in known:
            self._exclude(_Class((), self._compiled.encoded(assignment)))
        return _result(self._propose(None), (goal,))

    def beyond(self, goal: ScaledGoal, gain: Fraction, *, strict: bool) -> Result:
        """An assignment with at least (when strict, more than) the gain aimed at."""
        for _ in range(MAXIMUM_CUTS):
            found = self._propose(None)
            if not isinstance(found, _Candidate):
                return found
            here = _Reached(goal, goal.goal.gain(found.evaluator))
            if here.gain > gain or (here.gain == gain and not strict):
                return _result(found, (goal,))
            # A row that had to be rounded admits what misses the gain by a hair.
            self._exclude(self._class_of(here, found.solution))
        return Unknown(_TOO_CLOSE)

    def _is_only_choice(self, goal: ScaledGoal) -> bool:
        """Whether a goal's optimum leaves no name to be chosen."""
        chosen = tuple(v for v in self._compiled.variables.values() if v not in self._fixed)
        return goal.exact and len(chosen) == 1 and goal.objective.variables == chosen

    def _is_alone(self, best: _Candidate, names: Sequence[str]) -> bool:
        """Whether no other choice of some names has the gains reached; `False` if not asked.

        It is asked where at most one name is left.
        """
        variables = self._compiled.variables
        if len(variables) - len(names) > 1:
            return False
        search = Search(
            self._compiled, self._solver, self._model.copy(), self._fixed, self._reached
        )
        chosen = {variables[name]: best.solution[variables[name]] for name in names}
        search._exclude(_Class((), chosen))
        return isinstance(search._propose(None), Infeasible)

    def _best(self, goal: ScaledGoal) -> _Proposal:
        """A candidate with the exactly best value of a goal.

        Where solutions may claim too much, each round asks for another class of them that may be
        better than the best so far; it ends when there is none, or when what is claimed is true.
        """
        if goal.exact:
            return self._propose(goal.objective)
        # Its cuts are of this goal only: the goals after it may need what they take away.
        search = Search(
            self._compiled, self._solver, self._model.copy(), self._fixed, self._reached
        )
        best: _Reached | None = None
        leader: _Candidate | None = None
        for _ in range(MAXIMUM_CUTS):
            candidate = search._propose(goal.objective)
            if not isinstance(candidate, _Candidate):
                # No class is left that could be better, so the best one so far is proved.
                return leader if leader and isinstance(candidate, Infeasible) else candidate
            reached = _Reached(goal, goal.goal.gain(candidate.evaluator))
            if best is None or reached.gain > best.gain:
                best, leader = reached, candidate
                if goal.is_met(candidate.solution, best.gain):
                    return leader
                search._at_least(best)
            else:
                search._sharpen(best, strict=True)
            search._exclude(search._class_of(reached, candidate.solution))
        return Unknown(_TOO_CLOSE)

    def _settle(self, reached: _Reached) -> None:
        """Keep only solutions that may have the gain reached; `_propose` sees to the rest."""
        self._reached = (*self._reached, reached)
        if reached.scaled.rounded:
            self._at_least(reached)
        else:
            self._sharpen(reached)

    def _at_least(self, reached: _Reached, guards: Guards = ()) -> None:
        """Keep only solutions whose goal is not below the gain reached, but for rounding.

        With guards those are kept, too, in which one of these is false.
        """
        scaled = reached.scaled
        if not scaled.rounded:
            for case in scaled.cases:
                form = case.numerator.shifted(-reached.gain)
                self._model.require(form, (*case.guards, *guards))
            return
        (variable,) = scaled.objective.variables
        # Downward: the variable of the exact optimum may lie anywhere above its scaled gain.
        least = math.floor((reached.gain - scaled.base) * scaled.scale)
        form = Linear.variable(variable, *self._model.bounds(variable))
        self._model.require(form.shifted(Fraction(-least)), guards)

    def _sharpen(self, reached: _Reached, *, strict: bool = False) -> None:
        """Keep only solutions with (when strict, above) the gain reached, as far as rows can."""
        # Rows that are there already would only make the model larger.
        if (reached, strict) in self._sharpened:
            return
        self._sharpened.add((reached, strict))
        for case in reached.scaled.cases:
            form = case.numerator.shifted(-reached.gain)
            if strict:
                self._model.require(form, case.guards, strict=True)
            else:
                self._model.require_zero(form, case.guards)

    def _class_of(self, reached: _Reached, solution: Sequence[int]) -> _Class:
        """All solutions that have the same gain of a goal for the same reason as this one.

        If a rounded row has left a literal with the wrong value, the assignment is alone.
        """
        cases = reached.scaled.cases
        case = next(case for case in cases if _holds(case.guards, solution))
        if case.numerator.value(solution) == reached.gain:
            return _Class(case.guards, {v: solution[v] for v in case.numerator.weights})
        return _Class((), {v: solution[v] for v in self._compiled.variables.values()})

    def _exclude(self, members: _Class, guards: Iterable[Literal] = ()) -> None:
        """Keep only the solutions that are not of a class."""
        differences = [self._model.other_than(*item) for item in members.values.items()]
        self._model.clause([*differences, *map(negated, (*members.guards, *guards))])

    def _propose(self, objective: Objective | None) -> _Proposal:
        """The solver's optimum that the exact evaluator confirms."""
        for _ in range(MAXIMUM_CUTS):
            self._compiled.lookups.tell(self._model)
            outcome = self._solver.solve(self._model, objective, self._fixed)
            if not isinstance(outcome, Solution):
                return outcome
            assignment = self._compiled.decode(outcome.values)
            evaluator = self._compiled.evaluator(assignment)
            # What was broken for a stepped number is so again more often than not, and spares a
            # look at all others; what was left open of one is no reason to cut anything off.
            doubted = self._broken(outcome.values, evaluator, self._compiled.doubted)
            if self._corrected(doubted, outcome.values, assignment, evaluator):
                continue
            broken = self._broken(outcome.values, evaluator, self._compiled.literals)
            if self._corrected(broken, outcome.values, assignment, evaluator):
                continue
            # A goal that was rounded may admit a gain that differs from its optimum by a hair.
            missed = [reached for reached in self._reached if reached.is_missed(evaluator)]
            if not broken and not missed:
                return _Candidate(outcome.values, assignment, evaluator)
            for name in broken:
                self._cut(name, assignment)
            for reached in missed:
                self._miss(reached, outcome.values, evaluator)
        return Unknown("the exact check refused too many of the solver's answers")

    def _corrected(
        self,
        broken: Sequence[str],
        solution: Sequence[int],
        assignment: Assignment,
        evaluator: Evaluator,
    ) -> bool:
        """Whether conditions are broken for what is open of stepped numbers; it is told now."""
        compiled = self._compiled
        if not broken or not compiled.lookups.correct(solution, assignment, evaluator.number):
            return False
        compiled.doubted.update(broken)
        return True

    def _broken(
        self, solution: Sequence[int], evaluator: Evaluator, names: Iterable[str]
    ) -> list[str]:
        """Those of some conditions that a solution claims to meet and does not."""
        conditions, literals = self._compiled.conditions, self._compiled.literals
        # A literal that is free and false claims nothing.
        claimed = (name for name in names if solution[literals[name]])
        return [name for name in claimed if not evaluator.truth(conditions[name])]

    def _miss(self, reached: _Reached, solution: Sequence[int], evaluator: Evaluator) -> None:
        """Cut off assignments that do not have the gain of a goal that has been reached."""
        self._sharpen(reached)
        here = reached._replace(gain=reached.scaled.goal.gain(evaluator))
        self._exclude(self._class_of(here, solution))

    def _cut(self, name: str, assignment: Assignment) -> None:
        """Cut off an assignment under the literal of a condition that it breaks.

        If there is no end to it, all assignments with that in common which breaks the condition,
        and all around that are sure to break it as well.
        """
        compiled, literal = self._compiled, self._compiled.literals[name]
        self._cuts[name] += 1
        many = self._cuts[name] > _SINGLE_CUTS
        names = compiled.decisive(name, assignment) if many else compiled.support(name)
        common = compiled.encoded({chosen: assignment[chosen] for chosen in sorted(names)})
        if not many:
            self._exclude(_Class((), common), guards=(literal,))
            return
        # It took long to find out, and other searches would come to it as well.
        compiled.lookups.learn(negated(literal), {v: (at, at) for v, at in common.items()})
        if box := compiled.breaking(name, assignment):
            compiled.lookups.learn(negated(literal), box)


def _holds(guards: Iterable[Literal], solution: Sequence[int]) -> bool:
    return all(solution[g] if g >= 0 else not solution[negated(g)] for g in guards if g != TRUE)


def _result(best: _Proposal, goals: Sequence[ScaledGoal]) -> Result:
    return _optimal(best, goals) if isinstance(best, _Candidate) else best


def _optimal(best: _Candidate, goals: Sequence[ScaledGoal]) -> Optimal:
    values = tuple(scaled.goal.value(best.evaluator) for scaled in goals)
    return Optimal(best.assignment, values, best.evaluator)
