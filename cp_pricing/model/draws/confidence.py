"""In how many draws of a profile a deal is worth what is required (SPEC section 10)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from constraints.language.expressions import Name, Stairs, Stepped, Value
from cp_pricing.fields import PRICE
from cp_pricing.model.draws.deals import DrawnDeal
from cp_pricing.model.draws.worth import Grid

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.model.draws.drawn import Draws

_STEPS_KEPT, _DEALS_KEPT, _SHARES_KEPT = 128, 16, 512
_NONE = Fraction(0)


class Confidence(Stairs):
    """The share of draws in which a deal from a plan is worth what is required.

    `draw` makes the draws when they are asked for, in which `room` less is required of a deal (in
    currency) than is of others; `made_from` is all that they rest on.
    """

    def __init__(
        self,
        fields: Collection[str],
        draw: Callable[[], Draws],
        made_from: object,
        room: Fraction = _NONE,
    ) -> None:
        self._draw, self._room = draw, room
        self._made_from, self.identity = made_from, (made_from, room)
        self.keys = tuple(name for name in fields if name != PRICE)
        self._deals = lru_cache(maxsize=_DEALS_KEPT)(self._deal)
        self._steps = lru_cache(maxsize=_STEPS_KEPT)(self._steps_of)
        self._share = lru_cache(maxsize=_SHARES_KEPT)(self._share_at)

    @property
    def expression(self) -> Stepped:
        """The share as a number of the constraint language."""
        return Stepped(Name(PRICE), tuple(map(Name, self.keys)), self)

    @cached_property
    def draws(self) -> Draws:
        """The draws."""
        return self._draw()

    def lowered(self, room: Fraction) -> Confidence:
        """The same with less required in every draw, by so much; in currency."""
        fields = (PRICE, *self.keys)
        return Confidence(fields, lambda: self.draws, self._made_from, self._room + room)

    def same_as(self, other: object) -> bool:
        """Whether another one says the same of every deal, as far as what it is made from tells."""
        return isinstance(other, Confidence) and self.identity == other.identity

    def deal(self, fields: Mapping[str, Value]) -> DrawnDeal:
        """A deal in each draw, by its price."""
        return self._deals(tuple(fields[name] for name in self.keys))

    def _deal(self, keys: tuple[Value, ...]) -> DrawnDeal:
        return DrawnDeal(self.draws, dict(zip(self.keys, keys, strict=True)), self._room)

    @cached_property
    def _shares(self) -> list[Fraction]:
        """The share that so many draws are, from none to all."""
        return [Fraction(some, len(self.draws)) for some in range(len(self.draws) + 1)]

    def at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        """The share at a price."""
        return self._share(value, keys)

    def _share_at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        return self._shares[self._deals(keys).holding(value)]

    def over(self, domain: Domain, keys: tuple[Value, ...]) -> tuple[tuple[int, Fraction], ...]:
        """The share over a domain of prices, by its steps."""
        return self._steps(domain, keys)

    def within(
        self, along: tuple[Value, Value], keys: tuple[tuple[Value, Value], ...]
    ) -> tuple[Fraction, Fraction]:
        """Two shares that it is between for all deals between two."""
        low, high = (dict(zip(self.keys, side, strict=True)) for side in zip(*keys, strict=True))
        low[PRICE], high[PRICE] = along
        least, most = self.draws.all_at_once.holding_between(low, high, self._room)
        return self._shares[least], self._shares[most]

    def _steps_of(
        self, domain: Domain, keys: tuple[Value, ...]
    ) -> tuple[tuple[int, Fraction], ...]:
        grid = Grid.of(domain)
        if grid.first == grid.last:
            return ((grid.first, self.at(grid.number(grid.first), keys)),)
        ends, held = self._deals(keys).counts(grid)
        return tuple(zip(ends, map(self._shares.__getitem__, held), strict=True))
