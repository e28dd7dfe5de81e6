"""`cp-pricing policy explain`: one rule, in words, with deals on both sides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from cli.console.inputs import policy_root_option, read_or_exit, read_price_book
from cli.console.output import write_json
from cli.console.progress import Progress
from cli.console.requests import format_option
from cli.policy.analyze import budget_option, chosen_pairs, plan_option, profile_option

if TYPE_CHECKING:
    from cp_pricing.authoring.policy_tests import PolicyTest
    from cp_pricing.book.price_book import PriceBook

EPILOG = """\b
Examples:
  cp-pricing policy explain earned-discount
  cp-pricing policy explain price-floor my-prices --profile small-team --budget 5

\b
Exit status:
  0    the rule was explained
  2    bad input: every fault is on standard error, nothing on standard output
"""


@click.command(epilog=EPILOG, short_help="Say what a rule means, and show deals on both sides.")
@click.argument("rule")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@plan_option
@profile_option
@budget_option("30")
@format_option("A report for people, or one JSON document.", "table", "json")
@policy_root_option
@click.pass_context
def explain(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    rule: str,
    price_book: str | None,
    plan: tuple[str, ...],
    profile: tuple[str, ...],
    budget: float | None,
    output: Literal["table", "json"],
) -> None:
    """Say what RULE means, in words and units, who owns it, and where it is tested.

    With a deal that it refuses and the nearest one that passes, both checked exactly, as far as
    they are found within the budget. PRICE_BOOK
    is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot is used.
    """
    from cp_pricing.authoring.rule_explanation import explain_rule
    from cp_pricing.model.pricing import pricing_of

    book = read_price_book(price_book)
    _check_rule(ctx, rule, [item.id for item in pricing_of(book).rules])
    pairs = chosen_pairs(ctx, book, plan, profile)
    tests = read_or_exit(lambda: _tests(book))
    with Progress(f"explaining {rule}"):
        explanation = explain_rule(book, rule, pairs, tests, budget=budget)
    if output == "json":
        write_json(explanation.model_dump(mode="json"), indent=2)
        return
    from cli.views.rule import show_rule
    from cli.views.terminal import console

    show_rule(console(), explanation, book)


def _check_rule(ctx: click.Context, rule: str, known: list[str]) -> None:
    from constraints.text.source import did_you_mean

    if rule not in known:
        hint = did_you_mean(rule, known) or f"the rules are {', '.join(known)}"
        raise click.BadParameter(f"there is no rule `{rule}`; {hint}", ctx, param_hint="'RULE'")


def _tests(book: PriceBook) -> tuple[PolicyTest, ...]:
    """The tests beside the policy, if there are any."""
    from cp_pricing.authoring.policy_tests import load_tests, place_of_tests
    from cp_pricing.files.reading import is_there

    return load_tests(book) if is_there(place_of_tests(book)) else ()
