"""Domains of decision variables: exact grids and lists of values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product, repeat
from typing import overload

# Domains of so many numbers at most are listed; larger ones are told by ranges alone.
LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Spread(Sequence[int]):
    """The whole numbers of some ranges, each of which ends before the next begins."""

    parts: tuple[range, ...]

    def __len__(self) -> int:
        """How many numbers there are."""
        return sum(map(len, self.parts))

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Spread: ...
    def __getitem__(self, place: int | slice) -> int | Spread:
        """The number at a place, or those at some places in a row."""
        if isinstance(place, slice):
            first, last, _ = place.indices(len(self))
            return Spread(tuple(self._between(first, last)))
        place = range(len(self))[place]
        for part in self.parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(place)

    def _between(self, first: int, last: int) -> Iterator[range]:
        for part in self.parts:
            kept = part[max(0, first) : max(0, last)]
            if kept:
                yield kept
            first, last = first - len(part), last - len(part)

    def __contains__(self, number: object) -> bool:
        """Whether a number is one of them."""
        return any(number in part for part in self.parts)


@dataclass(frozen=True, slots=True)
class Domain:
    """The numbers `base + step * k` for `k` in ascending `indices`."""

    base: Fraction
    step: Fraction
    indices: Sequence[int]

    @staticmethod
    def grid(low: Fraction, high: Fraction, step: Fraction) -> Domain:
        """`low`, `low + step`, ... up to `high`; raises ValueError if there are none."""
        if step <= 0 or low > high:
            msg = f"no grid leads from {low} to {high} in steps of {step}"
            raise ValueError(msg)
        return Domain(low, step, range(math.floor((high - low) / step) + 1))

    @staticmethod
    def of(values: Iterable[Fraction]) -> Domain:
        """Some numbers, in any order; raises ValueError if there are none."""
        found = sorted(set(values))
        if not found:
            msg = "a domain needs at least one value"
            raise ValueError(msg)
        gaps = [value - found[0] for value in found[1:]]
        step = _common_divisor(gaps) if gaps else Fraction(1)
        return Domain(found[0], step, tuple(int((value - found[0]) / step) for value in found))

    def and_also(self, value: Fraction) -> Domain:
        """These numbers and another one."""
        if value in self:
            return self
        if self.count <= LISTED or not isinstance(self.indices, range):
            return Domain.of([*self.values(), value])
        # Too many to be listed, so the value becomes a range between those on its two sides.
        first, stride = self.indices.start, self.indices.step
        wanted = (value - self.base) / self.step
        below = max(0, min(self.count, math.ceil((wanted - first) / stride)))
        own = Domain(value, self.step, range(1))
        sides = (self.indices[:below], self.indices[below:])
        low, high = (Domain(self.base, self.step, side) for side in sides)
        return _joined([grid for grid in (low, own, high) if grid.count])

    def common(self, other: Domain) -> Domain | None:
        """The numbers that another domain has, too; `None` if there are none."""
        if self == other:
            return self
        if self.count <= LISTED:
            return _listed(self, [value for value in self.values() if value in other])
        pairs = product(_grids(self), _grids(other))
        met = [shared for one, two in pairs if (shared := _met(one, two)) is not None]
        return _joined(met) if met else None

    def apart(self, other: Domain) -> Iterator[Domain]:
        """The numbers that another domain does not have, in as many domains as it takes."""
        if self == other:
            return iter(())
        if self.count <= LISTED:
            rest = _listed(self, [value for value in self.values() if value not in other])
            return iter(() if rest is None else (rest,))
        left = iter(_grids(self))
        for grid in _grids(other):  # there may be very many parts, so they are made one by one
            left = chain.from_iterable(map(_left, left, repeat(grid)))
        return left

    def __len__(self) -> int:
        """How many numbers there are, where Python can count them: `count` always can."""
        return len(self.indices)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return _counted(self.indices)

    def __contains__(self, value: object) -> bool:
        """Whether a number is one of them."""
        if not isinstance(value, Fraction):
            return False
        index = (value - self.base) / self.step
        return index.denominator == 1 and index.numerator in self.indices

    def value(self, index: int) -> Fraction:
        """The number of an index."""
        base, step = self.base.as_integer_ratio(), self.step.as_integer_ratio()
        # One fraction instead of two: charts are made of thousands of them.
        return Fraction(base[0] * step[1] + step[0] * index * base[1], base[1] * step[1])

    @property
    def low(self) -> Fraction:
        """The least number."""
        return self.value(self.indices[0])

    @property
    def high(self) -> Fraction:
        """The greatest number."""
        return self.value(self.indices[-1])

    def values(self) -> Iterable[Fraction]:
        """All numbers, ascending, made one by one."""
        return (self.value(index) for index in self.indices)


def _listed(domain: Domain, values: Sequence[Fraction]) -> Domain | None:
    """Some of a domain's numbers, as they are given if they are all of them."""
    if len(values) == domain.count:
        return domain
    return Domain.of(values) if values else None


