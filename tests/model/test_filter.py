"""What is estimated of draws: its bounds hold, and what it settles is what the exact way says."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Value
from cp_pricing.fields import PRICE
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.draws.estimates import EstimatedCustomers, EstimatedPlan
from cp_pricing.model.draws.filter import Stretches, stretches
from cp_pricing.model.draws.floats import Estimate, column, padded
from cp_pricing.model.draws.worth import Grid, Ranges
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from cp_pricing.profiles.profile import Profile
from tests.model.test_draws import SOLD, Sale, deals, draws, sale, terms_of, value_at
from tests.support.coulomb_answers import book


def offered(sold: Sale, drawn: tuple[Profile, ...]) -> Offer:
    """The offer to customers who are in one of some ways."""
    changed = {"draws": FrozenMapping({sold.profile: drawn})}
    return Pricing(sold.book.model_copy(update=changed)).offer(sold.plan, sold.profile)


def estimated(sold: Sale, offer: Offer) -> EstimatedPlan:
    own = [draw.valuation.customers.profile for draw in offer.confidence.draws]
    return EstimatedPlan(offer.configuration, EstimatedCustomers(own, sold.book.policy.ltv))


def filtered(
    sold: Sale, offer: Offer, required: list[Fraction], fields: Mapping[str, Value], grid: Grid
) -> Stretches | None:
    limits = [
        [limit and Fraction(*limit) for limit in draw.valuation.customers.limits]
        for draw in offer.confidence.draws
    ]
    terms = terms_of(offer, fields)

    def is_within(place: int, band: int, index: int) -> bool:
        price = grid.number(index).as_integer_ratio()
        valuation = offer.confidence.draws.valuation(place)
        return valuation.is_within(terms._replace(price=price), band)

    return stretches(
        estimated(sold, offer).deal(fields),
        Estimate.nearest(padded(limits, inf)),
        Estimate.nearest(column(required)),
        grid,
        is_within,
    )


def joined(ranges: Ranges) -> Ranges:
    """Stretches without those that are empty, and those that follow each other as one."""
    some = [each for each in ranges if each[0] <= each[1]]
    cuts = [at for at, (one, two) in enumerate(pairwise(some), 1) if one[1] + 1 < two[0]]
    parts = [some[first:last] for first, last in pairwise([0, *cuts, len(some)])]
    return tuple((part[0][0], part[-1][1]) for part in parts if part)


@st.composite
def sales(draw: st.DrawFn, kind: str) -> tuple[Sale, Offer, dict[str, Value]]:
    sold = sale(kind)
    one = draws(sold.book.profile(sold.profile))
    offer = offered(sold, tuple(draw(st.lists(one, min_size=1, max_size=4))))
    return sold, offer, draw(deals(offer))


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_no_estimate_is_further_off_than_it_says(kind: str, data: st.DataObject) -> None:
    sold, offer, fields = data.draw(sales(kind))
    deal = estimated(sold, offer).deal(fields)
    drawn, terms = [*offer.confidence.draws], terms_of(offer, fields)
    prices = np.full((1, 1), float(Fraction(fields[PRICE])))
    bills, size = deal.bills.at(prices), deal.bills.size(prices)
    ltv = deal.values.of(bills.value, size)
    for place, draw in enumerate(drawn):
        customers = draw.valuation.customers
        exact = Fraction(*customers.billing(offer.configuration).at(terms))
        assert abs(Fraction(bills.value[place, 0]) - exact) <= Fraction(bills.error[place, 0])
        for at in range(len(customers.limits)):
            value = Fraction(*customers.line(terms, at).at(*exact.as_integer_ratio()))
            off = abs(Fraction(ltv.value[place, at]) - value)
            # And by far: bounds are ten times what could be.
            assert float(off) <= ltv.error[place, 0] / 2


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_what_is_settled_is_what_the_exact_way_says(kind: str, data: st.DataObject) -> None:
    sold, offer, fields = data.draw(sales(kind))
    domain = offer.domains[PRICE]
    grid, terms = Grid.of(domain), terms_of(offer, fields)
    worths = [draw.valuation.worth(terms) for draw in offer.confidence.draws]
    tick = domain.value(data.draw(st.sampled_from(domain.indices)))
    required = [  # a tie, too
        value_at(draw.valuation, terms, tick) if data.draw(st.booleans()) else draw.required
        for draw in offer.confidence.draws
    ]
    found = filtered(sold, offer, required, fields, grid)
    assert found is not None
    for place, (worth, least) in enumerate(zip(worths, required, strict=True)):
        if not found.open[place]:
            ends = zip(found.first[place], found.last[place], strict=True)
            stretches = tuple((int(first), int(last)) for first, last in ends)
            assert joined(stretches) == joined(worth.at_least(least, grid))


def test_nearly_everything_of_the_pilot_is_settled() -> None:
    for plan, profile in (
        ("membership-plus-overage", "small-team"),
        ("committed-annual", "scale-up"),
    ):
        offer = Pricing(book()).offer(plan, profile)
        sold = Sale(book(), plan, profile)
        required = [draw.required for draw in offer.confidence.draws]
        fields = {**offer.canonical, "contract_duration_months": Fraction(24)}
        found = filtered(sold, offer, required, fields, Grid.of(offer.domains[PRICE]))
        assert found is not None
        assert len(found.open) == 200
        assert found.open.sum() < 20


def test_what_is_too_large_for_a_float_is_never_sure() -> None:
    far = Estimate(np.array([np.inf, -np.inf, np.nan]), np.array([np.inf, np.inf, 1.0]))
    assert not far.above().any()
    assert not far.below().any()


def test_a_deal_of_amounts_too_large_for_floats_is_left_to_the_exact_way() -> None:
    sold = sale("price")
    offer = offered(sold, (sold.book.profile(sold.profile),))
    huge = Fraction(10**400)
    fields = {**offer.canonical, "prepaid_amount": huge, "contract_duration_months": Fraction(12)}
    (draw,), terms = offer.confidence.draws, terms_of(offer, fields)
    grid = Grid.of(offer.domains[PRICE])
    # Infinity less infinity is no number, of which nothing is settled.
    assert draw.valuation.worth(terms).at_least(huge / 1000, grid)
    found = filtered(sold, offer, [huge / 1000], fields, grid)
    assert found is not None
    assert found.open.all()


def test_a_grid_too_fine_for_floats_is_left_to_the_exact_way() -> None:
    sold = sale("price")
    offer = offered(sold, (sold.book.profile(sold.profile),))
    for last, is_told in ((2**53, False), (2**53 - 1, True)):
        grid = Grid(0, 1, 10**20, 0, last)
        found = filtered(sold, offer, [Fraction(0)], offer.canonical, grid)
        assert (found is not None) == is_told
