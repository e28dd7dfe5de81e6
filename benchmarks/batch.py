"""Batches: requests a second and core, beside bare CP-SAT, scans and MiniZinc; scaling; memory.

    python benchmarks/batch.py [--quick] [--requests N] [--memory N] [--ray]

All requests are of the pilot and have inputs that differ.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import minizinc_peer
from books import certain_pilot
from measuring import NOTHING, Samples, Timing, machine, milliseconds, now, options, ratio, table
from ortools.sat.python import cp_model_helper as cp_sat
from scans import FloatOffer, exact_scan, float_scan, price_grid
from solve import BARE, Calls, Found, Recorder, ladder_of, run_bare, without_lines

from constraints.cpsat.solving import parameters_for
from cp_pricing.batch.job import CHUNK_ROWS, Job, local, run
from cp_pricing.batch.solving import BatchWork
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.decision import verdict
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.intake.rows import Row
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.tuning import decisions
from cp_pricing.workers import collect_rarely

ROOT = Path(__file__).resolve().parent.parent
DETAILS: tuple[Detail, ...] = ("decision", "rules", "full")


def requests(count: int, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Requests of the pilot; no two have the same inputs, but for chance."""
    draw = random.Random(seed)
    for number in range(count):
        inputs = {
            "contract_duration_months": draw.choice([1, 6, 12, 24, 36]),
            "prepaid_amount": 100 * draw.randrange(61),
            "minimum_monthly_turnover": 10 * draw.randrange(101),
            "guaranteed_platform_fee": draw.randrange(501),
            "included_tokens": 500_000 * draw.randrange(81),
            "customer_funded_onboarding": draw.random() < 0.5,
            "reduced_cancellation_flexibility": draw.random() < 0.5,
        }
        yield {
            "id": f"r{number}",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": {name: value for name, value in inputs.items() if draw.random() < 0.6},
            "preference": draw.choice(["lower_usage_price", "seller_ltv"]),
            "approval_mode": draw.choice(["self_serve_only", "allow_approval"]),
        }


