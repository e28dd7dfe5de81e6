"""Tuning requests: what a customer asks for, checked against what is on sale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from constraints.text.json_nodes import json_values, parse_json
from constraints.text.source import Issue, did_you_mean
from constraints.text.spoken import DecimalMark
from cp_pricing.book.customers import Customer, Size
from cp_pricing.book.facts import Facts, FactValue, example
from cp_pricing.book.profiles import Profile, expected_units
from cp_pricing.catalog.plans import Configuration
from cp_pricing.fields import (
    FIELDS,
    PREFERENCES,
    PRICE,
    TERM_FIELDS,
    UNLIMITED,
    FieldName,
    Preference,
)
from cp_pricing.files.located import read_model
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Gathered,
    Model,
    Some,
    listed,
    refuse,
    unheard_of,
)
from cp_pricing.files.values import (
    Line,
    Name,
    Reference,
    choice,
    field_value,
    plain_text,
    shown,
    value_fault,
)


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


def _advice(context: object, written: str, spoken: str) -> str:
    """What to do about a fault in a file, or on a command line."""
    return spoken if isinstance(context, OnSale) and context.spoken else written


def _canonical(field: str, context: object) -> str:
    """A field's name: `included_<unit>s` is `included_units`."""
    if isinstance(context, OnSale):
        unit = context.unit
        if field == f"included_{unit}s" or (unit is None and re.fullmatch(r"included_\w+s", field)):
            return "included_units"
    return field


def _field_fault(field: str) -> Fault:
    hint = did_you_mean(field, FIELDS) or f"the inputs are {listed(FIELDS)}"
    return Fault((field,), f"`{field}` is not a field that can be tuned", hint, "key")


def _inputs(value: object, info: ValidationInfo) -> FrozenMapping[str, Fraction | bool]:
    """The inputs by their fields' own names, in field order."""
    if not isinstance(value, Mapping):
        raise value_fault(f"must be keys and values, not {shown(value)}")
    gathered = Gathered()
    read: dict[str, Fraction | bool] = {}
    for key in value:
        field = _canonical(key, info.context)
        if field not in FIELDS:
            gathered.add(_field_fault(key))
        elif field in read:
            gathered.add(Fault((key,), f"`{field}` is given twice", "remove one of them", "key"))
        else:
            try:
                read[field] = field_value(field, value[key], info)
            except PydanticCustomError as error:
                gathered.take(error, key)
    gathered.refuse()
    return FrozenMapping(sorted(read.items(), key=lambda item: FIELDS.index(item[0])))


def _facts(value: object, info: ValidationInfo) -> FrozenMapping[str, FactValue]:
    """The facts that are given, each as its declaration reads it."""
    if not isinstance(value, Mapping):
        raise value_fault(f"must be keys and values, not {shown(value)}")
    declared = info.context.facts if isinstance(info.context, OnSale) else None
    if declared is None:  # the policy is faulty, or the request is checked by itself
        return FrozenMapping(value)
    gathered = Gathered()
    read: dict[str, FactValue] = {}
    for name in value:
        if name not in declared:
            hint = did_you_mean(name, declared) or _facts_there(declared)
            gathered.add(Fault((name,), f"there is no fact `{name}`", hint, "key"))
            continue
        try:
            read[name] = declared[name].read(value[name], info)
        except PydanticCustomError as error:
            gathered.take(error, name)
    gathered.refuse()
    return FrozenMapping(read)


def _facts_there(declared: Facts) -> str:
    return f"the facts are {listed(declared)}" if declared else "the policy declares none"


def _open(value: object, info: ValidationInfo) -> tuple[FieldName, ...]:
    """The open fields in field order, without the usage price, which is always open."""
    if not isinstance(value, list | tuple):
        raise value_fault(f"must be a list, not {shown(value)}")
    gathered = Gathered()
    fields = set[str]()
    for place, item in enumerate(value):
        field = _canonical(plain_text(item) or "", info.context)
        if field not in FIELDS:
            hint = did_you_mean(field, TERM_FIELDS) or f"the fields are {listed(TERM_FIELDS)}"
            message = f"{shown(item)} is not a field that can be tuned"
            gathered.add(Fault((place,), message, hint))
        elif field in fields:
            gathered.add(Fault((place,), f"{shown(item)} is there twice", "remove one of them"))
        fields.add(field)
    gathered.refuse()
    return tuple(field for field in TERM_FIELDS if field in fields)


