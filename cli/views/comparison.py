"""A comparison of two policies for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.views.analysis import SELF_SERVE, deal_in_words
from cli.views.tables import table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.proofs.impact import biggest
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog
    from cp_pricing.proofs.comparison_results import (
        Change,
        Difference,
        Impact,
        LevelComparison,
        PairComparison,
        PolicyComparison,
        Standing,
        Totals,
    )

_STYLES: Mapping[str, str] = {
    "equivalent": "green",
    "stricter": "bold yellow",
    "looser": "bold yellow",
    "incomparable": "bold yellow",
    "unknown": "bold magenta",
}


def show_comparison(console: Console, found: PolicyComparison, catalog: Catalog) -> None:
    """Write what has changed, how each level compares with witnesses, and the impact."""
    names = f"{found.old} ({found.old_digest[:12]}) to {found.new} ({found.new_digest[:12]})"
    write(console, Rule(plain(names, "bold"), align="left", style="dim"))
    if found.changes:
        write(console, titled("What the text says differently", _changes(found.changes)))
    else:
        write(console, plain("The two policies say the same."))
    for pair in found.pairs:
        write(console, *_pair(pair, catalog))
    for word, pairs in (("no longer", found.only_old), ("newly", found.only_new)):
        for configuration, profile in pairs:
            write(console, plain(f"{configuration} is {word} on sale for {profile}", "yellow"))
    if found.totals is not None:
        write(console, *_impact(found.impacts, found.totals, catalog))


def _changes(changes: Sequence[Change]) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for change in changes:
        head = plain(f"{change.kind} {change.name}" if change.kind != "approvers" else "approvers")
        if change.change == "changed":
            grid.add_row(head, plain(change.old, "dim"))
            grid.add_row("", plain(change.new))
        else:
            text = change.new or change.old
            grid.add_row(head, plain(f"{change.change}: {text}"))
    return grid


def _pair(pair: PairComparison, catalog: Catalog) -> Iterator[RenderableType]:
    yield Text()
    yield plain(f"{pair.configuration} for {pair.profile}", "bold")
    grid = Table.grid(padding=(0, 3))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for level in pair.levels:
        grid.add_row(*_level(level, catalog))
    yield grid


def _level(level: LevelComparison, catalog: Catalog) -> Iterator[RenderableType]:
    yield plain(level.approver or SELF_SERVE)
    yield Text(level.relation, _STYLES[level.relation])
    lines = []
    if level.no_longer:
        lines.append(f"no longer: {_witness(level.no_longer, catalog)}")
    if level.newly:
        lines.append(f"newly: {_witness(level.newly, catalog)}")
    if level.note:
        lines.append(f"not decided: {level.note}")
    yield plain_lines(lines)


def plain_lines(lines: Sequence[str]) -> Text:
    """Several texts, each on a line of its own."""
    return Text("\n").join(plain(line) for line in lines)


def _witness(difference: Difference, catalog: Catalog) -> str:
    deal = deal_in_words(difference.new, catalog)
    return f"{deal} ({', '.join(difference.refused_by)})"


# --- real requests --------------------------------------------------------------------------


def _impact(
    impacts: Sequence[Impact], totals: Totals, catalog: Catalog
) -> Iterator[RenderableType]:
    shown = biggest(impacts)
    if shown:
        yield titled("What changes most for real requests", _impacts(shown, catalog))
    yield titled("All requests", *_totals(totals, catalog))


def _impacts(impacts: Sequence[Impact], catalog: Catalog) -> RenderableType:
    table = table_of("Request", "Decision")
    for head in ("Usage price", f"LTV, {catalog.currency}"):
        table.add_column(head, justify="right", overflow="fold")
    table.add_column("Which rule", overflow="fold")
    for impact in impacts:
        rules = dict.fromkeys((*impact.because, *impact.thanks_to))
        table.add_row(
            plain(impact.request),
            plain(_decisions(impact.old, impact.new)),
            plain(_prices(impact, catalog)),
            plain(_worths(impact)),
            plain(", ".join(rules) or "-"),
        )
    return table


def _decisions(old: Standing, new: Standing) -> str:
    words = [_decision(standing) for standing in (old, new)]
    return words[0] if words[0] == words[1] else " to ".join(words)


def _decision(standing: Standing) -> str:
    who = f" ({', '.join(standing.approvers)})" if standing.approvers else ""
    return standing.decision.replace("_", " ") + who


def _prices(impact: Impact, catalog: Catalog) -> str:
    prices = (impact.old.usage_unit_price, impact.new.usage_unit_price)
    shown = ["-" if price is None else f.quoted(price, catalog) for price in prices]
    return shown[0] if shown[0] == shown[1] else " to ".join(shown)


def _worths(impact: Impact) -> str:
    if impact.ltv_moved is None:
        return "-"
    return f"{'+' if impact.ltv_moved > 0 else ''}{f.grouped(impact.ltv_moved, f.CENTS)}"


def _totals(totals: Totals, catalog: Catalog) -> Iterator[RenderableType]:
    counts = f"{totals.requests} requests: {totals.unchanged} unchanged, {totals.dearer} dearer"
    yield plain(f"{counts}, {totals.cheaper} cheaper")
    for flip, count in totals.flips.items():
        yield plain(f"{count} from {flip.replace('_', ' ')}", "bold yellow")
    old, new = (f.money(worth, catalog.currency) for worth in (totals.ltv_old, totals.ltv_new))
    moved = totals.ltv_new - totals.ltv_old
    change = f" ({f.change(totals.ltv_new, totals.ltv_old)})" if moved != Fraction(0) else ""
    yield plain(f"lifetime value of those with an answer both times: {old} to {new}{change}")
    if totals.by_rule:
        rules = ", ".join(f"{name} {count}" for name, count in totals.by_rule.items())
        yield plain(f"rules that made the difference, by requests: {rules}")
