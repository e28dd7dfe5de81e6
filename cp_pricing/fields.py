"""The fields of a configuration and the derived quantities, with their dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from constraints.language.dimensions import CONDITION, SHARE, Dimension, Kind

FieldName: TypeAlias = Literal[
    "platform_fee",
    "seat_fee",
    "included_units",
    "usage_unit_price",
    "contract_duration_months",
    "minimum_monthly_turnover",
    "prepaid_amount",
    "guaranteed_platform_fee",
    "customer_funded_onboarding",
    "reduced_cancellation_flexibility",
]

Preference: TypeAlias = Literal["lower_usage_price", "seller_ltv", "least_commitment"]

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
PREFERENCES: tuple[Preference, ...] = get_args(Preference)
PRICE: FieldName = "usage_unit_price"
BOOLEAN_FIELDS: tuple[FieldName, ...] = (
    "customer_funded_onboarding",
    "reduced_cancellation_flexibility",
)
# What a customer gives and gets for the price.
TERM_FIELDS: tuple[FieldName, ...] = tuple(name for name in FIELDS if name != PRICE)
# An unlimited allowance is a number of units that no file may reach (docs/decisions.md, 3).
UNLIMITED = Fraction(10**15)
# What a customer is charged: the plan's own fee, or a guaranteed one above it. Rules and results
# call it `platform_fee`; as a field that is tuned, `platform_fee` is the plan's own.
CHARGED_FEE = "@charged_platform_fee"
LIFETIME_VALUE = "average_comparable_customer_lifetime_value"
LTV_RULE = "ltv-improvement"

_SIMPLE: Mapping[str, Mapping[str, int]] = {
    "platform_fee": {"currency": 1, "month": -1},
    "seat_fee": {"currency": 1, "member": -1, "month": -1},
    "included_units": {"unit": 1, "month": -1},
    "usage_unit_price": {"currency": 1, "unit": -1},
    "contract_duration_months": {"month": 1},
    "minimum_monthly_turnover": {"currency": 1, "month": -1},
    "prepaid_amount": {"currency": 1},
    "guaranteed_platform_fee": {"currency": 1, "month": -1},
    "expected_monthly_bill": {"currency": 1, "month": -1},
    "expected_monthly_units": {"unit": 1, "month": -1},
    "expected_monthly_margin": {"currency": 1, "month": -1},
    "expected_monthly_cost": {"currency": 1, "month": -1},
    "worst_case_monthly_margin": {"currency": 1, "month": -1},
    "gross_margin": {},
    "effective_unit_price": {"currency": 1, "unit": -1},
    "usage_price_discount": {},
    "bill_discount": {},
    "committed_value": {"currency": 1},
    LIFETIME_VALUE: {"currency": 1},
    "ltv": {"currency": 1},
    "reference_ltv": {"currency": 1},
    "required_ltv": {"currency": 1},
    "profile.members_per_customer": {"member": 1},
    "profile.variable_cost_per_unit": {"currency": 1, "unit": -1},
    "profile.service_cost_per_month": {"currency": 1, "month": -1},
    "profile.payment_cost_rate": {},
    "profile.onboarding_cost": {"currency": 1},
    "profile.acquisition_cost": {"currency": 1},
}
DERIVED: tuple[str, ...] = tuple(
    name for name in _SIMPLE if name not in FIELDS and not name.startswith("profile.")
)
PROFILE_NAMES: tuple[str, ...] = tuple(name for name in _SIMPLE if name.startswith("profile."))


def quantity(name: str) -> str:
    """The name in the pricing model of what rules and results call so: the fee is as charged."""
    return CHARGED_FEE if name == "platform_fee" else name


def kind_of(name: str, currency: str, unit: str) -> Kind:
    """The dimension of a field, derived value or `profile.` name; `baseline.` changes nothing."""
    plain = name.removeprefix("baseline.")
    if plain in BOOLEAN_FIELDS:
        return CONDITION
    bases = {"currency": currency, "unit": unit}
    powers = {bases.get(base, base): power for base, power in _SIMPLE[plain].items()}
    return Dimension.of(**powers) if powers else SHARE
