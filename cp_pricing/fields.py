"""The fields of a configuration and the derived quantities, with their dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from constraints.language.dimensions import CONDITION, SHARE, Dimension, Kind

# One of `FIELDS`, or of a rate card `included_units.METER` or `rates.METER`.
FieldName: TypeAlias = str

Preference: TypeAlias = Literal["lower_usage_price", "seller_ltv", "least_commitment"]

FIELDS: tuple[FieldName, ...] = (
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
)
PREFERENCES: tuple[Preference, ...] = get_args(Preference)
# What is solved: the price of one unit or, of a rate card, its *price level*: what is charged of
# the list, 1 - `usage_discount`. Either way less is better for the customer.
PRICE: FieldName = "usage_unit_price"
# What people, files and results say in place of the price level.
DISCOUNT = "usage_discount"
ALLOWANCE, RATES = "included_units", "rates"
# A meter's price in place of its rate is no number below zero; this is one of a meter at its rate.
AS_LISTED = Fraction(-1)
BOOLEAN_FIELDS: tuple[FieldName, ...] = (
    "customer_funded_onboarding",
    "reduced_cancellation_flexibility",
)
_PLACE = FIELDS.index(PRICE) + 1
_ORDER = {n: at for at, n in enumerate((*FIELDS[:_PLACE], RATES, *FIELDS[_PLACE:]))}
# What a customer gives and gets for the price.
TERM_FIELDS: tuple[FieldName, ...] = tuple(name for name in FIELDS if name != PRICE)
# An unlimited allowance is a number of units that no file may reach (docs/decisions.md, 3).
UNLIMITED = Fraction(10**15)
# What a customer is charged: the plan's own fee, or a guaranteed one above it. Rules and results
# call it `platform_fee`; as a field that is tuned, `platform_fee` is the plan's own.
CHARGED_FEE = "@charged_platform_fee"
LIFETIME_VALUE = "average_comparable_customer_lifetime_value"
# The share of a profile's draws in which a deal is worth what is required; no name of a baseline.
CONFIDENCE = "ltv_confidence"
LTV_RULE, CONFIDENCE_RULE = "ltv-improvement", "ltv-confidence"
# The rules that are built in, by where a policy sets them.
SET_UNDER: Mapping[str, str] = {LTV_RULE: "ltv", CONFIDENCE_RULE: "ltv.confidence"}

_SIMPLE: Mapping[str, Mapping[str, int]] = {
    "platform_fee": {"currency": 1, "month": -1},
    "seat_fee": {"currency": 1, "member": -1, "month": -1},
    "included_units": {"unit": 1, "month": -1},
    "usage_unit_price": {"currency": 1, "unit": -1},
    "contract_duration_months": {"month": 1},
    "minimum_monthly_turnover": {"currency": 1, "month": -1},
    "prepaid_amount": {"currency": 1},
    "guaranteed_platform_fee": {"currency": 1, "month": -1},
    DISCOUNT: {},
    "rate": {"currency": 1, "unit": -1},
    "expected_monthly_bill": {"currency": 1, "month": -1},
    "expected_usage_charge": {"currency": 1, "month": -1},
    "list_usage_charge": {"currency": 1, "month": -1},
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
    CONFIDENCE: {},
    "profile.members_per_customer": {"member": 1},
    "profile.variable_cost_per_unit": {"currency": 1, "unit": -1},
    "profile.service_cost_per_month": {"currency": 1, "month": -1},
    "profile.payment_cost_rate": {},
    "profile.onboarding_cost": {"currency": 1},
    "profile.acquisition_cost": {"currency": 1},
}
# By which a rule names something of one meter: `rate.METER`; and what it names so of a profile.
_BY_METER = ("rate", ALLOWANCE, "expected_monthly_units")
_PROFILE_BY_METER = ("profile.variable_cost_per_unit",)
# Names where there is one meter only.
_OF_ONE_METER = (PRICE, ALLOWANCE, "expected_monthly_units", "effective_unit_price")
DERIVED: tuple[str, ...] = tuple(
    name
    for name in _SIMPLE
    if name not in (*FIELDS, DISCOUNT, "rate") and not name.startswith("profile.")
)
PROFILE_NAMES: tuple[str, ...] = tuple(name for name in _SIMPLE if name.startswith("profile."))


def by_meter(name: str, meter: str) -> str:
    """The name of something of one meter: `included_units.input`, `rates.output`."""
    return f"{name}.{meter}"


def base_name(field: str) -> str:
    """A field's name without its meter."""
    return field.partition(".")[0]


def is_price(field: str) -> bool:
    """Whether a field is what a unit costs, or the discount on it."""
    return base_name(solved_field(field)) in {PRICE, RATES}


def meter_of(field: str) -> str:
    """The meter of a field that has one; else empty."""
    return field.partition(".")[2]


def shown_field(field: str, *, is_card: bool) -> str:
    """A field as people and results name it: of a rate card the price level is its discount."""
    return DISCOUNT if is_card and field == PRICE else field


def solved_field(shown: str) -> str:
    """The field that people and results name so."""
    return PRICE if shown == DISCOUNT else shown


def in_field_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names by field, those of meters as they are given; after all fields whatever is none.

    What stands in place of rates comes behind the price.
    """
    return tuple(sorted(names, key=lambda name: _ORDER.get(base_name(name), len(_ORDER))))


def quantities_of(meters: Collection[str]) -> tuple[str, ...]:
    """The fields and derived values that rules can name where there are these meters."""
    plain = (*FIELDS, *DERIVED, DISCOUNT)
    one = tuple(name for name in plain if len(meters) == 1 or name not in _OF_ONE_METER)
    return (*one, *(by_meter(name, meter) for name in _BY_METER for meter in meters))


def names_by_meter() -> tuple[str, ...]:
    """The names without a meter that, where there are several, have one behind a dot."""
    return (*(name for name in _BY_METER if name in _OF_ONE_METER), *_PROFILE_BY_METER)


def profile_names(meters: Collection[str]) -> tuple[str, ...]:
    """The `profile.` names where there are these meters."""
    one = (n for n in PROFILE_NAMES if len(meters) == 1 or n not in _PROFILE_BY_METER)
    return (*one, *(by_meter(name, meter) for name in _PROFILE_BY_METER for meter in meters))


def quantity(name: str) -> str:
    """The name in the pricing model of what rules and results call so: the fee is as charged."""
    return CHARGED_FEE if name == "platform_fee" else name


def kind_of(name: str, currency: str, units: Mapping[str, str]) -> Kind:
    """The dimension of a field, derived value or `profile.` name; `baseline.` changes nothing.

    `units` are those of the meters, the first that of a name without a meter.
    """
    plain = name.removeprefix("baseline.")
    if plain in BOOLEAN_FIELDS:
        return CONDITION
    meter = next(iter(units))
    if plain not in _SIMPLE:
        plain, _, meter = plain.rpartition(".")
    bases = {"currency": currency, "unit": units[meter]}
    powers = {bases.get(base, base): power for base, power in _SIMPLE[plain].items()}
    return Dimension.of(**powers) if powers else SHARE
