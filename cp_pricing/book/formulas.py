"""Expressions in a policy: parsed where they stand, and kept as they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field, GetPydanticSchema, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from constraints.language.expressions import NOWHERE, Expression, Number, names
from constraints.language.syntax import ExpressionError, parse
from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string
from constraints.text.source import Span
from cp_pricing.files.located import span_of
from cp_pricing.files.models import Entries, Fault, FrozenMapping, Model, in_a_circle, refuse
from cp_pricing.files.scalars import reported, shown, value_fault
from cp_pricing.files.shapes import Schema
from cp_pricing.files.values import Text


def _expression(value: object) -> Expression:
    """The expression that a value says; the faults of its text come with their own places."""
    match value:
        case Scalar(faulty=True):
            raise reported()
        case Scalar() if value.kind != "null":
            return _parsed(value)
        case str():
            return _parsed(value)
        # A flag is a whole number to Python, but no constant that an author would write.
        case int() | Fraction() if not isinstance(value, bool):
            return Number(Fraction(value))
        case _ if isinstance(value, Expression):
            return value
        case _:
            raise value_fault(f"must be an expression, not {shown(value)}")


def _parsed(value: Scalar | str) -> Expression:
    try:
        if isinstance(value, str):
            return parse(value)
        # YAML's `True` and `TRUE` are `true`.
        text = value.text.lower() if value.kind == "boolean" else value.text
        return parse(text, value.locate)
    except ExpressionError as error:
        messages = "; ".join(issue.message for issue in error.issues)
        context = {"message": messages, "issues": tuple(error.issues)}
        raise PydanticCustomError("issues", "{message}", context) from None


def _constant(expression: Expression) -> Expression:
    if used := sorted(names(expression)):
        hint = "give it as a number, or move it to `define`"
        raise value_fault(f"must be constant, and uses `{used[0]}`", hint)
    return expression


def text_of(value: object) -> str:
    """An expression as it was written, in one line; empty for one that was built in Python."""
    match value:
        case Scalar(text=text) | str(text):
            return re.sub(r"\s*\n\s*", " ", text.strip())
        case int() | Fraction():
            return decimal_string(Fraction(value))
        case _:
            return ""


EXPRESSION: Schema = {
    "description": "An expression over fields, parameters and other definitions.",
    "type": ["string", "number", "boolean"],
}
CONSTANT: Schema = {
    "description": "A constant: a number with its unit, like `12 months`, or a percentage.",
    "type": ["string", "number"],
}
# Pydantic would look into every kind of node; the parser has seen to them already.
Formula: TypeAlias = Annotated[
    Expression,
    GetPydanticSchema(lambda *_: core_schema.no_info_plain_validator_function(_expression)),
    WithJsonSchema(EXPRESSION),
]
Constant: TypeAlias = Annotated[Formula, AfterValidator(_constant), WithJsonSchema(CONSTANT)]


class Definition(Model):
    """A name for an expression; a file may write the expression alone."""

    expression: Formula = Field(alias="value")
    description: Text = Field("", description="What it stands for.")
    text: str = ""
    source: Span = NOWHERE
    derived: ClassVar[frozenset[str]] = frozenset({"text", "source"})

    @classmethod
    def unwrapped(cls, value: object) -> object:
        """An expression alone is the value."""
        return value if isinstance(value, Mapping | Model) else {"value": value}

    @classmethod
    def derived_entries(cls, entries: Entries) -> dict[str, object]:
        """The text and the place of the expression."""
        value = entries.get("value")
        return {"text": text_of(value), "source": span_of(value)}


class Parameter(Definition):
    """A name for a constant."""

    expression: Constant = Field(
        alias="value", description="A number with its unit, like `12 months`, or a percentage."
    )


def acyclic(definitions: Mapping[str, Definition]) -> FrozenMapping[str, Definition]:
    """The definitions, refused if one of them is defined by itself."""
    uses = {name: names(definition.expression) for name, definition in definitions.items()}
    refuse(
        Fault(
            (circle[0],),
            f"defined {in_a_circle(circle)}",
            "write one of them without the others",
        )
        for circle in _circles(uses)
    )
    return FrozenMapping(definitions)


def _circles(uses: Mapping[str, AbstractSet[str]]) -> Iterator[list[str]]:
    """Circles of names, each the first to be met; without recursion, for chains of any length."""
    waiting = dict(uses)
    while waiting:
        free = [name for name, used in waiting.items() if waiting.keys().isdisjoint(used)]
        path = [next(iter(waiting))]
        # Where each name uses another that waits, to follow any of them must end in a circle.
        while not free:
            following = min(used for used in waiting[path[-1]] if used in waiting)
            if following in path:
                free = path[path.index(following) :]
                yield free
            path.append(following)
        for name in free:
            del waiting[name]
