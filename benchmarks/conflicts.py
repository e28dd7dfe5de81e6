"""Time to explain conflicts, beside CPMpy's `mus`, `quickxplain`, `smus` and `marco`.

    python benchmarks/conflicts.py [--quick]

CPMpy takes part where it is installed: docs/performance.md shows how to set up an environment for
it. All run in turn in this one process on the same rules, and the sets found are compared, also
with those from trying every point of the grid.
"""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from books import certain_pilot
from measuring import Samples, machine, milliseconds, options, ratio, table
from rulesets import ALLOWANCES, PRICES, Inequality, Rule, Sets, minimal_conflicts, rules

from constraints.cpsat.conflicts import Conflict, Conflicts, Limits
from constraints.cpsat.optimisation import Problem
from constraints.language.domains import Domain
from constraints.language.expressions import (
    Arithmetic,
    Comparison,
    Expression,
    Junction,
    Name,
    Number,
)
from cp_pricing import solve

REJECTED = "small-team-high-included"
FIRST, ALL, PILOT = "first conflict", "all conflicts", "the rejected pilot request"
_UNLIMITED = Limits(conflicts=10_000, corrections=10_000, rounds=100_000)

Members: TypeAlias = frozenset[int]
# From a set of rules to some or all of its minimal conflicts, as sets of the rules' places.
Explainer: TypeAlias = Callable[[Sequence[Rule]], Sets]


def ours_first(made: Sequence[Rule]) -> Sets:
    """One conflict, proved twice, with witnesses that it is minimal."""
    found = _conflicts(made).first()
    return frozenset({_places(found.members)}) if isinstance(found, Conflict) else frozenset()


def ours_smallest(made: Sequence[Rule]) -> Sets:
    """The smallest conflict, before its second proof."""
    found = _conflicts(made)._next()  # noqa: SLF001 - it is what `diagnose` does first
    return frozenset() if isinstance(found, str) else frozenset({_places(found.names)})


def ours_all(made: Sequence[Rule]) -> Sets:
    """All conflicts, smallest first, each proved twice, with witnesses that it is minimal."""
    diagnosis = _conflicts(made).diagnose()
    if not diagnosis.complete:
        raise SystemExit(f"not all conflicts: {diagnosis.cut}")
    return frozenset(_places(conflict.members) for conflict in diagnosis.conflicts)


def _conflicts(made: Sequence[Rule]) -> Conflicts:
    bindings = {
        name: _domain(most) for name, most in (("price", PRICES), ("allowance", ALLOWANCES))
    }
    conditions = {str(place): _condition(rule) for place, rule in enumerate(made)}
    return Conflicts(Problem(bindings, conditions), tuple(conditions), (), _UNLIMITED)


def _places(names: Sequence[str]) -> Members:
    return frozenset(map(int, names))


def _domain(most: int) -> Domain:
    return Domain.grid(Fraction(0), Fraction(most), Fraction(1))


def _condition(rule: Rule) -> Expression:
    comparisons = tuple(_comparison(inequality) for inequality in rule.alternatives)
    return comparisons[0] if len(comparisons) == 1 else Junction("or", comparisons)


def _comparison(inequality: Inequality) -> Expression:
    price = _term(inequality.price, "price")
    allowance = _term(inequality.allowance, "allowance")
    sides = [side for side in (price, allowance) if side is not None]
    total = sides[0] if len(sides) == 1 else Arithmetic("+", sides[0], sides[1])
    return Comparison(">=", total, Number(Fraction(inequality.least)))


def _term(coefficient: int, name: str) -> Expression | None:
    if coefficient in {0, 1}:
        return Name(name) if coefficient else None
    return Arithmetic("*", Number(Fraction(coefficient)), Name(name))


def explainers() -> dict[str, tuple[str, Explainer]]:
    """All that take part, with what they find."""
    found: dict[str, tuple[str, Explainer]] = {
        "ours, first": (FIRST, ours_first),
        "ours, smallest": (FIRST, ours_smallest),
        "ours, all": (ALL, ours_all),
    }
    if importlib.util.find_spec("cpmpy"):
        # Another environment's package: see docs/performance.md.
        import peers  # noqa: PLC0415

        found |= {name: (FIRST, explain) for name, explain in peers.FIRST.items()}
        found |= {name: (ALL, explain) for name, explain in peers.ALL.items()}
    else:
        print("CPMpy is not installed here: ours is compared with trying every point only")
    return found


