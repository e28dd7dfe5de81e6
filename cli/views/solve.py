"""A result as a constraint report for a terminal: what a deal desk reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.views.rules import rules_view
from cli.views.tables import table_of, titled, write
from cli.views.terminal import broken, plain
from cp_pricing.fields import PRICE
from cp_pricing.results import LadderStep, Terms, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.explanation import changed_fields
from cp_pricing.words.numbers import Cohort, Denomination

# Below these widths, the summary breaks its heads, and leaves lifetime values to the reports.
ROOMY, COMFORTABLE = 96, 76
SHORTEST_ID = 16
_GAP = 3  # between the columns of a table

_DECISIONS: Mapping[str, tuple[str, str]] = {
    "accepted": ("accepted", "bold green"),
    "requires_approval": ("requires approval", "bold yellow"),
    "rejected": ("rejected", "bold red"),
    "unknown": ("unknown", "bold magenta"),
}
_PREFERENCES = {"lower_usage_price": "lowest usage price", "seller_ltv": "highest lifetime value"}


@dataclass(frozen=True, slots=True)
class Reported:
    """A result, the terms of its baseline, its profile's cohort, and the denomination of all."""

    result: TuningResult
    baseline: Terms
    cohort: Cohort | None
    catalog: Denomination


def show_reports(console: Console, reports: Sequence[Reported]) -> None:
    """Write all reports, before them a summary where there are several, below what they rest on."""
    if len(reports) > 1:
        write(console, _summary(reports, console.width))
    for report in reports:
        write(console, *_sections(report, console.width))
    if reports:
        write(console, Text(), plain(_provenance(reports[0].result), "dim"))


def _provenance(result: TuningResult) -> str:
    book = result.provenance.price_book_digest[:12]
    versions = [f"{name} {version}" for name, version in result.provenance.versions.items()]
    return ", ".join([f"price book {book}", *versions])


# --- the summary ----------------------------------------------------------------------------


def _summary(reports: Sequence[Reported], width: int) -> RenderableType:
    """One row a request; its id has the room that the other columns leave."""
    catalog = reports[0].catalog
    heads = ["Decision", "Price,\n" + f"{catalog.currency} {f.quote_basis(catalog)}"]
    if width < ROOMY:
        heads[1] = f"Price,\n{catalog.currency} per\n{f.quote_basis(catalog).removeprefix('per ')}"
    if width >= COMFORTABLE:
        heads += [f"LTV,\n{catalog.currency}", "Required\nLTV"]
    heads.append("Approvals")
    rows = [list(_summary_row(report, width)) for report in reports]
    columns = zip(*([Text(head) for head in heads], *rows), strict=True)
    taken = sum(_GAP + max(map(_widest, column)) for column in columns)
    table = table_of("Request", heads[0])
    for head in heads[1:-1]:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(heads[-1], overflow="fold")
    for report, row in zip(reports, rows, strict=True):
        request = broken(report.result.request_id, max(SHORTEST_ID, width - taken), "bold")
        table.add_row(request, *row)
    return table


def _widest(text: Text) -> int:
    return max(map(len, text.plain.splitlines()), default=0)


def _summary_row(report: Reported, width: int) -> Iterator[Text]:
    result, catalog = report.result, report.catalog
    word, style = _DECISIONS[result.decision]
    yield Text(word if width >= ROOMY else word.replace(" ", "\n"), style)
    terms = result.configuration
    price = "" if terms is None else f.exact(terms.usage_unit_price * catalog.quote_per, f.CENTS)
    yield Text(price or "-")
    if width >= COMFORTABLE:
        yield Text("-" if result.ltv.tuned is None else f.grouped(result.ltv.tuned, f.CENTS))
        yield Text(f.grouped(result.ltv.required, f.CENTS), "dim")
    approvers = [plain(approval.approver) for approval in result.approvals]
    yield Text(",\n").join(approvers) if approvers else Text("-")


# --- one report -----------------------------------------------------------------------------


