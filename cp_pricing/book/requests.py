"""Tuning requests: what a customer asks for, checked against what is on sale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from constraints.text.json_nodes import json_values, parse_json
from constraints.text.source import Issue, did_you_mean
from cp_pricing.book.facts import Facts, FactValue
from cp_pricing.book.on_sale import (
    INPUTS,
    OnSale,
    advice,
    by_field,
    canonical,
    field_fault,
    is_rate_card,
    not_on_sale,
    open_fields,
)
from cp_pricing.fields import (
    ALLOWANCE,
    DISCOUNT,
    PREFERENCES,
    PRICE,
    RATES,
    TERM_FIELDS,
    UNLIMITED,
    FieldName,
    Preference,
    base_name,
    by_meter,
    in_field_order,
    meter_of,
)
from cp_pricing.files.field_values import field_value
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
)
from cp_pricing.files.scalars import plain_text, shown, value_fault
from cp_pricing.files.values import Discount, Line, Name, Reference, choice
from cp_pricing.profiles.customers import Customer, Size, measured


def _inputs(value: object, info: ValidationInfo) -> FrozenMapping[str, Fraction | bool]:
    """The inputs by their fields' own names, in field order; a discount as a price level."""
    if isinstance(value, FrozenMapping):  # of a request that has been read before
        return value
    if not isinstance(value, Mapping):
        raise value_fault(f"must be keys and values, not {shown(value)}")
    gathered = Gathered()
    read: dict[str, Fraction | bool] = {}
    for location, field, own in by_field(value, info.context):
        solved = PRICE if field == DISCOUNT else field
        if base_name(field) not in INPUTS:
            gathered.add(field_fault(field))
        elif solved in read:
            gathered.add(Fault(location, f"`{field}` is given twice", "remove one of them", "key"))
        else:
            try:
                read[solved] = _given(field, own, info)
            except (PydanticCustomError, ValidationError) as error:
                gathered.take(error, *location)
    gathered.refuse()
    return FrozenMapping({field: read[field] for field in in_field_order(read)})


_DISCOUNTS: TypeAdapter[Fraction] = TypeAdapter(Discount)


def _given(field: FieldName, value: object, info: ValidationInfo) -> Fraction | bool:
    if field == DISCOUNT:
        return 1 - _DISCOUNTS.validate_python(value, context=info.context)
    return field_value(field, value, info)


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
        field = canonical(plain_text(item) or "", info.context)
        if base_name(field) == RATES:
            message = "a rate is given or as listed, and never open"
            hint = advice(info.context, "remove it from `open`", "leave it out")
            gathered.add(Fault((place,), message, hint))
        elif base_name(field) not in INPUTS or (meter_of(field) and base_name(field) != ALLOWANCE):
            hint = did_you_mean(field, TERM_FIELDS) or f"the fields are {listed(TERM_FIELDS)}"
            message = f"{shown(item)} is not a field that can be tuned"
            gathered.add(Fault((place,), message, hint))
        elif field in fields:
            gathered.add(Fault((place,), f"{shown(item)} is there twice", "remove one of them"))
        fields.add(field)
    gathered.refuse()
    return in_field_order(field for field in fields if field not in {PRICE, DISCOUNT})


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
        for allowance in plan.allowances.values() if plan else ():
            if not allowance.unlimited and allowance.total(members) >= UNLIMITED:
                message = "the allowance of this many members reaches 10^15 units"
                refuse([Fault(("customer", "members"), message)])
        return self

    @model_validator(mode="after")
    def _as_its_plan(self, info: ValidationInfo) -> Self:
        """Fields of meters in the catalog's order; of one meter a number stands for that one."""
        context = info.context
        plans = context.configurations if isinstance(context, OnSale) else None
        plan = (plans or {}).get(self.configuration)
        if plan is None:
            return self
        changes: dict[str, object] = {}
        if plan.is_card:
            alone = {name: by_meter(name, plan.meters[0]) for name in (ALLOWANCE, RATES)}
            inputs = {alone.get(name, name): value for name, value in self.inputs.items()}
            opened = {alone.get(name, name) for name in self.open}
            order = plan.fields
            changes["inputs"] = FrozenMapping({n: inputs[n] for n in order if n in inputs})
            changes["open"] = tuple(name for name in order if name in opened)
        if len(plan.meters) == 1 and self.customer != Customer():
            changes["customer"] = measured(self.customer, plan.meters)
        for name, value in changes.items():
            object.__setattr__(self, name, value)
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
            yield from not_on_sale(entries, context)


def _open_inputs(entries: Entries, context: object) -> Iterator[Fault]:
    inputs = entries.get("inputs")
    fields = by_field(inputs, context) if isinstance(inputs, Mapping) else ()
    given = {field for _, field, _ in fields}
    for place, field in open_fields(entries, context):
        if field in given and base_name(field) != RATES:  # which is never open
            written = "remove it from `open` or from `inputs`"
            hint = advice(context, written, "give it a value, or leave it open")
            yield Fault(("open", place), f"`{field}` is given and open at once", hint)


def _no_commitment(entries: Entries, context: object) -> Iterator[Fault]:
    """What the least commitment needs and is not there: a price to reach, and fields to commit."""
    if plain_text(entries.get("preference")) != "least_commitment":
        return
    inputs, opened = entries.get("inputs"), entries.get("open")
    if not isinstance(inputs, Mapping) or inputs.keys().isdisjoint((PRICE, DISCOUNT)):
        is_card = is_rate_card(plain_text(entries.get("configuration")), context)
        field, short = (DISCOUNT, "discount") if is_card else (PRICE, "price")
        hint = advice(context, f"add `{field}` to `inputs`", f"add `{short}=...`")
        yield Fault(("preference",), f"`least_commitment` needs an asked {short}", hint)
    if not opened:
        message = "`least_commitment` needs fields that may be chosen"
        hint = advice(context, "list them in `open`", "add `--open ...`")
        yield Fault(("preference",), message, hint)


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
