"""The full reading of a verdict: binding rules, conflicts, counteroffers and trade-offs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

from constraints.cpsat.conflicts import Limits, MinimalConflicts
from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.solving import Infeasible
from cp_pricing.diagnosis.blocking import ConflictsFound, Droppable, better_than, inputs_in_the_way
from cp_pricing.diagnosis.counteroffers import Alternative, Counteroffers
from cp_pricing.diagnosis.limits import Cost, best_without, costs
from cp_pricing.diagnosis.policy_edits import policy_edits
from cp_pricing.diagnosis.trade_offs import trade_offs
from cp_pricing.results import Completeness, NextStep, Outcome, PolicyEdit, RuleStatus, TradeOff

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.decision.ladder import Answer
    from cp_pricing.model.deal import Deal

Detail: TypeAlias = Literal["decision", "rules", "full"]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Why:
    """What is known of a verdict beyond the verdict itself; `refuted` if it has proved wrong."""

    statuses: Mapping[str, RuleStatus] = field(default_factory=dict)
    reliefs: Mapping[str, Outcome] = field(default_factory=dict)
    next_steps: Mapping[str, NextStep] = field(default_factory=dict)
    blocking_sets: tuple[tuple[str, ...], ...] = ()
    conflicts: ConflictsFound | None = None
    alternatives: tuple[Alternative, ...] = ()
    policy_edits: tuple[PolicyEdit, ...] = ()
    trade_offs: tuple[TradeOff, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)
    refuted: bool = False


# Told, before each part of the work, what is looked for next, and what is proven so far.
Watch: TypeAlias = Callable[[str, Why], None]
# A part of the work may take so much of the time that is left, and the last part all of it.
_PART = 2 / 3
_STOPPED = "the search was stopped"


def known_detail(detail: Detail) -> Detail:
    """A detail; raises `ValueError` for another word, where no type checker has refused it."""
    if detail not in get_args(Detail):
        raise ValueError(f"`detail` is one of {', '.join(get_args(Detail))}, not {detail!r}")
    return detail


def unwatched(doing: str, so_far: Why) -> None:
    """Do nothing; the `Watch` of callers who have none."""


def read_answer(
    deal: Deal, answer: Answer, limits: Limits | None = None, watch: Watch = unwatched
) -> Why:
    """Why an answer is not better, and what each of its commitments is worth."""
    if deal.asks_price and deal.request.preference == "lower_usage_price":
        return _asked(deal, answer, watch)
    stopped = Completeness(blocking_sets=False, note=_STOPPED)
    undecided: dict[str, RuleStatus] = dict.fromkeys(deal.in_force(), "undecided")
    watch("what stops a better answer", Why(undecided, completeness=stopped))
    try:
        droppable = Droppable(deal, answer, limits)
        with deal.solver.part(_PART):
            minimal = droppable.search.diagnose()
            statuses = _statuses(droppable, minimal)
    except NoModelError as none:
        # With droppable rules there are more deals than in the request, which has been solved.
        minimal = MinimalConflicts((), str(none))
        statuses = undecided | (_if_it_fits(lambda: _binding(deal, answer))[0] or {})
    if _met(minimal):
        return Why(refuted=True)
    sets = tuple(conflict.members for conflict in minimal.conflicts)
    stopped = Completeness(blocking_sets=minimal.complete, note=_joined(minimal.cut, _STOPPED))
    part = Why(statuses, blocking_sets=sets, completeness=stopped)
    watch("what the limits of rules cost", part)
    binding = [rule for rule in deal.pricing.rules if statuses.get(rule.id) == "binding"]
    with deal.solver.part(_PART):
        cost, limits_cut = _costs(deal, binding, answer)
    reliefs = {rule: had for rule, one in cost.items() if (had := one.relief) is not None}
    steps = {rule: step for rule, one in cost.items() if (step := one.next_step) is not None}
    part = replace(part, reliefs=reliefs, next_steps=steps)
    watch("what each commitment is worth", part)
    with deal.solver.part(_PART):
        valued, cut = _if_it_fits(lambda: trade_offs(deal, answer))
    worth, worth_cut = valued or ((), cut)
    part = replace(part, trade_offs=worth)
    alternatives, offers_cut = _no_dearer(deal, answer, part, watch)
    note = _joined(minimal.cut, limits_cut, worth_cut, offers_cut)
    complete = Completeness(blocking_sets=minimal.complete, note=note)
    return replace(part, alternatives=alternatives, completeness=complete)


def _costs(
    deal: Deal, binding: Sequence[CheckedRule], answer: Answer
) -> tuple[Mapping[str, Cost], str]:
    """What the limits of some rules cost, and why not all of them, if so."""
    before = deal.solver.unproved
    found, too_large = _if_it_fits(lambda: costs(deal, binding, answer))
    return found or {}, _joined(too_large, _unproved_limits(deal, before))


def _no_dearer(
    deal: Deal, answer: Answer, so_far: Why, watch: Watch
) -> tuple[tuple[Alternative, ...], str]:
    """What would bring an answer that is dearer than the baseline back to its price.

    A price that was asked for is not brought back: it is kept.
    """
    if deal.asks_price or not deal.offer.is_dearer(answer.fields, answer.evaluator):
        return (), ""
    watch("counteroffers", so_far)
    offers, cut = _if_it_fits(lambda: Counteroffers(deal).no_dearer())
    if offers is None:
        return (), cut
    return offers[0], _counteroffers_cut(offers[1])


def _counteroffers_cut(reason: str) -> str:
    """What to say where the search for counteroffers was cut, for some reason."""
    return f"counteroffers may be missing: {reason}" if reason else ""


def _asked(deal: Deal, answer: Answer, watch: Watch) -> Why:
    """Of an asked price, which nothing could make better: what each commitment decides."""
    watch("what each commitment is worth", Why(completeness=Completeness(note=_STOPPED)))
    valued, cut = _if_it_fits(lambda: trade_offs(deal, answer))
    worth, worth_cut = valued or ((), cut)
    return Why(trade_offs=worth, completeness=Completeness(note=worth_cut))


def _met(minimal: MinimalConflicts) -> bool:
    """Whether something, checked exactly, meets all that was proved to have no solution."""
    return minimal.complete and not minimal.conflicts


def _unproved_limits(deal: Deal, before: int) -> str:
    """What to say if time is over, or solves have been in vain since there were `before`."""
    # Counted at the solver, since parts of the work take what is unproved for nothing found.
    if deal.solver.unproved == before and not deal.solver.is_late:
        return ""
    return "what some limits of rules cost could not be proved in time"


def _if_it_fits(read: Callable[[], Part]) -> tuple[Part | None, str]:
    """A part of the work, or nothing and why, where its numbers do not fit 64-bit integers."""
    try:
        return read(), ""
    except NoModelError as none:
        return None, str(none)


def _joined(*cuts: str) -> str:
    return "; ".join(dict.fromkeys(cut for cut in cuts if cut))


def _binding(deal: Deal, answer: Answer) -> dict[str, RuleStatus]:
    """The rules without which alone there is a better answer, each found by solving again."""
    better = better_than(deal, answer)
    statuses: dict[str, RuleStatus] = {}
    for name in deal.in_force():
        best = best_without(deal, name)
        if best is not None and best.evaluator.truth(better):
            statuses[name] = "binding"
    return statuses


def _statuses(droppable: Droppable, minimal: MinimalConflicts) -> dict[str, RuleStatus]:
    """What each rule in force does to a better answer; a rule that does nothing is left out."""
    rules = [name for name in droppable.members if name in droppable.deal.offer.rules]
    statuses = {name: _status(droppable, minimal, name) for name in rules}
    return {name: status for name, status in statuses.items() if status is not None}


def _status(droppable: Droppable, minimal: MinimalConflicts, rule: str) -> RuleStatus | None:
    """Binding: without the rule alone there is a better answer; jointly: with others only.

    If blocking sets may be missing, a rule that is in none of those known may be in one of them.
    """
    stops = [rule in conflict.members for conflict in minimal.conflicts]
    # Without a rule that is in every blocking set none is left, so that it binds by itself.
    if minimal.complete:
        jointly: RuleStatus | None = "jointly_binding" if any(stops) else None
        return "binding" if jointly and all(stops) else jointly
    without = droppable.search.without([rule])
    if isinstance(without, Mapping):
        return "binding"
    return "jointly_binding" if any(stops) and isinstance(without, Infeasible) else "undecided"


def read_rejection(deal: Deal, limits: Limits | None = None, watch: Watch = unwatched) -> Why:
    """Why there is no answer, what would have to change, and what would be accepted."""
    droppable = cache(lambda: Droppable(deal, None, limits))
    watch("all conflicts", Why(completeness=_rejected(None, _STOPPED)))
    with deal.solver.part(_PART):
        conflicts, none = _if_it_fits(lambda: droppable().conflicts())
    if conflicts is not None and _met(conflicts.minimal):
        return Why(refuted=True)
    part = Why(conflicts=conflicts, completeness=_rejected(conflicts, none, _STOPPED))
    watch("counteroffers", part)
    with deal.solver.part(_PART):
        nearest, none_nearest = _if_it_fits(lambda: Counteroffers(deal).nearest())
    alternatives, more_cut = nearest or ((), "")
    part = replace(part, alternatives=alternatives)
    watch("edits of the policy", part)
    before, late = deal.solver.unproved, conflicts is not None and conflicts.minimal.late
    with deal.solver.part(_PART if late else 1):
        # No limit of a rule admits an input that is outside its tunable bounds.
        edits, no_edits = _if_it_fits(lambda: () if deal.violations else policy_edits(deal))
        edits_cut = _unproved_limits(deal, before)
    part = replace(part, policy_edits=edits or ())
    if late:  # it goes on with what the others have left
        watch("more conflicts", part)
        conflicts, none = _if_it_fits(lambda: droppable().conflicts())
        if conflicts is not None and _met(conflicts.minimal):
            return Why(refuted=True)
    offers_cut = _counteroffers_cut(more_cut)
    complete = _rejected(conflicts, none, offers_cut, none_nearest, no_edits, edits_cut)
    return replace(part, conflicts=conflicts, completeness=complete)


def _rejected(conflicts: ConflictsFound | None, *cuts: str) -> Completeness:
    """What of a rejection is complete; the first cut is why there are no conflicts, if so."""
    cut = conflicts.minimal.cut if conflicts else cuts[0]
    more = conflicts.corrections_cut if conflicts else ""
    note = _joined(cut, more, *cuts)
    return Completeness(conflicts=not cut, corrections=not (cut or more), note=note)


def read_for_customer(deal: Deal, answer: Answer | None, watch: Watch = unwatched) -> Why:
    """What other terms come to, and which inputs are in the way; nothing of why that is so."""
    if answer is not None:
        watch("what each commitment is worth", Why())
        valued, _ = _if_it_fits(lambda: trade_offs(deal, answer))
        return Why(trade_offs=valued[0] if valued else ())
    watch("what stands in the way", Why())
    with deal.solver.part(_PART):
        inputs, _ = _if_it_fits(lambda: ConflictsFound(inputs_in_the_way(deal)))
    part = Why(conflicts=inputs)
    watch("counteroffers", part)
    nearest, _ = _if_it_fits(lambda: Counteroffers(deal, for_customer=True).nearest())
    return replace(part, alternatives=nearest[0] if nearest else ())
