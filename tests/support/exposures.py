"""Months at risk of small cohorts, for tests of what is fitted to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cp_pricing.fitting.retention.exposure import FREE, Exposure, Segment, exposure_of


def cohort(left: Sequence[int], customers: int = 1_000) -> Exposure:
    """Customers who started together, and how many of them are left after each period."""
    segments: list[Segment] = []
    before = customers
    for period, after in enumerate(left, start=1):
        segments += [
            Segment(len(segments) + number, FREE, 0, period, lost=True)
            for number in range(before - after)
        ]
        before = after
    still = [
        Segment(len(segments) + number, FREE, 0, len(left), lost=False) for number in range(before)
    ]
    return exposure_of(segments + still)


def lives(known: Iterable[tuple[int, int, bool]]) -> Exposure:
    """Customers by when they were first seen, up to when, and whether they left then (months)."""
    segments = [
        Segment(number, FREE, first, last, lost) for number, (first, last, lost) in enumerate(known)
    ]
    return exposure_of(segments)
