"""`cp-pricing policy analyze`: what is provable of a policy over every deal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import click
from click.decorators import FC

from cli.console.endings import Exit
from cli.console.inputs import known_or_fail, policy_root_option, read_price_book
from cli.console.output import write_json
from cli.console.progress import Progress
from cli.console.requests import format_option, seconds_above_zero

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.proofs.analysis_results import SpaceAnalysis

EPILOG = """\b
Examples:
  cp-pricing policy analyze
  cp-pricing policy analyze my-prices --plan team --profile small-team
  cp-pricing policy analyze my-prices --budget 10 --format json

\b
Exit status:
  0    everything was decided
  2    bad input: every fault is on standard error, nothing on standard output
  3    something could not be decided within the budget; all else is shown
"""

Pairs: TypeAlias = tuple[tuple[str, str], ...]

plan_option = click.option(
    "--plan", metavar="ID", multiple=True, help="Only this plan; repeatable."
)
profile_option = click.option(
    "--profile", metavar="ID", multiple=True, help="Only this profile; repeatable."
)


def budget_option(default: str) -> Callable[[FC], FC]:
    """`--budget` for the whole command; what there is without it in words."""
    return click.option(
        "--budget",
        type=float,
        show_default=default,
        metavar="SECONDS",
        callback=seconds_above_zero,
        help="The longest that all of it may take.",
    )


def chosen_pairs(
    ctx: click.Context, book: PriceBook, plans: tuple[str, ...], profiles: tuple[str, ...]
) -> Pairs:
    """The tunable plans with the profiles that can have them, as far as asked for."""
    from cp_pricing.proofs.analysis import pairs_of

    pairs = asked_for(ctx, pairs_of(book), plans, profiles)
    if not pairs:
        raise click.UsageError("no plan with tunable bounds is left to be looked at", ctx)
    return pairs


def asked_for(
    ctx: click.Context, pairs: Pairs, plans: tuple[str, ...], profiles: tuple[str, ...]
) -> Pairs:
    """The pairs of plan and profile that two options name; without them, all."""
    for part, option, wanted in (
        (0, "--plan", plans),
        (1, "--profile", profiles),
    ):
        ids = list(dict.fromkeys(pair[part] for pair in pairs))
        names = [known_or_fail(ctx, option, name, ids) for name in wanted]
        pairs = tuple(pair for pair in pairs if not names or pair[part] in names)
    return pairs


@click.command(epilog=EPILOG, short_help="Prove what a policy's rules do over every deal.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@plan_option
@profile_option
@budget_option("30 for each plan and profile")
@format_option("A report for people, or one JSON document with every witness.", "table", "json")
@policy_root_option
@click.pass_context
def analyze(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    plan: tuple[str, ...],
    profile: tuple[str, ...],
    budget: float | None,
    output: Literal["table", "json"],
) -> None:
    """Prove which rules decide anything, which contradict each other, and what can come out.

    Every deal that the tunable bounds allow is looked at, by proofs and not by samples. PRICE_BOOK
    is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot is used.
    """
    from cp_pricing.proofs.analysis import analyse
    from cp_pricing.workers import cores

    book = read_price_book(price_book)
    pairs = chosen_pairs(ctx, book, plan, profile)
    with Progress(f"analysing {_named(pairs[0])}") as progress:
        tell = _told(progress, book, pairs, shown=output == "table")
        analysis = analyse(book, pairs, budget=budget, workers=cores(), tell=tell)
    if output == "json":
        write_json(analysis.model_dump(mode="json"), indent=2)
    else:
        from cli.views.analysis import show_summary
        from cli.views.terminal import console

        show_summary(console(), analysis)
    undecided = any(space.undecided for space in analysis.spaces)
    sys.exit(Exit.UNKNOWN if undecided else Exit.DECIDED)


def _told(
    progress: Progress, book: PriceBook, pairs: Pairs, *, shown: bool
) -> Callable[[SpaceAnalysis], None]:
    """What shows each plan and profile as soon as it is analysed, and says which comes next."""
    coming = iter(pairs[1:])

    def tell(space: SpaceAnalysis) -> None:
        if shown:
            from cli.views.analysis import show_space
            from cli.views.terminal import console

            with progress.aside():
                show_space(console(), space, book)
        if following := next(coming, None):
            progress.say(f"analysing {_named(following)}")

    return tell


def _named(pair: tuple[str, str]) -> str:
    return " for ".join(pair)
