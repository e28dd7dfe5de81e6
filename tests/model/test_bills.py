"""The bills of more and less use, against the formula of the specification."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from cp_pricing.model.bills import bills_by_use
from cp_pricing.model.terms import terms_of
from cp_pricing.profiles.profile import expected_units
from cp_pricing.tuning import deal_of
from tests import oracle
from tests.support.books import parse
from tests.support.customer_figures import bill_at

USES = (Fraction(1, 2), Fraction(1), Fraction(2))


@given(seed=st.integers(0, 10**6))
def test_bills_are_those_of_a_customer_whose_months_are_scaled(seed: int) -> None:
    book, (request,) = parse(oracle.render(oracle.generate(seed, 1)))
    deal = deal_of(book, request, 1)
    listed, profile = terms_of(deal.offer.listed, deal.offer.configuration), deal.offer.profile
    terms = terms_of(deal.offer.evaluator(request.inputs), deal.offer.configuration)
    bills = bills_by_use(deal, request.inputs)
    units = expected_units(profile)
    assert [(each.use, each.monthly_units) for each in bills] == [(u, u * units) for u in USES]
    assert [each.list_bill for each in bills] == [bill_at(listed, profile, u) for u in USES]
    assert [each.bill for each in bills] == [bill_at(terms, profile, u) for u in USES]


def test_where_there_is_no_answer_the_list_price_stands_alone() -> None:
    book, (request,) = parse(oracle.render(oracle.generate(1, 1)))
    assert [each.bill for each in bills_by_use(deal_of(book, request, 1), None)] == [None] * 3
