"""`cp-pricing batch`: requests of any number from files, results to a file, safe to interrupt."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from cli.console.endings import Exit
from cli.console.inputs import fail, policy_root_option, read_or_exit, read_price_book
from cli.console.output import check_folder, end_unwritten, needing_extras, refuse_overwriting
from cli.console.progress import end_interrupted
from cli.console.requests import EACH, REQUESTS, seconds_above_zero
from cli.console.saying import say
from cli.views.batch import BatchProgress, show_outcome, write_summary

if TYPE_CHECKING:
    from constraints.text.spoken import DecimalMark
    from cp_pricing.batch.job import Ended, Engine, Job
    from cp_pricing.diagnosis.diagnosis import Detail

T = TypeVar("T")

EPILOG = """\b
Examples:
  cp-pricing batch --out results.jsonl
  cp-pricing batch my-prices --requests asked.csv --out results.csv --errors errors.csv
  cp-pricing batch my-prices --requests 'asked-*.jsonl.gz' --out results.parquet
  export-requests | cp-pricing batch my-prices --requests - --out results.jsonl
  cp-pricing batch my-prices --requests asked.csv --out results.csv --resume

\b
Exit status:
  0    every request was decided
  1    some requests could not be read or solved: they are with the errors
  2    bad input, or a run that cannot be resumed: nothing was computed
  3    a request could not be decided within the time limit (and none failed)
  74   the results could not be written
  130  interrupted: the same command with --resume goes on
"""


@dataclass(frozen=True)
class _Settings:
    """What is not part of the job itself."""

    asked_workers: int | None
    engine: Literal["local", "ray"]
    address: str | None
    quiet: bool
    summary: Path | None

    @property
    def workers(self) -> int | None:
        """How many processes solve; a cluster that is not told decides for itself."""
        from cp_pricing.workers import cores

        return self.asked_workers or (cores() if self.engine == "local" else None)


@click.command(epilog=EPILOG, short_help="Solve requests of any number, from file to file.")
@click.argument("price_book", required=False, type=click.Path(file_okay=False))
@click.option(
    "--requests",
    metavar="FILE",
    help="JSON, JSON Lines, CSV or Parquet, also packed with gzip or zstd; a folder or a pattern"
    f" of such files; `-` is standard input.  [default: {REQUESTS} of the price book]",
)
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The results: .jsonl, .csv or .parquet (the first two also .gz or .zst).",
)
@click.option(
    "--errors",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where requests go that cannot be read or solved, with their places and the reasons.",
)
@click.option(
    "--detail",
    type=click.Choice(["decision", "rules", "full"]),
    default="rules",
    show_default=True,
    help="The answer alone, also each rule and the reasons, or also what `explain` finds.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that solve.  [default: one for each core]",
)
@click.option("--resume", is_flag=True, help="Go on with a run of this output if there is one.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Processes on this machine, or a Ray cluster.",
)
@click.option("--address", metavar="HOST:PORT", help="The Ray cluster; without it, a local one.")
@click.option(
    "--plain-csv",
    is_flag=True,
    help="Write CSV cells as they are, also those that a spreadsheet takes for formulas.",
)
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="What CSV requests have before decimals, the other being between thousands.  [default: a"
    " point, and what may be thousands is refused]",
)
@click.option("--quiet", is_flag=True, help="No progress and no closing line.")
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write the counts and times as JSON; `-` is standard output.",
)
@click.option(
    "--time-limit",
    type=float,
    default=EACH,
    show_default=True,
    metavar="SECONDS",
    callback=seconds_above_zero,
    help="The longest that one request may take, its full reading included.",
)
@policy_root_option
@click.pass_context
def batch(  # noqa: PLR0913 - click passes every option by its name
    ctx: click.Context,
    *,
    price_book: str | None,
    requests: str | None,
    out: Path,
    errors: Path | None,
    detail: Detail,
    workers: int | None,
    resume: bool,
    engine: Literal["local", "ray"],
    address: str | None,
    plain_csv: bool,
    decimal: DecimalMark | None,
    quiet: bool,
    summary: Path | None,
    time_limit: float,
) -> None:
    """Solve requests of any number and write the results in their order.

    Memory does not grow with the number of requests. A request that cannot be read stops nothing.
    A run that ends before its end, however it ends, goes on where it was with --resume.
    """
    if address is not None and engine != "ray":
        raise click.UsageError("--address names a Ray cluster: add --engine ray", ctx)
    from cp_pricing.batch.job import Job

    book = read_price_book(price_book)
    settings = (out, errors, detail, time_limit, resume, plain_csv, decimal)
    job = read_or_exit(lambda: Job(book, requests, *settings))
    if summary is not None and str(summary) != "-":
        check_folder(ctx, "--summary", summary)
        refuse_overwriting([*job.written, summary], job.read)
    sys.exit(_done(job, _Settings(workers, engine, address, quiet, summary)))


def _done(job: Job, settings: _Settings) -> Exit:
    """Do the job, report it and return the exit status."""
    start = time.monotonic()
    outcome = _with_endings(lambda: _run(job, settings), job)
    seconds = time.monotonic() - start
    if not settings.quiet:
        show_outcome(job, outcome, seconds)
    if settings.summary is not None:
        how = {"engine": settings.engine, "workers": settings.workers}
        try:
            write_summary(settings.summary, job, outcome, seconds, how)
        except OSError as error:
            end_unwritten("the results are complete, but not the summary", error)
    if outcome.progress.failed:
        return Exit.FAILED_ON
    return Exit.UNKNOWN if outcome.progress.decisions["unknown"] else Exit.DECIDED


def _run(job: Job, settings: _Settings) -> Ended:
    from cp_pricing.batch.job import run
    from cp_pricing.intake.rows import Reader

    total = Reader(job.sources).total_bytes
    with BatchProgress(total, quiet=settings.quiet) as progress:
        return run(job, _engine(settings), progress.update)


def _engine(settings: _Settings) -> Engine:
    if settings.engine == "local":
        from cp_pricing.batch.job import local

        return local(settings.workers or 1)
    from cp_pricing.batch.on_ray import on_ray

    with needing_extras():
        return on_ray(settings.workers, settings.address)


def _kept(job: Job) -> str:
    """What there is of a run that has ended too early."""
    from cp_pricing.batch.unfinished import folder_of

    if not folder_of(job.out).is_dir():
        return "nothing was begun"
    return "what is done is kept: the same command with --resume goes on"


def _with_endings(work: Callable[[], T], job: Job) -> T:
    """What the work returns; faults and Ctrl-C end the program and say how to go on."""
    from constraints.text.source import InputError
    from cp_pricing.batch.private import BusyError
    from cp_pricing.workers import NoWorkersError

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work()
    except InputError as faults:
        fail(faults)
    except BusyError:
        say(f"error: another run is writing {job.out}")
        sys.exit(Exit.BAD_INPUT)
    except NoWorkersError as error:
        say(f"error: {error}")
        sys.exit(Exit.NOT_WRITTEN)
    except (OSError, MemoryError) as error:
        end_unwritten(_kept(job), error)
    except KeyboardInterrupt:
        say("", f"interrupted; {_kept(job)}")
        end_interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
