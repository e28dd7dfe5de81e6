"""The rules of a result: status, both sides, slack, and what each rule is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.tables import table_of
from cli.terminal import plain
from cp_pricing import formatting as f
from cp_pricing.formatting import Denomination
from cp_pricing.results import RuleReport, TuningResult

_GAP = 3  # as between the columns of a table
# In the order in which they are shown: what decides comes first.
_STATUSES: Mapping[str, tuple[str, str]] = {
    "violated": ("violated", "bold red"),
    "binding": ("binding", "yellow"),
    "jointly_binding": ("jointly binding", "yellow"),
    "satisfied": ("satisfied", "green"),
    "not_applicable": ("not applicable", "dim"),
}


def rules_view(result: TuningResult, catalog: Denomination, width: int) -> RenderableType:
    """The rules in aligned columns where there is room for them, else each under its name."""
    blocking = () if result.near_miss is None else result.near_miss.violated
    ranked = sorted(result.rules, key=lambda rule: list(_STATUSES).index(rule.status))
    rows = [_row(rule, catalog, blocking) for rule in ranked]
    left = max(len(row.left) for row in rows)
    right = max(len(row.right) for row in rows)
    columns = {
        "Status": [row.status for row in rows],
        "Rule": [row.id for row in rows],
        "Reads": [_aligned(row, left, right) for row in rows],
        "Slack": [row.slack for row in rows],
    }
    sizes = {name: max(map(len, (name, *cells))) for name, cells in columns.items()}
    if sum(sizes.values()) + _GAP * (len(sizes) - 1) <= width:
        return _columns(rows, columns["Reads"], sizes)
    return _stack(rows)


# --- one rule as text -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule in words and figures; `left`, `right` and `slack` are in `unit`."""

    id: str
    status: str
    status_style: str
    left: str
    operator: str
    right: str
    unit: str
    slack: str
    about: str

    @property
    def style(self) -> str:
        return "dim" if self.status_style == "dim" else ""

    @property
    def reads(self) -> str:
        """Both sides with their unit, or nothing where no numbers are compared."""
        return " ".join(filter(None, (self.left, self.operator, self.right, self.unit)))


def _row(rule: RuleReport, catalog: Denomination, blocking: Sequence[str]) -> _Row:
    status, style = _STATUSES[rule.status]
    if rule.status == "violated" and rule.effect != "reject" and rule.id not in blocking:
        style = "bold yellow"
    about = rule.description or rule.condition
    left, operator, right, unit, slack = _figures(rule, catalog)
    who = {"approval": f" ({rule.approver} may waive this)", "warn": " (warns only)"}
    return _Row(
        plain(rule.id).plain,
        status,
        style,
        left,
        operator,
        right,
        unit,
        slack,
        plain(about).plain + who.get(rule.effect, ""),
    )


def _figures(rule: RuleReport, catalog: Denomination) -> tuple[str, str, str, str, str]:
    if rule.operator is None:
        return "", "", "", "", "-"
    scale = f.Scale((rule.left, rule.right, rule.slack), rule.unit, rule.condition, catalog)
    sign = "+" if rule.slack is not None and rule.slack > 0 else ""
    return (
        scale.number(rule.left),
        rule.operator,
        scale.number(rule.right),
        scale.unit_after(rule.right),
        f"{sign}{scale.number(rule.slack)}",
    )


# --- in columns -----------------------------------------------------------------------------


def _columns(
    rows: Sequence[_Row], reads: Sequence[str], sizes: Mapping[str, int]
) -> RenderableType:
    """One line of figures a rule, all aligned, and below it what the rule is for."""
    # A table of one line each, since what a rule is for takes the width of several columns.
    head = table_of()
    for name, size in sizes.items():
        head.add_column(name, width=size, justify="right" if name == "Slack" else "left")
    lines: list[RenderableType] = [head]
    indent = sizes["Status"] + _GAP
    for row, read in zip(rows, reads, strict=True):
        cells = [
            Text(row.status, row.status_style),
            Text(row.id, "bold"),
            Text(read, row.style),
            Text(row.slack, row.style),
        ]
        about = Padding(Text(row.about, "dim"), (0, 0, 0, indent))
        lines += [_line(list(sizes.values()), cells), about]
    return Group(*lines)


def _aligned(row: _Row, left: int, right: int) -> str:
    if not row.operator:
        return ""
    return f"{row.left:>{left}} {row.operator:<2} {row.right:>{right}} {row.unit}".rstrip()


def _line(sizes: Sequence[int], cells: Sequence[Text]) -> RenderableType:
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    for size in sizes[:-1]:
        grid.add_column(width=size, no_wrap=True)
    grid.add_column(width=sizes[-1], no_wrap=True, justify="right")
    grid.add_row(*cells)
    return grid


# --- one under the other --------------------------------------------------------------------


def _stack(rows: Sequence[_Row]) -> RenderableType:
    table = table_of("Status", "Rule")
    for row in rows:
        table.add_row(Text(row.status, row.status_style), Group(*_stacked(row)))
    return table


def _stacked(row: _Row) -> Iterator[Text]:
    yield Text(row.id, "bold")
    if row.operator:
        yield Text(f"{row.reads}, slack {row.slack}", row.style)
    yield Text(row.about, "dim")
