"""The charts of usage price against each field that can be tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from constraints.language.expressions import Value
from cp_pricing.diagnosis.levers import LeverCurve, LeverPoint
from cp_pricing.fields import BOOLEAN_FIELDS, UNLIMITED
from cp_pricing.report.charts import (
    CHARACTER,
    Axis,
    Dot,
    Mark,
    amounts,
    nice_marks,
    padded,
    path,
    px,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.statuses import without_answer
from cp_pricing.words.terms import capital

_LEVER_WIDTH, _LEVER_PLOT = 300, 118
_LEVER_TOP, _LEVER_LEFT, _LEVER_RIGHT = 14, 46, 18
# Below the plot: a row for values without an answer, then the axis.
_NO_ANSWER_ROW, _LEVER_AXIS = 18, 40
_LEVER_MARKS, _FEW = 5, 6


@dataclass(frozen=True, slots=True)
class LeverChart:
    """The best usage price against one field; all lengths in pixels."""

    caption: str
    width: int
    height: int
    title: str
    description: str
    left: str
    right: str
    top: str
    bottom: str
    x_title: str
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    listed: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class LeverWords:
    """How a lever chart speaks of its points to its reader."""

    approval: str
    missing: str


class _LeverDrawing:
    """One lever chart; the prices of `extent` (currency/unit) fit on its axis."""

    def __init__(
        self,
        lever: LeverCurve,
        catalog: Denomination,
        listed: Fraction,
        extent: Sequence[Fraction],
        words: LeverWords,
    ) -> None:
        self.lever, self.catalog, self.listed, self.words = lever, catalog, listed, words
        low, high = padded([*extent, listed])
        bottom = Fraction(_LEVER_TOP + _LEVER_PLOT)
        self.y = Axis(low, high, bottom, Fraction(_LEVER_TOP))
        self.ordinal = _is_ordinal([point.value for point in lever.points])
        numbers = [self._number(place) for place in range(len(lever.points))]
        right = Fraction(_LEVER_WIDTH - _LEVER_RIGHT)
        self.x = Axis(min(numbers), max(numbers), Fraction(_LEVER_LEFT + 8), right)

    def _number(self, place: int) -> Fraction:
        value = self.lever.points[place].value
        return Fraction(place) if self.ordinal else Fraction(value)

    def chart(self, description: str) -> LeverChart:
        name = f.label(self.lever.field, self.catalog)
        return LeverChart(
            width=_LEVER_WIDTH,
            height=_LEVER_TOP + _LEVER_PLOT + _NO_ANSWER_ROW + _LEVER_AXIS,
            caption=capital(name),
            title=f"Usage price by {name}",
            description=description,
            left=px(Fraction(_LEVER_LEFT)),
            right=px(Fraction(_LEVER_WIDTH - 8)),
            top=px(self.y.end),
            bottom=px(self.y.start),
            x_title=_unit(self.lever.field, self.catalog),
            x_marks=self._x_marks(),
            y_marks=amounts(self.y, 4, Fraction(self.catalog.quote_per)),
            lines=self._lines(),
            listed=px(self.y.at(self.listed)),
            dots=tuple(self._dot(place) for place in range(len(self.lever.points))),
        )

    def _x_marks(self) -> tuple[Mark, ...]:
        values = [point.value for point in self.lever.points]
        if self.ordinal:
            places = range(len(values))
            return tuple(
                Mark(px(self.x.at(Fraction(place))), self._short(values[place])) for place in places
            )
        numbers = [Fraction(value) for value in values]
        if len(numbers) > _FEW:
            numbers = nice_marks(self.x.low, self.x.high, _LEVER_MARKS)
        kept: list[Mark] = []
        taken = Fraction(-1000)
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
        runs = groupby(range(len(self.lever.points)), key=self._has_price)
        return tuple(
            path(self._place(p) for p in places) for has_price, places in runs if has_price
        )

    def _has_price(self, place: int) -> bool:
        return self.lever.points[place].price is not None

    def _place(self, place: int) -> tuple[Fraction, Fraction]:
        price = self.lever.points[place].price
        below = self.y.start + Fraction(_NO_ANSWER_ROW, 2)
        return self.x.at(self._number(place)), below if price is None else self.y.at(price)

    def _dot(self, place: int) -> Dot:
        point = self.lever.points[place]
        x, y = self._place(place)
        kind = "none" if point.price is None else "approval" if point.level else "free"
        asked = " asked" if point.value == self.lever.asked else ""
        return Dot(
            px(x), px(y), kind + asked, lever_point(self.lever, point, self.catalog, self.words)
        )


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
        "included_units": f"{f.plural(catalog.unit)}/month",
    }
    return units.get(field, f"{catalog.currency}/month")


def lever_point(
    lever: LeverCurve, point: LeverPoint, catalog: Denomination, words: LeverWords
) -> str:
    """A point in words: `24 months: USD 5.10 per 1M tokens`."""
    value = f.field_value(lever.field, point.value, catalog)
    if point.price is None:
        return f"{value}: {without_answer(point.status, words.missing)}"
    approval = f", {words.approval}" if point.level else ""
    return f"{value}: {f.quote(point.price, catalog)}{approval}"


def lever_charts(
    levers: Sequence[LeverCurve],
    catalog: Denomination,
    listed: Fraction,
    words: LeverWords,
    describe: Callable[[LeverCurve], str],
) -> tuple[LeverChart, ...]:
    """A chart for each lever, all with one scale of prices; `listed` is the catalog's price."""
    prices = [p.price for lever in levers for p in lever.points if p.price is not None]
    return tuple(
        _LeverDrawing(lever, catalog, listed, prices, words).chart(describe(lever))
        for lever in levers
    )
