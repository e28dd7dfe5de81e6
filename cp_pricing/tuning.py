"""Solving a request: the decision, the certified answer and how its rules read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from constraints import solving
from constraints.expressions import Name
from constraints.integer_model import NumericOverflow
from constraints.reading import Reading, read
from constraints.solving import Infeasible, Solver, Unknown
from cp_pricing import explanation, formatting
from cp_pricing.deal import Deal
from cp_pricing.explanation import ExplanationContext
from cp_pricing.fields import FIELDS
from cp_pricing.ladder import Answer, Step, climb, lowest_reaching, near_miss
from cp_pricing.pricing import Pricing
from cp_pricing.profiles import SMALL_COHORT
from cp_pricing.results import (
    Approval,
    Decision,
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
)

if TYPE_CHECKING:
    from constraints.evaluation import Evaluator
    from cp_pricing.price_book import PriceBook
    from cp_pricing.requests import TuningRequest
    from cp_pricing.vocabulary import CheckedRule


def solve(
    price_book: PriceBook, request: TuningRequest, *, time_limit: float = 30.0
) -> TuningResult:
    """The certified answer to a request, with `time_limit` seconds for each CP-SAT call.

    An undecided request has the decision `unknown`; nothing is raised for it.
    """
    return Tuner(pricing_of(price_book), time_limit).solve(request)


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


@dataclass
class Tuner:
    """Solves requests of one price book."""

    pricing: Pricing
    time_limit: float = 30.0
    clock: float = field(default=0.0, init=False)

    def solve(self, request: TuningRequest) -> TuningResult:
        """The result of one request."""
        started = time.perf_counter()
        deal = Deal(self.pricing, request, Solver(seconds=self.time_limit))
        verdict = decide(deal)
        return _Assembly(deal, verdict).result(time.perf_counter() - started)


def decide(deal: Deal) -> Verdict:
    """SPEC section 4: the ladder, and what it means for the request's approval mode."""
    try:
        steps = climb(deal)
        reached = _reached(deal, steps)
        if isinstance(reached, Infeasible):
            return Verdict("rejected", steps, near=near_miss(deal))
    except NumericOverflow as overflow:
        unknown = Unknown(str(overflow))
        return Verdict("unknown", (unknown,) * (deal.levels + 1), unknown=unknown.reason)
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

    def __init__(self, deal: Deal, verdict: Verdict) -> None:
        self.deal = deal
        self.verdict = verdict
        self.book = deal.pricing.price_book
        self.shown = verdict.answer or verdict.near

    def result(self, seconds: float) -> TuningResult:
        deal, verdict = self.deal, self.verdict
        answer = verdict.answer
        terms = self._terms(answer.evaluator) if answer else None
        rules = self._rules()
        ltv, approvals, ladder = self._ltv(), self._approvals(), self._ladder()
        near = self._near_miss()
        reason, words = explanation.explain(
            ExplanationContext(
                decision=verdict.decision,
                request=deal.request,
                price_book=self.book,
                baseline=self._terms(deal.offer.evaluator({})),
                answer=terms,
                ltv=ltv,
                approvals=approvals,
                ladder=ladder,
                rules=rules,
                near_miss=near,
                bound_violations=self._bound_violations(),
                unknown_reason=verdict.unknown,
            )
        )
        return TuningResult(
            request_id=deal.request.id,
            decision=verdict.decision,
            reason=reason,
            baseline=deal.request.configuration,
            profile=deal.request.profile,
            configuration=terms,
            quote=formatting.quote(answer.price, self.book.catalog) if answer else None,
            objective=self._objective(),
            ltv=ltv,
            approvals=approvals,
            ladder=ladder,
            rules=rules,
            near_miss=near,
            warnings=self._warnings(rules),
            explanation=words,
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
        return self.approvals_for(self.verdict.answer)

    def approvals_for(self, answer: Answer) -> tuple[Approval, ...]:
        """Who has to waive which of the rules that an answer breaks."""
        broken = [rule for rule in self.deal.pricing.rules if rule.id in answer.broken]
        found = []
        for approver in self.book.policy.approvers:
            rules = tuple(rule.id for rule in broken if rule.approver == approver)
            if rules:
                found.append(Approval(approver=approver, rules=rules))
        return tuple(found)

    def _ladder(self) -> tuple[LadderStep, ...]:
        approvers: tuple[str | None, ...] = (None, *self.book.policy.approvers)
        steps = zip(approvers, self.verdict.steps, strict=True)
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
            status=_status(reading, applies=applies),
            left=reading.left,
            operator=reading.operator,
            right=reading.right,
            slack=reading.slack,
            unit=rule.units.get(reading.comparison, "") if reading.comparison else "",
            source=_place(rule),
        )

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

    def _bound_violations(self) -> tuple[explanation.BoundViolation, ...]:
        catalog = self.book.catalog
        return tuple(
            explanation.BoundViolation(
                field=violation.field,
                asked=violation.asked,
                allowed_text=formatting.bounds_in_words(
                    violation.field, violation.bounds, violation.canonical, catalog
                ),
            )
            for violation in self.deal.violations
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


def _status(reading: Reading, *, applies: bool) -> RuleStatus:
    if not applies:
        return "not_applicable"
    return "satisfied" if reading.holds else "violated"


def _place(rule: CheckedRule) -> SourcePlace | None:
    return SourcePlace(file=rule.source.file, line=rule.source.line) if rule.source else None
