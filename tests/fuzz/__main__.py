"""`python -m tests.fuzz --cases 50000`: damaged price books, none of which may do harm."""

from __future__ import annotations

import difflib
import multiprocessing
import sys
import time
import traceback
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator

from tests.fuzz.command_line import command_line_outcome
from tests.fuzz.books import FILES, Oddity
from tests.fuzz.mutation import Case, case_of
from tests.fuzz.trial import Fault, Outcome, try_case

SHOWN = 3  # examples of each kind of fault
LINES = 14
PATIENCE = 300  # seconds; a worker that hangs outside of Python cannot tell


def _tried(seed: int) -> Outcome:
    try:
        outcome = try_case(case_of(seed))
        outcome.add(command_line_outcome(seed))
    except Exception as error:  # noqa: BLE001 - a fault of the fuzzer must not stop the others
        kind = f"the fuzzer itself: {type(error).__name__}"
        return Outcome(1, faults=[(seed, Fault(kind, traceback.format_exc()))])
    return outcome


def main() -> int:
    """Try the cases in parallel; exit status 1 if there is any fault."""
    parser = ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--show", action="store_true", help="show each case and its outcome")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.cases)
    if options.show:
        return _show(seeds)
    total, started = Outcome(), time.monotonic()
    with multiprocessing.Pool(options.workers) as pool:
        outcomes = pool.imap(_tried, seeds)
        for _ in seeds:
            total.add(outcomes.next(PATIENCE))
    seconds = time.monotonic() - started
    print("\n".join(_report(total)))
    print(f"{total.cases} cases in {seconds:.0f} s: {dict(sorted(total.kinds.items()))}")
    print(f"{len(total.faults)} faults")
    return 1 if total.faults else 0


def _report(total: Outcome) -> Iterator[str]:
    """The faults by kind, the most frequent first."""
    by_kind: dict[str, list[tuple[int, Fault]]] = defaultdict(list)
    for seed, fault in total.faults:
        by_kind[fault.kind].append((seed, fault))
    for kind, found in sorted(by_kind.items(), key=lambda item: -len(item[1])):
        yield f"=== {len(found)} x {kind}; seeds {[seed for seed, _ in found[:20]]}"
        for seed, fault in found[:SHOWN]:
            yield f"--- seed {seed}: {fault.detail}"
            yield from changes_shown(_smallest(seed, kind))


def _smallest(seed: int, kind: str) -> Case:
    """The case with one change alone, if that alone has a fault of the same kind."""
    case = case_of(seed)
    for place in range(len(case.changes)):
        alone = case_of(seed, place)
        if any(fault.kind == kind for _, fault in try_case(alone).faults):
            return alone
    return case


def changes_shown(case: Case) -> Iterator[str]:
    """What was done to a book: the changes by name and by line."""
    yield f"    {', '.join(case.changes)}"
    for name in FILES:
        before, after = case.original[name], case.book[name]
        if before != after:
            texts = [
                [content.value] if isinstance(content, Oddity) else str(content)[2:-1].split("\\n")
                for content in (before, after)
            ]
            lines = list(difflib.unified_diff(*texts, n=0, lineterm="", fromfile=name, tofile=name))
            yield from (f"    {line[:160]}" for line in lines[2:LINES])


def _show(seeds: range) -> int:
    for seed in seeds:
        case = case_of(seed)
        outcome = try_case(case)
        print(f"--- seed {seed}: {dict(outcome.kinds)}")
        print("\n".join(changes_shown(case)))
        for _, fault in outcome.faults:
            print(f"=== {fault.kind}\n{fault.detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
