"""What the solver's settings are for."""

from __future__ import annotations

import pytest
from ortools.sat.python import cp_model_helper as cp_sat

from constraints.integer_model import Affine, IntegerModel, Largest, Product, Row, negated
from constraints.solving import Infeasible, Objective, Solution, Solver, Unknown, model_text
from tests.differential.compare import compare

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


@pytest.mark.parametrize("presolve", [True, False])
def test_guarded_rows_with_large_coefficients_are_feasible(*, presolve: bool) -> None:
    model, y = _guarded_rows()
    outcome = Solver(presolve=presolve).solve(model, Objective((y,), (1,)))
    assert isinstance(outcome, Solution)
    assert outcome.values[y] == -2250845413512


def test_without_our_setting_cp_sat_finds_them_infeasible() -> None:
    """If this fails, CP-SAT has been mended and the setting in `constraints.solving` can go."""
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


def test_a_core_names_the_assumptions_that_clash() -> None:
    model = IntegerModel()
    a, b, c = model.boolean(), model.boolean(), model.boolean()
    model.clause([negated(a), negated(b)])
    outcome = Solver().solve(model, assumptions=(a, b, c))
    assert isinstance(outcome, Infeasible)
    assert set(outcome.core) == {a, b}


def test_a_time_limit_is_unknown_and_never_infeasible() -> None:
    model = IntegerModel()
    variables = [model.variable(0, 1_000_003) for _ in range(40)]
    weights = tuple(7919 * place * place % 99991 + 3 for place in range(1, 41))
    row = Row(tuple(variables), weights, 123_456_789_017, 123_456_789_017)
    model.constraints.append(row)
    outcome = Solver(seconds=1e-6).solve(model, Objective(tuple(variables), weights[::-1]))
    assert isinstance(outcome, Unknown)


def test_fixed_literals_are_of_one_solve_only() -> None:
    model = IntegerModel()
    a = model.boolean()
    objective = Objective((a,), (1,))
    fixed = Solver().solve(model, objective, {a: False})
    free = Solver().solve(model, objective)
    assert isinstance(fixed, Solution)
    assert isinstance(free, Solution)
    assert (fixed.values[a], free.values[a]) == (0, 1)


def _wide_product() -> tuple[IntegerModel, int]:
    """The product of two bills that each take thousands of values, few of them at a time."""
    model = IntegerModel()
    ticks, members, extra = model.variable(0, 40), model.variable(0, 2), model.variable(0, 40)
    fee, first, second = (model.variable(*ends) for ends in ((14, 50), (0, 17250), (0, 24050)))
    terms = (fee, ticks, extra)
    for target, parts in (
        (fee, (Affine((), (), 14), Affine((members,), (25,), 0))),
        (first, (Affine((), (), 0), Affine(terms, (1, 430, -50), 0))),
        (second, (Affine((), (), 0), Affine(terms, (1, 600, -50), 0))),
    ):
        model.constraints.append(Largest(target, parts))
    product = model.variable(0, 414_862_500)
    model.constraints.append(Product(product, first, second))
    row = (-51128951, -204515804, 18000), -6386644799
    model.constraints.append(Row((first, second, product), row[0], row[1], LARGE, ()))
    return model, second


def test_a_product_of_wide_numbers_does_not_keep_presolve_busy() -> None:
    model, second = _wide_product()
    solver = Solver()
    solver.within(
        4
    )  # with presolve it takes about eight seconds on a quiet machine, without milliseconds
    outcome = solver.solve(model, Objective((second,), (-1,)))
    assert isinstance(outcome, Solution)
    assert outcome.values[second] == min(
        second_bill
        for members in range(3)
        for ticks in range(41)
        for extra in range(41)
        if (fee := max(14, 25 * members)) is not None
        and (first_bill := max(0, fee + 430 * ticks - 50 * extra)) is not None
        and (second_bill := max(0, fee + 600 * ticks - 50 * extra)) is not None
        and 18000 * first_bill * second_bill - 51128951 * first_bill - 204515804 * second_bill
        >= -6386644799
    )
