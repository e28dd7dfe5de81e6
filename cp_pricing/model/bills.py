"""The bills of a deal, should its customer use less or more than is expected."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from constraints.language.expressions import Name
from cp_pricing.book.customers import scaled
from cp_pricing.book.profiles import expected_units
from cp_pricing.results import UseBill

if TYPE_CHECKING:
    from constraints.language.evaluation import Evaluator
    from constraints.language.expressions import Value
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.offer import Offer

_USES: Final = (Fraction(1, 2), Fraction(1), Fraction(2))


def bills_by_use(deal: Deal, answer: Mapping[str, Value] | None) -> tuple[UseBill, ...]:
    """The expected bills at half the expected use, at it and at twice as much.

    `answer` are the field values that were found, `None` if there are none.
    """
    return tuple(_bills(deal, use, answer) for use in _USES)


def _bills(deal: Deal, use: Fraction, answer: Mapping[str, Value] | None) -> UseBill:
    offer = _offer_at(deal, use)
    return UseBill(
        use=use,
        monthly_units=expected_units(offer.profile),
        list_bill=_bill(offer.listed),
        bill=None if answer is None else _bill(offer.evaluator(answer)),
    )


def _offer_at(deal: Deal, use: Fraction) -> Offer:
    """The deal's offer to a customer who uses so many times as much in every month."""
    request = deal.request
    size = (request.customer.members, None, scaled(deal.offer.profile, use))
    return deal.pricing.offer(request.configuration, request.profile, size)


def _bill(evaluator: Evaluator) -> Fraction:
    return evaluator.number(Name("expected_monthly_bill")) or Fraction(0)
