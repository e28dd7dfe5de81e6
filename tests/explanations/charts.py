"""Charts and asked prices against trying everything: levers, frontier, price curve, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from cp_pricing.decision.ladder import Answer as Ours
from cp_pricing.decision.verdict import Verdict
from cp_pricing.diagnosis.curves import price_curve
from cp_pricing.diagnosis.levers import LeverPoint, frontier, lever_curves, tunable_fields
from cp_pricing.diagnosis.trade_offs import trade_offs
from cp_pricing.model.deal import Deal
from tests.explanations.rulings import Had, had
from tests.explanations.universe import usable_level
from tests.oracle.case import DISCOUNT, FLAGS, Case, Preference, Value
from tests.oracle.enumeration import (
    Candidate,
    admissible,
    best_at,
    candidates,
    fails,
    in_force_at,
    off_bounds,
    priced_by_solver,
    rules_of,
    solve,
)
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import is_override
from tests.support.search import Tally

Point: TypeAlias = tuple[Value, Had | None, int | None]  # a value, what it buys, at what level
ALL = 1000


def charts_compared(case: Case, deal: Deal, verdict: Verdict) -> Tally:
    """Everything in which what charts are drawn from is not what trying everything finds."""
    tally = Tally()
    tally.differences += _levers(case, deal, tally.kinds)
    tally.differences += _frontier(case, deal, tally.kinds)
    tally.differences += _curve(case, deal, verdict.answer)
    if case.request.asks_for_price and verdict.answer is not None:
        tally.differences += _asked(case, deal, verdict.answer, tally.kinds)
    return tally


def _with(case: Case, name: str, value: Value | None) -> Case:
    """The case with another value of a field, or without asking for any."""
    wish = case.request
    inputs = {n: v for n, v in wish.inputs.items() if n != name}
    inputs |= {} if value is None else {name: value}
    opened = tuple(n for n in wish.open if n != name)
    return replace(case, request=replace(wish, inputs=inputs, open=opened))


def _left(case: Case, price: Fraction) -> Fraction:
    """A price, or what a discount leaves of one."""
    return 1 - price if case.configuration.price == DISCOUNT else price


def _best(case: Case) -> Candidate | None:
    return best_at(usable_level(case), case, candidates(case, Market(case)))


def _level(case: Case, best: Candidate) -> int:
    """The lowest level that may waive what an answer breaks."""
    levels = range(usable_level(case) + 1)
    return next(k for k in levels if not best.failed & in_force_at(k, case))


def _levers(case: Case, deal: Deal, kinds: Counter[str]) -> Iterator[str]:
    free = priced_by_solver(case)
    for curve in lever_curves(deal, tunable_fields(deal), ALL):
        name = curve.field
        bounds = case.configuration.tunable[name]
        theirs: list[Point] = []
        for value in sorted(bounds.values()):
            own = _with(free, name, value)
            best = _best(own)
            theirs.append((value, had(best), None if best is None else _level(own, best)))
        ours = [_point(case, name, one) for one in curve.points]
        kinds["lever points"] += len(ours)
        kinds["lever points with an answer"] += sum(one[1] is not None for one in ours)
        if ours != theirs or not curve.complete:
            yield f"lever {name}: {ours} instead of {theirs}"


def _point(case: Case, name: str, point: LeverPoint) -> Point:
    value = bool(point.value) if name in FLAGS else Fraction(point.value)
    if point.price is None or point.ltv is None:
        return value, None, None
    return value, (_left(case, point.price), point.ltv), point.level


def _frontier(case: Case, deal: Deal, kinds: Counter[str]) -> Iterator[str]:
    """The two ends, and of each price between what is more than any lower one has."""
    free = priced_by_solver(case)
    found = frontier(deal, ALL)
    ours = [(_left(case, one.price), one.ltv) for one in found.points]
    kinds["frontier points"] += len(ours)
    # Rules may ask what is preferred.
    wishes = (_preferring(free, "lower_usage_price"), _preferring(free, "seller_ltv"))
    low, high = (had(_best(wish)) for wish in wishes)
    theirs: list[Had] = []
    if low and high and not off_bounds(free):
        theirs = [low, *_between(free, low, high)]
        if high[1] > low[1]:
            theirs.append(high)
    if ours != theirs or not found.complete:
        yield f"frontier: {ours} instead of {theirs}"


def _preferring(case: Case, wish: Preference) -> Case:
    return replace(case, request=replace(case.request, preference=wish))


def _between(case: Case, low: Had, high: Had) -> Iterator[Had]:
    """The prices between two that have more than any lower one, and the most that each has."""
    force = in_force_at(usable_level(case), case)
    most: dict[Fraction, Fraction] = {}
    for point in candidates(case, Market(case)):
        if not point.failed & force:
            price, ltv = Fraction(point.offer.fields[case.configuration.price]), point.offer.ltv
            most[price] = max(most.get(price, ltv), ltv)
    reached = low[1]
    for price in sorted(most, key=lambda price: _left(case, price)):
        inside = _left(case, low[0]) < _left(case, price) < _left(case, high[0])
        if inside and reached < most[price] < high[1]:
            reached = most[price]
            yield price, reached


def _curve(case: Case, deal: Deal, answer: Ours | None) -> Iterator[str]:
    own, market = case.configuration, Market(case)
    if own.price in off_bounds(case) and own.price not in own.tunable:
        return  # a chart of the price that was asked for
    curve = price_curve(deal, answer.fields if answer else None)
    fixed = {name: value for name, value in curve.fields.items() if not is_override(name)}
    asked = {name: value for name, value in case.request.inputs.items() if is_override(name)}
    listed = admissible(own.price, case, own.canonical(case.profile.members))
    prices = sorted(map(Fraction, listed), key=lambda price: _left(case, price))
    offers = [Offer({**fixed, **asked, own.price: price}, market) for price in prices]
    ltvs = [(_left(case, p), one.ltv) for p, one in zip(prices, offers, strict=True)]
    ours = [(one.price, one.ltv) for one in curve.points]
    if ours != ltvs or not curve.exact:
        yield f"price curve: {ours} instead of {ltvs}"
    failed = [{rule.id for rule in rules_of(case) if fails(rule, Scope(one))} for one in offers]
    levels = range(len(case.policy.approvers) + 1)
    wanted = {rule.id: frozenset({rule.id}) for rule in rules_of(case)}
    wanted |= {f"level {k}": in_force_at(k, case) for k in levels}
    told = {one.rule: one.holds for one in curve.rules}
    told |= {f"level {one.level}": one.feasible for one in curve.levels}
    if told.keys() != wanted.keys():
        yield f"price curve: {told.keys()} instead of {wanted.keys()}"
    for name in told.keys() & wanted.keys():
        inside = [any(r.low <= _left(case, p) <= r.high for r in told[name]) for p in prices]
        lost = name.startswith("level ") and bool(off_bounds(case))
        holds = [not lost and not broken & wanted[name] for broken in failed]
        if inside != holds:
            yield f"price curve of {name}: {inside} instead of {holds}"


def _asked(case: Case, deal: Deal, answer: Ours, kinds: Counter[str]) -> Iterator[str]:
    """The decisions about an asked price without each commitment."""
    found, cut = trade_offs(deal, answer)
    if cut:
        yield f"trade-offs: {cut}"
    kinds["decisions without a commitment"] += len(found)
    for one in found:
        without = solve(_with(case, one.field, None)).decision
        if one.decision_without != without:
            yield f"without {one.field}: {one.decision_without} instead of {without}"
