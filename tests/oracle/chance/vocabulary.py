"""The dimensions of names, units and products that random expressions are built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from tests.oracle.case import CONFIDENCE

# Exponents of currency, usage unit, month and member, and of further usage units.
Dim: TypeAlias = tuple[int, ...]
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
    "usage_discount",
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


# What keeps a low price from being offered: at least so much of these, of discounts at most.
KEPT: Sequence[tuple[str, Dim]] = (
    ("usage_unit_price", UNIT_PRICE),
    ("effective_unit_price", UNIT_PRICE),
    ("gross_margin", RATIO),
    ("expected_monthly_bill", RATE),
    ("expected_monthly_margin", RATE),
    ("worst_case_monthly_margin", RATE),
    ("ltv", MONEY),
    ("usage_price_discount", RATIO),
)
COMPARED: Sequence[Dim] = (
    *(RATIO,) * 6,
    *(MONEY,) * 4,
    *(RATE,) * 5,
    *(UNIT_PRICE,) * 5,
    *(VOLUME,) * 2,
    *(MONTHS,) * 3,
    UNITS,
    SEAT,
    MEMBERS,
)
LISTED: Sequence[Dim] = (MONTHS, MONTHS, MONEY, RATE, VOLUME, RATIO, UNIT_PRICE)


@dataclass(frozen=True)
class Vocabulary:
    """The names that an expression can use, and what can be made of their dimensions.

    `kept` are those whose limits keep a price from falling, `compared` and `listed` the dimensions
    of comparisons and of choices, those that are frequent more than once.
    """

    names: Mapping[str, Dim]
    dimensions: Sequence[Dim] = DIMENSIONS
    products: Mapping[Dim, Sequence[tuple[Dim, Dim]]] = field(default_factory=lambda: PRODUCTS)
    quotients: Mapping[Dim, Sequence[tuple[Dim, Dim]]] = field(default_factory=lambda: QUOTIENTS)
    kept: Sequence[tuple[str, Dim]] = KEPT
    compared: Sequence[Dim] = COMPARED
    listed: Sequence[Dim] = LISTED

    def not_negative(self) -> set[str]:
        """The names of which simple interval bounds show that they are never below zero."""
        return {n for n in self.names if n.removeprefix("baseline.") not in MAY_BE_NEGATIVE}


PLAIN = Vocabulary(NAMES)


def with_confidence(words: Vocabulary) -> Vocabulary:
    """The same where the share of the draws that hold is a name."""
    kept = (*words.kept, *[(CONFIDENCE, RATIO)] * 6)
    return replace(words, names={**words.names, CONFIDENCE: RATIO}, kept=kept)


def in_unit(dim: Dim, place: int) -> Dim:
    """The dimension with another usage unit in the place of the first."""
    if not place:
        return dim
    return (dim[0], 0, *dim[2:], *(0,) * (place - 1), dim[1])


def split_unit(dim: Dim) -> tuple[Dim, int]:
    """The dimension as if it were of the first usage unit, and which one it is of."""
    if len(dim) == len(RATIO):
        return dim, 0
    return (dim[0], dim[-1], *dim[2:4]), len(dim) - len(RATIO)


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
