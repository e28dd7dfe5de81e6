"""Rules read at an answer: their sides and slack, and what is known of why they bind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from constraints.language.reading import Reading, read
from constraints.language.resting import names_behind
from cp_pricing.diagnosis.breaches import breaches_of
from cp_pricing.diagnosis.diagnosis import Why
from cp_pricing.results import Breach, RuleReport, RuleStatus, SourcePlace

if TYPE_CHECKING:
    from constraints.language.evaluation import Environment, Evaluator
    from cp_pricing.book.vocabulary import CheckedRule
    from cp_pricing.decision.ladder import Answer
    from cp_pricing.model.deal import Deal


def rule_reports(deal: Deal, shown: Answer, why: Why) -> Iterator[RuleReport]:
    """All rules of a deal read at an answer, or at the near miss."""
    environment = {**deal.offer.bindings, **shown.fields}
    for rule in deal.pricing.rules:
        if rule.id in deal.offer.rules or _is_said_in(rule, environment):
            yield rule_report(rule, shown.evaluator, environment, why)
        else:
            yield _report(rule, Reading(holds=False), "not_applicable", why)


def _is_said_in(rule: CheckedRule, environment: Environment) -> bool:
    """Whether there is all that a rule names: what is for rate cards is nothing to other plans."""
    return names_behind([rule.require], environment) <= environment.keys()


def rule_report(
    rule: CheckedRule, evaluator: Evaluator, environment: Environment, why: Why | None = None
) -> RuleReport:
    """A rule read in an evaluator's environment, with what is known of why it binds."""
    why = why or Why()
    reading = read(rule.require, evaluator, environment)
    applies = rule.when is None or evaluator.truth(rule.when)
    kept: RuleStatus = "satisfied" if reading.holds else "violated"
    status = why.statuses.get(rule.id, kept if applies else "not_applicable")
    is_broken = applies and not reading.holds
    breaches = breaches_of(rule, evaluator, environment) if is_broken else ()
    return _report(rule, reading, status, why, breaches)


def _report(
    rule: CheckedRule,
    reading: Reading,
    status: RuleStatus,
    why: Why,
    breaches: tuple[Breach, ...] = (),
) -> RuleReport:
    dimension = rule.dimension_of(reading.comparison)
    read = {
        "status": status,
        "left": reading.left,
        "operator": reading.operator,
        "right": reading.right,
        "slack": reading.slack,
        "relief": why.reliefs.get(rule.id),
        "next_step": why.next_steps.get(rule.id),
        "unit": dimension.unit,
        "share": dimension.is_share,
        "breaches": breaches,
    }
    return _unread(rule).model_copy(update=read)


# What all reports of a rule share is made once: they were a tenth of the time of an answer.
@lru_cache(maxsize=1_000)
def _unread(rule: CheckedRule) -> RuleReport:
    return RuleReport(
        id=rule.id,
        description=rule.description,
        owner=rule.owner,
        effect=rule.effect,
        approvers=rule.approvers,
        condition=rule.text,
        status="undecided",
        left=None,
        operator=None,
        right=None,
        slack=None,
        unit="",
        source=SourcePlace.of(rule.source),
        overrides=SourcePlace.of(rule.overrides),
    )
