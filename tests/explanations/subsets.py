"""Minimal conflicts, corrections and hitting sets by trying every subset, as bits of numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def feasible_subsets(met: Iterable[int], count: int) -> bytearray:
    """For every subset of `count` members whether some point satisfies all of it."""
    feasible = bytearray(1 << count)
    for bits in met:
        feasible[bits] = 1
    for place in range(count):
        bit = 1 << place
        for subset in range(1 << count):
            if subset & bit and feasible[subset]:
                feasible[subset ^ bit] = 1
    return feasible


def _without_each(subset: int) -> list[int]:
    """The subset without each of its members in turn."""
    return [subset ^ 1 << place for place in range(subset.bit_length()) if subset >> place & 1]


def minimal_conflicts(feasible: bytearray) -> set[int]:
    """The infeasible subsets that are feasible without any one member."""
    return {
        subset
        for subset in range(len(feasible))
        if not feasible[subset] and all(feasible[less] for less in _without_each(subset))
    }


def corrections(feasible: bytearray, changeable: int) -> set[int]:
    """The minimal subsets of the changeable members without which the rest is feasible."""
    full = len(feasible) - 1
    enough = [s for s in range(full + 1) if not s & ~changeable and feasible[full ^ s]]
    return minimal(enough)


def minimal(sets: Collection[int]) -> set[int]:
    """The sets that contain no other."""
    return {one for one in sets if not any(two != one and two & one == two for two in sets)}


def hitting_sets(sets: Collection[int], members: int) -> set[int]:
    """The minimal subsets of `members` that meet every one of some sets, by trying them all."""
    tried = range(members + 1)
    return minimal([s for s in tried if not s & ~members and all(s & one for one in sets)])
