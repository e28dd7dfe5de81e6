"""What can still come out: the least and the greatest price, LTV and field values of all deals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Goal, Optimal
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.expressions import Comparison, Name, Not, Number
from cp_pricing.fields import LIFETIME_VALUE, RATES, base_name, kind_of, shown_field
from cp_pricing.proofs.analysis_results import Choices, End, LevelReport, Range
from cp_pricing.proofs.deal_space import DealSpace, FoundDeal, price_first

if TYPE_CHECKING:
    from constraints.language.expressions import ComparisonOperator, Expression
    from cp_pricing.results import Witness

_ROUNDS = 60
# An end that cannot be found exactly is hemmed in to this share of its size, or to a cent.
_NEAR, _CENT = Fraction(1, 10_000), Fraction(1, 100)
# The shares of the budget that an end may take: to be found exactly, and to be hemmed in.
_EXACT, _HEMMED = 1 / 20, 1 / 10


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

    def end(self) -> End:
        """The exact end; if that takes too long, a deal and a bound that hem it in."""
        space, force = self.space.plainly, self.space.in_force(self.level)
        solver = space.solver
        if solver.is_late:
            return End(status="unknown", note=solver.late)
        # An optimum may take too long; in the rest of the time it can still be hemmed in.
        with solver.share(_EXACT):
            result = space.problem.best(force, (Goal(Name(self.name), self.greatest),))
        with solver.share(_HEMMED):
            if isinstance(result, Optimal):
                value, deal = result.goals[0], space.found(result, force).deal
                if self._beyond(value, strict=True) is None:
                    return End(status="exact", value=value, bound=value, witness=deal)
                return self._hemmed(deal)
            start = space.find(force)
            if isinstance(start, FoundDeal):
                return self._hemmed(start.deal)
            return End(status="unknown", note=getattr(start, "reason", "no deal passes"))

    def _hemmed(self, start: Witness) -> End:
        """A deal that is nearly at the end, and a value that no deal reaches."""
        best, value = start, _value(start, self.name)
        step = max(abs(value) / 10, Fraction(1))
        bound: Fraction | None = None
        # Outwards by steps that double, until it is proved that no deal is there; then by halves.
        for _ in range(_ROUNDS):
            if bound is not None and abs(bound - value) <= max(abs(value) * _NEAR, _CENT):
                break
            aim = (
                value + (step if self.greatest else -step) if bound is None else (value + bound) / 2
            )
            beyond = self._beyond(aim, strict=False)
            if isinstance(beyond, Unknown):
                break
            if beyond is None:
                bound = aim
            else:
                best, value, step = beyond, _value(beyond, self.name), step * 2
        if bound is None:
            note = "no bound could be proved"
            return End(status="unknown", value=value, witness=best, note=note)
        return End(status="bounded", value=value, bound=bound, witness=best)

    def _beyond(self, aim: Fraction, *, strict: bool) -> Witness | Unknown | None:
        """A deal at or (when strict) beyond a value, or `None` if it is proved that none is."""
        inclusive: ComparisonOperator = ">=" if self.greatest else "<="
        exclusive: ComparisonOperator = ">" if self.greatest else "<"
        condition = Comparison(exclusive if strict else inclusive, Name(self.name), Number(aim))
        shown = _shown(self.space, condition, self.level)
        if isinstance(shown, Infeasible):
            return None
        return shown if isinstance(shown, Unknown) else shown.deal


def _shown(space: DealSpace, condition: Expression, level: int) -> FoundDeal | Infeasible | Unknown:
    """A deal that passes at a level and meets a condition, or a proof that there is none."""
    return space.plainly.meeting(condition, space.in_force(level))


def _value(deal: Witness, name: str) -> Fraction:
    return deal.ltv if name == LIFETIME_VALUE else Fraction(deal.configuration.value(name))


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
