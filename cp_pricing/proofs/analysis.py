"""Proofs about a policy over every deal of a configuration and profile.

Nothing here samples: a statement about all deals is an infeasible problem, proved with both
settings of presolve, and its refutation a deal that the exact evaluator has confirmed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from constraints.cpsat.budget import Budgeted, Shares
from constraints.cpsat.conflicts import Conflict, Conflicts, Limits
from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.solving import Infeasible, Unknown
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.analysis_fields import field_verdicts
from cp_pricing.proofs.analysis_limits import ranges_and_choices
from cp_pricing.proofs.analysis_results import (
    FieldVerdict,
    Finding,
    FindingKind,
    LevelReport,
    PolicyAnalysis,
    Proof,
    RuleVerdict,
    RuleVerdictReport,
    SpaceAnalysis,
)
from cp_pricing.proofs.deal_space import APPLIES, BREAKS, DealSpace, FoundDeal, on_sale
from cp_pricing.results import SourcePlace
from cp_pricing.words.numbers import listed
from cp_pricing.workers import Each, shared_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.vocabulary import CheckedRule

BUDGET = 30.0
# The longest that a single proof may take, so that one hard question does not starve the others.
_SHARE = 0.25
# One minimal set of rules explains a finding; any other would explain the same.
_CORES = Limits(conflicts=1, rounds=100)
_WITHOUT_EFFECT: Final = frozenset[RuleVerdict]({"dead", "no_other_deals"})


def pairs_of(book: PriceBook) -> tuple[tuple[str, str], ...]:
    """The configurations that can be tuned, each with the profiles that can have it."""
    return tuple(pair for pair in on_sale(book) if book.configuration(pair[0]).tunable)


def analyse(
    book: PriceBook,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    budget: float | None = None,
    workers: int = 1,
    tell: Callable[[SpaceAnalysis], None] = lambda _: None,
) -> PolicyAnalysis:
    """What is provable of a policy, within `budget` seconds.

    Without a budget there are `BUDGET` seconds for each configuration and profile. With more than
    one worker what takes long is shared out among processes; the program's main module must then
    be guarded by `if __name__ == "__main__"`. Each of the spaces is told in its turn.
    """
    chosen = pairs_of(book) if pairs is None else tuple(pairs)
    seconds = BUDGET * len(chosen) if budget is None else budget
    work = _Spaces(book, chosen, Shares(seconds, len(chosen)))
    among = replace(work, shares=Shares(seconds, len(chosen), workers))
    spaces = []
    for space in shared_out(work, range(len(chosen)), workers, among=among):
        tell(space)
        spaces.append(space)
    verdicts: dict[str, set[RuleVerdict]] = {}
    for report in (rule for space in spaces for rule in space.rules):
        verdicts.setdefault(report.rule, set()).add(report.verdict)
    # Where nothing passes anyway, a rule has no more effect than where it is dead.
    dead = [name for name, found in verdicts.items() if "dead" in found <= _WITHOUT_EFFECT]
    return PolicyAnalysis(
        policy=book.policy.name,
        price_book_digest=book.digest,
        spaces=tuple(spaces),
        dead_everywhere=tuple(dead),
    )


@dataclass(frozen=True)
class _Spaces(Each[int, SpaceAnalysis]):
    """The work of an analysis: a space for each configuration and profile, by its place."""

    book: PriceBook
    pairs: tuple[tuple[str, str], ...]
    shares: Shares

    def answer(self, item: int) -> SpaceAnalysis:
        return analyse_space(self.book, *self.pairs[item], budget=self.shares.of_piece(item))

    def given_up(self, item: int, reason: str) -> SpaceAnalysis:
        configuration, profile = self.pairs[item]
        return SpaceAnalysis(
            configuration=configuration, profile=profile, undecided=(reason,), seconds=0
        )


def analyse_space(
    book: PriceBook, configuration: str, profile: str, *, budget: float = BUDGET
) -> SpaceAnalysis:
    """What is provable of the deals of one configuration for one profile."""
    solver = Budgeted(budget, budget * _SHARE)
    space = DealSpace.of(pricing_of(book), configuration, profile, solver)
    return _Analysis(space).run()


@dataclass(frozen=True)
class _Group:
    """Rules that a finding is about, the conflict behind it, and up to which level it holds."""

    rules: tuple[str, ...]
    conflict: Conflict
    level: int
    denied: str = ""

    @property
    def in_words(self) -> tuple[str, str, str]:
        """The first rule, the others and all of them, for a text."""
        marked = [f"`{name}`" for name in self.rules]
        return marked[0] if marked else "", listed(marked[1:]), listed(marked)


class _Analysis:
    """One configuration and profile; `undecided` gathers what could not be proved.

    `shown` are the deals that the solver has come upon: what they show need not be proved again.
    """

    def __init__(self, space: DealSpace) -> None:
        self.space = space
        self.policy = space.offer.policy
        self.approvers = self.policy.by_level
        self.findings: list[Finding] = []
        self.undecided: list[str] = []
        self.shown: list[FoundDeal] = []

    def run(self) -> SpaceAnalysis:
        """Everything, the most telling first, as far as the budget goes."""
        started = time.perf_counter()
        try:
            levels = tuple(self._level(level) for level in range(self.policy.levels + 1))
            rules = tuple(self._rule(rule) for rule in self.space.rules.values())
            self._contradictions(levels)
            fields = self._fields(levels)
            ranges, choices = ranges_and_choices(self.space, levels, self.shown, self.undecided)
        except NoModelError as none:
            return self._nothing(str(none), started)
        return SpaceAnalysis(
            configuration=self.space.offer.configuration.id,
            profile=self.space.offer.profile.id,
            levels=levels,
            findings=tuple(self.findings),
            rules=rules,
            ranges=ranges,
            choices=choices,
            fields=fields,
            undecided=tuple(self.undecided),
            seconds=round(time.perf_counter() - started, 3),
        )

    def _nothing(self, reason: str, started: float) -> SpaceAnalysis:
        """An analysis without any proof, since numbers do not fit 64 bits."""
        return SpaceAnalysis(
            configuration=self.space.offer.configuration.id,
            profile=self.space.offer.profile.id,
            undecided=(reason,),
            seconds=round(time.perf_counter() - started, 3),
        )

    # --- which levels have any deals ----------------------------------------------------------

    def _level(self, level: int) -> LevelReport:
        passing = self._find(self.space.in_force(level))
        who = self.approvers[level]
        if isinstance(passing, Unknown):
            what = "self-serve" if who is None else f"`{who}`"
            self.undecided.append(f"whether any deal passes with {what}: {passing.reason}")
            return LevelReport(level=level, approver=who, status="unknown", note=passing.reason)
        if isinstance(passing, Infeasible):
            return LevelReport(level=level, approver=who, status="empty")
        return LevelReport(level=level, approver=who, status="open", witness=passing.deal)

    def _find(self, names: Iterable[str]) -> FoundDeal | Infeasible | Unknown:
        answer = self.space.find(names)
        if isinstance(answer, FoundDeal):
            self.shown.append(answer)
        return answer

    def _is_shown(self, name: str) -> bool:
        """Whether a condition holds for a deal that the solver has come upon already."""
        condition = self.space.conditions[name]
        return any(found.evaluator.truth(condition) for found in self.shown)

    # --- what each rule does ------------------------------------------------------------------

    def _rule(self, rule: CheckedRule) -> RuleVerdictReport:
        self._alone(rule)
        # At a level that may waive the rule it decides nothing, and below this one other rules come
        # in: the highest level that is bound by it is where it is the last to refuse a deal.
        level = self.policy.highest_level(rule)
        others = [name for name in self.space.in_force(level) if name != rule.id]
        refused = self._find([*others, BREAKS + rule.id])
        if isinstance(refused, FoundDeal):
            return self._verdict(rule, level, "decides", refused)
        if isinstance(refused, Infeasible):
            kept = self._find(others)
            if isinstance(kept, FoundDeal):
                return self._dead(rule, level, others)
            if isinstance(kept, Infeasible):
                return self._verdict(rule, level, "no_other_deals")
            refused = kept
        self.undecided.append(f"whether `{rule.id}` can ever decide: {refused.reason}")
        return self._verdict(rule, level, "undecided", note=refused.reason)

    def _verdict(
        self,
        rule: CheckedRule,
        level: int,
        verdict: RuleVerdict,
        shown: FoundDeal | None = None,
        note: str = "",
    ) -> RuleVerdictReport:
        return RuleVerdictReport(
            rule=rule.id,
            effect=rule.effect,
            approvers=rule.approvers,
            level=level,
            verdict=verdict,
            witness=shown.deal if shown else None,
            note=note,
            source=SourcePlace.of(rule.source),
        )

    def _dead(self, rule: CheckedRule, level: int, others: Sequence[str]) -> RuleVerdictReport:
        """A rule that the others imply, with the fewest of them that do.

        It may still ask for a signature that nothing else asks for.
        """
        signed = {who: self._signed(rule, who) for who in rule.approvers}
        for who, deal in signed.items():
            if isinstance(deal, Unknown):
                self.undecided.append(f"whether `{rule.id}` asks `{who}`: {deal.reason}")
                return self._verdict(rule, level, "undecided", note=deal.reason)
        conflict = self._core(others, (BREAKS + rule.id,))
        if isinstance(conflict, str):
            self.undecided.append(f"which rules imply `{rule.id}`: {conflict}")
            return self._verdict(rule, level, "undecided", note=conflict)
        members = conflict.members
        deals = {who: deal for who, deal in signed.items() if isinstance(deal, FoundDeal)}
        if deals:
            group = _Group((rule.id, *members), conflict, level, BREAKS + rule.id)
            asked = listed([f"`{who}`" for who in deals])
            self._add("adds_signature", group, _SIGNS.format(asked))
            return self._verdict(rule, level, "signs", next(iter(deals.values())))
        kinds: tuple[FindingKind, ...] = ("always_met", "shadowed", "implied")
        kind = kinds[min(2, len(members))]
        # Of course nothing breaks a rule that applies to nothing: that has been said already.
        told = any(f.kind == "never_applies" and f.rules == (rule.id,) for f in self.findings)
        if not (told and kind == "always_met"):
            group = _Group((rule.id, *members), conflict, level, BREAKS + rule.id)
            self._add(kind, group, _DEAD[kind])
        return self._verdict(rule, level, "dead")

    def _signed(self, rule: CheckedRule, who: str) -> FoundDeal | Infeasible | Unknown:
        """A deal that somebody has to sign because of this rule and of no other."""
        kept = self.space.in_force(self.policy.levels)
        others = (r.id for r in self.space.rules.values() if who in r.approvers and r is not rule)
        return self._find(dict.fromkeys([*kept, *others, BREAKS + rule.id]))

    def _alone(self, rule: CheckedRule) -> None:
        """Whether a rule can be met, and whether it can apply, as far as the bounds go."""
        for kind, name in (("never_met", rule.id), ("never_applies", APPLIES + rule.id)):
            if name not in self.space.conditions:
                continue
            if self._is_shown(name):
                continue
            shown = self._find([name])
            if isinstance(shown, Unknown):
                words = "be met" if kind == "never_met" else "apply"
                self.undecided.append(f"whether `{rule.id}` can ever {words}: {shown.reason}")
            elif isinstance(shown, Infeasible):
                members = (rule.id,) if kind == "never_met" else ()
                denied = "" if kind == "never_met" else name
                proof = Proof(members=members, denied=denied)
                text = _ALONE[kind].format(rule.id)
                self.findings.append(Finding(kind=kind, rules=(rule.id,), text=text, proof=proof))

    def _core(self, members: Sequence[str], hard: Sequence[str]) -> Conflict | str:
        """The smallest set of members that cannot be met together with what is hard.

        Where it does without rules on numbers that go in steps, it is the smallest of the others:
        there may be no end of combinations for which such a rule would have to be refuted.
        """
        plain = [name for name in members if name not in self.space.stepped]
        if len(plain) < len(members) and isinstance(self._find([*plain, *hard]), Infeasible):
            members = plain
        minimal = Conflicts(self.space.problem, members, hard, _CORES).diagnose()
        if not minimal.conflicts:
            return minimal.cut or "no core was found"
        return minimal.conflicts[0]

    # --- groups that cannot be met together ---------------------------------------------------

    def _contradictions(self, levels: Sequence[LevelReport]) -> None:
        members = self.space.in_force(0)
        if levels[0].status == "empty":
            minimal = Conflicts(self.space.problem, members).diagnose()
            for conflict in minimal.conflicts:
                # A rule that by itself cannot be met has a finding of its own.
                if len(conflict.members) > 1:
                    level = self._holds_up_to(conflict.members)
                    group = _Group(conflict.members, conflict, level)
                    self._add("contradiction", group, _CONTRADICTION)
            if minimal.cut:
                self.undecided.append(f"further contradictions: {minimal.cut}")
        for report in levels:
            if report.status == "empty":
                core = self._core(self.space.in_force(report.level), ())
                if isinstance(core, str):
                    self.undecided.append(f"why no deal passes: {core}")
                else:
                    who = report.approver
                    with_whom = "without approval" if who is None else f"with `{who}`"
                    group = _Group(core.members, core, report.level)
                    text = _EMPTY if len(core.members) > 1 else _EMPTY.removesuffix(" together")
                    self._add("no_deals", group, text.format(with_whom))

    def _holds_up_to(self, members: Iterable[str]) -> int:
        """The highest level that can waive none of some rules."""
        rules = [self.space.rules[name] for name in members]
        return min(map(self.policy.highest_level, rules))

    def _add(self, kind: FindingKind, group: _Group, text: str) -> None:
        fixed, conflict = self.space.space.fixed, group.conflict
        without = {
            name: self.space.of_fields({**fixed, **assignment}).deal
            for name, assignment in conflict.witnesses.items()
        }
        first, rest, together = group.in_words
        finding = Finding(
            kind=kind,
            rules=group.rules,
            level=group.level,
            approver=self.approvers[group.level],
            text=text.format(first=first, rest=rest, together=together),
            proof=Proof(members=conflict.members, denied=group.denied, without=without),
        )
        self.findings.append(finding)

    # --- fields that never matter -------------------------------------------------------------

    def _fields(self, levels: Sequence[LevelReport]) -> tuple[FieldVerdict, ...]:
        verdicts = field_verdicts(self.space, levels, self.shown)
        for verdict in verdicts:
            if verdict.matters is None:
                self.undecided.append(f"whether `{verdict.field}` matters: {verdict.note}")
            elif not verdict.matters:
                proof = Proof(members=(), denied=f"{verdict.field} changes an answer")
                text = f"`{verdict.field}` never changes what is admitted, nor its lifetime value"
                self.findings.append(
                    Finding(
                        kind="field_without_effect", field=verdict.field, text=text, proof=proof
                    )
                )
        return verdicts


_DEAD = {
    "always_met": "no deal within the tunable bounds breaks {first}",
    "shadowed": "{first} refuses nothing that {rest} does not refuse already",
    "implied": "{first} refuses nothing that {rest} together do not refuse already",
}
_SIGNS = "{{first}} refuses nothing that {{rest}} would not refuse, but asks {} to sign"
_ALONE = {
    "never_met": "no deal within the tunable bounds meets `{}`",
    "never_applies": "`{}` applies to no deal within the tunable bounds",
}
_CONTRADICTION = "no deal meets {together} together"
_EMPTY = "no deal passes {}: no deal meets {{together}} together"
