"""`cp-pricing policy test`: policies against what their authors expect of them."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.console.endings import Exit
from cli.console.inputs import (
    known_or_fail,
    policy_root_option,
    read_or_exit,
    read_price_book,
)
from cli.console.output import check_folder, refuse_overwriting, write_file
from cli.console.progress import Progress
from cli.console.requests import shares_of, time_limit_option

if TYPE_CHECKING:
    from cp_pricing.authoring.policy_tests import PolicyTest
    from cp_pricing.authoring.testing import PolicyTestOutcome
    from cp_pricing.book.price_book import PriceBook

EPILOG = """\b
Examples:
  cp-pricing policy test
  cp-pricing policy test my-prices -k prepaid
  cp-pricing policy test my-prices --coverage --min-coverage 90
  cp-pricing policy test my-prices --junit report.xml

\b
Exit status:
  0    every test passed, and the coverage is high enough
  1    a test failed, or the coverage is too low
  2    bad input: every fault is on standard error, nothing was tested
"""


def _percent(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise click.BadParameter("must be a percentage from 0 to 100", ctx, parameter)
    return value


@click.command(epilog=EPILOG, short_help="Test what a policy decides, and which rules decide it.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option(
    "--tests",
    metavar="FILE",
    type=click.Path(),
    help="The tests.  [default: policy_tests.yaml of the price book]",
)
@click.option("-k", "words", metavar="TEXT", help="Only tests with this text in their name.")
@click.option(
    "--test", "wanted", metavar="NAME", multiple=True, help="Only this test; may be repeated."
)
@click.option("--coverage", is_flag=True, help="Show which test has seen each rule at work.")
@click.option(
    "--min-coverage",
    "least",
    type=float,
    metavar="PERCENT",
    callback=_percent,
    help="Fail below this share of the rules; implies --coverage.",
)
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the outcomes as JUnit XML as well.",
)
@time_limit_option
@policy_root_option
@click.pass_context
def test(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    tests: str | None,
    words: str | None,
    wanted: tuple[str, ...],
    coverage: bool,
    least: float | None,
    junit: Path | None,
    time_limit: float | None,
) -> None:
    """Solve the requests of policy_tests.yaml and compare the answers with what is expected.

    PRICE_BOOK is a folder with catalog.yaml, profiles.yaml and policy.yaml; without it, the pilot
    that comes with cp-pricing is used.
    """
    from cli.policy.junit import junit_xml
    from cli.views.terminal import console
    from cli.views.testing import show_outcomes
    from cp_pricing.authoring.policy_tests import load_tests

    book = read_price_book(price_book)
    given = read_or_exit(lambda: load_tests(book, tests))
    chosen = _chosen(ctx, given, wanted, words)
    check_folder(ctx, "--junit", junit)
    if junit is not None:
        refuse_overwriting([junit], [*book.files, *([Path(tests)] if tests else [])])
    outcomes = _outcomes(book, chosen, time_limit)
    show_outcomes(console(), outcomes, len(given), book)
    enough = _covered(book, outcomes, len(given), least) if coverage or least is not None else True
    if junit is not None:
        write_file(junit, junit_xml(book.policy.name, outcomes))
    passed = enough and all(outcome.passed for outcome in outcomes)
    sys.exit(Exit.DECIDED if passed else Exit.FAILED_ON)


def _covered(
    book: PriceBook, outcomes: tuple[PolicyTestOutcome, ...], all_tests: int, least: float | None
) -> bool:
    """Show which rules the tests reach; whether they are as many percent as asked for."""
    from cli.views.terminal import console
    from cli.views.testing import show_coverage
    from cp_pricing.authoring.testing import coverage_of

    measured = coverage_of(book, outcomes)
    names = [outcome.test.name for outcome in outcomes]
    show_coverage(console(), measured, least, names, complete=len(outcomes) == all_tests)
    return least is None or measured.percent >= Fraction(str(least))


def _chosen(
    ctx: click.Context, tests: tuple[PolicyTest, ...], wanted: tuple[str, ...], words: str | None
) -> tuple[PolicyTest, ...]:
    """The tests asked for, or a fault: to test nothing is no success."""
    by_name = {test.name: test for test in tests}
    names = [known_or_fail(ctx, "--test", name, list(by_name)) for name in wanted] or list(by_name)
    if words is not None:
        names = [name for name in names if words.lower() in name.lower()]
    if not names:
        raise click.BadParameter(f"no test has `{words}` in its name", ctx, param_hint="'-k'")
    return tuple(by_name[name] for name in dict.fromkeys(names))


def _outcomes(
    book: PriceBook, tests: tuple[PolicyTest, ...], time_limit: float | None
) -> tuple[PolicyTestOutcome, ...]:
    from cp_pricing.authoring.testing import run

    outcomes, shares = [], shares_of(time_limit, len(tests))
    with Progress("testing") as progress:
        for number, chosen in enumerate(tests, start=1):
            progress.say(f"testing {chosen.name}, {number} of {len(tests)}")
            outcomes.append(run(book, chosen, time_limit=shares.next()))
    return tuple(outcomes)
