"""Lifetime value against usage price: exact figures for a chart, with every limit on the way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple

from constraints.language.domains import Domain
from constraints.language.expressions import Name, Value
from constraints.lines import piecewise
from constraints.lines.piecewise import Line, Ranges
from cp_pricing.decision.price_lines import OverPrices, attempted
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.deal import Deal
from cp_pricing.model.lifetime_value import PRICE_BAND

# Ticks read at even distances; with the edges of a price response, a chart has at most 150.
EVEN_TICKS = 97
MAXIMUM_POINTS = 150
# Reading a tick takes about a millisecond; limits that need more than these are not exact.
MAXIMUM_READINGS = 600

LTV = Name(LIFETIME_VALUE)
_BAND = Name(PRICE_BAND)


class PricePoint(NamedTuple):
    """A usage price (currency/unit), its LTV (currency) and its band of the price response.

    LTV may jump from one band to the next, so no line leads from one to the other.
    """

    price: Fraction
    ltv: Fraction
    band: int


class PriceRange(NamedTuple):
    """The usage prices from `low` to `high` on the tick grid, both included (currency/unit)."""

    low: Fraction
    high: Fraction


class RuleLimits(NamedTuple):
    """The usage prices at which a rule holds (a rule whose `when` is false holds)."""

    rule: str
    holds: tuple[PriceRange, ...]


class LevelRange(NamedTuple):
    """The usage prices that an approval level admits; level 0 is self-serve."""

    level: int
    approver: str | None
    feasible: tuple[PriceRange, ...]


class PriceCurve(NamedTuple):
    """LTV (currency) against usage price (currency/unit), all other fields being `fields`.

    Where `exact` is false, a rule changes so often, or time was so short, that the ends of ranges
    may be off by some ticks.
    """

    fields: Mapping[str, Value]
    bounds: PriceRange
    points: tuple[PricePoint, ...]
    required: Fraction
    rules: tuple[RuleLimits, ...]
    levels: tuple[LevelRange, ...]
    exact: bool


class _Tick(NamedTuple):
    """The exact state of one tick: `broken` are the rules that fail there."""

    ltv: Fraction
    band: int
    broken: frozenset[str]

    @property
    def outlook(self) -> tuple[int, frozenset[str]]:
        """What must be the same at two ticks for all between them to be alike."""
        return self.band, self.broken


class _Swept(NamedTuple):
    """Over all prices: which rules always fail, where others hold, LTV and its band."""

    failing: frozenset[str]
    holds: Mapping[str, Ranges]
    ltv: Line
    band: Line


class _Ticks:
    """The ticks of a price grid, by their place from 0; each is read when asked for, once."""

    def __init__(self, deal: Deal, fields: Mapping[str, Value]) -> None:
        self.domain = prices_of(deal)
        self.read_so_far: dict[int, _Tick] = {}
        self._deal = deal
        self._fields = fields
        self._conditions = {rule.id: rule.condition for rule in deal.pricing.rules}
        self._swept = attempted(lambda: _swept(deal, fields))

    def price(self, place: int) -> Fraction:
        return self.domain.value(self.domain.indices[place])

    def place(self, price: Fraction) -> int | None:
        if price not in self.domain:
            return None
        return bisect_left(self.domain.indices, int((price - self.domain.base) / self.domain.step))

    def read(self, place: int) -> _Tick:
        tick = self.read_so_far.get(place)
        if tick is None:
            tick = self.read_so_far[place] = self._read(place)
        return tick

    def _read(self, place: int) -> _Tick:
        if self._swept is not None:
            return self._read_off(place, self._swept)
        evaluator = self._deal.offer.evaluator({**self._fields, PRICE: self.price(place)})
        failing = (name for name, rule in self._conditions.items() if not evaluator.truth(rule))
        return _Tick(
            evaluator.number(LTV) or Fraction(0),
            int(evaluator.number(_BAND) or 0),
            frozenset(failing),
        )

    def _read_off(self, place: int, swept: _Swept) -> _Tick:
        """The same off lines over all prices, which are made once."""
        within = piecewise.within
        failing = [name for name, where in swept.holds.items() if not within(where, place)]
        ltv, band = (Fraction(*piecewise.value(line, place)) for line in (swept.ltv, swept.band))
        return _Tick(ltv, int(band), swept.failing.union(failing))

    def refine(self, low: int, high: int) -> bool:
        """Read ticks between two until every change is between neighbours; false at the limit."""
        # Halved only where the two ends differ: what is alike at both is taken to be so between.
        alike = self.read(low).outlook == self.read(high).outlook
        if alike or high - low == 1:
            return True
        if len(self.read_so_far) >= MAXIMUM_READINGS or self._deal.solver.is_late:
            return False
        middle = (low + high) // 2
        return self.refine(low, middle) and self.refine(middle, high)

    @cached_property
    def _stretches(self) -> list[tuple[int, int, frozenset[str]]]:
        """From and to where the same rules are broken, as far as ticks have been read by now."""
        runs = groupby(sorted(self.read_so_far.items()), key=lambda pair: pair[1].broken)
        ends = ((broken, [place for place, _ in run]) for broken, run in runs)
        return [(places[0], places[-1], broken) for broken, places in ends]

    def keeping(self, rules: Collection[str]) -> tuple[PriceRange, ...]:
        """The stretches of ticks that break none of some rules; nothing is read any more."""
        met: list[list[int]] = []
        inside = False
        for low, high, broken in self._stretches:
            before, inside = inside, broken.isdisjoint(rules)
            if inside and before:
                met[-1][1] = high
            elif inside:
                met.append([low, high])
        return tuple(PriceRange(self.price(low), self.price(high)) for low, high in met)


def _swept(deal: Deal, fields: Mapping[str, Value]) -> _Swept | None:
    """All rules, LTV and its bands by the price; `None` where they are not to be had so."""
    offer = deal.offer
    if PRICE not in offer.domains or offer.price_lines is None or offer.chart_lines is None:
        return None
    # What cannot be tuned is as listed in the translation, whatever a request asks for.
    if not set(deal.violations) <= set(offer.asked_for) or not fields.keys() >= set(
        offer.asked_for
    ):
        return None
    others, lines = offer.chart_lines
    more = lines([fields[name] for name in offer.asked_for], lambda _: False)
    if more is None or more.under:
        return None
    prices = OverPrices(deal, offer.price_lines, fields)
    holds = dict(zip(others, more.holds, strict=True))
    holds |= {name: prices.where(name) for name in offer.conditions}
    failing = frozenset(name for name, where in holds.items() if not where)
    ranges = {n: where for n, where in holds.items() if where and not isinstance(where, bool)}
    return _Swept(failing, ranges, prices.worths, more.number)


def price_curve(
    deal: Deal, opened: Mapping[str, Value] | None = None, marks: Iterable[Fraction] = ()
) -> PriceCurve:
    """The curve of a request, its open fields being `opened`, or else as in the baseline.

    `marks` are usage prices to be read besides those at even distances. Between two ticks read a
    rule is taken to change at most once, which holds for all that are monotone in the price
    within a band of the price response; where it changes is found exactly.
    """
    fields = {**deal.offer.canonical, **deal.space.fixed, **(opened or {})}
    fields.pop(PRICE)
    ticks = _Ticks(deal, fields)
    even = evenly(ticks.domain.count, EVEN_TICKS)
    listed = Fraction(deal.offer.canonical[PRICE])
    places = {ticks.place(price) for price in (*marks, listed)}
    chosen = sorted({*even, *(place for place in places if place is not None)})
    # The first is its own neighbour, so that a single tick is read too.
    refined = [ticks.refine(low, high) for low, high in pairwise([chosen[0], *chosen])]
    return PriceCurve(
        fields=FrozenMapping(fields),
        bounds=PriceRange(ticks.domain.low, ticks.domain.high),
        points=_points(ticks, chosen),
        required=deal.offer.reference.required,
        rules=_rule_limits(ticks, [rule.id for rule in deal.pricing.rules]),
        levels=_level_ranges(deal, ticks),
        exact=all(refined),
    )


def prices_of(deal: Deal) -> Domain:
    """The usage prices that there are; a price that is not tunable is the only one."""
    domain = deal.offer.domains.get(PRICE)
    return domain or Domain.of([Fraction(deal.space.fixed[PRICE])])


def evenly(count: int, most: int) -> list[int]:
    """At most so many of `count` places at even distances, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({place * (count - 1) // (most - 1) for place in range(most)})


def _points(ticks: _Ticks, chosen: Sequence[int]) -> tuple[PricePoint, ...]:
    """The chosen ticks, and those at both sides of an edge between bands."""
    places = set(chosen)
    for low, high in pairwise(sorted(ticks.read_so_far)):
        apart = ticks.read(low).band != ticks.read(high).band
        if apart and len(places) < MAXIMUM_POINTS - 1:
            places |= {low, high}
    return tuple(
        PricePoint(ticks.price(place), ticks.read(place).ltv, ticks.read(place).band)
        for place in sorted(places)
    )


def _rule_limits(ticks: _Ticks, rules: Iterable[str]) -> tuple[RuleLimits, ...]:
    return tuple(RuleLimits(rule, ticks.keeping({rule})) for rule in rules)


def _level_ranges(deal: Deal, ticks: _Ticks) -> tuple[LevelRange, ...]:
    """An input outside its tunable bounds leaves no level any price."""
    return tuple(
        LevelRange(
            level,
            approver,
            () if deal.violations else ticks.keeping(deal.in_force(level)),
        )
        for level, approver in enumerate(deal.pricing.policy.by_level)
    )
