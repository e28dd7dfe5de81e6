"""The bounds within which a customer may tune a field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Self, TypeAlias, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from constraints.language.domains import Domain
from constraints.text.numerals import decimal_string
from constraints.text.source import did_you_mean
from cp_pricing.fields import (
    ALLOWANCE,
    BOOLEAN_FIELDS,
    DISCOUNT,
    FIELDS,
    PRICE,
    RATES,
    UNLIMITED,
    FieldName,
    base_name,
    in_field_order,
)
from cp_pricing.files.field_values import field_value, in_domain
from cp_pricing.files.models import (
    Entries,
    Fault,
    FrozenMapping,
    Gathered,
    Model,
    listed,
    refuse,
    unheard_of,
)
from cp_pricing.files.scalars import as_written, plain_text, shown, value_fault
from cp_pricing.files.shapes import Also
from cp_pricing.files.values import Discount, Number, Positive, Step, exact_number

# What a field may be, beside `rates` by meter; and the words that bounds are made of.
_TUNABLE = (*FIELDS, DISCOUNT, RATES)
_DISCOUNT_BOUNDS = "{min: 0%, max: 30%, step: 1%}"
MOST_STEPS = 10**18
"""How many steps a grid may have, which 64 bits can count."""
_WORDS = frozenset({"min", "max", "step", "tick", "values"})


def _refuse_ends(
    low: Fraction, high: Fraction, step: Fraction, said: Callable[[Fraction], str]
) -> None:
    """Refuse ends of a grid that are the wrong way round, too far or not whole steps apart."""
    if high < low:
        message = f"`max` is below `min`, {said(low)}"
        refuse([Fault(("max",), message, "swap them, if they are the wrong way round")])
    if high - low > MOST_STEPS * step:
        message = "`max` is more than 10^18 steps above `min`"
        refuse([Fault(("max",), message, "is it the one you mean? if so, take larger steps")])
    if over := (high - low) % step:
        hint = f"write {said(high - over)} or {said(high - over + step)}"
        refuse([Fault(("max",), "`max` is not a whole number of steps above `min`", hint)])


class Grid(Model):
    """The values `min`, `min + step`, ... up to `max`, in the field's unit."""

    min: Number
    max: Number
    step: Positive = Field(validation_alias=AliasChoices("step", "tick"))

    @model_validator(mode="after")
    def _check(self) -> Self:
        _refuse_ends(self.min, self.max, self.step, decimal_string)
        return self

    @property
    def low(self) -> Fraction:
        """The least value."""
        return self.min

    @property
    def high(self) -> Fraction:
        """The greatest value."""
        return self.max

    @property
    def count(self) -> int:
        """The number of values."""
        return int((self.max - self.min) / self.step) + 1

    @property
    def values(self) -> Iterator[Fraction]:
        """The values, ascending; none is computed before it is asked for."""
        return map(self.at, range(self.count))

    @property
    def domain(self) -> Domain:
        """The values as a domain of the solver."""
        return Domain.grid(self.min, self.max, self.step)

    def at(self, place: int) -> Fraction:
        """The value at a place, from 0."""
        return self.min + place * self.step

    def index(self, value: Fraction | bool) -> int:  # noqa: FBT001 - a value, not a switch
        """The place of a value, from 0; raises `ValueError` for one that is off the grid."""
        if value not in self:
            raise ValueError(f"{decimal_string(Fraction(value))} is not on the grid")
        return int((value - self.min) / self.step)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, Fraction | int):
            return False
        if not self.min <= value <= self.max:
            return False
        # (value - min) / step is whole, in integers: this is asked thousands of times a second.
        low, step, under = self.min, self.step, value.denominator
        above = value.numerator * low.denominator - low.numerator * under
        return above * step.denominator % (under * low.denominator * step.numerator) == 0


