"""A result as a constraint report for a terminal: what a deal desk reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.terminal import plain
from cp_pricing import formatting as f
from cp_pricing.explanation import changed_fields
from cp_pricing.formatting import Denomination
from cp_pricing.results import LadderStep, RuleReport, Terms, TuningResult

# Below this, a rule's reading stands under its name instead of beside it.
ROOMY = 96
# Below this, the summary has no column for the required lifetime value.
COMFORTABLE = 76

_DECISIONS: Mapping[str, tuple[str, str]] = {
    "accepted": ("accepted", "bold green"),
    "requires_approval": ("requires approval", "bold yellow"),
    "rejected": ("rejected", "bold red"),
    "unknown": ("unknown", "bold magenta"),
}
_STATUSES: Mapping[str, tuple[str, str]] = {
    "violated": ("violated", "bold red"),
    "not_applicable": ("not applicable", "dim"),
    "binding": ("binding", "yellow"),
    "jointly_binding": ("jointly binding", "yellow"),
    "satisfied": ("satisfied", "green"),
}
_PREFERENCES = {"lower_usage_price": "lowest usage price", "seller_ltv": "highest lifetime value"}


@dataclass(frozen=True, slots=True)
class Reported:
    """A result, the terms of its baseline, and the denomination of both."""

    result: TuningResult
    baseline: Terms
    catalog: Denomination


def show_reports(console: Console, reports: Sequence[Reported]) -> None:
    """Write all reports, and before them a summary where there are several."""
    if len(reports) > 1:
        console.print(_summary(reports, console.width))
    for report in reports:
        console.print(Group(*_sections(report, console.width)))


# --- the summary ----------------------------------------------------------------------------


def _summary(reports: Sequence[Reported], width: int) -> RenderableType:
    catalog = reports[0].catalog
    required = width >= COMFORTABLE
    table = _table(f"{len(reports)} requests")
    table.add_column("Request", overflow="fold", ratio=2)
    table.add_column("Decision", overflow="fold", min_width=9)
    table.add_column(f"{catalog.currency} {f.quote_basis(catalog)}", justify="right")
    table.add_column(f"LTV, {catalog.currency}", justify="right", no_wrap=True)
    if required:
        table.add_column("Required LTV", justify="right", no_wrap=True)
    table.add_column("Approvals", overflow="fold", ratio=1)
    for report in reports:
        table.add_row(*_summary_row(report, required=required))
    return table


def _summary_row(report: Reported, *, required: bool) -> Iterator[Text]:
    result, catalog = report.result, report.catalog
    yield plain(result.request_id, "bold")
    yield Text(*_DECISIONS[result.decision])
    terms = result.configuration
    price = "" if terms is None else f.exact(terms.usage_unit_price * catalog.quote_per, f.CENTS)
    yield Text(price or "-")
    yield Text("-" if result.ltv.tuned is None else f.grouped(result.ltv.tuned, f.CENTS))
    if required:
        yield Text(f.grouped(result.ltv.required, f.CENTS), "dim")
    yield plain(", ".join(approval.approver for approval in result.approvals) or "-")


# --- one report -----------------------------------------------------------------------------


def _sections(report: Reported, width: int) -> Iterator[RenderableType]:
    result = report.result
    yield _heading(report)
    yield Padding(_facts(report), (1, 0, 0, 0))
    yield from _terms(report)
    if result.rules:
        yield _rules(report, width)
    yield _ladder(report)
    if result.warnings:
        yield _block("Warnings", [plain(f"- {warning}", "yellow") for warning in result.warnings])
    yield _block("In words", [plain(result.explanation)])


def _heading(report: Reported) -> RenderableType:
    result = report.result
    word, style = _DECISIONS[result.decision]
    title = Text.assemble((word.upper(), style), "  ", plain(result.request_id, "bold"))
    return Group(Text(), Rule(title, align="left", style="dim"), plain(result.reason))


def _facts(report: Reported) -> RenderableType:
    """Who asked for what, the price and the lifetime values, one a line."""
    result = report.result
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    mode = _PREFERENCES[result.objective.preference]
    grid.add_row("request", plain(f"{result.baseline} for {result.profile}, {mode}"))
    grid.add_row("usage price", _price(report))
    for name, value in _lifetime_values(report):
        grid.add_row(name, value)
    if result.approvals:
        grid.add_row("approvals", plain(_approvals(report)))
    return grid


def _price(report: Reported) -> Text:
    catalog, before = report.catalog, report.baseline.usage_unit_price
    terms = report.result.configuration
    listed = f"{f.quoted(before, catalog)} in the catalog"
    if terms is None:
        return plain(f"none ({listed})")
    change = f.change(terms.usage_unit_price, before)
    note = plain(f"  {', '.join(filter(None, (listed, change)))}")
    return Text.assemble((f.quote(terms.usage_unit_price, catalog), "bold"), note)


def _lifetime_values(report: Reported) -> Iterator[tuple[str, Text]]:
    ltv, currency = report.result.ltv, report.catalog.currency
    known = [value for value in (ltv.tuned, ltv.required, ltv.reference) if value is not None]
    places = f.places_apart(known)
    if ltv.tuned is not None and ltv.improvement is not None:
        sign = "+" if ltv.improvement >= 0 else ""
        gain = f"  {sign}{f.grouped(ltv.improvement, places)} over the reference"
        yield "LTV", Text.assemble((f.money(ltv.tuned, currency, places), "bold"), gain)
    yield "required LTV", Text(f.money(ltv.required, currency, places))
    reference = f"{f.money(ltv.reference, currency, places)}  {ltv.reference_configuration}"
    yield "reference LTV", plain(reference)


def _approvals(report: Reported) -> str:
    return "; ".join(
        f"{approval.approver} ({', '.join(approval.rules)})" for approval in report.result.approvals
    )


def _terms(report: Reported) -> Iterator[RenderableType]:
    """The fields that differ from the baseline, of the answer or else of the near miss."""
    result = report.result
    near = result.near_miss
    terms = result.configuration or (near.configuration if near else None)
    if terms is None:
        return
    table = _table("Terms that differ from the catalog")
    table.add_column("Term", overflow="fold")
    table.add_column("Catalog", overflow="fold", justify="right")
    answer = result.configuration is not None
    table.add_column("Answer" if answer else "Nearest miss", overflow="fold", justify="right")
    fields = changed_fields(terms, report.baseline)
    if terms.usage_unit_price != report.baseline.usage_unit_price:
        fields = ("usage_unit_price", *fields)
    for field in fields:
        old, new = (
            f.field_value(field, getattr(source, field), report.catalog)
            for source in (report.baseline, terms)
        )
        table.add_row(f.label(field, report.catalog), Text(old, "dim"), Text(new))
    if fields:
        yield table


# --- rules ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """A rule's figures as text, all in `unit`."""

    left: str
    operator: str
    right: str
    slack: str
    unit: str

    def line(self, left_width: int = 0, right_width: int = 0) -> str:
        """Both sides and the unit, the sides set to given widths."""
        if not self.operator:
            return self.left
        sides = (
            f"{self.left:>{left_width}} {self.operator:<2} {self.right:>{right_width}}"
            if left_width
            else f"{self.left} {self.operator} {self.right}"
        )
        return f"{sides} {self.unit}".rstrip()


