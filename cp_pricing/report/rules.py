"""The constraint table: each rule's both sides, slack and status, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping

from cp_pricing.results import NextStep, Outcome, RuleReport, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import scale_of
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.scales import Scale
from cp_pricing.words.sheet import NOTHING, Cell, Row, Table, heads
from cp_pricing.words.tables import rank, slack_text, status_cell, written_at


def rules_table(result: TuningResult, catalog: Denomination, when: Mapping[str, str]) -> Table:
    """All rules as they read at the answer, or at the near miss, the decisive ones first.

    `when` are the texts of the rules' own conditions for being in force, by id.
    """
    rows = tuple(
        _row(rule, result, catalog, when.get(rule.id, ""))
        for rule in sorted(result.rules, key=rank)
    )
    return Table("Rules", heads("Rule", "Status", ">Reads", ">Slack"), rows)


def _row(rule: RuleReport, result: TuningResult, catalog: Denomination, when: str) -> Row:
    scale = scale_of(rule, catalog)
    condition = f"when {when}: {rule.condition}" if when else rule.condition
    slack = slack_text(rule, scale)
    has_points = slack is not None and rule.slack is not None and scale.unit == "%"
    return (
        Cell(rule.id, _about(rule), code=condition),
        status_cell(rule, result),
        _reads(rule, scale),
        Cell(f"{slack} points" if has_points else slack),
    )


def moves_table(result: TuningResult, catalog: Denomination) -> Table:
    """What each binding rule costs: the answer without it, and its smallest useful move."""
    rows = tuple(_moves(r, catalog) for r in result.rules if r.relief or r.next_step)
    columns = heads("Binding rule", "Without it", "With its smallest useful move")
    return Table("If a binding rule gave way", columns, rows)


def _moves(rule: RuleReport, catalog: Denomination) -> Row:
    step = rule.next_step
    moved = (
        _bought(step.buys, catalog)._replace(code=_step(rule, step, catalog)) if step else NOTHING
    )
    return (Cell(rule.id, rule.description.strip()), _bought(rule.relief, catalog), moved)


def _bought(outcome: Outcome | None, catalog: Denomination) -> Cell:
    if outcome is None:
        return NOTHING
    price = f.quote(outcome.price, catalog)
    return Cell(price, f"lifetime value {f.money(outcome.ltv, catalog.currency)}")


def _about(rule: RuleReport) -> str:
    owner = f"{rule.owner}, " if rule.owner else ""
    description = f"{rule.description.strip()} " if rule.description else ""
    return f"{description}({owner}{written_at(rule)})"


def _reads(rule: RuleReport, scale: Scale) -> Cell:
    """Both sides, with the unit they share below them."""
    if rule.operator is None:
        return Cell(None)
    percent = scale.unit == "%"
    left, right = (
        scale.text(side) if percent else scale.number(side) for side in (rule.left, rule.right)
    )
    unit = "" if percent else scale.unit_after(rule.right)
    return Cell(f"{left} {_sign(rule.operator)} {right}", unit)


def _sign(operator: str) -> str:
    """A comparison as it is printed."""
    return {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(operator, operator)


def _step(rule: RuleReport, step: NextStep, catalog: Denomination) -> str:
    """The limit after its smallest move and before."""
    scale = Scale((step.limit, rule.right, step.change), rule.unit, catalog, share=rule.share)
    limit = scale.limit_text(step.limit, rule.operator)
    return f"{_sign(rule.operator or '')} {limit} instead of {scale.text(rule.right)}"
