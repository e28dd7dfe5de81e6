"""Charts as geometry: exact numbers to places in pixels, which the templates draw as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from constraints.text.numerals import nearest
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination

# The last two are for a logarithm that, as a float, comes out one power of ten too low.
_NICE = tuple(Fraction(tenths, 10) for tenths in (10, 20, 25, 50, 100, 200))
_MARGIN = Fraction(6, 100)
# About the width of a character of the charts' labels, in pixels.
CHARACTER = 7


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers laid over a stretch of pixels."""

    low: Fraction
    high: Fraction
    start: Fraction
    end: Fraction

    def at(self, value: Fraction) -> Fraction:
        """The place of a number; all numbers of an axis without extent are in its middle."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        slope, offset, below = self._line
        number, denominator = value.as_integer_ratio()
        return Fraction(slope * number + offset * denominator, below * denominator)

    def px(self, value: Fraction) -> str:
        """The same in pixels to a tenth; no fraction is made of it, since there are many places."""
        if self.high == self.low:
            return px((self.start + self.end) / 2)
        slope, offset, below = self._line
        number, denominator = value.as_integer_ratio()
        return _tenths(nearest(10 * (slope * number + offset * denominator), below * denominator))

    @cached_property
    def _line(self) -> tuple[int, int, int]:
        """Slope and offset of the places over a positive denominator."""
        slope = (self.end - self.start) / (self.high - self.low)
        offset = self.start - slope * self.low
        below = math.lcm(slope.denominator, offset.denominator)
        return int(slope * below), int(offset * below), below


class Mark(NamedTuple):
    """A labelled place on an axis."""

    at: str
    text: str


class Dot(NamedTuple):
    """A point of a chart; `kind` is how it is drawn, `title` what it says when pointed at."""

    x: str
    y: str
    kind: str
    title: str


class Label(NamedTuple):
    """A text in a chart, which begins, ends or has its middle at `x`."""

    x: str
    y: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What every chart has: its size, its texts, its plot's edges, marks and lines, in pixels."""

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
    dots: tuple[Dot, ...]


def px(value: Fraction) -> str:
    """A place in pixels to a tenth, without a binary float on the way."""
    return _tenths(nearest(10 * value.numerator, value.denominator))


def _tenths(tenths: int) -> str:
    sign, (whole, rest) = "-" if tenths < 0 else "", divmod(abs(tenths), 10)
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def nice_marks(low: Fraction, high: Fraction, most: int) -> list[Fraction]:
    """At most so many round numbers from `low` to `high`, at even distances."""
    if high == low:
        return [low]
    rough = (high - low) / most
    size = Fraction(10) ** (math.floor(math.log10(rough)))
    step = next(s * size for s in _NICE if s * size >= rough)
    first = math.ceil(low / step)
    return [step * times for times in range(first, math.floor(high / step) + 1)]


def path(points: Iterable[tuple[str, str]]) -> str:
    """The path of an SVG through points in pixels; a single one is a dot of the line's width."""
    corners = [f"{x} {y}" for x, y in points]
    return "M" + "L".join(corners if len(corners) > 1 else [*corners, *corners])


def padded(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The extent of some numbers with a margin; around a single one, a tenth of it."""
    low, high = min(values), max(values)
    room = (high - low) * _MARGIN or abs(low) / 10 or Fraction(1)
    return low - room, high + room


def _places(marks: Sequence[Fraction]) -> int:
    """The decimals that tell marks apart, none where they are whole."""
    return 0 if all(mark.denominator == 1 for mark in marks) else f.places_apart(marks, 1)


def price_marks(axis: Axis, most: int, catalog: Denomination) -> tuple[Mark, ...]:
    """Round usage prices along an axis, or the round discounts of price levels."""
    if not catalog.is_card:
        return amounts(axis, most, Fraction(catalog.quote_per))
    discounts = nice_marks(1 - axis.high, 1 - axis.low, most)
    return tuple(Mark(axis.px(1 - each), f.percentage(each)) for each in discounts)


def amounts(axis: Axis, most: int, factor: Fraction = Fraction(1)) -> tuple[Mark, ...]:
    """Round amounts along an axis of numbers that are shown times `factor`."""
    marks = nice_marks(axis.low * factor, axis.high * factor, most)
    places = _places(marks)
    return tuple(Mark(axis.px(mark / factor), f.grouped(mark, places)) for mark in marks)
