"""Trade-offs: what each commitment of an answer is worth, every figure solved again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.solving import Unknown
from constraints.language.expressions import Name, Value
from cp_pricing.decision.ladder import Answer, Step, best_of
from cp_pricing.decision.verdict import decision_of, tops_read
from cp_pricing.exact import shown_value
from cp_pricing.fields import LIFETIME_VALUE, PRICE, RATES, base_name
from cp_pricing.results import TradeOff

if TYPE_CHECKING:
    from constraints.cpsat.solving import Solver
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
    asked = [_Question.of(deal, answer, name) for name in committed]
    # All that can be read off lines is proved in one solve.
    read = iter(tops_read([one for question in asked for one in question.deals], deal.solver))
    answered = [(question, [next(read) for _ in question.deals]) for question in asked]
    tried = [_trade_off(deal, answer, *pair) for pair in deal.solver.in_turn(answered)]
    proved = tuple(trade_off for trade_off in tried if trade_off is not None)
    return proved, "" if len(proved) == len(tried) else _UNPROVED


def best_prices(deals: Sequence[Deal], solver: Solver) -> list[Step]:
    """The best answer of each deal at the highest level that its request may use."""
    if solver.is_late:
        return [Unknown(solver.late)] * len(deals)
    # A chart has hundreds of these: a model of all rules for each would take most of a report.
    read = tops_read(deals, solver)
    return [_solved(*pair) for pair in solver.in_turn(list(zip(deals, read, strict=True)))]


def _solved(deal: Deal, read: Step | None) -> Step:
    try:
        return _top(deal, read)
    except NoModelError as none:
        return Unknown(str(none))


def _top(deal: Deal, read: Step | None) -> Step:
    """The best answer of a deal, which is solved if it could not be read."""
    if read is not None:
        return read
    return Unknown(deal.solver.late) if deal.solver.is_late else best_of(deal, deal.in_force())


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


class _Question(NamedTuple):
    """A field of an answer, and deals with other values of it, the open ones chosen anew."""

    field: str
    without: Deal
    next_value: Value | None
    more: Deal | None

    @staticmethod
    def of(deal: Deal, answer: Answer, name: str) -> _Question:
        """Without the commitment, and with one step more of it."""
        others = {other: asked for other, asked in deal.request.inputs.items() if other != name}
        opened = tuple(other for other in deal.request.open if other != name)
        without = deal.varied(inputs=others, open=opened)
        value, baseline = answer.fields[name], deal.offer.canonical[name]
        following = _next_value(deal.offer.domains.get(name), value, baseline)
        if following is None:
            return _Question(name, without, None, None)
        more = deal.varied(inputs={**others, name: following}, open=opened)
        return _Question(name, without, following, more)

    @property
    def deals(self) -> tuple[Deal, ...]:
        """The deals to be answered."""
        return (self.without, self.more) if self.more else (self.without,)


def _trade_off(
    deal: Deal, answer: Answer, question: _Question, read: Sequence[Step | None]
) -> TradeOff | None:
    """The worth of one of the answer's fields, from what has been read; `None` if not proved."""
    best = [_top(*pair) for pair in zip(question.deals, read, strict=True)]
    if any(isinstance(step, Unknown) for step in best):
        return None
    had = [step.outcome if isinstance(step, Answer) else None for step in best]
    name, following = question.field, question.next_value
    value, baseline = answer.fields[name], deal.offer.canonical[name]
    elsewhere = deal.offer.evaluator({**answer.fields, name: baseline})
    without_ltv = elsewhere.number(Name(LIFETIME_VALUE)) or Fraction(0)
    return TradeOff(
        field=name,
        value=shown_value(name, value),
        baseline_value=shown_value(name, baseline),
        without=had[0],
        next_value=None if following is None else shown_value(name, following),
        one_step_more=had[1] if question.more else None,
        ltv_worth=answer.ltv - without_ltv,
        decision_without=decision_of(question.without) if deal.asks_price else None,
    )
