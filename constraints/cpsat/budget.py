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
    """Seconds for some pieces of work together, each of which may take an even part of the rest.

    So many pieces as are done `at_once` share what is left.
    """

    def __init__(self, seconds: float, pieces: int, at_once: int = 1) -> None:
        # This clock is the same for all processes that do the work, and never set anew.
        self._end = time.monotonic() + seconds
        self._pieces = pieces
        self._at_once = at_once
        self._taken = 0

    def next(self) -> float:
        """The seconds for the next piece; what it leaves is for those after it."""
        self._taken += 1
        return self.of_piece(self._taken - 1)

    def of_piece(self, place: int) -> float:
        """The seconds for the piece at a place in their order, if it is begun now."""
        left = max(0.0, self._end - time.monotonic())
        return left * min(1.0, self._at_once / max(1, self._pieces - place))
