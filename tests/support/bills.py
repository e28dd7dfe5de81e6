"""What a plan bills at list for one month of a given use, by the model of the solver."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from constraints.language.expressions import Name
from cp_pricing import PriceBook
from cp_pricing.model.pricing import pricing_of
from cp_pricing.profiles.customers import Customer


def bill_at_list(
    book: PriceBook, plan: str, profile: str, units: Mapping[str, int], members: int = 1
) -> Fraction:
    """The bill of a month with so many units of each meter (currency)."""
    month = {"weight": 1, "units": dict(units)}
    customer = Customer.model_validate({"members": members, "monthly_usage": [month]})
    offer = pricing_of(book).offer(plan, profile, customer.size)
    bill = offer.listed.number(Name("expected_monthly_bill"))
    assert bill is not None
    return bill