class TuningRequest(Model):
    """A customer's wishes for a plan; `inputs` in the fields' units, by field.

    A field that is absent keeps its value at list; those in `open` are for the solver to choose.
    """

    id: Name = Field(description="By which results name it.")
    configuration: Reference = Field(description="The plan to start from.")
    profile: Reference = Field(description="The customers to compare with.")
    inputs: Annotated[Mapping[str, Fraction | bool], PlainValidator(_inputs)] = Field(
        FrozenMapping(),
        description="The fields that the customer asks for; the others stay as they are.",
    )
    preference: Annotated[Preference, choice(*PREFERENCES)] = Field(
        "lower_usage_price",
        description="The lowest usage price (the default), the highest lifetime value, or, for an "
        "asked price, the least commitment of the open fields.",
    )
    approval_mode: Annotated[
        Literal["self_serve_only", "allow_approval"], choice("self_serve_only", "allow_approval")
    ] = Field(
        "self_serve_only",
        description="Whether exceptions may be approved; by default they may not.",
    )
    customer: Customer = Field(Customer(), description="Who asks, and how large.")
    facts: Annotated[Mapping[str, FactValue], PlainValidator(_facts)] = Field(
        FrozenMapping(), description="Values of the facts that the policy declares."
    )
    open: Annotated[tuple[FieldName, ...], PlainValidator(_open)] = Field(
        (),
        description="Fields that the solver may choose within their bounds, besides the price.",
    )

    @model_validator(mode="after")
    def _check_allowance(self, info: ValidationInfo) -> Self:
        """An allowance that this many members make too large to be a limit."""
        # The catalog has been checked with the members of profiles, and not with a customer's own.
        members, context = self.customer.members, info.context
        if members is None or not isinstance(context, OnSale):
            return self
        plan = (context.configurations or {}).get(self.configuration)
        allowance = plan.included_units if plan else None
        if allowance and not allowance.unlimited and allowance.total(members) >= UNLIMITED:
            message = "the allowance of this many members reaches 10^15 units"
            refuse([Fault(("customer", "members"), message)])
        return self

    @property
    def size(self) -> Size:
        """The customer's own size."""
        return self.customer.size

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Fields that are both given and open, and what is not on sale."""
        yield from _open_inputs(entries, context)
        yield from _no_commitment(entries, context)
        if isinstance(context, OnSale):
            yield from _not_on_sale(entries, context)


def _open_fields(entries: Entries, context: object) -> Iterator[tuple[int, str]]:
    """The places and names of what is listed as open."""
    items = entries.get("open")
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        yield place, _canonical(plain_text(item) or "", context)


def _open_inputs(entries: Entries, context: object) -> Iterator[Fault]:
    inputs = entries.get("inputs")
    given = {_canonical(key, context) for key in inputs} if isinstance(inputs, Mapping) else set()
    for place, field in _open_fields(entries, context):
        if field in given:
            written = "remove it from `open` or from `inputs`"
            hint = _advice(context, written, "give it a value, or leave it open")
            yield Fault(("open", place), f"`{field}` is given and open at once", hint)


def _no_commitment(entries: Entries, context: object) -> Iterator[Fault]:
    """What the least commitment needs and is not there: a price to reach, and fields to commit."""
    if plain_text(entries.get("preference")) != "least_commitment":
        return
    inputs, opened = entries.get("inputs"), entries.get("open")
    if not isinstance(inputs, Mapping) or PRICE not in inputs:
        message = "`least_commitment` needs an asked price"
        hint = _advice(context, f"add `{PRICE}` to `inputs`", "add `price=...`")
        yield Fault(("preference",), message, hint)
    if not opened:
        message = "`least_commitment` needs fields that may be chosen"
        hint = _advice(context, "list them in `open`", "add `--open ...`")
        yield Fault(("preference",), message, hint)


def _not_on_sale(entries: Entries, context: OnSale) -> Iterator[Fault]:
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
    for place, field in _open_fields(entries, context):
        if field in TERM_FIELDS and field not in configuration.tunable:
            message = f"`{field}` has no tunable bounds in `{name}`, so it cannot be open"
            yield Fault(("open", place), message, "remove it from `open`")


def _missing_facts(entries: Entries, context: OnSale) -> Iterator[Fault]:
    """Facts that every request has to say."""
    given = entries.get("facts")
    said = given.keys() if isinstance(given, Mapping) else ()
    declared = (context.facts or {}).items()
    missing = {n: fact for n, fact in declared if fact.default is None and n not in said}
    values = ", ".join(f'"{name}": {example(fact)}' for name, fact in missing.items())
    written = f"add `{values}` to `facts`" if "facts" in entries else f'add `"facts": {{{values}}}`'
    for name, fact in missing.items():
        hint = _advice(context, written, f"add `--fact {name}=...`: {fact}")
        yield Fault((), f"the fact `{name}` is missing", hint)


def _size_faults(
    entries: Entries, configuration: Configuration, profile: Profile, context: OnSale
) -> Iterator[Fault]:
    """What a customer cannot be measured by."""
    customer = entries.get("customer")
    scaled = isinstance(customer, Mapping) and customer.get("monthly_units") is not None
    if scaled and not expected_units(profile):
        message = f"`{profile.id}` expects no use that could be scaled"
        yield Fault(("customer", "monthly_units"), message, "write `monthly_usage`")
    if configuration.references is not None:
        plans = [(context.configurations or {}).get(name) for name in configuration.references]
        if all(plan is not None and not plan.is_available_to(profile.id) for plan in plans):
            message = (
                f"none of the references of `{configuration.id}` is available to `{profile.id}`"
            )
            yield Fault(("configuration",), message, "add one to `references` in the catalog")


class RequestFile(Model):
    """What a file of tuning requests holds; `$schema` is for editors."""

    schema_: Line | None = Field(
        None, alias="$schema", description="The schema of this file, for editors."
    )
    requests: Some[TuningRequest] = Field(description="The requests, at least one.")
    unique: ClassVar[Mapping[str, str | None]] = {"requests": "id"}


def read_requests(
    text: str, file: str, on_sale: OnSale
) -> tuple[tuple[TuningRequest, ...], list[Issue]]:
    """The requests of a JSON text, or none and every fault."""
    values = json_values(text)
    if values is not None:
        try:
            return RequestFile.model_validate(values, context=on_sale).requests, []
        except ValidationError:
            pass  # Where the faults are is found out below, which takes several times as long.
    node, issues = parse_json(text, file)
    if node is None:
        return (), issues
    read, faults = read_model(RequestFile, node, on_sale)
    issues += faults
    return (read.requests if read and not issues else ()), issues
