"""Claims are proved exactly where they are true, in one solve if all are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat.solving import Infeasible, Solver
from constraints.lines.claims import Claim, proved
from constraints.lines.piecewise import either, within

LAST = 9
sets = st.sets(st.integers(0, LAST)).map(lambda s: either((), tuple((k, k) for k in s)))
some = st.lists(sets, max_size=4).map(tuple)
claims = st.builds(Claim, st.just(LAST), some, some, st.integers(0, 5))


def _is_true(claim: Claim) -> bool:
    return not any(
        all(within(ranges, k) for ranges in claim.sets)
        and sum(within(ranges, k) for ranges in claim.others) >= claim.least
        for k in range(LAST + 1)
    )


@given(found=st.lists(claims, min_size=1, max_size=6))
def test_just_the_true_claims_are_proved(found: list[Claim]) -> None:
    solver, true = Solver(), [_is_true(claim) for claim in found]
    assert list(proved(found, solver)) == true
    assert solver.solves == (1 if all(true) or len(found) == 1 else 1 + len(found))


def test_nothing_is_proved_without_time() -> None:
    claim = Claim(LAST, (((0, 3),), ((5, 9),)))
    assert list(proved([claim], Solver())) == [True]
    assert list(proved([claim], Solver(seconds=0))) == [False]


def test_a_solver_that_proves_what_is_not_so_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true, false = Claim(LAST, (((0, 3),), ((5, 9),))), Claim(LAST, (((0, 5),), ((5, 9),)))
    monkeypatch.setattr(Solver, "solve", lambda *_, **__: Infeasible())
    assert list(proved([true, false], Solver())) == [True, False]


def test_an_index_too_large_for_the_solver_is_not_proved_and_spoils_no_other() -> None:
    claim = Claim(LAST, (((0, 3),), ((5, 9),)))
    assert list(proved([claim, claim._replace(last=10**30)], Solver())) == [True, False]


def test_no_claims_take_no_solve() -> None:
    solver = Solver()
    assert list(proved([], solver)) == []
    assert solver.solves == 0
