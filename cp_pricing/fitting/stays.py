"""Subscriptions to stays: from when to when somebody was a customer, and under which terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from cp_pricing.fitting.months import begun_months, complete_months
from cp_pricing.fitting.retention.exposure import FREE, IN_TERM, REDUCED, Segment

PAUSE = timedelta(days=31)
"""Who comes back within it has not left."""


class Subscription(NamedTuple):
    """A row of the subscriptions: from the morning of `start` to that of `end`, if there is one."""

    customer: int
    start: date
    end: date | None
    plan: str
    term_months: int | None
    seats: float | None
    reduced: bool


class Stay(NamedTuple):
    """Subscriptions of a customer without a pause between them, in order of their starts."""

    customer: int
    start: date
    end: date | None
    parts: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """What the tables can tell of: from `seen_from` on, if there is such a day, up to `until`.

    `until` is the morning on which the data ends. Who left before `seen_from` is in no table.
    """

    until: date
    seen_from: date | None = None

    def entered(self, start: date) -> int:
        """The first period of a stay that begins after the customer was first seen."""
        if self.seen_from is None or start >= self.seen_from:
            return 0
        return begun_months(start, self.seen_from)


@dataclass(frozen=True, slots=True)
class Stays:
    """The stays, by customer and start, and what of the subscriptions is not in them as it was."""

    stays: tuple[Stay, ...]
    dropped: Counter[str]


ENDS_FIRST = "subscriptions that end before they start, left out"
STARTS_LATE = "subscriptions that start after the last day of the data, left out"
OVERLAPS = "subscriptions that overlap another one of their customer, joined with it"
RETURNS = "stays of customers who came back after more than 31 days, counted as stays of their own"
INCOMPLETE_END = (
    "customers who left in a month not over on the last day, counted as there before it"
)
NOT_SEEN = "stays without one whole month within the data, left out of the retention"


def stays_of(subscriptions: Iterable[Subscription], until: date) -> Stays:
    """The stays that begin before the morning of `until`."""
    dropped: Counter[str] = Counter()
    sound = []
    for each in subscriptions:
        if each.end is not None and each.end < each.start:
            dropped[ENDS_FIRST] += 1
        elif each.start >= until:
            dropped[STARTS_LATE] += 1
        else:
            sound.append(each)
    sound.sort(key=lambda each: (each.customer, each.start, each.end or date.max, each.plan))
    found: list[Stay] = []
    for _, own in groupby(sound, key=lambda each: each.customer):
        joined = list(_joined(list(own), dropped))
        dropped[RETURNS] += len(joined) - 1
        found += joined
    return Stays(tuple(found), +dropped)


def _joined(own: Sequence[Subscription], dropped: Counter[str]) -> Iterator[Stay]:
    """The stays of one customer, whose subscriptions come in order of their starts."""
    first, end, begin = own[0], own[0].end, 0
    for place, each in enumerate(own[1:], start=1):
        if end is not None and each.start > end + PAUSE:
            yield Stay(first.customer, own[begin].start, end, tuple(own[begin:place]))
            end, begin = each.end, place
            continue
        dropped[OVERLAPS] += end is None or each.start < end
        end = None if end is None or each.end is None else max(end, each.end)
    yield Stay(first.customer, own[begin].start, end, tuple(own[begin:]))


# --- months at risk -------------------------------------------------------------------------


def segments_of(stays: Iterable[Stay], window: Window, dropped: Counter[str]) -> list[Segment]:
    """The months at risk of the stays within a window; counts what is not among them."""
    segments: list[Segment] = []
    for stay in stays:
        entered, left = window.entered(stay.start), False
        seen = complete_months(stay.start, window.until)
        if stay.end is not None and stay.end <= window.until:
            # Who ends on the day that completes a month has left at the end of it.
            periods = max(begun_months(stay.start, stay.end), 1)
            left = periods <= seen
            dropped[INCOMPLETE_END] += not left
            seen = min(seen, periods)
        if seen <= entered:
            dropped[NOT_SEEN] += 1
            continue
        segments += _by_state(stay, entered, seen, left=left)
    return segments


def _by_state(stay: Stay, entered: int, seen: int, *, left: bool) -> Iterator[Segment]:
    terms = _terms(stay)
    if not terms:
        yield Segment(stay.customer, FREE, entered, seen, left)
        return
    turns = {entered, seen, *(month for begin, end, _ in terms for month in (begin, end))}
    inside = sorted(month for month in turns if entered <= month <= seen)
    for first, last in pairwise(inside):
        state = max((s for begin, end, s in terms if begin <= first < end), default=FREE)
        yield Segment(stay.customer, state, first, last, left and last == seen)


def _terms(stay: Stay) -> list[tuple[int, int, int]]:
    """From which to before which month of the stay a term runs, and in which state.

    A later month-to-month subscription begins no term: only the first month of a stay is in one.
    """
    found = []
    for place, part in enumerate(stay.parts):
        if part.term_months is not None and (part.term_months > 1 or place == 0):
            begin = complete_months(stay.start, part.start)
            state = REDUCED if part.reduced else IN_TERM
            found.append((begin, begin + part.term_months, state))
    return found
