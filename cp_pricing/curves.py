"""Exact figures for charts: lifetime value by usage price, price by lever, price against LTV."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from constraints.domains import Domain
from constraints.expressions import Name, Value
from constraints.integer_model import NumericOverflow
from constraints.optimisation import Goal, Optimal, Result
from constraints.solving import Infeasible, Unknown
from cp_pricing.catalog import Values
from cp_pricing.deal import Deal, condition_of
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.ladder import Answer, answer_of
from cp_pricing.results import LevelStatus, Preference
from cp_pricing.tunables import Bounds
from cp_pricing.validation import FrozenMapping

# Ticks read at even distances; with the edges of a price response, a chart has at most 150.
EVEN_TICKS = 97
MAXIMUM_POINTS = 150
# Reading a tick takes about a millisecond; limits that need more than these are not exact.
MAXIMUM_READINGS = 600
MAXIMUM_VALUES = 40
FRONTIER_PRICES = 24

_LTV = Name(LIFETIME_VALUE)
_BAND = Name("@price_band")


@dataclass(frozen=True, slots=True)
class PricePoint:
    """A usage price (currency/unit), its LTV (currency) and its band of the price response.

    LTV may jump from one band to the next, so no line leads from one to the other.
    """

    price: Fraction
    ltv: Fraction
    band: int


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The usage prices from `low` to `high` on the tick grid, both included (currency/unit)."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """The usage prices at which a rule holds (a rule whose `when` is false holds)."""

    rule: str
    holds: tuple[PriceRange, ...]


@dataclass(frozen=True, slots=True)
class LevelRange:
    """The usage prices that an approval level admits; level 0 is self-serve."""

    level: int
    approver: str | None
    feasible: tuple[PriceRange, ...]


@dataclass(frozen=True, slots=True)
class PriceCurve:
    """LTV (currency) against usage price (currency/unit), all other fields being `fields`.

    Where `exact` is false, a rule changes so often that ends of ranges may be off by some ticks.
    """

    fields: Mapping[str, Value]
    bounds: PriceRange
    points: tuple[PricePoint, ...]
    required: Fraction
    rules: tuple[RuleLimits, ...]
    levels: tuple[LevelRange, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class LeverPoint:
    """The best answer where a field has `value`; no price (currency/unit) where there is none.

    `level` is the approval level that the answer takes, `ltv` is in currency.
    """

    value: Value
    status: LevelStatus
    price: Fraction | None = None
    ltv: Fraction | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class LeverCurve:
    """The best answer for each value of a field; `asked` is the request's, `None` if left open.

    `complete` tells whether every tunable value is among the points.
    """

    field: str
    asked: Value | None
    points: tuple[LeverPoint, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """A usage price (currency/unit) and the highest LTV (currency) to be had at it."""

    price: Fraction
    ltv: Fraction


# --- lifetime value against usage price -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """The exact state of one tick: `broken` are the rules that fail there."""

    ltv: Fraction
    band: int
    broken: frozenset[str]

    @property
    def outlook(self) -> tuple[int, frozenset[str]]:
        """What must be the same at two ticks for all between them to be alike."""
        return self.band, self.broken


class _Ticks:
    """The ticks of a price grid, by their place from 0; each is read when asked for, once."""

    def __init__(self, deal: Deal, fields: Mapping[str, Value]) -> None:
        self.domain = _prices(deal)
        self.known: dict[int, _Reading] = {}
        self._deal = deal
        self._fields = fields
        self._conditions = {rule.id: condition_of(rule) for rule in deal.pricing.rules}

    def price(self, place: int) -> Fraction:
        return self.domain.value(self.domain.indices[place])

    def place(self, price: Fraction) -> int | None:
        if price not in self.domain:
            return None
        return bisect_left(self.domain.indices, int((price - self.domain.base) / self.domain.step))

    def read(self, place: int) -> _Reading:
        known = self.known.get(place)
        if known is None:
            known = self.known[place] = self._read(place)
        return known

    def _read(self, place: int) -> _Reading:
        evaluator = self._deal.offer.evaluator({**self._fields, PRICE: self.price(place)})
        failing = (name for name, rule in self._conditions.items() if not evaluator.truth(rule))
        return _Reading(
            evaluator.number(_LTV) or Fraction(0),
            int(evaluator.number(_BAND) or 0),
            frozenset(failing),
        )

    def refine(self, low: int, high: int) -> bool:
        """Read ticks between two until every change is between neighbours; false at the limit."""
        if high - low <= 1 or self.read(low).outlook == self.read(high).outlook:
            return True
        if len(self.known) >= MAXIMUM_READINGS:
            return False
        middle = (low + high) // 2
        return self.refine(low, middle) and self.refine(middle, high)

    def ranges(self, wanted: Callable[[_Reading], bool]) -> tuple[PriceRange, ...]:
        """The stretches of ticks that are as wanted, as far as they have been read."""
        found: list[PriceRange] = []
        inside = False
        for place in sorted(self.known):
            before, inside = inside, wanted(self.known[place])
            if inside:
                price = self.price(place)
                low = found.pop().low if before else price
                found.append(PriceRange(low, price))
        return tuple(found)


def price_curve(
    deal: Deal, opened: Mapping[str, Value] | None = None, marks: Iterable[Fraction] = ()
) -> PriceCurve:
    """The curve of a request, its open fields being `opened`, or else as in the baseline.

    `marks` are usage prices to be read besides those at even distances. Between two ticks read a
    rule is taken to change at most once, which holds for all that are monotone in the price
    within a band of the price response; where it changes is found exactly.
    """
    fields = {**deal.offer.canonical, **deal.request.inputs, **(opened or {})}
    fields.pop(PRICE)
    ticks = _Ticks(deal, fields)
    even = _evenly(len(ticks.domain), EVEN_TICKS)
    places = {ticks.place(price) for price in (*marks, deal.offer.canonical[PRICE])}
    chosen = sorted({*even, *(place for place in places if place is not None)})
    exact = all([ticks.refine(low, high) for low, high in pairwise(chosen)] or [_read_one(ticks)])
    return PriceCurve(
        fields=FrozenMapping(fields),
        bounds=PriceRange(ticks.domain.low, ticks.domain.high),
        points=_points(ticks, chosen),
        required=deal.offer.reference.required,
        rules=_rule_limits(ticks, [rule.id for rule in deal.pricing.rules]),
        levels=_level_ranges(deal, ticks),
        exact=exact,
    )


def _read_one(ticks: _Ticks) -> bool:
    """A grid of a single tick has no neighbours to compare."""
    ticks.read(0)
    return True


def _prices(deal: Deal) -> Domain:
    """The usage prices that may be chosen; a price that is not tunable is the only one."""
    domain = deal.space.domains.get(PRICE)
    return domain or Domain.of([Fraction(deal.space.fixed[PRICE])])


def _evenly(count: int, most: int) -> list[int]:
    """At most so many of `count` places at even distances, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({place * (count - 1) // (most - 1) for place in range(most)})


def _points(ticks: _Ticks, chosen: Sequence[int]) -> tuple[PricePoint, ...]:
    """The chosen ticks, and those at both sides of an edge between bands."""
    places = set(chosen)
    for low, high in pairwise(sorted(ticks.known)):
        if ticks.known[low].band != ticks.known[high].band and len(places) < MAXIMUM_POINTS - 1:
            places |= {low, high}
    return tuple(
        PricePoint(ticks.price(place), ticks.read(place).ltv, ticks.read(place).band)
        for place in sorted(places)
    )


def _rule_limits(ticks: _Ticks, rules: Iterable[str]) -> tuple[RuleLimits, ...]:
    return tuple(RuleLimits(rule, ticks.ranges(_keeps({rule}))) for rule in rules)


def _level_ranges(deal: Deal, ticks: _Ticks) -> tuple[LevelRange, ...]:
    """An input outside its tunable bounds leaves no level any price."""
    approvers: tuple[str | None, ...] = (None, *deal.pricing.price_book.policy.approvers)
    return tuple(
        LevelRange(
            level,
            approver,
            () if deal.violations else ticks.ranges(_keeps(set(deal.in_force(level)))),
        )
        for level, approver in enumerate(approvers)
    )


def _keeps(rules: set[str]) -> Callable[[_Reading], bool]:
    return lambda reading: reading.broken.isdisjoint(rules)


# --- price against a lever ------------------------------------------------------------------


def tunable_fields(deal: Deal) -> tuple[str, ...]:
    """The fields of a request's configuration that can be tuned, but the usage price."""
    return tuple(name for name in deal.offer.configuration.tunable if name != PRICE)


def lever_curve(deal: Deal, field: str, most: int = MAXIMUM_VALUES) -> LeverCurve:
    """The best answer for at most so many values of a tunable field, all else being as asked.

    Solved anew for each value, at the highest approval level that the request may use. The ends
    of the bounds are among the values, and so are the one asked for and the baseline's if they
    are within the bounds. Raises `KeyError` for a field without tunable bounds.
    """
    bounds = deal.offer.configuration.tunable[field]
    asked = deal.request.inputs.get(field, deal.offer.canonical[field])
    values = _values(bounds, (asked, deal.offer.canonical[field]), most)
    return LeverCurve(
        field=field,
        asked=None if field in deal.request.open else asked,
        points=tuple(_lever_point(deal, field, value) for value in values),
        complete=len(values) == bounds.count,
    )


def _values(bounds: Bounds, kept: Iterable[Value], most: int) -> list[Value]:
    extra = {_place(bounds, value) for value in kept if value in bounds}
    even = _evenly(bounds.count, max(2, most - len(extra)))
    return [bounds.values[place] for place in sorted({*even, *extra})]


def _place(bounds: Bounds, value: Value) -> int:
    return bounds.index(value) if isinstance(bounds, Values) else bounds.index(Fraction(value))


def _lever_point(deal: Deal, field: str, value: Value) -> LeverPoint:
    varied = _with_input(deal, field, value)
    step = _best(varied)
    match step:
        case Unknown():
            return LeverPoint(value, "unknown")
        case Infeasible():
            return LeverPoint(value, "infeasible")
    return LeverPoint(value, "optimal", step.price, step.ltv, _level_needed(varied, step))


def _with_input(deal: Deal, field: str, value: Value) -> Deal:
    request = deal.request
    changes = {
        "inputs": FrozenMapping({**request.inputs, field: value}),
        "open": tuple(name for name in request.open if name != field),
    }
    return Deal(deal.pricing, request.model_copy(update=changes), deal.solver)


_Step: TypeAlias = Answer | Infeasible | Unknown


def _best(deal: Deal) -> _Step:
    """The best answer of the highest approval level that a request may use."""
    if deal.violations:
        return Infeasible()
    try:
        result = deal.problem.best(deal.in_force(deal.usable_level), deal.goals)
    except NumericOverflow as overflow:
        return Unknown(str(overflow))
    return answer_of(deal, result) if isinstance(result, Optimal) else result


def _level_needed(deal: Deal, answer: Answer) -> int:
    """The lowest level that may waive all that an answer breaks."""
    levels = range(deal.usable_level)
    enough = (level for level in levels if not set(answer.broken) & set(deal.in_force(level)))
    return next(enough, deal.usable_level)


# --- the frontier between the two preferences -----------------------------------------------


def frontier(deal: Deal, most: int = FRONTIER_PRICES) -> tuple[FrontierPoint, ...]:
    """From the lowest usage price to the highest LTV: no other answer is better in both.

    Both ends are the proven answers of the two preferences at the highest approval level that the
    request may use; between them at most so many prices are solved for their highest LTV, and
    those that are better in nothing are left out. Empty where there is no answer, or none proven.
    """
    ends = [_best(_preferring(deal, name)) for name in ("lower_usage_price", "seller_ltv")]
    low, high = ends
    if not (isinstance(low, Answer) and isinstance(high, Answer)):
        return ()
    domain = _prices(deal)
    first, last = (domain.indices.index(_index(domain, end.price)) for end in (low, high))
    found = [FrontierPoint(low.price, low.ltv)]
    for offset in _evenly(last - first + 1, most)[1:-1]:
        price = domain.value(domain.indices[first + offset])
        ltv = _highest_ltv(deal, price)
        if ltv is not None and found[-1].ltv < ltv < high.ltv:
            found.append(FrontierPoint(price, ltv))
    return (*found, FrontierPoint(high.price, high.ltv)) if high.ltv > low.ltv else tuple(found)


def _index(domain: Domain, price: Fraction) -> int:
    return int((price - domain.base) / domain.step)


def _preferring(deal: Deal, preference: Preference) -> Deal:
    request = deal.request.model_copy(update={"preference": preference})
    return Deal(deal.pricing, request, deal.solver)


def _highest_ltv(deal: Deal, price: Fraction) -> Fraction | None:
    """The highest LTV at a usage price, `None` where no answer is proven."""
    in_force = deal.in_force(deal.usable_level)
    if not deal.request.open:
        evaluator = deal.offer.evaluator({**deal.space.fixed, PRICE: price})
        rules = (rule for rule in deal.pricing.rules if rule.id in in_force)
        holds = all(evaluator.truth(condition_of(rule)) for rule in rules)
        return evaluator.number(_LTV) if holds else None
    at_price = Deal(deal.pricing, deal.request, deal.solver)
    at_price.space = replace(
        deal.space,
        fixed={**deal.space.fixed, PRICE: price},
        domains={name: bound for name, bound in deal.space.domains.items() if name != PRICE},
    )
    result: Result = at_price.problem.best(in_force, (Goal(_LTV, maximise=True),))
    return answer_of(at_price, result).ltv if isinstance(result, Optimal) else None
