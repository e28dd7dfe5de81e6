"""The nearest configurations that change one field more than some that are known.

Most are a known one with another field at a value beside the one asked for. So much is guessed and
read off lines over the prices; that nothing is nearer, and nothing else as near, is then proved for
all sets of so many changed fields in one go, or what is found instead takes the guess's place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby, product
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from constraints.cpsat.optimisation import Assignment, Goal, Optimal, Problem
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import Comparison, Number, Value
from cp_pricing.model.moves import number_moved

if TYPE_CHECKING:
    from constraints.cpsat.optimisation import Result
    from constraints.language.domains import Domain
    from cp_pricing.decision.ladder import Answer

# The names of the conditions that a field is not as asked, and that it is.
CHANGED, KEPT = "@changed:", "@kept:"
_NUMBER = "@number-changed:"
_ALIKE = 16  # that are as near as one another; more are left to the solver's goals
# What comes first is less: the distance, and then the other goals in order.
Rank: TypeAlias = tuple[Fraction, ...]
# The values of the fields, in their order.
_Point: TypeAlias = tuple[Value, ...]


class NotReadError(Exception):
    """Lines over the prices do not tell enough."""


class _Nearest(NamedTuple):
    """The least distance that changes a set of fields, and all that is to be had there."""

    distance: Fraction
    alike: dict[_Point, Answer]


class Farther:
    """Nearest configurations for each set of changed fields, under some conditions of a problem.

    `asked` are the values of the fields, `tell` the best answer at given ones (`None` if there is
    none), which raises `NotReadError`. The first of the goals is the distance, to which each field
    adds its own.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a search is of
        self,
        problem: Problem,
        in_force: Sequence[str],
        goals: Sequence[Goal],
        asked: Mapping[str, Value],
        domains: Mapping[str, Domain],
        tell: Callable[[Assignment], Answer | None],
    ) -> None:
        self._problem = problem
        self._in_force = in_force
        self._goals = goals
        self._asked = asked
        self._domains = domains
        self._beside = {name: beside(domains.get(name), asked[name]) for name in asked}
        self._tell = tell
        self._known: dict[frozenset[str], Mapping[_Point, Fraction]] = {}
        self._far: dict[tuple[str, Value], Fraction] = {}

    def know(self, changed: Iterable[str], fields: Assignment) -> None:
        """Take a configuration for the nearest that changes these fields."""
        point = self._point(fields)
        far = self._goals[0].value(self._problem.evaluator(self._assigned(point)))
        self._known[frozenset(changed)] = dict.fromkeys(self._mirrored(point), far)

    def nearest(self, number: int, most: int) -> list[tuple[Rank, Answer]] | Unknown:
        """The nearest of each other set of so many fields, in the order of the goals.

        At least so many of them, if there are, where all that change fewer fields are known. Raises
        `NotReadError`.
        """
        nearest = self._guessed(number, most)
        in_force = self._changing(number)
        groups = [self._other(changed) for changed in self._known if len(changed) == number]
        groups += [(CHANGED + name, KEPT + name) for name in self._asked]
        beyond: list[_Point] = []
        while True:
            least = {tuple(CHANGED + n for n in s): one.distance for s, one in nearest.items()}
            if len(nearest) >= most:
                least[()] = _farthest(nearest, most)
            known = [point for one in nearest.values() for point in one.alike]
            apart = [self._assigned(point) for point in (*known, *beyond)]
            found = self._problem.another(in_force, self._goals[0], least, apart, groups)
            if isinstance(found, Unknown):
                return found
            if isinstance(found, Infeasible):
                break
            self._learn(found, nearest, beyond)
        for changed, one in nearest.items():
            self._known[changed] = dict.fromkeys(one.alike, one.distance)
        return sorted(map(self._best, nearest.values()), key=itemgetter(0))[:most]

    def _best(self, nearest: _Nearest) -> tuple[Rank, Answer]:
        ranked = ((self._rank(nearest, answer), answer) for answer in nearest.alike.values())
        return min(ranked, key=itemgetter(0))

    def _rank(self, nearest: _Nearest, answer: Answer) -> Rank:
        gains = (goal.gain(answer.evaluator) for goal in self._goals[1:])
        return (nearest.distance, *(-gain for gain in gains))

    def _changing(self, number: int) -> tuple[str, ...]:
        name = f"{_NUMBER}{number}"
        changed = number_moved(self._asked, self._asked)
        self._problem.add(name, Comparison("==", changed, Number(Fraction(number))))
        return (*self._in_force, name)

    def _other(self, changed: frozenset[str]) -> tuple[str, ...]:
        """Conditions of which one holds where another set of fields is changed."""
        return tuple((KEPT if name in changed else CHANGED) + name for name in self._asked)

    def _guessed(self, number: int, most: int) -> dict[frozenset[str], _Nearest]:
        """For sets of fields the nearest, and all as near, of those with one field more moved."""
        candidates: dict[frozenset[str], dict[_Point, Fraction]] = {}
        for changed, points in self._known.items():
            for name in self._asked if len(changed) == number - 1 else ():
                more = changed | {name}
                if name not in changed and more not in self._known:
                    candidates.setdefault(more, {}).update(self._moved(points, name))
        guesses: dict[frozenset[str], _Nearest] = {}
        for changed, some in sorted(candidates.items(), key=lambda item: min(item[1].values())):
            if len(guesses) >= most and min(some.values()) > _farthest(guesses, most):
                break
            if nearest := self._nearest_of(some):
                guesses[changed] = nearest
        return guesses

    def _moved(self, points: Mapping[_Point, Fraction], name: str) -> dict[_Point, Fraction]:
        """Each of some points with one more field moved to the values beside, and how far it is."""
        return {
            self._point({**self._assigned(point), name: value}): far + self._alone(name, value)
            for point, far in points.items()
            for value in self._beside[name]
        }

    def _alone(self, name: str, value: Value) -> Fraction:
        """How far it is to change one field alone."""
        if (name, value) not in self._far:
            moved = self._problem.evaluator({**self._asked, name: value})
            self._far[name, value] = self._goals[0].value(moved)
        return self._far[name, value]

    def _mirrored(self, point: _Point) -> tuple[_Point, ...]:
        """A point, and those there are that are as far on the other side of what was asked."""
        sides = (
            {value: None, other: None} if (other := self._opposite(name, value)) else (value,)
            for name, value in zip(self._asked, point, strict=True)
        )
        others = (other for other in product(*sides) if other != point)
        return (point, *(other for other in others if self._tell(self._assigned(other))))

    def _opposite(self, name: str, value: Value) -> Value | None:
        domain = self._domains.get(name)
        opposite = 2 * Fraction(self._asked[name]) - Fraction(value)
        return opposite if domain and opposite in domain else None

    def _nearest_of(self, candidates: Mapping[_Point, Fraction]) -> _Nearest | None:
        nearest_first = sorted(candidates, key=candidates.__getitem__)
        for distance, alike in groupby(nearest_first, candidates.__getitem__):
            told = {point: self._tell(self._assigned(point)) for point in alike}
            whole = {point: one for point, one in told.items() if one is not None}
            if whole:
                return _Nearest(distance, whole)
        return None

    def _learn(
        self, found: Optimal, nearest: dict[frozenset[str], _Nearest], beyond: list[_Point]
    ) -> None:
        """Take in what was nearer than what was known, or as near."""
        point, (distance,) = self._point(found.assignment), found.goals
        changed = frozenset(n for n in self._asked if found.assignment[n] != self._asked[n])
        known = nearest.get(changed)
        if known is None or distance < known.distance:
            distance, point = self._least(changed)
            known = nearest[changed] = _Nearest(distance, {})
        if distance > known.distance:
            beyond.append(point)  # by a hair, which the rows could not tell
            return
        whole = self._tell(self._assigned(point))
        if whole is None or len(known.alike) == _ALIKE:
            raise NotReadError
        known.alike[point] = whole

    def _least(self, changed: frozenset[str]) -> tuple[Fraction, _Point]:
        """The least distance that changes some fields and no other, and a point there."""
        exactly = ((CHANGED if name in changed else KEPT) + name for name in self._asked)
        best: Result = self._problem.best((*self._in_force, *exactly), self._goals[:1])
        if not isinstance(best, Optimal):
            raise NotReadError
        return best.goals[0], self._point(best.assignment)

    def _point(self, fields: Assignment) -> _Point:
        return tuple(fields[name] for name in self._asked)

    def _assigned(self, point: _Point) -> Assignment:
        return dict(zip(self._asked, point, strict=True))


def _farthest(nearest: Mapping[frozenset[str], _Nearest], most: int) -> Fraction:
    """How far the last of so many sets of fields is, the nearest first."""
    return sorted(one.distance for one in nearest.values())[most - 1]


def beside(domain: Domain | None, asked: Value) -> tuple[Value, ...]:
    """The values next to the one asked for, below and above it, as far as there are any."""
    if domain is None:
        return (not asked,)
    place = (Fraction(asked) - domain.base) / domain.step
    first = bisect_left(domain.indices, place, hi=domain.count)
    at = first < domain.count and domain.indices[first] == place
    places = (first - 1, first + at)
    return tuple(domain.value(domain.indices[p]) for p in places if 0 <= p < domain.count)
