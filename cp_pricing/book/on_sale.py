"""What requests may refer to: the plans, profiles and facts that there are, and what is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from constraints.text.source import did_you_mean
from constraints.text.spoken import DecimalMark
from cp_pricing.book.facts import Facts, example
from cp_pricing.catalog.plans import Configuration
from cp_pricing.fields import (
    ALLOWANCE,
    DISCOUNT,
    FIELDS,
    PRICE,
    RATES,
    TERM_FIELDS,
    FieldName,
    base_name,
    by_meter,
    meter_of,
)
from cp_pricing.files.models import Entries, Fault, FrozenMapping, listed, one_of, unheard_of
from cp_pricing.files.scalars import plain_text
from cp_pricing.profiles.customers import Customer
from cp_pricing.profiles.profile import Profile, expected_units, measure_faults, usage_faults

_MEASURE = "monthly_units"
INPUTS = (*FIELDS, DISCOUNT, RATES)


@dataclass(frozen=True)
class OnSale:
    """What a request may refer to; `None` stands for what a faulty price book leaves open.

    `authored` tells requests of a file from those of a Python caller, who may write numbers as
    texts; `spoken` those of a command line, where advice is in its words; `decimal`, those of a CSV
    table, by the mark that its numbers have before decimals.
    """

    unit: str | None = None
    configurations: Mapping[str, Configuration | None] | None = None
    profiles: Mapping[str, Profile | None] | None = None
    facts: Facts | None = None
    authored: bool = True
    spoken: bool = False
    decimal: DecimalMark | Literal["unsaid"] | None = None


def advice(context: object, written: str, spoken: str) -> str:
    """What to do about a fault in a file, or on a command line."""
    return spoken if isinstance(context, OnSale) and context.spoken else written


def is_rate_card(plan: str | None, context: object) -> bool:
    """Whether a plan with this id is known to be a rate card."""
    known = context.configurations if isinstance(context, OnSale) else None
    found = (known or {}).get(plan or "")
    return found is not None and found.is_card


def canonical(field: str, context: object) -> str:
    """A field's name: `included_<unit>s` is `included_units`."""
    if isinstance(context, OnSale):
        unit = context.unit
        if field == f"included_{unit}s" or (unit is None and re.fullmatch(r"included_\w+s", field)):
            return "included_units"
    return field


def field_fault(field: str) -> Fault:
    """What there is to say of an input that is no field."""
    hint = did_you_mean(field, INPUTS) or f"the inputs are {listed(FIELDS)}"
    return Fault((field,), f"`{field}` is not a field that can be tuned", hint, "key")


def by_field(
    inputs: Mapping[str, object], context: object
) -> Iterator[tuple[tuple[str, ...], FieldName, object]]:
    """What is given for each field, those of meters one by one; each with its place."""
    for key, value in inputs.items():
        field = canonical(key, context)
        if field in {ALLOWANCE, RATES} and isinstance(value, Mapping):
            yield from (((key, meter), by_meter(field, meter), own) for meter, own in value.items())
        else:
            yield (key,), field, value


def open_fields(entries: Entries, context: object) -> Iterator[tuple[int, str]]:
    """The places and names of what is listed as open."""
    items = entries.get("open")
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        yield place, canonical(plain_text(item) or "", context)


def not_on_sale(entries: Entries, context: OnSale) -> Iterator[Fault]:
    """What a request names that the price book does not have, or has in another way."""
    name, profile = (plain_text(entries.get(key)) for key in ("configuration", "profile"))
    if name and context.configurations is not None and name not in context.configurations:
        yield unheard_of(("configuration",), "plan", name, context.configurations)
    if profile and context.profiles is not None and profile not in context.profiles:
        yield unheard_of(("profile",), "profile", profile, sorted(context.profiles))
    yield from _missing_facts(entries, context)
    configuration = (context.configurations or {}).get(name or "")
    if configuration is None:
        return
    is_profile_known = context.profiles is None or profile in context.profiles
    if profile and is_profile_known and not configuration.is_available_to(profile):
        hint = f"it is available to {listed(configuration.available_to or ())}"
        message = f"`{name}` is not available to `{profile}`"
        yield Fault(("configuration",), message, hint)
    customer = (context.profiles or {}).get(profile or "")
    if customer is not None:
        yield from _size_faults(entries, configuration, customer, context)
    yield from _meter_faults(entries, configuration, context)
    for place, field in open_fields(entries, context):
        is_field = base_name(field) in TERM_FIELDS and not _wrong_kind(field, configuration)
        if is_field and _of_plan(field, configuration) not in configuration.tunable:
            message = f"`{field}` has no tunable bounds in `{name}`, so it cannot be open"
            hint = advice(context, "remove it from `open`", "leave it out")
            yield Fault(("open", place), message, hint)


