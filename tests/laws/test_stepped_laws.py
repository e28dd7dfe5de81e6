"""Laws of numbers that go in steps: evaluated, compiled, translated and swept they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat import lookups
from constraints.cpsat.integer_model import NumericOverflow
from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.cpsat.solving import Infeasible
from constraints.language.domains import Domain
from constraints.language.evaluation import COMPARE, Evaluator
from constraints.language.expressions import (
    Arithmetic,
    Comparison,
    ComparisonOperator,
    Conditional,
    Expression,
    Junction,
    Name,
    Negation,
    Not,
    Number,
    Stairs,
    Stepped,
    Value,
)
from constraints.lines.translation import point_of, sweep_of

P, K, F = Name("p"), Name("k"), Name("f")
PRICES = Domain(Fraction(1, 2), Fraction(1, 4), range(9))
# As many combinations of keys as are told at once, and more, which are told when they matter.
FEW, MANY = (Domain.grid(Fraction(0), Fraction(last), Fraction(1)) for last in (2, 16))


@pytest.fixture(autouse=True, scope="module")
def boxes() -> Iterator[None]:
    """Boxes from the first combination on, as there are few of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "_WITHOUT_BOXES", 0)
        yield


class Steps(Stairs):
    """Levels by place of the price, which the keys shift and raise.

    What it is within boxes is told with some `room` to spare, or not at all.
    """

    def __init__(self, levels: tuple[Fraction, ...], room: Fraction | None = None) -> None:
        self._levels, self._room = levels, room

    def at(self, value: Fraction, keys: tuple[Value, ...]) -> Fraction:
        key, flag = keys
        place = int((value - PRICES.base) / PRICES.step) + int(key)
        return self._levels[place % len(self._levels)] + (1 if flag else 0)

    def over(self, domain: Domain, keys: tuple[Value, ...]) -> tuple[tuple[int, Fraction], ...]:
        first, last = domain.indices[0], domain.indices[-1]
        numbers = [self.at(domain.value(index), keys) for index in range(first, last + 1)]
        steps = [place for place, pair in enumerate(pairwise(numbers)) if pair[0] != pair[1]]
        return tuple((first + place, numbers[place]) for place in (*steps, last - first))

    def within(
        self, along: tuple[Value, Value], keys: tuple[tuple[Value, Value], ...]
    ) -> tuple[Fraction, Fraction] | None:
        if self._room is None:
            return None
        prices = [price for price in PRICES.values() if along[0] <= price <= along[1]]
        (first, last), flags = keys
        named = product(range(int(first), int(last) + 1), range(int(flags[0]), int(flags[1]) + 1))
        inside = [
            self.at(price, (Fraction(key), bool(flag)))
            for (key, flag), price in product(named, prices)
        ]
        return min(inside) - self._room, max(inside) + self._room


_levels = st.lists(st.integers(0, 4).map(lambda n: Fraction(n, 4)), min_size=1, max_size=7)
_rooms = st.sampled_from((None, Fraction(0), Fraction(1, 4)))
_steps = st.builds(lambda levels, room: Steps(tuple(levels), room), _levels, _rooms)
_limits = st.integers(-1, 9).map(lambda n: Fraction(n, 4))
_operators = st.sampled_from(sorted(COMPARE))


def stepped(stairs: Stairs) -> Stepped:
    return Stepped(P, (K, F), stairs)


def compared(stairs: Stairs, symbol: ComparisonOperator, limit: Fraction) -> Comparison:
    return Comparison(symbol, stepped(stairs), Number(limit))


def assignments(keys: Domain) -> list[Mapping[str, Value]]:
    named = product(PRICES.values(), keys.values(), (False, True))
    return [{"p": price, "k": key, "f": flag} for price, key, flag in named]


def best(condition: Expression, keys: Domain) -> list[Fraction | None]:
    """The least and the greatest of the three names' sum under a condition, by CP-SAT."""
    total = Arithmetic("+", Arithmetic("*", Number(Fraction(100)), K), P)
    problem = Problem({"p": PRICES, "k": keys}, {"it": condition}, ("f",))
    found: list[Fraction | None] = []
    for maximise in (False, True):
        result = problem.best(["it"], [Goal(total, maximise=maximise)])
        assert isinstance(result, Optimal | Infeasible)
        found.append(result.goals[0] if isinstance(result, Optimal) else None)
    return found


def enumerated(condition: Expression, keys: Domain) -> list[Fraction | None]:
    met = [
        100 * Fraction(one["k"]) + Fraction(one["p"])
        for one in assignments(keys)
        if Evaluator(one).truth(condition)
    ]
    return [min(met), max(met)] if met else [None, None]


@given(_steps, _operators, _limits, st.sampled_from((FEW, MANY)))
def test_a_compiled_comparison_holds_just_where_it_is_evaluated(
    stairs: Steps, symbol: ComparisonOperator, limit: Fraction, keys: Domain
) -> None:
    condition = compared(stairs, symbol, limit)
    for one in (condition, Not(condition)):
        assert best(one, keys) == enumerated(one, keys)


@pytest.mark.parametrize("room", [None, Fraction(0), Fraction(1, 4)])
def test_nothing_in_a_box_is_told_at_once_where_it_is_sure(room: Fraction | None) -> None:
    # From 1 to 2 without the flag, from 2 to 3 with it.
    stairs = Steps((Fraction(1), Fraction(2)), room)
    never = (
        compared(stairs, ">=", Fraction(4)),
        Not(compared(stairs, "<", Fraction(4))),
        Not(compared(stairs, ">=", Fraction(1, 2))),
    )
    for condition in never:
        problem = Problem({"p": PRICES, "k": MANY}, {"it": condition}, ("f",))
        assert isinstance(problem.best(["it"], []), Infeasible)
        # The last solve finds nothing; each before it is put right.
        assert problem.solver.solves == 1 + (2 * MANY.count if room is None else 1)


