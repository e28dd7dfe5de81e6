"""What can still come out: the least and the greatest price, LTV and field values of all deals."""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Aim, Goal, Optimal, Result
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import MIRRORED, Comparison, Name, Not
from constraints.language.ranges import Ranges
from cp_pricing.fields import LIFETIME_VALUE, RATES, base_name, kind_of, shown_field
from cp_pricing.proofs.analysis_results import Choices, End, LevelReport, Range
from cp_pricing.proofs.deal_space import FEW_DEALS, DealSpace, FoundDeal, price_first

if TYPE_CHECKING:
    from constraints.language.expressions import ComparisonOperator, Expression
    from cp_pricing.results import Witness

_ROUNDS = 60
# An end that cannot be found exactly is hemmed in to this share of its size, or to a cent.
_NEAR, _CENT = Fraction(1, 10_000), Fraction(1, 100)
# The share of the budget that an end may take: to be come upon, and again to be proved.
_SHARE = 1 / 10
# What may be done, in CP-SAT's own time so that equal policies get equal answers: to come upon an
# end, to prove it, and to prove a bound a little beyond. The second of each is without presolve,
# which finds what lies closely together sooner.
_FINDING, _PROVING, _HEMMING = (0.15, 0.05), (0.3, 0.1), (0.3, 0.02)
_APPROACHING = 0.1  # to come nearer to an end with rules on numbers that go in steps
_LONGER = (0.08, 0.0)  # to come upon an end with presolve
# The comparisons that limit a quantity from below, and from above.
_LIMITING = ({">", ">=", "=="}, {"<", "<=", "=="})


def ranges_and_choices(
    space: DealSpace,
    levels: Sequence[LevelReport],
    shown: Iterable[FoundDeal],
    undecided: list[str],
) -> tuple[tuple[Range, ...], tuple[Choices, ...]]:
    """The limits of each quantity for self-serve and for the highest level, where they differ.

    `shown` are deals that have been come upon: what they show is not asked for.
    """
    reports = [report for report in _ends_of(space, levels) if report.status == "open"]
    known = list(shown)
    choices = [_choices(space, n, report, known) for report in reports for n in space.space.choices]
    # Lifetime values take the longest, so they come last.
    order = [(n, report) for n in _fields(space) for report in reports]
    order += [(LIFETIME_VALUE, report) for report in reports]
    ranges = [_range(space, name, report, known) for name, report in order]
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


