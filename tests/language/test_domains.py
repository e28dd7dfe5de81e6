"""Large grids are told by ranges, and hold the same numbers as if they were listed."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.language import domains
from constraints.language.domains import Domain, Spread
from constraints.language.expressions import Comparison, Name, Number

NUMBERS = st.integers(-12, 12).map(lambda n: Fraction(n, 2))
GRIDS = st.builds(
    lambda low, step, count: Domain(low, step, range(count)),
    NUMBERS,
    st.integers(1, 7).map(lambda n: Fraction(n, 2)),
    st.integers(1, 12),
)


@pytest.fixture(autouse=True)
def nothing_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "LISTED", 0)


@st.composite
def spreads(draw: st.DrawFn) -> Domain:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domains, "LISTED", 0)
        return draw(GRIDS).and_also(draw(NUMBERS))


DOMAINS = st.one_of(GRIDS, spreads())


@given(DOMAINS, DOMAINS)
def test_what_two_domains_share_and_what_they_do_not(one: Domain, other: Domain) -> None:
    mine, theirs = set(one.values()), set(other.values())
    shared = one.common(other)
    assert (set(shared.values()) if shared else set()) == mine & theirs
    rest = list(chain.from_iterable(part.values() for part in one.apart(other)))
    assert sorted(rest) == sorted(mine - theirs)


@given(GRIDS, NUMBERS)
def test_a_grid_and_another_number(grid: Domain, value: Fraction) -> None:
    both = grid.and_also(value)
    assert list(both.values()) == sorted({*grid.values(), value})
    assert all(number in both for number in both.values())
    assert [both.indices[place] for place in range(len(both))] == list(both.indices)
    assert list(both.indices[1:-1]) == list(both.indices)[1:-1]


@given(spreads())
def test_a_solver_chooses_every_number_of_a_spread_and_no_other(domain: Domain) -> None:
    chosen = []
    bindings, below = {"x": domain}, Fraction(1000)
    while True:
        conditions = {"less": Comparison("<", Name("x"), Number(below))}
        best = Problem(bindings, conditions).best(["less"], (Goal(Name("x"), maximise=True),))
        if not isinstance(best, Optimal):
            break
        below = best.goals[0]
        chosen.append(below)
    assert chosen == sorted(domain.values(), reverse=True)


def test_huge_grids_take_no_room() -> None:
    old = Domain(Fraction(0), Fraction(1), range(10**15))
    new = Domain(Fraction(0), Fraction(3), range(10**15))
    (one, two, beyond) = (*old.apart(new), *old.apart(old.and_also(Fraction(1, 2))), None)
    assert [len(one), len(two), beyond] == [(10**15 - 1) // 3, (10**15 - 1) // 3, None]
    assert isinstance(old.and_also(Fraction(1, 2)).indices, Spread)
    assert len(old.and_also(Fraction(1, 2))) == 10**15 + 1


def test_grids_that_python_cannot_count_have_a_count() -> None:
    many = Domain.grid(Fraction(0), Fraction(10**20), Fraction(1))
    with_half = many.and_also(Fraction(1, 2))
    assert (many.count, with_half.count) == (10**20 + 1, 10**20 + 2)
    assert many.common(Domain.grid(Fraction(0), Fraction(10**20), Fraction(3))) is not None
    assert Domain.of([Fraction(1), Fraction(5)]).count == 2
