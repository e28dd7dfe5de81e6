"""What a deal is worth in a draw: the closed form against the expressions of the pricing model."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Name, Value
from cp_pricing import load_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.fields import (
    ALLOWANCE,
    AS_LISTED,
    BOOLEAN_FIELDS,
    LIFETIME_VALUE,
    PRICE,
    RATES,
    base_name,
)
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.draws.billing import WholeTerms
from cp_pricing.model.draws.valuation import Customers, Valuation
from cp_pricing.model.draws.worth import Grid
from cp_pricing.model.offer import Offer
from cp_pricing.model.pricing import Pricing
from cp_pricing.profiles.profile import (
    ConstantRetention,
    PriceBand,
    Profile,
    SbgRetention,
    UsageScenario,
    expected_use,
)
from tests.support.places import DATA, PILOT

LTV = Name(LIFETIME_VALUE)
# A plan of one price and a rate card with tiers, each with the profile of its customers.
SOLD = {
    "price": (PILOT, "membership-plus-overage", "small-team"),
    "card": (DATA / "coulomb-api", "", ""),
}


class Sale(NamedTuple):
    """A book, and the baseline of deals in it."""

    book: PriceBook
    plan: str
    profile: str


@cache
def sale(kind: str) -> Sale:
    folder, plan, profile = SOLD[kind]
    book = load_price_book(folder)
    if plan:
        return Sale(book, plan, profile)
    card = next(one for one in book.catalog.configurations if one.is_card and one.tunable)
    return Sale(book, card.id, next(p.id for p in book.profiles if card.is_available_to(p.id)))


def drawn(sold: Sale, draw: Profile) -> Offer:
    """The offer to customers who are as one draw has them."""
    others = [profile for profile in sold.book.profiles if profile.id != draw.id]
    profiles, draws = (draw, *others), FrozenMapping({draw.id: (draw,)})
    book = sold.book.model_copy(update={"profiles": profiles, "draws": draws})
    return Pricing(book).offer(sold.plan, draw.id)


def scaled(profile: Profile, factor: Fraction) -> tuple[UsageScenario, ...]:
    def times(units: Fraction | Mapping[str, Fraction]) -> object:
        if isinstance(units, Fraction):
            return units * factor
        return FrozenMapping({meter: own * factor for meter, own in units.items()})

    return tuple(
        one.model_copy(update={"units": times(one.units)}) for one in profile.monthly_usage
    )


@st.composite
def draws(draw: st.DrawFn, profile: Profile) -> Profile:
    churn = Fraction(draw(st.integers(0, 100)), 100)
    retention = draw(
        st.sampled_from(
            [
                ConstantRetention(model="constant", monthly_churn=churn),
                SbgRetention(model="sbg", alpha=Fraction(1, 2) + churn, beta=Fraction(5)),
            ]
        )
    )
    factor = Fraction(draw(st.integers(0, 30)), 10)
    usage = scaled(profile, factor)[: draw(st.sampled_from((None, 1)))]
    changes = {
        "retention": retention,
        "monthly_usage": usage if len(usage) > 1 else (_always(usage[0]),),
        # Draws may have other bands than the profile, and fewer.
        "price_response": draw(st.sampled_from((profile.price_response, (), _BANDS))),
    }
    return profile.model_copy(update=changes)


_BANDS = tuple(
    PriceBand(bill_ratio_up_to=ratio, churn_multiplier=Fraction(multiplier))
    for ratio, multiplier in ((Fraction(1), 1), (None, 3))
)


def _always(scenario: UsageScenario) -> UsageScenario:
    return scenario.model_copy(update={"weight": Fraction(1)})


@st.composite
def deals(draw: st.DrawFn, offer: Offer) -> dict[str, Value]:
    """Values of all fields, tunable or not, within what they are at list times three."""
    fields: dict[str, Value] = dict(offer.canonical)
    bill = offer.listed.number(Name("expected_monthly_bill")) or Fraction(100)
    for name in fields:
        share = Fraction(draw(st.integers(0, 30)), 10)
        base = base_name(name)
        if name in BOOLEAN_FIELDS:
            fields[name] = draw(st.booleans())
        elif name == "contract_duration_months":
            fields[name] = Fraction(draw(st.sampled_from((1, 6, 12, 40))))
        elif base == RATES:
            fields[name] = draw(st.sampled_from((AS_LISTED, Fraction(1, 10**6))))
        elif base in {PRICE, ALLOWANCE}:
            fields[name] = share * Fraction(offer.canonical[name])
        elif name == "prepaid_amount":
            fields[name] = 5 * share * bill
        else:
            fields[name] = share * bill / 2
    return fields


def terms_of(offer: Offer, fields: Mapping[str, Value]) -> WholeTerms:
    return WholeTerms.of(offer.configuration, fields, offer.profile.members_per_customer)


def value_at(valuation: Valuation, terms: WholeTerms, price: Fraction) -> Fraction:
    return Fraction(*valuation.value(terms._replace(price=price.as_integer_ratio())))


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_the_closed_form_is_the_lifetime_value_of_the_expressions(
    kind: str, data: st.DataObject
) -> None:
    sold = sale(kind)
    draw = data.draw(draws(sold.book.profile(sold.profile)))
    offer = drawn(sold, draw)
    (one,) = offer.confidence.draws
    assert one.all_ltv == offer.all_ltv
    assert (one.reference, one.reference_ltv, one.required) == (
        offer.reference.configuration,
        offer.reference.ltv,
        offer.reference.required,
    )
    fields = data.draw(deals(offer))
    worth = value_at(one.valuation, terms_of(offer, fields), Fraction(fields[PRICE]))
    assert worth == offer.evaluator(fields).number(LTV)


@pytest.mark.parametrize("kind", SOLD)
@given(st.data())
def test_where_it_is_enough_is_where_each_price_is_enough(kind: str, data: st.DataObject) -> None:
    sold = sale(kind)
    profile = sold.book.profile(sold.profile)
    offer = drawn(sold, data.draw(draws(profile)))
    fields = data.draw(deals(offer))
    (one,) = offer.confidence.draws
    terms = terms_of(offer, fields)
    worth = one.valuation.worth(terms)
    domain = offer.domains[PRICE]
    indices = domain.indices[:: max(1, domain.count // 60)]
    level = value_at(one.valuation, terms, domain.value(data.draw(st.sampled_from(indices))))
    required = data.draw(st.sampled_from((one.required, level)))  # a tie, too
    ranges = worth.at_least(required, Grid.of(domain))
    edges = [end + shift for pair in ranges for end in pair for shift in (-1, 0, 1)]
    for index in {*indices, *edges} & set(domain.indices):
        is_inside = any(low <= index <= high for low, high in ranges)
        price = domain.value(index)
        assert is_inside == (value_at(one.valuation, terms, price) >= required)


def test_a_customers_size_is_that_of_every_draw() -> None:
    sold = sale("price")
    profile = sold.book.profile(sold.profile)
    halves = tuple(
        profile.model_copy(update={"monthly_usage": scaled(profile, Fraction(factor, 2))})
        for factor in (1, 3)
    )
    book = sold.book.model_copy(update={"draws": FrozenMapping({profile.id: halves})})
    pricing, use = Pricing(book), expected_use(profile)
    assert isinstance(use, Fraction)
    for size in (
        (Fraction(7), None, None),
        (None, 2 * use, None),
        (None, None, scaled(profile, Fraction(4))),
    ):
        offer = pricing.offer(sold.plan, profile.id, size)
        told = [one.valuation for one in offer.confidence.draws]
        plan, ltv = offer.configuration, book.policy.ltv
        usages = [half.monthly_usage for half in halves]
        if size[1] is not None:
            usages = [scaled(half, Fraction(2)) for half in halves]
        elif size[2] is not None:
            usages = [size[2], size[2]]
        for valuation, usage in zip(told, usages, strict=True):
            changes = {"monthly_usage": usage, "members_per_customer": size[0] or 5}
            own = profile.model_copy(update=changes)
            members = own.members_per_customer
            listed = WholeTerms.of(plan, offer.canonical, members)
            customers = Customers(own, ltv, plan, listed)
            terms = listed._replace(price=(1, 10**5))
            assert valuation.value(terms) == Valuation(plan, customers).value(terms)