def _range(space: DealSpace, name: str, report: LevelReport, known: list[FoundDeal]) -> Range:
    catalog = space.pricing.price_book.catalog
    shown = shown_field(name, is_card=space.offer.configuration.is_card)
    kind = kind_of(shown, catalog.currency, catalog.units)
    ends = [
        _Search(space, report.level, name, known, greatest=greatest).end()
        for greatest in (False, True)
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
    """One end of one quantity at a level; deals that are come upon are added to the known ones."""

    space: DealSpace
    level: int
    name: str
    known: list[FoundDeal]
    greatest: bool

    @property
    def _force(self) -> tuple[str, ...]:
        return self.space.in_force(self.level)

    @property
    def _goal(self) -> Goal:
        return Goal(Name(self.name), self.greatest)

    def end(self) -> End:
        """The exact end; if that takes too much, a deal and a bound that hem it in."""
        solver = self.space.solver
        if solver.is_late:
            return End(status="unknown", note=solver.late)
        known = self._farthest(_passing(self._force, self.known))
        if known is not None and self._is_last(value := _value(known.deal, self.name)):
            return End(status="exact", value=value, bound=value, witness=known.deal)
        with solver.share(_SHARE):
            found, is_best = self._likely()
        with solver.share(_SHARE):
            start = self._farthest((found, known)) or self.space.plainly.find(self._force)
            if isinstance(start, FoundDeal):
                self.known.append(start)
                exact = self._exact(start.deal) if is_best else None
                return exact or self._tried() or self._hemmed(start.deal)
            return End(status="unknown", note=getattr(start, "reason", "no deal passes"))

    def _farthest(self, deals: Iterable[FoundDeal | None]) -> FoundDeal | None:
        """The deal that is nearest to the end."""
        return max(filter(None, deals), key=self._gain, default=None)

    def _gain(self, found: FoundDeal) -> Fraction:
        """The quantity, its sign turned so that more is nearer to the end."""
        return self._outward(_value(found.deal, self.name))

    def _likely(self) -> tuple[FoundDeal | None, bool]:
        """The best deal that the solver comes upon, and whether it knows of none that is better."""
        space, force = self.space.plainly, self._force
        with space.solver.working(*_FINDING, both=False):
            result = space.problem.likely(force, self._goal)
        found = self._reached(result)
        # With rules on numbers that go in steps, what a longer search comes to before it is cut off
        # is mostly refused: it has been told little of them.
        if isinstance(result, Unknown) and self.space.stepped.isdisjoint(force):
            if found is not None and self._is_near(_value(found.deal, self.name)):
                return found, False
            with space.solver.working(*_LONGER):
                result = space.problem.likely(force, self._goal)
            found = self._farthest((found, self._reached(result)))
        return found, isinstance(result, Optimal)

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
        """A deal that is nearly at the end, and a value that no deal goes beyond."""
        best, bound, steps = start, self._said, not self.space.stepped.isdisjoint(self._force)
        if bound is None or not steps:
            best, bound = self._bounded(start)
        if bound is None:
            note, value = "no bound could be proved", _value(best, self.name)
            return End(status="unknown", value=value, witness=best, note=note)
        if steps:
            best, bound = self._approached(best, bound)
        return self._between(best, bound)

    def _between(self, best: Witness, bound: Fraction) -> End:
        """The end of a deal and a bound."""
        value, bound = _value(best, self.name), self._inward(bound)
        status = "exact" if value == bound else "bounded"
        return End(status=status, value=value, bound=bound, witness=best)

    def _bounded(self, start: Witness) -> tuple[Witness, Fraction | None]:
        """A deal that is nearly at the end, and a bound, which is proved without rules on steps."""
        force = [name for name in self._force if name not in self.space.stepped]
        best, inner = start, _value(start, self.name)
        step = _near(inner)
        bound: Fraction | None = None
        # Outwards by steps that double, until it is proved that no deal is there; then by halves.
        # The first is all that is needed where the deal is nearly at the end already.
        for _ in range(_ROUNDS):
            if bound is not None and abs(bound - inner) <= _near(inner):
                break
            aim = inner + self._outward(step) if bound is None else (inner + bound) / 2
            if self._is_said(aim):
                bound = self._said
                continue
            beyond = self._beyond(aim, force, strict=False)
            if isinstance(beyond, Unknown):
                if bound is not None or self.space.solver.is_late:
                    break
                step *= 4  # the farther away the easier it is to prove
            elif beyond is None:
                bound = aim
            else:
                inner, step = _value(beyond, self.name), step * 2
                best = best if set(beyond.broken).intersection(self._force) else beyond
        return best, bound

    def _approached(self, best: Witness, bound: Fraction) -> tuple[Witness, Fraction]:
        """A deal and a bound that are closer, as far as a little work with all rules goes."""
        with self.space.solver.working(_APPROACHING):
            for _ in range(_ROUNDS):
                value = _value(best, self.name)
                aim = (value + bound) / 2
                if abs(bound - value) <= _near(value):
                    break
                beyond = self._beyond(aim, self._force, strict=False)
                if isinstance(beyond, Unknown):
                    break
                best, bound = (best, aim) if beyond is None else (beyond, bound)
        return best, bound

    def _is_near(self, value: Fraction) -> bool:
        """Whether no deal can be far beyond a value, as a rule itself says."""
        return self._said is not None and abs(self._said - value) <= _near(value)

    def _is_said(self, value: Fraction) -> bool:
        """Whether no deal goes beyond a value, as a rule itself says or the field's bounds do."""
        return self._said is not None and self._outward(value) >= self._outward(self._said)

    def _is_last(self, value: Fraction) -> bool:
        """Whether no value is beyond this one, as a rule itself says or the field's bounds do."""
        return self._said is not None and self._inward(self._said) == value

    @cached_property
    def _said(self) -> Fraction | None:
        """What no deal goes beyond, as the field's bounds or a rule in force say by themselves.

        As that on lifetime value does: the range of what it is compared with is its limit.
        """
        domain = self.space.space.domains.get(self.name)
        ends = [] if domain is None else [domain.high if self.greatest else domain.low]
        ranges = Ranges(self.space.bindings)
        for rule in self._force:
            compared = _compared(self.space.conditions[rule], self.name)
            if compared is not None and compared[0] in _LIMITING[self.greatest]:
                limit = ranges.range(compared[1])
                end = limit.high if self.greatest else limit.low
                ends += [] if end is None else [end]
        return min(ends, key=self._outward, default=None)

    def _inward(self, bound: Fraction) -> Fraction:
        """The last value that is not beyond a bound."""
        domain = self.space.space.domains.get(self.name)
        if domain is None:
            return bound
        place = (bound - domain.base) / domain.step
        if self.greatest:
            return domain.value(domain.indices[bisect(domain.indices, place) - 1])
        return domain.value(domain.indices[bisect_left(domain.indices, place)])

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


def _passing(force: Sequence[str], known: Iterable[FoundDeal]) -> Iterator[FoundDeal]:
    """The known deals that keep the rules in force."""
    rules = set(force)
    return (one for one in known if rules.isdisjoint(one.deal.broken))


def _value(deal: Witness, name: str) -> Fraction:
    return deal.ltv if name == LIFETIME_VALUE else Fraction(deal.configuration.value(name))


def _compared(condition: Expression, name: str) -> tuple[ComparisonOperator, Expression] | None:
    """What a condition compares a quantity with, if it does just that."""
    match condition:
        case Comparison(operator, Name(left), right) if left == name:
            return operator, right
        case Comparison(operator, left, Name(right)) if right == name:
            return MIRRORED[operator], left
        case _:
            return None


def _near(value: Fraction) -> Fraction:
    return max(abs(value) * _NEAR, _CENT)


def _choices(space: DealSpace, name: str, report: LevelReport, known: list[FoundDeal]) -> Choices:
    """Which of yes and no a field can be."""
    force = space.in_force(report.level)
    possible: dict[str, Witness] = {}
    impossible: list[str] = []
    unknown: list[str] = []
    for word, value, condition in (("no", False, Not(Name(name))), ("yes", True, Name(name))):
        passing = (one for one in _passing(force, known) if one.fields[name] == value)
        shown = next(passing, None) or space.plainly.meeting(condition, force)
        if isinstance(shown, FoundDeal):
            possible[word] = shown.deal
            known.append(shown)
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
