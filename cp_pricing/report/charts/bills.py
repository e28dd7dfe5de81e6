"""The bill of a rate card against use, at list and in an offer: of all meters, and of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from cp_pricing.model.bills import BillCurve, Corner
from cp_pricing.model.month import Month
from cp_pricing.report.charts.geometry import (
    CHARACTER,
    Axis,
    Dot,
    Mark,
    Plot,
    amounts,
    nice_marks,
    path,
    px,
)
from cp_pricing.report.charts.price import NARROW, WIDE, Format
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.sheet import Cell, Table, heads
from cp_pricing.words.terms import capital

# On the right there is room for half of the last mark.
_TOP, _BOTTOM, _GAP, _RIGHT, _LEFT = 30, 44, 14, 26, 46
_SMALL = Format(width=300, top=14, plot=118, gutter=0, x_marks=3, y_marks=4)
# The uses whose bills are told, as shares of the expected one.
_TOLD = tuple(Fraction(halves, 2) for halves in range(6))
Amount: TypeAlias = Callable[[Month], Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillChart(Plot):
    """Bills against use: `lines` those of the offer, `listed` those at list; `expected` the use."""

    caption: str
    y_title: str
    listed: tuple[str, ...]
    expected: str


class Curves(NamedTuple):
    """The bills of a plan at list and, if there is one, of an offer, for an expected use.

    `offer` is what the offer is called.
    """

    listed: BillCurve
    offered: BillCurve | None
    offer: str
    expected: Mapping[str, Fraction]

    @property
    def main(self) -> BillCurve:
        """The curve whose corners are told."""
        return self.offered or self.listed


def bill_charts(curves: Curves, catalog: Denomination, name: str) -> tuple[BillChart, ...]:
    """The bill against the use of all meters alike, wide and narrow."""
    return tuple(
        _Drawing(curves, catalog, size, lambda month: month.bill).chart(
            title=f"Bill by use, {name}",
            x_title="use, of what is expected",
            marks=f.percentage,
            dots=True,
        )
        for size in (WIDE, NARROW)
    )


def meter_charts(curves: Curves, catalog: Denomination, name: str) -> tuple[BillChart, ...]:
    """What each meter that is used is charged, against its own use."""
    return tuple(
        _meter_chart(curves, catalog, name, meter)
        for meter, units in curves.expected.items()
        if units
    )


def _meter_chart(curves: Curves, catalog: Denomination, name: str, meter: str) -> BillChart:
    units, unit = curves.expected[meter], f.plural(f.unit_of(meter, catalog))
    drawing = _Drawing(curves, catalog, _SMALL, lambda month: month.meters[meter].net)
    return drawing.chart(
        title=f"Charge for {unit}, {name}",
        x_title=f"{unit} a month",
        marks=f.counted,
        factor=units,
        caption=f"{unit[:1].upper()}{unit[1:]}",
    )


class _Drawing:
    """One chart of some amount of each month."""

    def __init__(self, curves: Curves, catalog: Denomination, size: Format, amount: Amount) -> None:
        self.curves, self.catalog, self.size, self.amount = curves, catalog, size, amount
        both = [curves.listed, *([curves.offered] if curves.offered else [])]
        most = max(amount(month) for curve in both for month in curve.months.values())
        top = Fraction(size.top if size is _SMALL else _TOP)
        self.y = Axis(Fraction(0), most * Fraction(21, 20) or Fraction(1), top + size.plot, top)
        self.y_marks = amounts(self.y, size.y_marks)
        widest = max((len(mark.text) for mark in self.y_marks), default=0) * CHARACTER
        last = max(curves.listed.months)
        left = Fraction(max(_LEFT, widest + _GAP))
        self.x = Axis(Fraction(0), last, left, Fraction(size.width - _RIGHT))

    def chart(  # noqa: PLR0913 - the words of a chart
        self,
        *,
        title: str,
        x_title: str,
        marks: Callable[[Fraction], str],
        factor: Fraction = Fraction(1),
        caption: str = "",
        dots: bool = False,
    ) -> BillChart:
        curves, x = self.curves, self.x
        places = nice_marks(Fraction(0), x.high * factor, self.size.x_marks)
        return BillChart(
            width=self.size.width,
            height=int(self.y.start) + _BOTTOM,
            title=title,
            description=_described(curves, self.catalog, self.amount),
            caption=caption,
            left=px(x.start),
            right=px(x.end),
            top=px(self.y.end),
            bottom=px(self.y.start),
            x_title=x_title,
            y_title=f"{self.catalog.currency} a month",
            x_marks=tuple(Mark(x.px(place / factor), marks(place)) for place in places),
            y_marks=self.y_marks,
            lines=(self._line(curves.offered),) if curves.offered else (),
            listed=(self._line(curves.listed),),
            expected=x.px(Fraction(1)),
            dots=tuple(self._dots()) if dots else (),
        )

    def _line(self, curve: BillCurve) -> str:
        points = [(use, self.amount(month)) for use, month in curve.months.items()]
        return path((self.x.px(use), self.y.px(amount)) for use, amount in _corners_of(points))

    def _dots(self) -> Iterator[Dot]:
        curve = self.curves.main
        for corner in curve.corners:
            month = curve.months[corner.use]
            at = self.x.px(corner.use), self.y.px(self.amount(month))
            title = f"{corner_in_words(corner, self.catalog)}: {_money(month, self.catalog)}"
            yield Dot(*at, "", title)


def _corners_of(points: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The ends of a line and the points at which it bends."""
    if len(points) < 3:  # noqa: PLR2004 - two points have no other between them
        return list(points)
    # Exact slopes, so that what is straight is not bent by rounding.
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    bends = [point for point, (a, b) in zip(points[1:], pairwise(slopes), strict=False) if a != b]
    return [points[0], *bends, points[-1]]


