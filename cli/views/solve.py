"""A result as a constraint report for a terminal: what a deal desk reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.rules import rules_view
from cli.views.tables import (
    bullets,
    cell_text,
    drawn,
    grid,
    ruled_title,
    table_of,
    titled,
    write,
)
from cli.views.terminal import broken, plain
from cp_pricing.results import Terms, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Cohort, Denomination
from cp_pricing.words.statuses import PREFERENCES
from cp_pricing.words.tables import (
    approvals_in_words,
    decision_cell,
    differing_terms,
    ladder_table,
    summary_row,
)

# Below these widths, the summary breaks its heads, and leaves lifetime values to the reports.
ROOMY, COMFORTABLE = 96, 76
SHORTEST_ID = 16
_GAP = 3  # between the columns of a table


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
    basis = f"{catalog.currency} {f.quote_basis(catalog)}"
    if width < ROOMY:
        basis = f"{catalog.currency} per\n{f.quote_basis(catalog).removeprefix('per ')}"
    heads = ["Decision", f">>Price,\n{basis}"]
    if width >= COMFORTABLE:
        heads += [f">>LTV,\n{catalog.currency}", ">>Required\nLTV"]
    heads.append("Approvals")
    rows = [_summary_row(report, width) for report in reports]
    columns = zip(*([Text(head.lstrip(">")) for head in heads], *rows), strict=True)
    taken = sum(_GAP + max(map(_widest, column)) for column in columns)
    table = table_of("Request", *heads)
    for report, row in zip(reports, rows, strict=True):
        request = broken(report.result.request_id, max(SHORTEST_ID, width - taken), "bold")
        table.add_row(request, *row)
    return table


def _widest(text: Text) -> int:
    return max(map(len, text.plain.splitlines()), default=0)


def _summary_row(report: Reported, width: int) -> list[Text]:
    result = report.result
    row = summary_row(result, report.baseline.usage_unit_price, report.catalog)
    _, decision, *figures, _ = map(cell_text, row)
    if width < ROOMY:
        decision = Text(decision.plain.replace(" ", "\n"), decision.style)
    approvers = Text(",\n").join(plain(approval.approver) for approval in result.approvals)
    shown = figures if width >= COMFORTABLE else figures[:1]
    return [decision, *shown, approvers if result.approvals else Text("-")]


# --- one report -----------------------------------------------------------------------------


def _sections(report: Reported, width: int) -> Iterator[RenderableType]:
    result, catalog = report.result, report.catalog
    decision = cell_text(decision_cell(result.decision))
    word = (decision.plain.upper(), decision.style)
    yield Text()
    yield ruled_title(Text.assemble(word, "  ", plain(result.request_id, "bold")))
    yield plain(result.reason)
    yield Text()
    yield _facts(report)
    terms = differing_terms(result, report.baseline, catalog)
    if terms.rows:
        yield drawn(terms)
    if result.rules:
        where = "" if result.configuration else " at the nearest miss"
        yield titled(f"Rules{where}", rules_view(result, catalog, width))
    yield drawn(ladder_table(result, catalog))
    if result.warnings:
        yield titled("Warnings", bullets(result.warnings, "yellow"))
    yield titled("In words", bullets(result.explanation.splitlines()))


def _facts(report: Reported) -> RenderableType:
    """Who asked for what, the price and the lifetime values, one a line."""
    result = report.result
    facts = grid(2)
    facts.columns[0].style = "dim"
    aim = PREFERENCES[result.objective.preference]
    facts.add_row("request", plain(f"{result.baseline} for {result.profile}, {aim}"))
    if report.cohort:
        facts.add_row("cohort", plain(f.cohort_in_words(report.cohort)))
    facts.add_row("usage price", _price(report))
    for name, value in _lifetime_values(report):
        facts.add_row(name, value)
    if result.approvals:
        facts.add_row("approvals", plain(approvals_in_words(result.approvals)))
    return facts


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
    amounts = [v for v in (ltv.tuned, ltv.required, ltv.reference) if v is not None]
    places = f.places_apart(amounts)
    if ltv.tuned is not None and ltv.improvement is not None:
        gap = f.grouped(abs(ltv.improvement), places)
        side = "under" if ltv.improvement < 0 else "over"
        worth = (f.money(ltv.tuned, currency, places), "bold")
        yield "LTV", Text.assemble(worth, f", {gap} {side} the reference")
    yield "required LTV", Text(f.money(ltv.required, currency, places))
    reference = f"{f.money(ltv.reference, currency, places)}, {ltv.reference_configuration}"
    yield "reference LTV", plain(reference)
