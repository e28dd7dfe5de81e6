"""The verdict on a request: its ladder, and what it means for the approval that it accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.solving import Infeasible, Solver, Unknown
from constraints.lines.claims import proved
from cp_pricing.decision.ladder import Answer, Step, Steps, climb, lowest_reaching, near_miss
from cp_pricing.decision.proposals import Proposal, propose, propose_near_miss
from cp_pricing.results import Decision

if TYPE_CHECKING:
    from cp_pricing.model.deal import Deal


_DISAGREE: Final = "two proofs of the best terms contradict each other, which is a fault to report"


@dataclass
class Verdict:
    """What was decided, at which level, on which answer.

    `cut` is why a near miss is missing, and `price_steps` are the ladder with an asked price left
    to the solver.
    """

    decision: Decision
    steps: Steps
    level: int | None = None
    answer: Answer | None = None
    near: Answer | None = None
    cut: str = ""
    unknown: str = ""
    price_steps: Steps = ()


def decide(deal: Deal) -> Verdict:
    """SPEC sections 4 and 8: the ladder, and what it means for the request's approval mode."""
    opened, nearest = _ladder_and_near_miss(deal)
    if deal.asks_price:
        verdict = _asked(deal, opened, deal.levels)
        # One price is quickly judged, and what the ladder of all prices tells of it has to agree.
        if not deal.space.chosen and _contradict(climb(deal, deal.levels), verdict.steps):
            return contradicted(deal.levels)
    else:
        verdict = _verdict(deal, opened)
    if verdict.decision != "rejected":
        return verdict
    near = nearest or _near_miss(deal)
    if isinstance(near, Unknown):
        reason = f"the near miss, at which rules are read, was not found: {near.reason}"
        return replace(verdict, cut=reason)
    # A near miss that breaks nothing in force would have been the answer.
    if not deal.violations and not set(near.broken) & set(deal.in_force()):
        return contradicted(deal.levels)
    return replace(verdict, near=near)


def _ladder_and_near_miss(deal: Deal) -> tuple[Steps, Answer | None]:
    """The ladder with the price left open, and the near miss if both can be read off lines.

    They are proved in one solve.
    """
    ladder = propose(deal.unasked, deal.levels)
    is_lost = ladder is not None and isinstance(ladder.steps[deal.usable_level], Infeasible)
    near = propose_near_miss(deal) if is_lost else None
    steps, nearest = _holding([ladder, near], deal.solver)
    return steps or _solved(deal.unasked, deal.levels), _only(nearest)


def _near_miss(deal: Deal) -> Answer | Unknown:
    """The near miss, off lines over the prices where there are any."""
    (steps,) = _holding([propose_near_miss(deal)], deal.solver)
    return _only(steps) or near_miss(deal)


def _only(steps: Steps | None) -> Answer | None:
    """The answer of one step, where it holds."""
    return steps[0] if steps and isinstance(steps[0], Answer) else None


def contradicted(highest: int) -> Verdict:
    """The verdict where one proof says what another refutes."""
    return Verdict("unknown", _unknown(_DISAGREE, highest), unknown=_DISAGREE)


def decision_of(deal: Deal) -> Decision:
    """The decision alone, as `decide` comes to it."""
    (steps,) = _read_off([(deal, deal.usable_level)], deal.solver)
    return _verdict(deal, steps).decision


def decide_briefly(deals: Sequence[Deal], solver: Solver) -> list[Verdict]:
    """Verdicts without what decides nothing: levels that a request may not use, and near misses.

    Where only the price is open, ladders are read off lines over the prices, and one solve proves
    for all requests that no price is better. Whatever is not settled so is solved by itself,
    each by its own deal's solver.
    """
    opened = _read_off([(deal.unasked, deal.usable_level) for deal in deals], solver)
    return [
        _asked(deal, steps, deal.usable_level) if deal.asks_price else _verdict(deal, steps)
        for deal, steps in zip(deals, opened, strict=True)
    ]