def _reading(rule: RuleReport, catalog: Denomination) -> _Reading:
    if rule.operator is None:
        return _Reading(rule.condition, "", "", "", "")
    scale = f.Scale((rule.left, rule.right, rule.slack), rule.unit, rule.condition, catalog)
    sign = "+" if rule.slack is not None and rule.slack > 0 else ""
    slack = f"{sign}{scale.number(rule.slack)}"
    unit = scale.unit_after(rule.right)
    return _Reading(scale.number(rule.left), rule.operator, scale.number(rule.right), slack, unit)


def _rules(report: Reported, width: int) -> RenderableType:
    rules = report.result.rules
    readings = [_reading(rule, report.catalog) for rule in rules]
    where = "" if report.result.configuration else " at the nearest miss"
    table = _table(f"Rules{where}")
    table.add_column("Status", overflow="fold", min_width=10)
    table.add_column("Rule", overflow="fold", ratio=1)
    if width < ROOMY:
        for rule, reading in zip(rules, readings, strict=True):
            table.add_row(_status(rule), Group(*_stacked(rule, reading)))
        return table
    table.add_column("Reads", no_wrap=True)
    table.add_column("Slack", justify="right", no_wrap=True)
    compared = [reading for reading in readings if reading.operator]
    left = max((len(reading.left) for reading in compared), default=0)
    right = max((len(reading.right) for reading in compared), default=0)
    for rule, reading in zip(rules, readings, strict=True):
        dim = _dim_unless_applicable(rule)
        line = reading.line(left, right) if reading.operator else "-"
        table.add_row(
            _status(rule),
            Group(plain(rule.id, "bold"), plain(_about(rule), "dim")),
            Text(line, dim),
            Text(reading.slack or "-", dim),
        )
    return table


def _stacked(rule: RuleReport, reading: _Reading) -> Iterator[Text]:
    yield plain(rule.id, "bold")
    slack = f", slack {reading.slack}" if reading.slack else ""
    yield plain(f"{reading.line()}{slack}", _dim_unless_applicable(rule))
    if reading.operator or rule.description:
        yield plain(_about(rule), "dim")


def _dim_unless_applicable(rule: RuleReport) -> str:
    return "dim" if rule.status == "not_applicable" else ""


def _about(rule: RuleReport) -> str:
    return rule.description or rule.condition


def _status(rule: RuleReport) -> RenderableType:
    word, style = _STATUSES[rule.status]
    if rule.effect == "warn":
        return Group(Text(word, "yellow" if rule.status == "violated" else style), Text("warns only", "dim"))
    if rule.effect == "approval":
        who = plain(f"{rule.approver} may waive", "dim")
        return Group(Text(word, "yellow" if rule.status == "violated" else style), who)
    return Text(word, style)


# --- the ladder -----------------------------------------------------------------------------


def _ladder(report: Reported) -> RenderableType:
    catalog = report.catalog
    table = _table("What each approval level reaches")
    table.add_column("Up to", overflow="fold")
    table.add_column("Usage price", justify="right", overflow="fold")
    table.add_column(f"LTV, {catalog.currency}", justify="right", no_wrap=True)
    table.add_column("Rules waived", overflow="fold", ratio=1)
    for step in report.result.ladder:
        table.add_row(*_ladder_row(step, catalog))
    return table


def _ladder_row(step: LadderStep, catalog: Denomination) -> Iterator[Text]:
    yield plain(step.approver or "self-serve")
    if step.usage_unit_price is None or step.ltv is None:
        missing = "no answer" if step.status == "infeasible" else "not decided"
        yield from (Text(missing, "dim"), Text("-", "dim"), Text("-", "dim"))
        return
    yield Text(f.quote(step.usage_unit_price, catalog))
    yield Text(f.grouped(step.ltv, f.CENTS))
    yield plain(", ".join(step.waives) or "none")


# --- parts ----------------------------------------------------------------------------------


def _table(title: str) -> Table:
    return Table(
        title=Text(f"\n{title}", "bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="dim",
        pad_edge=False,
        expand=False,
    )


def _block(title: str, lines: Sequence[RenderableType]) -> RenderableType:
    return Group(Text(f"\n{title}", "bold"), *lines)

