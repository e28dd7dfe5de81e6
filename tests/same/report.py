"""What is told of a run: new kinds of differences as they come, and counts at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.same.compare import Difference, Tally
from tests.same.spots import Spot

KINDS = 60  # shown at the end
SPOTS = 3  # shown of each command


def news(tally: Tally, known: Tally) -> Iterator[str]:
    """The differences of a trial that are of kinds not met before."""
    met = {kind for difference in known.differences for kind in _by_kind(difference)}
    for difference in tally.differences:
        spots = [spot for kind, spot in _by_kind(difference).items() if kind not in met]
        met |= _by_kind(difference).keys()
        if spots:
            yield f"=== {difference.command}"
            yield f"    in {difference.folder}"
        for where, spot in spots[:SPOTS]:
            yield from (f"    {where}: {line}" for line in spot.shown())


def _by_kind(difference: Difference) -> dict[str, tuple[str, Spot]]:
    """The first spot of each kind."""
    found: dict[str, tuple[str, Spot]] = {}
    for spot in difference.spots:
        found.setdefault(_kind(difference, spot), spot)
    return found


def _kind(difference: Difference, where_and_spot: tuple[str, Spot]) -> str:
    """Which command says what instead of what, on which stream or in which kind of file."""
    where, spot = where_and_spot
    place = f"file *{Path(where).suffix}" if where.startswith("file ") else where
    return f"{difference.command.name}, {place}: {spot.kind}"


def kinds(total: Tally) -> Iterator[str]:
    """How often each kind of difference was met, in how many commands, and the first of them."""
    spots: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    first: dict[str, Difference] = {}
    for difference in total.differences:
        found = Counter(_kind(difference, spot) for spot in difference.spots)
        spots += found
        commands.update(found.keys())
        first = dict.fromkeys(found, difference) | first
    for kind, times in spots.most_common(KINDS):
        yield f"{times} x in {commands[kind]} commands: {kind}"
        yield f"    {first[kind].command}"
        yield f"    in {first[kind].folder}"
    if len(spots) > KINDS:
        yield f"and {len(spots) - KINDS} more kinds"


def by_command(total: Tally) -> Iterator[str]:
    """How each command ended and how often, how many differ, and how many were too slow."""
    different = Counter(difference.command.name for difference in total.differences)
    for name in sorted({name for name, _ in total.commands}):
        ended = sorted((status, n) for (one, status), n in total.commands.items() if one == name)
        counts = ", ".join(f"{times} with status {status}" for status, times in ended)
        slow = f", {total.slow[name]} too slow to compare" if total.slow[name] else ""
        yield f"{name}: {counts}; {different[name]} differ{slow}"


def summary(total: Tally, started: float) -> str:
    """The counts of everything so far."""
    return (
        f"{total.trials} trials, {total.commands.total()} commands,"
        f" {total.characters / 1e6:.1f} million characters in {time.monotonic() - started:.0f} s:"
        f" {len(total.differences)} differences"
    )
