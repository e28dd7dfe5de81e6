"""Ladders and near misses off lines over prices, of each choice where few other terms are open.

The best answers of all choices are compared, and all that was claimed of prices on the way is left
to be proved by CP-SAT, for many requests in one solve.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from constraints.cpsat.solving import Infeasible
from constraints.lines.claims import Claim
from cp_pricing.decision.ladder import Answer, Step, Steps, climb, climb_by
from cp_pricing.decision.price_lines import Merit, OverPrices, attempted, read_off
from cp_pricing.fields import PRICE

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal

# Of the terms besides the price, each of which has lines of its own; beyond, a model is quicker.
_CHOICES: Final = 64
# A merit with its signs turned: the least is the best.
_Rank: TypeAlias = tuple[Fraction | float, Fraction | float]
_FIRST: Final = (-inf, -inf)


class Proposal(NamedTuple):
    """The steps of a ladder, which hold if all claims do."""

    steps: Steps
    claims: tuple[Claim, ...] = ()


def propose(deal: Deal, highest: int, lowest: int = 0) -> Proposal | None:
    """The ladder from one level up to another, if it can be read off lines; else `None`."""
    if deal.violations or not deal.space.chosen:
        # Nothing is left that would need a proof.
        return Proposal(climb(deal, highest)[lowest:])
    choices = few_choices(deal)
    levels = highest, lowest
    return None if choices is None else attempted(lambda: _climbed(deal, choices, *levels))


def few_choices(deal: Deal) -> list[OverPrices] | None:
    """The rules over all prices for each choice of the other open terms; `None` if not to be had.

    Raises what `attempted` takes for that, once something is read off them.
    """
    if deal.violations or PRICE not in deal.space.domains or deal.offer.price_lines is None:
        return None
    others, lines = deal.space.without(PRICE).every(_CHOICES), deal.offer.price_lines
    return None if others is None else [OverPrices(deal, lines, fixed) for fixed in others]


def _climbed(deal: Deal, choices: Sequence[OverPrices], highest: int, lowest: int) -> Proposal:
    """The ladder between two levels, of each choice of the other terms the best price."""
    in_force = deal.in_force(highest)
    # Where a rule fails whatever the price, it does so on every level below as well.
    left = [prices for prices in choices if prices.swept_unless_lost(in_force)]

    promised: dict[int, _Rank] = {}

    def best(level: int) -> Step:
        return _best_of(deal, left, deal.in_force(level), promised)

    steps = climb_by(deal, best, highest, lowest)
    return Proposal(steps, tuple(dict.fromkeys(chain.from_iterable(p.claims for p in left))))


def _best_of(
    deal: Deal, choices: Sequence[OverPrices], in_force: Sequence[str], promised: dict[int, _Rank]
) -> Step:
    """The best answer under some rules, by the goals of a deal, of some choices of other terms.

    `promised` is the best that each choice, by its place, has promised with fewer rules in force:
    it promises no better now, so that most need not be asked again. It is kept up to date.
    """
    if len(choices) == 1:
        return choices[0].best(in_force)
    waiting = [(rank, place, False) for place, rank in promised.items()]
    waiting = waiting or [(_FIRST, place, False) for place in range(len(choices))]
    heapify(waiting)
    found: dict[_Rank, list[Answer]] = {}
    while waiting:
        rank, place, is_new = heappop(waiting)
        prices = choices[place]
        # Of a choice that promises less than what is found, no draws need be looked at.
        if found and rank > min(found):
            break
        if is_new:
            step = prices.best(in_force)
            if isinstance(step, Answer):
                found.setdefault(_rank(prices.merit(step.price, step.ltv)), []).append(step)
        elif merit := prices.promised(in_force):
            promised[place] = _rank(merit)
            heappush(waiting, (promised[place], place, True))
        else:
            promised.pop(place, None)
    if not found:
        return Infeasible()
    as_good = found[min(found)]
    if len(as_good) == 1:
        return as_good[0]
    return max(as_good, key=lambda answer: [goal.gain(answer.evaluator) for goal in deal.goals])


def _rank(merit: Merit) -> _Rank:
    return -merit[0], -merit[1]


def propose_near_miss(deal: Deal) -> Proposal | None:
    """The near miss as the one step, as `near_miss` finds it; `None` where there are no lines."""

    def read(prices: OverPrices) -> Proposal:
        return Proposal((prices.nearest(deal.in_force()),), tuple(prices.claims))

    return read_off(deal, read)
