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
from cp_pricing.results import TradeOff, shown_value

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.model.deal import Deal

_UNPROVED = "the worth of some commitments could not be proved in time"


def trade_offs(deal: Deal, answer: Answer) -> tuple[tuple[TradeOff, ...], str]:
    """The worth of every field of the answer that is off the baseline, in field order.

    One that could not be proved is left out, and the second part says so.
    """
    baseline = deal.offer.canonical
    kept: dict[str, Value] = {name: answer.fields[name] for name in INPUT_FIELDS}
    kept = {name: value for name, value in kept.items() if value != baseline[name]}
    tried = [_trade_off(deal, answer, name, kept) for name in kept]
    proved = tuple(trade_off for trade_off in tried if trade_off is not None)
    return proved, "" if len(proved) == len(tried) else _UNPROVED


def best_price(deal: Deal) -> Step:
    """The best answer at the highest level that the request may use."""
    if deal.violations:
        return Infeasible()
    result = deal.problem.best(deal.in_force(), deal.goals)
    return answer_of(deal, result) if isinstance(result, Optimal) else result


def _next_value(domain: Domain | None, value: Value, baseline: Value) -> Value | None:
    """The next tunable value, away from the baseline's; `None` if there is none."""
    if domain is None:
        return None
    place = (value - domain.base) / domain.step
    indices = domain.indices
    if value > baseline:
        after = bisect_right(indices, place)
        return domain.value(indices[after]) if after < len(indices) else None
    before = bisect_left(indices, place) - 1
    return domain.value(indices[before]) if before >= 0 else None


def _trade_off(deal: Deal, answer: Answer, name: str, kept: Mapping[str, Value]) -> TradeOff | None:
    """The worth of one of the answer's fields that are `kept`; `None` if it is not proved."""
    baseline = deal.offer.canonical[name]
    others = {other: value for other, value in kept.items() if other != name}
    without = best_price(deal.varied(inputs=others, open=()))
    following = _next_value(deal.offer.domains.get(name), kept[name], baseline)
    more: Step | None = None
    if following is not None:
        more = best_price(deal.varied(inputs={**kept, name: following}, open=()))
    if isinstance(without, Unknown) or isinstance(more, Unknown):
        return None
    elsewhere = deal.offer.evaluator({**answer.fields, name: baseline})
    without_ltv = elsewhere.number(Name(LIFETIME_VALUE)) or Fraction(0)
    return TradeOff(
        field=name,
        value=shown_value(name, kept[name]),
        baseline_value=shown_value(name, baseline),
        without=without.outcome if isinstance(without, Answer) else None,
        next_value=None if following is None else shown_value(name, following),
        one_step_more=more.outcome if isinstance(more, Answer) else None,
        ltv_worth=answer.ltv - without_ltv,
    )
