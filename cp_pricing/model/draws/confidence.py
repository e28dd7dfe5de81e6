"""In how many draws of a profile a deal is worth what is required (SPEC section 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from constraints.language.expressions import Name, Stairs, Stepped, Value
from cp_pricing.fields import PRICE
from cp_pricing.model.draws.billing import WholeTerms
from cp_pricing.model.draws.worth import Grid

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.draws.estimates import EstimatedPlan
    from cp_pricing.model.draws.filter import Filter
    from cp_pricing.model.draws.valuation import Valuation

_STEPS_KEPT, _VALUES_KEPT = 128, 16


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

    `draw` makes the draws when they are asked for, and `estimate` the plan in all of them;
    `made_from` is all that both rest on.
    """

    def __init__(
        self,
        plan: Configuration,
        draw: Callable[[], Sequence[Drawn]],
        estimate: Callable[[], EstimatedPlan],
        made_from: object,
    ) -> None:
        self.made_from = made_from
        self._plan = plan
        self._draw, self._estimated = draw, cache(estimate)
        self.keys = tuple(name for name in plan.fields if name != PRICE)
        self._values = lru_cache(maxsize=_VALUES_KEPT)(self._values_at)
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

        return Confidence(self._plan, draw, self._estimated, (self.made_from, room))

    def same_as(self, other: object) -> bool:
        """Whether another one says the same of every deal, as far as what it is made from tells."""
        return isinstance(other, Confidence) and self.made_from == other.made_from

    @cached_property
    def _filter(self) -> Filter:
        from cp_pricing.model.draws.filter import Filter  # noqa: PLC0415 - only draws need numpy

        limits = [
            [limit and Fraction(*limit) for limit in draw.valuation.customers.limits]
            for draw in self.draws
        ]
        return Filter(self._estimated(), limits, [draw.required for draw in self.draws])

    def values(self, fields: Mapping[str, Value]) -> tuple[Fraction, ...]:
        """The lifetime value of a deal in each draw, in currency."""
        keys = tuple(fields[name] for name in self.keys)
        return tuple(Fraction(*value) for value in self._values(Fraction(fields[PRICE]), keys))

    def _values_at(self, price: Fraction, keys: tuple[Value, ...]) -> tuple[tuple[int, int], ...]:
        terms = self._terms(keys)._replace(price=price.as_integer_ratio())
        return tuple(draw.valuation.value(terms) for draw in self.draws)

    def _terms(self, keys: tuple[Value, ...]) -> WholeTerms:
        fields, (first, *_) = dict(zip(self.keys, keys, strict=True)), self.draws
        # A draw changes nothing of how many members there are.
        members = first.valuation.customers.profile.members_per_customer
        return WholeTerms.of(self._plan, fields, members)

    def at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        """The share at a price."""
        held = sum(
            worth * draw.required.denominator >= draw.required.numerator * under
            for (worth, under), draw in zip(self._values(value, keys), self.draws, strict=True)
        )
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
        for low, high in self._ranges(keys, grid):
            changes[low] += 1
            changes[high + 1] -= 1
        inner = (at for at, change in changes.items() if change and at <= grid.last)
        starts = sorted({grid.first, *inner})
        ends = (*(start - 1 for start in starts[1:]), grid.last)
        held = accumulate(changes[start] for start in starts)
        return tuple(zip(ends, (Fraction(some, len(self.draws)) for some in held), strict=True))

    def _ranges(self, keys: tuple[Value, ...], grid: Grid) -> Iterator[tuple[int, int]]:
        """The prices at which a deal holds, in each draw: estimated where that settles it."""
        found = self._filter.over(dict(zip(self.keys, keys, strict=True)), grid)
        if found:
            begin, end = found.first[~found.open].ravel(), found.last[~found.open].ravel()
            some = begin <= end
            yield from zip(map(int, begin[some]), map(int, end[some]), strict=True)
        terms = self._terms(keys)
        for place, draw in enumerate(self.draws):
            if found is None or found.open[place]:
                yield from draw.valuation.worth(terms).at_least(draw.required, grid)
