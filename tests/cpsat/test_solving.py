"""What the solver's settings are for."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from ortools.sat.python import cp_model_helper as cp_sat

from constraints.cpsat.integer_model import Affine, IntegerModel, Largest, Row, negated
from constraints.cpsat.solving import (
    Infeasible,
    Objective,
    Solution,
    Solver,
    Unknown,
    model_text,
    parameters_for,
)
from tests.differential.compare import compare
from tests.explanations.compare import compare as explained
from tests.support.places import ROOT

LARGE = (1 << 62) - 1


def _guarded_rows() -> tuple[IntegerModel, int]:
    """Two rows with large coefficients, one of which holds by a literal; x = 8, y = least fits."""
    model = IntegerModel()
    x, which = model.variable(0, 8), model.boolean()
    y = model.variable(-3026957714609, -2250845413511)
    first = Row((x, y), (99342374540400, -1024), 3099604699759443, LARGE, (which,))
    second = Row((x, y), (85002974640260, -1024), 2995639818074952, LARGE, (negated(which),))
    model.constraints += [first, second]
    return model, y


@pytest.mark.parametrize("presolve", [True, False, None])
def test_guarded_rows_with_large_coefficients_are_feasible(*, presolve: bool | None) -> None:
    model, y = _guarded_rows()
    outcome = Solver(presolve=presolve).solve(model, Objective((y,), (1,)))
    assert isinstance(outcome, Solution)
    assert outcome.values[y] == -2250845413512


def test_without_our_setting_cp_sat_finds_them_infeasible() -> None:
    """If this fails, CP-SAT is mended and the setting in `constraints.cpsat.solving` can go."""
    model, y = _guarded_rows()
    proto = cp_sat.CpModelProto()
    assert proto.parse_text_format(model_text(model, Objective((y,), (1,)), {}, ()))
    wrapper, parameters = cp_sat.SolveWrapper(), cp_sat.SatParameters()
    parameters.num_workers = 1
    parameters.cp_model_presolve = False
    wrapper.set_parameters(parameters)
    assert wrapper.solve(proto).status.name == "INFEASIBLE"


def test_rows_included_in_others_lose_no_optimum() -> None:
    """A near miss that CP-SAT's presolve cut off, found by the differential."""
    assert compare(201172, attempts=1).differences == []


def test_a_model_that_cp_sat_refuses_is_unknown() -> None:
    model = IntegerModel()
    x = model.variable(0, 8)
    model.constraints.append(Row((x,), (1 << 62,), 0, LARGE))
    reason = "the solver refuses a model of numbers as large as these"
    assert Solver().solve(model) == Unknown(reason)


def test_a_core_names_the_assumptions_that_clash() -> None:
    model = IntegerModel()
    a, b, c = model.boolean(), model.boolean(), model.boolean()
    model.clause([negated(a), negated(b)])
    outcome = Solver().solve(model, assumptions=(a, b, c))
    assert isinstance(outcome, Infeasible)
    assert set(outcome.core) == {a, b}


def _knapsack() -> tuple[IntegerModel, Objective]:
    """One equation of many variables, which takes long to be solved."""
    model = IntegerModel()
    variables = [model.variable(0, 1_000_003) for _ in range(40)]
    weights = tuple(7919 * place * place % 99991 + 3 for place in range(1, 41))
    row = Row(tuple(variables), weights, 123_456_789_017, 123_456_789_017)
    model.constraints.append(row)
    return model, Objective(tuple(variables), weights[::-1])


def test_a_time_limit_is_unknown_and_never_infeasible() -> None:
    assert isinstance(Solver(seconds=1e-6).solve(*_knapsack()), Unknown)


def _nested_maxima() -> IntegerModel:
    """A sum under maxima of its own parts, that bounds tell to be too low only step by step."""
    model, places = IntegerModel(), 10_000
    uses = [model.variable(0, most * places) for most in (160, 132, 74, 138)]
    greatest = Affine((uses[0],), (-9,), 0)
    for use, offset in zip(uses[1:], (28_000, 86_000, 22_000), strict=True):
        target = model.variable(-1400 * places, 0)
        expressions = greatest, Affine((use,), (-9,), -offset)
        model.constraints.append(Largest(target, expressions))
        greatest = Affine((target,), (1,), 0)
    (last,) = greatest.variables
    row = Row((*uses, last), (-27, -99, -36, -18, -20), 696_001, LARGE)
    model.constraints.append(row)
    return model


def _seconds(*, newer: bool) -> float:
    """By the clock, with a limit of a twentieth of a second."""
    proto, wrapper = cp_sat.CpModelProto(), cp_sat.SolveWrapper()
    assert proto.parse_text_format(model_text(_nested_maxima(), None, {}, ()))
    parameters = parameters_for(0.05, presolve=False)
    if newer:
        parameters.new_linear_propagation = True
    wrapper.set_parameters(parameters)
    start = time.perf_counter()
    wrapper.solve(proto)
    return time.perf_counter() - start


def test_bounds_that_move_by_little_at_a_time_take_no_longer_than_the_limit() -> None:
    """If the newer propagator heeds it too, the setting in `constraints.cpsat.solving` can go."""
    assert _seconds(newer=False) < _seconds(newer=True) / 4


@pytest.mark.parametrize("both", [True, False])
def test_a_brief_search_may_be_all_there_is(*, both: bool) -> None:
    solver = Solver()
    with solver.working(1.0, 0.01, both=both):
        assert isinstance(solver.solve(*_knapsack()), Unknown)
        assert (solver.work > 0.9) is not both


def test_fixed_literals_are_of_one_solve_only() -> None:
    model = IntegerModel()
    a = model.boolean()
    objective = Objective((a,), (1,))
    fixed = Solver().solve(model, objective, {a: 0})
    free = Solver().solve(model, objective)
    assert isinstance(fixed, Solution)
    assert isinstance(free, Solution)
    assert (fixed.values[a], free.values[a]) == (0, 1)


@pytest.mark.parametrize(("seed", "part"), [(100255, "blocking"), (100333, "conflicts")])
def test_sums_of_many_values_in_a_maximum_do_not_keep_presolve_busy(seed: int, part: str) -> None:
    """Presolve listed tens of thousands of values, and proved nothing within the time limit."""
    assert explained(seed, [part]).differences == []


LITTLE_MEMORY = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from tests.differential.compare import compare
print(compare(600493).differences)
"""


def test_sums_of_products_in_a_maximum_do_not_fill_the_memory() -> None:
    """Presolve multiplied out what it had found to be few values each."""
    command = [sys.executable, "-c", LITTLE_MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_what_does_not_fit_the_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Large:
        def set_parameters(self, _parameters: object) -> None:
            """Take them."""

        def solve(self, _proto: object) -> None:
            raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(cp_sat, "SolveWrapper", Large)
    model = IntegerModel()
    outcome = Solver().solve(model, Objective((model.boolean(),), (1,)))
    assert outcome == Unknown("the solver needs more memory than there is")