def _of_plan(field: FieldName, plan: Configuration) -> FieldName:
    """A field by its name in a plan: of a rate card with one meter, the allowance is that one's."""
    alone = field == ALLOWANCE and plan.is_card and len(plan.meters) == 1
    return by_meter(field, plan.meters[0]) if alone else field


def _meter_faults(entries: Entries, plan: Configuration, context: object) -> Iterator[Fault]:
    """Inputs that are for another kind of plan, or for a meter that there is not."""
    inputs = entries.get("inputs")
    if isinstance(inputs, Mapping) and not isinstance(inputs, FrozenMapping):
        for location, field, own in by_field(inputs, context):
            fault = None if isinstance(own, list | tuple) else _wrong_kind(field, plan)
            if fault:
                yield fault._replace(location=("inputs", *location))
    for place, field in open_fields(entries, context):
        if fault := _wrong_kind(field, plan, is_open=True):
            yield fault._replace(location=("open", place), kind="fault")
    customer = entries.get("customer")
    if isinstance(customer, Mapping) and not isinstance(customer, Customer):
        for fault in measure_faults(_MEASURE, customer.get(_MEASURE), plan.meters):
            yield fault._replace(location=("customer", _MEASURE, *fault.location))
        for fault in usage_faults(customer.get("monthly_usage"), plan.meters):
            yield fault._replace(location=("customer", *fault.location))


def _wrong_kind(field: FieldName, plan: Configuration, *, is_open: bool = False) -> Fault | None:
    """Why a field is none of a plan, where it is one of another kind of plan."""
    base, meter = base_name(field), meter_of(field)
    if not plan.is_card and (base in {DISCOUNT, RATES} or meter):
        hint = f"write `{PRICE}`" if field == DISCOUNT else f"write `{ALLOWANCE}`" * bool(meter)
        return Fault((), f"`{field}` is for rate cards, and `{plan.id}` is none", hint, "key")
    if plan.is_card and field == PRICE:
        message = f"`{plan.id}` is a rate card: what is asked of it is a discount"
        return Fault((), message, f"write `{DISCOUNT}`", "key")
    if meter and meter not in plan.meters:
        return unheard_of((), "meter", meter, plan.meters)._replace(kind="key")
    if plan.is_card and field in {ALLOWANCE, RATES} and len(plan.meters) > 1:
        each = ", ".join(f'"{own}": ...' for own in plan.meters)
        named = one_of([by_meter(field, own) for own in plan.meters])
        hint = f"write {named}" if is_open else f"write `{{{each}}}`"
        return Fault((), f"`{field}` is said by meter", hint, "key")
    return None


def _missing_facts(entries: Entries, context: OnSale) -> Iterator[Fault]:
    """Facts that every request has to say."""
    given = entries.get("facts")
    said = given.keys() if isinstance(given, Mapping) else ()
    declared = (context.facts or {}).items()
    missing = {n: fact for n, fact in declared if fact.default is None and n not in said}
    values = ", ".join(f'"{name}": {example(fact)}' for name, fact in missing.items())
    written = f"add `{values}` to `facts`" if "facts" in entries else f'add `"facts": {{{values}}}`'
    for name, fact in missing.items():
        hint = advice(context, written, f"add `--fact {name}=...`: {fact}")
        yield Fault((), f"the fact `{name}` is missing", hint)


def _size_faults(
    entries: Entries, configuration: Configuration, profile: Profile, context: OnSale
) -> Iterator[Fault]:
    """What a customer cannot be measured by."""
    customer = entries.get("customer")
    units = customer.get(_MEASURE) if isinstance(customer, Mapping) else None
    place = ("customer", _MEASURE)
    for meter in units if isinstance(units, Mapping) and len(configuration.meters) > 1 else ():
        if meter in configuration.meters and not expected_units(profile, meter):
            message = f"`{profile.id}` expects no use of `{meter}` that could be scaled"
            hint = advice(context, "write `monthly_usage`", "leave it out")
            yield Fault((*place, meter), message, hint)
    if units is not None and len(configuration.meters) == 1 and not expected_units(profile):
        message = f"`{profile.id}` expects no use that could be scaled"
        yield Fault(place, message, "write `monthly_usage`")
    if configuration.references is not None:
        plans = [(context.configurations or {}).get(name) for name in configuration.references]
        if all(plan is not None and not plan.is_available_to(profile.id) for plan in plans):
            message = (
                f"none of the references of `{configuration.id}` is available to `{profile.id}`"
            )
            yield Fault(("configuration",), message, "add one to `references` in the catalog")
