"""`cp-pricing policy compare`: what a change of policy admits, refuses and costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cli.console.endings import Exit
from cli.console.inputs import policy_root, policy_root_option, read_or_exit
from cli.console.output import write_json
from cli.console.progress import Progress
from cli.console.requests import EACH, format_option, refuse_table
from cli.policy.analyze import asked_for, budget_option, plan_option, profile_option

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.proofs.comparison_results import PolicyComparison

EPILOG = """\b
Examples:
  cp-pricing policy compare prices-2026 prices-2027
  cp-pricing policy compare my-prices/policy.yaml draft.yaml --requests asked.json
  cp-pricing policy compare old.yaml new.yaml --in my-prices --fail-on looser

\b
Exit status:
  0    compared
  1    something is as --fail-on names it
  2    bad input: every fault is on standard error, nothing on standard output
  3    something could not be decided within the budget; all else is shown
"""


@click.command(epilog=EPILOG, short_help="Prove which policy is stricter, and for whom it matters.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--in",
    "beside",
    metavar="PRICE_BOOK",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the catalog and the profiles of a policy's file are, if not beside it.",
)
@click.option(
    "--requests",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Real requests: which decisions flip, how prices and lifetime values move.",
)
@plan_option
@profile_option
@budget_option("60 for each plan and profile, 30 for each request")
@click.option(
    "--fail-on",
    type=click.Choice(["stricter", "looser", "incomparable", "flips"]),
    multiple=True,
    help="End with status 1 if this is found; may be repeated.",
)
@format_option("A report for people, or one JSON document with every witness.", "table", "json")
@policy_root_option
@click.pass_context
def compare(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    old: Path,
    new: Path,
    beside: Path | None,
    requests: Path | None,
    plan: tuple[str, ...],
    profile: tuple[str, ...],
    budget: float | None,
    fail_on: tuple[str, ...],
    output: Literal["table", "json"],
) -> None:
    """Prove for which deals two policies differ, and show one of each kind.

    OLD and NEW are price books (folders) or policies (files). What is compared is what each
    approval level admits, over every deal of each plan and profile that both have.
    """
    from cp_pricing.proofs.sides import load_side

    root = policy_root()
    first = read_or_exit(lambda: load_side(old, beside or _folder(new), policy_root=root))
    second = read_or_exit(lambda: load_side(new, beside or _folder(old), policy_root=root))
    asked = read_or_exit(lambda: _requests(first, second, requests))
    comparison = _compared(ctx, first, second, (plan, profile), asked, budget)
    if output == "json":
        write_json(comparison.model_dump(mode="json"), indent=2)
    else:
        from cli.views.comparison import show_comparison
        from cli.views.terminal import console

        show_comparison(console(), comparison, second)
    sys.exit(_exit_status(comparison, fail_on))


def _folder(path: Path) -> Path:
    from cp_pricing.files.reading import is_there

    return path if is_there(path) and path.is_dir() else path.parent


def _requests(
    old: PriceBook, new: PriceBook, path: Path | None
) -> tuple[TuningRequest, ...] | None:
    """The requests, which must fit both price books."""
    from cp_pricing.book.loading import load_requests

    if path is None:
        return None
    refuse_table(str(path))
    load_requests(old, path)
    return load_requests(new, path)


def _compared(  # noqa: PLR0913, PLR0917 - two policies, and what to look at
    ctx: click.Context,
    old: PriceBook,
    new: PriceBook,
    wanted: tuple[tuple[str, ...], tuple[str, ...]],
    asked: tuple[TuningRequest, ...] | None,
    budget: float | None,
) -> PolicyComparison:
    from cp_pricing.proofs.comparison import BUDGET, pairs_of_both, tunable_pairs
    from cp_pricing.proofs.comparison import compare as compare_policies
    from cp_pricing.proofs.impact import impacts_of, totals_of
    from cp_pricing.workers import cores

    pairs = asked_for(ctx, tunable_pairs(old, new, pairs_of_both(old, new)[0]), *wanted)
    with Progress("comparing") as progress:
        weights = (BUDGET * len(pairs), EACH * len(asked or ()))
        proofs, impact = (_part(budget, weight, sum(weights)) for weight in weights)
        comparison = compare_policies(
            old, new, pairs, budget=proofs, workers=cores(), watch=progress.say
        )
        if asked is None:
            return comparison
        impacts = impacts_of(old, new, asked, time_limit=impact, watch=progress.say)
    return comparison.model_copy(update={"impacts": impacts, "totals": totals_of(impacts)})


def _part(budget: float | None, weight: float, weights: float) -> float:
    """The seconds for a part of the work, by its weight; the weight itself without a budget."""
    return weight if budget is None or not weight else budget * weight / weights


def _exit_status(comparison: PolicyComparison, fail_on: tuple[str, ...]) -> Exit:
    relations = {level.relation for pair in comparison.pairs for level in pair.levels}
    flips = comparison.totals is not None and bool(comparison.totals.flips)
    if relations & set(fail_on) or (flips and "flips" in fail_on):
        return Exit.FAILED_ON
    undecided = any(
        standing.decision == "unknown" for i in comparison.impacts for standing in (i.old, i.new)
    )
    return Exit.UNKNOWN if "unknown" in relations or undecided else Exit.DECIDED
