"""The approval ladder where only the usage price is open, read off lines over the price grid.

What a configuration and a profile fix is translated once (`constraints/lines/translation.py`). A
request's rules are then sets of prices, its lifetime value a piecewise affine line, and the best
price of a level is plain to see. It counts when the exact arithmetic of the one price agrees, and
when CP-SAT has proved that no price is better: that is left as claims, to be proved for many
requests in one solve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from constraints.cpsat.solving import Infeasible
from constraints.language.expressions import Name, Value
from constraints.lines import piecewise
from constraints.lines.claims import Claim
from constraints.lines.piecewise import NotAffineError, Ranges
from constraints.lines.translation import PointFunction, Sweep, SweepFunction, point_of, sweep_of
from constraints.lines.writer import UntranslatableError
from cp_pricing.decision.ladder import Answer, Step, climb_by
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.model.deal import domain_of

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.model.deal import Deal

_KEPT = "price lines"


@dataclass(frozen=True)
class Proposal:
    """The steps of a ladder, which hold if all claims do."""

    steps: tuple[Step, ...]
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class _Translated:
    """The rules and the lifetime value of an offer, for requests that leave the price open."""

    inputs: tuple[str, ...]
    places: dict[str, int]
    domain: Domain
    point: PointFunction
    sweep: SweepFunction


class _Disagreement(Exception):  # noqa: N818 - no error: the general way decides then
    """The line and the exact arithmetic of one price differ."""


def propose(deal: Deal, highest: int) -> Proposal | None:
    """The ladder up to a level, as far as it can be read off lines; else `None`."""
    if deal.violations:
        return Proposal((Infeasible(),) * (highest + 1))
    if not deal.space.is_price_alone:
        return None
    key = (_KEPT, deal.request.configuration, deal.request.profile)
    translated = deal.pricing.kept(key, lambda: _translated(deal))
    if translated is None:
        return None
    places = [translated.places[name] for name in deal.in_force(highest)]
    values = [deal.space.fixed[name] for name in translated.inputs]

    def lost(truths: tuple[bool | None, ...]) -> bool:
        return any(truths[place] is False for place in places)

    try:
        sweep = translated.sweep(values, lost)
        if sweep is None:  # a rule fails whatever the price, and on every level below as well
            return Proposal((Infeasible(),) * (highest + 1))
        reading = _Reading(deal, translated, values, sweep)
        steps = climb_by(deal, reading.best, highest)
    except (ZeroDivisionError, NotAffineError, _Disagreement):
        return None
    return Proposal(steps, tuple(reading.claims))


def _translated(deal: Deal) -> _Translated | None:
    offer = deal.offer
    environment = {**offer.bindings, **offer.canonical}
    bounds = offer.configuration.tunable[PRICE]
    inputs = tuple(name for name in offer.configuration.tunable if name != PRICE)
    conditions, number = tuple(deal.conditions.values()), Name(LIFETIME_VALUE)
    domain = domain_of(bounds)
    try:
        point = point_of(environment, (PRICE, *inputs), conditions, number)
        sweep = sweep_of(environment, inputs, conditions, number, PRICE, domain)
    except UntranslatableError:
        return None
    places = {name: place for place, name in enumerate(deal.conditions)}
    return _Translated(inputs, places, domain, point, sweep)


class _Reading:
    """One request's rules over all prices."""

    def __init__(
        self, deal: Deal, translated: _Translated, values: Sequence[Value], sweep: Sweep
    ) -> None:
        self.claims: dict[Claim, None] = {}
        self._deal = deal
        self._translated = translated
        self._last = len(translated.domain) - 1
        self._values = values
        self._sweep = sweep
        self._by_value = deal.request.preference == "seller_ltv"

    def best(self, in_force: Sequence[str]) -> Step:
        """The best price under some rules; that no other is better is left to be proved."""
        sets = self._sets(in_force)
        if sets is None:
            return Infeasible()
        feasible: Ranges = reduce(piecewise.both, sets, ((0, self._last),))
        if not feasible:
            self._claim(sets)
            return Infeasible()
        index = _first(feasible)
        if self._by_value:
            index = piecewise.highest(self._sweep.number, feasible) or 0
        answer = self._answer(index, in_force)
        self._claim((self._better(index), *sets))
        return answer

    def _sets(self, in_force: Sequence[str]) -> tuple[Ranges, ...] | None:
        """The prices that each rule admits, where it does not admit all; `None` if one has none."""
        found: dict[Ranges, None] = {}
        whole = ((0, self._last),)
        for name in in_force:
            holds = self._sweep.holds[self._translated.places[name]]
            if holds is False:
                return None
            if holds is not True and holds != whole:
                found[holds] = None
        return tuple(found)

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

    def _better(self, index: int) -> Ranges:
        """The prices that would be better than one."""
        lower: Ranges = ((0, index - 1),) if index else ()
        if not self._by_value:
            return lower
        over, under = piecewise.value(self._sweep.number, index)
        line = self._sweep.number
        as_good = piecewise.both(piecewise.equal(line, 1, 1, over, under), lower)
        return piecewise.either(piecewise.above(line, 1, 1, over, under), as_good)

    def _answer(self, index: int, in_force: Sequence[str]) -> Answer:
        deal, places = self._deal, self._translated.places
        price = self._translated.domain.value(index)
        point = self._translated.point([price, *self._values])
        over, under = piecewise.value(self._sweep.number, index)
        value = Fraction(*point.number)
        if value * under != over or not all(point.holds[places[name]] for name in in_force):
            raise _Disagreement
        fields = {**deal.space.fixed, PRICE: price}
        broken = tuple(name for name, holds in zip(places, point.holds, strict=True) if not holds)
        return Answer(fields, deal.offer.evaluator(fields), price, value, broken)


def _first(where: Ranges) -> int:
    return where[0][0]
