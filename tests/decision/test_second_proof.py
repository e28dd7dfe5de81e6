"""What one proof says and another refutes is unknown, and a near miss that is missing is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pytest
from click.testing import CliRunner

from cli.main import main
from constraints.cpsat.integer_model import IntegerModel, Literal
from constraints.cpsat.solving import (
    Infeasible,
    Objective,
    Response,
    Solution,
    Solver,
    Unknown,
)
from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.decision import ladder, verdict
from cp_pricing.decision.ladder import Steps
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.model.deal import Deal
from tests.support.books import pilot
from tests.support.explained import requests
from tests.support.places import ROOT

DATA = ROOT / "tests" / "data"
CONTRADICTION = "two proofs of the best terms contradict each other, which is a fault to report"
LATE = "the solver's time limit was reached before a proof"
_solved = Solver._solved
_climb = ladder.climb
_near_miss = verdict._near_miss
Lie: TypeAlias = Callable[..., Response]


def _nothing(*_: object, **__: object) -> Response:
    return Infeasible()


def _no_claim(*_: object, plainly: bool, **__: object) -> Response:
    # Where a model of claims has a solution, one of them is not so.
    return Solution(()) if plainly else Infeasible()


def _worst(
    solver: Solver,
    model: IntegerModel,
    objective: Objective | None,
    fixed: Mapping[Literal, bool],
    assumptions: Sequence[Literal],
    *,
    plainly: bool,
) -> Response:
    if objective is not None:
        worse = tuple(-coefficient for coefficient in objective.coefficients)
        objective = Objective(objective.variables, worse)
    return _solved(solver, model, objective, fixed, assumptions, plainly=plainly)


def _open_fields() -> tuple[PriceBook, dict[str, TuningRequest]]:
    book = load_price_book(DATA / "open_fields")
    return book, {request.id: request for request in load_requests(book)}


def _lying_ladder(patch: pytest.MonkeyPatch, lie: Lie) -> None:
    """Let the solver lie while the ladder is climbed, and then no more."""

    def climb(deal: Deal, highest: int, opened: Steps = ()) -> Steps:
        with patch.context() as lying:
            lying.setattr(Solver, "_solved", lie)
            return _climb(deal, highest, opened)

    patch.setattr(verdict, "climb", climb)


def test_a_solver_that_proves_no_claim_is_refuted_by_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "_solved", _no_claim)
    found = solve(pilot(), requests()["small-team-lower-price"])
    assert (found.decision, found.configuration) == ("unknown", None)
    assert found.reason == f"not decided: {CONTRADICTION}"


@pytest.mark.parametrize(
    ("request_id", "lie"),
    [
        ("small-team-lower-price", _nothing),
        ("small-team-lower-price", _worst),
        ("small-team-seller-ltv", _nothing),
        ("scale-up-annual-prepaid", _worst),
    ],
)
def test_lines_refute_a_model_of_all_rules_that_is_solved_wrongly(
    monkeypatch: pytest.MonkeyPatch, request_id: str, lie: Lie
) -> None:
    monkeypatch.setattr(verdict, "_holding", lambda proposals, _: [None] * len(proposals))
    monkeypatch.setattr(Solver, "_solved", lie)
    found = solve(pilot(), requests()[request_id])
    assert (found.decision, found.configuration) == ("unknown", None)
    assert found.reason == f"not decided: {CONTRADICTION}"
    assert {step.status for step in found.ladder} == {"unknown"}


@pytest.mark.parametrize("detail", ["rules", "full"])
def test_a_near_miss_that_breaks_nothing_refutes_a_rejection(
    monkeypatch: pytest.MonkeyPatch, detail: Detail
) -> None:
    book, asked = _open_fields()
    assert solve(book, asked["q1"]).decision == "accepted"
    _lying_ladder(monkeypatch, _nothing)
    assert solve(book, asked["q1"], detail=detail).reason == f"not decided: {CONTRADICTION}"


def test_better_terms_refute_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    book, asked = _open_fields()
    _lying_ladder(monkeypatch, _worst)
    found = solve(book, asked["q2"], detail="full")
    assert (found.decision, found.configuration) == ("unknown", None)
    assert found.reason == f"not decided: {CONTRADICTION}"
    assert (found.blocking_sets, found.rules) == ((), ())


def test_terms_within_all_limits_refute_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    book, asked = _open_fields()
    _lying_ladder(monkeypatch, _nothing)
    monkeypatch.setattr(verdict, "_near_miss", lambda _: Unknown(LATE))
    found = solve(book, asked["q1"], detail="full")
    assert found.reason == f"not decided: {CONTRADICTION}"
    assert found.conflicts == ()


@pytest.mark.parametrize("detail", ["rules", "full"])
def test_a_rejection_whose_near_miss_takes_too_long_is_a_rejection(
    monkeypatch: pytest.MonkeyPatch, detail: Detail
) -> None:
    """Its time is over when the near miss is to be found."""
    request = requests()["small-team-high-included"]
    whole = solve(pilot(), request, detail=detail)

    def late(deal: Deal) -> object:
        deal.solver.within(0)
        return _near_miss(deal)

    monkeypatch.setattr(verdict, "propose_near_miss", lambda _: None)
    monkeypatch.setattr(verdict, "_near_miss", late)
    found = solve(pilot(), request, detail=detail)
    assert (whole.decision, whole.completeness.note) == ("rejected", "")
    assert (found.decision, found.near_miss, found.rules) == ("rejected", None, ())
    missing = "the near miss, at which rules are read, was not found"
    assert found.completeness.note.startswith(f"{missing}: {LATE}")
    told = " ".join(found.explanation.split())
    assert (missing.capitalize() if detail == "rules" else missing) in told


def test_a_near_miss_beyond_64_bits_undoes_no_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presolve makes sums beyond 64 bits of the model for it; lines know no such bound."""
    book = load_price_book(DATA / "beyond_64_bits")
    (request,) = (one for one in load_requests(book) if one.id == "q1")
    assert solve(book, request).near_miss is not None
    monkeypatch.setattr(verdict, "propose_near_miss", lambda _: None)

    def thoroughly(solver: Solver, *asked: object, **more: object) -> Response:
        solver.brief = 0  # with presolve, and not before it
        return _solved(solver, *asked, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Solver, "_solved", thoroughly)
    found = solve(book, request)
    assert (found.decision, found.near_miss) == ("rejected", None)
    reason = "the solver refuses a model of numbers as large as these"
    assert found.completeness.note.endswith(reason)
    asked = ["solve", str(DATA / "beyond_64_bits"), "--request", "q1", "--detail", "rules"]
    done = CliRunner().invoke(main, asked)
    assert "not known" in done.stdout
    assert reason in " ".join(done.stdout.split())
