"""The chart of confidence against price: the share of draws that hold, with the levels' answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from cp_pricing.confidence import ConfidenceCurve
from cp_pricing.report.charts.geometry import (
    CHARACTER,
    Axis,
    Dot,
    Label,
    Mark,
    Plot,
    padded,
    path,
    price_marks,
    px,
)
from cp_pricing.report.charts.price import price_title
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_cell, price_words

# Above the plot there are three rows of labels, and the title of the axis above these.
_TOP, _PLOT, _BOTTOM = 60, 200, 44
_LEFT, _RIGHT = 50, 16
_SHARES = tuple(Fraction(percent, 100) for percent in (0, 25, 50, 75, 100))


class Reached(NamedTuple):
    """A price (currency/unit, or a price level) to be pointed out, and how sure a deal is at it."""

    label: str
    kind: str
    price: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceChart(Plot):
    """The share of draws by the price; `asked` is the share that the policy asks for, if it does.

    A guide leads down from each price that is pointed out.
    """

    y_title: str
    asked: str
    asked_label: Label
    guides: tuple[Mark, ...]
    labels: tuple[Label, ...]


def confidence_chart(
    curve: ConfidenceCurve,
    reached: Sequence[Reached],
    asked: Fraction | None,
    catalog: Denomination,
    width: int,
) -> ConfidenceChart:
    """The chart in some width, in pixels."""
    return _Drawing(curve, reached, asked, catalog, width).chart()


class _Drawing:
    """One chart of confidence."""

    def __init__(
        self,
        curve: ConfidenceCurve,
        reached: Sequence[Reached],
        asked: Fraction | None,
        catalog: Denomination,
        width: int,
    ) -> None:
        self.curve, self.asked, self.catalog, self.width = curve, asked, catalog, width
        self.reached = sorted(reached, key=lambda one: one.price)
        self.x = Axis(*self._extent(), Fraction(_LEFT), Fraction(width - _RIGHT))
        self.y = Axis(Fraction(0), Fraction(1), Fraction(_TOP + _PLOT), Fraction(_TOP))

    def _extent(self) -> tuple[Fraction, Fraction]:
        """The prices between which something changes or is pointed out, with a margin."""
        steps = self.curve.steps
        told = [one.price for one in self.reached] + [step.price for step in steps[1:]]
        first, last = steps[0].price, steps[-1].last_price
        low, high = padded(told) if told else (first, last)
        return max(first, low), min(last, high)

    def chart(self) -> ConfidenceChart:
        words, bottom = price_words(self.catalog), self.y.start
        asked = "" if self.asked is None else self.y.px(self.asked)
        said = "" if self.asked is None else f"{f.percentage(self.asked)} asked for"
        above = self.y.at(self.asked or Fraction(0)) - 6
        return ConfidenceChart(
            width=self.width,
            height=int(bottom) + _BOTTOM,
            title=f"Confidence by {words.noun}",
            description=self._described(),
            left=px(self.x.start),
            right=px(self.x.end),
            top=px(self.y.end),
            bottom=px(bottom),
            x_title=price_title(self.catalog),
            y_title="draws that hold",
            x_marks=price_marks(self.x, self.width // 90, self.catalog),
            y_marks=tuple(Mark(self.y.px(share), f.percentage(share)) for share in _SHARES),
            lines=(path(self._corners()),),
            dots=tuple(self._dot(one) for one in self.reached),
            asked=asked,
            asked_label=Label(px(self.x.start + 4), px(above), said, "start"),
            guides=tuple(Mark(self.x.px(one.price), one.kind) for one in self.reached),
            labels=tuple(self._labels()),
        )

    def _corners(self) -> Iterator[tuple[str, str]]:
        """Each step from its first price to its last one, and from there up or down."""
        # The curve goes on level to both sides of what is drawn.
        low, high = self.x.low, self.x.high
        for step in self.curve.steps:
            if step.price <= high and step.last_price >= low:
                height = self.y.px(step.share)
                yield self.x.px(max(low, step.price)), height
                yield self.x.px(min(high, step.last_price)), height

    def _dot(self, one: Reached) -> Dot:
        title = f"{one.label}: {f.quote(one.price, self.catalog)}, {f.percentage(one.share)}"
        return Dot(self.x.px(one.price), self.y.px(one.share), one.kind, title)

    def _labels(self) -> Iterator[Label]:
        """What is pointed out, above the plot, a row further up where two would touch."""
        ends = [Fraction(-1000)] * 3  # of each row, where its last text ends
        for one in self.reached:
            text = f"{one.label} {price_cell(one.price, self.catalog)}"
            half = Fraction(len(text) * CHARACTER, 2)
            x = min(max(self.x.at(one.price), half), self.x.end - half)
            row = next((row for row, end in enumerate(ends) if x - half > end), len(ends) - 1)
            ends[row] = x + half
            yield Label(px(x), px(self.y.end - 8 - 13 * row), text, "middle")

    def _described(self) -> str:
        parts = [
            f"{one.label} at {f.quote(one.price, self.catalog)} holds in {f.percentage(one.share)}"
            for one in self.reached
        ]
        return f"{'; '.join(parts)} of the draws." if parts else "No price is reached."
