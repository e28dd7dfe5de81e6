"""A limit of time is for all that a command does."""

from __future__ import annotations

from fractions import Fraction

from constraints.cpsat.budget import Shares
from constraints.cpsat.solving import Solver
from cp_pricing.proofs.analysis import analyse
from cp_pricing.report.page import entries
from tests.support.books import pilot
from tests.support.explained import requests


def test_pieces_share_what_is_left() -> None:
    shares = Shares(100, 4)
    assert [round(shares.next()) for _ in range(4)] == [25, 33, 50, 100]
    assert Shares(0, 1).next() == 0


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


def test_all_configurations_share_one_budget() -> None:
    analysis = analyse(pilot(), budget=1e-9)
    assert all(space.undecided for space in analysis.spaces)
    assert sum(Fraction(space.seconds) for space in analysis.spaces) < len(analysis.spaces)
