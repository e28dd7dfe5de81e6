"""A solver with one budget of seconds for all of its solves together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from constraints.cpsat.solving import Solver


class Budgeted(Solver):
    """As `Solver`, but once the budget is used up every outcome is `Unknown`.

    `most` is the longest that one solve may take, in seconds.
    """

    def __init__(self, budget: float, most: float | None = None) -> None:
        super().__init__(seconds=budget if most is None else most)
        self.budget = budget
        self.late = f"its share of the budget of {budget:.3g} seconds was used up"
        self.within(budget)

    @contextmanager
    def share(self, part: float) -> Iterator[None]:
        """Spend no more than a part of the whole budget on what is solved meanwhile."""
        before = self.end
        self.end = min(before, time.monotonic() + self.budget * part)
        try:
            yield
        finally:
            self.end = before


class Shares:
    """Seconds for some pieces of work together, each of which may take an even part of the rest."""

    def __init__(self, seconds: float, pieces: int) -> None:
        self._end = time.monotonic() + seconds
        self._pieces = pieces

    def next(self) -> float:
        """The seconds for the next piece; what it leaves is for those after it."""
        left, pieces = max(0.0, self._end - time.monotonic()), max(1, self._pieces)
        self._pieces -= 1
        return left / pieces
