"""`cp-pricing models`: the plans at list against every profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from cli.console.inputs import known_or_fail, policy_root_option, read_price_book, warn
from cli.console.output import write_json
from cli.console.requests import format_option

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

EPILOG = """\b
Examples:
  cp-pricing models
  cp-pricing models my-prices --profile small-team
  cp-pricing models my-prices --plan team --format json

\b
Exit status:
  0    the table was written
  2    bad input: every fault is on standard error, nothing on standard output
"""


@click.command(epilog=EPILOG, short_help="Compare the plans at list for each profile.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option("--profile", metavar="ID", multiple=True, help="Only this profile; may be repeated.")
@click.option(
    "--plan",
    metavar="ID",
    multiple=True,
    help="Lifetime values for deals that start from this plan; may be repeated."
    "  [default: every plan with tunable bounds]",
)
@format_option("A table for people, or one JSON document.", "table", "json")
@policy_root_option
@click.pass_context
def models(
    ctx: click.Context,
    *,
    price_book: str | None,
    profile: tuple[str, ...],
    plan: tuple[str, ...],
    output: Literal["table", "json"],
) -> None:
    """Show what each plan earns at list, and where the required lifetime value comes from.

    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot
    that comes with cp-pricing is used.
    """
    from cp_pricing.model.plans import models_report

    book = read_price_book(price_book)
    profiles = _known(ctx, "--profile", profile, [item.id for item in book.profiles])
    configurations = [item.id for item in book.catalog.configurations]
    baselines = _known(ctx, "--plan", plan, configurations)
    _check_availability(ctx, book, profiles, baselines)
    warn(book)
    report = models_report(book, profiles=profiles, baselines=baselines)
    if output == "json":
        write_json(report.model_dump(mode="json"), indent=2)
        return
    from cli.views.models import show_models
    from cli.views.terminal import console

    show_models(console(), report, book.catalog.denomination())


def _known(
    ctx: click.Context, option: str, wanted: tuple[str, ...], known: list[str]
) -> tuple[str, ...]:
    return tuple(known_or_fail(ctx, option, name, known) for name in dict.fromkeys(wanted))


def _check_availability(
    ctx: click.Context, book: PriceBook, profiles: tuple[str, ...], baselines: tuple[str, ...]
) -> None:
    """A plan that none of the profiles can have is a mistake, not an empty table."""
    shown = profiles or [item.id for item in book.profiles]
    for name in baselines:
        if not any(book.configuration(name).is_available_to(profile) for profile in shown):
            message = f"`{name}` is not available to {' or '.join(f'`{item}`' for item in shown)}"
            raise click.BadParameter(message, ctx, param_hint="'--plan'")
