"""A rule explained, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.views.analysis import deal_in_words
from cli.views.tables import table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.words import numbers as f
from cp_pricing.words.terms import capital, number_of

if TYPE_CHECKING:
    from cp_pricing.authoring.rule_explanation import Example, RuleExplanation, Sides
    from cp_pricing.book.catalog import Catalog
    from cp_pricing.results import FieldChange


def show_rule(console: Console, found: RuleExplanation, catalog: Catalog) -> None:
    """Write what the rule says, its names, its tests, and deals on both sides."""
    head = plain(found.rule, "bold")
    if found.source:
        head.append(f"  {found.source.file}:{found.source.line}", "dim")
    parts: list[RenderableType] = [Rule(head, align="left", style="dim")]
    parts += [plain(line) for line in _facts(found)]
    parts.append(titled("What it says", *_says(found)))
    parts.append(titled("Its names", _names(found)))
    parts.append(titled("Where it is tested", *_tests(found)))
    if found.example is not None:
        parts.append(titled("Examples", *_example(found.example, found.condition, catalog)))
    else:
        parts.append(titled("Examples", plain(f"none: {found.note}")))
    write(console, *parts)


def _facts(found: RuleExplanation) -> Iterator[str]:
    if found.description:
        yield found.description
    effects = {
        "reject": "nobody may waive it",
        "approval": f"{found.approver} may waive it",
        "warn": "it only warns",
    }
    owner = f"owned by {found.owner}; " if found.owner else ""
    yield f"{owner}{effects[found.effect]}"


def _says(found: RuleExplanation) -> Iterator[RenderableType]:
    yield plain(found.condition, "bold")
    if found.when:
        yield plain(f"when {found.when}", "bold")
    if found.applies_to:
        yield plain(f"for {found.applies_to}", "bold")
    words = capital(found.words)
    if found.when_words:
        words = f"Wherever {found.when_words}: {found.words}"
    yield plain(f"{words}.")
    if found.unit:
        yield plain(f"Both sides are in {found.unit}.", "dim")


def _names(found: RuleExplanation) -> RenderableType:
    table = table_of("Name", "Unit", "Stands for")
    for use in found.names:
        table.add_row(plain(use.name), plain(use.unit), plain(use.stands_for))
    return table


def _tests(found: RuleExplanation) -> Iterator[RenderableType]:
    if not found.tests:
        yield plain("nowhere: no test of policy_tests.yaml mentions it", "yellow")
    for test in found.tests:
        place = f"{test.source.file.rpartition('/')[2]}:{test.source.line}"
        yield Text.assemble("- ", plain(test.name), "  ", plain(place, "dim"))


def _example(example: Example, condition: str, catalog: Catalog) -> Iterator[RenderableType]:
    others = "" if example.alone else "; other rules refuse it too"
    yield plain(f"{example.configuration} for {example.profile}{others}", "dim")
    grid = Table.grid(padding=(0, 3))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    refused = plain(deal_in_words(example.refused, catalog))
    grid.add_row(Text("refused", "bold red"), refused)
    grid.add_row("", plain(_sides(example.sides, condition, catalog, "does not hold"), "dim"))
    if example.admitted is not None and example.admitted_sides is not None:
        passes = plain(deal_in_words(example.admitted, catalog))
        grid.add_row(Text("nearest that passes", "green"), passes)
        sides = _sides(example.admitted_sides, condition, catalog, "holds")
        grid.add_row("", plain(sides, "dim"))
        changes = "; ".join(_change(change, catalog) for change in example.changes)
        grid.add_row("", plain(f"differs in {changes}", "dim"))
    else:
        grid.add_row("", plain("no deal passes all rules in force", "yellow"))
    yield grid


def _change(change: FieldChange, catalog: Catalog) -> str:
    old, new = (
        f.field_value(change.field, number_of(value), catalog)
        for value in (change.asked, change.offered)
    )
    return f"{f.label(change.field, catalog)}: {old} to {new}"


def _sides(sides: Sides, condition: str, catalog: Catalog, so: str) -> str:
    if sides.operator is None:
        return ""
    scale = f.Scale((sides.left, sides.right), sides.unit, condition, catalog)
    return f"{so}: {scale.text(sides.left)} {sides.operator} {scale.text(sides.right)}"
