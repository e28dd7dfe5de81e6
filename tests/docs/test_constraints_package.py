"""docs/constraints-package.md: its blocks run, and its answers are those of plain enumeration."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

import constraints
from constraints.cpsat.optimisation import Goal, Optimal, Problem, Result
from constraints.cpsat.solving import Infeasible
from tests.support.places import ROOT

PAGE = (ROOT / "docs" / "constraints-package.md").read_text("utf-8")
_BLOCK = r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?"
BLOCKS = re.findall(_BLOCK, PAGE, re.DOTALL | re.MULTILINE)
MINUTES = {12: 20, 15: 22, 18: 26, 20: 30, 24: 38}
USUAL = ("orders", "flour", "overtime", "oven", "full-trays")


@pytest.fixture(scope="module", name="page")
def _page() -> tuple[dict[str, Any], list[str]]:
    """The names that the page's blocks leave behind, and what each of them printed."""
    names: dict[str, Any] = {}
    printed = []
    for code, _ in BLOCKS:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(compile(code, "docs/constraints-package.md", "exec"), names)  # noqa: S102 - ours
        printed.append(output.getvalue())
    return names, printed


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_a_block_prints_what_the_page_says(
    place: int, page: tuple[dict[str, Any], list[str]]
) -> None:
    assert page[1][place].rstrip() == BLOCKS[place][1].rstrip()


def test_every_block_of_the_page_is_run() -> None:
    assert len(BLOCKS) == PAGE.count("```python") >= 8
    assert sum(bool(text) for _, text in BLOCKS) == PAGE.count("```text") >= 6


@dataclass(frozen=True)
class Morning:
    """One way to fill the oven, worked out without the package."""

    trays: int
    rolls_per_tray: int
    wholemeal: bool

    @property
    def rolls(self) -> int:
        return self.trays * self.rolls_per_tray

    @property
    def oven_minutes(self) -> int:
        return self.trays * MINUTES[self.rolls_per_tray]

    @property
    def overtime(self) -> int:
        return max(0, (95 if self.wholemeal else 40) + self.oven_minutes - 480)

    def meets(self, name: str) -> bool:
        return {
            "orders": self.rolls >= 300,
            "flour": self.rolls * (62 if self.wholemeal else 55) <= 20_000,
            "overtime": self.overtime <= 30,
            "oven": 2 * self.oven_minutes <= 3 * self.rolls,
            "full-trays": self.rolls_per_tray < 20 or self.overtime == 0,
            "wholemeal": self.wholemeal,
        }[name]


NAMES = (*USUAL, "wholemeal")
MORNINGS = list(itertools.starmap(Morning, itertools.product(range(1, 25), MINUTES, (True, False))))


def _subsets() -> Iterator[tuple[str, ...]]:
    for size in range(len(NAMES) + 1):
        yield from itertools.combinations(NAMES, size)


def _is(result: Result, goals: tuple[int, int] | None) -> bool:
    if goals is None:
        return isinstance(result, Infeasible)
    return isinstance(result, Optimal) and result.goals == tuple(map(Fraction, goals))


def _most_rolls(mornings: list[Morning]) -> tuple[int, int] | None:
    found = min(((-one.rolls, one.overtime) for one in mornings), default=None)
    return found and (-found[0], found[1])


def _least_overtime(mornings: list[Morning]) -> tuple[int, int] | None:
    found = min(((one.overtime, -one.rolls) for one in mornings), default=None)
    return found and (found[0], -found[1])


@pytest.mark.parametrize("names", list(_subsets()), ids=" ".join)
def test_the_optimum_under_any_conditions_is_that_of_enumeration(
    names: tuple[str, ...], page: tuple[dict[str, Any], list[str]]
) -> None:
    problem: Problem = page[0]["problem"]
    rolls: Goal = page[0]["most_rolls"]
    overtime: Goal = page[0]["least_overtime"]
    fitting = [morning for morning in MORNINGS if all(map(morning.meets, names))]
    assert _is(problem.best(names, [rolls, overtime]), _most_rolls(fitting))
    assert _is(problem.best(names, [overtime, rolls]), _least_overtime(fitting))


def test_soft_conditions_are_met_as_often_as_enumeration_finds(
    page: tuple[dict[str, Any], list[str]],
) -> None:
    result = page[0]["problem"].best(["wholemeal"], [page[0]["most_rolls"]], soft=USUAL)
    met, rolls = max(
        (sum(map(morning.meets, USUAL)), morning.rolls) for morning in MORNINGS if morning.wholemeal
    )
    morning = Morning(
        int(result.assignment["trays"]),
        int(result.assignment["rolls_per_tray"]),
        result.assignment["wholemeal"],
    )
    assert (sum(map(morning.meets, USUAL)), morning.rolls) == (met, rolls)
    assert result.goals == (Fraction(rolls),)


def test_the_conflicts_are_the_minimal_infeasible_sets_of_enumeration(
    page: tuple[dict[str, Any], list[str]],
) -> None:
    infeasible = [
        set(names)
        for names in _subsets()
        if not any(all(map(morning.meets, names)) for morning in MORNINGS)
    ]
    minimal = [names for names in infeasible if not any(other < names for other in infeasible)]
    place = next(place for place, (code, _) in enumerate(BLOCKS) if "Conflicts(" in code)
    assert [set(line.split()) for line in page[1][place].splitlines()] == minimal


def _loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_neither_parser_nor_solver() -> None:
    assert not _loaded_after("import constraints") & {
        "lark",
        "ortools",
        "constraints.language.syntax",
    }


def test_building_a_problem_does_not_load_the_solver() -> None:
    code = (
        "from fractions import Fraction\n"
        "from constraints import Domain, Problem, parse\n"
        "x = Domain.grid(Fraction(0), Fraction(3), Fraction(1))\n"
        "Problem({'x': x}, {'c': parse('x >= 1')})"
    )
    loaded = _loaded_after(code)
    assert "lark" in loaded
    assert "ortools" not in loaded


def test_every_public_name_is_there_and_no_other() -> None:
    assert constraints.__all__ == sorted(constraints._HOMES)
    for name in constraints.__all__:
        assert getattr(constraints, name).__module__ == constraints._HOMES[name]
    with pytest.raises(AttributeError, match="has no attribute `Solve`"):
        _ = constraints.Solve
