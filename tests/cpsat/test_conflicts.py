"""The quick first conflict, against trying every point of a small grid."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints.cpsat.conflicts import Conflict, Conflicts
from constraints.cpsat.optimisation import Problem
from constraints.cpsat.solving import Infeasible, Solver, Unknown
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Expression, Value
from constraints.language.syntax import parse

SIDE = 5
GRID = Domain.grid(Fraction(0), Fraction(SIDE), Fraction(1))
POINTS = [{"x": Fraction(x), "y": Fraction(y)} for x in range(SIDE + 1) for y in range(SIDE + 1)]
ELSEWHERE = [{"x": Fraction(x, 2), "y": Fraction(y, 2)} for x in (-60, 5, 60) for y in (-60, 5, 60)]
SIDES = st.sampled_from(["x", "y", "x + y", "2 * x - y", "x * y"])
COMPARISONS = st.builds(
    "{} {} {}".format, SIDES, st.sampled_from(["<=", ">=", "==", "<"]), st.integers(0, 9)
)
TEXTS = st.one_of(
    COMPARISONS,
    st.builds("({}) or ({})".format, COMPARISONS, COMPARISONS),
    st.builds("({}) implies ({})".format, COMPARISONS, COMPARISONS),
)


def feasible(conditions: Mapping[str, Expression], names: tuple[str, ...]) -> bool:
    return any(all(Evaluator(p).truth(conditions[n]) for n in names) for p in POINTS)


def conflicts_of(texts: list[str], hard: int = 0, solver: Solver | None = None) -> Conflicts:
    conditions = {f"c{place}": parse(text) for place, text in enumerate(texts)}
    names = tuple(conditions)
    problem = Problem({"x": GRID, "y": GRID}, conditions, solver=solver)
    return Conflicts(problem, names[hard:], names[:hard])


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=7), hard=st.integers(0, 1))
def test_a_first_conflict_is_minimal_and_an_assignment_meets_all(
    texts: list[str], hard: int
) -> None:
    search = conflicts_of(texts, hard)
    conditions, kept = search.problem.conditions, tuple(search.hard)
    found = search.first()
    assert not isinstance(found, Unknown)
    if isinstance(found, Conflict):
        assert not feasible(conditions, (*kept, *found.members))
        assert found.witnesses.keys() == set(found.members)
        for name, witness in found.witnesses.items():
            rest = (*kept, *(other for other in found.members if other != name))
            assert all(Evaluator(witness).truth(conditions[other]) for other in rest)
    else:
        assert all(Evaluator(found).truth(condition) for condition in conditions.values())


def minimal_conflicts(conditions: Mapping[str, Expression]) -> set[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for size in range(1, len(conditions) + 1):
        for names in combinations(conditions, size):
            is_minimal = not any(set(less) < set(names) for less in found)
            if is_minimal and not feasible(conditions, names):
                found.append(names)
    return set(found)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6),
    known=st.lists(st.sampled_from([*POINTS, *ELSEWHERE]), max_size=3),
    further=st.lists(st.sampled_from([*POINTS, *ELSEWHERE]), max_size=5),
)
def test_what_is_known_beforehand_saves_searches_and_changes_nothing(
    texts: list[str], known: list[Mapping[str, Value]], further: list[Mapping[str, Value]]
) -> None:
    search, asked = conflicts_of(texts), list[int]()

    def tell() -> list[Mapping[str, Value]]:
        asked.append(1)
        return further

    search.known, search.further = known, tell
    found = search.diagnose()
    assert found.complete
    assert {one.members for one in found.conflicts} == minimal_conflicts(search.problem.conditions)
    assert len(asked) <= 1


class Hurried(Solver):
    """Its time is over after so many calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    @property
    def is_late(self) -> bool:
        return self.solves >= self.calls


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), calls=st.integers(0, 25))
def test_where_time_was_over_it_goes_on_when_there_is_more(texts: list[str], calls: int) -> None:
    solver = Hurried(calls)
    search = conflicts_of(texts, solver=solver)
    first = search.diagnose()
    every = minimal_conflicts(search.problem.conditions)
    assert {one.members for one in first.conflicts} <= every
    assert first.late is not first.complete
    solver.calls = 10_000
    found = search.diagnose()
    assert found.complete
    assert {one.members for one in found.conflicts} == every


@pytest.mark.parametrize("most", [SIDE, 100])
def test_a_second_proof_tries_all_where_there_are_few_and_believes_no_wrong_one(most: int) -> None:
    grid = Domain.grid(Fraction(0), Fraction(most), Fraction(1))
    conditions = {name: parse(text) for name, text in (("a", "x >= 3"), ("b", "x <= 2"))}
    problem = Problem({"x": grid}, conditions)
    assert problem.confirms(Infeasible(), ["a", "b"])
    assert not problem.confirms(Infeasible(), ["a"])
    assert (problem.solver.solves == 0) is (most == SIDE)


def test_the_search_for_a_first_conflict_leaves_the_solver_as_it_was() -> None:
    search = conflicts_of(["x >= 3", "y >= 0", "x <= 2"])
    found = search.first()
    assert isinstance(found, Conflict)
    assert found.members == ("c0", "c2")
    assert search.problem.solver.presolve is None


def test_a_wrong_core_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    search = conflicts_of(["x >= 3", "y >= 0", "x <= 2"])
    honest = Solver.solve

    def misleading(self, model, objective=None, fixed=None, assumptions=()):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if assumptions:
            return Infeasible((assumptions[1],))
        return honest(self, model, objective, fixed)

    monkeypatch.setattr(Solver, "solve", misleading)
    found = search.first()
    assert isinstance(found, Conflict)
    assert found.members == ("c0", "c2")


def test_without_time_there_is_neither_a_conflict_nor_an_assignment() -> None:
    search = conflicts_of(["x >= 3", "x <= 2"])
    assert isinstance(search.first(), Conflict)
    search.problem.solver.within(0)
    assert isinstance(search.first(), Unknown)


def test_values_in_witnesses_are_of_the_grid() -> None:
    found = conflicts_of(["x >= 3", "x <= 2"]).first()
    assert isinstance(found, Conflict)
    values: set[Value] = {witness["x"] for witness in found.witnesses.values()}
    assert values <= {Fraction(place) for place in range(SIDE + 1)}
