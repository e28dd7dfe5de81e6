"""The rules of a result: status, both sides, slack, and what each rule is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.text import Text

from cli.views.tables import STYLES, table_of
from cli.views.terminal import plain
from cp_pricing.files.texts import POLICY
from cp_pricing.results import RuleReport, TuningResult
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.reasons import WhatItsLimitCosts
from cp_pricing.words.statuses import waiver
from cp_pricing.words.tables import rank, scale_of, slack_text, status_cell, written_at
from cp_pricing.words.terms import capital

_GAP = 3  # as between the columns of a table


def rules_view(result: TuningResult, catalog: Denomination, width: int) -> RenderableType:
    """The rules in aligned columns where there is room for them, else each under its name."""
    # A mere warning comes after what binds.
    ranked = sorted(result.rules, key=lambda rule: (rank(rule), rule.effect == "warn"))
    rows = [_row(rule, result, catalog) for rule in ranked]
    left = max(len(row.left) for row in rows)
    right = max(len(row.right) for row in rows)
    columns = {
        "Status": [row.status for row in rows],
        "Rule": [row.id for row in rows],
        "Reads": [_aligned(row, left, right) for row in rows],
        "Slack": [row.slack for row in rows],
    }
    sizes = {name: max(map(cell_len, (name, *cells))) for name, cells in columns.items()}
    if sum(sizes.values()) + _GAP * (len(sizes) - 1) <= width:
        return _columns(rows, columns["Reads"], sizes, width)
    return _stack(rows)


# --- one rule as text -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule in words and figures; `left`, `right` and `slack` are in `unit`.

    `style` is that of its figures; `buys` is what a looser limit or none would buy, where the
    rule is known to bind.
    """

    id: str
    status: str
    status_style: str
    style: str
    left: str
    operator: str
    right: str
    unit: str
    slack: str
    about: str
    buys: str


def _row(rule: RuleReport, result: TuningResult, catalog: Denomination) -> _Row:
    status, scale = status_cell(rule, result), scale_of(rule, catalog)
    style = STYLES[status.tone]
    compares = rule.operator is not None
    return _Row(
        id=plain(rule.id).plain,
        status=status.text or "",
        status_style=f"bold {style}" if rule.status == "violated" else style,
        style=style if status.tone == "quiet" else "",
        left=scale.number(rule.left) if compares else "",
        operator=rule.operator or "",
        right=scale.number(rule.right) if compares else "",
        unit=scale.unit_after(rule.right) if compares else "",
        slack=slack_text(rule, scale) or "-",
        about=_about(rule),
        buys=capital(WhatItsLimitCosts(rule, result.objective.preference, catalog).buys()),
    )


def _about(rule: RuleReport) -> str:
    """What a rule is for, who may waive it, and its place if there are several policy files."""
    about = rule.description or rule.condition
    if rule.effect != "reject":
        about += f" ({waiver(rule.effect, rule.approver, 'this')})"
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
        cells = ((row.status, row.status_style), (row.id, "bold"), (read, row.style))
        for (text, style), size in zip(cells, sizes.values(), strict=False):
            lines.append(set_cell_size(text, size), style).append(" " * _GAP)
        lines.append(f"{row.slack:>{sizes['Slack']}}\n", row.style)
        for text, style in ((row.about, "dim"), (row.buys, "yellow")):
            for part in Text(text).wrap(plain_console, width - len(indent)) if text else ():
                lines.append(f"{indent}{part.plain.rstrip()}\n", style)
    lines.rstrip()
    return Group(head, lines)


def _aligned(row: _Row, left: int, right: int) -> str:
    if not row.operator:
        return ""
    return f"{row.left:>{left}} {row.operator:<2} {row.right:>{right}} {row.unit}".rstrip()


# --- one under the other --------------------------------------------------------------------


def _stack(rows: Sequence[_Row]) -> RenderableType:
    table = table_of("Status", "Rule")
    for row in rows:
        table.add_row(Text(row.status, row.status_style), Group(*_stacked(row)))
    return table


def _stacked(row: _Row) -> Iterator[Text]:
    yield Text(row.id, "bold")
    if row.operator:
        reads = filter(None, (row.left, row.operator, row.right, row.unit))
        yield Text(f"{' '.join(reads)}, slack {row.slack}", row.style)
    yield Text(row.about, "dim")
    if row.buys:
        yield Text(row.buys, "yellow")
