"""A deal in each draw: in how many it is worth what is required, and what it is worth.

What estimates settle is settled; the rest is worked out exactly, and so is every amount told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from cp_pricing.model.draws.billing import WholeTerms
from cp_pricing.model.draws.drawn import Amounts
from cp_pricing.model.draws.worth import Counts, Ranges

if TYPE_CHECKING:
    from cp_pricing.model.draws.billing import Fields
    from cp_pricing.model.draws.drawn import Draws
    from cp_pricing.model.draws.worth import Grid


class DrawnDeal:
    """A deal by its price, with `room` less required than is of others; in currency."""

    def __init__(self, draws: Draws, fields: Fields, room: Fraction) -> None:
        self._draws, self._room = draws, room
        self._terms = WholeTerms.of(draws.plan, fields, draws.members)
        estimated = draws.estimated
        self._estimated = estimated and estimated.deal(fields, room)

    def holding(self, price: Fraction) -> int:
        """In how many draws it holds at a price."""
        surely, unclear = 0, list(range(len(self._draws)))
        if self._estimated:
            surely, unclear = self._estimated.holding(price)
        return surely + sum(self._holds(place, price) for place in unclear)

    def _holds(self, place: int, price: Fraction) -> bool:
        return self._worth(place, price) >= self._required(place)

    def _worth(self, place: int, price: Fraction) -> Fraction:
        return Fraction(*self._draws.valuation(place).value(self._at(price)))

    def _at(self, price: Fraction) -> WholeTerms:
        return self._terms._replace(price=price.as_integer_ratio())

    def _required(self, place: int) -> Fraction:
        return self._draws.exact(place).required - self._room

    def ltv(self, price: Fraction) -> Amounts:
        """The lifetime values at a price."""
        estimate = self._estimated.worth(price) if self._estimated else None
        return Amounts(len(self._draws), lambda place: self._worth(place, price), estimate)

    def improvement(self, price: Fraction) -> Amounts:
        """By how much it is better at a price than the best reference plan of each draw."""

        def exact(place: int) -> Fraction:
            return self._worth(place, price) - self._draws.exact(place).reference_ltv

        estimate = self._estimated.improvement(price) if self._estimated else None
        return Amounts(len(self._draws), exact, estimate)

    def counts(self, grid: Grid) -> Counts:
        """In how many draws it holds over a grid of prices."""

        def is_within(place: int, band: int, index: int) -> bool:
            return self._draws.valuation(place).is_within(self._at(grid.number(index)), band)

        def exact(place: int) -> Ranges:
            worth = self._draws.valuation(place).worth(self._terms)
            return worth.at_least(self._required(place), grid)

        found = self._estimated.counts(grid, is_within, exact) if self._estimated else None
        return found or _counted(map(exact, range(len(self._draws))), grid)


def _counted(draws: Iterable[Ranges], grid: Grid) -> Counts:
    """How many of some draws hold, by the stretches of each, of indices of any size."""
    changes = Counter[int]()
    for first, last in chain.from_iterable(draws):
        changes[first] += 1
        changes[last + 1] -= 1
    inner = {at for at, by in changes.items() if by and at <= grid.last}
    starts = sorted({grid.first, *inner})
    ends = [*(at - 1 for at in starts[1:]), grid.last]
    return ends, list(accumulate(changes[at] for at in starts))
