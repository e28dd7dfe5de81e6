"""No definition, however it multiplies itself, may make loading or solving run away."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.language.checking import MAXIMUM_SIZE, check
from constraints.language.dimensions import CONDITION, PURE, Interval, Symbol, Vocabulary
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Expression, Name
from constraints.language.reading import read
from constraints.language.sizes import LEAF, Size, size
from constraints.language.syntax import parse
from cp_pricing import parse_price_book
from tests.support.books import texts_of
from tests.support.places import EXAMPLE

BITS = 12
LEAVES = st.sampled_from(["x", "y", "z", "3", "11"])
TEXTS = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds("({} + {})".format, part, part),
        st.builds("({} - {})".format, part, part),
        st.builds("({} * {})".format, part, part),
        st.builds("({} / (1 + abs({})))".format, part, part),
        st.builds("({} / 7)".format, part),
        st.builds("max({}, -{})".format, part, part),
        st.builds("(if {} > {} then {} else {})".format, part, part, part, part),
    ),
    max_leaves=12,
)
VALUES = st.integers(-(2**BITS) + 1, 2**BITS - 1).map(Fraction)


def chain(step: str, start: str, count: int) -> tuple[Expression, Vocabulary, list[str]]:
    """Definitions each made from the one before, and the faults found on the way."""
    symbols = {"x": Symbol(PURE, Interval(Fraction(1), Fraction(10)))}
    vocabulary = Vocabulary(symbols)
    faults: list[str] = []
    expression = parse(start)
    for place in range(count):
        text = start if place == 0 else step.format(f"d{place - 1}")
        checked, issues = check(parse(text), vocabulary)
        faults += [issue.message for issue in issues]
        symbols[f"d{place}"] = Symbol(
            checked.kind, checked.bounds, "", checked.levels, checked.size
        )
        expression = checked.expression
    return expression, vocabulary, faults


@given(text=TEXTS, x=VALUES, y=VALUES, z=VALUES)
def test_a_value_is_never_longer_than_its_size_says(
    text: str, x: Fraction, y: Fraction, z: Fraction
) -> None:
    expression = parse(text)
    value = Evaluator({"x": x, "y": y, "z": z}).number(expression)
    found = size(expression, lambda _: LEAF)
    assert value is not None
    # A sum of so many terms carries at most as many bits again as it has leaves.
    most = found.total * BITS + text.count("+") + text.count("-") + text.count("/")
    assert abs(value.numerator).bit_length() <= most
    assert value.denominator.bit_length() <= most


@pytest.mark.parametrize("step", ["{0} * {0}", "1 / (1 + {0} * {0})", "{0} * {0} + {0}"])
@pytest.mark.parametrize("start", ["x", "1.5", "x / 3"])
def test_a_definition_that_keeps_squaring_itself_is_a_fault(step: str, start: str) -> None:
    _, _, faults = chain(step, start, 30)
    assert "too many factors are multiplied with one another" in faults


def test_squaring_a_few_times_is_allowed() -> None:
    _, vocabulary, faults = chain("{0} * {0}", "x", 9)
    assert faults == []
    assert vocabulary.symbols["d8"].size == Size(256, 0)
    assert MAXIMUM_SIZE >= 256


def test_bounds_too_long_to_be_useful_are_widened_outwards() -> None:
    wide = Interval(Fraction(2), Fraction(3))
    for _ in range(12):
        wide = wide * wide
    assert wide == Interval(Fraction(0), None)
    thin = Interval(Fraction(1, 3), Fraction(1, 2))
    for _ in range(12):
        thin = thin * thin
    assert thin == Interval(Fraction(0), None)
    assert -wide == Interval(None, Fraction(0))


EQUAL = "(x >= 3)" + " == ((x >= 3)" * 60 + ")" * 60  # an odd number of equal conditions


@pytest.mark.parametrize(
    ("chain", "least"), [(" implies ".join(["x >= 3"] * 90), 0), (EQUAL, 3)], ids=["implies", "=="]
)
def test_conditions_in_conditions_take_no_longer_at_every_level(chain: str, least: int) -> None:
    """Each level was read twice or four times, which no time would have sufficed for."""
    x = {"x": Domain.grid(Fraction(0), Fraction(5), Fraction(1))}
    checked, issues = check(parse(chain), Vocabulary({"x": Symbol(PURE)}), CONDITION)
    assert issues == []
    found = Problem(x, {"chain": checked.expression}).best(["chain"], [Goal(Name("x"))])
    assert isinstance(found, Optimal)
    assert found.goals == (Fraction(least),)
    assert read(checked.expression, found.evaluator, dict(found.assignment)).holds


def test_a_policy_of_such_conditions_loads() -> None:
    texts = texts_of(EXAMPLE)
    for joined in (" implies ".join(["true"] * 90), "(true)" + " == ((true)" * 60 + ")" * 60):
        policy = texts["policy.yaml"].replace("gross_margin >= 30%", joined)
        assert parse_price_book({**texts, "policy.yaml": policy}).policy.rules
