"""The constraint table: each rule's both sides, slack and status, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.report.parts import Cell, Table, Tone, heads
from cp_pricing.results import Outcome, RuleReport, RuleStatus, TuningResult
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog

# In the order in which they are shown: what decides comes first.
_STATUSES: Mapping[RuleStatus, tuple[str, Tone]] = {
    "violated": ("violated", "bad"),
    "binding": ("binding", "warn"),
    "jointly_binding": ("jointly binding", "warn"),
    "satisfied": ("satisfied", "good"),
    "not_applicable": ("not applicable", "quiet"),
}

# The way in which a limit on the right side gives way.
_LOOSER: Mapping[str, Callable[[Fraction], int]] = {
    ">=": math.floor,
    ">": math.floor,
    "<=": math.ceil,
    "<": math.ceil,
}


def rules_table(result: TuningResult, catalog: Catalog, when: Mapping[str, str]) -> Table:
    """All rules as they read at the answer, or at the nearest miss, the decisive ones first.

    `when` are the texts of the rules' own conditions for being in force, by id.
    """
    ranked = sorted(result.rules, key=lambda rule: list(_STATUSES).index(rule.status))
    blocking = result.near_miss.violated if result.near_miss else ()
    rows = tuple(_row(rule, catalog, blocking, when.get(rule.id, "")) for rule in ranked)
    return Table("Rules", heads("Rule", "Status", ">Reads", ">Slack"), rows)


def _row(
    rule: RuleReport, catalog: Catalog, blocking: tuple[str, ...], when: str
) -> tuple[Cell, ...]:
    word, tone = _STATUSES[rule.status]
    if rule.status == "violated" and rule.effect != "reject" and rule.id not in blocking:
        tone = "warn"
    scale = _scale(rule, catalog)
    condition = f"when {when}: {rule.condition}" if when else rule.condition
    return (
        Cell(rule.id, _about(rule), code=condition),
        Cell(word, _waiver(rule), tone, badge=True),
        _reads(rule, scale),
        Cell("–" if rule.operator is None else _signed(rule.slack, scale)),
    )


def _scale(rule: RuleReport, catalog: Catalog) -> f.Scale:
    numbers = (rule.left, rule.right, rule.slack)
    return f.Scale(numbers, rule.unit, rule.condition, catalog)


def moves_table(result: TuningResult, catalog: Catalog) -> Table:
    """What each binding rule costs: the answer without it, and its smallest useful move."""
    rows = tuple(_moves(r, catalog) for r in result.rules if r.relief or r.next_step)
    columns = heads("Binding rule", "Without it", "With its smallest useful move")
    return Table("If a binding rule gave way", columns, rows)


def _moves(rule: RuleReport, catalog: Catalog) -> tuple[Cell, ...]:
    step = rule.next_step
    return (
        Cell(rule.id, rule.description.strip()),
        _bought(rule.relief, catalog),
        replace(_bought(step.buys, catalog), code=_step(rule, catalog))
        if step
        else Cell("–", tone="quiet"),
    )


def _bought(found: Outcome | None, catalog: Catalog) -> Cell:
    if found is None:
        return Cell("–", tone="quiet")
    price = f.quote(found.usage_unit_price, catalog)
    return Cell(price, f"lifetime value {f.money(found.ltv, catalog.currency)}")


def _about(rule: RuleReport) -> str:
    place = f"{rule.source.file}:{rule.source.line}" if rule.source else "built in"
    if rule.overrides is not None:
        place += f", changing {rule.overrides.file}:{rule.overrides.line}"
    owner = f"{rule.owner}, " if rule.owner else ""
    description = f"{rule.description.strip()} " if rule.description else ""
    return f"{description}({owner}{place})"


def _waiver(rule: RuleReport) -> str:
    if rule.effect == "warn":
        return "warns only"
    return f"{rule.approver} may waive it" if rule.effect == "approval" else ""


def _reads(rule: RuleReport, scale: f.Scale) -> Cell:
    """Both sides, with the unit they share below them."""
    if rule.operator is None:
        return Cell("–")
    percent = scale.unit == "%"
    left, right = (
        scale.text(side) if percent else scale.number(side) for side in (rule.left, rule.right)
    )
    unit = "" if percent else scale.unit_after(rule.right)
    return Cell(f"{left} {sign(rule.operator)} {right}", unit)


def sign(operator: str) -> str:
    """A comparison as it is printed."""
    return {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(operator, operator)


def _signed(slack: Fraction | None, scale: f.Scale) -> str:
    points = " points" if scale.unit == "%" else ""
    return f"{'+' if slack is not None and slack > 0 else ''}{scale.number(slack)}{points}"


def _step(rule: RuleReport, catalog: Catalog) -> str:
    """The limit after its smallest move and before; rounded so that it is never too tight."""
    step, operator = rule.next_step, rule.operator or ""
    if step is None:
        return ""
    scale = f.Scale((step.limit, rule.right, step.change), rule.unit, rule.condition, catalog)
    shown = scale.factor * 10**scale.places
    limit = step.limit
    if operator in _LOOSER:
        limit = Fraction(_LOOSER[operator](limit * shown)) / shown
    return f"{sign(operator)} {scale.text(limit)} instead of {scale.text(rule.right)}"


def outcome(found: Outcome | None, catalog: Catalog) -> str:
    """What could be had: the usage price and the LTV at it."""
    if found is None:
        return "no answer"
    price = f.quote(found.usage_unit_price, catalog)
    return f"{price}, LTV {f.money(found.ltv, catalog.currency)}"
