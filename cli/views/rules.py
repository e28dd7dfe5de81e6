"""The rules of a result: status, both sides, slack, and what each rule is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.text import Text

from cli.views.tables import STYLES, table_of
from cli.views.terminal import plain
from cp_pricing.files.texts import POLICY
from cp_pricing.results import RuleReport, TuningResult
from cp_pricing.words.facts import scale_of
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.reasons import WhatItsLimitCosts
from cp_pricing.words.statuses import waiver
from cp_pricing.words.tables import rank, slack_text, status_cell, written_at
from cp_pricing.words.terms import capital

_NONE = ("", "", "", "")
_NO_SLACK = "-"
_GAP = 3  # as between the columns of a table


def rules_view(result: TuningResult, catalog: Denomination, width: int) -> RenderableType:
    """The rules in aligned columns where there is room for them, else each under its name."""
    # A mere warning comes after what binds.
    ranked = sorted(result.rules, key=lambda rule: (rank(rule), rule.effect == "warn"))
    rows = [_row(rule, result, catalog) for rule in ranked]
    left, right = (max(len(row.sides[side]) for row in rows) for side in (0, 2))
    columns = {
        "Status": [row.status.plain for row in rows],
        "Rule": [row.id for row in rows],
        "Reads": [_aligned(row, left, right) for row in rows],
        "Slack": [row.slack for row in rows],
    }
    sizes = {name: max(map(cell_len, (name, *cells))) for name, cells in columns.items()}
    if sum(sizes.values()) + _GAP * (len(sizes) - 1) <= width:
        return _columns(rows, columns["Reads"], sizes, width)
    return _stack(rows)


# --- one rule as text -----------------------------------------------------------------------


class _Row(NamedTuple):
    """A rule in words and figures, its figures in `style`.

    `sides` are left side, operator, right side and their unit, or nothing where no numbers are
    compared; `notes` are what the rule is for, and what a looser limit or none would buy.
    """

    id: str
    status: Text
    style: str
    sides: tuple[str, str, str, str]
    slack: str
    notes: tuple[Text, ...]


def _row(rule: RuleReport, result: TuningResult, catalog: Denomination) -> _Row:
    status, scale = status_cell(rule, result), scale_of(rule, catalog)
    style = STYLES[status.tone]
    buys = capital(WhatItsLimitCosts(rule, result.objective.preference, catalog).buys())
    sides = _NONE
    if rule.operator is not None:
        left, right = scale.number(rule.left), scale.number(rule.right)
        sides = (left, rule.operator, right, scale.unit_after(rule.right))
    return _Row(
        id=plain(rule.id).plain,
        status=Text(status.text or "", f"bold {style}" if rule.status == "violated" else style),
        style=style if status.tone == "quiet" else "",
        sides=sides,
        slack=slack_text(rule, scale) or _NO_SLACK,
        notes=(Text(_about(rule), "dim"), *([Text(buys, "yellow")] if buys else [])),
    )


def _about(rule: RuleReport) -> str:
    """What a rule is for, who may waive it, and its place if there are several policy files."""
    about = rule.description or rule.condition
    if rule.effect != "reject":
        about += f" ({waiver(rule.effect, rule.approvers, 'this')})"
    if rule.source is not None and (rule.overrides is not None or rule.source.file != POLICY):
        about += f" [{written_at(rule)}]"
    return plain(about).plain


# --- in columns -----------------------------------------------------------------------------


def _columns(
    rows: Sequence[_Row], reads: Sequence[str], sizes: Mapping[str, int], width: int
) -> RenderableType:
    """One line of figures a rule, all aligned, and below it what the rule is for.

    Written as plain lines: what a rule is for takes the width of several columns.
    """
    head = table_of()
    for name, size in sizes.items():
        head.add_column(name, width=size, justify="right" if name == "Slack" else "left")
    lines = Text(no_wrap=True)
    indent = " " * (sizes["Status"] + _GAP)
    plain_console = Console(width=width, color_system=None)
    for row, read in zip(rows, reads, strict=True):
        cells = (row.status, Text(row.id, "bold"), Text(read, row.style))
        for text, size in zip(cells, sizes.values(), strict=False):
            lines.append(set_cell_size(text.plain, size), text.style).append(" " * _GAP)
        lines.append(f"{row.slack:>{sizes['Slack']}}\n", row.style)
        for note in row.notes:
            for part in note.wrap(plain_console, width - len(indent)):
                lines.append(f"{indent}{part.plain.rstrip()}\n", note.style)
    lines.rstrip()
    return Group(head, lines)


def _aligned(row: _Row, left_size: int, right_size: int) -> str:
    left, operator, right, unit = row.sides
    if not operator:
        return ""
    return f"{left:>{left_size}} {operator:<2} {right:>{right_size}} {unit}".rstrip()


# --- one under the other --------------------------------------------------------------------


def _stack(rows: Sequence[_Row]) -> RenderableType:
    table = table_of("Status", "Rule")
    for row in rows:
        lines = [Text(row.id, "bold"), *row.notes]
        if row.sides != _NONE:
            slack = f", slack {row.slack}" if row.slack != _NO_SLACK else ""
            lines.insert(1, Text(" ".join(filter(None, row.sides)) + slack, row.style))
        table.add_row(row.status, Group(*lines))
    return table
