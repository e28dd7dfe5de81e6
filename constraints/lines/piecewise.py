"""Piecewise affine functions of one whole number, and sets of whole numbers, all exact.

The number runs from 0 to the last index of a grid. These are plain tuples of integers: thousands
of requests a second go through here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

# `(end, slope, offset)`: the value is `slope * k + offset`, from where the piece before ends.
Piece: TypeAlias = tuple[int, int, int]
# All values are over one positive divisor; the last piece ends at the last index.
Line: TypeAlias = tuple[int, tuple[Piece, ...]]
# From and to, both included; ascending, and none touches the next.
Ranges: TypeAlias = tuple[tuple[int, int], ...]
Pair: TypeAlias = tuple[int, int]


class NotAffineError(Exception):
    """A product of two numbers that both change within a piece."""


def constant(number: int, divisor: int, last: int) -> Line:
    """The same value everywhere."""
    return divisor, ((last, 0, number),)


def value(line: Line, index: int) -> Pair:
    """The value at an index: numerator and positive denominator, not reduced."""
    divisor, pieces = line
    for end, slope, offset in pieces:
        if index <= end:
            return slope * index + offset, divisor
    raise IndexError(index)


def affine(line: Line, over: int, under: int, plus: int, plus_under: int) -> Line:
    """The line times `over / under`, plus `plus / plus_under`."""
    own, pieces = line
    divisor = own * under
    over *= plus_under
    plus *= divisor
    return divisor * plus_under, tuple([(end, a * over, b * over + plus) for end, a, b in pieces])


def combined(  # noqa: PLR0913, PLR0917
    one: Line, over: int, under: int, other: Line, other_over: int, other_under: int
) -> Line:
    """One line times `over / under`, plus another one times its own factor."""
    left, right = one[0] * under, other[0] * other_under
    joined = _joined(one[1], other[1])
    if left == right:  # usual, and worth it: divisors stay short
        f, g = over, other_over
    else:
        common = math.gcd(left, right)
        f, g = over * (right // common), other_over * (left // common)
        left *= right // common
    return left, tuple([(end, a * f + c * g, b * f + d * g) for end, a, b, c, d in joined])


def times(one: Line, other: Line) -> Line:
    """The product; raises `NotAffineError` unless one of them stands still in every piece."""
    pieces = []
    start = 0
    for end, a, b, c, d in _joined(one[1], other[1]):
        if a and c:
            if start != end:
                raise NotAffineError
            # At a single index any line will do.
            pieces.append((end, 0, (a * end + b) * (c * end + d)))
        else:
            pieces.append((end, a * d + c * b, b * d))
        start = end + 1
    return one[0] * other[0], tuple(pieces)


def at_least(line: Line, over: int, under: int) -> Line:
    """The line, or a number where that is greater."""
    own, pieces = line
    if under != 1:
        pieces = tuple([(end, a * under, b * under) for end, a, b in pieces])
    return own * under, _greater([(end, a, b, 0, over * own) for end, a, b in pieces])


def at_most(line: Line, over: int, under: int) -> Line:
    """The line, or a number where that is less."""
    return negative(at_least(negative(line), -over, under))


def greater(one: Line, other: Line) -> Line:
    """The greater of the two at every index."""
    divisor, pieces = _side_by_side(one, other)
    return divisor, _greater(pieces)


def lesser(one: Line, other: Line) -> Line:
    """The lesser of the two at every index."""
    divisor, pieces = _side_by_side(one, other)
    turned = _greater([(end, -a, -b, -c, -d) for end, a, b, c, d in pieces])
    return divisor, tuple([(end, -a, -b) for end, a, b in turned])


def negative(line: Line) -> Line:
    """The line with its sign turned."""
    divisor, pieces = line
    return divisor, tuple([(end, -a, -b) for end, a, b in pieces])


def quotient(over: Line, under: Line) -> tuple[Line, Line]:
    """Two lines with the same ratio, the lower one positive everywhere.

    Raises `NotAffineError` where the lower one is zero or changes its sign.
    """
    # Where it may be zero the ratio has no value, which a line cannot say.
    whole = ((0, under[1][-1][0]),)
    if above(under, 1, 1, 0, 1) == whole:
        return over, under
    if below(under, 1, 1, 0, 1) == whole:
        return negative(over), negative(under)
    raise NotAffineError


def chosen(where: Ranges, inside: Line, outside: Line) -> Line:
    """One line in some ranges, another one elsewhere."""
    divisor, pieces = _side_by_side(inside, outside)
    parts: list[Piece] = []
    start = 0  # the first index that no part has yet; pieces and ranges both ascend
    for end, a, b, c, d in pieces:
        for low, high in where:
            if high < start:
                continue
            if low > end:
                break
            if low > start:
                parts.append((low - 1, c, d))
            parts.append((min(high, end), a, b))
            start = high + 1
        if start <= end:
            parts.append((end, c, d))
        start = end + 1
    return divisor, _compact(parts)


def looked_up(row: Callable[[int, int], Pair], line: Line) -> Line:
    """The line through what `row` gives for each value, which must stand still in every piece."""
    own, pieces = line
    values = []
    start = 0
    for end, slope, offset in pieces:
        if slope and start != end:
            raise NotAffineError
        values.append((end, *row(slope * end + offset, own)))
        start = end + 1
    # Rows are fractions of any kind, and a line has one divisor.
    divisor = math.lcm(*[under for _, _, under in values])
    return divisor, tuple([(end, 0, over * (divisor // under)) for end, over, under in values])


def not_below(line: Line, over: int, under: int, limit: int, limit_under: int) -> Ranges:
    """Where the line times `over / under` is at least a limit."""
    own, pieces = line
    reach = limit * own * under  # a * k + b, times `over * limit_under`, has to reach this
    factor = over * limit_under
    if factor < 0:
        pieces, factor = tuple([(end, -a, -b) for end, a, b in pieces]), -factor
    elif not factor:
        return ((0, pieces[-1][0]),) if limit <= 0 else ()
    # Pieces are whole numbers: at least a fraction is at least the next whole number.
    return _reaching(pieces, -(-reach // factor))


def above(line: Line, over: int, under: int, limit: int, limit_under: int) -> Ranges:
    """Where the line times `over / under` is above a limit."""
    own, pieces = line
    reach, factor = limit * own * under, over * limit_under
    if factor < 0:
        pieces, factor = tuple([(end, -a, -b) for end, a, b in pieces]), -factor
    elif not factor:
        return ((0, pieces[-1][0]),) if limit < 0 else ()
    return _reaching(pieces, reach // factor + 1)


def not_above(line: Line, over: int, under: int, limit: int, limit_under: int) -> Ranges:
    """Where the line times `over / under` is at most a limit."""
    return not_below(line, -over, under, -limit, limit_under)


def below(line: Line, over: int, under: int, limit: int, limit_under: int) -> Ranges:
    """Where the line times `over / under` is below a limit."""
    return above(line, -over, under, -limit, limit_under)


def equal(line: Line, over: int, under: int, limit: int, limit_under: int) -> Ranges:
    """Where the line times `over / under` is a certain number."""
    parts = line, over, under, limit, limit_under
    return both(not_below(*parts), not_above(*parts))


def _reaching(pieces: tuple[Piece, ...], least: int) -> Ranges:
    """Where pieces of whole numbers are at least a whole number."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for end, slope, offset in pieces:
        low, high = start, end
        # Of a slope the index is rounded towards the inside; a level piece is in or out.
        if slope > 0:
            first = -((offset - least) // slope)
            low = max(first, low)
        elif slope < 0:
            last = (offset - least) // -slope
            high = min(last, high)
        elif offset < least:
            high = low - 1
        if low <= high:
            if ranges and ranges[-1][1] + 1 == low:
                ranges[-1] = (ranges[-1][0], high)
            else:
                ranges.append((low, high))
        start = end + 1
    return tuple(ranges)


def both(one: Ranges, other: Ranges) -> Ranges:
    """What is in the one and in the other."""
    if len(one) == len(other) == 1:  # usual
        (low, high), (start, end) = one[0], other[0]
        low, high = max(low, start), min(high, end)
        return ((low, high),) if low <= high else ()
    common = []
    place, count = 0, len(other)
    for low, high in one:
        # Both ascend, so that what lies behind is never looked at again.
        while place < count and other[place][1] < low:
            place += 1
        at = place
        while at < count and other[at][0] <= high:
            common.append((max(low, other[at][0]), min(high, other[at][1])))
            at += 1
    return tuple(common)


def within(ranges: Ranges, index: int) -> bool:
    """Whether an index is in some ranges."""
    return True in [low <= index <= high for low, high in ranges]


def others(ranges: Ranges, last: int) -> Ranges:
    """All indices up to the last that are not in some ranges."""
    gaps = []
    start = 0
    for low, high in (*ranges, (last + 1, last + 1)):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return tuple(gaps)


def either(one: Ranges, other: Ranges) -> Ranges:
    """What is in the one or in the other."""
    ranges: list[tuple[int, int]] = []
    for low, high in sorted(one + other):
        _append(ranges, low, high)
    return tuple(ranges)


def counted(sets: Sequence[Ranges], last: int) -> Line:
    """In how many of some sets each index up to the last is."""
    changes: Counter[int] = Counter()  # by how much the number changes from an index on
    for low, high in chain.from_iterable(sets):
        changes[low] += 1
        changes[high + 1] -= 1
    pieces: list[Piece] = []
    number = 0
    for index in sorted({*changes, last + 1}):
        if index:
            pieces.append((index - 1, 0, number))
        number += changes[index]
    return 1, tuple(pieces)


def highest(line: Line, where: Ranges) -> int | None:
    """The first index in some ranges at which the line is highest; `None` if there is no index."""
    best: int | None = None
    most = 0
    for start, end, slope, offset in _pieces_within(line, where):
        # A straight piece is highest at one of its ends; of equal heights the first index counts.
        index = end if slope > 0 else start
        height = slope * index + offset
        if best is None or height > most:
            best, most = index, height
    return best


def highest_ratio(over: Line, under: Line, where: Ranges) -> int | None:
    """The first index in some ranges at which a ratio is highest; `None` if there is no index.

    The lower line has to be positive in the ranges.
    """
    best: int | None = None
    most = (0, 1)
    start = 0
    for end, a, b, c, d in _joined(over[1], under[1]):
        for ends in both(((start, end),), where):
            # Between two poles a ratio of two straight lines only rises, or only falls.
            for index in ends:
                ratio = a * index + b, c * index + d
                if best is None or ratio[0] * most[1] > most[0] * ratio[1]:
                    best, most = index, ratio
        start = end + 1
    return best


def _pieces_within(line: Line, where: Ranges) -> Iterator[tuple[int, int, int, int]]:
    start = 0
    for end, slope, offset in line[1]:
        for low, high in both(((start, end),), where):
            yield low, high, slope, offset
        start = end + 1


def _greater(pieces: Sequence[tuple[int, int, int, int, int]]) -> tuple[Piece, ...]:
    parts: list[Piece] = []
    start = 0
    for end, a, b, c, d in pieces:
        slope, offset = a - c, b - d
        # Two lines cross at most once, so who is above at both ends tells all in between.
        first, last = slope * start + offset >= 0, slope * end + offset >= 0
        if first and last:
            parts.append((end, a, b))
        elif not first and not last:
            parts.append((end, c, d))
        elif last:
            cut = -(offset // slope)  # the first index from which the one is not below
            parts += ((cut - 1, c, d), (end, a, b))
        else:
            cut = offset // -slope  # the last index to which the one is not below
            parts += ((cut, a, b), (end, c, d))
        start = end + 1
    return _compact(parts) if len(parts) > 1 else tuple(parts)


def _append(ranges: list[tuple[int, int]], low: int, high: int) -> None:
    """Add a range that begins no sooner than the last one."""
    if ranges and low <= ranges[-1][1] + 1:
        ranges[-1] = (ranges[-1][0], max(high, ranges[-1][1]))
    else:
        ranges.append((low, high))


def _compact(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces, with those that go on in the same way put together."""
    compact = [pieces[0]]
    for piece in pieces[1:]:
        if compact[-1][1:] == piece[1:]:
            compact[-1] = piece
        else:
            compact.append(piece)
    return tuple(compact)


def _joined(
    one: tuple[Piece, ...], other: tuple[Piece, ...]
) -> list[tuple[int, int, int, int, int]]:
    """The pieces of two lines between all of their ends."""
    if len(one) == 1:
        _, a, b = one[0]
        return [(end, a, b, c, d) for end, c, d in other]
    if len(other) == 1:
        _, c, d = other[0]
        return [(end, a, b, c, d) for end, a, b in one]
    joined = []
    i = j = 0
    while i < len(one):
        (end, a, b), (until, c, d) = one[i], other[j]
        if end < until:
            joined.append((end, a, b, c, d))
            i += 1
        else:
            joined.append((until, a, b, c, d))
            # Both go up to the same last index, so that the other one never runs out first.
            j += 1
            i += end == until
    return joined


def _side_by_side(one: Line, other: Line) -> tuple[int, list[tuple[int, int, int, int, int]]]:
    """The pieces of two lines between all of their ends, over one divisor."""
    under, over = one[0], other[0]
    joined = _joined(one[1], other[1])
    if under == over:
        return under, joined
    # Over the least common divisor: numbers that grow with each step would soon be long.
    common = math.gcd(under, over)
    f, g = over // common, under // common
    return under * f, [(end, a * f, b * f, c * g, d * g) for end, a, b, c, d in joined]
