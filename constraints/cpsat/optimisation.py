"""Proven exact optima of named conditions, compiled once and solved many times."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.compiled import Assignment, Compiled, Goal, NotAGoalError, Settled
from constraints.cpsat.integer_model import OutOfTimeError
from constraints.cpsat.search import Optimal, Rest, Result, Search
from constraints.cpsat.solving import Infeasible, Solver, Unknown
from constraints.language.expressions import Expression

__all__ = ["Assignment", "Goal", "NotAGoalError", "Optimal", "Problem", "Result", "Settled"]


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
        rest: Rest = lambda _: None,
    ) -> Result:
        """The exact optimum under some conditions, goals in order of importance.

        With `soft` conditions the most important goal is to meet as many of them as possible. Of
        each group in `any_of` at least one condition must hold. Once all names but one are decided
        `rest` may tell the whole.
        Raises KeyError for a name that no condition has.
        """
        kept = frozenset(in_force)
        if unknown := sorted(kept - self.conditions.keys()):
            raise KeyError(unknown[0])
        free = frozenset(soft).union(*any_of) - kept
        try:
            for name in self.conditions:
                if name in kept or name in free:
                    self.literal(name)
            scaled = [self.scaled(goal) for goal in goals]
        except OutOfTimeError as late:
            return Unknown(str(late))
        # What is not in force is fixed to false, which takes its rows out of the model.
        fixed = {
            literal: int(name in kept)
            for name, literal in self.literals.items()
            if name not in free
        }
        model = self.model.copy()
        for group in any_of:
            model.clause(self.literals[name] for name in group)
        search = Search(self, self.solver, model, fixed)
        if not soft:
            return search.run(scaled, rest)
        return search.run_soft([self.literals[name] for name in soft], scaled)

    def refuted(self, names: Iterable[str], any_of: Sequence[Collection[str]] = ()) -> Result:
        """`Infeasible` if both settings of presolve prove that nothing meets some conditions.

        `Optimal` is an assignment that meets them; of each group in `any_of` one must hold.
        """
        wanted = tuple(names)
        result = self.best(wanted, (), any_of=any_of)
        if not isinstance(result, Infeasible):
            return result
        with self.solver.otherwise(result):
            again = self.best(wanted, (), any_of=any_of)
        return again if isinstance(again, Infeasible) else Unknown("not proved a second time")
