"""Time of a request, stage by stage, beside a bare CP-SAT solve and scans of all prices.

    python benchmarks/solve.py [--quick]

All alternatives are run in turn, several times, in this one process; every answer is compared.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeAlias

from books import Size, write
from measuring import NOTHING, Samples, Timing, machine, milliseconds, now, options, ratio, table
from ortools.sat.python import cp_model_helper as cp_sat
from scans import PRICE, FloatOffer, Ladder, exact_scan, float_scan, price_grid

from constraints.cpsat.integer_model import IntegerModel, Literal
from constraints.cpsat.solving import (
    Infeasible,
    Objective,
    Response,
    Solution,
    Solver,
    model_text,
    parameters_for,
)
from cp_pricing import TuningRequest, load, solve
from cp_pricing.assembly import explained
from cp_pricing.decision import verdict
from cp_pricing.decision.ladder import Answer
from cp_pricing.decision.verdict import Verdict, decide
from cp_pricing.diagnosis.diagnosis import Why
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import Pricing

RULES = "rules"
STAGES = ("compile", "solve", "certify", "read back")
BARE, BARE_DEFAULT = "bare", "bare, default parameters"
FLOATS = "scan in floats"

# What CP-SAT found: its status and, if there is one, the value of the objective.
Found: TypeAlias = tuple[str, int | None]


class Calls(NamedTuple):
    """Models that CP-SAT was given, ready parsed, and what it found of each."""

    protos: list[cp_sat.CpModelProto]
    found: list[Found]


class Recorder(Solver):
    """The solver, its calls timed and, if asked for, kept as text with what came of them."""

    def __init__(self, *, keep: bool = False) -> None:
        super().__init__()
        self.keep = keep
        self.timing = NOTHING
        self._kept: list[tuple[str, Response]] = []

    @property
    def calls(self) -> Calls:
        """What it was asked, if that was kept."""
        protos = [cp_sat.CpModelProto() for _ in self._kept]
        for proto, (text, _) in zip(protos, self._kept, strict=True):
            proto.parse_text_format(text)
        outcomes = [outcome for _, outcome in self._kept]
        return Calls(protos, list(map(_outcome_found, protos, outcomes)))

    def solve(
        self,
        model: IntegerModel,
        objective: Objective | None = None,
        fixed: Mapping[Literal, bool] | None = None,
        assumptions: Sequence[Literal] = (),
        *,
        plainly: bool = False,
    ) -> Response:
        """As the solver does."""
        start = now()
        outcome = super().solve(model, objective, fixed, assumptions, plainly=plainly)
        self.timing += now() - start
        if self.keep:
            text = model_text(model, objective, fixed or {}, assumptions)
            self._kept.append((text, outcome))
        return outcome


@contextlib.contextmanager
def without_lines() -> Iterator[None]:
    """Every request by a CP-SAT model of all its rules, as where more than the price is open."""
    names = ("propose", "propose_near_miss")
    kept = {name: getattr(verdict, name) for name in names}
    for name in names:
        setattr(verdict, name, lambda *_: None)
    try:
        yield
    finally:
        for name in names:
            setattr(verdict, name, kept[name])


@dataclass
class Case:
    """A request, the models that CP-SAT was given for it and what the ladder came out as."""

    pricing: Pricing
    request: TuningRequest
    ladder: Ladder
    calls: Calls
    floats: FloatOffer

    def deal(self, solver: Solver | None = None) -> Deal:
        """The request, not yet compiled."""
        return Deal(self.pricing, self.request, solver or Solver())


def recorded(pricing: Pricing, request: TuningRequest) -> Case:
    """A request solved once, which warms all caches, with the models kept."""
    recorder = Recorder(keep=True)
    deal = Deal(pricing, request, recorder)
    with without_lines():
        ladder = ladder_of(deal, decide(deal))
    return Case(pricing, request, ladder, recorder.calls, FloatOffer(deal))


def ladder_of(deal: Deal, decided: Verdict) -> Ladder:
    """What each approval level chooses: the open fields and the price."""
    opened = [name for name in deal.space.chosen if name != PRICE]
    return tuple(
        {**{name: step.fields[name] for name in opened}, PRICE: step.price}
        if isinstance(step, Answer)
        else None
        for step in decided.steps
    )


def _outcome_found(proto: cp_sat.CpModelProto, outcome: Response) -> Found:
    if isinstance(outcome, Infeasible):
        return "INFEASIBLE", None
    if not isinstance(outcome, Solution):
        return "UNKNOWN", None
    objective = proto.objective
    terms = zip(objective.vars, objective.coeffs, strict=True)
    return "OPTIMAL", sum(c * outcome.values[v] for v, c in terms)


def run_ours(case: Case, samples: Samples) -> None:
    """One request by its stages: what is not the solver's in the search is the certificate's."""
    recorder = Recorder()
    start = now()
    deal = case.deal(recorder)
    for goal in deal.goals:
        deal.problem._scaled(goal)  # noqa: SLF001 - the search would do it, but it is compilation
    compiled = now()
    with without_lines():
        decision = decide(deal)
    decided = now()
    explained(deal, decision, Why(), 0.0)
    read = now()
    samples.add("compile", compiled - start)
    samples.add("solve", recorder.timing)
    samples.add("certify", decided - compiled - recorder.timing)
    samples.add("ours", decided - start)
    samples.add("read back", read - decided)
    if ladder_of(deal, decision) != case.ladder:
        raise SystemExit(f"{case.request.id}: a second solve has another answer")


def run_bare(calls: Calls, samples: Samples, name: str) -> list[Found]:
    """The same models given to CP-SAT, ready parsed; only its own time counts."""
    found, total = [], NOTHING
    for proto in calls.protos:
        wrapper = cp_sat.SolveWrapper()
        if name == BARE:
            wrapper.set_parameters(parameters_for(30.0, presolve=True))
        start = now()
        response = wrapper.solve(proto)
        total += now() - start
        status = response.status.name
        # A model without an objective has only solutions, none better than another.
        status = "OPTIMAL" if status == "FEASIBLE" and not proto.objective.vars else status
        # The objective is a double, though all its terms are whole numbers.
        found.append((status, round(response.objective_value) if status == "OPTIMAL" else None))
    samples.add(name, total)
    return found


class Agreement:
    """All comparisons made, and those that came out different."""

    def __init__(self) -> None:
        self.count = 0
        self.differences: list[str] = []
        self.known: list[str] = []

    def bare(self, size: Size, case: Case, name: str, found: list[Found]) -> None:
        """CP-SAT by itself proves the same optimum of every model.

        With default parameters it may not: see `Solver` for the propagator that is wrong.
        """
        self.count += len(found)
        kept = self.differences if name == BARE else self.known
        for mine, theirs in zip(case.calls.found, found, strict=True):
            if mine != theirs:
                kept.append(
                    f"{size.name}: {case.request.id}: {name}: {theirs} where ours is {mine}"
                )

    def exact(self, size: Size, case: Case, scanned: Ladder) -> None:
        """The exact scan of all ticks chooses the same at every level."""
        self.count += len(scanned)
        if scanned != case.ladder:
            self.differences.append(f"{size.name}: {case.request.id}: the exact scan differs")

    def floats(self, size: Size, case: Case, scanned: Ladder) -> None:
        """The scan in floats chooses the same, or rounding has spoilt it."""
        for level, (mine, theirs) in enumerate(zip(case.ladder, scanned, strict=True)):
            self.count += 1
            if mine != theirs:
                self.known.append(
                    f"{size.name}: {case.request.id}: {FLOATS}, level {level}:"
                    f" {_shown(theirs)} where the exact answer is {_shown(mine)}"
                )


def _shown(terms: Mapping[str, Fraction] | None) -> str:
    return f"{float(terms[PRICE]):.12g}" if terms else "no price"


@dataclass
class Row:
    """What one size took, in the mean over its requests."""

    size: Size
    requests: int
    timings: dict[str, Timing]
    ticks: int
    sampled: int


def measure(size: Size, repetitions: int, sample: int | None, agreement: Agreement) -> Row:
    """All alternatives on all requests of a size, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), size)
        samples = Samples()
        pricing, requests = samples.time("load", _loading(folder))
        for _ in range(2):
            samples.time("load", _loading(folder))
        wanted = [r for r in requests if not size.requests or r.id in size.requests]
        # A request outside its bounds is refused without a solve, and a price that is asked for is
        # only judged; there is nothing to compare.
        deals = [(r, Deal(pricing, r, Solver())) for r in wanted]
        cases = [recorded(pricing, r) for r, d in deals if not (d.violations or d.asks_price)]
    timings: dict[str, Timing] = {"load": samples.median("load")}
    ticks = sampled = 0
    for case in cases:
        ours = Samples()
        interleaved(case, ours, repetitions, agreement, size)
        for stage in (*STAGES, "ours", BARE, BARE_DEFAULT, FLOATS, RULES):
            timings[stage] = timings.get(stage, NOTHING) + ours.median(stage) / len(cases)
        taken, count, scanned = scan(case, size, sample, agreement)
        timings["exact scan"] = timings.get("exact scan", NOTHING) + taken / len(cases)
        ticks, sampled = ticks + count, sampled + scanned
    return Row(size, len(cases), timings, ticks // len(cases), sampled // len(cases))


def _loading(folder: Path) -> Callable[[], tuple[Pricing, tuple[TuningRequest, ...]]]:
    """Files to a price book that is ready to be solved, references and all."""

    def work() -> tuple[Pricing, tuple[TuningRequest, ...]]:
        price_book, requests = load(folder)
        pricing = Pricing(price_book)
        for request in requests:
            pricing.offer(request.configuration, request.profile)
        return pricing, requests

    return work


def interleaved(
    case: Case, samples: Samples, repetitions: int, agreement: Agreement, size: Size
) -> None:
    """Each alternative once in every repetition, so that a busy machine slows all of them."""
    price_book = case.pricing.price_book
    for repetition in range(repetitions):
        gc.collect()
        found = {name: run_bare(case.calls, samples, name) for name in (BARE, BARE_DEFAULT)}
        run_ours(case, samples)
        result = samples.time(RULES, lambda: solve(price_book, case.request))
        if [step.price for step in result.ladder] != [at and at[PRICE] for at in case.ladder]:
            raise SystemExit(f"{case.request.id}: lines have another answer")
        if not repetition:
            for name, outcomes in found.items():
                agreement.bare(size, case, name, outcomes)
        if repetition < 3:
            scanned = samples.time(FLOATS, lambda: float_scan(case.deal(), case.floats))
            if not repetition:
                agreement.floats(size, case, scanned)


def scan(
    case: Case, size: Size, sample: int | None, agreement: Agreement
) -> tuple[Timing, int, int]:
    """The exact scan's time for the whole grid, the number of ticks, and how many were tried.

    From a sample the time is extrapolated; with the answer among the sampled ticks, the best of
    the sample has to be the answer.
    """
    deal, prices = case.deal(), price_grid(case.deal())
    tried = prices
    if sample is not None and sample < len(prices):
        own = {terms[PRICE] for terms in case.ladder if terms}
        tried = sorted({*prices[:: -(-len(prices) // sample)], *(p for p in prices if p in own)})
    start = now()
    scanned = exact_scan(deal, tried)
    taken = now() - start
    agreement.exact(size, case, scanned)
    share = len(tried) / len(prices)
    return taken / share, len(prices), len(tried)


def report(rows: Sequence[Row], clock: str) -> str:
    """One table: ratios first, then milliseconds per request."""
    headings = [
        "price book",
        "rules / bare",
        "all rules in a model / bare",
        "default parameters / bare",
        "floats / ours",
        "exact scan / ours",
        "load, once",
        *STAGES,
        "ours",
        BARE,
        RULES,
    ]
    lines = []
    for row in rows:
        seconds = {name: getattr(timing, clock) for name, timing in row.timings.items()}
        mine = seconds["ours"]
        lines.append(
            [
                row.size.name,
                ratio(seconds[RULES], seconds[BARE]),
                ratio(mine, seconds[BARE]),
                ratio(seconds[BARE_DEFAULT], seconds[BARE]),
                ratio(seconds[FLOATS], mine),
                ratio(seconds["exact scan"], mine),
                *(milliseconds(seconds[name]) for name in ("load", *STAGES, "ours", BARE, RULES)),
            ]
        )
    return table(headings, lines)


def sizes(*, tiny: bool) -> list[Size]:
    """What is measured."""
    if tiny:
        return [Size("91", 10)]
    return [Size(), *(Size(t, n) for t in ("1,801", "1,000,001") for n in (10, 50, 200))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and end with status 1 if answers differ."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="sizes whose name has this, as `50 rules`")
    chosen = parser.parse_args(arguments)
    repetitions = 1 if chosen.tiny else 5 if chosen.quick else 15
    sample = 200 if chosen.quick else 2000
    print(machine())
    agreement = Agreement()
    rows = []
    for size in (size for size in sizes(tiny=chosen.tiny) if chosen.only in size.name):
        print(f"{size.name} ...", file=sys.stderr, flush=True)
        rows.append(measure(size, repetitions, sample, agreement))
    for clock, title in (("cpu", "Processor time"), ("wall", "Time by the clock")):
        print(f"\n{title}, milliseconds per request (mean over requests of medians)\n")
        print(report(rows, clock))
    tried = ", ".join(f"{row.sampled:,} of {row.ticks:,} ({row.size.name})" for row in rows)
    print(f"\nPrices that the exact scan tried in the mean, its time extrapolated: {tried}")
    print(
        f"{agreement.count} comparisons, {len(agreement.differences)} differences,"
        f" and {len(agreement.known)} of floats and of CP-SAT's default parameters"
    )
    for line in (*agreement.differences, *agreement.known):
        print(f"- {line}")
    return 1 if agreement.differences else 0


if __name__ == "__main__":
    sys.exit(main())
