"""The full reading of a verdict: binding rules, conflicts, counteroffers and trade-offs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from constraints.cpsat.conflicts import Limits, MinimalConflicts
from constraints.cpsat.integer_model import NumericOverflow
from cp_pricing.diagnosis.blocking import ConflictsFound, Droppable, better_than
from cp_pricing.diagnosis.counteroffers import Alternative, Counteroffers
from cp_pricing.diagnosis.limits import best_without, next_step, policy_edits, relief
from cp_pricing.diagnosis.trade_offs import trade_offs
from cp_pricing.results import Completeness, NextStep, Outcome, PolicyEdit, RuleStatus, TradeOff

if TYPE_CHECKING:
    from cp_pricing.decision.ladder import Answer
    from cp_pricing.model.deal import Deal

Detail: TypeAlias = Literal["decision", "rules", "full"]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Why:
    """What is known of a verdict beyond the verdict itself."""

    statuses: Mapping[str, RuleStatus] = field(default_factory=dict)
    reliefs: Mapping[str, Outcome] = field(default_factory=dict)
    next_steps: Mapping[str, NextStep] = field(default_factory=dict)
    blocking_sets: tuple[tuple[str, ...], ...] = ()
    findings: ConflictsFound | None = None
    offers: tuple[Alternative, ...] = ()
    policy_edits: tuple[PolicyEdit, ...] = ()
    trade_offs: tuple[TradeOff, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)


# Told, before each part of the work, what is looked for next, and what is proven so far.
Watch: TypeAlias = Callable[[str, Why], None]
_STOPPED = "the search was stopped"


def unwatched(doing: str, so_far: Why) -> None:
    """Nobody wants to know."""


def read_answer(
    deal: Deal, answer: Answer, limits: Limits | None = None, watch: Watch = unwatched
) -> Why:
    """Why an answer is not better, and what each of its commitments is worth."""
    stopped = Completeness(blocking_sets=False, note=_STOPPED)
    watch("what stops a better answer", Why(completeness=stopped))
    sets: tuple[tuple[str, ...], ...] = ()
    try:
        inquiry = Droppable(deal, answer, limits)
        diagnosis = inquiry.conflicts.diagnose()
    except NumericOverflow as overflow:
        # The inquiry is wider than the request, which has been solved: its rules can be dropped.
        diagnosis, statuses = MinimalConflicts((), str(overflow)), _binding(deal, answer)
    else:
        sets = tuple(conflict.members for conflict in diagnosis.conflicts)
        statuses = _statuses(inquiry, sets, complete=diagnosis.complete)
    stopped = Completeness(blocking_sets=diagnosis.complete, note=_joined(diagnosis.cut, _STOPPED))
    part = Why(statuses, blocking_sets=sets, completeness=stopped)
    watch("what the limits of rules cost", part)
    binding = [rule for rule in deal.pricing.rules if statuses.get(rule.id) == "binding"]
    before = deal.solver.unproved
    reliefs = {rule.id: found for rule in binding if (found := relief(deal, rule)) is not None}
    steps = {
        rule.id: step for rule in binding if (step := next_step(deal, rule, answer)) is not None
    }
    limits_cut = _unproved_limits(deal, before)
    part = replace(part, reliefs=reliefs, next_steps=steps)
    watch("what each commitment is worth", part)
    valued, cut = _if_it_fits(lambda: trade_offs(deal, answer))
    worth, worth_cut = valued or ((), cut)
    note = _joined(diagnosis.cut, limits_cut, worth_cut)
    complete = Completeness(blocking_sets=diagnosis.complete, note=note)
    return replace(part, trade_offs=worth, completeness=complete)


def _unproved_limits(deal: Deal, before: int) -> str:
    """What to say if solves have been in vain since there were `before` of them."""
    if deal.solver.unproved == before:
        return ""
    return "what some limits of rules cost could not be proved in time"


def _if_it_fits(read: Callable[[], Part]) -> tuple[Part | None, str]:
    """A part of a reading, or nothing and why, where its numbers do not fit 64-bit integers."""
    try:
        return read(), ""
    except NumericOverflow as overflow:
        return None, str(overflow)


def _joined(*cuts: str) -> str:
    return "; ".join(dict.fromkeys(cut for cut in cuts if cut))


def _binding(deal: Deal, answer: Answer) -> dict[str, RuleStatus]:
    """The rules without which alone there is a better answer, each found by solving again."""
    better = better_than(deal, answer)
    in_force = set(deal.in_force(deal.usable_level))
    found: dict[str, RuleStatus] = {}
    for rule in deal.pricing.rules:
        best = best_without(deal, rule) if rule.id in in_force else None
        if best is not None and best.evaluator.truth(better):
            found[rule.id] = "binding"
    return found


def _statuses(
    inquiry: Droppable, sets: tuple[tuple[str, ...], ...], *, complete: bool
) -> dict[str, RuleStatus]:
    """Binding: without the rule alone there is a better answer; jointly: with others only."""
    rules = {rule.id for rule in inquiry.deal.pricing.rules}
    found: dict[str, RuleStatus] = {}
    for name in inquiry.members:
        if name not in rules or not any(name in members for members in sets):
            continue
        in_all = all(name in members for members in sets)
        alone = in_all if complete else isinstance(inquiry.conflicts.without([name]), Mapping)
        found[name] = "binding" if alone else "jointly_binding"
    return found


def read_rejection(deal: Deal, limits: Limits | None = None, watch: Watch = unwatched) -> Why:
    """Why there is no answer, what would have to change, and what would be accepted."""
    stopped = Completeness(conflicts=False, corrections=False, note=_STOPPED)
    watch("all conflicts", Why(completeness=stopped))
    findings, cut = _if_it_fits(lambda: Droppable(deal, None, limits).findings())
    if findings is not None:
        cut = findings.diagnosis.cut
    corrections_cut = findings.corrections_cut if findings else cut
    known = Completeness(
        conflicts=not cut,
        corrections=not cut and not corrections_cut,
        note=_joined(cut, corrections_cut, _STOPPED),
    )
    part = Why(findings=findings, completeness=known)
    watch("counteroffers", part)
    offered, no_offers = _if_it_fits(lambda: Counteroffers(deal).nearest())
    offers, offers_cut = offered or ((), "")
    part = replace(part, offers=offers)
    watch("edits of the policy", part)
    before = deal.solver.unproved
    edits, no_edits = _if_it_fits(lambda: () if deal.violations else policy_edits(deal))
    edits_cut = _unproved_limits(deal, before)
    note = _joined(cut, corrections_cut, offers_cut, no_offers, no_edits, edits_cut)
    complete = known.model_copy(update={"note": note})
    return replace(part, policy_edits=edits or (), completeness=complete)
