"""Lines and ranges are what they are at every index."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.lines import piecewise
from constraints.lines.piecewise import Line, NotAffineError, Ranges

LAST = 11
EVERYWHERE = range(LAST + 1)
whole = st.integers(-30, 30)


@st.composite
def lines(draw: st.DrawFn, slope: st.SearchStrategy[int] = whole) -> Line:
    inner = draw(st.lists(st.integers(0, LAST - 1), unique=True, max_size=3).map(sorted))
    pieces = [(end, draw(slope), draw(whole)) for end in [*inner, LAST]]
    return draw(st.integers(1, 6)), tuple(pieces)


ranges = st.sets(st.integers(0, LAST)).map(
    lambda found: piecewise.either((), tuple((index, index) for index in found))
)
pairs = st.tuples(whole, st.integers(1, 6))


def at(line: Line, index: int) -> Fraction:
    return Fraction(*piecewise.value(line, index))


def members(found: Ranges) -> set[int]:
    """The indices, after a look at whether the ranges are as they should be."""
    for (_, high), (low, _) in itertools.pairwise(found):
        assert high + 1 < low, "ranges neither touch nor come out of order"
    assert all(0 <= low <= high <= LAST for low, high in found)
    return {index for low, high in found for index in range(low, high + 1)}


@given(one=lines(), other=lines(), a=pairs, b=pairs)
def test_lines_are_combined_point_by_point(
    one: Line, other: Line, a: tuple[int, int], b: tuple[int, int]
) -> None:
    both = piecewise.combined(one, *a, other, *b)
    raised = piecewise.affine(one, *a, *b)
    for k in EVERYWHERE:
        assert at(both, k) == at(one, k) * Fraction(*a) + at(other, k) * Fraction(*b)
        assert at(raised, k) == at(one, k) * Fraction(*a) + Fraction(*b)
        assert at(piecewise.negative(one), k) == -at(one, k)


@given(one=lines(), other=lines(), limit=pairs)
def test_the_greater_and_the_less_at_every_index(
    one: Line, other: Line, limit: tuple[int, int]
) -> None:
    pairs_of: list[tuple[Line, Callable[[int], Fraction]]] = [
        (piecewise.greater(one, other), lambda k: max(at(one, k), at(other, k))),
        (piecewise.lesser(one, other), lambda k: min(at(one, k), at(other, k))),
        (piecewise.at_least(one, *limit), lambda k: max(at(one, k), Fraction(*limit))),
        (piecewise.at_most(one, *limit), lambda k: min(at(one, k), Fraction(*limit))),
    ]
    for line, expected in pairs_of:
        assert [at(line, k) for k in EVERYWHERE] == [expected(k) for k in EVERYWHERE]


@given(one=lines(), still=lines(st.just(0)))
def test_a_product_with_what_stands_still(one: Line, still: Line) -> None:
    for product in (piecewise.times(one, still), piecewise.times(still, one)):
        assert [at(product, k) for k in EVERYWHERE] == [
            at(one, k) * at(still, k) for k in EVERYWHERE
        ]


def test_a_product_of_what_moves_is_refused_but_at_single_indices() -> None:
    moving: Line = (1, ((LAST, 2, 1),))
    with pytest.raises(NotAffineError):
        piecewise.times(moving, moving)
    steps: Line = (1, tuple((k, 1, k) for k in EVERYWHERE))
    assert at(piecewise.times(steps, moving), 3) == 6 * 7


@given(line=lines(), factor=pairs, limit=pairs)
def test_where_a_line_compares_so(
    line: Line, factor: tuple[int, int], limit: tuple[int, int]
) -> None:
    scaled, bound = [at(line, k) * Fraction(*factor) for k in EVERYWHERE], Fraction(*limit)
    parts = line, *factor, *limit
    assert members(piecewise.not_below(*parts)) == {k for k in EVERYWHERE if scaled[k] >= bound}
    assert members(piecewise.above(*parts)) == {k for k in EVERYWHERE if scaled[k] > bound}
    assert members(piecewise.not_above(*parts)) == {k for k in EVERYWHERE if scaled[k] <= bound}
    assert members(piecewise.below(*parts)) == {k for k in EVERYWHERE if scaled[k] < bound}
    assert members(piecewise.equal(*parts)) == {k for k in EVERYWHERE if scaled[k] == bound}


@given(one=ranges, other=ranges, inside=lines(), outside=lines())
def test_ranges_are_sets(one: Ranges, other: Ranges, inside: Line, outside: Line) -> None:
    left, right = members(one), members(other)
    assert members(piecewise.both(one, other)) == left & right
    assert members(piecewise.either(one, other)) == left | right
    assert members(piecewise.others(one, LAST)) == set(EVERYWHERE) - left
    line = piecewise.chosen(one, inside, outside)
    assert [at(line, k) for k in EVERYWHERE] == [
        at(inside if k in left else outside, k) for k in EVERYWHERE
    ]


@given(line=lines(), where=ranges)
def test_the_highest_is_the_first_of_the_highest(line: Line, where: Ranges) -> None:
    best = max(members(where), key=lambda k: (at(line, k), -k), default=None)
    assert piecewise.highest(line, where) == best


@given(over=lines(), under=lines())
def test_a_quotient_has_the_same_ratio_over_what_is_positive(over: Line, under: Line) -> None:
    values = [at(under, k) for k in EVERYWHERE]
    try:
        upper, lower = piecewise.quotient(over, under)
    except NotAffineError:
        assert min(values) <= 0 <= max(values)
        return
    for k in EVERYWHERE:
        assert at(lower, k) > 0
        assert at(upper, k) / at(lower, k) == at(over, k) / values[k]


@given(keys=lines(st.just(0)))
def test_a_table_is_looked_up_piece_by_piece(keys: Line) -> None:
    line = piecewise.looked_up(lambda over, under: (over * over + 1, under * under), keys)
    for k in EVERYWHERE:
        over, under = piecewise.value(keys, k)
        assert at(line, k) == Fraction(over * over + 1, under * under)


def test_a_table_cannot_be_looked_up_by_what_moves() -> None:
    with pytest.raises(NotAffineError):
        piecewise.looked_up(lambda over, under: (over, under), (1, ((LAST, 1, 0),)))


@given(found=st.lists(ranges, max_size=5))
def test_in_how_many_ranges_each_index_is(found: list[Ranges]) -> None:
    number = piecewise.counted(found, LAST)
    for k in EVERYWHERE:
        assert at(number, k) == sum(k in members(one) for one in found)
        assert all(piecewise.within(one, k) == (k in members(one)) for one in found)


@given(over=lines(), under=lines(), where=ranges)
def test_the_first_index_of_the_highest_ratio(over: Line, under: Line, where: Ranges) -> None:
    positive = piecewise.both(piecewise.above(under, 1, 1, 0, 1), where)
    found = piecewise.highest_ratio(over, under, positive)
    ratios = {k: at(over, k) / at(under, k) for k in sorted(members(positive))}
    assert found == (max(ratios, key=lambda k: ratios[k]) if ratios else None)
