"""The share of draws that hold at every tick of the price: section 10 of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.answer import Answer
from tests.oracle.case import DISCOUNT, Case
from tests.oracle.enumeration import admissible
from tests.oracle.valuing.model import Market, Offer

LEVELS = (50, 80, 90, 95, 99)  # percent of the draws


@dataclass(frozen=True)
class ConfidenceCurve:
    """The share at every admissible price, ascending, or discount; its `best` for each level.

    The best are the lowest price, or the greatest discount, at which at least so many hold.
    """

    shares: Mapping[Fraction, Fraction]
    best: Mapping[int, Fraction | None]


def confidence_curve(case: Case, answer: Answer) -> ConfidenceCurve:
    """The curve through an answer or, where there is none, through the near miss."""
    market, price = Market(case), case.configuration.price
    terms = answer.terms
    if answer.near_miss is not None:
        terms = answer.near_miss.configuration
    if terms is None:
        raise ValueError("neither an answer nor a near miss")
    prices = sorted(Fraction(p) for p in admissible(price, case, market.baseline.raw))
    shares = {p: Offer({**terms, price: p}, market).confidence.share for p in prices}
    better = max if price == DISCOUNT else min
    enough = {level: [p for p in prices if 100 * shares[p] >= level] for level in LEVELS}
    return ConfidenceCurve(shares, {k: better(v, default=None) for k, v in enough.items()})
