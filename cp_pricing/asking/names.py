"""What the terms and preferences of a question are called, beside their names in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from cp_pricing.book.facts import ChoiceFact, Facts, FlagFact, NumberFact
from cp_pricing.catalog.plans import Catalog, Configuration
from cp_pricing.catalog.tunables import Bounds, Values
from cp_pricing.fields import FIELDS, PREFERENCES, UNLIMITED, FieldName, Preference
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


def examples_of_terms(plan: Configuration, catalog: Catalog) -> Iterator[str]:
    """What can be tuned in a plan as it is written: listed values, or the ends of a range."""
    for name, field in SHORT_NAMES.items():
        if field in plan.tunable:
            factor = Fraction(catalog.quote_per if name == "price" else 1)
            values = _some_values(plan.tunable[field])
            yield from (f"{name}={_written(value, factor)}" for value in values)


def _some_values(bounds: Bounds) -> Sequence[Value]:
    return bounds.values if isinstance(bounds, Values) else (bounds.min, bounds.max)


def _written(value: Value, factor: Fraction) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unlimited" if value >= UNLIMITED else f.counted(value * factor).replace(",", "")


def examples_of_facts(facts: Facts) -> Iterator[str]:
    """What facts may be as it is written: listed values, or the ends of a range."""
    for name, fact in facts.items():
        match fact:
            case ChoiceFact(values=values):
                yield from (f"{name}={value}" for value in values)
            case NumberFact(min=low, max=high):
                yield from (f"{name}={decimal_string(value)}" for value in (low, high))
            case FlagFact():
                yield from (f"{name}=yes", f"{name}=no")