def _listed_value(value: object, info: ValidationInfo) -> Fraction | bool:
    if isinstance(value, bool):
        return value
    return UNLIMITED if plain_text(value) == "unlimited" else exact_number(value, info)


def _distinct(values: tuple[Fraction | bool, ...]) -> tuple[Fraction | bool, ...]:
    if not values:
        raise value_fault("must not be empty")
    seen = set[Fraction | bool]()
    faults = []
    for place, value in enumerate(values):
        if value in seen:
            faults.append(Fault((place,), f"{shown(value)} is listed twice", "remove one of them"))
        seen.add(value)
    refuse(faults)
    return tuple(sorted(values))


_LISTED = WithJsonSchema({"type": ["number", "string", "boolean"]})


class Values(Model):
    """The values that are listed, distinct; kept in ascending order."""

    values: Annotated[
        tuple[Annotated[Fraction | bool, PlainValidator(_listed_value), _LISTED], ...],
        AfterValidator(_distinct),
        Also(minItems=1),
    ] = Field(description="The values, each once.")

    @property
    def low(self) -> Fraction | bool:
        """The least value."""
        return self.values[0]

    @property
    def high(self) -> Fraction | bool:
        """The greatest value."""
        return self.values[-1]

    @property
    def count(self) -> int:
        """The number of values."""
        return len(self.values)

    @property
    def domain(self) -> Domain:
        """The values as a domain of the solver; they must be numbers."""
        return Domain.of(map(Fraction, self.values))

    def at(self, place: int) -> Fraction | bool:
        """The value at a place, from 0."""
        return self.values[place]

    def index(self, value: Fraction | bool) -> int:  # noqa: FBT001 - a value, not a switch
        """The place of a value, from 0; raises `ValueError` for one that is not listed."""
        return self.values.index(value)

    def __contains__(self, value: object) -> bool:
        return value in self.values


Bounds: TypeAlias = Grid | Values


def tunable_bounds(value: object, info: ValidationInfo) -> FrozenMapping[str, Bounds]:
    """The bounds by field, in field order."""
    if not isinstance(value, Mapping):
        raise value_fault(f"must be keys and values, not {shown(value)}")
    gathered = Gathered()
    read: dict[str, Bounds] = {}
    for location, own in _by_field(value):
        field = ".".join(location)
        if base_name(field) not in _TUNABLE:
            hint = did_you_mean(field, _TUNABLE) or "these can: " + listed(FIELDS)
            gathered.add(Fault((field,), f"`{field}` cannot be tuned", hint, "key"))
            continue
        try:
            read[PRICE if field == DISCOUNT else field] = _bounds(field, own, info)
        except (ValidationError, PydanticCustomError) as error:
            # The step of a price is called its tick, also where it is missing.
            gathered.take(error, *location, renamed={"step": "tick"} if _is_price(field) else None)
    gathered.refuse()
    return FrozenMapping({field: read[field] for field in in_field_order(read)})


