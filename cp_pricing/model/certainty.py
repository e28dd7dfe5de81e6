"""How sure a deal is, at its terms and by its price: what results say of the draws."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from constraints.language.domains import Domain
from cp_pricing.confidence import (
    ConfidenceCurve,
    ConfidenceReport,
    ConfidenceStep,
    Quantiles,
    SurePrice,
)
from cp_pricing.fields import PRICE
from cp_pricing.terms import priced

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.draws.drawn import Amounts
    from cp_pricing.model.offer import Offer

# The shares of draws that a curve tells the price of.
ASKED: Final = tuple(Fraction(percent, 100) for percent in (50, 80, 90, 95, 99))


def sureness(deal: Deal, fields: Mapping[str, Value], *, by_price: bool) -> dict[str, object]:
    """The keys of a result that say how sure a deal is, where that is known or asked for."""
    if not deal.has_draws and not deal.pricing.mentions_confidence:
        return {}
    curve = confidence_curve(deal.offer, fields) if by_price else None
    return {"confidence": confidence_report(deal.offer, fields), "confidence_curve": curve}


def confidence_report(offer: Offer, fields: Mapping[str, Value]) -> ConfidenceReport:
    """In how many draws a deal holds, and the spread of what it is worth (SPEC section 10)."""
    deal, price = offer.confidence.deal(fields), Fraction(fields[PRICE])
    draws, holds = len(offer.confidence.draws), deal.holding(price)
    return ConfidenceReport(
        draws=draws,
        holds=holds,
        share=Fraction(holds, draws),
        ltv=quantiles(deal.ltv(price)),
        improvement=quantiles(deal.improvement(price)),
    )


def quantiles(amounts: Amounts) -> Quantiles:
    """P10, P50 and P90 of what something is worth in each draw, by nearest rank."""
    # The ceil(N/10)-th smallest, and so on.
    p10, p50, p90 = amounts.smallest([-(-amounts.draws * share // 10) for share in (1, 5, 9)])
    return Quantiles(p10=p10, p50=p50, p90=p90)


def confidence_curve(offer: Offer, fields: Mapping[str, Value]) -> ConfidenceCurve:
    """The share of draws that hold by the price, the other terms as given."""
    domain = offer.domains.get(PRICE) or Domain.of([Fraction(offer.canonical[PRICE])])
    is_card = offer.configuration.is_card
    steps = _steps(offer, fields, domain)
    return ConfidenceCurve(
        steps=tuple(
            ConfidenceStep(
                **priced(domain.value(first), is_card=is_card),
                through=1 - domain.value(last) if is_card else domain.value(last),
                share=share,
            )
            for first, last, share in steps
        ),
        lowest=tuple(
            SurePrice(**priced(price, is_card=is_card), at_least=asked)
            for asked in ASKED
            for price in [
                next((domain.value(first) for first, _, share in steps if share >= asked), None)
            ]
        ),
    )


def _steps(
    offer: Offer, fields: Mapping[str, Value], domain: Domain
) -> list[tuple[int, int, Fraction]]:
    """First and last index of each stretch with as many draws; a list of prices has gaps."""
    confidence = offer.confidence
    keys = tuple(fields[name] for name in confidence.keys)
    indices: Sequence[int] = domain.indices
    start = 0
    joined: list[tuple[int, int, Fraction]] = []
    for end, share in confidence.over(domain, keys):
        # The first tick behind the stretch; a grid has all of them, a list only some.
        behind = bisect_right(indices, end)
        if behind > start:
            if joined and joined[-1][2] == share:
                joined[-1] = (joined[-1][0], indices[behind - 1], share)
            else:
                joined.append((indices[start], indices[behind - 1], share))
        start = behind
    return joined
