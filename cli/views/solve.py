"""A result as a constraint report for a terminal: what a deal desk reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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
from cp_pricing.results import LtvReport, TuningResult
from cp_pricing.telling.context import basis_of
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.statuses import PREFERENCES
from cp_pricing.words.tables import (
    approvals_in_words,
    decision_cell,
    differing_terms,
    ladder_table,
    summary_row,
)

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

# Below these widths, the summary breaks its heads, and leaves lifetime values to the reports.
ROOMY, COMFORTABLE = 96, 76
SHORTEST_ID = 16
_GAP = 3  # between the columns of a table


def show_reports(console: Console, results: Sequence[TuningResult], book: PriceBook) -> None:
    """Write all results, before them a summary where there are several, below what they rest on."""
    if len(results) > 1:
        write(console, _summary(results, book.catalog, console.width))
    for result in results:
        write(console, *_sections(result, book, console.width))
    if results:
        write(console, Text(), plain(_provenance(results[0]), "dim"))


def _provenance(result: TuningResult) -> str:
    book = result.provenance.price_book_digest[:12]
    versions = [f"{name} {version}" for name, version in result.provenance.versions.items()]
    return ", ".join([f"price book {book}", *versions])


# --- the summary ----------------------------------------------------------------------------


def _summary(results: Sequence[TuningResult], catalog: Denomination, width: int) -> RenderableType:
    """One row a request; its id has the room that the other columns leave."""
    basis = f"{catalog.currency} {f.quote_basis(catalog)}"
    if width < ROOMY:
        basis = f"{catalog.currency} per\n{f.quote_basis(catalog).removeprefix('per ')}"
    heads = ["Decision", f">>Price,\n{basis}"]
    if width >= COMFORTABLE:
        heads += [f">>LTV,\n{catalog.currency}", ">>Required\nLTV"]
    heads.append("Approvals")
    rows = [_summary_row(result, catalog, width) for result in results]
    # What the other columns take is known before the table is drawn: the ids have the rest.
    columns = zip(*([Text(head.lstrip(">")) for head in heads], *rows), strict=True)
    taken = sum(_GAP + max(map(_widest, column)) for column in columns)
    table = table_of("Request", *heads)
    for result, row in zip(results, rows, strict=True):
        request = broken(result.request_id, max(SHORTEST_ID, width - taken), "bold")
        table.add_row(request, *row)
    return table


def _widest(text: Text) -> int:
    return max(map(len, text.plain.splitlines()), default=0)


def _summary_row(result: TuningResult, catalog: Denomination, width: int) -> list[Text]:
    row = summary_row(result, basis_of(result).baseline.usage_unit_price, catalog)
    _, decision, *figures, _ = map(cell_text, row)
    if width < ROOMY:
        decision = Text(decision.plain.replace(" ", "\n"), decision.style)
    approvers = Text(",\n").join(plain(approval.approver) for approval in result.approvals)
    shown = figures if width >= COMFORTABLE else figures[:1]
    return [decision, *shown, approvers if result.approvals else Text("-")]


# --- one report -----------------------------------------------------------------------------


def _sections(result: TuningResult, book: PriceBook, width: int) -> Iterator[RenderableType]:
    catalog = book.catalog
    decision = cell_text(decision_cell(result.decision))
    word = (decision.plain.upper(), decision.style)
    yield Text()
    yield ruled_title(Text.assemble(word, "  ", plain(result.request_id, "bold")))
    yield plain(result.reason)
    yield Text()
    yield _facts(result, book)
    terms = differing_terms(result, basis_of(result).baseline, catalog)
    if terms.rows:
        yield drawn(terms)
    if result.rules:
        where = "" if result.configuration else " at the nearest miss"
        yield titled(f"Rules{where}", rules_view(result, catalog, width))
    yield drawn(ladder_table(result, catalog))
    if result.warnings:
        yield titled("Warnings", bullets(result.warnings, "yellow"))
    yield titled("In words", bullets(result.explanation.splitlines()))


def _facts(result: TuningResult, book: PriceBook) -> RenderableType:
    """Who asked for what, the price and the lifetime values, one a line."""
    facts = grid(2)
    facts.columns[0].style = "dim"
    aim = PREFERENCES[result.objective.preference]
    facts.add_row("request", plain(f"{result.baseline} for {result.profile}, {aim}"))
    cohort = book.profile(result.profile).cohort
    if cohort:
        facts.add_row("cohort", plain(f.cohort_in_words(cohort)))
    facts.add_row("usage price", _price(result, book.catalog))
    for name, value in _lifetime_values(result.ltv, book.catalog.currency):
        facts.add_row(name, value)
    if result.approvals:
        facts.add_row("approvals", plain(approvals_in_words(result.approvals)))
    return facts


def _price(result: TuningResult, catalog: Denomination) -> Text:
    before, terms = basis_of(result).baseline.usage_unit_price, result.configuration
    listed = f"{f.quoted(before, catalog)} in the catalog"
    if terms is None:
        return plain(f"none; {f.quote(before, catalog)} in the catalog")
    change = f.change(terms.usage_unit_price, before)
    note = f", {change} than {listed}" if change not in {"", "unchanged"} else f"; {listed}"
    return Text.assemble((f.quote(terms.usage_unit_price, catalog), "bold"), note)


def _lifetime_values(ltv: LtvReport, currency: str) -> Iterator[tuple[str, Text]]:
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
