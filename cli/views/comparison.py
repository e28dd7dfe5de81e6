"""A comparison of two policies for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.tables import grid, ruled_title, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.catalog.plans import PlanDenomination
from cp_pricing.proofs.impact import biggest
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_name
from cp_pricing.words.statuses import DECISIONS, SELF_SERVE
from cp_pricing.words.terms import witness_in_words

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import Catalog
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


def show_comparison(console: Console, comparison: PolicyComparison, new: PriceBook) -> None:
    """Write what has changed, how each level compares with witnesses, and the impact.

    `new` has the plans that both sides have, and says what their numbers are in.
    """
    old, own = comparison.old_digest[:12], comparison.new_digest[:12]
    names = f"{comparison.old} ({old}) to {comparison.new} ({own})"
    write(console, ruled_title(plain(names, "bold")))
    if comparison.changes:
        write(console, titled("What the text says differently", _changes(comparison.changes)))
    else:
        write(console, plain("The two policies say the same."))
    for pair in comparison.pairs:
        write(console, *_pair(pair, new.denomination(pair.configuration)))
    for word, pairs in (("no longer", comparison.only_old), ("newly", comparison.only_new)):
        for configuration, profile in pairs:
            write(console, plain(f"{configuration} is {word} on sale for {profile}", "yellow"))
    if comparison.totals is not None:
        write(console, *_impact(comparison.impacts, comparison.totals, new.catalog))


def _changes(changes: Sequence[Change]) -> RenderableType:
    table = grid(3)
    for change in changes:
        head = plain(f"{change.kind} {change.name}" if change.kind != "approvers" else "approvers")
        if change.change == "changed":
            table.add_row(head, plain(change.old, "dim"))
            table.add_row("", plain(change.new))
        else:
            table.add_row(head, plain(f"{change.change}: {change.new or change.old}"))
    return table


def _pair(pair: PairComparison, catalog: Denomination) -> Iterator[RenderableType]:
    yield Text()
    yield plain(f"{pair.configuration} for {pair.profile}", "bold")
    levels = grid(3, columns=3)
    for level in pair.levels:
        levels.add_row(*_level(level, catalog))
    yield levels


def _level(level: LevelComparison, catalog: Denomination) -> Iterator[RenderableType]:
    yield plain(level.approver or SELF_SERVE)
    yield Text(level.relation, _STYLES[level.relation])
    lines = []
    if level.no_longer:
        lines.append(f"no longer: {_witness(level.no_longer, catalog)}")
    if level.newly:
        lines.append(f"newly: {_witness(level.newly, catalog)}")
    if level.note:
        lines.append(f"not decided: {level.note}")
    yield Text("\n").join(map(plain, lines))


def _witness(difference: Difference, catalog: Denomination) -> str:
    terms = witness_in_words(difference.new, catalog)
    return f"{terms} ({', '.join(difference.refused_by)})"


# --- real requests --------------------------------------------------------------------------


def _impact(
    impacts: Sequence[Impact], totals: Totals, catalog: Catalog
) -> Iterator[RenderableType]:
    shown = biggest(impacts)
    if shown:
        yield titled("What changes most for real requests", _impacts(shown, catalog))
    yield titled("All requests", *_totals(totals, catalog))


def _impacts(impacts: Sequence[Impact], catalog: Catalog) -> RenderableType:
    sides = [side for impact in impacts for side in (impact.old, impact.new)]
    price = price_name(_own_denomination(side, catalog) for side in sides)
    figures = (f">{price}", f">LTV, {catalog.currency}")
    table = table_of("Request", "Decision", *figures, "Which rule")
    for impact in impacts:
        rules = dict.fromkeys((*impact.because, *impact.thanks_to))
        table.add_row(
            plain(impact.request),
            plain(_old_to_new(map(_decision, (impact.old, impact.new)))),
            plain(_old_to_new(_price(side, catalog) for side in (impact.old, impact.new))),
            plain(_worths(impact)),
            plain(", ".join(rules) or "-"),
        )
    return table


def _old_to_new(words: Iterable[str]) -> str:
    """What it was and what it is, or only once what has not changed."""
    return " to ".join(dict.fromkeys(words))


def _decision(standing: Standing) -> str:
    who = f" ({', '.join(standing.approvers)})" if standing.approvers else ""
    return DECISIONS[standing.decision][0] + who


def _price(standing: Standing, catalog: Catalog) -> str:
    price = standing.any_price
    return "-" if price is None else f.quoted(price, _own_denomination(standing, catalog))


def _own_denomination(standing: Standing, catalog: Catalog) -> Denomination:
    """That of the plan which a standing is of."""
    return PlanDenomination(catalog.currency, catalog.meters, standing.is_card)


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
