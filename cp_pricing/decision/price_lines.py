"""The ladder and the near miss where only the usage price is open, read off lines over the prices.

What a configuration and a profile fix is translated once (`Offer.price_lines`). A request's rules
are then sets of prices, its lifetime value a piecewise affine line, and the best price of a level
is plain to see. It counts when the exact arithmetic of the one price agrees, and when CP-SAT has
proved that no price is better: that is left as claims, to be proved for many requests in one solve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from constraints.cpsat.solving import Infeasible
from constraints.language.expressions import Value
from constraints.lines import piecewise
from constraints.lines.claims import Claim
from constraints.lines.piecewise import NotAffineError, Ranges
from constraints.lines.translation import Enough, Sweep
from cp_pricing.decision.ladder import Answer, Step, Steps, climb, climb_by
from cp_pricing.fields import PRICE

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.offer import PriceLines


@dataclass(frozen=True)
class Proposal:
    """The steps of a ladder, which hold if all claims do."""

    steps: Steps
    claims: tuple[Claim, ...] = ()


class _Disagreement(Exception):  # noqa: N818 - no error: the general way decides then
    """The line and the exact arithmetic of one price differ."""


def propose(deal: Deal, highest: int) -> Proposal | None:
    """The ladder up to a level, as far as it can be read off lines; else `None`."""
    if deal.violations or not deal.space.chosen:
        return Proposal(climb(deal, highest))  # nothing is left that would need a proof
    if not deal.space.is_price_alone:
        return None
    lines = deal.offer.price_lines
    if lines is None:
        return None
    places = [lines.places[name] for name in deal.in_force(highest)]

    def lost(truths: tuple[bool | None, ...]) -> bool:
        return any(truths[place] is False for place in places)

    try:
        over_prices = _OverPrices.of(deal, lines, lost)
        if over_prices is None:  # a rule fails whatever the price, and on every level below as well
            return Proposal((Infeasible(),) * (highest + 1))
        steps = climb_by(deal, lambda level: over_prices.best(deal.in_force(level)), highest)
    except (ZeroDivisionError, NotAffineError, _Disagreement):
        return None
    return Proposal(steps, tuple(over_prices.claims))


def propose_near_miss(deal: Deal) -> Proposal | None:
    """The near miss as the one step, as `near_miss` finds it; `None` where there are no lines."""
    lines = deal.offer.price_lines if deal.space.is_price_alone else None
    # What cannot be tuned is as listed in the translation, whatever a request asks for.
    if lines is None or not set(deal.violations) <= set(lines.inputs):
        return None
    try:
        over_prices = _OverPrices.of(deal, lines, lambda _: False)
        if over_prices is None:
            return None
        near = over_prices.nearest(deal.in_force())
    except (ZeroDivisionError, NotAffineError, _Disagreement):
        return None
    return Proposal((near,), tuple(over_prices.claims))


class _OverPrices:
    """One request's rules over all prices."""

    def __init__(
        self, deal: Deal, lines: PriceLines, values: Sequence[Value], sweep: Sweep
    ) -> None:
        self.claims: dict[Claim, None] = {}
        self._deal = deal
        self._lines = lines
        self._last = lines.domain.count - 1
        self._values = values
        self._sweep = sweep
        self._by_value = deal.request.preference == "seller_ltv"

    @classmethod
    def of(cls, deal: Deal, lines: PriceLines, enough: Enough) -> _OverPrices | None:
        """The rules of a deal; `None` if it is enough to know what does not rest on the price."""
        values = [deal.space.fixed[name] for name in lines.inputs]
        sweep = lines.sweep(values, enough)
        return None if sweep is None else cls(deal, lines, values, sweep)

    def best(self, in_force: Sequence[str]) -> Step:
        """The best price under some rules; that no other is better is left to be proved."""
        sets = self._sets(in_force)
        if sets is None:
            return Infeasible()
        feasible: Ranges = reduce(piecewise.both, sets, self._whole)
        if not feasible:
            self._claim(sets)
            return Infeasible()
        index = _first(feasible)
        if self._by_value:
            index = piecewise.highest(self._sweep.number, feasible) or 0
        self._claim((self._better(index, by_value=self._by_value), *sets))
        return self._answer(index)

    def nearest(self, in_force: Sequence[str]) -> Answer:
        """The price that breaks the fewest rules, and of those the one that is worth most.

        Under `lower_usage_price` one that is not dearer than the baseline comes first.
        """
        # A rule that holds, or fails, whatever the price tells no price from another.
        every = map(self._over, in_force)
        sets = tuple(ranges for ranges in every if ranges and ranges != self._whole)
        met = piecewise.counted(sets, self._last)
        most, _ = piecewise.value(met, piecewise.highest(met, self._whole) or 0)
        nearest = piecewise.not_below(met, 1, 1, most, 1)
        dearer = _ranges(self._sweep.holds[self._lines.dearer], self._last)
        cheap = self._whole if self._by_value else piecewise.others(dearer, self._last)
        first = piecewise.both(nearest, cheap)
        index = piecewise.highest(self._sweep.number, first or nearest) or 0
        better = self._better(index, by_value=True)
        better = piecewise.both(better, cheap) if first else piecewise.either(better, cheap)
        claims = [Claim(self._last, (), sets, most + 1)] if most < len(sets) else []
        claims += [Claim(self._last, (better,), sets, most)] if better else []
        self.claims |= dict.fromkeys(claims)
        return self._answer(index)

    @property
    def _whole(self) -> Ranges:
        return ((0, self._last),)

    def _over(self, name: str) -> Ranges:
        """The prices at which a rule holds."""
        return _ranges(self._sweep.holds[self._lines.places[name]], self._last)

    def _sets(self, in_force: Sequence[str]) -> tuple[Ranges, ...] | None:
        """The prices that each rule admits, where it does not admit all; `None` if one has none."""
        # A dict, since rules of equal ranges need one set, and the order must stay the same.
        narrower: dict[Ranges, None] = {}
        for name in in_force:
            holds = self._sweep.holds[self._lines.places[name]]
            if holds is False:
                return None
            if holds is not True and holds != self._whole:
                narrower[holds] = None
        return tuple(narrower)

    def _claim(self, sets: tuple[Ranges, ...]) -> None:
        """Claim that no price is in all sets; those that take nothing away are left out."""
        left, needed = sets[0], [sets[0]]
        for ranges in sets[1:]:
            if not left:
                break
            fewer = piecewise.both(left, ranges)
            if fewer != left:
                needed.append(ranges)
                left = fewer
        if all(needed):  # nothing is in an empty set
            self.claims[Claim(self._last, tuple(needed))] = None

    def _better(self, index: int, *, by_value: bool) -> Ranges:
        """The prices that would be better than one."""
        # A lower index is a lower price, or of a rate card less of its list: better, either way.
        lower: Ranges = ((0, index - 1),) if index else ()
        if not by_value:
            return lower
        over, under = piecewise.value(self._sweep.number, index)
        line = self._sweep.number
        as_good = piecewise.both(piecewise.equal(line, 1, 1, over, under), lower)
        return piecewise.either(piecewise.above(line, 1, 1, over, under), as_good)

    def _answer(self, index: int) -> Answer:
        deal, places = self._deal, self._lines.places
        price = self._lines.domain.value(index)
        point = self._lines.point([price, *self._values])
        over, under = piecewise.value(self._sweep.number, index)
        value = Fraction(*point.number)
        # Read off the line, and worked out at the price itself: two ways that must agree.
        swept = tuple(_at(holds, index) for holds in self._sweep.holds)
        if value * under != over or swept != point.holds:
            raise _Disagreement
        fields = {**deal.space.fixed, PRICE: price}
        broken = tuple(name for name, place in places.items() if not point.holds[place])
        is_card = deal.offer.configuration.is_card
        return Answer(fields, deal.offer.evaluator(fields), price, value, broken, is_card)


def _ranges(holds: bool | Ranges, last: int) -> Ranges:  # noqa: FBT001 - a value
    return holds if isinstance(holds, tuple) else ((0, last),) if holds else ()


def _at(holds: bool | Ranges, index: int) -> bool:  # noqa: FBT001 - a value
    return piecewise.within(holds, index) if isinstance(holds, tuple) else holds


def _first(where: Ranges) -> int:
    return where[0][0]
