"""`cp-pricing profile fit`: profiles with their draws, from tables of subscriptions and usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cli.console.inputs import policy_root_option, read_or_exit, read_price_book
from cli.console.output import check_folder, needing_extras, refuse_overwriting, writing
from cli.console.progress import Progress
from cli.console.requests import day_option
from cli.console.saying import say_done

if TYPE_CHECKING:
    from cp_pricing.fitting.draws import Entry
    from cp_pricing.fitting.job import Fitted, Job

EPILOG = """\b
Examples:
  cp-pricing profile fit --subscriptions subs.csv --usage usage.csv --profile solo --out fit.yaml
  cp-pricing profile fit --subscriptions subs.parquet --usage usage --by segment --out fit.yaml

\b
Exit status:
  0    the profiles and their draws were written
  2    bad input: every fault is on standard error, nothing was written
  74   a file could not be written
  130  interrupted: nothing was written
"""


@dataclass(frozen=True)
class _Options:
    """What was asked for, as click has it."""

    subscriptions: str
    usage: str
    out: Path
    profile: str | None
    by: str | None
    as_of: date | None
    seen_from: date | None
    retention: Literal["auto", "constant", "sbg", "curve"]
    scenarios: int | None
    draws: int
    seed: int
    report: Path | None
    book: str | None
    columns: Mapping[str, str]
    date_format: str | None
    costs: Mapping[str, str]


def _pairs(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> Mapping[str, str]:
    """Texts like `NAME=VALUE` as names with their values."""
    found: dict[str, str] = {}
    for each in given:
        name, is_there, value = each.partition("=")
        if not (name and is_there and value):
            raise click.BadParameter(f"`{each}` is not NAME=VALUE", ctx, parameter)
        if name in found:
            raise click.BadParameter(f"`{name}` is given twice", ctx, parameter)
        found[name] = value
    return found


@click.command(epilog=EPILOG, short_help="Fit profiles and their draws to tables.")
@click.option(
    "--subscriptions",
    required=True,
    metavar="FILE",
    help="CSV, Parquet or a folder of them: customer, start, end (empty: still there), plan;"
    " optionally term_months, seats, reduced_flexibility.",
)
@click.option(
    "--usage",
    required=True,
    metavar="FILE",
    help="CSV, Parquet or a folder of them: customer, month, units; meter where there are several."
    " Rows of one month are added up, so events will do.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The profiles to write, as YAML; the draws go beside it.",
)
@click.option(
    "--profile", metavar="ID", help="The profile's id; with --by, the only one of the groups."
)
@click.option(
    "--by", metavar="COLUMN", help="A column of the subscriptions: a profile for each value."
)
@day_option("--as-of", "The last day of the data.  [default: the last that the tables tell of]")
@day_option("--seen-from", "The tables have only customers who were there on this day or later.")
@click.option(
    "--retention",
    type=click.Choice(["auto", "constant", "sbg", "curve"]),
    default="auto",
    show_default=True,
    help="Who leaves when; auto takes constant or sbg, whichever Akaike's criterion prefers.",
)
@click.option(
    "--scenarios",
    type=click.IntRange(1, 1_000),
    metavar="K",
    help="Into how many the use goes.  [default: 8, or more where a bill would change by 1%]",
)
@click.option(
    "--draws",
    type=click.IntRange(0, 10_000),
    default=200,
    show_default=True,
    help="How many ways the profile could be.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Of the draws."
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="How good the fit is, as one HTML file.",
)
@click.option(
    "--book",
    metavar="FOLDER",
    help="A price book: its plans are what bills are compared on, and its profile of the same id"
    " says what no table tells: costs and the price response.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    callback=_pairs,
    help="What a column is called in the files: customer=account_id, usage.units=value.",
)
@click.option("--date-format", metavar="FORMAT", help="How days are written, as `%d-%b-%Y %H:%M`.")
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="KEY=NUMBER",
    callback=_pairs,
    help="A cost of the profile: service_cost_per_month=18, variable_cost_per_unit.input=0.000003.",
)
@policy_root_option
@click.pass_context
def fit(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - by their names in `_Options`
    """Fit profiles of comparable customers, with their uncertainty, to two tables.

    Retention is fitted by maximum likelihood, use is summed up in scenarios of the same mean, and
    draws resample the customers. What customers answer to prices is not in any such table, and is
    not fitted.
    """
    from cp_pricing.files.values import is_identifier

    asked = _Options(**options)
    if asked.profile is not None and not is_identifier(asked.profile):
        message = f"`{asked.profile}` is no id: use letters, digits, `-`, `_` and `.`"
        raise click.BadParameter(message, ctx, param_hint="'--profile'")
    if asked.profile is None and asked.by is None:
        raise click.UsageError("say `--profile`, or `--by` for one of each group", ctx)
    for option, file in (("--out", asked.out), ("--report", asked.report)):
        check_folder(ctx, option, file)
    with needing_extras():
        _check_tools(asked)
    job = _job(ctx, asked)
    with Progress("reading the tables and fitting"):
        from cp_pricing.fitting.job import fit as fitted

        found = read_or_exit(lambda: fitted(job))
    _write(asked, job, found)


def _check_tools(asked: _Options) -> None:
    from cp_pricing.fitting.tools import check_tools

    check_tools()
    if asked.report is not None:
        from cp_pricing.report.page import templates

        templates()


def _job(ctx: click.Context, asked: _Options) -> Job:
    from cli.profile.costs import costs_of
    from cp_pricing.fitting.job import Job
    from cp_pricing.fitting.profile import Plan
    from cp_pricing.fitting.tables.cells import Dates
    from cp_pricing.fitting.tables.records import Tables, check_columns

    try:
        check_columns(asked.columns)
        costs: Mapping[str, Entry] = costs_of(asked.costs)
        dates = Dates(asked.date_format)
    except ValueError as error:
        raise click.UsageError(str(error), ctx) from error
    tables = Tables(asked.subscriptions, asked.usage, asked.by, asked.columns, dates)
    plan = Plan(
        asked.as_of, asked.seen_from, asked.retention, asked.scenarios, asked.draws, asked.seed
    )
    book = read_price_book(asked.book) if asked.book else None
    return Job(tables, plan, asked.profile, book, costs)


def _write(asked: _Options, job: Job, found: Fitted) -> None:
    from importlib.metadata import version

    from cp_pricing.files.writing import write_together
    from cp_pricing.fitting.telling import told

    contents = found.files(asked.out, version("cp-pricing"))
    if asked.report is not None:
        from cp_pricing.report.fit import fit_html

        contents[asked.report] = fit_html(found)
    read = [*map(Path, found.files_read), *(job.book.files if job.book else ())]
    refuse_overwriting(list(contents), read)
    with writing(asked.out):
        write_together(contents)
    for line in told(found):
        say_done(line)
    _say_written(list(contents))


def _say_written(files: Sequence[Path]) -> None:
    say_done(f"wrote {', '.join(map(str, files))}")
