"""A result as a constraint report for a terminal: what a deal desk reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.rules import rules_view
from cli.views.tables import (
    STYLES,
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
from cp_pricing.results import TuningResult
from cp_pricing.telling.context import Told
from cp_pricing.telling.screen import screen
from cp_pricing.telling.story import ON_SCREEN, story
from cp_pricing.terms import CardTerms, MeterRate
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_head
from cp_pricing.words.rates import rates_of, rates_table, tiers_note
from cp_pricing.words.tables import (
    decision_cell,
    differing_terms,
    ladder_table,
    summary_row,
)

if TYPE_CHECKING:
    from cli.console.requests import Extent
    from cp_pricing.words.facts import Section

# Below these widths, the summary breaks decisions, and leaves lifetime values to the reports.
ROOMY, COMFORTABLE = 96, 76
SHORTEST_ID = 16
_MORE = "what stops a better answer, and what else would do: --request ID, or --detail full"
_GAP = 3  # between the columns of a table


def show_reports(console: Console, answers: Sequence[Told], extent: Extent | None = None) -> None:
    """Write all results, before them a summary where there are several, below what they rest on.

    Each takes one screen; with more `extent`, its rules follow, or all there is.
    """
    results = [told.result for told in answers]
    if len(results) > 1:
        write(console, _summary(answers, console.width))
    for told in answers:
        write(console, Text(), *shown(told, console.width, extent))
    if not all(told.basis.diagnosed for told in answers):
        write(console, Text(), Text(_MORE, "dim"))
    if results:
        write(console, Text(), plain(_provenance(results[0]), "dim"))


def _provenance(result: TuningResult) -> str:
    book = result.provenance.price_book_digest[:12]
    versions = [f"{name} {version}" for name, version in result.provenance.versions.items()]
    return ", ".join([f"price book {book}", *versions])


# --- the summary ----------------------------------------------------------------------------


def _summary(answers: Sequence[Told], width: int) -> RenderableType:
    """One line a request, where there is room for its id and its approvers."""
    price = price_head(told.catalog for told in answers)
    heads = ["Decision", ">>" + price.replace(" per ", " per\n").replace(", or", ",\nor")]
    if width >= COMFORTABLE:
        heads.append(f">>LTV,\n{answers[0].catalog.currency}")
    heads.append("Approvals")
    rows = [_summary_row(told, width) for told in answers]
    # What the other columns take is known before the table is drawn: the ids have the rest.
    columns = zip(*([Text(head.lstrip(">")) for head in heads], *rows), strict=True)
    taken = sum(_GAP + max(map(_widest, column)) for column in columns)
    table = table_of("Request", *heads)
    for told, row in zip(answers, rows, strict=True):
        request = broken(told.result.request_id, max(SHORTEST_ID, width - taken), "bold")
        table.add_row(request, *row)
    return table


def _widest(text: Text) -> int:
    return max(map(len, text.plain.splitlines()), default=0)


def _summary_row(told: Told, width: int) -> list[Text]:
    result = told.result
    row = summary_row(result, told.baseline.price, told.catalog)
    _, decision, price, ltv, _, _ = map(cell_text, row)
    separator = ", "
    if width < ROOMY:
        decision, separator = Text(decision.plain.replace(" ", "\n"), decision.style), ",\n"
    approvers = [plain(approval.approver) for approval in result.approvals]
    figures = [price, ltv] if width >= COMFORTABLE else [price]
    return [decision, *figures, Text(separator).join(approvers) if approvers else Text("-")]


# --- one result -----------------------------------------------------------------------------


def shown(told: Told, width: int, extent: Extent | None) -> Iterator[RenderableType]:
    """A result: what is read first, and as much of the rest as is asked for."""
    yield from first_read(told)
    if extent == "all":
        terms = differing_terms(told.result, told.baseline, told.catalog)
        if terms.rows:
            yield drawn(terms)
        listed = told.baseline
        if isinstance(listed, CardTerms):
            offered = rates_of(told.result.configuration)
            yield from rates_view(listed.list_rates, offered, told.catalog)
    if extent and told.result.rules:
        where = "" if told.result.configuration else " at the near miss"
        yield titled(f"Rules{where}", rules_view(told.result, told.catalog, width))
    if extent == "all":
        yield drawn(ladder_table(told.result, told.catalog))
        yield from beyond(story(told))


def rates_view(
    listed: Mapping[str, MeterRate], offered: Mapping[str, MeterRate], catalog: Denomination
) -> Iterator[RenderableType]:
    """What each meter costs, and what the limits of tiers count."""
    yield drawn(rates_table(listed, offered, catalog, in_one_line=True))
    if note := tiers_note(listed):
        yield Text(note, "dim")


def first_read(told: Told) -> Iterator[RenderableType]:
    """One screen: decision and price, and what is read first, one a line."""
    result = told.result
    decision = cell_text(decision_cell(result.decision))
    word = decision.plain.upper() + (", ABOVE LIST" if result.above_baseline_price else "")
    yield ruled_title(Text.assemble((word, decision.style), "  ", plain(result.request_id, "bold")))
    yield plain(result.reason, "bold")
    facts = grid(2)
    facts.columns[0].style = "dim"
    for fact in screen(told):
        facts.add_row(fact.name, plain(fact.value or "", STYLES[fact.tone]))
    yield facts


def beyond(sections: Sequence[Section]) -> Iterator[RenderableType]:
    """The sections of an explanation, but for those that the screen has told."""
    for section in sections:
        if section.title not in ON_SCREEN:
            yield from section_view(section)


def section_view(section: Section) -> Iterator[RenderableType]:
    """A sentence an item, and the figures that go with them."""
    yield titled(section.title, bullets(section.sentences))
    for table in section.tables:
        yield drawn(table)
