"""Counteroffers: the nearest configurations that would be accepted, each solved and certified.

All seven fields are open within their tunable bounds. The nearest is the one with the fewest
fields changed from what was asked, then the smallest change relative to each field's range, then
the best by the request's preference. No two change the same set of fields, and none changes more
than another that it contains, unless fewer than three are left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.cpsat.solving import Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import (
    ZERO,
    Absolute,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Name,
    Not,
    Number,
    Value,
)
from cp_pricing.decision.ladder import Answer, answer_of
from cp_pricing.fields import INPUT_FIELDS, PRICE, UNLIMITED
from cp_pricing.model.deal import differs

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal, Space

WANTED = 3
MOST = 5
_CAP = "@no-dearer-than-the-baseline"
_CHANGED, _KEPT = "@changed:", "@kept:"
# One field more weighs more than the relative changes of all, each of which is one at most.
_FIELD_WEIGHT = Fraction(len(INPUT_FIELDS) + 1)
_ONE = Number(Fraction(1))


@dataclass(frozen=True)
class Alternative:
    """A certified configuration and the fields in which it differs from what was asked.

    `rank` is how far it is from what was asked, then how bad by the preference: less comes first.
    """

    answer: Answer
    changed: tuple[str, ...]
    above_baseline_price: bool
    rank: tuple[Fraction, Fraction]


class Counteroffers:
    """The space of all configurations that the seller would tune to, around what was asked.

    Which of equals is taken is left to the solver and so to the form of the rules, unless it is
    `canonical`, in field order, which takes several times as long.
    """

    def __init__(self, deal: Deal, *, canonical: bool = False) -> None:
        self.deal = deal
        self.asked: Mapping[str, Value] = {**deal.offer.canonical, **deal.request.inputs}
        tunable = deal.offer.configuration.tunable
        opened = [name for name in INPUT_FIELDS if name in tunable]
        self.wide = deal.varied(inputs={}, open=opened)
        space = self.wide.space
        self.fields = tuple(name for name in space.chosen if name != PRICE)
        cap = Comparison("<=", Name(PRICE), Number(Fraction(deal.offer.canonical[PRICE])))
        conditions = {**deal.conditions, _CAP: cap}
        for name in self.fields:
            changed = differs(name, self.asked[name])
            conditions |= {_CHANGED + name: changed, _KEPT + name: Not(changed)}
        self.problem = Problem(space.bindings(deal.offer), conditions, space.choices, deal.solver)
        best, *ties = self.wide.goals
        # After the price comes the lifetime value, which is no reason to propose another term.
        ties = ties[0 if best.maximise else 1 :] if canonical else []
        self.goals = (Goal(distance(space, self.fields, self.asked)), best, *ties)

    def nearest(self, most: int = MOST) -> tuple[tuple[Alternative, ...], str]:
        """The nearest counteroffers in order, and why there may be more, if so."""
        nearest, cut = self._ranked(most, capped=True)
        if not nearest and not cut:
            nearest, cut = self._ranked(most, capped=False)
        return tuple(nearest), cut

    def _ranked(self, most: int, *, capped: bool) -> tuple[list[Alternative], str]:
        """At first none that changes all the fields of another; then any other set of fields."""
        ranked, cut = self._gathered([], most, self._one_kept, capped=capped)
        if len(ranked) < WANTED and not cut:
            ranked, cut = self._gathered(ranked, WANTED, self._other_set, capped=capped)
            ranked.sort(key=lambda alternative: alternative.rank)
        return ranked, cut

    def _gathered(
        self,
        before: Sequence[Alternative],
        most: int,
        barring: Callable[[Sequence[str]], tuple[str, ...]],
        *,
        capped: bool,
    ) -> tuple[list[Alternative], str]:
        """So many alternatives, each after the first barred from what those before it change."""
        gathered = list(before)
        while len(gathered) < most:
            barred = [barring(earlier.changed) for earlier in gathered]
            following = self._next(barred, capped=capped)
            if isinstance(following, str):
                return gathered, following
            if following is None or not following.changed:
                break
            gathered.append(following)
        return gathered, ""

    def _other_set(self, changed: Sequence[str]) -> tuple[str, ...]:
        """Conditions of which one must hold for the set of changed fields to be another one."""
        return tuple((_KEPT if name in changed else _CHANGED) + name for name in self.fields)

    def _one_kept(self, changed: Sequence[str]) -> tuple[str, ...]:
        """Conditions of which one must hold for some field to be as asked."""
        return tuple(_KEPT + name for name in changed if name in self.fields)

    def _next(self, barred: Sequence[Collection[str]], *, capped: bool) -> Alternative | str | None:
        in_force = self.deal.in_force()
        kept = (*in_force, _CAP) if capped else in_force
        result = self.problem.best(kept, self.goals, any_of=barred)
        if isinstance(result, Unknown):
            return result.reason
        return self._alternative(result, capped=capped) if isinstance(result, Optimal) else None

    def _alternative(self, result: Optimal, *, capped: bool) -> Alternative:
        answer = answer_of(self.wide, result)
        changed = tuple(name for name in INPUT_FIELDS if answer.fields[name] != self.asked[name])
        dearer = not capped and answer.price > Fraction(self.deal.offer.canonical[PRICE])
        distance, merit, *_ = result.goals
        rank = (distance, -merit if self.goals[1].maximise else merit)
        return Alternative(answer, changed, dearer, rank)


def distance(space: Space, fields: Sequence[str], asked: Mapping[str, Value]) -> Expression:
    """Fields changed, and then how far; the first always outweighs the second."""
    total: Expression = ZERO
    for name in fields:
        off = differs(name, asked[name])
        weight = Number(_FIELD_WEIGHT)
        total = Arithmetic("+", total, Conditional(off, weight, ZERO))
        total = Arithmetic("+", total, _relative(space, name, asked[name]))
    return total


def _relative(space: Space, name: str, asked: Value) -> Expression:
    """The change of a field over its tunable range; one for yes or no and for unlimited."""
    if isinstance(asked, bool):
        return Conditional(differs(name, asked), _ONE, ZERO)
    reach = _range(space.domains[name])
    if not reach:
        return ZERO
    gap = Absolute(Arithmetic("-", Name(name), Number(asked)))
    share: Expression = Arithmetic("*", Number(1 / reach), gap)
    if space.domains[name].high >= UNLIMITED or asked >= UNLIMITED:
        unlimited = Comparison("==", Name(name), Number(UNLIMITED))
        alike = ZERO if asked >= UNLIMITED else _ONE
        share = Conditional(unlimited, alike, _ONE if asked >= UNLIMITED else share)
    return share


def _range(domain: Domain) -> Fraction:
    """Greatest less least tunable value, an unlimited one left out."""
    if domain.high < UNLIMITED:
        return domain.high - domain.low
    limited = domain.indices[:-1]
    return domain.value(limited[-1]) - domain.low if limited else Fraction(0)
