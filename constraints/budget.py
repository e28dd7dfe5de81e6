"""A solver with one budget of seconds for all of its solves together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from constraints.integer_model import IntegerModel, Literal
from constraints.solving import Objective, Outcome, Solver, Unknown


class Budgeted(Solver):
    """As `Solver`, but once the budget is used up every outcome is `Unknown`.

    `most` is the longest that one solve may take, in seconds.
    """

    def __init__(self, budget: float, most: float | None = None) -> None:
        super().__init__(seconds=budget)
        self.budget = budget
        self.most = budget if most is None else most
        self._deadline = time.monotonic() + budget

    @property
    def left(self) -> float:
        """The seconds that are left; zero once the budget is used up."""
        return max(0.0, self._deadline - time.monotonic())

    @contextmanager
    def share(self, part: float) -> Iterator[None]:
        """Spend no more than a part of the whole budget on what is solved meanwhile."""
        before = self._deadline
        self._deadline = min(before, time.monotonic() + self.budget * part)
        try:
            yield
        finally:
            self._deadline = before

    def solve(
        self,
        model: IntegerModel,
        objective: Objective | None = None,
        fixed: Mapping[Literal, bool] | None = None,
        assumptions: Sequence[Literal] = (),
    ) -> Outcome:
        """The outcome, if it is proved within what is left of the budget."""
        left = self.left
        if not left:
            return Unknown(f"its share of the budget of {self.budget:g} seconds was used up")
        self.seconds = min(left, self.most)
        return super().solve(model, objective, fixed, assumptions)
