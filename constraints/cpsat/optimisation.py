"""Proven exact optima of named conditions, compiled once and solved many times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.compiled import (
    Assignment,
    Compiled,
    Goal,
    NotAGoalError,
    ScaledGoal,
    Settled,
)
from constraints.cpsat.integer_model import IntegerModel, Literal, OutOfTimeError
from constraints.cpsat.search import Optimal, Result, Search
from constraints.cpsat.solving import Infeasible, Solver, Unknown
from constraints.language.expressions import Expression

__all__ = ["Aim", "Assignment", "Goal", "NotAGoalError", "Optimal", "Problem", "Result", "Settled"]

# Assignments that are evaluated in about the time of a proof by CP-SAT.
_FEW = 32


class Aim(NamedTuple):
    """At least (when strict, more than) a value of a goal that is to be made larger, or less."""

    goal: Goal
    value: Fraction
    strict: bool

    @property
    def gain(self) -> Fraction:
        """The value, its sign turned so that more is better."""
        return self.value if self.goal.maximise else -self.value


class Problem(Compiled):
    """As `Compiled`, with a solver: where its time is over, answers are unknown."""

    def __init__(
        self,
        bindings: Bindings,
        conditions: Mapping[str, Expression],
        choices: Sequence[str] = (),
        solver: Solver | None = None,
        settled: Settled | None = None,
    ) -> None:
        self.solver = solver or Solver()
        super().__init__(bindings, conditions, choices, settled, self.solver.in_time)

    def restricted(self, names: Iterable[str]) -> Problem:
        """The same problem with some of its conditions only, for many quick questions on them."""
        conditions = {name: self.conditions[name] for name in names}
        return Problem(self._bindings, conditions, self._flags, self.solver)

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
        free = frozenset(soft).union(*any_of) - kept
        scaled = self._compiled_for(kept | free, goals)
        if isinstance(scaled, Unknown):
            return scaled
        search = Search(self, self.solver, self._with_groups(any_of), self._fixed(kept, free))
        if not soft:
            return search.run(scaled)
        return search.run_soft([self.literals[name] for name in soft], scaled)

    def likely(self, in_force: Iterable[str], goal: Goal) -> Result:
        """As `best`, where another assignment may still be better by less than the rounding."""
        kept = frozenset(in_force)
        scaled = self._compiled_for(kept, (goal,))
        if isinstance(scaled, Unknown):
            return scaled
        return Search(self, self.solver, self.model.copy(), self._fixed(kept)).likely(*scaled)

    def another(  # noqa: PLR0913, PLR0917 - what is asked of it, as of `best`
        self,
        in_force: Iterable[str],
        goal: Goal,
        least: Mapping[tuple[str, ...], Fraction],
        known: Iterable[Assignment] = (),
        any_of: Sequence[Collection[str]] = (),
        best: Fraction | None = None,
    ) -> Result:
        """An assignment that meets some conditions, apart from those known by some of its names.

        Of each group in `any_of` at least one condition must hold. Where all conditions of a key of
        `least` hold, its goal is as good as the value or misses it by a hair. With the `best` value
        that is proved to be had under the conditions it has that, which need not be proved again.
        """
        kept = frozenset(in_force)
        free = frozenset().union(*any_of, *least) - kept
        scaled = self._compiled_for(kept | free, (goal,))
        if isinstance(scaled, Unknown):
            return scaled
        model = self._with_groups(any_of)
        sign = 1 if goal.maximise else -1
        limits = [
            (tuple(self.literals[name] for name in names), sign * value)
            for names, value in least.items()
        ]
        search = Search(self, self.solver, model, self._fixed(kept, free))
        reached = None if best is None else sign * best
        return search.another(scaled[0], limits, known, reached)

    def _with_groups(self, any_of: Sequence[Collection[str]]) -> IntegerModel:
        """The model, with one condition of each group in force."""
        model = self.model.copy()
        for group in any_of:
            model.clause(self.literals[name] for name in group)
        return model

    def beyond(self, in_force: Iterable[str], aim: Aim) -> Result:
        """An assignment that meets some conditions and an aim, or a proof twice over of none."""
        kept = frozenset(in_force)
        scaled = self._compiled_for(kept, (aim.goal,))
        if isinstance(scaled, Unknown):
            return scaled
        (goal,) = scaled
        search = Search(self, self.solver, self.model.copy(), self._fixed(kept))
        search.aim(goal, aim.gain, strict=aim.strict)
        # What misses the aim by a hair is cut off once for both proofs.
        return self._twice(lambda: search.beyond(goal, aim.gain, strict=aim.strict))

    def _compiled_for(
        self, names: frozenset[str], goals: Sequence[Goal]
    ) -> list[ScaledGoal] | Unknown:
        """Compile what is asked for; raises KeyError for a name that no condition has."""
        if unknown := sorted(names - self.conditions.keys()):
            raise KeyError(unknown[0])
        try:
            for name in self.conditions:
                if name in names:
                    self.literal(name)
            return [self.scaled(goal) for goal in goals]
        except OutOfTimeError as late:
            return Unknown(str(late))

    def _fixed(self, kept: Collection[str], free: Collection[str] = ()) -> dict[Literal, int]:
        """The literals that are not free; what is not in force is false, without its rows."""
        return {
            literal: int(name in kept)
            for name, literal in self.literals.items()
            if name not in free
        }

    def refuted(self, names: Iterable[str], any_of: Sequence[Collection[str]] = ()) -> Result:
        """`Infeasible` if both settings of presolve prove that nothing meets some conditions.

        `Optimal` is an assignment that meets them; of each group in `any_of` one must hold.
        """
        wanted = tuple(names)
        return self._twice(lambda: self.best(wanted, (), any_of=any_of))

    def _twice(self, ask: Callable[[], Result]) -> Result:
        """What is found; that there is nothing only if both settings of presolve prove it."""
        result = ask()
        if not isinstance(result, Infeasible):
            return result
        with self.solver.otherwise(result):
            again = ask()
        return again if isinstance(again, Infeasible) else Unknown("not proved a second time")

    def confirms(self, proof: Infeasible, names: Sequence[str]) -> bool:
        """Whether another way proves as well that nothing meets some conditions.

        Few assignments are evaluated one by one; of more, presolve is set the other way.
        """
        every = self.every(_FEW)
        if every is None:
            with self.solver.otherwise(proof):
                return isinstance(self.best(names, ()), Infeasible)
        wanted = [self.conditions[name] for name in names]
        return not any(all(map(self.evaluator(one).truth, wanted)) for one in every)
