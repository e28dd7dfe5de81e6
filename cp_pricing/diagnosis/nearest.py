"""The nearest configurations for sets of changed fields, as far as lines over the prices tell them.

CP-SAT finds the least distance. What else is as near is guessed, on the other side of what was
asked for or with one more field at a value beside it, and read off lines. That nothing is nearer,
and nothing else as near, is then proved for many sets of fields in one solve, or what is found
instead takes the guess's place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from itertools import groupby, product
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from constraints.cpsat.optimisation import Assignment, Goal, Optimal, Problem
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import Comparison, Expression, Name, Not, Number, Value
from cp_pricing.fields import LIFETIME_VALUE
from cp_pricing.model.moves import moved, number_moved

if TYPE_CHECKING:
    from constraints.cpsat.optimisation import Result
    from constraints.language.domains import Domain
    from cp_pricing.decision.ladder import Answer

# The names of the conditions that a field is not as asked, and that it is.
CHANGED, KEPT = "@changed:", "@kept:"
_NUMBER = "@number-changed:"
_ALIKE = 32  # that are as near as one another; more are left to the solver's goals
_LTV = Name(LIFETIME_VALUE)
_WORK = 0.25  # of CP-SAT's own time, at most for what mostly takes a hundredth of it
# What comes first is less: the distance, and then the other goals in order.
Rank: TypeAlias = tuple[Fraction, ...]
# The values of the fields, in their order.
_Point: TypeAlias = tuple[Value, ...]
_Fields: TypeAlias = frozenset[str]


class NotReadError(Exception):
    """Lines over the prices do not tell enough."""


class CutError(Exception):
    """Time, or what may be spent, is over before a proof."""


class _Nearest(NamedTuple):
    """The least distance that changes a set of fields, and all that is to be had there."""

    distance: Fraction
    alike: dict[_Point, Answer]


def changes(asked: Mapping[str, Value]) -> dict[str, Expression]:
    """The conditions that each field is not as asked, and that it is."""
    conditions: dict[str, Expression] = {}
    for name, value in asked.items():
        changed = moved(name, value)
        conditions |= {CHANGED + name: changed, KEPT + name: Not(changed)}
    return conditions


class Nearest:
    """Nearest configurations under some conditions of a problem, which has those of `changes`.

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
        self._tell = tell
        self._known: dict[_Fields, Mapping[_Point, Fraction]] = {}
        self._alone: dict[tuple[str, Value], Fraction] = {}

    def next(self, barred: Sequence[Collection[str]]) -> list[tuple[Rank, Answer]]:
        """The nearest, and the best of each other set of fields as near, in the order of the goals.

        Of each group of conditions that is barred one has to hold. Raises `NotReadError` and
        `CutError`.
        """
        best = _proven(self._problem.best(self._in_force, self._goals[:1], any_of=barred))
        if isinstance(best, Infeasible):
            return []
        (distance,) = best.goals
        point = self._point(best.assignment)
        alike = self._told(self._mirrored(point))
        if point not in alike:
            raise NotReadError
        nearest = {self._changed(point): _Nearest(distance, alike)}
        # That nothing is nearer is proved: it takes long to prove it again.
        return self._completed(nearest, self._in_force, barred, dict, distance)

    def of(self, number: int, few: int, most: int) -> Iterator[tuple[Rank, Answer]]:
        """The nearest of each other set of so many fields, in the order of the goals.

        At least `most` of them, if there are, where all that change fewer fields are known. Where
        guesses are wrong, `few` first. Raises `NotReadError` and `CutError`.
        """
        name = f"{_NUMBER}{number}"
        changed = number_moved(self._asked, self._asked)
        self._problem.add(name, Comparison("==", changed, Number(Fraction(number))))
        in_force = (*self._in_force, name)
        either = [(CHANGED + name, KEPT + name) for name in self._asked]
        for least in (few, most):
            groups = [self.other(changed) for changed in self._known if len(changed) == number]
            nearest = self._guessed(number, most)
            bounds = partial(_bounds, nearest, dict(nearest), least, most)
            with self._unless_hard():
                told = self._completed(nearest, in_force, [*groups, *either], bounds)
            yield from told
            if () not in bounds():
                return

    @property
    def fewest(self) -> int:
        """How many fields are changed at least."""
        return min(map(len, self._known))

    def solved(self, barred: Sequence[Collection[str]]) -> list[tuple[Rank, Optimal]]:
        """The nearest as `next` finds it, by the solver alone; raises `CutError`."""
        best = _proven(self._problem.best(self._in_force, self._goals, any_of=barred))
        return [] if isinstance(best, Infeasible) else [(self._signed(best.goals), best)]

    def other(self, changed: Collection[str]) -> tuple[str, ...]:
        """Conditions of which one holds where another set of fields is changed."""
        return tuple((KEPT if name in changed else CHANGED) + name for name in self._asked)

    # --- proofs -------------------------------------------------------------------------------

    @contextmanager
    def _unless_hard(self) -> Iterator[None]:
        """Proofs for many sets of fields in one, which may be harder than for one after another."""
        solver = self._problem.solver
        try:
            with solver.working(_WORK):
                yield
        except CutError:
            if solver.is_late:
                raise
            raise NotReadError from None

    def _completed(
        self,
        nearest: dict[_Fields, _Nearest],
        in_force: Sequence[str],
        groups: Sequence[Collection[str]],
        bounds: Callable[[], Mapping[tuple[str, ...], Fraction]],
        least: Fraction | None = None,
    ) -> list[tuple[Rank, Answer]]:
        """With all others within bounds, proved; of each set of fields the best.

        `least` is a distance that is proved to be the least, and the only one that counts.
        """
        beyond: list[_Point] = []
        while True:
            known = [point for one in nearest.values() for point in one.alike]
            apart = [self._assigned(point) for point in (*known, *beyond)]
            goal = self._goals[0]
            found = _proven(self._problem.another(in_force, goal, bounds(), apart, groups, least))
            if isinstance(found, Infeasible):
                break
            self._learn(found, nearest, beyond, least)
        # Of sets that are beyond all bounds by a hair it is not known what else is as near.
        most = bounds().get((), None)
        within = {s: one for s, one in nearest.items() if most is None or one.distance <= most}
        for changed, one in within.items():
            self._known[changed] = dict.fromkeys(one.alike, one.distance)
        return sorted(map(self._best, within.values()), key=itemgetter(0))

    def _learn(
        self,
        found: Optimal,
        nearest: dict[_Fields, _Nearest],
        beyond: list[_Point],
        least: Fraction | None,
    ) -> None:
        """Take in what is nearer than what was known of its set of fields, or as near."""
        point, (distance,) = self._point(found.assignment), found.goals
        changed = self._changed(point)
        known = nearest.get(changed)
        if known is None or distance < known.distance:
            if distance != least:
                distance, point = self._least(changed)
            known = nearest[changed] = _Nearest(distance, {})
        if distance > known.distance:
            beyond.append(point)  # by a hair, which the rows could not tell
            return
        told = self._told([point])
        if not told or len(known.alike) >= _ALIKE:
            raise NotReadError
        known.alike.update(told)

    def _least(self, changed: _Fields) -> tuple[Fraction, _Point]:
        """The least distance that changes some fields and no other, and a point there."""
        exactly = ((CHANGED if name in changed else KEPT) + name for name in self._asked)
        best = _proven(self._problem.best((*self._in_force, *exactly), self._goals[:1]))
        if isinstance(best, Infeasible):
            raise NotReadError
        return best.goals[0], self._point(best.assignment)

    def _best(self, nearest: _Nearest) -> tuple[Rank, Answer]:
        """The best of those that are as near, by the goals after the distance."""
        left = [*nearest.alike.values()]
        for goal in self._goals[1:]:
            if len(left) == 1:
                break
            values = [_value(goal, answer) for answer in left]
            best = max(values) if goal.maximise else min(values)
            left = [answer for answer, value in zip(left, values, strict=True) if value == best]
        others = (_value(goal, left[0]) for goal in self._goals[1:])
        return self._signed((nearest.distance, *others)), left[0]

    def _signed(self, values: Iterable[Fraction]) -> Rank:
        signs = (-1 if goal.maximise else 1 for goal in self._goals)
        return tuple(sign * value for sign, value in zip(signs, values, strict=True))

    # --- guesses ------------------------------------------------------------------------------

    def _guessed(self, number: int, most: int) -> dict[_Fields, _Nearest]:
        """For sets of fields the nearest, and all as near, of those with one field more moved."""
        candidates: dict[_Fields, dict[_Point, Fraction]] = {}
        for changed, points in self._known.items():
            for name in self._asked if len(changed) == number - 1 else ():
                more = changed | {name}
                if name in changed or more in self._known:
                    continue
                # A field of one value cannot be moved.
                if moved_on := self._moved(points, name):
                    candidates.setdefault(more, {}).update(moved_on)
        guesses: dict[_Fields, _Nearest] = {}
        for changed, some in sorted(candidates.items(), key=lambda item: min(item[1].values())):
            if len(guesses) >= most and min(some.values()) > _farthest(guesses, most):
                break
            if nearest := self._nearest_of(some):
                guesses[changed] = nearest
        return guesses

    def _moved(self, points: Mapping[_Point, Fraction], name: str) -> dict[_Point, Fraction]:
        """Each of some points with one more field moved to the values beside, and how far it is."""
        return {
            self._point({**self._assigned(point), name: value}): far + self._far(name, value)
            for point, far in points.items()
            for value in beside(self._domains.get(name), self._asked[name])
        }

    def _far(self, name: str, value: Value) -> Fraction:
        """How far it is to change one field alone."""
        if (name, value) not in self._alone:
            evaluator = self._problem.evaluator({**self._asked, name: value})
            self._alone[name, value] = self._goals[0].value(evaluator)
        return self._alone[name, value]

    def _nearest_of(self, candidates: Mapping[_Point, Fraction]) -> _Nearest | None:
        nearest_first = sorted(candidates, key=candidates.__getitem__)
        for distance, alike in groupby(nearest_first, candidates.__getitem__):
            if told := self._told(alike):
                return _Nearest(distance, told)
        return None

    def _mirrored(self, point: _Point) -> Iterable[_Point]:
        """A point, and those as far on the other side of what was asked in some of the fields."""
        return product(*map(self._sides, self._asked, point))

    def _sides(self, name: str, value: Value) -> tuple[Value, ...]:
        domain = self._domains.get(name)
        opposite = 2 * Fraction(self._asked[name]) - Fraction(value)
        return (value, opposite) if domain and value != opposite in domain else (value,)

    def _told(self, points: Iterable[_Point]) -> dict[_Point, Answer]:
        """The best answer at each of some points that has any."""
        told: dict[_Point, Answer] = {}
        for point in points:
            if self._problem.solver.is_late:
                raise CutError(self._problem.solver.late)
            answer = self._tell(self._assigned(point))
            if answer is not None:
                told[point] = answer
        if len(told) > _ALIKE:
            raise NotReadError
        return told

    # --- points -------------------------------------------------------------------------------

    def _point(self, fields: Assignment) -> _Point:
        return tuple(fields[name] for name in self._asked)

    def _assigned(self, point: _Point) -> Assignment:
        return dict(zip(self._asked, point, strict=True))

    def _changed(self, point: _Point) -> _Fields:
        items = zip(self._asked.items(), point, strict=True)
        return frozenset(name for (name, asked), value in items if value != asked)


def _proven(result: Result) -> Optimal | Infeasible:
    if isinstance(result, Unknown):
        raise CutError(result.reason)
    return result


def _value(goal: Goal, answer: Answer) -> Fraction:
    # What has been worked out already need not be once more.
    return answer.ltv if goal.expression == _LTV else goal.value(answer.evaluator)


def _bounds(
    nearest: Mapping[_Fields, _Nearest], guessed: Mapping[_Fields, _Nearest], few: int, most: int
) -> dict[tuple[str, ...], Fraction]:
    """How near another has to be, for each set of fields that is known, and for all of them."""
    bounds = {tuple(CHANGED + name for name in s): one.distance for s, one in nearest.items()}
    # Each wrong guess takes two solves more, so that no more are made right than need be.
    wrong = any(guessed.get(changed) is not one for changed, one in nearest.items())
    enough = few if wrong else most
    return {**bounds, (): _farthest(nearest, enough)} if len(nearest) >= enough else bounds


def _farthest(nearest: Mapping[_Fields, _Nearest], most: int) -> Fraction:
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
