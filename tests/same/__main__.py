"""`python -m tests.same --before OTHER`: all commands in two checkouts, which must do the same."""

from __future__ import annotations

import multiprocessing
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

from tests.same.checkout import Checkout, WrongCheckoutError
from tests.same.compare import Comparison, Tally
from tests.same.plan import answers, trials
from tests.same.report import by_command, kinds, news, summary
from tests.same.trials import Trial
from tests.support.places import ROOT

REPORTED = 25  # trials


def main() -> int:
    """Try everything in both checkouts; exit status 1 if there is any difference."""
    options = _options()
    comparison = Comparison(
        options.before.resolve(), ROOT, _folder(options.keep), tuple(options.new_key)
    )
    try:
        for root in (comparison.before, comparison.after):
            Checkout(root).end()
    except WrongCheckoutError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    total, started = Tally(), time.monotonic()
    chosen = (trial for trial in _trials(options) if options.only in trial.name)
    with multiprocessing.Pool(options.jobs) as pool:
        for tally in pool.imap_unordered(comparison.tally, chosen):
            _say(*news(tally, total))
            total.add(tally)
            if total.trials % REPORTED == 0:
                _say(summary(total, started))
    _say(*kinds(total), *by_command(total), summary(total, started))
    if not total.differences:
        comparison.folder.rmdir()
    return 1 if total.differences else 0


def _trials(options: Namespace) -> Iterator[Trial]:
    first = options.first
    if options.requests is None:
        return trials(range(first, first + options.books))
    return answers(options.before, range(first, first + options.requests))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.same", description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="the other checkout")
    parser.add_argument("--books", type=int, default=300, help="how many random price books")
    parser.add_argument("--requests", type=int, help="nothing but so many random requests' answers")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="how many trials at a time")
    parser.add_argument("--only", default="", metavar="TEXT", help="trials with this in their name")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where books that differ stay")
    parser.add_argument("--new-key", action="append", default=[], metavar="KEY", help="new in JSON")
    return parser.parse_args()


def _folder(given: Path | None) -> Path:
    """An empty folder for the trials."""
    if given is None:
        return Path(mkdtemp(prefix="same-"))
    given.mkdir(parents=True)
    return given.resolve()


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
