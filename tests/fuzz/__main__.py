"""`python -m tests.fuzz --cases 50000`: damaged price books, none of which may do harm."""

from __future__ import annotations

import difflib
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from functools import partial

from tests.fuzz.books import FILES, Oddity
from tests.fuzz.command_line import command_line_outcome
from tests.fuzz.messages import Fault
from tests.fuzz.mutation import Case, case_of
from tests.fuzz.surroundings import surroundings_outcome
from tests.fuzz.tables import tables_outcome
from tests.fuzz.trial import Outcome, try_case
from tests.support.search import limit_memory, parser, say

SHOWN = 3  # examples of each kind of fault
LINES = 14
MEMORY = 4 << 30  # bytes
WIDTH = 160
PROGRESS = 1_000
OWN = "the fuzzer itself"
PATIENCE = 300  # seconds; a worker that hangs outside of Python cannot tell


def _tried(seed: int, *, rates: bool) -> Outcome:
    try:
        outcome = try_case(case_of(seed, rates=rates))
        outcome.add(command_line_outcome(seed, rates=rates))
        if not rates:  # what is around a book is the same for all
            outcome.add(surroundings_outcome(seed))
            outcome.add(tables_outcome(seed))
    except Exception as error:  # noqa: BLE001 - a fault of the fuzzer must not stop the others
        kind = f"{OWN}: {type(error).__name__}"
        return Outcome(1, faults=[(seed, Fault(kind, traceback.format_exc()))])
    return outcome


def main() -> int:
    """Try the cases in parallel; exit status 1 if there is any fault."""
    asked = parser("python -m tests.fuzz", __doc__, cases=50_000)
    asked.add_argument("--books", choices=("plain", "rates"), default="plain")
    asked.add_argument("--show", action="store_true", help="show each case and its outcome")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    rates = options.books == "rates"
    if options.show:
        return _show(seeds, rates=rates)
    total, started = Outcome(), time.monotonic()
    with multiprocessing.Pool(options.workers, limit_memory, (MEMORY,)) as pool:
        outcomes = pool.imap(partial(_tried, rates=rates), seeds)
        for _ in seeds:
            outcome = outcomes.next(PATIENCE)
            total.add(outcome)
            known = Counter(fault.kind for _, fault in total.faults)
            for line in _report(outcome, known, rates=rates):
                say(line)
            if total.cases % PROGRESS == 0:
                say(_summary(total, started))
    say(_summary(total, started))
    for kind, times in Counter(fault.kind for _, fault in total.faults).most_common():
        say(f"{times} x {kind}")
    return 1 if total.faults else 0


def _summary(total: Outcome, started: float) -> str:
    kinds = dict(sorted(total.kinds.items()))
    seconds = time.monotonic() - started
    return f"{total.cases} cases in {seconds:.0f} s: {kinds}; {len(total.faults)} faults"


def _report(outcome: Outcome, known: Counter[str], *, rates: bool) -> Iterator[str]:
    """The faults of a case, where their kind has not been shown often enough."""
    for seed, fault in outcome.faults:
        if known[fault.kind] <= SHOWN:
            yield f"=== seed {seed}: {fault.kind}"
            yield fault.detail
            if not fault.kind.startswith(OWN):
                yield from changes_shown(_smallest(seed, fault.kind, rates=rates))


def _smallest(seed: int, kind: str, *, rates: bool) -> Case:
    """The case with one change alone, if that alone has a fault of the same kind."""
    case = case_of(seed, rates=rates)
    for place in range(len(case.changes)):
        alone = case_of(seed, place, rates=rates)
        if any(fault.kind == kind for _, fault in try_case(alone).faults):
            return alone
    return case


def changes_shown(case: Case) -> Iterator[str]:
    """What was done to a book: the changes by name and by line."""
    yield f"    {', '.join(case.changes)}"
    for name in FILES:
        before, after = case.original[name], case.book[name]
        if before != after:
            lines = list(difflib.unified_diff(_lines(before), _lines(after), n=0, lineterm=""))
            yield f"    {name}:"
            yield from (f"    {line[:WIDTH]}" for line in lines[2:LINES])


def _lines(content: bytes | Oddity) -> list[str]:
    """The lines of a file, with escapes for what is not ASCII."""
    if isinstance(content, Oddity):
        return [content.value]
    return str(content)[2:-1].split("\\n")


def _show(seeds: range, *, rates: bool) -> int:
    for seed in seeds:
        case = case_of(seed, rates=rates)
        outcome = try_case(case)
        say(f"--- seed {seed}: {dict(outcome.kinds)}")
        say("\n".join(changes_shown(case)))
        for _, fault in outcome.faults:
            say(f"=== {fault.kind}\n{fault.detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
