"""Counteroffers: the nearest configurations that would be accepted, each solved and certified.

All fields are open within their tunable bounds, but for a price that is asked for. The nearest is
the one with the fewest fields changed from what was asked, then the smallest change relative to
each field's range, then the best by the request's preference. No two change the same set of fields,
and none changes more than another that it contains, unless fewer than three are left.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.cpsat.solving import Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import (
    Arithmetic,
    Comparison,
    Expression,
    Extremum,
    Junction,
    Name,
    Not,
    Number,
    Truth,
    Value,
)
from constraints.lines.claims import Claim, proved
from cp_pricing.decision.ladder import Answer, Step, answer_of
from cp_pricing.decision.price_lines import OverPrices, read_off
from cp_pricing.diagnosis.farther import CHANGED, KEPT, Farther, NotReadError, Rank
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    FIELDS,
    PRICE,
    RATES,
    TERM_FIELDS,
    base_name,
    quantity,
)
from cp_pricing.model.deal import goals_of
from cp_pricing.model.lifetime_value import BASELINE_BILL
from cp_pricing.model.moves import lengths, moved, number_moved

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal, Space

WANTED = 3
MOST = 5
TRIED = 24
_ONE_BY_ONE = 2  # tried before all others are, since as many are often enough
_CAP = "@no-dearer-than-the-baseline"
_REASON = "@within-reason"


@dataclass(frozen=True)
class Alternative:
    """A certified configuration and the fields in which it differs from what was asked.

    `rank` is how far it is from what was asked, then how bad by the preference: less comes first.
    """

    answer: Answer
    changed: tuple[str, ...]
    above_baseline_price: bool
    rank: Rank
    approvers: frozenset[str]

    @cached_property
    def charged(self) -> Mapping[str, Value]:
        """What a customer compares of it, the platform fee as charged."""
        names = [name for name in self.answer.fields if base_name(name) in _AS_GOOD]
        value = self.answer.evaluator.value
        return {name: value(Name(quantity(name))) or Fraction(0) for name in names}


class Counteroffers:
    """The space of all configurations that the seller would tune to, around what was asked.

    Of equals the one with the greatest allowances is taken, then the least of each other field in
    field order. `for_customer` leaves out what only the seller prefers.
    """

    def __init__(self, deal: Deal, *, for_customer: bool = False) -> None:
        self.deal = deal
        self.asked: Mapping[str, Value] = {**deal.offer.canonical, **deal.request.inputs}
        tunable = deal.offer.configuration.tunable
        opened = [name for name in tunable if name != PRICE and base_name(name) != RATES]
        self.wide = deal.varied(inputs=deal.asked_price, open=opened)
        self.wide.space = space = _with_rates_as_asked(self.wide, deal)
        self.fields = tuple(name for name in space.chosen if name != PRICE)
        conditions = {
            **deal.conditions,
            _CAP: Not(deal.offer.dearer),
            _REASON: self._reason(opened),
        }
        for name in self.fields:
            changed = moved(name, self.asked[name])
            conditions |= {CHANGED + name: changed, KEPT + name: Not(changed)}
        self.problem = Problem(space.bindings(deal.offer), conditions, space.choices, deal.solver)
        self._reads_lines = True
        self._claims: dict[Claim, None] = {}
        self.goals = (
            Goal(distance(space, self.fields, self.asked)),
            *self._preferred(for_customer=for_customer),
        )

    def _preferred(self, *, for_customer: bool) -> tuple[Goal, ...]:
        """What the request prefers, with what breaks its ties to the last of them."""
        preference, opened = self.deal.request.preference, self.deal.request.open
        # The fields that count are those that the request leaves open, as in its answer.
        goals = goals_of(self.deal.offer, self.wide.space, preference, opened)
        if not for_customer:
            return tuple(
                replace(goal, maximise=True) if _is_allowance(goal) else goal for goal in goals
            )
        # The seller's lifetime value is no reason to propose another term to a customer.
        best = goals[0]
        return (best, *(goal for goal in goals[1:] if best.maximise or not goal.maximise))

    def _reason(self, opened: Sequence[str]) -> Expression:
        """SPEC section 8: nobody is asked for more than the plan as it is sold would bring."""
        bill = Number(Fraction(self.deal.offer.listed.number(Name(BASELINE_BILL)) or 0))
        most: Mapping[str, Expression] = {
            "minimum_monthly_turnover": bill,
            "prepaid_amount": Arithmetic("*", Name("contract_duration_months"), bill),
            "guaranteed_platform_fee": bill,
        }
        limits: list[Expression] = []
        for name, limit in most.items():
            # Whoever asks for more than that, or has it already, can be offered as much.
            had = Fraction(max(self.asked[name], self.deal.offer.canonical[name]))
            if name in opened:
                reason = Extremum("max", (limit, Number(had)))
                limits.append(Comparison("<=", Name(name), reason))
        return Junction("and", tuple(limits)) if limits else Truth(value=True)

    def nearest(self) -> tuple[tuple[Alternative, ...], str]:
        """The nearest counteroffers in order, and why there may be more, if so.

        None is dearer than the baseline, unless all are.
        """
        nearest, cut = self.no_dearer()
        if not nearest and not cut and not self.wide.violations:
            ranked, cut = self._ranked(capped=False)
            nearest = tuple(ranked[:MOST])
        return nearest, cut

    def no_dearer(self) -> tuple[tuple[Alternative, ...], str]:
        """Those that are not dearer than the baseline; none where no such price can be asked."""
        if self.wide.violations:
            return (), ""
        ranked, cut = self._ranked(capped=True)
        return tuple(ranked[:MOST]), cut

    def _ranked(self, *, capped: bool) -> tuple[list[Alternative], str]:
        """The alternatives; what was read off lines is proved in one solve, or not read."""
        ranked = self._enumerated(capped=capped)
        if not all(proved(list(self._claims), self.deal.solver)):
            self._reads_lines = False
            ranked = self._enumerated(capped=capped)
        self._claims.clear()
        return ranked

    def _enumerated(self, *, capped: bool) -> tuple[list[Alternative], str]:
        """At first none that changes all the fields of another; then any other set of fields.

        Those are left out that ask for more than another and give nothing for it.
        """
        ranked, cut = self._gathered([], self._one_kept, TRIED, capped=capped)
        if ranked and not cut:
            ranked, cut = self._one_by_one(ranked, len(ranked) + _ONE_BY_ONE, capped=capped)
        if len(undominated(ranked)) < WANTED and ranked and not cut:
            try:
                ranked, cut = self._filled_up(ranked, capped=capped)
            except NotReadError:
                ranked, cut = self._one_by_one(ranked, TRIED, capped=capped)
        return undominated(ranked), cut

    def _one_by_one(
        self, ranked: list[Alternative], most: int, *, capped: bool
    ) -> tuple[list[Alternative], str]:
        """With the nearest that changes any other set of fields, until enough are left."""
        cut = ""
        while len(undominated(ranked)) < WANTED and len(ranked) < most and not cut:
            more, cut = self._gathered(ranked, self._other_set, len(ranked) + 1, capped=capped)
            if len(more) == len(ranked):
                break
            ranked = sorted(more, key=_rank)
        return ranked, cut

    def _filled_up(
        self, ranked: list[Alternative], *, capped: bool
    ) -> tuple[list[Alternative], str]:
        """As one by one, but for all sets of so many fields at once; raises `NotReadError`."""
        asked = {name: self.asked[name] for name in self.fields}
        kept = (*self.deal.in_force(), _REASON, *((_CAP,) if capped else ()))
        tell = partial(self._told, capped=capped)
        farther = Farther(self.problem, kept, self.goals, asked, self.wide.space.domains, tell)
        for one in ranked:
            farther.know(one.changed, one.answer.fields)
        fewest = min(len(one.changed) for one in ranked)
        for number in range(fewest + 1, len(self.fields) + 1):
            if len(undominated(ranked)) >= WANTED or len(ranked) == TRIED:
                break
            nearest = farther.nearest(number, TRIED - len(ranked))
            if isinstance(nearest, Unknown):
                return ranked, nearest.reason
            for rank, answer in nearest:
                if len(undominated(ranked)) >= WANTED or len(ranked) == TRIED:
                    break
                following = self._alternative(answer, rank, capped=capped)
                ranked = sorted((*ranked, following), key=_rank)
        return ranked, ""

    def _gathered(
        self,
        before: Sequence[Alternative],
        barring: Callable[[Sequence[str]], tuple[str, ...]],
        most: int,
        *,
        capped: bool,
    ) -> tuple[list[Alternative], str]:
        """So many alternatives, each after the first barred from what those before it change."""
        gathered = list(before)
        while len(gathered) < min(most, TRIED):
            barred = [barring(earlier.changed) for earlier in gathered]
            if not all(barred):  # one of them changes nothing, and so no less than any other
                break
            following = self._next(barred, capped=capped)
            if isinstance(following, str):
                return gathered, following
            if following is None:
                break
            gathered.append(following)
        return gathered, ""

    def _other_set(self, changed: Sequence[str]) -> tuple[str, ...]:
        """Conditions of which one must hold for the set of changed fields to be another one."""
        return tuple((KEPT if name in changed else CHANGED) + name for name in self.fields)

    def _one_kept(self, changed: Sequence[str]) -> tuple[str, ...]:
        """Conditions of which one must hold for some field to be as asked."""
        return tuple(KEPT + name for name in changed if name in self.fields)

    def _next(self, barred: Sequence[Collection[str]], *, capped: bool) -> Alternative | str | None:
        in_force = self.deal.in_force()
        kept = (*in_force, _REASON, *((_CAP,) if capped else ()))
        rest = partial(self._whole, capped=capped)
        result = self.problem.best(kept, self.goals, any_of=barred, rest=rest)
        if isinstance(result, Unknown):
            return result.reason
        if not isinstance(result, Optimal):
            return None
        signs = (-1 if goal.maximise else 1 for goal in self.goals)
        rank = tuple(sign * value for sign, value in zip(signs, result.goals, strict=True))
        return self._alternative(answer_of(self.wide, result), rank, capped=capped)

    def _told(self, fields: Mapping[str, Value], *, capped: bool) -> Answer | None:
        """The best price of given fields, if there is any; raises `NotReadError`."""
        if not self.problem.evaluator(fields).truth(self.problem.conditions[_REASON]):
            return None
        step = self._read(fields, capped=capped)
        if step is None:
            raise NotReadError
        return step if isinstance(step, Answer) else None

    def _whole(self, fields: Mapping[str, Value], *, capped: bool) -> Optimal | None:
        """The best price of given fields, where lines tell one."""
        answer = self._read(fields, capped=capped) if PRICE not in fields else None
        if not isinstance(answer, Answer):
            return None
        reached = tuple(goal.value(answer.evaluator) for goal in self.goals)
        return Optimal({**fields, PRICE: answer.price}, reached, answer.evaluator)

    def _read(self, fields: Mapping[str, Value], *, capped: bool) -> Step | None:
        """What lines tell of the best price of given fields; `None` where there are none."""
        known = {name: self.wide.space.fixed.get(name) for name in self.asked if name != PRICE}
        inputs = {name: value for name, value in {**known, **fields}.items() if value is not None}
        deal = self.wide.varied(inputs=inputs, open=())

        def read(prices: OverPrices) -> Step:
            best = prices.best(deal.in_force(), prices.not_dearer if capped else None)
            self._claims |= prices.claims
            return best

        return read_off(deal, read) if self._reads_lines else None

    def _alternative(self, answer: Answer, rank: Rank, *, capped: bool) -> Alternative:
        changed = tuple(
            name
            for name in self.deal.offer.configuration.fields
            if name != PRICE and answer.fields[name] != self.asked[name]
        )
        # Under the cap it is known, and not asked again.
        dearer = not capped and answer.evaluator.truth(self.deal.offer.dearer)
        approvers = {who for name in answer.broken for who in self.deal.offer.rules[name].approvers}
        return Alternative(answer, changed, dearer, rank, frozenset(approvers))


def _rank(alternative: Alternative) -> Rank:
    return alternative.rank


def _is_allowance(goal: Goal) -> bool:
    return isinstance(goal.expression, Name) and base_name(goal.expression.name) == ALLOWANCE


def _with_rates_as_asked(wide: Deal, deal: Deal) -> Space:
    """The space of a deal in which a price in place of a rate may be as asked, or given up."""
    asked = {
        name: Domain.of([AS_LISTED, Fraction(value)])
        for name, value in deal.request.inputs.items()
        if base_name(name) == RATES and name not in deal.violations
    }
    if not asked:
        return wide.space
    fixed = {name: value for name, value in wide.space.fixed.items() if name not in asked}
    return replace(wide.space, fixed=fixed, domains={**wide.space.domains, **asked})


def undominated(ranked: Sequence[Alternative]) -> list[Alternative]:
    """Those for which no other asks no more of the customer, and of nobody else to sign.

    Of two that ask the same, the first stays.
    """
    left: list[Alternative] = []
    for one in ranked:
        # What another one leaves out leaves out nothing that the other one would not.
        if not any(_dominates(other, one) for other in left):
            left = [other for other in left if not _dominates(one, other)]
            left.append(one)
    return left


# A customer wants less of everything but of an allowance; a price in place of a rate is another
# offer than the rate, and neither better nor worse.
_AS_GOOD: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(FIELDS, operator.le),
    ALLOWANCE: operator.ge,
    RATES: operator.eq,
}


def _dominates(one: Alternative, other: Alternative) -> bool:
    return one.approvers <= other.approvers and all(
        _AS_GOOD[base_name(name)](value, other.charged[name]) for name, value in one.charged.items()
    )


def distance(space: Space, fields: Sequence[str], asked: Mapping[str, Value]) -> Expression:
    """Fields changed, and then how far; the first always outweighs the second."""
    # One field more weighs more than the relative changes of all, each of which is one at most.
    weight = Number(Fraction(max(len(fields), len(TERM_FIELDS)) + 1))
    changed = Arithmetic("*", weight, number_moved(fields, asked))
    return Arithmetic("+", changed, lengths(fields, asked, space.domains, Fraction(0)))
