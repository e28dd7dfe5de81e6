"""Counteroffers: the nearest configurations that would be accepted, each solved and certified.

All fields are open within their tunable bounds, but for a price that is asked for. The nearest is
the one with the fewest fields changed from what was asked, then the smallest change relative to
each field's range, then the best by the request's preference. No two change the same set of fields,
and none changes more than another that it contains, unless fewer than three are left.
"""

from __future__ import annotations

import operator
from bisect import insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from constraints.cpsat.optimisation import Goal, Problem
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
from cp_pricing.decision.price_lines import OverPrices, attempted
from cp_pricing.diagnosis.nearest import KEPT, CutError, Nearest, NotReadError, Rank, changes
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
from cp_pricing.model.moves import lengths, number_moved

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal, Space

WANTED = 3
MOST = 5
TRIED = 24
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
        conditions |= changes({name: self.asked[name] for name in self.fields})
        self.problem = Problem(space.bindings(deal.offer), conditions, space.choices, deal.solver)
        self._rules = deal.in_force()
        self._lines = deal.offer.price_lines if PRICE in space.domains else None
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
            self._lines = None
            ranked = self._enumerated(capped=capped)
        self._claims.clear()
        return ranked

    def _enumerated(self, *, capped: bool) -> tuple[list[Alternative], str]:
        """At first none that changes all the fields of another; then any other set of fields.

        Those are left out that ask for more than another and give nothing for it.
        """
        ranked: list[Alternative] = []
        try:
            self._gather(ranked, self._search(capped=capped))
        except CutError as cut:
            return undominated(ranked), str(cut)
        return undominated(ranked), ""

    def _search(self, *, capped: bool) -> Nearest:
        kept = (*self._rules, _REASON, *((_CAP,) if capped else ()))
        asked = {name: self.asked[name] for name in self.fields}
        tell = partial(self._told, capped=capped)
        return Nearest(self.problem, kept, self.goals, asked, self.wide.space.domains, tell)

    def _gather(self, ranked: list[Alternative], search: Nearest) -> None:
        """Add what is found to those ranked so far; raises `CutError`."""
        ranked.extend(islice(self._minimal(search), TRIED))
        others = self._others(search, ranked)
        while ranked and len(ranked) < TRIED and len(undominated(ranked)) < WANTED:
            other = next(others, None)
            if other is None:
                return
            insort(ranked, other, key=_rank)

    def _minimal(self, search: Nearest) -> Iterator[Alternative]:
        """Those that change none of the others' fields and more, nearest first."""
        barred: list[list[str]] = []
        while all(barred):  # one of them changes nothing, and so no less than any other
            following = self._next(search, barred)
            if not following:
                return
            yield from following
            barred += [[KEPT + n for n in one.changed if n in self.fields] for one in following]

    def _others(self, search: Nearest, ranked: Sequence[Alternative]) -> Iterator[Alternative]:
        """Those that change any other set of fields than those ranked so far, nearest first."""
        if self._lines:
            try:
                yield from self._farther(search, ranked)
            except NotReadError:
                pass  # one after the other, then
            else:
                return
        while following := self._next(search, [search.other(one.changed) for one in ranked]):
            yield from following

    def _farther(self, search: Nearest, ranked: Sequence[Alternative]) -> Iterator[Alternative]:
        """The same, of sets of so many fields at once; raises `NotReadError`."""
        for number in range(search.fewest + 1, len(self.fields) + 1):
            few = WANTED - len(undominated(ranked))
            for rank, answer in search.of(number, few, TRIED - len(ranked)):
                yield self._alternative(rank, answer)

    def _next(self, search: Nearest, barred: Sequence[Collection[str]]) -> list[Alternative]:
        """The nearest, and others that are as near; none if there are none that are not barred."""
        if self._lines:
            try:
                return [self._alternative(*told) for told in search.next(barred)]
            except NotReadError:
                self._lines = None
        solved = search.solved(barred)
        return [self._alternative(rank, answer_of(self.wide, one)) for rank, one in solved]

    def _told(self, fields: Mapping[str, Value], *, capped: bool) -> Answer | None:
        """The best price of given fields, if there is any; raises `NotReadError`."""
        if self._lines is None:
            raise NotReadError
        if not self.problem.evaluator(fields).truth(self.problem.conditions[_REASON]):
            return None
        prices = OverPrices(self.wide, self._lines, {**self.wide.space.fixed, **fields})

        def read() -> Step:
            return prices.best(self._rules, prices.not_dearer if capped else None)

        best = attempted(read)
        if best is None:
            raise NotReadError
        self._claims |= prices.claims
        return best if isinstance(best, Answer) else None

    def _alternative(self, rank: Rank, answer: Answer) -> Alternative:
        changed = tuple(
            name
            for name in self.deal.offer.configuration.fields
            if name != PRICE and answer.fields[name] != self.asked[name]
        )
        dearer = answer.evaluator.truth(self.deal.offer.dearer)
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