def _sections(report: Reported, width: int) -> Iterator[RenderableType]:
    result = report.result
    word, style = _DECISIONS[result.decision]
    yield Text()
    yield Rule(
        Text.assemble((word.upper(), style), "  ", plain(result.request_id, "bold")),
        align="left",
        style="dim",
    )
    yield plain(result.reason)
    yield Text()
    yield _facts(report)
    yield from _terms(report)
    if result.rules:
        where = "" if result.configuration else " at the nearest miss"
        yield titled(f"Rules{where}", rules_view(result, report.catalog, width))
    yield titled("What each approval level reaches", _ladder(report))
    if result.warnings:
        yield titled("Warnings", _bullets(result.warnings, "yellow"))
    yield titled("In words", _bullets(result.explanation.splitlines()))


def _facts(report: Reported) -> RenderableType:
    """Who asked for what, the price and the lifetime values, one a line."""
    result = report.result
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    aim = _PREFERENCES[result.objective.preference]
    grid.add_row("request", plain(f"{result.baseline} for {result.profile}, {aim}"))
    if report.cohort:
        grid.add_row("cohort", plain(f.cohort_in_words(report.cohort)))
    grid.add_row("usage price", _price(report))
    for name, value in _lifetime_values(report):
        grid.add_row(name, value)
    if result.approvals:
        grid.add_row("approvals", plain(_approvals(result)))
    return grid


def _price(report: Reported) -> Text:
    catalog, before = report.catalog, report.baseline.usage_unit_price
    terms = report.result.configuration
    listed = f"{f.quoted(before, catalog)} in the catalog"
    if terms is None:
        return plain(f"none; {f.quote(before, catalog)} in the catalog")
    change = f.change(terms.usage_unit_price, before)
    note = f", {change} than {listed}" if change not in {"", "unchanged"} else f"; {listed}"
    return Text.assemble((f.quote(terms.usage_unit_price, catalog), "bold"), note)


def _lifetime_values(report: Reported) -> Iterator[tuple[str, Text]]:
    ltv, currency = report.result.ltv, report.catalog.currency
    known = [value for value in (ltv.tuned, ltv.required, ltv.reference) if value is not None]
    places = f.places_apart(known)
    if ltv.tuned is not None and ltv.improvement is not None:
        gap = f.grouped(abs(ltv.improvement), places)
        side = "under" if ltv.improvement < 0 else "over"
        worth = (f.money(ltv.tuned, currency, places), "bold")
        yield "LTV", Text.assemble(worth, f", {gap} {side} the reference")
    yield "required LTV", Text(f.money(ltv.required, currency, places))
    reference = f"{f.money(ltv.reference, currency, places)}, {ltv.reference_configuration}"
    yield "reference LTV", plain(reference)


def _approvals(result: TuningResult) -> str:
    return "; ".join(
        f"{approval.approver} for {', '.join(approval.rules)}" for approval in result.approvals
    )


def _terms(report: Reported) -> Iterator[RenderableType]:
    """The fields that differ from the baseline, of the answer or else of the near miss."""
    result, catalog, baseline = report.result, report.catalog, report.baseline
    near = result.near_miss
    terms = result.configuration or (near.configuration if near else None)
    if terms is None:
        return
    fields = changed_fields(terms, baseline)
    if terms.usage_unit_price != baseline.usage_unit_price:
        fields = (PRICE, *fields)
    table = table_of("Term")
    for head in ("Catalog", "Answer" if result.configuration else "Nearest miss"):
        table.add_column(head, overflow="fold", justify="right")
    for field in fields:
        old, new = (
            f.field_value(field, getattr(source, field), catalog) for source in (baseline, terms)
        )
        table.add_row(f.label(field, catalog), Text(old, "dim"), Text(new))
    if fields:
        yield titled("Terms that differ from the catalog", table)


def _ladder(report: Reported) -> RenderableType:
    catalog = report.catalog
    table = table_of("Up to")
    table.add_column("Usage price", justify="right", overflow="fold")
    table.add_column(f"LTV, {catalog.currency}", justify="right", no_wrap=True)
    table.add_column("Rules waived", overflow="fold")
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


def _bullets(lines: Sequence[str], style: str = "") -> RenderableType:
    """Texts as a list, each indented behind its dash."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row("-", plain(line, style))
    return Group(grid)