def _grids(domain: Domain) -> list[Domain]:
    """A domain as grids, ascending."""
    match domain.indices:
        case range():
            return [domain]
        case Spread(parts):
            return [Domain(domain.base, domain.step, part) for part in parts]
        case _:
            return [Domain(value, domain.step, range(1)) for value in domain.values()]


def _met(one: Domain, two: Domain) -> Domain | None:
    """The numbers of two grids."""
    unit, mine, theirs = _aligned(one, two)
    return _grid(one, unit, _shared(mine, theirs))


def _left(one: Domain, two: Domain) -> Iterator[Domain]:
    """The numbers of a grid that another one does not have, as grids."""
    unit, mine, theirs = _aligned(one, two)
    shared = _shared(mine, theirs)
    if not shared:
        yield one
        return
    # What is left: all before the first shared number, all behind the last, and between them
    # every grid of the same stride that is shifted by less than that.
    first, last = mine.index(shared[0]), mine.index(shared[-1])
    stride = shared.step // mine.step
    between = (mine[first + rest : last : stride] for rest in range(1, stride))
    ends = (mine[:first], mine[last + 1 :])
    for part in chain(ends, () if first == last else between):
        grid = _grid(one, unit, part)
        if grid is not None:
            yield grid


def _aligned(one: Domain, two: Domain) -> tuple[Fraction, range, range]:
    """The numbers of two grids in whole steps of a unit, counted from the first one's least."""
    unit = _common_divisor([one.step, two.step, two.low - one.low])
    ranges = []
    for grid in (one, two):
        start, step = int((grid.low - one.low) / unit), int(_stride(grid) / unit)
        ranges.append(range(start, start + grid.count * step, step))
    return unit, ranges[0], ranges[1]


def _stride(grid: Domain) -> Fraction:
    """The distance of a grid's neighbours."""
    return grid.step * (grid.indices.step if isinstance(grid.indices, range) else 1)


def _shared(one: range, two: range) -> range:
    """The numbers of both ranges, by the Chinese remainder theorem."""
    divisor = math.gcd(one.step, two.step)
    if (two.start - one.start) % divisor:
        return range(0)
    # After so many turns the one meets the other, and again after each modulus of turns.
    modulus = two.step // divisor
    turns = (two.start - one.start) // divisor * pow(one.step // divisor, -1, modulus)
    low, step = max(one.start, two.start), one.step * modulus
    first = low + (one.start + one.step * turns - low) % step
    return range(first, min(one[-1], two[-1]) + 1, step)


def _grid(like: Domain, unit: Fraction, places: range) -> Domain | None:
    """The numbers so many units above the least of a grid; the grid itself if they are all."""
    if _counted(places) == like.count:
        return like
    if not places:
        return None
    return Domain(like.low + unit * places[0], unit * places.step, range(_counted(places)))


def _joined(grids: Sequence[Domain]) -> Domain:
    """The numbers of some grids, ascending, as one domain."""
    if len(grids) == 1:
        return grids[0]
    base = grids[0].low
    # The finest step that all of them can be counted in, from the least number of all.
    step = _common_divisor([*map(_stride, grids), *(grid.low - base for grid in grids[1:])])
    parts = []
    for grid in grids:
        start, stride = int((grid.low - base) / step), int(_stride(grid) / step)
        parts.append(range(start, start + grid.count * stride, stride))
    return Domain(base, step, Spread(tuple(parts)))


def _common_divisor(numbers: Sequence[Fraction]) -> Fraction:
    # The greatest fraction of which all are multiples: the gcd of whole numbers, over what made
    # them whole.
    denominator = math.lcm(*(number.denominator for number in numbers))
    return Fraction(math.gcd(*(int(number * denominator) for number in numbers)), denominator)


def _counted(indices: Sequence[int]) -> int:
    """How many there are; Python's own `len` ends at 2^63."""
    if isinstance(indices, Spread):
        return sum(map(_counted, indices.parts))
    if isinstance(indices, range):
        return max(0, -((indices.start - indices.stop) // indices.step))
    return len(indices)
