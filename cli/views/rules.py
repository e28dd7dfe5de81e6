"""The rules of a result: status, both sides, slack, and what each rule is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.text import Text

from cli.views.tables import table_of
from cli.views.terminal import plain
from cp_pricing.files.texts import POLICY
from cp_pricing.results import Preference, RuleReport, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.reasons import WhatItsLimitCosts
from cp_pricing.words.terms import capital

_GAP = 3  # as between the columns of a table
# In the order in which they are shown.
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
    preference = result.objective.preference
    rows = [_row(rule, catalog, blocking, preference) for rule in sorted(result.rules, key=_weight)]
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


def _weight(rule: RuleReport) -> tuple[int, bool]:
    """What decides comes first, and a mere warning after what binds."""
    return list(_STATUSES).index(rule.status), rule.effect == "warn"


# --- one rule as text -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule in words and figures; `left`, `right` and `slack` are in `unit`.

    `buys` is what a looser limit or none would buy, where the rule is known to bind.
    """

    id: str
    status: str
    status_style: str
    left: str
    operator: str
    right: str
    unit: str
    slack: str
    about: str
    buys: str

    @property
    def style(self) -> str:
        return "dim" if self.status_style == "dim" else ""

    @property
    def reads(self) -> str:
        """Both sides with their unit, or nothing where no numbers are compared."""
        return " ".join(filter(None, (self.left, self.operator, self.right, self.unit)))


def _row(
    rule: RuleReport, catalog: Denomination, blocking: Sequence[str], preference: Preference
) -> _Row:
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
        plain(about).plain + who.get(rule.effect, "") + _origin(rule),
        capital(WhatItsLimitCosts(rule, preference, catalog).buys()),
    )


def _origin(rule: RuleReport) -> str:
    """Where a rule stands, if its policy is made of several files."""
    source, base = rule.source, rule.overrides
    if source is None or (base is None and source.file == POLICY):
        return ""
    changing = "" if base is None else f", changing {base.file}:{base.line}"
    return plain(f" [{source.file}:{source.line}{changing}]").plain


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
        yield Text(f"{row.reads}, slack {row.slack}", row.style)
    yield Text(row.about, "dim")
    if row.buys:
        yield Text(row.buys, "yellow")
