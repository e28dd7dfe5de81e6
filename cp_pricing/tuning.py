"""Solving a request: the decision, the certified answer and how its rules read."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from constraints import solving
from constraints.expressions import Name
from constraints.integer_model import NumericOverflow
from constraints.reading import Reading as ConditionReading
from constraints.reading import read
from constraints.solving import Infeasible, Solver, Unknown
from cp_pricing import explanation, formatting, narrative
from cp_pricing.counteroffers import Offer
from cp_pricing.deal import Deal
from cp_pricing.diagnosis import (
    Detail,
    Reading,
    Watch,
    read_answer,
    read_rejection,
    unwatched,
)
from cp_pricing.explanation import ExplanationContext
from cp_pricing.fields import FIELDS
from cp_pricing.inquiry import field_of, is_input
from cp_pricing.ladder import Answer, Step, climb, lowest_reaching, near_miss
from cp_pricing.phrases import counteroffer_in_words
from cp_pricing.pricing import Pricing
from cp_pricing.profiles import SMALL_COHORT
from cp_pricing.results import (
    Approval,
    Correction,
    Counteroffer,
    Decision,
    FieldChange,
    LadderStep,
    LtvReport,
    NearMiss,
    ObjectiveReport,
    Provenance,
    RuleReport,
    RuleStatus,
    SourcePlace,
    Terms,
    TuningResult,
    shown_value,
)

if TYPE_CHECKING:
    from constraints.evaluation import Evaluator
    from constraints.source import Span
    from cp_pricing.price_book import PriceBook
    from cp_pricing.requests import TuningRequest
    from cp_pricing.vocabulary import CheckedRule


@dataclass(frozen=True)
class Stage:
    """What is looked for next; `result` is what is proven before, `None` if that is nothing."""

    doing: str
    result: Callable[[], TuningResult | None]


def solve(
    price_book: PriceBook,
    request: TuningRequest,
    *,
    detail: Detail = "rules",
    time_limit: float = 30.0,
    watch: Callable[[Stage], None] | None = None,
) -> TuningResult:
    """The certified answer to a request, found within `time_limit` seconds.

    A full reading has as much time again; what is not found in it is left out, and said to be.

    `detail` is `decision` (the certified answer, without rules, reasons and near miss), `rules`
    (each rule read at the answer) or `full` (binding rules, conflicts, counteroffers and trade-offs
    too). An undecided request has the decision `unknown`; nothing is raised for it. `watch` is told
    before each stage of the work.
    """
    started = time.perf_counter()
    deal = deal_of(price_book, request, time_limit)
    if watch is not None:
        watch(Stage("the best usage price of each approval level", lambda: None))
    if detail == "decision":
        verdict = decide(deal, briefly=True)
        return _Assembly(deal, verdict, None).decision(time.perf_counter() - started)
    verdict = decide(deal)

    def result(reading: Reading | None) -> TuningResult:
        return _Assembly(deal, verdict, reading).result(time.perf_counter() - started)

    def tell(doing: str, so_far: Reading) -> None:
        if watch is not None:
            watch(Stage(doing, lambda: result(so_far)))

    deal.solver.within(time_limit)
    return result(read_fully(deal, verdict, tell) if detail == "full" else None)


def undecided(price_book: PriceBook, request: TuningRequest, reason: str) -> TuningResult:
    """The result of a request that could not even be tried, and why."""
    deal = Deal(pricing_of(price_book), request, Solver())
    steps = (Unknown(reason),) * (deal.levels + 1)
    return _Assembly(deal, Verdict("unknown", steps, unknown=reason), None).decision(0.0)


def deal_of(price_book: PriceBook, request: TuningRequest, time_limit: float) -> Deal:
    """A request ready to be solved; all solves together have `time_limit` seconds from now on."""
    solver = Solver(seconds=time_limit)
    solver.within(time_limit)
    return Deal(pricing_of(price_book), request, solver)


def read_fully(deal: Deal, verdict: Verdict, watch: Watch = unwatched) -> Reading:
    """Why the answer is not better, or why there is none; nothing of what was not decided."""
    if verdict.answer is not None:
        return read_answer(deal, verdict.answer, watch=watch)
    return read_rejection(deal, watch=watch) if verdict.decision == "rejected" else Reading()


def pricing_of(price_book: PriceBook) -> Pricing:
    """The price book made ready to be solved; the last few are kept."""
    return _prepared(_Same(price_book))


class _Same:
    """A price book that is equal only to itself, which is quick to tell."""

    def __init__(self, price_book: PriceBook) -> None:
        self.price_book = price_book

    def __hash__(self) -> int:
        return id(self.price_book)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.price_book is self.price_book


@lru_cache(maxsize=8)
def _prepared(same: _Same) -> Pricing:
    return Pricing(same.price_book)


@dataclass
class Verdict:
    """What was decided, at which level, on which answer."""

    decision: Decision
    steps: tuple[Step, ...]
    level: int | None = None
    answer: Answer | None = None
    near: Answer | None = None
    unknown: str = ""


def decide(deal: Deal, *, briefly: bool = False) -> Verdict:
    """SPEC section 4: the ladder, and what it means for the request's approval mode.

    Briefly, without what decides nothing: levels that the request may not use, and the near miss.
    """
    highest = deal.usable_level if briefly else deal.levels
    try:
        steps = climb(deal, highest)
        reached = _reached(deal, steps)
        if isinstance(reached, Infeasible):
            return Verdict("rejected", steps, near=None if briefly else near_miss(deal))
    except NumericOverflow as overflow:
        unknown = Unknown(str(overflow))
        return Verdict("unknown", (unknown,) * (highest + 1), unknown=unknown.reason)
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
    level = lowest_reaching(deciding)
    answer = deciding[level] if level is not None else None
    if level is None or not isinstance(answer, Answer):
        return next(step for step in deciding if isinstance(step, Unknown))
    return level, answer


class _Assembly:
    """Builds the result model from a verdict."""

    def __init__(self, deal: Deal, verdict: Verdict, reading: Reading | None) -> None:
        self.deal = deal
        self.full = reading is not None
        self.verdict = verdict
        self.reading = reading or Reading()
        self.book = deal.pricing.price_book
        self.shown = verdict.answer or verdict.near

    def result(self, seconds: float) -> TuningResult:
        """The whole result, explained from what else is in it."""
        facts = self._facts(seconds, self._rules())
        context = context_of(self.deal, facts)
        reason, words = explanation.explain(context)
        if self.full:
            words = narrative.seller_text(context, facts)
        return facts.model_copy(update={"reason": reason, "explanation": words})

    def decision(self, seconds: float) -> TuningResult:
        """The result without rules and words; an undecided one says why."""
        undecided = {} if self.verdict.unknown else {"reason": ""}
        return self._facts(seconds, ()).model_copy(update=undecided)

    def _facts(self, seconds: float, rules: tuple[RuleReport, ...]) -> TuningResult:
        """The result without its words, but for what kept it from being decided."""
        deal, verdict = self.deal, self.verdict
        answer, findings = verdict.answer, self.reading.findings
        return TuningResult(
            request_id=deal.request.id,
            decision=verdict.decision,
            reason=f"{explanation.UNDECIDED}{verdict.unknown}",
            baseline=deal.request.configuration,
            profile=deal.request.profile,
            configuration=self._terms(answer.evaluator) if answer else None,
            quote=formatting.quote(answer.price, self.book.catalog) if answer else None,
            objective=self._objective(),
            ltv=self._ltv(),
            approvals=self._approvals(),
            ladder=self._ladder(),
            rules=rules,
            near_miss=self._near_miss(),
            blocking_sets=self.reading.blocking_sets,
            conflicts=findings.sets if findings else (),
            corrections=self._corrections(),
            counteroffers=tuple(self._counteroffer(offer) for offer in self.reading.offers),
            policy_edits=self.reading.policy_edits,
            trade_offs=self.reading.trade_offs,
            completeness=self.reading.completeness,
            warnings=self._warnings(rules),
            explanation="",
            provenance=self._provenance(seconds),
        )

    def _terms(self, evaluator: Evaluator) -> Terms:
        return terms_of(evaluator)

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
        if self.verdict.answer is None:
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
            relief=self.reading.reliefs.get(rule.id),
            next_step=self.reading.next_steps.get(rule.id),
            unit=rule.units.get(reading.comparison, "") if reading.comparison else "",
            source=_place(rule.source),
            overrides=_place(rule.overrides),
        )

    def _status(self, rule: CheckedRule, reading: ConditionReading, *, applies: bool) -> RuleStatus:
        if not applies:
            return self.reading.statuses.get(rule.id, "not_applicable")
        return self.reading.statuses.get(rule.id, "satisfied" if reading.holds else "violated")

    def _corrections(self) -> tuple[Correction, ...]:
        findings = self.reading.findings
        if findings is None:
            return ()
        return tuple(self._correction(found.members) for found in findings.corrections)

    def _correction(self, members: tuple[str, ...]) -> Correction:
        fields = tuple(field_of(name) for name in members if is_input(name))
        waived = {name for name in members if not is_input(name)}
        return Correction(fields=fields, approvals=self.approvals_for(waived))

    def _counteroffer(self, offer: Offer) -> Counteroffer:
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
            configuration=self._terms(offer.answer.evaluator),
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
        in_force = set(deal.in_force(deal.usable_level))
        bounds = [f"tunable:{violation.field}" for violation in deal.violations]
        rules = [name for name in near.broken if name in in_force]
        return NearMiss(
            configuration=self._terms(near.evaluator), ltv=near.ltv, violated=(*bounds, *rules)
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
        return Provenance(
            price_book_digest=self.book.digest,
            versions=_versions(),
            solver_status=status.get(self.verdict.decision, "optimal"),
            seconds=round(seconds, 6),
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


def terms_of(evaluator: Evaluator) -> Terms:
    """The ten configuration fields in an evaluator's environment."""
    return Terms.model_validate({name: evaluator.value(Name(name)) for name in FIELDS})


def _ladder_step(level: int, approver: str | None, step: Step) -> LadderStep:
    answer = step if isinstance(step, Answer) else None
    missing = "unknown" if isinstance(step, Unknown) else "infeasible"
    return LadderStep(
        level=level,
        approver=approver,
        status="optimal" if answer else missing,
        usage_unit_price=answer.price if answer else None,
        ltv=answer.ltv if answer else None,
        waives=answer.broken if answer else (),
    )


def _place(span: Span | None) -> SourcePlace | None:
    return SourcePlace(file=span.file, line=span.line) if span else None