def corner_in_words(corner: Corner, catalog: Denomination) -> str:
    """Why a bill bends: `included input tokens are used up`, `the minimum is reached`."""
    if not corner.meter:
        return "the minimum is reached"
    unit = f.plural(f.unit_of(corner.meter, catalog))
    if corner.limit is None:
        return f"included {unit} are used up"
    return f"a tier of {unit} ends at {f.counted(corner.limit)}"


def _money(month: Month, catalog: Denomination) -> str:
    return f.money(month.bill, catalog.currency)


def _described(curves: Curves, catalog: Denomination, amount: Amount) -> str:
    """The chart in words: what comes to what at the expected use."""
    named = {"at list": curves.listed, curves.offer: curves.offered}
    told = [
        f"{name} {f.money(amount(curve.months[Fraction(1)]), catalog.currency)}"
        for name, curve in named.items()
        if curve
    ]
    return f"At the expected use: {', '.join(told)}."


def bills_table(curves: Curves, catalog: Denomination) -> Table:
    """The bills in figures, at round shares of the expected use and where the offer's bends."""
    why: dict[Fraction, list[str]] = {use: [] for use in _TOLD}
    for corner in curves.main.corners:
        why.setdefault(corner.use, []).append(corner_in_words(corner, catalog))
    rows = []
    both = [curves.listed, *([curves.offered] if curves.offered else [])]
    for use in sorted(why):
        bills = [_at(curve, use) for curve in both]
        name = Cell(f"{f.percentage(use)} of what is expected", ", ".join(why[use]))
        rows.append((name, *(Cell(f.money(bill, catalog.currency)) for bill in bills)))
    columns = heads("Use", ">At list", *([f">{capital(curves.offer)}"] if curves.offered else []))
    return Table("Bill by use", columns, tuple(rows))


def _at(curve: BillCurve, use: Fraction) -> Fraction:
    """The bill of a use, which is on the line between the nearest that are known."""
    if use in curve.months:
        return curve.months[use].bill
    low = max(place for place in curve.months if place < use)
    high = min(place for place in curve.months if place > use)
    before, after = curve.months[low].bill, curve.months[high].bill
    return before + (after - before) * (use - low) / (high - low)
