"""The outcomes of policy tests, and their coverage, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.views.tables import cell_text, table_of, titled, write
from cli.views.terminal import plain
from cp_pricing.words import numbers as f
from cp_pricing.words.sheet import NOTHING, Cell

if TYPE_CHECKING:
    from cp_pricing.authoring.testing import Check, Coverage, PolicyTestOutcome, RuleCoverage
    from cp_pricing.book.price_book import PriceBook

_LEGEND = (
    "The numbers are those of the tests. A rule is covered once it is seen at work, binding or"
    " violated; one with a `when` also where it does not apply."
)


def show_outcomes(
    console: Console, outcomes: Sequence[PolicyTestOutcome], among: int, book: PriceBook
) -> None:
    """Write a numbered line for each test, with what came out otherwise, and how many failed."""
    write(console, *_lines(outcomes), Text(), _summary(outcomes, among, book))


def _lines(outcomes: Sequence[PolicyTestOutcome]) -> Iterator[RenderableType]:
    width = len(str(len(outcomes)))
    for number, outcome in enumerate(outcomes, start=1):
        word, style = ("PASS", "green") if outcome.passed else ("FAIL", "bold red")
        count = (f"{number:>{width}}", "dim")
        yield Text.assemble((word, style), "  ", count, "  ", plain(outcome.test.name))
        if not outcome.passed:
            source = outcome.test.source
            if source.file:
                yield plain(f"      {source.file}:{source.line}", "dim")
            yield _failures(outcome.failures)


def _failures(checks: Sequence[Check]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for check in checks:
        grid.add_row(f"      {check.what}", Text("expected", "dim"), plain(check.expected))
        grid.add_row("", Text("got", "dim"), plain(check.got, "bold"))
        if check.difference:
            grid.add_row("", Text("differs", "dim"), plain(check.difference))
    return grid


def _summary(outcomes: Sequence[PolicyTestOutcome], among: int, book: PriceBook) -> Text:
    failed = sum(not outcome.passed for outcome in outcomes)
    counts = [f"{len(outcomes) - failed} passed"] + ([f"{failed} failed"] if failed else [])
    left_out = among - len(outcomes)
    counts += [f"{left_out} not chosen"] if left_out else []
    text = f"{', '.join(counts)}: policy {book.policy.name}, price book {book.digest[:12]}"
    return plain(text, "bold red" if failed else "bold")


def show_coverage(
    console: Console,
    coverage: Coverage,
    least: float | None,
    tests: Sequence[str],
    *,
    complete: bool,
) -> None:
    """Write which tests, by number, have seen each rule at work and inactive, and the share."""
    numbers = {name: number for number, name in enumerate(tests, start=1)}
    table = table_of("Rule", "Binding", "Violated", "Inactive", "Never seen")
    for rule in coverage.rules:
        table.add_row(*_row(rule, numbers))
    share = f"{f.percentage(coverage.percent / 100)} of the rules are covered"
    if least is not None:
        enough = coverage.percent >= least
        share += f", {'at least' if enough else 'below'} the {least:g}% asked for"
    if not complete:
        share += " (by the chosen tests only)"
    notes = plain(_LEGEND, "dim")
    write(console, titled("Coverage", table), Text(), plain(share, "bold"), notes)


def _row(rule: RuleCoverage, numbers: Mapping[str, int]) -> Iterator[Text]:
    yield plain(rule.rule)
    for names in (rule.binding, rule.violated, rule.inactive):
        ranges = _ranges([numbers[name] for name in names])
        yield cell_text(Cell(ranges) if ranges else NOTHING)
    yield plain(", ".join(rule.missing), "bold red")


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers with neighbours taken together: `1, 3-6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
