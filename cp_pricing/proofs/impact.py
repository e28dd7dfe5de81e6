"""What a change of policy does to real requests: decisions that flip, prices and LTV that move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.budget import Shares
from constraints.cpsat.solving import Solver
from cp_pricing.decision.verdict import Verdict, decide
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.comparison import refusing
from cp_pricing.proofs.comparison_results import Impact, Standing, Totals
from cp_pricing.terms import priced

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest


_EACH = 30.0
_BIGGEST = 10  # changes, of which a comparison tells


def impacts_of(
    old: PriceBook,
    new: PriceBook,
    requests: Sequence[TuningRequest],
    *,
    time_limit: float | None = None,
    watch: Callable[[str], None] = lambda _: None,
) -> tuple[Impact, ...]:
    """Each request under both policies, within `time_limit` seconds (else `_EACH` for each)."""
    seconds = _EACH * len(requests) if time_limit is None else time_limit
    impacts, shares = [], Shares(seconds, len(requests))
    for request in requests:
        watch(request.id)
        impacts.append(_impact(old, new, request, shares.next()))
    return tuple(impacts)


def _impact(old: PriceBook, new: PriceBook, request: TuningRequest, time_limit: float) -> Impact:
    solver = Solver(seconds=time_limit)
    solver.within(time_limit)
    deals = [Deal(pricing_of(book), request, solver) for book in (old, new)]
    verdicts = [decide(deal) for deal in solver.in_turn(deals)]
    first, second = (_standing(d, v) for d, v in zip(deals, verdicts, strict=True))
    moved = first != second
    return Impact(
        request=request.id,
        old=first,
        new=second,
        price_moved=_difference(first.any_price, second.any_price),
        ltv_moved=_difference(first.ltv, second.ltv),
        because=_refused(verdicts[0], deals[1], verdicts[1]) if moved else (),
        thanks_to=_refused(verdicts[1], deals[0], verdicts[0]) if moved else (),
    )


def _standing(deal: Deal, verdict: Verdict) -> Standing:
    answer = verdict.answer
    broken = set(answer.broken) if answer else set()
    waived = {who for rule in deal.pricing.rules if rule.id in broken for who in rule.approvers}
    approvers = deal.pricing.policy.approvers
    return Standing(
        decision=verdict.decision,
        **priced(answer.price if answer else None, is_card=deal.offer.configuration.is_card),
        ltv=answer.ltv if answer else None,
        approvers=tuple(name for name in approvers if name in waived),
    )


def _difference(old: Fraction | None, new: Fraction | None) -> Fraction | None:
    return None if old is None or new is None else new - old


def _refused(winner: Verdict, other: Deal, loser: Verdict) -> tuple[str, ...]:
    """What the other policy has against an answer: at the level of its own, or at the highest.

    Where nothing stands in the way at that level, the rules that would need the approval do.
    """
    if winner.answer is None or loser.decision == "unknown":
        return ()
    top = other.usable_level
    own = min(winner.level or 0, top)
    # At the top first: what nobody may waive there says more than who else would be asked.
    refused = (refusing(other.offer, winner.answer.fields, level) for level in (top, own))
    return next((names for names in refused if names), ())


def totals_of(impacts: Sequence[Impact]) -> Totals:
    """The requests together; LTV sums are over those that have an answer both times."""
    both = [impact for impact in impacts if impact.ltv_moved is not None]
    moves = [impact.price_moved for impact in both if impact.price_moved is not None]
    flips = Counter(f"{i.old.decision} to {i.new.decision}" for i in impacts if i.flips)
    rules = Counter(name for i in impacts for name in {*i.because, *i.thanks_to})
    return Totals(
        requests=len(impacts),
        flips=dict(sorted(flips.items())),
        unchanged=sum(impact.unchanged for impact in impacts),
        dearer=sum(move > 0 for move in moves),
        cheaper=sum(move < 0 for move in moves),
        ltv_old=sum((impact.old.ltv or Fraction(0) for impact in both), Fraction(0)),
        ltv_new=sum((impact.new.ltv or Fraction(0) for impact in both), Fraction(0)),
        # Rules of one count in the order of their names: those of a set have none.
        by_rule=dict(sorted(rules.items(), key=lambda rule: (-rule[1], rule[0]))),
    )


def biggest(impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    """Those that have changed most: flips first, then by the share that the price has moved."""
    changed = [impact for impact in impacts if not impact.unchanged]
    return tuple(sorted(changed, key=_weight, reverse=True)[:_BIGGEST])


def _weight(impact: Impact) -> tuple[bool, Fraction, Fraction]:
    # From a price of zero there is no share to move by: then the move itself counts.
    price = impact.old.any_price or Fraction(1)
    moved = abs(impact.price_moved or Fraction(0)) / price
    return impact.flips, moved, abs(impact.ltv_moved or Fraction(0))