def write(path: Path, items: Iterator[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(item) + "\n")
    return path


# --- one core -------------------------------------------------------------------------------


@dataclass
class Core:
    """Processor time for each request by what was done, and for how many it was measured."""

    timings: dict[str, Timing]
    counts: dict[str, int]
    differences: int
    notes: list[str]

    def add(self, name: str, timing: Timing, count: int) -> None:
        self.timings[name] = self.timings.get(name, NOTHING) + timing / count
        self.counts[name] = count


def one_core(book: PriceBook, count: int, *, outside: bool) -> Core:
    """All alternatives on the same requests, one after the other; `outside` is MiniZinc."""
    core = Core({}, {}, 0, [])
    rows = [
        Row(number, "", number, 1, 1, json.dumps(item).encode())
        for number, item in enumerate(requests(count), start=1)
    ]
    collect_rarely()  # as a worker does
    context = book.on_sale
    asked = [
        TuningRequest.model_validate(json.loads(row.content), context=context)  # type: ignore[arg-type]
        for row in rows
    ]
    others = [
        Row(number, "", number, 1, 1, json.dumps(item).encode())
        for number, item in enumerate(requests(20, seed=6), start=1)
    ]
    many = [
        Row(number, "", number, 1, 1, json.dumps(item).encode())
        for number, item in enumerate(requests(10 * count, seed=7), start=1)
    ]
    _whole(book, "decision", others, many, core, "decision", CHUNK_ROWS["decision"])
    for detail in DETAILS[1:]:
        some = rows if detail != "full" else rows[: max(3, count // 40)]
        _whole(book, detail, others, some, core, detail, CHUNK_ROWS[detail])
    _whole(book, "decision", others, rows, core, "decision, one request a solve", 1)
    with without_lines():
        _whole(book, "decision", others, rows, core, "decision, rules as rows", 1)
    _peers(book, asked, core, outside=outside)
    return core


def _whole(  # noqa: PLR0913, PLR0917
    book: PriceBook,
    detail: Detail,
    others: Sequence[Row],
    rows: Sequence[Row],
    core: Core,
    name: str,
    size: int,
) -> None:
    """All that a worker does with rows, so many at a time, after some others."""
    solved = BatchWork(book, detail, 30.0, "jsonl", "jsonl").prepared()
    solved(others[:2] if detail == "full" else others)
    start = now()
    for first in range(0, len(rows), size):
        solved(rows[first : first + size])
    core.add(name, now() - start, len(rows))


def _peers(book: PriceBook, asked: Sequence[TuningRequest], core: Core, *, outside: bool) -> None:
    """Bare CP-SAT on the models of the brief decision, scans of all prices, and MiniZinc."""
    pricing = pricing_of(book)
    claims = [_brief_calls(book, [request]) for request in asked]
    together = [_brief_calls(book, asked[n : n + 100]) for n in range(0, len(asked), 100)]
    for name, some in (("bare, claims of each", claims), ("bare, claims of 100", together)):
        spent = NOTHING
        for calls in some:
            start = now()
            found = _bare_claims(calls)
            spent += now() - start
            core.differences += found != calls.found
        core.add(name, spent, len(asked))
    with without_lines():
        models = [made for request in asked if (made := _brief_calls(book, [request])).protos]
        alone = decisions(book, asked, 30.0)
    core.differences += sum(
        a != b for a, b in zip(alone, decisions(book, asked, 30.0), strict=True)
    )
    bare, count = NOTHING, 0
    for calls in models:
        start = now()
        found = run_bare(calls, Samples(), BARE)
        bare += now() - start
        count += len(found)
        core.differences += found != calls.found
    core.add(BARE, bare, len(asked))
    core.notes.append(f"{count / len(asked):.2f} CP-SAT calls for each request at `decision`")
    few = [Deal(pricing, request, Recorder()) for request in asked[: max(2, len(asked) // 40)]]
    _scans(few, core)
    if outside and minizinc_peer.available():
        _minizinc(models[: max(2, len(asked) // 40)], len(models) / len(asked), core)
    else:
        core.notes.append("MiniZinc is not installed, or was left out")


def _bare_claims(calls: Calls) -> list[Found]:
    """The models of claims with the parameters that they are solved with."""
    found: list[Found] = []
    for proto in calls.protos:
        wrapper, parameters = cp_sat.SolveWrapper(), parameters_for(30.0, presolve=False)
        parameters.linearization_level = 0
        wrapper.set_parameters(parameters)
        found.append((wrapper.solve(proto).status.name, None))
    return found


def _brief_calls(book: PriceBook, asked: Sequence[TuningRequest]) -> Calls:
    """The models that some decisions take, and what CP-SAT found."""
    recorder = Recorder(keep=True)
    deals = [Deal(pricing_of(book), request, recorder) for request in asked]
    verdict.decide_briefly(deals, recorder)
    return recorder.calls


def _scans(deals: Sequence[Deal], core: Core) -> None:
    """The exact scan on every fortieth price, extrapolated, and the scan in floats."""
    exact, floats, wrong = NOTHING, NOTHING, 0
    for deal in deals:
        prices = price_grid(deal)
        start = now()
        exact_scan(deal, prices[::40])
        exact += (now() - start) / (len(prices[::40]) / len(prices))
        offer = FloatOffer(deal)
        start = now()
        scanned = float_scan(deal, offer)
        floats += now() - start
        decided = verdict.decide(Deal(deal.pricing, deal.request, Recorder()))
        wrong += not deal.violations and scanned != ladder_of(deal, decided)
    core.add("exact scan", exact, len(deals))
    core.add("scan in floats", floats, len(deals))
    core.notes.append(
        f"the scan in floats differs from the exact answer for {wrong} of {len(deals)}"
    )


def _minizinc(models: Sequence[Calls], share: float, core: Core) -> None:
    """MiniZinc's own times for the same models; those beyond its time limit count as that."""
    flattening = solving = 0.0
    ends: dict[str, int] = {}
    for calls in models:
        for proto, found in zip(calls.protos, calls.found, strict=True):
            theirs = minizinc_peer.solved(proto)
            flattening += theirs.flattening
            solving += theirs.solving
            same = theirs.status == found[0] and (
                found[1] is None
                or (
                    theirs.objective is not None
                    and abs(theirs.objective - found[1]) <= 1e-6 * abs(found[1])
                )
            )
            end = theirs.status if same or theirs.status == "UNKNOWN" else "another answer"
            ends[end] = ends.get(end, 0) + 1
    count = len(models)
    # Only some requests take a solve at all, and these are from among them.
    for name, seconds in (("flattening", flattening), ("solving with Gecode", solving)):
        core.add(f"MiniZinc, {name}", Timing(seconds, seconds) / (1 / share), count)
    core.notes.append(f"MiniZinc's models ended: {ends}")


def show_core(core: Core) -> None:
    base = core.timings["decision"].cpu
    rows = [
        [
            name,
            f"{core.counts[name]:,}",
            milliseconds(timing.cpu),
            f"{1 / timing.cpu:,.1f}" if timing.cpu else "-",
            ratio(timing.cpu, core.timings[BARE].cpu),
            ratio(timing.cpu, base),
        ]
        for name, timing in core.timings.items()
    ]
    heads = ["", "requests", "ms", "per second and core", "/ bare", "/ decision"]
    print(table(heads, rows))
    for note in core.notes:
        print(f"- {note}")


# --- scaling and memory ---------------------------------------------------------------------


def scaling(book: PriceBook, count: int, folder: Path, *, ray: bool) -> None:
    """Whole runs, starting the workers included, and the rate without that."""
    asked = write(folder / "asked.jsonl", requests(count))
    few = write(folder / "few.jsonl", requests(2))
    engines = {f"{n} worker{'s' * (n > 1)}": local(n) for n in (1, 2)}
    if ray:
        from cp_pricing.batch.on_ray import on_ray  # noqa: PLC0415 - an extra

        engines |= {f"Ray, {n} CPU{'s' * (n > 1)}": on_ray(n) for n in (1, 2)}
    rows, first, contents = [], 0.0, set()
    for name, engine in engines.items():
        seconds = []
        for given in (few, asked):
            out = folder / "o.jsonl"
            start = time.perf_counter()
            run(Job(book, str(given), out, None, "decision"), engine)
            seconds.append(time.perf_counter() - start)
        contents.add(out.read_bytes())
        rate = (count - 2) / (seconds[1] - seconds[0])
        first = first or rate
        rows.append(
            [name, f"{seconds[0]:.1f}", f"{seconds[1]:.1f}", f"{rate:,.0f}", ratio(rate, first)]
        )
    print(table(["", "s for 2", f"s for {count:,}", "per second after start", "/ 1 worker"], rows))
    print(f"- {'the same bytes' if len(contents) == 1 else 'DIFFERENT BYTES'} from all of them")


def memory(counts: Sequence[int], folder: Path) -> None:
    """The most that a run's processes held at once, at the level `decision`."""
    rows = []
    for count in counts:
        asked = write(folder / "many.jsonl", requests(count))
        start = time.perf_counter()
        most = _peak(asked, folder / "many.csv")
        seconds = time.perf_counter() - start
        sizes = [f"{size / 2**20:,.0f}" for size in most]
        rows.append([f"{count:,}", *sizes, f"{seconds:,.0f}", f"{count / seconds:,.0f}"])
    print(table(["requests", "MiB, parent", "MiB, worker", "s", "per second"], rows))


def _peak(asked: Path, out: Path) -> tuple[int, int]:
    code = "from cli.main import main; main(prog_name='cp-pricing')"
    arguments = ["--requests", str(asked), "--out", str(out), "--detail", "decision"]
    command = [sys.executable, "-c", code, "batch", *arguments, "--workers", "1", "--quiet"]
    process = subprocess.Popen(  # noqa: S603 - this very program
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    parent = worker = 0
    while process.poll() is None:
        parent = max(parent, _resident(process.pid))
        worker = max([worker, *map(_resident, _children(process.pid))])
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"a run ended with status {process.returncode}")
    return parent, worker


def _resident(process_id: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _children(process_id: int) -> list[int]:
    with contextlib.suppress(OSError):
        path = Path(f"/proc/{process_id}/task/{process_id}/children")
        return [int(child) for child in path.read_text(encoding="ascii").split()]
    return []


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--memory", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--ray", action="store_true", help="scaling over Ray as well")
    parser.add_argument("--only", choices=["core", "scaling", "memory"])
    asked = parser.parse_args()
    count = 12 if asked.tiny else 100 if asked.quick else asked.requests
    sizes = [200, 400] if asked.tiny else asked.memory
    print(machine(), flush=True)
    book = certain_pilot()[0]
    differences = 0
    if asked.only in {None, "core"}:
        core = one_core(book, count, outside=not asked.tiny)
        show_core(core)
        differences = core.differences
        print(f"{count:,} comparisons, {differences} differences\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if asked.only in {None, "scaling"}:
            scaling(book, 5 * count if asked.tiny else 100 * count, Path(folder), ray=asked.ray)
            print(flush=True)
        if asked.only in {None, "memory"}:
            memory(sizes, Path(folder))
    sys.exit(differences > 0)


if __name__ == "__main__":
    main()
