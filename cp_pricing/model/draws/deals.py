"""A deal in each draw: in how many it is worth what is required, and what it is worth.

What estimates settle is settled; the rest is worked out exactly, and so is every amount told.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.model.draws.billing import WholeTerms
from cp_pricing.model.draws.drawn import Amounts

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

    def changes(self, grid: Grid) -> Counter[int]:
        """In how many more draws it holds from a price on than before, by index of a grid."""
        changes, unclear = Counter[int](), list(range(len(self._draws)))

        def is_within(place: int, band: int, index: int) -> bool:
            return self._draws.valuation(place).is_within(self._at(grid.number(index)), band)

        if self._estimated and (found := self._estimated.changes(grid, is_within)):
            changes, unclear = found
        for place in unclear:
            worth = self._draws.valuation(place).worth(self._terms)
            for first, last in worth.at_least(self._required(place), grid):
                changes[first] += 1
                changes[last + 1] -= 1
        return changes
