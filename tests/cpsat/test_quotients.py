"""The greatest value of a ratio is that of trying everything."""

from __future__ import annotations

import pytest

from constraints.cpsat.compilation import Bindings
from constraints.cpsat.quotients import as_quotient, greatest
from constraints.language.syntax import parse
from tests.support.problems import assignments, grid, problem

BINDINGS: Bindings = {
    "x": grid(0, 4),
    "y": grid(1, 5),
    "each": parse("if x == 0 then 1 / 4 else y / x"),
}


@pytest.mark.parametrize(
    "text",
    [
        "x - y",
        "x / y",
        "-(y / (x + 1))",
        "x / y - y / (x + 2)",
        "each",
        "each - 1 / y",
        "2 * each / y",
        "if y > 3 then x / y else 2 * x / (y + 1)",
        "if y > 3 then (if x > 1 then 1 / x else x) else y",
        "if x == 0 then 3 else x",
    ],
)
@pytest.mark.parametrize("condition", ["x + y <= 6", "x != 1 and x < y", "x > 9"])
def test_the_greatest_is_that_of_all(text: str, condition: str) -> None:
    expression, found = parse(text), problem(BINDINGS, condition)
    every = [found.evaluator(one) for one in assignments(BINDINGS)]
    met = [one for one in every if one.truth(parse(condition))]
    values = [value for one in met if (value := one.number(expression)) is not None]
    result = greatest(found, [condition], expression, BINDINGS)
    if not values:
        assert not isinstance(result, tuple)
        return
    assert isinstance(result, tuple)
    best, where = result
    assert best == max(values) == where.evaluator.number(expression)


def test_what_has_no_ratio_in_it_stays_as_it_is() -> None:
    choice = parse("if x == 0 then 3 else x")
    assert as_quotient(choice, BINDINGS) == (choice, None)
