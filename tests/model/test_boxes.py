"""What deals between two are worth: never outside the bounds, which are close for small boxes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Value
from cp_pricing.fields import ALLOWANCE, BOOLEAN_FIELDS, PRICE, RATES, base_name
from cp_pricing.model.draws.boxes import Bounds, Boxes
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from tests.model.test_draws import SOLD, deals, terms_of, value_at
from tests.model.test_draws_told import at_list_or_not, offers
from tests.support.coulomb import ALL_DRAWS
from tests.support.coulomb_answers import book

TERM = "contract_duration_months"


_ends = st.lists(st.integers(-9, 9), min_size=2, max_size=2).map(sorted)
_parts = st.sampled_from((0, 1, 3, 4))


def bounds(ends: list[int]) -> Bounds:
    return Bounds(*(np.array([float(end)]) for end in ends))


@given(_ends, _ends, _parts, _parts)
def test_bounds_hold_what_numbers_within_them_come_to(
    one: list[int], other: list[int], first: int, second: int
) -> None:
    amount = [abs(end) for end in sorted(other, key=abs)]
    numbers = [
        ends[0] + (ends[1] - ends[0]) * part / 4 for ends, part in ((one, first), (other, second))
    ]
    factor = amount[0] + (amount[1] - amount[0]) * second / 4
    for found, true in (
        (bounds(one).plus(bounds(other)), sum(numbers)),
        (bounds(one).less(bounds(other)), numbers[0] - numbers[1]),
        (bounds(one).times(bounds(amount)), numbers[0] * factor),
    ):
        assert found.low <= true <= found.high
    products = [x * y for x in one for y in amount]
    assert bounds(one).times(bounds(amount)) == (min(products), max(products))


def between(one: Value, other: Value, share: Fraction, name: str) -> Value:
    """A value between two, of a field that may have it."""
    low, high = sorted((one, other))
    if name in BOOLEAN_FIELDS:
        return high if share > Fraction(1, 2) else low
    value = low + (high - low) * share
    return Fraction(round(value)) if name == TERM else value


@st.composite
def boxes(draw: st.DrawFn, offer: Offer) -> tuple[dict[str, Value], dict[str, Value]]:
    """The least and the greatest terms of a box, some of which are the same."""
    one, other = draw(at_list_or_not(offer)), draw(deals(offer))
    for name in one:
        by_card = offer.configuration.is_card and base_name(name) in {ALLOWANCE, RATES}
        if draw(st.booleans()) or (by_card and draw(st.integers(0, 9))):
            other[name] = one[name]
    pairs = {name: sorted((one[name], other[name])) for name in one}
    return tuple({name: pair[side] for name, pair in pairs.items()} for side in (0, 1))  # type: ignore[return-value]


@st.composite
def inside(
    draw: st.DrawFn, low: Mapping[str, Value], high: Mapping[str, Value]
) -> dict[str, Value]:
    """A deal between two; half of them have no terms but those of either."""
    parts = draw(st.sampled_from(((0, 8), (0, 1, 3, 4, 6, 8))))
    shares = st.sampled_from([Fraction(part, 8) for part in parts])
    return {name: between(low[name], high[name], draw(shares), name) for name in low}


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_no_deal_of_a_box_is_worth_more_or_less_than_it_may_be(
    kind: str, data: st.DataObject
) -> None:
    offer = data.draw(offers(kind))
    low, high = data.draw(boxes(offer))
    fields = data.draw(inside(low, high))
    drawn, price = offer.confidence.draws, Fraction(fields[PRICE])
    bounds = drawn.all_at_once.boxes.worth(low, high)
    assert bounds is None or offer.configuration.is_card or len(bounds.value) == len(drawn)
    if bounds is not None:
        least, most = bounds.bounds()
        for place in range(len(drawn)):
            worth = value_at(drawn.valuation(place), terms_of(offer, fields), price)
            assert Fraction(least[place]) <= worth <= Fraction(most[place])
    confidence = offer.confidence.lowered(data.draw(st.sampled_from((Fraction(0), Fraction(100)))))
    keys = [tuple(side[name] for name in confidence.keys) for side in (low, high, fields)]
    shares = confidence.within((low[PRICE], high[PRICE]), tuple(zip(*keys[:2], strict=True)))
    assert shares[0] <= confidence.at(price, keys[2]) <= shares[1]


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_a_box_of_one_deal_is_that_deal(kind: str, data: st.DataObject) -> None:
    offer = data.draw(offers(kind))
    fields = data.draw(deals(offer))
    estimated = offer.confidence.draws.all_at_once
    price = Fraction(fields[PRICE])
    one = estimated.deal(fields, Fraction(0)).worth(price)
    box = Boxes(estimated.plan, estimated.limits).worth(fields, fields)
    assert box is not None
    assert (abs(one.value - box.value) <= one.error).all()
    assert (box.error <= 3 * one.error + 1e-9).all()


@pytest.mark.parametrize("draws", [ALL_DRAWS, 1])
def test_what_the_pilot_needs_is_told_of_large_boxes(draws: int) -> None:
    offer = Pricing(book(draws=draws)).offer("membership-plus-overage", "small-team")
    confidence, own = offer.confidence, offer.canonical
    low = {**own, "prepaid_amount": Fraction(0), "customer_funded_onboarding": False}
    high = {**own, "prepaid_amount": Fraction(6000), "customer_funded_onboarding": True}
    keys = tuple((low[name], high[name]) for name in confidence.keys)

    # However much is prepaid: some prices are too low in all draws, and some are enough in all.
    for first, last, share in (("0", "0.000005", 0), ("0.000009", "0.0000095", 1)):
        shares = confidence.within((Fraction(first), Fraction(last)), keys)
        assert shares == (Fraction(share), Fraction(share))