def _by_field(value: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The bounds of each field, those by meter one by one; each with its place."""
    for field, own in value.items():
        if isinstance(own, Mapping) and (
            field in {ALLOWANCE, RATES} and own and _WORDS.isdisjoint(own)
        ):
            yield from (((field, meter), bounds) for meter, bounds in own.items())
        else:
            yield (field,), own


def tunable_faults(
    tunable: Mapping[str, object], meters: Collection[str], *, is_card: bool
) -> Iterator[Fault]:
    """Bounds as a file gives them that are for another kind of plan, or for no meter of it."""
    for location, own in _by_field(tunable):
        field, *meter = location
        if is_card and field == PRICE:
            message = f"`{PRICE}` is not what a rate card solves"
            yield Fault(location, message, f"write `{DISCOUNT}: {_DISCOUNT_BOUNDS}`", "key")
        elif not is_card and (field in {DISCOUNT, RATES} or meter):
            message = f"`{field}` can be tuned so in a rate card only"
            yield Fault((field,), message, "give the plan `rates`", "key")
        elif meter and meter[0] not in meters:
            yield unheard_of(location, "meter", meter[0], meters)._replace(kind="key")
        elif is_card and field in {ALLOWANCE, RATES} and not meter and len(meters) > 1:
            hint = f"put them behind a meter: `{next(iter(meters))}: {as_written(own)}`"
            yield Fault(location, f"`{field}` is tuned by meter", hint, "key")


def _is_price(field: FieldName) -> bool:
    """Whether a field moves in ticks."""
    return field == PRICE or base_name(field) == RATES


class _Discounts(Model):
    """The discounts `min`, `min + step`, ... up to `max`: ratios, at most all of it."""

    min: Discount
    max: Discount
    step: Step


def _levels(value: object, info: ValidationInfo) -> Grid:
    """The price levels of a grid of discounts: what is left of the list."""
    if isinstance(value, Grid):  # of a plan that is made in Python from another one
        return value
    if not isinstance(value, Mapping) or "values" in value:
        raise value_fault(f"needs bounds like `{_DISCOUNT_BOUNDS}`")
    if "tick" in value:
        refuse([Fault(("tick",), f"`{DISCOUNT}` has no `tick`", "write `step`", "key")])
    asked = _Discounts.model_validate(value, context=info.context)
    _refuse_ends(asked.min, asked.max, asked.step, _percent)
    # The greatest discount leaves the least: the ends change places.
    return Grid(min=1 - asked.max, max=1 - asked.min, step=asked.step)


def _percent(ratio: Fraction) -> str:
    return f"{decimal_string(ratio * 100)}%"


def _bounds(field: FieldName, value: object, info: ValidationInfo) -> Bounds:
    if field == DISCOUNT:
        return _levels(value, info)
    # A price moves in ticks and every other field in steps; a file keeps to these words.
    is_price = _is_price(field)
    wrong_word = "step" if is_price else "tick"
    match value:
        case Grid() if field not in BOOLEAN_FIELDS:
            return _checked_grid(field, value)
        case Values(values=listed_values) if not is_price:
            return _checked_values(field, listed_values, info)
        case {"values": list() | tuple() as listed_values} if not is_price:
            values = _checked_values(field, listed_values, info)
            return Values.model_validate({**cast("Entries", value), "values": values.values})
        case {"values": other} if not is_price:
            refuse([Fault(("values",), f"`values` must be a list, not {shown(other)}")])
        case Mapping() if field not in BOOLEAN_FIELDS and "values" not in value:
            if wrong_word in value:
                hint = "write `tick`" if is_price else "write `step`"
                message = f"`{field}` has no `{wrong_word}`"
                refuse([Fault((wrong_word,), message, hint, "key")])
            return _checked_grid(field, Grid.model_validate(value, context=info.context))
        case _:
            pass
    raise value_fault(f"needs bounds like `{_example(field)}`")


def _example(field: FieldName) -> str:
    if field in BOOLEAN_FIELDS:
        return "{values: [false, true]}"
    return f"{{min: 0, max: 100, {'tick' if _is_price(field) else 'step'}: 1}}"


def _checked_grid(field: FieldName, grid: Grid) -> Grid:
    gathered = Gathered()
    for part, value in (("min", grid.min), ("max", grid.max)):
        try:
            in_domain(field, value)
        except PydanticCustomError as error:
            gathered.take(error, part)
    if field == "contract_duration_months" and grid.step.denominator != 1:
        gathered.add(Fault(("step",), "the step must be a whole number of months"))
    gathered.refuse()
    return grid


def _checked_values(field: FieldName, raw: Sequence[object], info: ValidationInfo) -> Values:
    gathered = Gathered()
    values: list[Fraction | bool] = []
    for place, value in enumerate(raw):
        try:
            values.append(field_value(field, value, info))
        except PydanticCustomError as error:
            gathered.take(error, "values", place)
    gathered.refuse()
    return Values(values=tuple(values))
