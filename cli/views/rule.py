"""A rule explained, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from cli.views.tables import grid, ruled_title, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.exact import value_of
from cp_pricing.fields import DISCOUNT, solved_field
from cp_pricing.words import numbers as f
from cp_pricing.words.scales import Scale
from cp_pricing.words.statuses import waiver
from cp_pricing.words.terms import capital, fact_in_words, witness_in_words

if TYPE_CHECKING:
    from cp_pricing.authoring.rule_explanation import Example, RuleExplanation, Sides
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import PlanDenomination
    from cp_pricing.results import FieldChange, Witness


def show_rule(console: Console, rule: RuleExplanation, book: PriceBook) -> None:
    """Write what the rule says, its names, its tests, and deals on both sides."""
    head = plain(rule.rule, "bold")
    if rule.source:
        head.append(f"  {rule.source.file}:{rule.source.line}", "dim")
    parts: list[RenderableType] = [ruled_title(head)]
    parts += [plain(line) for line in _facts(rule)]
    parts.append(titled("What it says", *_says(rule)))
    parts.append(titled("Its names", _names(rule)))
    parts.append(titled("Where it is tested", *_tests(rule)))
    if rule.example is not None:
        catalog = book.denomination(rule.example.configuration)
        parts.append(titled("Examples", *_example(rule.example, rule.note, catalog)))
    else:
        parts.append(titled("Examples", plain(f"none: {rule.note}")))
    write(console, *parts)


def _facts(rule: RuleExplanation) -> Iterator[str]:
    if rule.description:
        yield rule.description
    owner = f"owned by {rule.owner}; " if rule.owner else ""
    who = "it only warns" if rule.effect == "warn" else waiver(rule.effect, rule.approvers)
    yield f"{owner}{who}"


def _says(rule: RuleExplanation) -> Iterator[RenderableType]:
    yield plain(rule.condition, "bold")
    if rule.when:
        yield plain(f"when {rule.when}", "bold")
    if rule.applies_to:
        yield plain(f"for {rule.applies_to}", "bold")
    words = capital(rule.words)
    if rule.when_words:
        words = f"Wherever {rule.when_words}: {rule.words}"
    yield plain(f"{words}.")
    if rule.unit:
        yield plain(f"Both sides are in {rule.unit}.", "dim")


def _names(rule: RuleExplanation) -> RenderableType:
    table = table_of("Name", "Unit", "Stands for")
    for use in rule.names:
        table.add_row(plain(use.name), plain(use.unit), plain(use.stands_for))
    return table


def _tests(rule: RuleExplanation) -> Iterator[RenderableType]:
    if not rule.tests:
        yield plain("nowhere: no test of policy_tests.yaml mentions it", "yellow")
    for test in rule.tests:
        where = f"{test.source.file.rpartition('/')[2]}:{test.source.line}"
        yield Text.assemble("- ", plain(test.name), "  ", plain(where, "dim"))


def _example(example: Example, note: str, catalog: PlanDenomination) -> Iterator[RenderableType]:
    others = "" if example.alone else "; other rules refuse it too"
    yield plain(f"{example.configuration} for {example.profile}{others}", "dim")
    deals = grid(3)
    refused = plain(witness_in_words(example.refused, catalog))
    deals.add_row(Text("refused", "bold red"), refused)
    deals.add_row("", plain(_sides(example.sides, catalog, "does not hold"), "dim"))
    if example.admitted is not None:
        passes = plain(witness_in_words(example.admitted, catalog))
        deals.add_row(Text("nearest that passes", "green"), passes)
        sides = example.admitted_sides
        holds = _sides(sides, catalog, "holds") if sides else "the rule does not apply"
        deals.add_row("", plain(holds, "dim"))
        changes = [_change(change, catalog) for change in example.changes]
        changes += _changed_facts(example.refused, example.admitted)
        deals.add_row("", plain(f"differs in {'; '.join(changes)}", "dim"))
    else:
        deals.add_row("", plain(note or "no deal passes all rules in force", "yellow"))
    yield deals


def _change(change: FieldChange, catalog: PlanDenomination) -> str:
    ends = [value_of(value) for value in (change.asked, change.offered)]
    if change.field == DISCOUNT:
        ends = [Fraction(1) - end for end in ends]
    old, new = (f.field_value(solved_field(change.field), end, catalog) for end in ends)
    return f"{f.label(change.field, catalog)}: {old} to {new}"


def _changed_facts(old: Witness, new: Witness) -> Iterator[str]:
    for name in old.facts:
        if old.facts[name] != new.facts[name]:
            ends = (fact_in_words(witness.facts[name]) for witness in (old, new))
            yield f"{name}: {' to '.join(ends)}"


def _sides(sides: Sides, catalog: PlanDenomination, so: str) -> str:
    if sides.operator is None:
        return ""
    scale = Scale((sides.left, sides.right), sides.unit, catalog, share=sides.share)
    return f"{so}: {scale.text(sides.left)} {sides.operator} {scale.text(sides.right)}"
