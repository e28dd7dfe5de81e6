"""Levers as a report shows them: a chart where a field makes a difference, else a remark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from constraints.language.expressions import Value
from cp_pricing.diagnosis.levers import LeverCurve, LeverPoint
from cp_pricing.fields import ALLOWANCE, BOOLEAN_FIELDS, UNLIMITED, base_name, meter_of
from cp_pricing.report.charts.geometry import (
    CHARACTER,
    Axis,
    Dot,
    Mark,
    Plot,
    nice_marks,
    padded,
    path,
    price_marks,
    px,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.statuses import without_answer
from cp_pricing.words.terms import capital

_WIDTH, _PLOT = 300, 118
_TOP, _LEFT, _RIGHT = 14, 46, 18
# Below the plot: a row for values without an answer, then the axis.
_NO_ANSWER_ROW, _AXIS = 18, 40
_MARKS, _FEW = 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverChart(Plot):
    """The best usage price against one field, under a caption, and the list price."""

    caption: str
    listed: str


class LeverWords(NamedTuple):
    """How its reader is told of a point that takes an approval, and of one without an answer."""

    approval: str
    missing: str


class Levers(NamedTuple):
    """Charts of the fields that make a difference, and a sentence about each of the others."""

    charts: tuple[LeverChart, ...]
    remarks: tuple[str, ...]


def levers_of(
    curves: Sequence[LeverCurve], catalog: Denomination, listed: Fraction, words: LeverWords
) -> Levers:
    """What to show of some levers; `listed` is the list price (currency/unit)."""
    levers = [_Lever(curve, catalog, words) for curve in curves]
    telling = [lever for lever in levers if not lever.remark()]
    # All charts have one scale of prices, so that they can be compared.
    prices = [p.price for lever in telling for p in lever.curve.points if p.price is not None]
    extent = padded([*prices, listed])
    charts = tuple(_Drawing(lever, listed, extent).chart() for lever in telling)
    return Levers(charts, tuple(_remarks(levers)))


def _remarks(levers: Sequence[_Lever]) -> Iterator[str]:
    """One sentence for all fields of which there is the same to say."""
    names: dict[str, list[str]] = {}
    for lever in levers:
        if remark := lever.remark():
            names.setdefault(remark, []).append(lever.name)
    for remark, alike in names.items():
        yield f"{capital(f.listed(alike))}: {remark}."


class _Lever(NamedTuple):
    """A lever in words."""

    curve: LeverCurve
    catalog: Denomination
    words: LeverWords

    @property
    def name(self) -> str:
        return f.label(self.curve.field, self.catalog)

    def value(self, point: LeverPoint) -> str:
        return f.field_value(self.curve.field, point.value, self.catalog)

    def price(self, point: LeverPoint) -> str:
        if point.price is None:
            return without_answer(point.status, self.words.missing)
        approval = f", {self.words.approval}" if point.level else ""
        return f"{f.quote(point.price, self.catalog)}{approval}"

    def point(self, point: LeverPoint) -> str:
        """A point in words: `24 months: USD 5.10 per 1M tokens`."""
        return f"{self.value(point)}: {self.price(point)}"

    def remark(self) -> str:
        """What there is to say of a field that makes no difference; nothing of one that does."""
        points = self.curve.points
        if len({(point.status, point.price, bool(point.level)) for point in points}) > 1:
            return ""
        tried = "" if self.curve.complete else " tried"
        price = self.price(points[0])
        if points[0].price is None:
            return f"{price} at any value{tried}"
        return f"every value{tried} comes to {price}"

    def described(self) -> str:
        """The chart in words: the lowest price, that of the request, and where there is none."""
        points = self.curve.points
        priced = [(point.price, point) for point in points if point.price is not None]
        parts = []
        if priced:
            _, least = min(priced, key=lambda pair: pair[0])
            best = "greatest" if self.catalog.is_card else "lowest"
            parts.append(f"{best} at {self.point(least)}")
        asked = [point for point in points if point.value == self.curve.asked]
        parts += [f"this request at {self.point(point)}" for point in asked]
        for status in ("infeasible", "unknown"):
            without = [point for point in points if point.status == status]
            if without:
                extent = self._extent([self.value(point) for point in without])
                parts.append(f"{self.price(without[0])} at {extent}")
        return f"{'; '.join(parts)}."

    def _extent(self, values: Sequence[str]) -> str:
        if len(values) <= len(("one", "another")):
            return f.listed(values)
        among = f"among them {values[0]} and {values[-1]}"
        return f"{len(values)} of {len(self.curve.points)} values, {among}"


# --- drawing --------------------------------------------------------------------------------


class _Drawing:
    """One lever chart, whose axis has the prices of an `extent` (currency/unit)."""

    def __init__(self, lever: _Lever, listed: Fraction, extent: tuple[Fraction, Fraction]) -> None:
        self.lever, self.catalog, self.listed = lever, lever.catalog, listed
        self.points = lever.curve.points
        self.y = Axis(*extent, Fraction(_TOP + _PLOT), Fraction(_TOP))
        values = [point.value for point in self.points]
        self.ordinal = _is_ordinal(values)
        numbers = [Fraction(n if self.ordinal else value) for n, value in enumerate(values)]
        # Half of the last mark stands beyond the end of the axis.
        beyond = max(Fraction(_RIGHT), Fraction(len(self._short(values[-1])) * CHARACTER, 2))
        right = _WIDTH - beyond
        self.x = Axis(min(numbers), max(numbers), Fraction(_LEFT + 8), right)
        xs = [self.x.px(number) for number in numbers]
        self.placed = [(p, x, self._height(p)) for p, x in zip(self.points, xs, strict=True)]

    def _height(self, point: LeverPoint) -> str:
        if point.price is None:
            return px(self.y.start + Fraction(_NO_ANSWER_ROW, 2))
        return self.y.px(point.price)

    def chart(self) -> LeverChart:
        name = self.lever.name
        return LeverChart(
            width=_WIDTH,
            height=_TOP + _PLOT + _NO_ANSWER_ROW + _AXIS,
            caption=capital(name),
            title=f"{capital(price_words(self.catalog).noun)} by {name}",
            description=self.lever.described(),
            left=px(Fraction(_LEFT)),
            right=px(Fraction(_WIDTH - 8)),
            top=px(self.y.end),
            bottom=px(self.y.start),
            x_title=_unit(self.lever.curve.field, self.catalog),
            x_marks=self._x_marks(),
            y_marks=price_marks(self.y, 4, self.catalog),
            lines=self._lines(),
            listed=self.y.px(self.listed),
            dots=tuple(self._dot(*placed) for placed in self.placed),
        )

    def _x_marks(self) -> tuple[Mark, ...]:
        if self.ordinal:
            return tuple(Mark(x, self._short(point.value)) for point, x, _ in self.placed)
        numbers = [Fraction(point.value) for point in self.points]
        if len(numbers) > _FEW:
            numbers = nice_marks(self.x.low, self.x.high, _MARKS)
        kept: list[Mark] = []
        taken = Fraction(-1000)  # left of everything: nothing is taken yet
        for number in numbers:
            text, x = self._short(number), self.x.at(number)
            if x - taken >= len(text) * CHARACTER:
                kept.append(Mark(px(x), text))
                taken = x + 4
        return tuple(kept)

    def _short(self, value: Value) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "unlimited" if value >= UNLIMITED else f.counted(Fraction(value))

    def _lines(self) -> tuple[str, ...]:
        """The stretches of values that have an answer."""
        runs = groupby(self.placed, key=lambda placed: placed[0].price is not None)
        return tuple(path((x, y) for _, x, y in run) for has_price, run in runs if has_price)

    def _dot(self, point: LeverPoint, x: str, y: str) -> Dot:
        kind = "none" if point.price is None else "approval" if point.level else "free"
        asked = " asked" if point.value == self.lever.curve.asked else ""
        return Dot(x, y, kind + asked, self.lever.point(point))


def _is_ordinal(values: Sequence[Value]) -> bool:
    """Whether values have no even scale: yes and no, or an unlimited allowance."""
    return any(isinstance(value, bool) or value >= UNLIMITED for value in values)


def _unit(field: str, catalog: Denomination) -> str:
    """What a field is measured in; nothing for yes or no."""
    if field in BOOLEAN_FIELDS:
        return ""
    units = {
        "contract_duration_months": "months",
        "prepaid_amount": catalog.currency,
        ALLOWANCE: f"{f.plural(f.unit_of(meter_of(field), catalog))}/month",
    }
    return units.get(base_name(field), f"{catalog.currency}/month")
