"""The dimensions of names, units and products that random expressions are built from."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

# Exponents of currency, usage unit, month and member.
Dim: TypeAlias = tuple[int, int, int, int]
RATIO: Dim = (0, 0, 0, 0)
MONEY: Dim = (1, 0, 0, 0)
RATE: Dim = (1, 0, -1, 0)
UNIT_PRICE: Dim = (1, -1, 0, 0)
VOLUME: Dim = (0, 1, -1, 0)
UNITS: Dim = (0, 1, 0, 0)
MONTHS: Dim = (0, 0, 1, 0)
SEAT: Dim = (1, 0, -1, -1)
MEMBERS: Dim = (0, 0, 0, 1)
DIMENSIONS = (RATIO, MONEY, RATE, UNIT_PRICE, VOLUME, UNITS, MONTHS, SEAT, MEMBERS)

OFFER_NAMES: dict[str, Dim] = {
    "platform_fee": RATE,
    "seat_fee": SEAT,
    "included_units": VOLUME,
    "usage_unit_price": UNIT_PRICE,
    "contract_duration_months": MONTHS,
    "minimum_monthly_turnover": RATE,
    "prepaid_amount": MONEY,
    "guaranteed_platform_fee": RATE,
    "expected_monthly_bill": RATE,
    "expected_monthly_units": VOLUME,
    "expected_monthly_margin": RATE,
    "expected_monthly_cost": RATE,
    "worst_case_monthly_margin": RATE,
    "gross_margin": RATIO,
    "effective_unit_price": UNIT_PRICE,
    "usage_price_discount": RATIO,
    "bill_discount": RATIO,
    "committed_value": MONEY,
    "average_comparable_customer_lifetime_value": MONEY,
    "ltv": MONEY,
    "reference_ltv": MONEY,
    "required_ltv": MONEY,
}
PROFILE_NAMES: dict[str, Dim] = {
    "profile.members_per_customer": MEMBERS,
    "profile.variable_cost_per_unit": UNIT_PRICE,
    "profile.service_cost_per_month": RATE,
    "profile.payment_cost_rate": RATIO,
    "profile.onboarding_cost": MONEY,
    "profile.acquisition_cost": MONEY,
}
# Not below zero whatever the request: fields, profile keys, and what is made of them by
# addition, multiplication and division alone.
MAY_BE_NEGATIVE = {
    "expected_monthly_margin",
    "expected_monthly_cost",  # B - margin: not below zero, but interval bounds do not see it
    "worst_case_monthly_margin",
    "gross_margin",
    "usage_price_discount",
    "bill_discount",
    "average_comparable_customer_lifetime_value",
    "ltv",
    "reference_ltv",
    "required_ltv",
}
NAMES: dict[str, Dim] = {
    **OFFER_NAMES,
    **PROFILE_NAMES,
    **{f"baseline.{name}": dim for name, dim in OFFER_NAMES.items()},
}

# Ways to make a dimension as a product, and as a quotient.
PRODUCTS: dict[Dim, Sequence[tuple[Dim, Dim]]] = {
    MONEY: ((RATE, MONTHS), (MONTHS, RATE), (UNIT_PRICE, UNITS)),
    RATE: ((UNIT_PRICE, VOLUME), (VOLUME, UNIT_PRICE), (SEAT, MEMBERS)),
    UNITS: ((VOLUME, MONTHS),),
}
QUOTIENTS: dict[Dim, Sequence[tuple[Dim, Dim]]] = {
    RATIO: ((RATE, RATE), (RATE, RATE), (MONEY, MONEY), (UNIT_PRICE, UNIT_PRICE), (VOLUME, VOLUME)),
    RATE: ((MONEY, MONTHS),),
    UNIT_PRICE: ((RATE, VOLUME),),
    VOLUME: ((RATE, UNIT_PRICE), (UNITS, MONTHS)),
    MONTHS: ((MONEY, RATE), (MONEY, RATE)),
    SEAT: ((RATE, MEMBERS),),
    MEMBERS: ((RATE, SEAT),),
}


def not_negative(name: str) -> bool:
    """Whether simple interval bounds show that a name is never below zero."""
    return name in NAMES and name.removeprefix("baseline.") not in MAY_BE_NEGATIVE


def unit_words(dim: Dim, currency: str, unit: str) -> list[tuple[str, Fraction]]:
    """The ways to write a dimension's unit, each with its worth in base units."""
    plural = unit if unit.isupper() else unit + "s"
    one, twelve, twelfth = Fraction(1), Fraction(12), Fraction(1, 12)
    words: dict[Dim, list[tuple[str, Fraction]]] = {
        MONEY: [(currency, one)],
        RATE: [(f"{currency}/month", one)] * 4 + [(f"{currency}/year", twelfth)],
        UNIT_PRICE: [(f"{currency}/{unit}", one)] * 3 + [(f"{currency}/{plural}", one)],
        VOLUME: [(f"{plural}/month", one)] * 3 + [(f"{unit}/month", one)],
        UNITS: [(plural, one), (unit, one)],
        MONTHS: [("months", one), ("month", one), ("years", twelve), ("year", twelve)],
        SEAT: [(f"{currency}/member/month", one), (f"{currency}/month/member", one)],
        MEMBERS: [("members", one), ("member", one)],
    }
    return words.get(dim, [])
