"""`cp-pricing policy check`: every fault of a price book, and what is valid but hardly meant."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import click

from cli.console.endings import Exit
from cli.console.inputs import policy_root, policy_root_option, price_book_folder
from cli.console.output import write_json
from cli.console.requests import format_option
from cli.console.saying import say

if TYPE_CHECKING:
    from constraints.text.source import Issue
    from cp_pricing.authoring.doubts import Doubt, Doubts

EPILOG = """\b
Examples:
  cp-pricing policy check
  cp-pricing policy check my-prices --deny-warnings
  cp-pricing policy check my-prices --format json

\b
Exit status:
  0    no faults; with --deny-warnings, no warnings either
  1    warnings, and --deny-warnings
  2    faults: the price book cannot be used
"""


@click.command("check", epilog=EPILOG, short_help="Find faults, and what is hardly meant.")
@click.argument("price_book", required=False, type=click.Path())
@click.option("--deny-warnings", is_flag=True, help="End with status 1 if there are warnings.")
@click.option(
    "--static",
    is_flag=True,
    help="Leave out what only the solver can prove: rules that no deal can meet or break.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="The longest that all proofs together may take.",
)
@format_option(
    "For people, or one JSON document with start and end of each place, for editors and CI.",
    "text",
    "json",
)
@policy_root_option
def check(
    *,
    price_book: str | None,
    deny_warnings: bool,
    static: bool,
    time_limit: float,
    output: Literal["text", "json"],
) -> None:
    """Check a price book: every fault of its files, and warnings about its policy.

    Warnings are about rules that no deal within the tunable bounds can meet or break (proven, or
    not said), a `when` that is never true, parameters, definitions and approvers that nothing
    uses, numbers without a unit and percentages without their sign. PRICE_BOOK is a folder with
    catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot is checked.
    """
    folder = price_book_folder(price_book)
    from constraints.text.source import InputError
    from cp_pricing.authoring.doubts import Doubt, Doubts, doubts_about
    from cp_pricing.book.loading import examine

    try:
        examined = examine(folder, policy_root=policy_root())
        checked = doubts_about(examined, seconds=None if static else time_limit)
        sources = {examined.shown.get(name, name): text for name, text in examined.texts.items()}
    except InputError as faults:
        checked = Doubts(tuple(Doubt("input-error", issue) for issue in faults.issues))
        sources = dict(faults.sources)
    # What was not asked for is not missing.
    undecided = () if static else checked.undecided
    if output == "json":
        _write_json(checked.doubts, undecided, sources)
    else:
        _write_text(checked, undecided, sources, time_limit)
    sys.exit(_status(checked.doubts, deny_warnings=deny_warnings))


def _status(doubts: Sequence[Doubt], *, deny_warnings: bool) -> int:
    if _count(doubts, "error"):
        return Exit.BAD_INPUT
    return Exit.FAILED_ON if doubts and deny_warnings else Exit.DECIDED


def _count(doubts: Sequence[Doubt], severity: str) -> int:
    return sum(doubt.issue.severity == severity for doubt in doubts)


def _write_text(
    checked: Doubts, undecided: Sequence[str], sources: Mapping[str, str], seconds: float
) -> None:
    from constraints.text.source import render_issue

    for doubt in checked.doubts:
        say(*render_issue(doubt.issue, sources.get(doubt.issue.file, "")).split("\n"), err=False)
    if undecided:
        say(
            f"note: not decided within {seconds:g} s whether deals can meet and break "
            + ", ".join(f"`{name}`" for name in undecided),
            err=False,
        )
    faults, warnings = _count(checked.doubts, "error"), _count(checked.doubts, "warning")
    # Nothing can be doubted of what cannot be read.
    rest = "; warnings come once all is mended" if faults else f", {_counted(warnings, 'warning')}"
    say(_counted(faults, "fault") + rest, err=False)


def _counted(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


class Positions:
    """The places of a text as editors count them, whatever its lines end with."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]

    def of(self, line: int, column: int) -> dict[str, int]:
        """A place: line and column count characters from 1, the offset counts them from 0."""
        start = self._starts[line - 1] if line <= len(self._starts) else self._length
        offset = min(start + column - 1, self._length)
        return {"line": line, "column": column, "offset": offset}


def _write_json(
    doubts: Sequence[Doubt], undecided: Sequence[str], sources: Mapping[str, str]
) -> None:
    positions = {name: Positions(text) for name, text in sources.items()}

    def described(issue: Issue, code: str) -> dict[str, object]:
        span, place = issue.span, positions.get(issue.file) or Positions("")
        return {
            "severity": issue.severity,
            "code": code,
            "file": issue.file,
            "start": place.of(span.line, span.column),
            "end": place.of(span.end_line, span.end_column),
            "message": issue.message,
            "hint": issue.hint,
        }

    document = {
        "schema_version": 1,
        "faults": _count(doubts, "error"),
        "warnings": _count(doubts, "warning"),
        "diagnostics": [described(doubt.issue, doubt.code) for doubt in doubts],
        "undecided": list(undecided),
    }
    write_json(document, indent=2)
