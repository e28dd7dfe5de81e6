"""What is told of a deal in all draws, estimated where that is enough, is what exact draws say."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Value
from cp_pricing.fields import PRICE
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.draws.drawn import Amounts
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from tests.model.test_draws import SOLD, deals, draws, sale, terms_of, value_at


@st.composite
def offers(draw: st.DrawFn, kind: str) -> Offer:
    """An offer to customers who are in one of a few ways, some of them the same."""
    sold = sale(kind)
    own = sold.book.profile(sold.profile)
    some = draw(st.lists(draws(own), min_size=1, max_size=5))
    drawn = tuple(some + draw(st.lists(st.sampled_from(some), max_size=3)))
    book = sold.book.model_copy(update={"draws": FrozenMapping({sold.profile: drawn})})
    return Pricing(book).offer(sold.plan, sold.profile)


@st.composite
def at_list_or_not(draw: st.DrawFn, offer: Offer) -> dict[str, Value]:
    """A deal, which may be the plan itself: as good as the best plan wherever it is that."""
    return draw(st.just(dict(offer.canonical)) | deals(offer))


def all_of(amounts: Amounts) -> list[Fraction]:
    return [*amounts.smallest(range(1, amounts.draws + 1))]


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_a_deal_in_all_draws_is_what_it_is_in_each(kind: str, data: st.DataObject) -> None:
    offer = data.draw(offers(kind))
    fields = data.draw(at_list_or_not(offer))
    room = data.draw(st.sampled_from((Fraction(0), Fraction(100))))
    drawn, price = [*offer.confidence.draws], Fraction(fields[PRICE])
    worths = [value_at(draw.valuation, terms_of(offer, fields), price) for draw in drawn]
    deal = offer.confidence.lowered(room).deal(fields)
    pairs = list(zip(worths, drawn, strict=True))
    assert deal.holding(price) == sum(worth >= draw.required - room for worth, draw in pairs)
    assert all_of(deal.ltv(price)) == sorted(worths)
    better = sorted(worth - draw.reference_ltv for worth, draw in pairs)
    assert all_of(deal.improvement(price)) == better


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_plans_in_all_draws_are_what_they_are_in_each(kind: str, data: st.DataObject) -> None:
    draws_of = data.draw(offers(kind)).confidence.draws
    drawn = [*draws_of]
    for plan in drawn[0].all_ltv:
        told = sorted(draw.all_ltv[plan] for draw in drawn)
        assert all_of(draws_of.listed(plan)) == told
    assert draws_of.best() == Counter(draw.reference for draw in drawn)


def test_a_reading_of_the_pilot_works_out_few_draws() -> None:
    sold = sale("price")
    offer = Pricing(sold.book).offer(sold.plan, sold.profile)
    fields = {**offer.canonical, "contract_duration_months": Fraction(12)}
    price = Fraction("0.0000072")
    deal = offer.confidence.deal(fields)
    assert deal.holding(price) == 154
    for amounts in (deal.ltv(price), deal.improvement(price)):
        low, high = amounts.smallest((20, 180))
        assert low < high
    assert offer.confidence.draws.exact.cache_info().currsize < 10


def test_amounts_too_large_for_floats_are_told_as_they_are() -> None:
    sold = sale("price")
    offer = Pricing(sold.book).offer(sold.plan, sold.profile)
    huge = Fraction(10**400)
    fields = {**offer.canonical, "prepaid_amount": huge, "contract_duration_months": Fraction(60)}
    price = Fraction(fields[PRICE])
    deal, drawn = offer.confidence.deal(fields), [*offer.confidence.draws]
    worths = [value_at(draw.valuation, terms_of(offer, fields), price) for draw in drawn]
    assert all_of(deal.ltv(price)) == sorted(worths)
    assert deal.holding(price) == len(drawn)
