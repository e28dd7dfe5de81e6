"""The bills of a deal, should its customer use less or more than is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from constraints.language.expressions import Name
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.month import Month, month_of
from cp_pricing.profiles.customers import scaled
from cp_pricing.profiles.profile import expected_units, expected_use
from cp_pricing.results import UseBill

if TYPE_CHECKING:
    from constraints.language.evaluation import Evaluator
    from constraints.language.expressions import Value
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.deal import Deal
    from cp_pricing.model.offer import Offer
    from cp_pricing.profiles.profile import Profile
    from cp_pricing.terms import CardTerms, MeterRate

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
        monthly_units=expected_use(offer.profile),
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


# --- a rate card ------------------------------------------------------------------------------


_MOST: Final = Fraction(5, 2)
_STEPS: Final = 50
# As many packages as can be told apart in a chart.
_PACKAGES: Final = 30
# So much beyond a limit counts as beyond it, and shows where a bill jumps.
_BEYOND: Final = Fraction(1, 10**9)


class Corner(NamedTuple):
    """A use, as a share of the expected one, at which a bill bends or jumps, and why.

    That is the end of what is included (`limit` is `None`) or of a tier of a meter, or without a
    `meter` the minimum.
    """

    use: Fraction
    meter: str = ""
    limit: Fraction | None = None


class BillCurve(NamedTuple):
    """The months of a customer who uses less or more than expected, of all meters alike.

    `months` go by the share of the expected use; between two of them a bill is a straight line.
    """

    months: Mapping[Fraction, Month]
    corners: tuple[Corner, ...]


def bill_curve(plan: Configuration, terms: CardTerms, profile: Profile) -> BillCurve:
    """What a month comes to on some terms, from no use to two and a half times the expected one."""
    expected = {meter: expected_units(profile, meter) for meter in plan.meters}
    members = profile.members_per_customer

    def month(use: Fraction) -> Month:
        return month_of(
            plan, terms, members, FrozenMapping({m: use * units for m, units in expected.items()})
        )

    corners = [
        corner
        for meter, units in expected.items()
        if units
        for corner in _corners(terms.rates[meter], meter, units)
        if 0 < corner.use < _MOST
    ]
    places = {_MOST * step / _STEPS for step in range(_STEPS + 1)}
    places |= {place for corner in corners for place in (corner.use, corner.use + _BEYOND)}
    places |= {
        place
        for meter, units in expected.items()
        for place in _package_ends(terms.rates[meter], units)
    }
    months = {place: month(place) for place in sorted(places)}
    if reached := _minimum_reached(months):
        months = dict(sorted({**months, reached: month(reached)}.items()))
        corners.append(Corner(reached))
    return BillCurve(months, tuple(sorted(corners, key=lambda corner: corner.use)))


def _corners(rate: MeterRate, meter: str, units: Fraction) -> Iterator[Corner]:
    """Where a meter's charge bends: at the end of what is included, and of each tier."""
    if rate.included:
        yield Corner(rate.included / units, meter)
    for tier in rate.tiers:
        if tier.up_to is not None:
            yield Corner((rate.included + tier.up_to) / units, meter, tier.up_to)


def _package_ends(rate: MeterRate, units: Fraction) -> Iterator[Fraction]:
    """Where the next package begins, if there are few of them."""
    if rate.package is None or not units:
        return
    number = (_MOST * units - rate.included) / rate.package.units
    if 0 < number <= _PACKAGES:
        for count in range(int(number) + 1):
            end = (rate.included + count * rate.package.units) / units
            yield from (end, end + _BEYOND)


def _minimum_reached(months: Mapping[Fraction, Month]) -> Fraction | None:
    """The use from which on no minimum is paid for, if there is one and it is not used at once."""
    for (low, before), (high, after) in pairwise(months.items()):
        if before.topped_up and not after.topped_up:
            # Between two places the charge is a straight line, and so is what it lacks.
            missing, more = before.topped_up, before.topped_up + after.bill - before.bill
            return low + (high - low) * missing / more
    return None
