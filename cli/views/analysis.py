"""An analysis for a terminal: findings in words, what can come out, and what is not decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.views.tables import table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.fields import FIELDS, INPUT_FIELDS, LIFETIME_VALUE, PRICE
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.proofs.analysis_results import (
        Choices,
        End,
        Finding,
        PolicyAnalysis,
        SpaceAnalysis,
    )
    from cp_pricing.proofs.deal_space import Witness
    from cp_pricing.results import Terms

_WORDS: Mapping[str, tuple[str, str]] = {
    "no_deals": ("nothing passes", "bold red"),
    "contradiction": ("contradiction", "bold red"),
    "never_met": ("never met", "bold red"),
    "never_applies": ("never applies", "yellow"),
    "always_met": ("always met", "yellow"),
    "shadowed": ("shadowed", "yellow"),
    "implied": ("implied", "yellow"),
    "field_without_effect": ("no effect", "yellow"),
}
SELF_SERVE = "self-serve"


def show_analysis(console: Console, analysis: PolicyAnalysis, book: PriceBook) -> None:
    """Write one block a configuration and profile, and last the rules without any effect."""
    for space in analysis.spaces:
        write(console, *_sections(space, book.catalog))
    write(console, Text(), *_summary(analysis))


def _summary(analysis: PolicyAnalysis) -> Iterator[RenderableType]:
    dead = analysis.dead_everywhere
    if dead:
        what = "refuses" if len(dead) == 1 else "refuse"
        yield plain(f"{f.listed(dead)} {what} nothing in any of these.", "bold yellow")
    else:
        yield plain("Each rule refuses something that the others admit, at least in one.", "bold")
    policy, book = analysis.policy, analysis.price_book_digest[:12]
    yield plain(f"policy {policy}, price book {book}; every statement is proved", "dim")


def _sections(space: SpaceAnalysis, catalog: Catalog) -> Iterator[RenderableType]:
    title = plain(f"{space.configuration} for {space.profile}", "bold")
    yield Text()
    yield Rule(title, align="left", style="dim")
    yield from _levels(space, catalog)
    if space.findings:
        yield titled("Findings", _findings(space.findings))
    if space.ranges or space.choices:
        yield titled("What can still come out, all else free", _ranges(space, catalog))
    if space.undecided:
        yield titled("Not decided within the budget", *_items(space.undecided))


def _levels(space: SpaceAnalysis, catalog: Catalog) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 3))
    for report in space.levels:
        if report.witness is not None:
            shown = f"passes, for example {deal_in_words(report.witness, catalog)}"
        else:
            shown = "nothing passes" if report.status == "empty" else "not decided"
        style = "bold red" if report.status == "empty" else ""
        grid.add_row(plain(report.approver or SELF_SERVE), plain(shown, style))
    yield grid


def deal_in_words(deal: Witness, catalog: Catalog) -> str:
    """A deal in one line: its price, and the inputs that are not zero."""
    terms = deal.configuration
    parts = [f.quote(terms.usage_unit_price, catalog)]
    parts += [_field(name, terms, catalog) for name in INPUT_FIELDS if getattr(terms, name)]
    return ", ".join(parts)


def _field(name: str, terms: Terms, catalog: Catalog) -> str:
    value = getattr(terms, name)
    label = f.label(name, catalog)
    if value is True:
        return label
    shown = f.field_value(name, Fraction(value), catalog)
    if name == "contract_duration_months":
        return shown
    return f"{label} {shown}" if name != "included_units" else f"{shown} included"


def _findings(findings: Sequence[Finding]) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings:
        word, style = _WORDS[finding.kind]
        grid.add_row(Text(word, style), plain(finding.text.replace("`", "")))
    return grid


def _items(lines: Sequence[str]) -> Iterator[RenderableType]:
    for line in lines:
        yield plain(f"- {line.replace('`', '')}", "magenta")


def _ranges(space: SpaceAnalysis, catalog: Catalog) -> RenderableType:
    table = table_of("", "With")
    for head in ("Least", "Greatest"):
        table.add_column(head, justify="right", overflow="fold")
    for found in space.ranges:
        name = "lifetime value" if found.name == LIFETIME_VALUE else f.label(found.name, catalog)
        table.add_row(
            plain(name),
            plain(found.approver or SELF_SERVE),
            _end(found.name, found.least, catalog, "below"),
            _end(found.name, found.greatest, catalog, "above"),
        )
    for choice in space.choices:
        table.add_row(
            plain(f.label(choice.name, catalog)),
            plain(choice.approver or SELF_SERVE),
            plain(_choice(choice)),
            "",
        )
    return table


def _choice(choice: Choices) -> str:
    if choice.unknown:
        return "not decided"
    return " or ".join(choice.possible)


def _end(name: str, end: End, catalog: Catalog, beyond: str) -> Text:
    if end.value is None or end.bound is None:
        return Text("not decided", "magenta")
    shown = _value(name, end.value, catalog)
    if end.status == "exact":
        return plain(shown)
    return plain(f"{shown} (none {beyond} {_value(name, end.bound, catalog)})")


def _value(name: str, value: Fraction, catalog: Catalog) -> str:
    if name in FIELDS and name != PRICE:
        return f.field_value(name, value, catalog)
    return f.quoted(value, catalog) if name == PRICE else f.money(value, catalog.currency)
