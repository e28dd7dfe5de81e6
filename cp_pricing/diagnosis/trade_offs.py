"""Trade-offs: what each commitment of an answer is worth, every figure solved again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Optimal
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import Name, Value
from cp_pricing.decision.ladder import Answer, Step, answer_of
from cp_pricing.fields import INPUT_FIELDS, LIFETIME_VALUE
from cp_pricing.model.deal import Deal, domain_of
from cp_pricing.results import Outcome, TradeOff, shown_value

if TYPE_CHECKING:
    from cp_pricing.book.tunables import Grid, Values

_UNPROVED = "the worth of some commitments could not be proved in time"


def trade_offs(deal: Deal, answer: Answer) -> tuple[tuple[TradeOff, ...], str]:
    """The worth of every field of the answer that is off the baseline, in field order.

    One that could not be proved is left out, and the second part says so.
    """
    baseline = deal.offer.canonical
    found = [
        _trade_off(deal, answer, name)
        for name in INPUT_FIELDS
        if answer.fields[name] != baseline[name]
    ]
    known = tuple(each for each in found if each is not None)
    return known, "" if len(known) == len(found) else _UNPROVED


def with_inputs(deal: Deal, fields: Mapping[str, Value]) -> Deal:
    """The same deal with all its fields asked for, so that only the usage price is open."""
    request = deal.request.model_copy(update={"inputs": dict(fields), "open": ()})
    return Deal(deal.pricing, request, deal.solver)


def best_price(deal: Deal) -> Step:
    """The best answer at the highest level that the request may use."""
    if deal.violations:
        return Infeasible()
    result = deal.problem.best(deal.in_force(deal.usable_level), deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else result


def next_value(bounds: Grid | Values | None, value: Value, baseline: Value) -> Value | None:
    """The next tunable value, away from the baseline's; `None` if there is none."""
    if bounds is None or isinstance(value, bool) or isinstance(baseline, bool):
        return None
    domain = domain_of(bounds)
    place = (value - domain.base) / domain.step
    indices = domain.indices
    if value > baseline:
        after = bisect_right(indices, place)
        return domain.value(indices[after]) if after < len(indices) else None
    before = bisect_left(indices, place) - 1
    return domain.value(indices[before]) if before >= 0 else None


def _trade_off(deal: Deal, answer: Answer, name: str) -> TradeOff | None:
    baseline = deal.offer.canonical[name]
    kept = _inputs(deal, answer)
    without = best_price(with_inputs(deal, {k: v for k, v in kept.items() if k != name}))
    following = next_value(
        deal.offer.configuration.tunable.get(name), answer.fields[name], baseline
    )
    more: Step | None = None
    if following is not None:
        more = best_price(with_inputs(deal, {**kept, name: following}))
    if isinstance(without, Unknown) or isinstance(more, Unknown):
        return None
    elsewhere = deal.offer.evaluator({**answer.fields, name: baseline})
    without_ltv = elsewhere.number(Name(LIFETIME_VALUE)) or Fraction(0)
    return TradeOff(
        field=name,
        value=shown_value(name, answer.fields[name]),
        baseline_value=shown_value(name, baseline),
        without=_outcome(without),
        next_value=None if following is None else shown_value(name, following),
        one_step_more=_outcome(more),
        ltv_worth=answer.ltv - without_ltv,
    )


def _inputs(deal: Deal, answer: Answer) -> dict[str, Value]:
    """The answer's fields that are off the baseline, as inputs."""
    baseline, fields = deal.offer.canonical, answer.fields
    return {name: fields[name] for name in INPUT_FIELDS if fields[name] != baseline[name]}


def _outcome(step: Step | None) -> Outcome | None:
    if not isinstance(step, Answer):
        return None
    return Outcome(usage_unit_price=step.price, ltv=step.ltv)
