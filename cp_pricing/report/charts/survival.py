"""The chart of survival: the share of customers still there by month, as counted and as fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from cp_pricing.report.charts.geometry import Axis, Mark, Plot, nice_marks, path, px
from cp_pricing.words import numbers as f

_WIDTH, _PLOT = 760, 260
_TOP, _LEFT, _RIGHT, _BOTTOM = 14, 50, 16, 44
_MARKS = 12
_QUARTERS = tuple(Fraction(quarter, 4) for quarter in range(5))


class SurvivalData(NamedTuple):
    """Shares still there after 0, 1, ... months: counted, within which band, and as fitted."""

    counted: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    fitted: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalChart(Plot):
    """The shares as lines, the fitted one last, over the band of what was counted."""

    band: str


def survival_chart(data: SurvivalData) -> SurvivalChart:
    """The chart of the months in which anybody was counted."""
    months = len(data.counted) - 1
    x = Axis(Fraction(0), Fraction(months), Fraction(_LEFT), Fraction(_WIDTH - _RIGHT))
    y = Axis(Fraction(0), Fraction(1), Fraction(_TOP + _PLOT), Fraction(_TOP))

    def points(shares: Sequence[float]) -> list[tuple[str, str]]:
        return [(x.px(Fraction(t)), y.px(Fraction(s))) for t, s in enumerate(shares[: months + 1])]

    around = [*points(data.low), *reversed(points(data.high))]
    return SurvivalChart(
        width=_WIDTH,
        height=_TOP + _PLOT + _BOTTOM,
        title="Customers still there by month",
        description=_described(data),
        left=px(x.start),
        right=px(x.end),
        top=px(y.end),
        bottom=px(y.start),
        x_title="months since the start",
        x_marks=tuple(
            Mark(x.px(month), f.grouped(month, 0))
            for month in nice_marks(Fraction(0), Fraction(months), _MARKS)
            if month.denominator == 1
        ),
        y_marks=tuple(Mark(y.px(share), f.percentage(share)) for share in _QUARTERS),
        lines=(path(points(data.counted)), path(points(data.fitted))),
        dots=(),
        band=f"{path(around)}Z",
    )


def _described(data: SurvivalData) -> str:
    """The chart in words: the shares at its end."""
    months = len(data.counted) - 1
    return (
        f"After {months} months {data.counted[-1]:.1%} were counted"
        f" ({data.low[-1]:.1%} to {data.high[-1]:.1%}), and {data.fitted[months]:.1%} are fitted."
    )
