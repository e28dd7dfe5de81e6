"""Exact evaluation: worked by hand, and said to CP-SAT in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible
from constraints.language.domains import Domain
from constraints.language.evaluation import Environment, EvaluationError, Evaluator
from constraints.language.expressions import (
    Comparison,
    Expression,
    Name,
    Not,
    Number,
    Table,
    Value,
)
from constraints.language.syntax import parse

TABLE = Table((Name("n"), Name("flag")), {
    (Fraction(n), flag): Fraction(10 * n + flag) for n in (1, 2, 3) for flag in (False, True)
}, "by n and flag")  # fmt: skip
DEFINITIONS: dict[str, Expression] = {
    "margin": parse("gain / bill"),
    "also_margin": parse("margin"),
    "twice": parse("2 * bill"),
    "square": parse("bill * bill"),
    "invoice": parse("bill"),
    "good": parse("margin >= 30%"),
    "looked_up": TABLE,
}


def _values(where: str) -> dict[str, Value]:
    """`a=1/2 flag=yes` as values."""
    pairs = (pair.split("=") for pair in where.split())
    return {
        name: text == "yes" if text in {"yes", "no"} else Fraction(text) for name, text in pairs
    }


def _evaluator(where: str) -> Evaluator:
    return Evaluator({**DEFINITIONS, **_values(where)})


def _compiled(condition: Expression, values: Mapping[str, Value]) -> bool:
    """Whether CP-SAT admits the values, where each name could have had another one."""
    numbers = {name: value for name, value in values.items() if isinstance(value, Fraction)}
    domains = {name: Domain.of([value, value + 1]) for name, value in numbers.items()}
    pins: dict[str, Expression] = {
        f"pin {name}": Comparison("==", Name(name), Number(value))
        for name, value in numbers.items()
    }
    for name in values.keys() - numbers.keys():
        pins[f"pin {name}"] = Name(name) if values[name] else Not(Name(name))
    flags = sorted(values.keys() - numbers.keys())
    problem = Problem({**DEFINITIONS, **domains}, {"condition": condition, **pins}, flags)
    result = problem.best(["condition", *pins], ())
    assert isinstance(result, Optimal | Infeasible)
    return isinstance(result, Optimal)


# --- numbers and conditions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where", "value"),
    [
        ("1 / 3 + 1 / 6", "", "1/2"),
        ("0.1 + 0.2 - 0.3", "", "0"),
        ("35%", "", "7/20"),
        ("2 - 3 - 4", "", "-5"),
        ("24 / 4 / 2", "", "3"),
        ("-a * b", "a=2 b=3", "-6"),
        ("abs(a - b)", "a=2 b=5", "3"),
        ("min(a, b, 4)", "a=2 b=3", "2"),
        ("max(a, b, 4)", "a=2 b=3", "4"),
        ("if flag then a else b", "flag=yes a=2 b=3", "2"),
        ("if flag then a else b", "flag=no a=2 b=3", "3"),
        ("if a < b then a / b else 9", "a=2 b=3", "2/3"),
        ("margin", "gain=1 bill=3", "1/3"),
        ("twice * square", "bill=3", "54"),
        ("looked_up", "n=2 flag=yes", "21"),
        ("looked_up + n", "n=1 flag=no", "11"),
        ("1e-60 + 1e59", "", f"{10**119 + 1}/{10**60}"),
    ],
)
def test_number_is_exact(text: str, where: str, value: str) -> None:
    assert _evaluator(where).number(parse(text)) == Fraction(value)
    equal = Comparison("==", parse(text), Number(Fraction(value)))
    assert _compiled(equal, _values(where))
    assert not _compiled(Not(equal), _values(where))


@pytest.mark.parametrize(
    ("text", "where", "holds"),
    [
        ("a < b", "a=1/3 b=0.333", False),
        ("a > b", "a=1/3 b=0.333", True),
        ("a <= b and a >= b and a == b and not a != b", "a=0.5 b=1/2", True),
        ("a in [1, 2, b]", "a=3 b=3", True),
        ("a in [1, 2, b]", "a=3 b=4", False),
        ("a not in [1, 2]", "a=3", True),
        ("a between 1 and b", "a=1 b=1", True),
        ("a between 1 and b", "a=2 b=1", False),
        ("flag implies a > 1", "flag=yes a=1", False),
        ("flag implies a > 1", "flag=no a=1", True),
        ("true or flag", "flag=no", True),
        ("false or flag", "flag=no", False),
        ("if flag then a > 1 else a > 2", "flag=no a=2", False),
        ("if flag then a > 1 else a > 2", "flag=yes a=2", True),
    ],
)
def test_condition_is_exact(text: str, where: str, *, holds: bool) -> None:
    assert _evaluator(where).truth(parse(text)) is holds
    assert _compiled(parse(text), _values(where)) is holds


def test_untaken_branches_and_short_circuits_need_no_value() -> None:
    evaluator = Evaluator({"flag": True, "a": Fraction(1)})
    assert evaluator.number(parse("if flag then a else unbound")) == 1
    assert evaluator.truth(parse("flag or unbound > 1"))


# --- denominators that are zero (docs/decisions.md, 7) ------------------------------------------

ZERO = [
    # multiplied through: gain >= 0.3 * bill
    ("margin >= 30%", "gain=0 bill=0", True),
    ("margin >= 30%", "gain=-1 bill=0", False),
    ("margin >= 30%", "gain=1 bill=0", True),
    ("margin > 30%", "gain=0 bill=0", False),
    ("margin <= 30%", "gain=0 bill=0", True),
    ("margin <= 30%", "gain=1 bill=0", False),
    ("margin == 30%", "gain=0 bill=0", True),
    ("margin == 30%", "gain=1 bill=0", False),
    ("margin != 30%", "gain=0 bill=0", False),
    ("30% <= margin", "gain=-1 bill=0", False),
    ("not margin >= 30%", "gain=0 bill=0", False),
    ("good", "gain=-1 bill=0", False),
    ("margin between 1 and 2", "gain=0 bill=0", True),
    ("margin in [1]", "gain=0 bill=0", True),
    ("margin in [1]", "gain=2 bill=0", False),
    # one factor under both sides, multiplied in once: gain >= a
    ("gain / bill >= a / bill", "gain=1 a=2 bill=0", False),
    ("gain / bill >= a / bill", "gain=2 a=2 bill=0", True),
    ("gain / bill + a / bill >= 0", "gain=1 a=-2 bill=0", False),
    ("gain / bill - a / bill <= 0", "gain=1 a=2 bill=0", True),
    # a name is what it stands for
    ("gain / bill >= a / invoice", "gain=1 a=2 bill=0", False),
    ("also_margin == margin", "gain=1 bill=0", True),
    ("also_margin >= a / bill", "gain=1 a=2 bill=0", False),
    # two factors: gain * other >= a * bill
    ("gain / bill >= a / other", "gain=1 a=2 bill=0 other=3", True),
    ("gain / bill >= a / other", "gain=-1 a=2 bill=0 other=3", False),
    ("gain / bill >= a / other", "gain=-1 a=2 bill=0 other=0", True),
    ("gain / bill >= a / other", "gain=1 a=2 bill=3 other=0", False),
    # a product counts as its factors: gain >= 2 * bill * other
    ("gain / (bill * other) >= 2", "gain=1 bill=0 other=5", True),
    ("gain / (bill * other) >= 2", "gain=-1 bill=0 other=5", False),
    # bill is a factor of both, so it is multiplied in once: gain >= a * other
    ("gain / (bill * other) >= a / bill", "gain=1 a=2 bill=0 other=5", False),
    ("gain / (bill * other) >= a / bill", "gain=11 a=2 bill=0 other=5", True),
    ("gain / twice >= a / bill", "gain=3 a=2 bill=0", False),
    ("gain / twice >= a / bill", "gain=4 a=2 bill=0", True),
    # the highest power under one term: gain + a * bill >= 0
    ("gain / square + a / bill >= 0", "gain=1 a=-2 bill=0", True),
    ("gain / square + a / bill >= 0", "gain=-1 a=2 bill=0", False),
    ("gain / square >= a / bill", "gain=0 a=2 bill=0", True),
    ("margin * margin >= a / bill", "gain=0 a=2 bill=0", True),
    ("margin * margin >= 1", "gain=-1 bill=0", True),
    # x / (y / z) is x * z / y
    ("gain / (bill / other) >= 2", "gain=3 bill=0 other=0", True),
    ("gain / (bill / other) >= 2", "gain=-3 bill=0 other=1", False),
    ("gain / (bill / other) >= 2", "gain=3 bill=1 other=0", False),
    ("a / (1 / bill) >= 0", "a=-3 bill=0", True),
    # a sum keeps its own denominators, and is a factor as a whole
    ("gain / (bill + other) >= 2", "gain=1 bill=0 other=0", True),
    ("gain / (1 + a / bill) >= 2", "gain=3 a=0 bill=0", True),
    # min, max and abs over the common denominator: max(gain, a * bill) >= 0.1 * bill
    ("max(margin, a) >= 10%", "gain=-1 a=-1 bill=0", True),
    ("max(margin, a / bill) >= 10%", "gain=-1 a=-2 bill=0", False),
    ("max(margin, a / bill) >= 10%", "gain=-1 a=1 bill=0", True),
    ("min(margin, a / bill) >= 10%", "gain=1 a=-1 bill=0", False),
    ("abs(margin) <= 10%", "gain=-1 bill=0", False),
    ("abs(margin) <= 10%", "gain=0 bill=0", True),
    ("abs(margin - a / bill) <= 10%", "gain=2 a=2 bill=0", True),
    # a conditional takes the denominators of the branch that it takes
    ("(if flag then margin else a) >= 30%", "flag=no gain=-1 a=1 bill=0", True),
    ("(if flag then margin else a) >= 30%", "flag=no gain=-1 a=0 bill=0", False),
    ("(if flag then margin else a) >= 30%", "flag=yes gain=-1 a=1 bill=0", False),
    ("(if margin >= 1 then a else b) >= 2", "gain=0 bill=0 a=2 b=1", True),
    # a constant nought, which is no literal
    ("a / nought >= 2", "a=0", True),
    ("a / nought >= 2", "a=-1", False),
    ("a / nought >= b / nought", "a=1 b=2", False),
    # where no denominator is zero nothing changes
    ("margin >= 30%", "gain=29 bill=100", False),
    ("margin >= 30%", "gain=30 bill=100", True),
    ("gain / square + a / bill >= 0", "gain=1 a=-2 bill=0.5", True),
    ("gain / square + a / bill >= 0", "gain=1 a=-2 bill=1", False),
]


@pytest.mark.parametrize(("text", "where", "holds"), ZERO)
def test_a_comparison_is_decided_after_multiplying_through(
    text: str, where: str, *, holds: bool
) -> None:
    values = _values(where)
    environment = {**DEFINITIONS, **values, "nought": Fraction(0)}
    assert Evaluator(environment).truth(parse(text)) is holds


@pytest.mark.parametrize(("text", "where", "holds"), ZERO)
def test_compilation_multiplies_through_alike(text: str, where: str, *, holds: bool) -> None:
    values = _values(f"{where} nought=0" if "nought" in text else where)
    assert _compiled(parse(text), values) is holds
    assert _compiled(Not(parse(text)), values) is not holds


@pytest.mark.parametrize(
    ("text", "where", "value"),
    [
        ("margin", "gain=1 bill=0", None),
        ("margin + 1", "gain=1 bill=0", None),
        ("margin * 0", "gain=1 bill=0", None),
        ("0 / bill", "bill=0", None),
        ("max(margin, 3)", "gain=1 bill=0", None),
        ("if flag then margin else 3", "flag=no gain=1 bill=0", Fraction(3)),
        ("if flag then margin else 3", "flag=yes gain=1 bill=0", None),
        # x / (y / z) is x * z / y, so only y is a denominator
        ("gain / (bill / other)", "gain=3 bill=2 other=0", Fraction(0)),
        ("1 / (1 / bill)", "bill=0", Fraction(0)),
        ("gain / (1 / margin)", "gain=0 bill=0", None),
    ],
)
def test_a_ratio_over_zero_has_no_value(text: str, where: str, value: Fraction | None) -> None:
    assert _evaluator(where).number(parse(text)) == value


def test_value_of_anything() -> None:
    evaluator = _evaluator("gain=1 bill=0 flag=yes n=2")
    assert evaluator.value(parse("margin")) is None
    assert evaluator.value(parse("flag")) is True
    assert evaluator.value(parse("good")) is True
    assert evaluator.value(parse("bill + 1")) == 1
    assert evaluator.value(parse("if flag then n else bill")) == 2
    assert evaluator.value(parse("looked_up")) == 21


# --- what cannot be evaluated -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "environment", "message"),
    [
        ("a > 1", {}, "`a` has no value"),
        ("a", {}, "`a` has no value"),
        ("a > 1", {"a": True}, "`a` is a condition, not a number"),
        ("a and true", {"a": Fraction(1)}, "`a` is a number, not a condition"),
        ("1 + 2", {}, "a condition is needed, and this is a number"),
        ("(a > 1) + 2 > 3", {"a": Fraction(1)}, "a number is needed, and this is a condition"),
    ],
)
def test_what_has_no_value_is_an_error(text: str, environment: Environment, message: str) -> None:
    with pytest.raises(EvaluationError, match=f"^{message}$"):
        Evaluator(environment).truth(parse(text))


def test_a_table_is_not_looked_up_by_a_ratio_over_zero() -> None:
    table = Table((Name("margin"),), {(Fraction(1),): Fraction(1)}, "by margin")
    with pytest.raises(EvaluationError, match="looked up by a ratio over zero"):
        _evaluator("gain=1 bill=0").number(table)
