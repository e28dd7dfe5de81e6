"""The chart of lifetime value against usage price, with levels and rules in rows below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from cp_pricing.diagnosis.curves import PriceCurve, PriceRange
from cp_pricing.report.charts.geometry import (
    CHARACTER,
    Axis,
    Dot,
    Label,
    Mark,
    Plot,
    amounts,
    padded,
    path,
    price_marks,
    px,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_cell, price_words

_LEAST_BAR = 3
_BOTTOM, _LEFT, _RIGHT, _GAP = 44, 50, 16, 14
_LANE_TITLE, _LANE = 30, 22


class Bar(NamedTuple):
    """A horizontal stretch."""

    x: str
    width: str
    title: str


class Lane(NamedTuple):
    """A row of bars below a chart, or a title over some rows where it has no `tone`."""

    y: str
    label: str
    tone: str
    bars: tuple[Bar, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChart(Plot):
    """LTV against usage price, with the levels and rules in lanes below it."""

    y_title: str
    frontier: tuple[Dot, ...]
    shades: tuple[Bar, ...]
    approval_shades: tuple[Bar, ...]
    required: str
    required_label: Label
    guides: tuple[Mark, ...]
    labels: tuple[Label, ...]
    lanes: tuple[Lane, ...]


class PriceMark(NamedTuple):
    """A usage price (currency/unit) to be pointed out; `kind` is `answer`, `miss` or `listed`."""

    kind: str
    label: str
    price: Fraction
    ltv: Fraction | None = None


class LaneData(NamedTuple):
    """What a row below the chart shows: the usage prices at which something holds."""

    label: str
    tone: str
    holds: tuple[PriceRange, ...]


class PriceChartData(NamedTuple):
    """Everything that a price chart shows; `lanes` come in groups by title."""

    curve: PriceCurve
    frontier: tuple[tuple[Fraction, Fraction], ...]
    usable_level: int
    marks: tuple[PriceMark, ...]
    lanes: Mapping[str, Sequence[LaneData]]
    required_label: str
    title: str
    description: str


class Format(NamedTuple):
    """The size of a price chart: a gutter for the names of lanes, or none and names above them."""

    width: int
    top: int
    plot: int
    gutter: int
    x_marks: int
    y_marks: int


WIDE = Format(width=800, top=36, plot=270, gutter=190, x_marks=9, y_marks=6)
NARROW = Format(width=330, top=52, plot=230, gutter=0, x_marks=4, y_marks=5)


class _PriceDrawing:
    """One price chart in one format."""

    def __init__(self, data: PriceChartData, catalog: Denomination, size: Format) -> None:
        self.data, self.catalog, self.size = data, catalog, size
        bounds = data.curve.bounds
        ltvs = [point.ltv for point in data.curve.points] + [data.curve.required]
        low, high = padded([*ltvs, *(ltv for _, ltv in data.frontier)])
        self.y = Axis(low, high, Fraction(size.top + size.plot), Fraction(size.top))
        self.y_marks = amounts(self.y, size.y_marks)
        widest = max((len(mark.text) for mark in self.y_marks), default=0) * CHARACTER
        left = Fraction(max(_LEFT, size.gutter, widest + _GAP))
        self.x = Axis(bounds.low, bounds.high, left, Fraction(size.width - _RIGHT))

    def chart(self) -> PriceChart:
        data, size = self.data, self.size
        lanes, height = self._lanes(size.top + size.plot + _BOTTOM)
        required = self.y.at(data.curve.required)
        admitted, approval = self._shades()
        return PriceChart(
            width=size.width,
            height=height,
            title=data.title,
            description=data.description,
            left=px(self.x.start),
            right=px(self.x.end),
            top=px(self.y.end),
            bottom=px(self.y.start),
            x_title=price_title(self.catalog),
            y_title=f"lifetime value, {self.catalog.currency}",
            x_marks=price_marks(self.x, size.x_marks, self.catalog),
            y_marks=self.y_marks,
            lines=self._lines(),
            frontier=self._frontier(),
            shades=admitted,
            approval_shades=approval,
            required=px(required),
            required_label=self._required_label(required),
            guides=tuple(Mark(self.x.px(m.price), m.kind) for m in self._marks()),
            dots=self._dots(),
            labels=tuple(self._labels()),
            lanes=lanes,
        )

    def _lines(self) -> tuple[str, ...]:
        x, y = self.x.px, self.y.px
        bands = groupby(self.data.curve.points, key=lambda point: point.band)
        return tuple(path((x(p.price), y(p.ltv)) for p in points) for _, points in bands)

    def _frontier(self) -> tuple[Dot, ...]:
        """Its points by themselves: between two of them there may be prices that are worse."""
        points = self.data.frontier if len(self.data.frontier) > 1 else ()
        currency = self.catalog.currency
        return tuple(
            Dot(
                self.x.px(price),
                self.y.px(ltv),
                "frontier",
                f"{f.quote(price, self.catalog)}, lifetime value {f.money(ltv, currency)}",
            )
            for price, ltv in points
        )

    def _shades(self) -> tuple[tuple[Bar, ...], tuple[Bar, ...]]:
        """What self-serve admits, and all that the request may have with an approval."""
        levels = self.data.curve.levels
        usable = levels[self.data.usable_level].feasible if self.data.usable_level else ()
        return self._bars(levels[0].feasible), self._bars(usable)

    def _bars(self, ranges: Iterable[PriceRange]) -> tuple[Bar, ...]:
        return tuple(self._bar(prices) for prices in ranges)

    def _bar(self, prices: PriceRange) -> Bar:
        low, high = self.x.at(prices.low), self.x.at(prices.high)
        width = max(high - low, Fraction(_LEAST_BAR))
        start = min(low, self.x.end - width)
        return Bar(px(start), px(width), price_range(prices, self.catalog))

    def _required_label(self, required: Fraction) -> Label:
        above = required - 6 if required > self.y.end + 20 else required + 15
        return Label(px(self.x.end - 4), px(above), self.data.required_label, "end")

    def _marks(self) -> list[PriceMark]:
        bounds = self.data.curve.bounds
        return [mark for mark in self.data.marks if bounds.low <= mark.price <= bounds.high]

    def _dots(self) -> tuple[Dot, ...]:
        return tuple(
            Dot(self.x.px(m.price), self.y.px(m.ltv), m.kind, f"{m.label}: {self._quote(m)}")
            for m in self._marks()
            if m.ltv is not None
        )

    def _quote(self, mark: PriceMark) -> str:
        return f.quote(mark.price, self.catalog)

    def _labels(self) -> Iterable[Label]:
        """What is marked, above the plot, pushed apart where two would touch."""
        taken = Fraction(-1000)  # left of everything: nothing is taken yet
        for number, mark in enumerate(sorted(self._marks(), key=lambda mark: mark.price)):
            text = f"{mark.label} {price_cell(mark.price, self.catalog)}"
            half = Fraction(len(text) * CHARACTER, 2)
            x = min(max(self.x.at(mark.price), self.x.start / 4 + half), self.x.end - half)
            row = 8 if not number or x - half > taken else 20
            taken = x + half
            yield Label(px(x), px(self.y.end - row), text, "middle")

    def _lanes(self, top: int) -> tuple[tuple[Lane, ...], int]:
        """The rows below the plot, and the height of the chart with them."""
        lanes: list[Lane] = []
        y = top
        for title, rows in self.data.lanes.items():
            if not rows:
                continue
            lanes.append(Lane(px(Fraction(y + 18)), title, ""))
            y += _LANE_TITLE
            for row in rows:
                y += 0 if self.size.gutter else _LANE - 6
                lanes.append(self._lane(row, y))
                y += _LANE
        return tuple(lanes), y + 8

    def _lane(self, row: LaneData, y: int) -> Lane:
        room = (self.size.gutter or self.size.width) // CHARACTER - 2
        label = row.label if len(row.label) <= room else f"{row.label[: room - 1]}…"
        note = "" if row.holds else f"at no {price_words(self.catalog).short}"
        return Lane(px(Fraction(y)), label, row.tone, self._bars(row.holds), note)


def price_chart(data: PriceChartData, catalog: Denomination, size: Format) -> PriceChart:
    """The chart of LTV against usage price, in one of the two formats."""
    return _PriceDrawing(data, catalog, size).chart()


def price_title(catalog: Denomination) -> str:
    """What an axis of usage prices or of discounts is titled."""
    noun = price_words(catalog).noun
    return noun if catalog.is_card else f"{noun}, {catalog.currency} {f.quote_basis(catalog)}"


def price_range(prices: PriceRange, catalog: Denomination) -> str:
    """Usage prices in words: `USD 5.90 to USD 8.00 per 1M tokens`."""
    return f.quote_range(prices.low, prices.high, catalog)
