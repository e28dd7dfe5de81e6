"""The full reading of a verdict: binding rules, conflicts, counteroffers and trade-offs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.conflicts import Limits
from constraints.integer_model import NumericOverflow
from cp_pricing.counteroffers import Counteroffers, Offer
from cp_pricing.inquiry import Findings, Inquiry
from cp_pricing.limits import next_step, policy_edits, relief
from cp_pricing.results import Completeness, NextStep, Outcome, PolicyEdit, RuleStatus, TradeOff
from cp_pricing.tradeoffs import trade_offs

if TYPE_CHECKING:
    from cp_pricing.deal import Deal
    from cp_pricing.ladder import Answer

Detail: TypeAlias = Literal["decision", "rules", "full"]


@dataclass(frozen=True)
class Reading:
    """What is known of a verdict beyond the verdict itself."""

    statuses: Mapping[str, RuleStatus] = field(default_factory=dict)
    reliefs: Mapping[str, Outcome] = field(default_factory=dict)
    next_steps: Mapping[str, NextStep] = field(default_factory=dict)
    blocking_sets: tuple[tuple[str, ...], ...] = ()
    findings: Findings | None = None
    offers: tuple[Offer, ...] = ()
    policy_edits: tuple[PolicyEdit, ...] = ()
    trade_offs: tuple[TradeOff, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)


def read_answer(deal: Deal, answer: Answer, limits: Limits | None = None) -> Reading:
    """Why an answer is not better, and what each of its commitments is worth."""
    try:
        inquiry = Inquiry(deal, answer, limits)
        diagnosis = inquiry.conflicts.diagnose()
    except NumericOverflow as overflow:
        return Reading(completeness=Completeness(blocking_sets=False, note=str(overflow)))
    sets = tuple(conflict.members for conflict in diagnosis.conflicts)
    statuses = _statuses(inquiry, sets, complete=diagnosis.complete)
    binding = [rule for rule in deal.pricing.rules if statuses.get(rule.id) == "binding"]
    reliefs = {rule.id: found for rule in binding if (found := relief(deal, rule)) is not None}
    steps = {
        rule.id: step for rule in binding if (step := next_step(deal, rule, answer)) is not None
    }
    complete = Completeness(blocking_sets=diagnosis.complete, note=diagnosis.cut)
    return Reading(
        statuses, reliefs, steps, sets, trade_offs=trade_offs(deal, answer), completeness=complete
    )


def _statuses(
    inquiry: Inquiry, sets: tuple[tuple[str, ...], ...], *, complete: bool
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


def read_rejection(deal: Deal, limits: Limits | None = None) -> Reading:
    """Why there is no answer, what would have to change, and what would be accepted."""
    try:
        findings = Inquiry(deal, None, limits).findings()
        offers, offers_cut = Counteroffers(deal).nearest()
        edits = () if deal.violations else policy_edits(deal)
    except NumericOverflow as overflow:
        note = str(overflow)
        return Reading(completeness=Completeness(conflicts=False, corrections=False, note=note))
    cuts = (findings.diagnosis.cut, findings.corrections_cut, offers_cut)
    complete = Completeness(
        conflicts=findings.diagnosis.complete,
        corrections=findings.diagnosis.complete and not findings.corrections_cut,
        note="; ".join(dict.fromkeys(cut for cut in cuts if cut)),
    )
    return Reading(findings=findings, offers=offers, policy_edits=edits, completeness=complete)
