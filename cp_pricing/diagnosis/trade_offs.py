"""Trade-offs: what each commitment of an answer is worth, every figure solved again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.solving import Unknown
from constraints.language.expressions import Name, Value
from cp_pricing.decision.ladder import Answer, Step, best_of
from cp_pricing.decision.verdict import decision_of, ladders_read
from cp_pricing.exact import shown_value
from cp_pricing.fields import LIFETIME_VALUE, PRICE, RATES, base_name
from cp_pricing.results import TradeOff

if TYPE_CHECKING:
    from constraints.language.domains import Domain
    from cp_pricing.model.deal import Deal

_UNPROVED = "the worth of some commitments could not be proved in time"


def trade_offs(deal: Deal, answer: Answer) -> tuple[tuple[TradeOff, ...], str]:
    """The worth of every field of the answer that is off the baseline, in field order.

    A price in place of a rate is what a customer pays, and no commitment.

    One that could not be proved is left out, and the second part says so.
    """
    baseline = deal.offer.canonical
    own = deal.offer.configuration.fields
    fields = (name for name in own if name != PRICE and base_name(name) != RATES)
    committed = [name for name in fields if answer.fields[name] != baseline[name]]
    tried = [_trade_off(deal, answer, name) for name in deal.solver.in_turn(committed)]
    proved = tuple(trade_off for trade_off in tried if trade_off is not None)
    return proved, "" if len(proved) == len(tried) else _UNPROVED


def best_price(deal: Deal) -> Step:
    """The best answer at the highest level that the request may use."""
    if deal.solver.is_late:
        return Unknown(deal.solver.late)
    # A chart has hundreds of these: a model of all rules for each would take most of a report.
    (steps,) = ladders_read([(deal, deal.usable_level)], deal.solver)
    return best_of(deal, deal.in_force()) if steps is None else steps[-1]


def _next_value(domain: Domain | None, value: Value, baseline: Value) -> Value | None:
    """The next tunable value, away from the baseline's; `None` if there is none."""
    if domain is None:
        return None
    # A value that is not among the tunable ones lies between two places.
    place = (value - domain.base) / domain.step
    indices = domain.indices
    # Away from the baseline is more of a commitment, upwards or downwards.
    if value > baseline:
        after = bisect_right(indices, place)
        return domain.value(indices[after]) if after < len(indices) else None
    before = bisect_left(indices, place) - 1
    return domain.value(indices[before]) if before >= 0 else None


def _trade_off(deal: Deal, answer: Answer, name: str) -> TradeOff | None:
    """The worth of one of the answer's fields, open ones chosen anew; `None` if not proved."""
    value, baseline = answer.fields[name], deal.offer.canonical[name]
    others = {other: asked for other, asked in deal.request.inputs.items() if other != name}
    opened = tuple(other for other in deal.request.open if other != name)
    alone = deal.varied(inputs=others, open=opened)
    without = best_price(alone)
    following = _next_value(deal.offer.domains.get(name), value, baseline)
    more: Step | None = None
    if following is not None:
        more = best_price(deal.varied(inputs={**others, name: following}, open=opened))
    if isinstance(without, Unknown) or isinstance(more, Unknown):
        return None
    elsewhere = deal.offer.evaluator({**answer.fields, name: baseline})
    without_ltv = elsewhere.number(Name(LIFETIME_VALUE)) or Fraction(0)
    return TradeOff(
        field=name,
        value=shown_value(name, value),
        baseline_value=shown_value(name, baseline),
        without=without.outcome if isinstance(without, Answer) else None,
        next_value=None if following is None else shown_value(name, following),
        one_step_more=more.outcome if isinstance(more, Answer) else None,
        ltv_worth=answer.ltv - without_ltv,
        decision_without=decision_of(alone) if deal.asks_price else None,
    )