def _asked(deal: Deal, opened: Steps, highest: int) -> Verdict:
    """The verdict on an asked price, given the ladder with the price left to the solver."""
    return replace(_verdict(deal, _climbed(deal, highest, opened)), price_steps=opened)


def ladders_read(deals: Sequence[tuple[Deal, int]], solver: Solver) -> list[Steps | None]:
    """The ladder of each deal up to a level, off lines over the prices; `None` where there is none.

    They are proved in one solve.
    """
    return _holding([propose(deal, highest) for deal, highest in deals], solver)


def tops_read(deals: Sequence[Deal], solver: Solver) -> list[Step | None]:
    """The last step of each ladder up to the level that its request may use, in the same way."""
    levels = (deal.usable_level for deal in deals)
    tops = [propose(deal, level, level) for deal, level in zip(deals, levels, strict=True)]
    return [None if steps is None else steps[-1] for steps in _holding(tops, solver)]


def _holding(proposals: Sequence[Proposal | None], solver: Solver) -> list[Steps | None]:
    """The steps of each proposal whose claims all hold."""
    claims = list(dict.fromkeys(c for proposal in proposals if proposal for c in proposal.claims))
    holds = dict(zip(claims, proved(claims, solver), strict=True))
    return [
        proposal.steps if proposal and all(holds[claim] for claim in proposal.claims) else None
        for proposal in proposals
    ]


def _read_off(deals: Sequence[tuple[Deal, int]], solver: Solver) -> Iterator[Steps]:
    """The ladder of each deal up to a level, off lines over the prices as far as there are any."""
    for (deal, highest), steps in zip(deals, ladders_read(deals, solver), strict=True):
        if steps is not None:
            yield steps
            continue
        if deal.solver is not solver:
            deal.solver.within(deal.solver.seconds)  # its time begins now, not with the first deal
        yield _solved(deal, highest)


def _solved(deal: Deal, highest: int) -> Steps:
    """The ladder by CP-SAT; where lines over the prices can be read, they have to agree."""
    steps = _climbed(deal, highest)
    # Reading the lines costs a tenth of the solve, and is a proof of another kind.
    proposal = propose(deal, highest) if deal.space.is_price_alone else None
    if proposal and _contradict(steps, proposal.steps):
        return _unknown(_DISAGREE, highest)
    return steps


def _climbed(deal: Deal, highest: int, opened: Steps = ()) -> Steps:
    try:
        return climb(deal, highest, opened)
    except NoModelError as none:
        return _unknown(str(none), highest)


def _unknown(reason: str, highest: int) -> Steps:
    return (Unknown(reason),) * (highest + 1)


def _contradict(ladder: Steps, other: Steps) -> bool:
    return any(map(_differ, ladder, other))


def _differ(one: Step, other: Step) -> bool:
    if isinstance(one, Answer) and isinstance(other, Answer):
        return (one.price, one.ltv) != (other.price, other.ltv)
    # Nothing is contradicted by what one of the two has not proved.
    return type(one) is not type(other) and Unknown not in {type(one), type(other)}


def _verdict(deal: Deal, steps: Steps) -> Verdict:
    reached = _reached(deal, steps)
    if isinstance(reached, Infeasible):
        return Verdict("rejected", steps)
    if isinstance(reached, Unknown):
        return Verdict("unknown", steps, unknown=reached.reason)
    level, answer = reached
    return Verdict("accepted" if level == 0 else "requires_approval", steps, level, answer)


def _reached(deal: Deal, steps: Steps) -> tuple[int, Answer] | Infeasible | Unknown:
    """The level and the answer that decide, a proof that there is none, or neither."""
    deciding = steps[: deal.usable_level + 1]
    top = deciding[-1]
    if not isinstance(top, Answer):
        return top
    level = lowest_reaching(deal, deciding)
    answer = deciding[level] if level is not None else None
    if level is None or not isinstance(answer, Answer):
        # The top has an answer, so what stands in the way is a level below that is unknown.
        return next(step for step in deciding if isinstance(step, Unknown))
    return level, answer
