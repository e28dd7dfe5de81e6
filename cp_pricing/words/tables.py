"""The tables of a result and the cells of its rules, as terminal and page both show them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.fields import PRICE, Preference
from cp_pricing.results import Approval, Decision, LadderStep, RuleReport, TuningResult
from cp_pricing.terms import AnyTerms
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import purpose, scale_of
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_cell, price_words
from cp_pricing.words.reasons import WhatItsLimitCosts
from cp_pricing.words.scales import Scale
from cp_pricing.words.sheet import NOTHING, Cell, Row, Table, heads
from cp_pricing.words.statuses import (
    DECISIONS,
    HOLDS,
    RULE_STATUSES,
    SELF_SERVE,
    waiver,
    without_answer,
)
from cp_pricing.words.terms import capital, changed_fields

if TYPE_CHECKING:
    from cp_pricing.book.requests import TuningRequest


def decision_cell(decision: Decision, note: str = "") -> Cell:
    """A decision as a badge."""
    word, tone = DECISIONS[decision]
    return Cell(word, note, tone, badge=True)


def summary_row(result: TuningResult, listed: Fraction, catalog: Denomination) -> Row:
    """A request: decision, price or discount, LTV, required LTV, approvals.

    `listed` is the price at list (currency/unit).
    """
    price, change, missing = None, "", None
    if result.configuration is not None:
        usage_price = result.configuration.price
        price = price_cell(usage_price, catalog)
        change, missing = f.price_change(usage_price, listed, catalog), "none"
    tuned = result.ltv.tuned
    return (
        Cell(result.request_id, f"{result.baseline} for {result.profile}"),
        decision_cell(result.decision),
        Cell(price, change),
        Cell(None if tuned is None else f.grouped(tuned, f.CENTS)),
        Cell(f.grouped(result.ltv.required, f.CENTS), tone="quiet"),
        Cell(", ".join(each.approver for each in result.approvals) or missing),
    )


def approvals_in_words(approvals: Iterable[Approval]) -> str:
    """Who waives what, in one line: `deal-desk for payback, margin; cfo for price-floor`."""
    return "; ".join(f"{each.approver} for {', '.join(each.rules)}" for each in approvals)


# --- levels and terms -----------------------------------------------------------------------


def ladder_table(result: TuningResult, catalog: Denomination) -> Table:
    """The best answer of each approval level."""
    columns = heads(
        "Up to",
        f">{capital(price_words(catalog).noun)}",
        f">>LTV, {catalog.currency}",
        "Rules waived",
    )
    rows = tuple(_ladder_row(step, catalog) for step in result.ladder)
    return Table("What each approval level reaches", columns, rows)


def _ladder_row(step: LadderStep, catalog: Denomination) -> Row:
    level = Cell(step.approver or SELF_SERVE)
    if step.price is None or step.ltv is None:
        return (level, Cell(without_answer(step.status), tone="quiet"), NOTHING, NOTHING)
    return (
        level,
        Cell(f.quote(step.price, catalog)),
        Cell(f.grouped(step.ltv, f.CENTS)),
        Cell(", ".join(step.waives) or "none"),
    )


def differing_terms(result: TuningResult, baseline: AnyTerms, catalog: Denomination) -> Table:
    """The fields in which the answer, or else the near miss, differs from the baseline."""
    terms = result.shown_terms or baseline
    fields = changed_fields(terms, baseline)
    if terms.price != baseline.price:
        fields = (PRICE, *fields)
    rows = tuple(
        (
            Cell(f.label(field, catalog)),
            Cell(f.field_value(field, baseline.value(field), catalog), tone="quiet"),
            Cell(f.field_value(field, terms.value(field), catalog)),
        )
        for field in fields
    )
    columns = heads("Terms", ">List", ">Answer" if result.configuration else ">Near miss")
    return Table("Terms that differ from list", columns, rows)


def asked_cell(request: TuningRequest, field: str, catalog: Denomination, chosen: str) -> Cell:
    """A field's value as asked for, or the word for one that is to be `chosen`."""
    if field in request.inputs:
        return Cell(f.field_value(field, request.inputs[field], catalog))
    is_chosen = field == PRICE or field in request.open
    return Cell(chosen, tone="quiet") if is_chosen else NOTHING


# --- rules ----------------------------------------------------------------------------------


def rank(rule: RuleReport) -> int:
    """The place of a rule among others: what decides comes first."""
    return list(RULE_STATUSES).index(rule.status)


def status_cell(rule: RuleReport, result: TuningResult) -> Cell:
    """A rule's status, with who may waive it; a violation that stops nothing only warns."""
    word, tone = RULE_STATUSES[rule.status]
    if rule.status == "satisfied" and not binding_known(result):
        word = HOLDS
    blocking = result.near_miss.violated if result.near_miss else ()
    # Of a rejected request, only what stands in its way is as bad as it looks.
    if rule.status == "violated" and rule.effect != "reject" and rule.id not in blocking:
        tone = "warn"
    note = "" if rule.effect == "reject" else waiver(rule.effect, rule.approvers)
    return Cell(word, note, tone, badge=True)


def shortfalls(rules: Iterable[RuleReport], catalog: Denomination) -> Table:
    """Rules that fail: what each is and must be, what it lacks, and what it is for."""
    columns = heads("Rule", ">>Is", ">>Must be", ">>Off by", "What it is for")
    return Table("", columns, tuple(_shortfall(rule, scale_of(rule, catalog)) for rule in rules))


def _shortfall(rule: RuleReport, scale: Scale) -> Row:
    about = Cell(purpose(rule), tone="quiet")
    if rule.operator is None or rule.left is None or rule.right is None:
        return (Cell(rule.id), NOTHING, NOTHING, NOTHING, about)
    need = f"{rule.operator} {scale.text(rule.right)}"
    lacks = scale.text(abs(rule.slack)) if rule.slack else None
    return (Cell(rule.id), Cell(scale.text(rule.left)), Cell(need), Cell(lacks), about)


def costly_limits(
    rules: Iterable[RuleReport], preference: Preference, catalog: Denomination
) -> Table:
    """Rules that bind: where each stands, and what a looser limit or none would buy."""
    columns = heads("Rule", "Stands at", "What a looser limit would buy", "What it is for")
    rows = []
    for rule in rules:
        costs = WhatItsLimitCosts(rule, preference, catalog)
        about = Cell(purpose(rule), tone="quiet")
        rows.append((Cell(rule.id), Cell(costs.figures()), Cell(costs.buys() or None), about))
    return Table("", columns, tuple(rows))


def binding_known(result: TuningResult) -> bool:
    """Whether it was looked for what binds, to the end."""
    diagnosed = result.basis is None or result.basis.diagnosed
    return diagnosed and result.completeness.blocking_sets


def slack_text(rule: RuleReport, scale: Scale) -> str | None:
    """A rule's slack with its sign, in the unit of both sides; `None` where it says nothing."""
    if rule.operator is None or rule.status == "not_applicable":
        return None
    return f"{'+' if rule.slack is not None and rule.slack > 0 else ''}{scale.number(rule.slack)}"


def written_at(rule: RuleReport) -> str:
    """Where a rule stands, and which one it changes: `policy.yaml:12, changing base.yaml:7`."""
    where = f"{rule.source.file}:{rule.source.line}" if rule.source else "built in"
    base = rule.overrides
    return where if base is None else f"{where}, changing {base.file}:{base.line}"
