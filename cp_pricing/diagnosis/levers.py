"""What moving one field buys, and the frontier of usage price against lifetime value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from constraints.cpsat.optimisation import Goal, Optimal
from constraints.cpsat.solving import Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import Value
from cp_pricing.catalog.tunables import Bounds
from cp_pricing.decision.ladder import Answer, Step, answer_of
from cp_pricing.decision.price_lines import OverPrices, attempted
from cp_pricing.decision.proposals import few_choices
from cp_pricing.diagnosis.curves import LTV, evenly, prices_of
from cp_pricing.diagnosis.trade_offs import best_prices
from cp_pricing.fields import PRICE, RATES, base_name
from cp_pricing.model.deal import Deal
from cp_pricing.results import LevelStatus, TuningResult

MAXIMUM_VALUES = 40
FRONTIER_PRICES = 24


class LeverPoint(NamedTuple):
    """The best answer where a field has `value`; no price (currency/unit) where there is none.

    `level` is the approval level that the answer takes, `ltv` is in currency.
    """

    value: Value
    status: LevelStatus
    price: Fraction | None = None
    ltv: Fraction | None = None
    level: int | None = None


class LeverCurve(NamedTuple):
    """The best answer for each value of a field; `asked` is the request's, `None` if left open.

    `complete` tells whether every tunable value is among the points.
    """

    field: str
    asked: Value | None
    points: tuple[LeverPoint, ...]
    complete: bool


class FrontierPoint(NamedTuple):
    """A usage price (currency/unit) and the highest LTV (currency) to be had at it."""

    price: Fraction
    ltv: Fraction


class Frontier(NamedTuple):
    """Points from the lowest usage price to the highest LTV; not `complete` if one is unproven."""

    points: tuple[FrontierPoint, ...] = ()
    complete: bool = True


def tunable_fields(deal: Deal) -> tuple[str, ...]:
    """The fields of a request's configuration that can be tuned, but the usage price."""
    tunable = deal.offer.configuration.tunable
    return tuple(name for name in tunable if name != PRICE and base_name(name) != RATES)


def lever_curve(deal: Deal, field: str, most: int = MAXIMUM_VALUES) -> LeverCurve:
    """The best answer for at most so many values of a tunable field, all else being as asked.

    Read anew for each value, at the highest approval level that the request may use. The ends
    of the bounds are among the values, and so are the one asked for and the baseline's if they
    are within the bounds. Raises `KeyError` for a field without tunable bounds.
    """
    (curve,) = lever_curves(deal, (field,), most)
    return curve


def lever_curves(
    deal: Deal, fields: Sequence[str], most: int = MAXIMUM_VALUES
) -> tuple[LeverCurve, ...]:
    """The same for some fields, all that can be read off lines proved in one solve."""
    deal = deal.unasked  # what a commitment is worth shows in the price
    tried = [_Tried.of(deal, field, most) for field in fields]
    # Each field has the deal as it is asked for among its own.
    deals = list(dict.fromkeys(one for field in tried for one in field.deals))
    steps = dict(zip(deals, best_prices(deals, deal.solver), strict=True))
    return tuple(field.curve([steps[one] for one in field.deals]) for field in tried)


class _Tried(NamedTuple):
    """A field with the values that are tried, and the deal with each."""

    field: str
    asked: Value | None
    values: Sequence[Value]
    deals: Sequence[Deal]
    complete: bool

    @staticmethod
    def of(deal: Deal, field: str, most: int) -> _Tried:
        bounds, own = deal.offer.configuration.tunable[field], deal.offer.canonical[field]
        asked = deal.request.inputs.get(field, own)
        values = _values(bounds, (asked, own), most)
        known = None if field in deal.request.open else asked
        deals = [deal if value == known else _with(deal, field, value) for value in values]
        return _Tried(field, known, values, deals, len(values) == bounds.count)

    def curve(self, steps: Iterable[Step]) -> LeverCurve:
        points = map(_lever_point, self.deals, self.values, steps)
        return LeverCurve(self.field, self.asked, tuple(points), self.complete)


def with_approval(curve: LeverCurve, result: TuningResult) -> LeverCurve:
    """A self-serve curve with the price of an answer that takes an approval, at its own value."""
    terms = result.configuration
    if terms is None or not result.approvals:
        return curve
    value, price = terms.value(curve.field), terms.price
    confirmed = LeverPoint(value, "optimal", price, result.ltv.tuned, len(result.approvals))
    points = tuple(confirmed if point.value == value else point for point in curve.points)
    return curve._replace(points=points)


