"""Facts: what rules may know of a deal besides its terms, as a policy declares them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from constraints.language.domains import Domain
from constraints.language.expressions import Value
from constraints.text.numerals import decimal_string
from constraints.text.source import did_you_mean
from cp_pricing.catalog.tunables import Grid
from cp_pricing.fields import PREFERENCES
from cp_pricing.files.models import Entries, Fault, Model, Some, listed, refuse, repeated
from cp_pricing.files.scalars import plain_text, shown, value_fault
from cp_pricing.files.shapes import Also
from cp_pricing.files.values import Flag, Line, Number, Positive, Text, exact_number, flag

FactValue: TypeAlias = str | Fraction | bool
# All values of a fact in the model: of a number or a choice as a domain.
FactNumbers: TypeAlias = Domain | tuple[Value, ...]
PREFERENCE = "request.preference"
_SAID = "What it is where a request does not say."
_MEANT = "What it says, in one sentence."


class ChoiceFact(Model):
    """One of some texts; solved as its place among them, from 0."""

    values: Annotated[
        Some[Annotated[Line, Also(description="A text.")]], Also(uniqueItems=True)
    ] = Field(description="The texts that it may be.")
    default: Line | None = Field(None, description=_SAID)
    description: Text = Field("", description=_MEANT)

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """A text that is listed twice, and a default that is not listed."""
        del context
        yield from repeated(entries, "values", part=None)
        values, default = entries.get("values"), plain_text(entries.get("default"))
        texts = [plain_text(item) for item in values] if isinstance(values, list | tuple) else []
        if default is not None and texts and default not in texts:
            message, hint = _no_value(default, [text for text in texts if text])
            yield Fault(("default",), f"`default` {message}", hint)

    def __str__(self) -> str:
        """The values in words: `one of new, renewal`."""
        return f"one of {', '.join(self.values)}" + _otherwise(self.default)

    def read(self, value: object, info: ValidationInfo) -> FactValue:
        """The text that a request gives."""
        del info
        text = plain_text(value)
        if text is None or text not in self.values:
            raise value_fault(*_no_value(text or shown(value), self.values))
        return text

    def number(self, value: FactValue) -> Value:
        """A value in the model."""
        return Fraction(self.values.index(str(value)))

    @property
    def numbers(self) -> FactNumbers:
        """All values in the model."""
        return Domain.grid(Fraction(0), Fraction(len(self.values) - 1), Fraction(1))

    def shown(self, number: Value) -> str | bool:
        """A value in the model as results show it."""
        return self.values[int(number)]


def _otherwise(default: str | None) -> str:
    return "" if default is None else f"; {default} unless a request says"


def _unit(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]\w*(/[A-Za-z]\w*)*", text, re.ASCII):
        raise value_fault(f"must be words like `days`, with `/` between, not {shown(text)}")
    if {"year", "years"} & set(text.split("/")):
        raise value_fault("must not be `years`", "count it in months")
    return text


class NumberFact(Model):
    """A number in `unit` from `min` to `max` in whole steps."""

    unit: Annotated[Line, AfterValidator(_unit)] | None = Field(
        None, description="Its unit, which may be a new word; without it, a plain number."
    )
    min: Number = Field(description="The least value.")
    max: Number = Field(description="The greatest value.")
    step: Positive = Field(Fraction(1), description="The step from one value to the next.")
    default: Number | None = Field(None, description=_SAID)
    description: Text = Field("", description=_MEANT)

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Bounds that are none, and a default outside them."""
        grid = self.grid
        if self.default is not None and self.default not in grid:
            message = f"`default` must be {self._values}, not {decimal_string(self.default)}"
            refuse([Fault(("default",), message)])
        return self

    def __str__(self) -> str:
        """The values in words: `from 0 to 120 days in steps of 1`."""
        default = None if self.default is None else decimal_string(self.default)
        return self._values + _otherwise(default)

    @property
    def _values(self) -> str:
        low, high, step = map(decimal_string, (self.min, self.max, self.step))
        unit = f" {self.unit}" if self.unit else ""
        return f"from {low} to {high}{unit} in steps of {step}"

    @property
    def grid(self) -> Grid:
        """The values; refused where the bounds are none."""
        return Grid(min=self.min, max=self.max, step=self.step)

    def read(self, value: object, info: ValidationInfo) -> FactValue:
        """The number that a request gives, in the fact's unit."""
        number = exact_number(value, info)
        if number not in self.grid:
            raise value_fault(f"must be {self._values}, not {decimal_string(number)}")
        return number

    def number(self, value: FactValue) -> Value:
        """A value in the model, in the fact's unit."""
        return Fraction(value)

    @property
    def numbers(self) -> FactNumbers:
        """All values in the model."""
        return self.grid.domain

    def shown(self, number: Value) -> str | bool:
        """A value in the model as results show it."""
        return decimal_string(Fraction(number))