def test_few_are_told_without_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_WITHOUT_BOXES", 8)
    never = compared(Steps((Fraction(1), Fraction(2)), Fraction(0)), ">=", Fraction(4))
    problem = Problem({"p": PRICES, "k": MANY}, {"it": never}, ("f",))
    assert isinstance(problem.best(["it"], []), Infeasible)
    assert problem.solver.solves == 1 + 8 + 1


@given(_steps, _operators, _limits, _limits)
def test_it_may_stand_on_either_side_and_among_others(
    stairs: Steps, symbol: ComparisonOperator, limit: Fraction, other: Fraction
) -> None:
    mirrored = Comparison(symbol, Number(limit), stepped(stairs))
    either = Junction("or", (mirrored, compared(stairs, "<", other)))
    both = Junction("and", (mirrored, Comparison(">=", P, Number(Fraction(1)))))
    for condition in (mirrored, either, both):
        assert best(condition, FEW) == enumerated(condition, FEW)


# A share of what fails, several times as much, and what it is compared with by the keys.
_turned = st.sampled_from(
    (
        lambda number: Arithmetic("-", Number(Fraction(1)), number),
        lambda number: Arithmetic("/", number, Number(Fraction(-1, 3))),
        lambda number: Negation(Arithmetic("*", Number(Fraction(2)), number)),
        lambda number: Arithmetic("+", Arithmetic("-", number, K), Number(Fraction(1, 4))),
    )
)
_by_keys = st.sampled_from(
    (
        Number(Fraction(1, 2)),
        Arithmetic("/", K, Number(Fraction(8))),
        Arithmetic("-", Number(Fraction(2)), Arithmetic("*", K, Number(Fraction(1, 4)))),
        Conditional(F, Number(Fraction(1)), Arithmetic("*", K, K)),
        Arithmetic("/", Number(Fraction(1)), K),
    )
)


@given(_steps, _operators, _turned, _by_keys, st.sampled_from((FEW, MANY)), st.booleans())
def test_it_may_be_turned_and_compared_with_what_its_keys_say(
    stairs: Steps,
    symbol: ComparisonOperator,
    turned: Callable[[Expression], Expression],
    limit: Expression,
    keys: Domain,
    mirrored: bool,  # noqa: FBT001 - a value
) -> None:
    number = turned(stepped(stairs))
    sides = (limit, number) if mirrored else (number, limit)
    condition = Comparison(symbol, *sides)
    for one in (condition, Not(condition)):
        assert best(one, keys) == enumerated(one, keys)


@given(_steps, _limits, st.sampled_from((FEW, MANY)))
def test_it_can_be_calculated_with(stairs: Steps, limit: Fraction, keys: Domain) -> None:
    half = Arithmetic("-", Arithmetic("*", stepped(stairs), P), Number(limit))
    condition = Comparison(">=", half, Number(Fraction(1, 2)))
    assert best(condition, keys) == enumerated(condition, keys)


@pytest.mark.parametrize(("count", "levels"), [(600, 1), (300, 2)])
def test_a_calculation_with_too_many_steps_is_told_and_not_tried(count: int, levels: int) -> None:
    """Of 1,200 combinations no step is looked at; 600 are looked at, and have too many."""
    number = Arithmetic("*", stepped(Steps(tuple(map(Fraction, range(levels))))), P)
    keys = Domain.grid(*map(Fraction, (1, count, 1)))
    with pytest.raises(NumericOverflow, match="too many steps"):
        best(Comparison(">=", number, Number(Fraction(1))), keys)


@given(_steps, st.tuples(st.sampled_from((0, 1, 5)), st.booleans()), _limits)
def test_swept_and_translated_it_is_what_is_evaluated(
    stairs: Steps, held: tuple[int, bool], limit: Fraction
) -> None:
    key, flag = held
    examples: dict[str, Value] = {"k": Fraction(key), "f": flag}
    condition = compared(stairs, ">=", limit)
    sweep = sweep_of(examples, ("k", "f"), [condition], stepped(stairs), "p", PRICES)
    swept = sweep((Fraction(key), flag), lambda _: False)
    point = point_of({**examples, "p": Fraction(1)}, ("p", "k", "f"), [condition], stepped(stairs))
    assert swept is not None
    holds = swept.holds[0]
    assert not isinstance(holds, bool)
    for index, price in enumerate(PRICES.values()):
        evaluator = Evaluator({**examples, "p": price})
        is_met = evaluator.truth(condition)
        assert any(low <= index <= high for low, high in holds) == is_met
        at = point((price, Fraction(key), flag))
        assert at.holds == (is_met,)
        assert Fraction(*at.number) == evaluator.number(stepped(stairs))


def test_without_anything_open_it_is_a_constant() -> None:
    stairs = Steps((Fraction(1), Fraction(3)))
    problem = Problem(
        {"p": Fraction(1, 2), "k": Fraction(0), "f": False, "x": FEW},
        {"holds": compared(stairs, ">=", Fraction(1)), "fails": compared(stairs, ">", Fraction(1))},
    )
    assert isinstance(problem.best(["holds"], []), Optimal)
    assert isinstance(problem.best(["fails"], []), Infeasible)


def test_two_are_equal_by_their_names_and_identity() -> None:
    stairs = Steps((Fraction(1),))
    assert Stepped(P, (K, F), stairs, "one") == Stepped(P, (K, F), Steps((Fraction(2),)), "one")
    assert stepped(stairs) != stepped(stairs)
