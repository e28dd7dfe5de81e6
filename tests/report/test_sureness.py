"""The chart of how sure a deal is."""

from __future__ import annotations

from fractions import Fraction

from cp_pricing.confidence import ConfidenceCurve, ConfidenceStep
from cp_pricing.report.charts.confidence import Reached, confidence_chart
from tests.support.books import pilot

_TITLE_Y, _LINE = 12, 13  # where the template writes what the upright axis is of


def test_labels_that_are_close_stand_above_one_another_and_below_the_title() -> None:
    cents = Fraction(1, 10**8)
    step = ConfidenceStep(usage_unit_price=200 * cents, through=2000 * cents, share=Fraction(1, 2))
    prices = {"vp-sales": 694, "deal-desk": 700, "answer": 706, "self-serve": 1900}
    reached = [
        Reached(label, "level", price * cents, Fraction(1, 2)) for label, price in prices.items()
    ]
    plan = pilot().configuration("membership-plus-overage")
    chart = confidence_chart(
        ConfidenceCurve(steps=(step,), lowest=()),
        reached,
        None,
        pilot().catalog.denomination(plan),
        330,
    )
    heights = [float(label.y) for label in chart.labels]
    assert heights[:3] == sorted(heights[:3], reverse=True)
    assert len(set(heights[:3])) == 3
    assert min(heights) - _TITLE_Y >= _LINE
