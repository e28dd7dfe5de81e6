"""A limit of time is for all that a command does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from constraints.cpsat.budget import Shares
from constraints.cpsat.solving import Solver
from constraints.language.expressions import Value
from cp_pricing.diagnosis.curves import PriceCurve, price_curve
from cp_pricing.model.deal import Deal
from cp_pricing.proofs.analysis import analyse
from cp_pricing.report.page import entries
from tests.support.books import pilot
from tests.support.explained import requests

LIMIT = 120.0


def test_pieces_share_what_is_left() -> None:
    shares = Shares(100, 4)
    assert [round(shares.next()) for _ in range(4)] == [25, 33, 50, 100]
    assert Shares(0, 1).next() == 0


def test_pieces_that_are_done_at_once_have_the_time_together() -> None:
    shares = Shares(100, 5, at_once=2)
    assert [round(shares.of_piece(place)) for place in (1, 3, 4)] == [50, 100, 100]


def test_work_in_turn_ends_when_all_has_to() -> None:
    solver = Solver()
    solver.within(60)
    end = solver.end
    ends = [solver.end for _ in solver.in_turn(range(6))]
    assert ends == sorted(ends)
    assert all(one < end for one in ends[:-1])
    assert solver.end == end


def test_charts_have_no_time_of_their_own() -> None:
    (entry,) = entries(pilot(), [requests()["small-team-lower-price"]], time_limit=1e-9)
    assert entry.result.decision == "unknown"
    assert not entry.frontier.complete
    points = [point for lever in entry.levers for point in lever.points]
    assert {point.status for point in points} == {"unknown"}
    assert entry.deal.solver.solves == 0


def test_the_price_curve_leaves_time_to_the_levers(monkeypatch: pytest.MonkeyPatch) -> None:
    def curve(deal: Deal, opened: Mapping[str, Value], marks: Sequence[Fraction]) -> PriceCurve:
        left.append(deal.solver.end - time.monotonic())
        return price_curve(deal, opened, marks)

    left: list[float] = []
    monkeypatch.setattr("cp_pricing.report.entries.price_curve", curve)
    (entry,) = entries(pilot(), [requests()["small-team-lower-price"]], time_limit=LIMIT)
    assert left[0] <= LIMIT / 4
    assert entry.curve.exact


def test_all_configurations_share_one_budget() -> None:
    analysis = analyse(pilot(), budget=1e-9)
    assert all(space.undecided for space in analysis.spaces)
    assert sum(Fraction(space.seconds) for space in analysis.spaces) < len(analysis.spaces)
