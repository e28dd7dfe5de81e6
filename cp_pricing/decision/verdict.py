"""The verdict on a request: its ladder, and what it means for the approval that it accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.solving import Infeasible, Solver, Unknown
from constraints.lines.claims import proved
from cp_pricing.decision.ladder import Answer, Step, climb, lowest_reaching, near_miss
from cp_pricing.decision.price_lines import propose
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
    steps: tuple[Step, ...]
    level: int | None = None
    answer: Answer | None = None
    near: Answer | None = None
    cut: str = ""
    unknown: str = ""
    price_steps: tuple[Step, ...] = ()


def decide(deal: Deal) -> Verdict:
    """SPEC sections 4 and 8: the ladder, and what it means for the request's approval mode."""
    verdict = _solved(deal, deal.levels)
    if deal.asks_price:
        verdict = replace(verdict, price_steps=_solved(deal.unasked, deal.levels).steps)
    if verdict.decision != "rejected":
        return verdict
    near = near_miss(deal)
    if isinstance(near, Unknown):
        reason = f"the near miss, at which rules are read, was not found: {near.reason}"
        return replace(verdict, cut=reason)
    # A near miss that breaks nothing in force would have been the answer.
    if not deal.violations and not set(near.broken) & set(deal.in_force()):
        return contradicted(deal.levels)
    return replace(verdict, near=near)


def contradicted(highest: int) -> Verdict:
    """The verdict, up to a level, where one proof says what another one refutes."""
    return _undecided(_DISAGREE, highest)


def decision_of(deal: Deal) -> Decision:
    """The decision alone, as `decide` comes to it."""
    return _solved(deal, deal.usable_level).decision


def decide_briefly(deals: Sequence[Deal], solver: Solver) -> list[Verdict]:
    """Verdicts without what decides nothing: levels that a request may not use, and near misses.

    Where only the price is open, ladders are read off lines over the prices, and one solve proves
    for all requests that no price is better. Whatever is not settled so is solved by itself,
    each by its own deal's solver.
    """
    asking = [deal for deal in deals if deal.asks_price]
    if not asking:
        return _brief(deals, solver)
    verdicts = _brief([*deals, *(deal.unasked for deal in asking)], solver)
    ladders = {id(deal): v.steps for deal, v in zip(asking, verdicts[len(deals) :], strict=True)}
    return [
        replace(verdict, price_steps=ladders.get(id(deal), ()))
        for deal, verdict in zip(deals, verdicts, strict=False)
    ]


def ladders_read(deals: Sequence[Deal], solver: Solver) -> list[tuple[Step, ...] | None]:
    """The ladders that are read off lines over the prices, proved in one solve; else `None`.

    Each goes up to the highest level that its request may use.
    """
    proposals = [propose(deal, deal.usable_level) for deal in deals]
    claims = list(dict.fromkeys(c for proposal in proposals if proposal for c in proposal.claims))
    holds = dict(zip(claims, proved(claims, solver), strict=True))
    return [
        proposal.steps if proposal and all(holds[claim] for claim in proposal.claims) else None
        for proposal in proposals
    ]


def _brief(deals: Sequence[Deal], solver: Solver) -> list[Verdict]:
    verdicts = []
    for deal, steps in zip(deals, ladders_read(deals, solver), strict=True):
        if steps is not None:
            verdicts.append(_verdict(deal, steps))
            continue
        if deal.solver is not solver:
            deal.solver.within(deal.solver.seconds)  # its time begins now, not with the first deal
        verdicts.append(_solved(deal, deal.usable_level))
    return verdicts


def _solved(deal: Deal, highest: int) -> Verdict:
    """The verdict by CP-SAT; where lines over the prices can be read, they have to agree."""
    try:
        verdict = _verdict(deal, climb(deal, highest))
    except NoModelError as none:
        return _undecided(str(none), highest)
    # Reading the lines costs a tenth of the solve, and is a proof of another kind.
    known = verdict.decision != "unknown" and deal.space.is_price_alone
    proposal = propose(deal, highest) if known else None
    if proposal and any(map(_contradict, verdict.steps, proposal.steps)):
        return contradicted(highest)
    return verdict


def _contradict(one: Step, other: Step) -> bool:
    if isinstance(one, Answer) and isinstance(other, Answer):
        return (one.price, one.ltv) != (other.price, other.ltv)
    return type(one) is not type(other) and not isinstance(one, Unknown)


def _undecided(reason: str, highest: int) -> Verdict:
    return Verdict("unknown", (Unknown(reason),) * (highest + 1), unknown=reason)


def _verdict(deal: Deal, steps: tuple[Step, ...]) -> Verdict:
    reached = _reached(deal, steps)
    if isinstance(reached, Infeasible):
        return Verdict("rejected", steps)
    if isinstance(reached, Unknown):
        return Verdict("unknown", steps, unknown=reached.reason)
    level, answer = reached
    return Verdict("accepted" if level == 0 else "requires_approval", steps, level, answer)


def _reached(deal: Deal, steps: tuple[Step, ...]) -> tuple[int, Answer] | Infeasible | Unknown:
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
