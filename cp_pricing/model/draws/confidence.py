"""In how many draws of a profile a deal is worth what is required (SPEC section 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from constraints.language.expressions import Name, Stairs, Stepped, Value
from cp_pricing.fields import PRICE
from cp_pricing.model.draws.worth import Grid

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.draws.valuation import Valuation
    from cp_pricing.model.draws.worth import Worth

# Of a worth in every draw there are hundreds of objects, and it is asked for many times in a row.
_WORTHS_KEPT, _STEPS_KEPT = 4, 128


class Drawn(NamedTuple):
    """One draw: a plan as deals from it are worth there, and what is required of them.

    `all_ltv` is what each reference plan (an id) is worth at list, `reference` the best of them.
    """

    valuation: Valuation
    all_ltv: Mapping[str, Fraction]
    reference: str
    required: Fraction

    @property
    def reference_ltv(self) -> Fraction:
        """What the best reference plan is worth."""
        return self.all_ltv[self.reference]


class Confidence(Stairs):
    """The share of draws in which a deal from a plan is worth what is required.

    `draw` makes the draws when they are asked for; `made_from` is all that they rest on.
    """

    def __init__(
        self, plan: Configuration, draw: Callable[[], Sequence[Drawn]], made_from: object
    ) -> None:
        self.made_from = made_from
        self._plan = plan
        self._draw = draw
        self.keys = tuple(name for name in plan.fields if name != PRICE)
        self._worths = lru_cache(maxsize=_WORTHS_KEPT)(self._worth_of)
        self._steps = lru_cache(maxsize=_STEPS_KEPT)(self._steps_of)

    @property
    def expression(self) -> Stepped:
        """The share as a number of the constraint language."""
        return Stepped(Name(PRICE), tuple(map(Name, self.keys)), self)

    @cached_property
    def draws(self) -> Sequence[Drawn]:
        """The draws."""
        return self._draw()

    def lowered(self, room: Fraction) -> Confidence:
        """The same with less required in every draw, by so much; in currency."""

        def draw() -> Sequence[Drawn]:
            return [one._replace(required=one.required - room) for one in self.draws]

        return Confidence(self._plan, draw, (self.made_from, room))

    def same_as(self, other: object) -> bool:
        """Whether another one says the same of every deal, as far as what it is made from tells."""
        return isinstance(other, Confidence) and self.made_from == other.made_from

    def _worth_of(self, keys: tuple[Value, ...]) -> tuple[Worth, ...]:
        fields = dict(zip(self.keys, keys, strict=True))
        return tuple(draw.valuation.worth(fields) for draw in self.draws)

    def values(self, fields: Mapping[str, Value]) -> tuple[Fraction, ...]:
        """The lifetime value of a deal in each draw, in currency."""
        price = Fraction(fields[PRICE])
        return tuple(worth.at(price) for worth in self._worths(self._held(fields)))

    def _held(self, fields: Mapping[str, Value]) -> tuple[Value, ...]:
        return tuple(fields[name] for name in self.keys)

    def at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        """The share at a price."""
        fields = {**dict(zip(self.keys, keys, strict=True)), PRICE: value}
        held = sum(draw.valuation.reaches(draw.required, fields) for draw in self.draws)
        return Fraction(held, len(self.draws))

    def over(self, domain: Domain, keys: tuple[Value, ...]) -> tuple[tuple[int, Fraction], ...]:
        """The share over a domain of prices, by its steps."""
        return self._steps(domain, keys)

    def _steps_of(
        self, domain: Domain, keys: tuple[Value, ...]
    ) -> tuple[tuple[int, Fraction], ...]:
        grid = Grid.of(domain)
        # A sweep: each draw comes in where its range begins, and goes out behind its end.
        changes: Counter[int] = Counter()
        for worth, draw in zip(self._worths(keys), self.draws, strict=True):
            for low, high in worth.at_least(draw.required, grid):
                changes[low] += 1
                changes[high + 1] -= 1
        inner = (at for at, change in changes.items() if change and at <= grid.last)
        starts = sorted({grid.first, *inner})
        ends = (*(start - 1 for start in starts[1:]), grid.last)
        held = accumulate(changes[start] for start in starts)
        return tuple(zip(ends, (Fraction(some, len(self.draws)) for some in held), strict=True))
