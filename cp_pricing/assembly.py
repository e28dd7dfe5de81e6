"""A result put together from a verdict and its reading."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from constraints.cpsat import solving
from constraints.cpsat.solving import Unknown
from constraints.language.reading import Reading, read
from cp_pricing.book.profiles import SMALL_COHORT
from cp_pricing.decision.ladder import Answer, Step
from cp_pricing.diagnosis.blocking import field_of, is_input
from cp_pricing.diagnosis.counteroffers import Alternative
from cp_pricing.diagnosis.diagnosis import (
    Why,
)
from cp_pricing.model.deal import Deal
from cp_pricing.results import (
    Approval,
    Correction,
    Counteroffer,
    FieldChange,
    LadderStep,
    LevelStatus,
    LtvReport,
    NearMiss,
    ObjectiveReport,
    Provenance,
    RuleReport,
    RuleStatus,
    SourcePlace,
    TuningResult,
    shown_value,
    terms_of,
)
from cp_pricing.words import explanation
from cp_pricing.words import numbers as formatting
from cp_pricing.words import story as narrative
from cp_pricing.words.explanation import ExplanationContext
from cp_pricing.words.terms import counteroffer_in_words

if TYPE_CHECKING:
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.decision.verdict import Verdict


class Assembly:
    """Builds the result model from a verdict."""

    def __init__(self, deal: Deal, verdict: Verdict, why: Why | None) -> None:
        self.deal = deal
        self.full = why is not None
        self.verdict = verdict
        self.why = why or Why()
        self.book = deal.pricing.price_book
        self.shown = verdict.answer or verdict.near

    def result(self, seconds: float) -> TuningResult:
        """The whole result, explained from what else is in it."""
        undecided = f"{explanation.UNDECIDED}{self.verdict.unknown}"
        facts = self._facts(seconds, self._rules(), undecided)
        context = context_of(self.deal, facts)
        reason, words = explanation.explain(context)
        if self.full:
            words = narrative.seller_text(context, facts)
        return facts.model_copy(update={"reason": reason, "explanation": words})

    def decision(self, seconds: float) -> TuningResult:
        """The result without rules and words; an undecided one says why."""
        unknown = self.verdict.unknown
        return self._facts(seconds, (), f"{explanation.UNDECIDED}{unknown}" if unknown else "")

    def _facts(self, seconds: float, rules: tuple[RuleReport, ...], reason: str) -> TuningResult:
        """The result without its words."""
        deal, verdict = self.deal, self.verdict
        answer, conflicts = verdict.answer, self.why.conflicts
        return TuningResult(
            request_id=deal.request.id,
            decision=verdict.decision,
            reason=reason,
            baseline=deal.request.configuration,
            profile=deal.request.profile,
            configuration=terms_of(answer.evaluator) if answer else None,
            quote=formatting.quote(answer.price, self.book.catalog) if answer else None,
            objective=self._objective(),
            ltv=self._ltv(),
            approvals=self._approvals(),
            ladder=self._ladder(),
            rules=rules,
            near_miss=self._near_miss(),
            blocking_sets=self.why.blocking_sets,
            conflicts=conflicts.sets if conflicts else (),
            corrections=self._corrections(),
            counteroffers=tuple(self._counteroffer(each) for each in self.why.alternatives),
            policy_edits=self.why.policy_edits,
            trade_offs=self.why.trade_offs,
            completeness=self.why.completeness,
            warnings=self._warnings(rules),
            explanation="",
            provenance=self._provenance(seconds),
        )

    def _ltv(self) -> LtvReport:
        reference, answer = self.deal.offer.reference, self.verdict.answer
        return LtvReport(
            tuned=answer.ltv if answer else None,
            reference_configuration=reference.configuration,
            reference=reference.ltv,
            required=reference.required,
            improvement=answer.ltv - reference.ltv if answer else None,
        )

    def _objective(self) -> ObjectiveReport:
        answer, catalog = self.verdict.answer, self.book.catalog
        if self.deal.request.preference == "seller_ltv":
            value = answer.ltv if answer else None
            return ObjectiveReport(
                preference="seller_ltv", sense="maximise", value=value, unit=catalog.currency
            )
        return ObjectiveReport(
            preference="lower_usage_price",
            sense="minimise",
            value=answer.price if answer else None,
            unit=f"{catalog.currency}/{catalog.unit}",
        )

    def _approvals(self) -> tuple[Approval, ...]:
        """The approvers of the rules that the answer breaks, from the lowest level up."""
        if self.verdict.answer is None or not self.verdict.answer.broken:
            return ()
        return self.approvals_for(self.verdict.answer.broken)

    def approvals_for(self, names: Collection[str]) -> tuple[Approval, ...]:
        """Who has to waive which of some rules."""
        broken = [rule for rule in self.deal.pricing.rules if rule.id in names]
        found = []
        for approver in self.book.policy.approvers:
            rules = tuple(rule.id for rule in broken if rule.approver == approver)
            if rules:
                found.append(Approval(approver=approver, rules=rules))
        return tuple(found)

    def _ladder(self) -> tuple[LadderStep, ...]:
        approvers: tuple[str | None, ...] = (None, *self.book.policy.approvers)
        steps = zip(approvers, self.verdict.steps, strict=False)  # a brief one ends sooner
        return tuple(_ladder_step(level, who, step) for level, (who, step) in enumerate(steps))

    def _rules(self) -> tuple[RuleReport, ...]:
        if self.shown is None:
            return ()
        return tuple(self._rule(rule, self.shown) for rule in self.deal.pricing.rules)

    def _rule(self, rule: CheckedRule, shown: Answer) -> RuleReport:
        environment = {**self.deal.offer.bindings, **shown.fields}
        reading = read(rule.require, shown.evaluator, environment)
        applies = rule.when is None or shown.evaluator.truth(rule.when)
        return RuleReport(
            id=rule.id,
            description=rule.description,
            owner=rule.owner,
            effect=rule.effect,
            approver=rule.approver,
            condition=rule.text,
            status=self._status(rule, reading, applies=applies),
            left=reading.left,
            operator=reading.operator,
            right=reading.right,
            slack=reading.slack,
            relief=self.why.reliefs.get(rule.id),
            next_step=self.why.next_steps.get(rule.id),
            unit=rule.units.get(reading.comparison, "") if reading.comparison else "",
            source=SourcePlace.of(rule.source),
            overrides=SourcePlace.of(rule.overrides),
        )

    def _status(self, rule: CheckedRule, reading: Reading, *, applies: bool) -> RuleStatus:
        if not applies:
            return self.why.statuses.get(rule.id, "not_applicable")
        return self.why.statuses.get(rule.id, "satisfied" if reading.holds else "violated")

    def _corrections(self) -> tuple[Correction, ...]:
        conflicts = self.why.conflicts
        if conflicts is None:
            return ()
        return tuple(self._correction(found.members) for found in conflicts.corrections)

    def _correction(self, members: tuple[str, ...]) -> Correction:
        fields = tuple(field_of(name) for name in members if is_input(name))
        waived = {name for name in members if not is_input(name)}
        return Correction(fields=fields, approvals=self.approvals_for(waived))

    def _counteroffer(self, offer: Alternative) -> Counteroffer:
        asked = {**self.deal.offer.canonical, **self.deal.request.inputs}
        fields = offer.answer.fields
        approvals = self.approvals_for(offer.answer.broken)
        plain = Counteroffer(
            changes=tuple(
                FieldChange(
                    field=name,
                    asked=shown_value(name, asked[name]),
                    offered=shown_value(name, fields[name]),
                )
                for name in offer.changed
            ),
            configuration=terms_of(offer.answer.evaluator),
            quote=formatting.quote(offer.answer.price, self.book.catalog),
            ltv=offer.answer.ltv,
            decision="requires_approval" if approvals else "accepted",
            approvals=approvals,
            above_baseline_price=offer.above_baseline_price,
            text="",
        )
        words = counteroffer_in_words(plain, self.book.catalog, self.deal.request.inputs)
        return plain.model_copy(update={"text": words})

    def _near_miss(self) -> NearMiss | None:
        near = self.verdict.near
        if near is None:
            return None
        deal = self.deal
        in_force = set(deal.in_force())
        bounds = [f"tunable:{violation.field}" for violation in deal.violations]
        rules = [name for name in near.broken if name in in_force]
        return NearMiss(
            configuration=terms_of(near.evaluator), ltv=near.ltv, violated=(*bounds, *rules)
        )

    def _warnings(self, rules: tuple[RuleReport, ...]) -> tuple[str, ...]:
        cohort = self.deal.offer.profile.cohort
        found = [
            f"{rule.description or rule.condition} ({rule.id})"
            for rule in rules
            if rule.effect == "warn" and rule.status == "violated"
        ]
        if cohort is not None and cohort.customers < SMALL_COHORT:
            found.append(
                f"the profile `{self.deal.offer.profile.id}` rests on {cohort.customers} customers,"
                f" fewer than {SMALL_COHORT}"
            )
        return tuple(found)

    def _provenance(self, seconds: float) -> Provenance:
        status = {"rejected": "infeasible", "unknown": "unknown"}
        reached = status.get(self.verdict.decision, "optimal")
        if not seconds:
            return _untimed(self.book.digest, reached)
        return _untimed(self.book.digest, reached).model_copy(update={"seconds": round(seconds, 6)})


# Parts that many results share are made once: in a batch they were a tenth of the time.
@lru_cache(maxsize=64)
def _untimed(digest: str, status: str) -> Provenance:
    return Provenance(
        price_book_digest=digest, versions=_versions(), solver_status=status, seconds=0.0
    )


@cache
def _versions() -> dict[str, str]:
    return {"cp-pricing": version("cp-pricing"), "ortools": solving.version()}


def context_of(deal: Deal, result: TuningResult) -> ExplanationContext:
    """What the explanation of a result rests on."""
    catalog = deal.pricing.price_book.catalog
    return ExplanationContext(
        decision=result.decision,
        request=deal.request,
        price_book=deal.pricing.price_book,
        baseline=terms_of(deal.offer.evaluator({})),
        answer=result.configuration,
        ltv=result.ltv,
        approvals=result.approvals,
        ladder=result.ladder,
        rules=result.rules,
        near_miss=result.near_miss,
        bound_violations=tuple(
            explanation.BoundViolation(
                field=bad.field,
                asked=bad.asked,
                allowed_text=formatting.bounds_in_words(
                    bad.field, bad.bounds, bad.canonical, catalog
                ),
            )
            for bad in deal.violations
        ),
        unknown_reason=result.reason.removeprefix(explanation.UNDECIDED),
    )


def _ladder_step(level: int, approver: str | None, step: Step) -> LadderStep:
    if not isinstance(step, Answer):
        return _no_answer(level, approver, "unknown" if isinstance(step, Unknown) else "infeasible")
    return LadderStep(
        level=level,
        approver=approver,
        status="optimal",
        usage_unit_price=step.price,
        ltv=step.ltv,
        waives=step.broken,
    )


@lru_cache(maxsize=256)
def _no_answer(level: int, approver: str | None, status: LevelStatus) -> LadderStep:
    return LadderStep(
        level=level, approver=approver, status=status, usage_unit_price=None, ltv=None, waives=()
    )
