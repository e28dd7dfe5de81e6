"""Boxes in which something is certain: as wide as they can be, and no wider than it is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from constraints.language.dimensions import ANY, Interval
from constraints.language.domains import Domain
from constraints.language.expressions import Name, Table, Value
from constraints.language.ranges import Bound, Box, Ranges, widened

SIDES = (5, 3, 7)
NAMES = ("x", "y", "z")
WHOLE = {name: (0, side - 1) for name, side in zip(NAMES, SIDES, strict=True)}
POINTS = [*product(*map(range, SIDES))]


def points(box: Box) -> Iterator[tuple[int, ...]]:
    return product(*(range(first, last + 1) for first, last in map(box.__getitem__, NAMES)))


def wider(box: Box) -> Iterator[Box]:
    """The boxes with one side moved on by a place."""
    for name, (first, last) in box.items():
        if first > WHOLE[name][0]:
            yield {**box, name: (first - 1, last)}
        if last < WHOLE[name][1]:
            yield {**box, name: (first, last + 1)}


@given(st.sets(st.sampled_from(POINTS), max_size=12), st.sampled_from(POINTS))
def test_a_box_is_widened_until_no_side_can_move(
    but: set[tuple[int, ...]], start: tuple[int, ...]
) -> None:
    but -= {start}
    tried: list[Box] = []

    def is_certain(box: Box) -> bool:
        tried.append(box)
        return but.isdisjoint(points(box))

    here = {name: (place, place) for name, place in zip(NAMES, start, strict=True)}
    found = widened(here, WHOLE, is_certain)
    assert start in points(found)
    assert is_certain(found)
    assert not any(map(is_certain, wider(found)))
    assert all(set(points(box)) <= set(POINTS) for box in tried)


def test_it_takes_few_questions() -> None:
    here, large = {"x": (7, 7), "y": (0, 0)}, {"x": (0, 10**15), "y": (0, 10**6)}
    tried: list[Box] = []

    def is_below(end: int, box: Box) -> bool:
        tried.append(box)
        return box["x"][1] < end

    assert widened(here, large, partial(is_below, 10**15 + 1)) == large
    assert len(tried) == 3
    assert widened(here, large, partial(is_below, 10**9)) == {**large, "x": (0, 10**9 - 1)}
    # By halves, and not place by place.
    assert len(tried) < 100


def test_a_table_is_known_where_its_keys_are() -> None:
    rows: dict[tuple[Value, ...], Fraction] = {
        (Fraction(n), flag): Fraction(n + 10 * flag) for n in (1, 2) for flag in (False, True)
    }
    table = Table((Name("n"), Name("b")), rows)
    known = Ranges({"n": Fraction(2), "b": True})
    assert known.range(table) == Interval.point(Fraction(12))
    unsure: list[Mapping[str, Bound]] = [
        {"n": Domain.of([Fraction(1), Fraction(2)]), "b": True},
        {"n": Fraction(1)},
    ]
    assert all(Ranges(bindings).range(table) == ANY for bindings in unsure)
