"""One trial in both checkouts, and everything in which they differ."""

from __future__ import annotations

import gzip
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from pyarrow import ArrowException, parquet

from tests.same.checkout import Checkout, checkout
from tests.same.spots import Spot, spots
from tests.same.trials import Command, Trial

# What a command did: what is looked at ("stdout", "file junit.xml") to its text.
Done: TypeAlias = dict[str, str]

NOTHING = "(nothing)"
TOO_SLOW = {"status": "far slower than before"}
LENIENCE = 4  # times as long
# What differs from run to run, and from version to version.
CLOCKED = (
    re.compile(r'(?<="seconds": )[\d.e-]+'),
    re.compile(r'(?<="requests_per_second": )[\d.e-]+'),
    re.compile(r'(?<= time=")[\d.]+(?=")'),
    re.compile(r"(?<= failed; )[\d.,]+ s(, [\d,]+ a second)?"),
    re.compile(r"(?<=<dt>seconds</dt><dd>)[\d.]+"),
    re.compile(r"(?<=cp-pricing )\d+\.\d+\.\d+\S*"),
    re.compile(r'(?<="cp-pricing": ")[^"]+'),
)


@dataclass(frozen=True)
class Difference:
    """A command that did something else, where the two differ, and where its books are."""

    command: Command
    spots: tuple[tuple[str, Spot], ...]
    folder: Path


@dataclass
class Tally:
    """Counts of trials, commands by name and exit status, and characters; every difference.

    `slow` are the commands that have not been compared, since they would take too long.
    """

    trials: int = 0
    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    slow: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    differences: list[Difference] = field(default_factory=list)

    def count(self, command: Command, old: Done, new: Done, place: Path) -> None:
        """Count what a command did in both."""
        self.commands[command.name, old["status"]] += 1
        self.characters += sum(map(len, old.values()))
        if found := tuple(_spots(old, new)):
            self.differences.append(Difference(command, found, place))

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.trials += other.trials
        self.commands += other.commands
        self.slow += other.slow
        self.characters += other.characters
        self.differences += other.differences


@dataclass(frozen=True)
class Comparison:
    """Two checkouts, and the folder in which both are given their commands, one after the other."""

    before: Path
    after: Path
    folder: Path
    new_keys: tuple[str, ...] = ()

    def tally(self, trial: Trial) -> Tally:
        """What became of one trial; its folder is kept, as it was at first, if anything differs."""
        place = self.folder / trial.name
        both = list(zip(trial.commands, _done(checkout(self.before), trial, place), strict=True))
        quick = [command for command, done in both if done is not None]
        again = replace(trial, commands=quick, seconds=LENIENCE * trial.seconds)
        done = (done or TOO_SLOW for done in _done(checkout(self.after), again, place))
        new = (_without(self.new_keys, each) for each in done)
        tally = Tally(1)
        for command, old in both:
            if old is None:
                tally.slow[command.name] += 1
            else:
                tally.count(command, old, next(new), place)
        if tally.differences:
            trial.make(place)
        return tally


def _done(where: Checkout, trial: Trial, place: Path) -> list[Done | None]:
    """What each command of a trial does in a checkout, where it does not take too long."""
    trial.make(place)
    done, seen, seconds = [], _files(place), trial.seconds
    for command in trial.commands:
        answer = where.ask(place, command, seconds)
        now = _files(place)
        if answer is None:
            seconds = trial.seconds / LENIENCE  # the others are slow for the same reason
        done.append(None if answer is None else _steady(answer | _changes(seen, now), where.root))
        seen = now
    shutil.rmtree(place)
    return done


def _without(keys: tuple[str, ...], done: Done) -> Done:
    """What a command did, but for keys that its JSON has anew, each behind another one."""
    new = re.compile(rf',\s*"+(?:{"|".join(keys)})"+:\s?[\w.]+') if keys else None
    return {name: new.sub("", text) for name, text in done.items()} if new else done


def _changes(old: Done, new: Done) -> Done:
    """The files that are not as they were."""
    written = {name: text for name, text in new.items() if old.get(name) != text}
    return written | dict.fromkeys(old.keys() - new.keys(), "(deleted)")


def _files(place: Path) -> dict[str, str]:
    """The text of each file in a folder."""
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    return {f"file {path.relative_to(place)}": _text(path) for path in files}


def _text(path: Path) -> str:
    """What a file says, unpacked: packed bytes that differ would not say where."""
    content = path.read_bytes()
    try:
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        if path.suffix == ".parquet":
            rows = parquet.read_table(BytesIO(content)).to_pylist()
            return "".join(f"{row}\n" for row in rows)
    except (OSError, EOFError, ArrowException):
        pass  # a file that is faulty on purpose is compared as it is
    return content.decode("utf-8", "surrogateescape")


def _steady(done: Done, root: Path) -> Done:
    """The texts without what may differ: times, the version, and where the checkout is."""
    return {
        name: _without_clocks(text).replace(str(root), "CHECKOUT") for name, text in done.items()
    }


def _without_clocks(text: str) -> str:
    for pattern in CLOCKED:
        text = pattern.sub("#", text)
    return text


def _spots(before: Done, after: Done) -> Iterator[tuple[str, Spot]]:
    """Where a command did something else, and what."""
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, NOTHING), after.get(name, NOTHING)
        if old != new:
            yield from ((name, spot) for spot in spots(old, new))
