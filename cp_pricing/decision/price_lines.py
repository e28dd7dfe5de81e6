"""The rules and the lifetime value of one request over all prices, and what is read off them.

What a configuration and a profile fix is translated once (`Offer.price_lines`). A request's rules
are then sets of prices, its lifetime value a piecewise affine line, and the best price of a level
is plain to see. It counts when the exact arithmetic of the one price agrees, and when CP-SAT has
proved that no price is better: that is left as claims, to be proved for many requests in one solve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from constraints.cpsat.solving import Infeasible
from constraints.language.expressions import Expression, Truth, Value
from constraints.lines import piecewise
from constraints.lines.claims import Claim
from constraints.lines.piecewise import Line, NotAffineError, Ranges
from constraints.lines.translation import Sweep
from cp_pricing.decision.ladder import Answer, Step
from cp_pricing.fields import PRICE

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.offer import PriceLines


Found = TypeVar("Found")
# What answers are compared by: the more, the better, the first of them first.
Merit: TypeAlias = tuple[Fraction, Fraction]

_NOTHING: Final[Mapping[str, Value]] = {}


class _Disagreement(Exception):  # noqa: N818 - no error: the general way decides then
    """The line and the exact arithmetic of one price differ."""


def read_off(
    deal: Deal, read: Callable[[OverPrices], Found], changed: Mapping[str, Value] = _NOTHING
) -> Found | None:
    """What can be read off the lines of a deal over the prices; `None` where that cannot be.

    With `changed`, of the deal with other values of some fields.
    """
    lines = deal.offer.price_lines if deal.space.is_price_alone else None
    # What cannot be tuned is as listed in the translation, whatever a request asks for.
    if lines is None or not set(deal.violations) <= set(lines.inputs):
        return None
    prices = OverPrices(deal, lines, {**deal.space.fixed, **changed})
    return attempted(lambda: read(prices))


def attempted(read: Callable[[], Found]) -> Found | None:
    """What is read off lines, or `None` where something of it cannot be."""
    try:
        return read()
    except (ZeroDivisionError, NotAffineError, _Disagreement):
        return None


class OverPrices:
    """One request's rules over all prices, and what is claimed of them to be proved by CP-SAT.

    `fixed` are the values of everything but the price.
    """

    def __init__(self, deal: Deal, lines: PriceLines, fixed: Mapping[str, Value]) -> None:
        self.claims: dict[Claim, None] = {}
        self._limits: dict[str, Sweep] = {}
        self._ranges: dict[tuple[str, ...], Ranges] = {}
        self._deal = deal
        self._lines = lines
        self._last = lines.domain.count - 1
        self._fixed = fixed
        self._values = [fixed[name] for name in lines.inputs]
        self._by_value = deal.request.preference == "seller_ltv"

    @cached_property
    def _sweep(self) -> Sweep:
        return _number(self._lines.sweep(self._values, lambda _: False))

    def swept_unless_lost(self, in_force: Sequence[str]) -> bool:
        """Whether some price may do: false, at little cost, where a rule fails whatever it is."""
        places = [self._lines.places[name] for name in in_force]
        sweep = self._lines.sweep(
            self._values, lambda truths: any(truths[place] is False for place in places)
        )
        if sweep is None:
            return False
        self._sweep = _number(sweep)
        return True

    def best(self, in_force: Sequence[str], also: Ranges | None = None) -> Step:
        """The best price under some rules; that no other is better is left to be proved.

        With `also` it has to be among these prices, too.
        """
        places = self._lines.places
        swept = [name for name in in_force if self._holds[places[name]] is not None]
        step, claimed = self._best(swept, also)
        # All draws are only swept where a price that is best without them breaks a rule on them.
        if isinstance(step, Answer) and not set(step.broken).isdisjoint(in_force):
            step, claimed = self._best(in_force, also)
        self._claim(claimed)
        return step

    def promised(self, in_force: Sequence[str]) -> Merit | None:
        """A merit than which there is no better one under some rules; `None` if none has any."""
        swept = [name for name in in_force if self._holds[self._lines.places[name]] is not None]
        index, claimed = self._first_of(swept, None)
        self._claim(claimed)
        if index is None:
            return None
        worth = Fraction(*piecewise.value(self._sweep.number, index))
        return self.merit(self._lines.domain.value(index), worth)

    def is_better(self, one: Answer, other: Answer) -> bool:
        """Whether an answer has what is preferred more than another has it."""
        return self.merit(one.price, one.ltv)[0] > self.merit(other.price, other.ltv)[0]

    def merit(self, price: Fraction, ltv: Fraction) -> Merit:
        """What answers are compared by."""
        return (ltv, -price) if self._by_value else (-price, ltv)

    def _best(
        self, in_force: Sequence[str], also: Ranges | None
    ) -> tuple[Step, tuple[Ranges, ...]]:
        """The best price under some rules, and sets that no price is in if it is."""
        index, claimed = self._first_of(in_force, also)
        return Infeasible() if index is None else self._answer(index), claimed

    def _first_of(
        self, in_force: Sequence[str], also: Ranges | None
    ) -> tuple[int | None, tuple[Ranges, ...]]:
        """The index of that price."""
        sets = self._sets(in_force, also)
        if sets is None:
            return None, ((),)
        feasible: Ranges = reduce(piecewise.both, sets, self._whole)
        if not feasible:
            return None, sets
        index = _first(feasible)
        if self._by_value:
            index = piecewise.highest(self._sweep.number, feasible) or 0
        return index, (self._better(index, by_value=self._by_value), *sets)

    def worth(self, in_force: Sequence[str], price: Fraction) -> Fraction | None:
        """The lifetime value at a price; `None` where a rule in force fails."""
        index = self._index(price)
        if not piecewise.within(self._admitted(tuple(in_force)), index):
            return None
        drawn = (name for name in in_force if self._lines.places[name] in self._lines.drawn)
        if not all(is_within(self.where(name), index) for name in drawn):
            return None
        return Fraction(*piecewise.value(self._sweep.number, index))

    def _admitted(self, in_force: tuple[str, ...]) -> Ranges:
        """The prices that some rules admit, as far as no draws are looked at."""
        if in_force not in self._ranges:
            places, drawn = self._lines.places, self._lines.drawn
            sets = self._sets([name for name in in_force if places[name] not in drawn])
            self._ranges[in_force] = (
                () if sets is None else reduce(piecewise.both, sets, self._whole)
            )
        return self._ranges[in_force]

    def nearest(self, in_force: Sequence[str]) -> Answer:
        """The price that breaks the fewest rules, and of those the one that is worth most.

        Under `lower_usage_price` one that is not dearer than the baseline comes first.
        """
        # A rule that holds, or fails, whatever the price tells no price from another.
        every = map(self._over, in_force)
        sets = tuple(ranges for ranges in every if ranges and ranges != self._whole)
        met = piecewise.counted(sets, self._last)
        most, _ = piecewise.value(met, piecewise.highest(met, self._whole) or 0)
        nearest = piecewise.not_below(met, 1, 1, most, 1)
        cheap = self._whole if self._by_value else self.not_dearer
        first = piecewise.both(nearest, cheap)
        index = piecewise.highest(self._sweep.number, first or nearest) or 0
        better = self._better(index, by_value=True)
        better = piecewise.both(better, cheap) if first else piecewise.either(better, cheap)
        claims = [Claim(self._last, (), sets, most + 1)] if most < len(sets) else []
        claims += [Claim(self._last, (better,), sets, most)] if better else []
        self.claims |= dict.fromkeys(claims)
        return self._answer(index)

    def smallest_move(
        self, rule: CheckedRule, slack: Expression, others: Sequence[str], answer: Answer
    ) -> Fraction | None:
        """The least move of a rule's limit that admits a better price than that of an answer.

        `None` where no move does.
        """
        room = self._room(rule, slack)
        sets = (
            self._sets(others, self._better(self._index(answer.price), by_value=self._by_value))
            or ()
        )
        where = reduce(piecewise.both, sets or ((),), self._whole)
        best = piecewise.highest_ratio(*room, where)
        if best is None:
            if sets:
                self._claim(sets)
            return None
        fields = {**self._fixed, PRICE: self._lines.domain.value(best)}
        most = self._deal.offer.evaluator(fields).number(slack)
        # Read off the lines, and worked out at the price itself, as for an answer.
        if most is None or not piecewise.within(_lacking(room, -most), best):
            raise _Disagreement
        if most < 0:  # else there is no move to be made less
            self._claim((_lacking(room, -most, less=True), *sets))
        return max(Fraction(0), -most)

    def best_after(
        self, rule: CheckedRule, slack: Expression, others: Sequence[str], move: Fraction
    ) -> Step:
        """The best price once a rule lets pass what lacks no more than its limit is moved."""
        applies = self._limit(rule, slack).holds[0]
        elsewhere = piecewise.others(_ranges(applies, self._last), self._last)
        passing = piecewise.either(elsewhere, _lacking(self._room(rule, slack), move))
        step = self.best(others, passing)
        if isinstance(step, Answer) and (rule.when is None or step.evaluator.truth(rule.when)):
            room = step.evaluator.number(slack)
            if room is None or room < -move:
                raise _Disagreement
        return step

    def _room(self, rule: CheckedRule, slack: Expression) -> tuple[Line, Line]:
        """How much room a rule's limit leaves, as a ratio of two lines."""
        lines = self._limit(rule, slack)
        return lines.number, lines.under or piecewise.constant(1, 1, self._last)

    def _limit(self, rule: CheckedRule, slack: Expression) -> Sweep:
        if rule.id not in self._limits:
            sweep = self._deal.offer.limit_lines(rule.id, rule.when or Truth(value=True), slack)
            found = sweep and sweep(self._values, lambda _: False)
            if not found:
                raise _Disagreement
            self._limits[rule.id] = found
        return self._limits[rule.id]

    def _index(self, price: Fraction) -> int:
        domain = self._lines.domain
        return int((price - domain.base) / domain.step)

    def least_broken(self, in_force: Sequence[str], answer: Answer | None) -> list[Fraction]:
        """A price, better than that of an answer, for each least set of rules that one breaks."""
        better = self._whole
        if answer is not None:
            better = self._better(self._index(answer.price), by_value=self._by_value)
        sets = {name: self._over(name) for name in in_force}
        # From one of these to the next nothing changes.
        edges = {0, *(index for ranges in (*sets.values(), better) for index, _ in ranges)}
        edges |= {high + 1 for ranges in (*sets.values(), better) for _, high in ranges}
        broken: dict[frozenset[str], int] = {}
        for index in sorted(edges):
            if piecewise.within(better, index):
                names = (name for name, where in sets.items() if not piecewise.within(where, index))
                broken.setdefault(frozenset(names), index)
        least = (index for names, index in broken.items() if not any(b < names for b in broken))
        return [self._lines.domain.value(index) for index in least]

    @property
    def not_dearer(self) -> Ranges:
        """The prices at which usage costs no more than at list."""
        dearer = _ranges(self._sweep.holds[self._lines.dearer], self._last)
        return piecewise.others(dearer, self._last)

    @property
    def _whole(self) -> Ranges:
        return ((0, self._last),)

    def _over(self, name: str) -> Ranges:
        """The prices at which a rule holds."""
        return _ranges(self.where(name), self._last)

    @property
    def worths(self) -> Line:
        """The lifetime value over all prices."""
        return self._sweep.number

    def where(self, name: str) -> bool | Ranges:
        """The prices at which a rule holds, or whether it does at any."""
        place = self._lines.places[name]
        where = self._holds[place]
        if where is None:
            swept = _number(self._lines.drawn[place](self._values, lambda _: False))
            where = self._holds[place] = swept.holds[0]
        return where

    @cached_property
    def _holds(self) -> list[bool | Ranges | None]:
        """Where each condition holds, by place; `None` where that is not known so far."""
        known = enumerate(self._sweep.holds)
        return [None if place in self._lines.drawn else where for place, where in known]

    def _sets(
        self, in_force: Sequence[str], also: Ranges | None = None
    ) -> tuple[Ranges, ...] | None:
        """The prices that each rule admits, where it does not admit all; `None` if one has none."""
        # A dict, since rules of equal ranges need one set, and the order must stay the same.
        narrower: dict[Ranges, None] = {}
        if also is not None and also != self._whole:
            narrower[also] = None
        for name in in_force:
            holds = self.where(name)
            if holds is False:
                return None
            if holds is not True and holds != self._whole:
                narrower[holds] = None
        return tuple(narrower)

    def _claim(self, sets: tuple[Ranges, ...]) -> None:
        """Claim that no price is in all sets; those that take nothing away are left out."""
        if not sets[0]:
            return  # nothing is in an empty set
        left, needed = sets[0], [sets[0]]
        # Nearly always one of them leaves nothing, and is all that CP-SAT need be told.
        for ranges in sorted(sets[1:], key=lambda one: (piecewise.both(sets[0], one), not one)):
            if not left:
                break
            fewer = piecewise.both(left, ranges)
            if fewer != left:
                needed.append(ranges)
                left = fewer
        if all(needed):  # nothing is in an empty set
            self.claims[Claim(self._last, tuple(needed))] = None

    def _better(self, index: int, *, by_value: bool) -> Ranges:
        """The prices that would be better than one."""
        # A lower index is a lower price, or of a rate card less of its list: better, either way.
        lower: Ranges = ((0, index - 1),) if index else ()
        if not by_value:
            return lower
        over, under = piecewise.value(self._sweep.number, index)
        line = self._sweep.number
        as_good = piecewise.both(piecewise.equal(line, 1, 1, over, under), lower)
        return piecewise.either(piecewise.above(line, 1, 1, over, under), as_good)

    def _answer(self, index: int) -> Answer:
        deal, places = self._deal, self._lines.places
        price = self._lines.domain.value(index)
        point = self._lines.point([price, *self._values])
        over, under = piecewise.value(self._sweep.number, index)
        value = Fraction(*point.number)
        # Read off the line, and worked out at the price itself: two ways that must agree.
        pairs = zip(self._holds, point.holds, strict=True)
        agree = all(where is None or is_within(where, index) == holds for where, holds in pairs)
        if value * under != over or not agree:
            raise _Disagreement
        fields = {**self._fixed, PRICE: price}
        broken = tuple(name for name, place in places.items() if not point.holds[place])
        is_card = deal.offer.configuration.is_card
        evaluator = deal.offer.evaluator(fields, point.named)
        return Answer(fields, evaluator, price, value, broken, is_card)


def _ranges(holds: bool | Ranges, last: int) -> Ranges:  # noqa: FBT001 - a value
    return holds if isinstance(holds, tuple) else ((0, last),) if holds else ()


def is_within(holds: bool | Ranges, index: int) -> bool:  # noqa: FBT001 - a value
    """Whether a condition that holds there holds at an index."""
    return piecewise.within(holds, index) if isinstance(holds, tuple) else holds


def _number(sweep: Sweep | None) -> Sweep:
    if sweep is None or sweep.under is not None:
        raise _Disagreement
    return sweep


def _lacking(room: tuple[Line, Line], most: Fraction, *, less: bool = False) -> Ranges:
    """Where no more room is lacking than so much, or `less` than that."""
    line = piecewise.combined(room[0], 1, 1, room[1], most.numerator, most.denominator)
    return (piecewise.above if less else piecewise.not_below)(line, 1, 1, 0, 1)


def _first(where: Ranges) -> int:
    return where[0][0]
