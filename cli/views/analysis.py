"""An analysis for a terminal: findings in words, what can come out, and what is not decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.views.tables import STYLES, grid, ruled_title, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.fields import DISCOUNT, FIELDS, LIFETIME_VALUE, PRICE, base_name
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.sheet import Tone
from cp_pricing.words.statuses import SELF_SERVE
from cp_pricing.words.terms import witness_in_words

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.proofs.analysis_results import (
        End,
        PolicyAnalysis,
        RuleVerdict,
        SpaceAnalysis,
    )

_FINDINGS: Mapping[str, tuple[str, Tone]] = {
    "no_deals": ("nothing passes", "bad"),
    "contradiction": ("contradiction", "bad"),
    "never_met": ("never met", "bad"),
    "never_applies": ("never applies", "warn"),
    "always_met": ("always met", "warn"),
    "shadowed": ("shadowed", "warn"),
    "implied": ("implied", "warn"),
    "adds_signature": ("adds a signature", "quiet"),
    "field_without_effect": ("no effect", "warn"),
}


def show_space(console: Console, space: SpaceAnalysis, book: PriceBook) -> None:
    """Write the block of a plan and profile."""
    write(console, *_sections(space, book.denomination(space.configuration)))


def show_summary(console: Console, analysis: PolicyAnalysis) -> None:
    """Write the rules without any effect, after all blocks."""
    write(console, Text(), *_summary(analysis))


def _summary(analysis: PolicyAnalysis) -> Iterator[RenderableType]:
    found: dict[str, set[RuleVerdict]] = {}
    for rule in (rule for space in analysis.spaces for rule in space.rules):
        found.setdefault(rule.rule, set()).add(rule.verdict)
    if dead := analysis.dead_everywhere:
        what = "refuses" if len(dead) == 1 else "refuse"
        yield plain(f"{f.listed(dead)} {what} nothing in any of these.", "bold yellow")
    idle = [name for name, verdicts in found.items() if verdicts == {"no_other_deals"}]
    if idle:
        any_one = "any one of " if len(idle) > 1 else ""
        yield plain(f"Without {any_one}{f.listed(idle)} nothing would pass either.", "bold yellow")
    of_use = [name for name, verdicts in found.items() if verdicts & {"decides", "signs"}]
    open_ = [name for name in found if name not in {*dead, *idle, *of_use}]
    if open_:
        what = f"Whether {f.listed(open_, 'or')} ever refuses anything is not decided."
        yield plain(what, "magenta")
    if len(of_use) == len(found) > 0:
        refuse = all("decides" in verdicts for verdicts in found.values())
        what = "admit" if refuse else "admit, or adds a signature"
        yield plain(f"Each rule refuses something that the others {what}, at least in one.", "bold")
    policy, book = analysis.policy, analysis.price_book_digest[:12]
    yield plain(f"policy {policy}, price book {book}; every statement is proved", "dim")


def _sections(space: SpaceAnalysis, catalog: Denomination) -> Iterator[RenderableType]:
    yield Text()
    yield ruled_title(plain(f"{space.configuration} for {space.profile}", "bold"))
    yield _levels(space, catalog)
    if space.findings:
        yield titled("Findings", _findings(space))
    if space.ranges or space.choices:
        yield titled("What can still come out, all else free", _ranges(space, catalog))
    if space.undecided:
        lines = (f"- {line.replace('`', '')}" for line in space.undecided)
        yield titled("Not decided within the budget", *(plain(line, "magenta") for line in lines))


def _levels(space: SpaceAnalysis, catalog: Denomination) -> RenderableType:
    levels = Table.grid(padding=(0, 3))
    for report in space.levels:
        if report.witness is not None:
            shown = f"passes, for example {witness_in_words(report.witness, catalog)}"
        else:
            shown = "nothing passes" if report.status == "empty" else "not decided"
        style = "bold red" if report.status == "empty" else ""
        levels.add_row(plain(report.approver or SELF_SERVE), plain(shown, style))
    return levels


def _findings(space: SpaceAnalysis) -> RenderableType:
    findings = grid(3)
    for finding in space.findings:
        word, tone = _FINDINGS[finding.kind]
        findings.add_row(Text(word, STYLES[tone]), plain(finding.text.replace("`", "")))
    return findings


def _ranges(space: SpaceAnalysis, catalog: Denomination) -> RenderableType:
    table = table_of("", "With", ">Least", ">Greatest")
    for span in space.ranges:
        name = "lifetime value" if span.name == LIFETIME_VALUE else f.label(span.name, catalog)
        table.add_row(
            plain(name),
            plain(span.approver or SELF_SERVE),
            _end(span.name, span.least, catalog, "below"),
            _end(span.name, span.greatest, catalog, "above"),
        )
    for choice in space.choices:
        possible = "not decided" if choice.unknown else " or ".join(choice.possible)
        name = f.label(choice.name, catalog)
        table.add_row(plain(name), plain(choice.approver or SELF_SERVE), plain(possible), "")
    return table


def _end(name: str, end: End, catalog: Denomination, beyond: str) -> Text:
    if end.value is None or end.bound is None:
        return Text("not decided", "magenta")
    shown = _value(name, end.value, catalog)
    bound = _value(name, end.bound, catalog)
    # What is known to the last digit that is shown need not be told from what is known exactly.
    return plain(shown if bound == shown else f"{shown} (none {beyond} {bound})")


def _value(name: str, value: Fraction, catalog: Denomination) -> str:
    if name in {PRICE, DISCOUNT}:
        return f.quoted(1 - value if catalog.is_card else value, catalog)
    if base_name(name) in FIELDS:
        return f.field_value(name, value, catalog)
    return f.money(value, catalog.currency)
