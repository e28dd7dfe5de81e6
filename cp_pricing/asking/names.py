"""What the terms and preferences of a question are called, beside their names in files."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cp_pricing.book.catalog import Catalog, Configuration
from cp_pricing.fields import FIELDS, PREFERENCES, FieldName, Preference
from cp_pricing.words import numbers as f

SHORT_NAMES: Mapping[str, FieldName] = {
    "included": "included_units",
    "price": "usage_unit_price",
    "term": "contract_duration_months",
    "minimum": "minimum_monthly_turnover",
    "prepaid": "prepaid_amount",
    "guarantee": "guaranteed_platform_fee",
    "onboarding": "customer_funded_onboarding",
    "flexibility": "reduced_cancellation_flexibility",
    "fee": "platform_fee",
    "seat": "seat_fee",
}
SHORT_PREFERENCES: Mapping[str, Preference] = {
    "price": "lower_usage_price",
    "ltv": "seller_ltv",
    "least": "least_commitment",
}


def term_names(catalog: Catalog) -> dict[str, FieldName]:
    """The fields by all their names: short ones, their own, and `included_<unit>s`."""
    names: dict[str, FieldName] = {**SHORT_NAMES, f"included_{catalog.unit}s": "included_units"}
    return names | {str(field): field for field in FIELDS}


def preference_names() -> dict[str, Preference]:
    """The preferences by all their names."""
    return {**SHORT_PREFERENCES} | {str(name): name for name in PREFERENCES}


def bounds_of_terms(plan: Configuration, catalog: Catalog) -> dict[str, str]:
    """The short names of what can be tuned in a plan, each with its bounds in words."""
    return {
        name: f.bounds_in_words(field, plan.tunable[field], Fraction(0), catalog)
        for name, field in SHORT_NAMES.items()
        if field in plan.tunable
    }