def _values(bounds: Bounds, kept: Iterable[Value], most: int) -> list[Value]:
    extra = {bounds.index(value) for value in kept if value in bounds}
    # Both ends at least, however many others have to be among them.
    even = evenly(bounds.count, max(2, most - len(extra)))
    return [bounds.at(place) for place in sorted({*even, *extra})]


def _with(deal: Deal, field: str, value: Value) -> Deal:
    """A deal with another value of a field, which is not left open."""
    others = tuple(name for name in deal.request.open if name != field)
    return deal.varied(inputs={**deal.request.inputs, field: value}, open=others)


def _lever_point(varied: Deal, value: Value, step: Step) -> LeverPoint:
    if isinstance(step, Answer):
        return LeverPoint(value, "optimal", step.price, step.ltv, _level_needed(varied, step))
    return LeverPoint(value, "unknown" if isinstance(step, Unknown) else "infeasible")


def _level_needed(deal: Deal, answer: Answer) -> int:
    """The lowest level that may waive all that an answer breaks."""
    levels = range(deal.usable_level)
    enough = (level for level in levels if not set(answer.broken) & set(deal.in_force(level)))
    return next(enough, deal.usable_level)


# --- the frontier between the two preferences -----------------------------------------------


def frontier(deal: Deal, most: int = FRONTIER_PRICES) -> Frontier:
    """From the lowest usage price to the highest LTV: no other answer is better in both.

    Both ends are the proven answers of the two preferences at the highest approval level that the
    request may use; between them at most so many prices are solved for their highest LTV, and
    those that are better in nothing are left out. Empty where there is no answer, or none proven.
    """
    deal = deal.unasked
    ends = [deal.varied(preference=wish) for wish in ("lower_usage_price", "seller_ltv")]
    low, high = best_prices(ends, deal.solver)
    if not (isinstance(low, Answer) and isinstance(high, Answer)):
        return Frontier(complete=not any(isinstance(end, Unknown) for end in (low, high)))
    domain = prices_of(deal)
    first, last = (domain.indices.index(_index(domain, end.price)) for end in (low, high))
    points, complete, choices = [FrontierPoint(low.price, low.ltv)], True, few_choices(deal)
    for offset in deal.solver.in_turn(evenly(last - first + 1, most)[1:-1]):
        price = domain.value(domain.indices[first + offset])
        ltv = _highest_ltv(deal, price, choices)
        if isinstance(ltv, Unknown):
            complete = False
        elif ltv is not None and points[-1].ltv < ltv < high.ltv:
            points.append(FrontierPoint(price, ltv))
    if high.ltv > low.ltv:
        points.append(FrontierPoint(high.price, high.ltv))
    return Frontier(tuple(points), complete)


def _index(domain: Domain, price: Fraction) -> int:
    return int((price - domain.base) / domain.step)


def _highest_ltv(
    deal: Deal, price: Fraction, choices: Sequence[OverPrices] | None
) -> Fraction | Unknown | None:
    """The highest LTV at a usage price, `None` where there is no answer."""
    if deal.solver.is_late:
        return Unknown(deal.solver.late)
    in_force = deal.in_force()
    if (
        choices is not None
        and (read := attempted(lambda: _worths(choices, in_force, price))) is not None
    ):
        return max(read, default=None)
    at_price = deal.varied(inputs={**deal.request.inputs, PRICE: price})
    if not deal.request.open:  # nothing is left to be chosen, so there is nothing to solve
        evaluator = deal.offer.evaluator(at_price.space.fixed)
        holds = all(evaluator.truth(deal.conditions[name]) for name in in_force)
        return evaluator.number(LTV) if holds else None
    result = at_price.problem.best(in_force, (Goal(LTV, maximise=True),))
    if isinstance(result, Unknown):
        return result
    return answer_of(at_price, result).ltv if isinstance(result, Optimal) else None


def _worths(
    choices: Sequence[OverPrices], in_force: Sequence[str], price: Fraction
) -> list[Fraction]:
    """The LTV at a price of each choice of the other open terms that the rules admit there."""
    worths = (prices.worth(in_force, price) for prices in choices)
    return [worth for worth in worths if worth is not None]
