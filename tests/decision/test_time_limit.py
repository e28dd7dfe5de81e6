"""Whatever the time limit cuts, nothing is said that a longer search would not say."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from constraints.cpsat.conflicts import Conflicts
from constraints.cpsat.integer_model import IntegerModel
from constraints.cpsat.solving import Solution, Solver, Unknown
from cp_pricing import TuningResult, solve
from cp_pricing.diagnosis.counteroffers import Counteroffers
from tests.support.books import pilot
from tests.support.explained import requests, result

REASON = "the solver's time limit was reached before a proof"
# Not the counteroffers: of fewer, fewer are dominated by another.
LISTS = (
    "blocking_sets",
    "conflicts",
    "corrections",
    "policy_edits",
    "trade_offs",
)
EVERY = 7  # calls between two cuts


def cut_results(patch: pytest.MonkeyPatch, request_id: str) -> Iterator[TuningResult]:
    """The results of a request with 0, 7, 14 ... calls of the solver, until these suffice."""
    whole = Solver._solved
    allowed = 0
    while True:
        made = 0

        def solved(self, *rest, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202
            nonlocal made
            made += 1
            return whole(self, *rest, **more) if made <= allowed else Unknown(REASON)  # noqa: B023

        with patch.context() as patched:
            patched.setattr(Solver, "_solved", solved)
            found = solve(pilot(), requests()[request_id], detail="full")
        if made <= allowed:
            return
        yield found
        allowed += EVERY


# Without any call it is decided what fails whatever the price is.
@pytest.mark.parametrize(
    ("request_id", "at_once"),
    [
        ("small-team-lower-price", "unknown"),
        ("small-team-high-included", "rejected"),
        ("small-team-seller-ltv", "unknown"),
    ],
)
def test_a_cut_reading_claims_nothing_that_the_whole_one_does_not(
    monkeypatch: pytest.MonkeyPatch, request_id: str, at_once: str
) -> None:
    whole = result(request_id)
    decisions = []
    for found in cut_results(monkeypatch, request_id):
        decisions.append(found.decision)
        if found.decision == "unknown":
            assert REASON in found.reason
            continue
        assert found.decision == whole.decision
        assert found.configuration == whole.configuration
        for name in LISTS:
            extra = [each for each in getattr(found, name) if each not in getattr(whole, name)]
            assert not extra, name
        for rule, known in zip(found.rules, whole.rules, strict=False):
            assert rule.relief in {None, known.relief}
            assert rule.next_step in {None, known.next_step}
            assert rule.status in {"undecided", known.status}
        assert found.near_miss is None or found.completeness.note
        claims = ("no price at all", "there would be none", "no counteroffer")
        assert [
            text for text in claims if text in found.explanation and text not in whole.explanation
        ] == []
    assert decisions[0] == at_once
    assert whole.decision in decisions


def test_conflicts_that_take_long_leave_time_for_counteroffers_and_go_on_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, find, searches = result("small-team-high-included"), Conflicts._find, list[Conflicts]()

    def slow(self: Conflicts) -> str:
        searches.append(self)
        if len(searches) > 1:
            return find(self)
        while not self.problem.solver.is_late:
            time.sleep(0.01)
        return "it took too long"

    monkeypatch.setattr(Conflicts, "_find", slow)
    asked = requests()["small-team-high-included"]
    found = solve(pilot(), asked, detail="full", time_limit=4)
    assert searches == searches[:1] * 2
    but = {"provenance": {"seconds"}}
    assert found.model_dump(exclude=but) == whole.model_dump(exclude=but)
    assert found.counteroffers


def test_counteroffers_that_were_cut_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counteroffers, "nearest", lambda _: ((), REASON))
    found = solve(pilot(), requests()["small-team-high-included"], detail="full")
    assert found.completeness.note == f"counteroffers may be missing: {REASON}"


def test_a_time_limit_is_for_all_calls_together() -> None:
    found = solve(pilot(), requests()["small-team-lower-price"], time_limit=1e-9)
    assert found.decision == "unknown"
    assert found.reason == f"not decided: {REASON}"


def test_no_call_outlasts_the_time_that_all_calls_have() -> None:
    solver = Solver(seconds=30)
    model = IntegerModel()
    model.boolean()
    assert isinstance(solver.solve(model), Solution)
    solver.within(0)
    assert solver.solve(model) == Unknown(REASON)
    assert (solver.solves, solver.unproved) == (1, 1)