@dataclass
class Row:
    """What one number of rules took."""

    count: int
    conflicts: Sets
    samples: Samples = field(default_factory=Samples)
    differences: list[str] = field(default_factory=list)
    comparisons: int = 0

    def check(self, name: str, aim: str, found: Sets) -> None:
        """All conflicts must be the ones there are; a first one must be among them."""
        self.comparisons += 1
        right = found == self.conflicts if aim == ALL else found and found <= self.conflicts
        if name == "ours, smallest" or name.startswith("smus"):
            right = right and len(next(iter(found))) == min(map(len, self.conflicts))
        if not right:
            self.differences.append(
                f"{self.count} rules: {name} finds {sorted(map(sorted, found))}"
            )


def measure(count: int, repetitions: int, taking: dict[str, tuple[str, Explainer]]) -> Row:
    """All explainers on a set of rules, in turn; the first turn only warms up."""
    made = rules(count)
    row = Row(count, minimal_conflicts(made) or frozenset())
    for repetition in range(repetitions + 1):
        for name, (aim, explain) in taking.items():
            gc.collect()
            samples = row.samples if repetition else Samples()
            row.check(name, aim, samples.time(name, _explaining(explain, made)))
    return row


def _explaining(explain: Explainer, made: Sequence[Rule]) -> Callable[[], Sets]:
    return lambda: explain(made)


def report(rows: Sequence[Row], taking: dict[str, tuple[str, Explainer]], clock: str) -> str:
    """One table: how many times as long as ours, then milliseconds."""
    peers = [name for name in taking if not name.startswith("ours")]
    mine = {FIRST: "ours, first", ALL: "ours, all"}
    shown = [name for name in taking if name not in peers] + peers
    headings = ["rules", "conflicts", *(f"{name} / ours" for name in peers), *shown]
    lines = []
    for row in rows:
        seconds = {name: getattr(row.samples.median(name), clock) for name in taking}
        lines.append(
            [
                str(row.count),
                str(len(row.conflicts)),
                *(ratio(seconds[name], seconds[mine[taking[name][0]]]) for name in peers),
                *(milliseconds(seconds[name]) for name in shown),
            ]
        )
    return table(headings, lines)


def rejected_request(repetitions: int) -> str:
    """The whole explanation of the pilot's rejected request, with all caches warm."""
    price_book, requests = certain_pilot()
    request = next(request for request in requests if request.id == REJECTED)
    result = solve(price_book, request, detail="full")
    samples = Samples()
    for _ in range(repetitions):
        samples.time(PILOT, lambda: solve(price_book, request, detail="full"))
    taken = samples.median(PILOT)
    return (
        f"{PILOT} (`{REJECTED}`): {milliseconds(taken.cpu)} ms of processor time,"
        f" {milliseconds(taken.wall)} ms by the clock; {result.decision} with"
        f" {len(result.conflicts)} conflicts, {len(result.corrections)} corrections,"
        f" {len(result.counteroffers)} counteroffers, {len(result.policy_edits)} policy edits"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and end with status 1 if any sets differ."""
    chosen = options(__doc__.splitlines()[0]).parse_args(arguments)
    counts = [6] if chosen.tiny else [10, 25] if chosen.quick else [10, 25, 50, 100]
    repetitions = 1 if chosen.tiny else 3 if chosen.quick else 5
    print(machine())
    taking = explainers()
    rows = []
    for count in counts:
        print(f"{count} rules ...", file=sys.stderr, flush=True)
        rows.append(measure(count, repetitions, taking))
    for clock, title in (("cpu", "Processor time"), ("wall", "Time by the clock")):
        print(f"\n{title}, in milliseconds (medians)\n")
        print(report(rows, taking, clock))
    print(f"\n{rejected_request(2 * repetitions)}")
    differences = [line for row in rows for line in row.differences]
    print(f"\n{sum(row.comparisons for row in rows)} comparisons, {len(differences)} differences")
    for line in differences:
        print(f"- {line}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
