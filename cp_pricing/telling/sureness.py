"""What is told of the draws: how sure an answer is, and at which price it would be surer."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cp_pricing.confidence import ConfidenceCurve
from cp_pricing.telling.context import Told
from cp_pricing.words.confidence import HowSure

_USUAL = Fraction(9, 10)


def how_sure(told: Told) -> Iterator[HowSure]:
    """How sure the deal is, where there is more than one draw."""
    report, curve = told.result.confidence, told.result.confidence_curve
    terms = told.result.shown_terms
    if report is None or terms is None or report.draws == 1:
        return
    share: Fraction | None = None
    price: Fraction | None = None
    if curve is not None:
        share = _told_of(told, report.share, curve)
        price = None if share is None else curve.price_for(share)
    profile = told.price_book.profile(told.request.profile)
    customers = profile.cohort.customers if profile.cohort else None
    yield HowSure(report, profile.id, terms.price, customers, share, price, told.catalog)


def _told_of(told: Told, reached: Fraction, curve: ConfidenceCurve) -> Fraction | None:
    """The share whose price is told: what the policy asks for, or what is next to be had."""
    policy = told.price_book.policy.ltv.confidence
    asked = policy.at_least if policy else _USUAL
    # What falls short is told what it would take; what does not, the next share to be had.
    if reached < asked:
        return asked
    more = (one.at_least for one in curve.lowest if one.at_least > reached)
    return next((share for share in more if curve.price_for(share) is not None), None)
