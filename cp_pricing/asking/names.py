"""What the terms and preferences of a question are called, beside their names in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from constraints.text.spoken import spoken_numbers, unmistakable
from cp_pricing.book.facts import ChoiceFact, Facts, FlagFact, NumberFact
from cp_pricing.catalog.plans import Catalog, Configuration
from cp_pricing.catalog.tunables import Bounds, Grid, Values
from cp_pricing.fields import (
    ALLOWANCE,
    DISCOUNT,
    FIELDS,
    PREFERENCES,
    PRICE,
    RATES,
    UNLIMITED,
    FieldName,
    Preference,
    base_name,
    by_meter,
    meter_of,
    shown_field,
    solved_field,
)
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
# Of a rate card in place of `price`; those of a meter have its id behind a dot.
SHORT_DISCOUNT = "discount"
_BY_METER: Mapping[str, FieldName] = {"included": ALLOWANCE, "rate": RATES}
SHORT_PREFERENCES: Mapping[str, Preference] = {
    "price": "lower_usage_price",
    "ltv": "seller_ltv",
    "least": "least_commitment",
}


def short_names(plan: Configuration) -> Mapping[str, FieldName]:
    """The fields of a plan by their short names, each as requests name it: `included.input`."""
    if not plan.is_card:
        return SHORT_NAMES
    is_one = len(plan.meters) == 1
    names = {
        short if is_one else by_meter(short, meter): by_meter(field, meter)
        for short, field in _BY_METER.items()
        for meter in plan.meters
    }
    others = {name: field for name, field in SHORT_NAMES.items() if field not in {ALLOWANCE, PRICE}}
    return {**names, SHORT_DISCOUNT: DISCOUNT, **others}


def term_names(catalog: Catalog, plan: Configuration | None = None) -> dict[str, FieldName]:
    """The fields of a plan, or of all, by all their names: short ones, and those of files."""
    if plan is None:
        plans = [term_names(catalog, one) for one in catalog.configurations]
        return {name: field for names in plans for name, field in names.items()}
    of_unit = f"included_{catalog.unit}s"
    if not plan.is_card:
        return {**SHORT_NAMES, of_unit: ALLOWANCE} | {str(field): field for field in FIELDS}
    names = dict(short_names(plan))
    if len(plan.meters) == 1:
        (meter,) = plan.meters
        names[of_unit] = names[ALLOWANCE] = by_meter(ALLOWANCE, meter)
        names[RATES] = by_meter(RATES, meter)
    for short, field in _BY_METER.items():
        names |= {by_meter(short, meter): by_meter(field, meter) for meter in plan.meters}
    return names | {own: own for own in (shown_field(each, is_card=True) for each in plan.fields)}


def is_quoted(name: str) -> bool:
    """Whether a term with this name is a price as it is quoted, and not that of one unit."""
    return name == "price" or base_name(name) == "rate"


def misnamed(name: str, plan: Configuration) -> tuple[str, Sequence[str]]:
    """Why a plan has no term with a name that terms of other plans have, and names to write.

    Both are empty for a name that no plan has.
    """
    base, meter = base_name(name), meter_of(name)
    field = {**SHORT_NAMES, **_BY_METER, SHORT_DISCOUNT: DISCOUNT}.get(base, base)
    if plan.is_card and field == PRICE:
        message = f"`{plan.id}` is a rate card: what is asked of it is a discount"
        return message, [SHORT_DISCOUNT]
    if plan.is_card and field in {ALLOWANCE, RATES} and not meter:
        short = "rate" if field == RATES else "included"
        return f"`{name}` is said by meter", [by_meter(short, own) for own in plan.meters]
    if not plan.is_card and (
        field == DISCOUNT or (field in {ALLOWANCE, RATES} and meter in plan.meters)
    ):
        message = f"`{name}` is for rate cards, and `{plan.id}` is none"
        return message, ["included" if field == ALLOWANCE else "price"]
    return "", []


def preference_names() -> dict[str, Preference]:
    """The preferences by all their names."""
    others: dict[str, Preference] = {SHORT_DISCOUNT: "lower_usage_price"}
    return {**SHORT_PREFERENCES, **others} | {str(name): name for name in PREFERENCES}


# --- what can be tuned ----------------------------------------------------------------------


def bounds_of_terms(plan: Configuration, catalog: Catalog) -> dict[str, str]:
    """The short names of what can be tuned in a plan, each with its bounds in words."""
    denomination = catalog.denomination(plan)
    return {
        name: _discounts_in_words(bounds)
        if plan.is_card and field == PRICE
        else f.bounds_in_words(field, bounds, Fraction(0), denomination)
        for name, field, bounds in tunable(plan)
    }


def _discounts_in_words(levels: Bounds) -> str:
    """The discounts of some price levels as they are written: `-20% to 40% in steps of 0.5%`."""
    least, most = (_percent(1 - Fraction(level)) for level in (levels.high, levels.low))
    if least == most:
        return f"only {least}"
    step = f" in steps of {_percent(levels.step)}" if isinstance(levels, Grid) else ""
    return f"{least} to {most}{step}"


def _percent(ratio: Fraction) -> str:
    return f"{decimal_string(ratio * 100)}%"


def open_terms(plan: Configuration) -> list[str]:
    """The short names of what may be left open in a plan."""
    never = {PRICE, RATES}
    return [name for name, field, _ in tunable(plan) if base_name(field) not in never]


def tunable(plan: Configuration) -> Iterator[tuple[str, FieldName, Bounds]]:
    """What can be tuned: its short name, its field and the bounds of that."""
    for name, shown in short_names(plan).items():
        field = solved_field(shown)
        if field in plan.tunable:
            yield name, field, plan.tunable[field]


def examples_of_terms(plan: Configuration, catalog: Catalog) -> Iterator[str]:
    """What can be tuned in a plan as it is written: listed values, or the ends of a range."""
    for name, field, bounds in tunable(plan):
        values = _some_values(bounds)
        if plan.is_card and field == PRICE:
            discounts = [1 - Fraction(level) for level in values]
            yield from (f"{name}={_percent(discount)}" for discount in reversed(discounts))
            continue
        factor = _quote_per(field, catalog) if is_quoted(name) else Fraction(1)
        yield from (f"{name}={_written(value, factor)}" for value in values)


def _quote_per(field: FieldName, catalog: Catalog) -> Fraction:
    per = {meter.id: meter.quote_per for meter in catalog.meters}
    return Fraction(per.get(meter_of(field), catalog.meters[0].quote_per))


def _some_values(bounds: Bounds) -> Sequence[Value]:
    return bounds.values if isinstance(bounds, Values) else (bounds.min, bounds.max)


def _written(value: Value, factor: Fraction) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value >= UNLIMITED:
        return "unlimited"
    short = f.counted(value * factor).replace(",", "")
    return short if spoken_numbers(short) == (value * factor,) else unmistakable(value * factor)


def examples_of_facts(facts: Facts) -> Iterator[str]:
    """What facts may be as it is written: listed values, or the ends of a range."""
    for name, fact in facts.items():
        match fact:
            case ChoiceFact(values=values):
                yield from (f"{name}={value}" for value in values)
            case NumberFact(min=low, max=high):
                yield from (f"{name}={unmistakable(value)}" for value in (low, high))
            case FlagFact():
                yield from (f"{name}=yes", f"{name}=no")
