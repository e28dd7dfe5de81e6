"""What can still come out: the least and the greatest price, LTV and field values of all deals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Aim, Goal, Optimal, Result
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import Extremum, Name, Not, Number
from constraints.language.ranges import Ranges
from constraints.language.resting import Resting
from cp_pricing.fields import LIFETIME_VALUE, RATES, base_name, kind_of, shown_field
from cp_pricing.proofs.analysis_results import Choices, End, LevelReport, Range
from cp_pricing.proofs.deal_space import FEW_DEALS, DealSpace, FoundDeal, price_first

if TYPE_CHECKING:
    from constraints.language.expressions import Expression
    from cp_pricing.results import Witness

_ROUNDS = 60
_ANY = "@any"  # stands for nothing, so that it may be any number
# An end that cannot be found exactly is hemmed in to this share of its size, or to a cent.
_NEAR, _CENT = Fraction(1, 10_000), Fraction(1, 100)
# The share of the budget that an end may take: to be come upon, and again to be proved.
_SHARE = 1 / 10
# What may be done, in CP-SAT's own time so that equal policies get equal answers: to come upon an
# end, to prove it, and to prove a bound a little beyond. The second of each is without presolve,
# which finds what lies closely together sooner.
_FINDING, _PROVING, _HEMMING = (0.1, 0.03), (0.3, 0.1), (0.3, 0.02)


def ranges_and_choices(
    space: DealSpace, levels: Sequence[LevelReport], undecided: list[str]
) -> tuple[tuple[Range, ...], tuple[Choices, ...]]:
    """The limits of each quantity for self-serve and for the highest level, where they differ."""
    reports = [report for report in _ends_of(space, levels) if report.status == "open"]
    choices = [_choices(space, n, report) for report in reports for n in space.space.choices]
    # Lifetime values take the longest, so they come last.
    order = [(n, report) for n in _fields(space) for report in reports]
    order += [(LIFETIME_VALUE, report) for report in reports]
    ranges = [_range(space, name, report) for name, report in order]
    for reach in ranges:
        for end, word in ((reach.least, "least"), (reach.greatest, "greatest")):
            if end.status == "unknown":
                undecided.append(f"the {word} `{reach.name}`: {end.note}")
    undecided += [
        f"whether `{choice.name}` can be {value}" for choice in choices for value in choice.unknown
    ]
    return tuple(sorted(ranges, key=lambda reach: reach.level)), tuple(choices)


def _ends_of(space: DealSpace, levels: Sequence[LevelReport]) -> Iterator[LevelReport]:
    """Self-serve, and the highest level if it has fewer rules in force."""
    yield levels[0]
    if space.in_force(levels[-1].level) != space.in_force(0):
        yield levels[-1]


def _fields(space: DealSpace) -> list[str]:
    names = price_first(space.offer.configuration)
    # A price in place of a rate is asked for, and stands for no amount where there is none.
    return [name for name in names if name in space.space.domains and base_name(name) != RATES]


def _range(space: DealSpace, name: str, report: LevelReport) -> Range:
    catalog = space.pricing.price_book.catalog
    shown = shown_field(name, is_card=space.offer.configuration.is_card)
    kind = kind_of(shown, catalog.currency, catalog.units)
    ends = [
        _Search(space, report.level, name, greatest=greatest).end() for greatest in (False, True)
    ]
    # The greatest discount is the least of what is charged.
    least, greatest = ends if shown == name else map(_as_discount, reversed(ends))
    return Range(
        name=shown,
        unit=getattr(kind, "unit", ""),
        level=report.level,
        approver=report.approver,
        least=least,
        greatest=greatest,
    )


def _as_discount(end: End) -> End:
    """The end of a price level as one of the discount."""
    if end.value is None or end.bound is None:
        return end
    return end.model_copy(update={"value": 1 - end.value, "bound": 1 - end.bound})


@dataclass
class _Search:
    """One end of one quantity at a level."""

    space: DealSpace
    level: int
    name: str
    greatest: bool

    @property
    def _force(self) -> tuple[str, ...]:
        return self.space.in_force(self.level)

    @property
    def _goal(self) -> Goal:
        return Goal(Name(self.name), self.greatest)

    def end(self) -> End:
        """The exact end; if that takes too much, a deal and a bound that hem it in."""
        space, force = self.space.plainly, self._force
        solver = space.solver
        if solver.is_late:
            return End(status="unknown", note=solver.late)
        # With rules on numbers that go in steps, what a longer search comes to before it is cut off
        # is mostly refused: it has been told little of them.
        steps = not self.space.stepped.isdisjoint(force)
        with solver.share(_SHARE), solver.working(*_FINDING, is_another=not steps):
            result = space.problem.likely(force, self._goal)
        with solver.share(_SHARE):
            start = self._reached(result) or space.find(force)
            if isinstance(start, FoundDeal):
                exact = isinstance(result, Optimal) and self._exact(start.deal)
                return exact or self._tried() or self._hemmed(start.deal)
            return End(status="unknown", note=getattr(start, "reason", "no deal passes"))

    def _exact(self, best: Witness) -> End | None:
        """A deal that nothing is beyond, if that can be proved."""
        for _ in range(_ROUNDS):
            value = _value(best, self.name)
            beyond = None if self._is_last(value) else self._beyond(value, self._force, strict=True)
            if beyond is None:
                return End(status="exact", value=value, bound=value, witness=best)
            if isinstance(beyond, Unknown):
                return None
            best = beyond
        return None

    def _tried(self) -> End | None:
        """The exact end of a small space, after every deal has been evaluated."""
        every = None if self.space.solver.is_late else self.space.space.every(FEW_DEALS)
        if every is None:
            return None
        force = self._force
        passing = filter(None, (self.space.if_meeting(fields, force) for fields in every))
        most = max if self.greatest else min
        deal = most((found.deal for found in passing), key=lambda deal: _value(deal, self.name))
        value = _value(deal, self.name)
        return End(status="exact", value=value, bound=value, witness=deal)

    def _reached(self, result: Result) -> FoundDeal | None:
        """What the solver came to, if the exact evaluator admits it."""
        space, force = self.space.plainly, self._force
        if isinstance(result, Optimal):
            return space.found(result, force)
        if isinstance(result, Infeasible) or not result.reached:
            return None
        fields = {**space.space.fixed, **space.problem.decode(result.reached)}
        return space.if_meeting(fields, force)

    def _hemmed(self, start: Witness) -> End:
        """A deal that is nearly at the end, and a value that no deal reaches.

        That nothing is beyond is proved without rules on numbers that go in steps.
        """
        force = [n for n in self._force if n not in self.space.stepped]
        best, inner = start, _value(start, self.name)
        step = _near(inner)
        bound: Fraction | None = None
        # Outwards by steps that double, until it is proved that no deal is there; then by halves.
        # The first is all that is needed where the deal is nearly at the end already.
        for _ in range(_ROUNDS):
            if bound is not None and abs(bound - inner) <= _near(inner):
                break
            aim = inner + self._outward(step) if bound is None else (inner + bound) / 2
            sure = self._is_ruled_out(aim)
            beyond = None if sure else self._beyond(aim, force, strict=False)
            if isinstance(beyond, Unknown):
                if bound is not None or self.space.solver.is_late:
                    break
                step *= 4  # the farther away the easier it is to prove
            elif beyond is None:
                bound = aim
            else:
                inner, step = _value(beyond, self.name), step * 2
                best = best if set(beyond.broken).intersection(self._force) else beyond
        value = _value(best, self.name)
        if bound is None:
            note = "no bound could be proved"
            return End(status="unknown", value=value, witness=best, note=note)
        return End(status="bounded", value=value, bound=bound, witness=best)

    def _is_last(self, value: Fraction) -> bool:
        """Whether a field has no value beyond this one, whatever the rules are."""
        domain = self.space.space.domains.get(self.name)
        return domain is not None and value == (domain.high if self.greatest else domain.low)

    def _is_ruled_out(self, value: Fraction) -> bool:
        """Whether ranges alone prove that no deal at or beyond a value keeps the rules in force.

        As a rule does that limits the quantity itself; the solver need not be asked then.
        """
        # Whatever it is made of, it is some number that is not before the value.
        beyond = Extremum("max" if self.greatest else "min", (Name(_ANY), Number(value)))
        ranges = Ranges({**self.space.bindings, self.name: beyond})
        return any(ranges.truth(condition) is False for condition in self._limiting)

    @cached_property
    def _limiting(self) -> list[Expression]:
        """What the rules in force require that rests on the quantity."""
        resting = Resting(self.space.bindings, {self.name: True})
        required = (self.space.conditions[rule] for rule in self._force)
        return [condition for condition in required if resting.expression(condition)]

    def _beyond(
        self, value: Fraction, force: Sequence[str], *, strict: bool
    ) -> Witness | Unknown | None:
        """A deal at or (when strict) beyond a value, or `None` if it is proved that none is."""
        space = self.space.plainly
        with space.solver.working(*(_PROVING if strict else _HEMMING)):
            result = space.problem.beyond(force, Aim(self._goal, value, strict))
        if isinstance(result, Infeasible):
            return None
        return space.found(result, force).deal if isinstance(result, Optimal) else result

    def _outward(self, step: Fraction) -> Fraction:
        return step if self.greatest else -step


def _shown(space: DealSpace, condition: Expression, level: int) -> FoundDeal | Infeasible | Unknown:
    """A deal that passes at a level and meets a condition, or a proof that there is none."""
    return space.plainly.meeting(condition, space.in_force(level))


def _value(deal: Witness, name: str) -> Fraction:
    return deal.ltv if name == LIFETIME_VALUE else Fraction(deal.configuration.value(name))


def _near(value: Fraction) -> Fraction:
    return max(abs(value) * _NEAR, _CENT)


def _choices(space: DealSpace, name: str, report: LevelReport) -> Choices:
    """Which of yes and no a field can be."""
    possible: dict[str, Witness] = {}
    impossible: list[str] = []
    unknown: list[str] = []
    for word, condition in (("no", Not(Name(name))), ("yes", Name(name))):
        shown = _shown(space, condition, report.level)
        if isinstance(shown, FoundDeal):
            possible[word] = shown.deal
        else:
            (impossible if isinstance(shown, Infeasible) else unknown).append(word)
    return Choices(
        name=name,
        level=report.level,
        approver=report.approver,
        possible=possible,
        impossible=tuple(impossible),
        unknown=tuple(unknown),
    )
