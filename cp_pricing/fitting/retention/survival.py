"""The Kaplan-Meier curve of the customers, and the curve that a profile takes from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_pricing.fitting.retention.exposure import Counts, Floats

# A curve goes on as long as so many, and such a share of those that ever were, are at risk; of a
# handful of customers half of them.
_LEAST_AT_RISK, _LEAST_SHARE, _HANDFUL = 10.0, 0.1, 0.5
# What persists after it is the hazard of so many last months together: that of a single month is
# mostly that nobody happened to leave.
_LASTING = 12
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Survival:
    """The share still there after 0, 1, 2, ... months (Kaplan & Meier 1958), and its 95% band.

    The band is that of log(-log S), with Greenwood's variance (Kalbfleisch & Prentice 1980).
    """

    at_risk: Floats
    lost: Floats
    share: Floats
    low: Floats
    high: Floats


def kaplan_meier(counts: Counts) -> Survival:
    """The curve of customers regardless of their state, as long as anybody was at risk."""
    risk, lost = counts.at_risk.sum(0), counts.lost.sum(0)
    # Customers who were first seen late may leave a gap, beyond which nothing is known.
    seen = int(np.argmax(np.append(risk, 0) <= 0))
    risk, lost = risk[:seen], lost[:seen]
    share = np.concatenate([[1.0], np.cumprod((risk - lost) / risk)])
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.concatenate([[0.0], np.cumsum(lost / (risk * (risk - lost)))])
        spread = 1.959963984540054 * np.sqrt(greenwood) / np.abs(np.log(share))
        low, high = share ** np.exp(spread), share ** np.exp(-spread)
    certain = (share <= 0) | (share >= 1)
    return Survival(
        risk, lost, share, np.where(certain, share, low), np.where(certain, share, high)
    )


def curve_length(counts: Counts) -> int:
    """How many months of the Kaplan-Meier curve enough customers tell of; at least one."""
    risk = counts.at_risk.sum(0)
    most = float(risk.max(initial=0))
    enough = risk >= max(min(_LEAST_AT_RISK, _HANDFUL * most), _LEAST_SHARE * most)
    # Where customers were first seen late, few are at risk in the first months.
    first = int(np.argmax(enough))
    return first + max(int(np.argmin(np.append(enough[first:], [False]))), 1)


def lasting_curve(counts: Counts, factors: Floats, length: int) -> Floats:
    """The shares still there after 0, 1, ..., `length` + 1 months, without the factors of states.

    The last month has the hazard of the twelve before it together, which is the one that persists.
    """
    hazards = _base_hazards(counts.at_risk[:, :length], counts.lost[:, :length], factors)
    begin = max(length - _LASTING, 0)
    pooled = counts.at_risk[:, begin:length].sum(1), counts.lost[:, begin:length].sum(1)
    last = _base_hazards(pooled[0][:, None], pooled[1][:, None], factors)
    kept = 1 - np.concatenate([hazards, last])
    return np.concatenate([[1.0], np.cumprod(kept)])


def _base_hazards(at_risk: Floats, lost: Floats, factors: Floats) -> Floats:
    """The likeliest hazard of each period, where states have theirs times a factor.

    Without factors it is lost / at risk. Else the slope of the likelihood in the hazard falls, and
    its zero is found by halving.
    """
    if (factors == 1).all():
        risk = at_risk.sum(0)
        shares: Floats = np.divide(lost.sum(0), risk, out=np.zeros(len(risk)), where=risk > 0)
        return shares
    times, kept = factors[:, None], at_risk - lost
    low, high = np.zeros(at_risk.shape[1]), np.ones(at_risk.shape[1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        leaving = np.minimum(middle * times, 1 - 1e-12)
        rising = (lost / middle - kept * times / (1 - leaving)).sum(0) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    hazards: Floats = np.where(lost.sum(0) > 0, (low + high) / 2, 0.0)
    return hazards
