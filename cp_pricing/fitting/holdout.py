"""A trial of the fit: the last months are kept from it, and then compared with what it expects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt

from cp_pricing.fitting.months import plus_months
from cp_pricing.fitting.retention.estimation import Estimator
from cp_pricing.fitting.retention.exposure import Counts, exposure_of
from cp_pricing.fitting.stays import Stay, Window, segments_of
from cp_pricing.fitting.use.scenarios import Months

_MOST_MONTHS, _SHARE = 6, 4
# With fewer that left before, there is no fit to try.
_LEAST_LOST = 5


@dataclass(frozen=True, slots=True)
class HoldOut:
    """The last months: how many left of whom was expected to, and the mean use before and then.

    `spread` is the standard deviation of the number that leave, were the fit right; a mean is in
    units a month by meter.
    """

    months: int
    at_risk: float
    expected: float
    spread: float
    observed: float
    use_before: tuple[float, ...]
    use_then: tuple[float, ...]


def hold_out(
    stays: tuple[Stay, ...], window: Window, everything: Counts, estimator: Estimator, used: Months
) -> HoldOut | None:
    """The trial of the last months, a quarter of all up to six; `None` if there is too little."""
    months = min(_MOST_MONTHS, everything.periods // _SHARE)
    cut = plus_months(window.until, -months)
    earlier = tuple(stay for stay in stays if stay.start < cut)
    if not months or not earlier:
        return None
    known = Window(cut, window.seen_from)
    before = exposure_of(segments_of(earlier, known, Counter())).counts()
    counted = (everything.at_risk.copy(), everything.lost.copy())
    for whole, part in zip(counted, (before.at_risk, before.lost), strict=True):
        whole[:, : part.shape[1]] -= part
    then = Counts(*counted)
    if before.lost.sum() < _LEAST_LOST or not then.at_risk.sum():
        return None
    hazards = estimator.estimate(before).hazards(then.periods)
    expected = float((then.at_risk * hazards).sum())
    spread = sqrt(float((then.at_risk * hazards * (1 - hazards)).sum()))
    is_then = used.month >= cut.year * 12 + cut.month - 1
    means = [
        tuple(float(each) for each in used.units[rows].mean(0)) if rows.any() else ()
        for rows in (~is_then, is_then)
    ]
    return HoldOut(
        months, float(then.at_risk.sum()), expected, spread, float(then.lost.sum()), *means
    )