class FlagFact(Model):
    """Yes or no."""

    default: Flag | None = Field(None, description=_SAID)
    description: Text = Field("", description=_MEANT)

    def __str__(self) -> str:
        """The values in words."""
        default = None if self.default is None else ("yes" if self.default else "no")
        return "yes or no" + _otherwise(default)

    def read(self, value: object, info: ValidationInfo) -> FactValue:
        """What a request says."""
        del info
        return flag(value)

    def number(self, value: FactValue) -> Value:
        """A value in the model."""
        return bool(value)

    @property
    def numbers(self) -> FactNumbers:
        """All values in the model."""
        return (False, True)

    def shown(self, number: Value) -> str | bool:
        """A value in the model as results show it."""
        return bool(number)


AnyFact: TypeAlias = ChoiceFact | NumberFact | FlagFact
Facts: TypeAlias = Mapping[str, AnyFact]


def _kind(value: object, info: ValidationInfo) -> object:
    """The kind of fact that the keys tell, read by itself for faults of that one alone."""
    if not isinstance(value, Mapping):
        if isinstance(value, Model):
            return value
        hint = "write `{values: [new, renewal], default: new}`, or `{default: false}`"
        raise value_fault(f"must be keys and values, not {shown(value)}", hint)
    # What is valid as one kind may be as another, so that the keys have to tell which it is.
    model: type[Model] = FlagFact
    if "values" in value:
        model = ChoiceFact
    elif value.keys() & {"min", "max", "step", "unit"}:
        model = NumberFact
    return model.model_validate(value, context=info.context)


Fact: TypeAlias = Annotated[AnyFact, BeforeValidator(_kind)]
# A fact of every request.
PREFERENCE_FACT = ChoiceFact(values=PREFERENCES, default=PREFERENCES[0])


def _no_value(text: str, values: Iterable[str]) -> tuple[str, str]:
    known = list(values)
    hint = did_you_mean(text, known) or f"the values are {listed(known)}"
    return f"must be one of the values, not `{text}`", hint


def are_alike(one: AnyFact, other: AnyFact) -> bool:
    """Whether two facts have the same values; defaults and descriptions may differ."""
    beside = {"default": None, "description": ""}
    return one.model_copy(update=beside) == other.model_copy(update=beside)


def some_value(fact: AnyFact) -> Value:
    """A fact's default in the model, or else its first value."""
    if fact.default is not None:
        return fact.number(fact.default)
    numbers = fact.numbers
    return numbers.low if isinstance(numbers, Domain) else numbers[0]


def example(fact: AnyFact) -> str:
    """A fact's value as a JSON file may write it."""
    value = fact.shown(some_value(fact))
    return str(value) if isinstance(fact, NumberFact) else json.dumps(value, ensure_ascii=False)


def fact_values(facts: Facts, given: Mapping[str, FactValue], preference: str) -> dict[str, Value]:
    """The values of all facts of a request in the model, by name.

    Raises `ValueError` for a request that does not say one that has no default.
    """
    said = {**given, PREFERENCE: preference}
    return {name: fact.number(_said(name, fact, said)) for name, fact in facts.items()}


def _said(name: str, fact: AnyFact, said: Mapping[str, FactValue]) -> FactValue:
    value = said.get(name, fact.default)
    if value is None:
        msg = f"the fact `{name}` is missing"
        raise ValueError(msg)
    return value
