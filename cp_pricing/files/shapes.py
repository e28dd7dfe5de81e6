"""What JSON Schema says of the values in a file, where pydantic cannot tell it from their types."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

Schema: TypeAlias = dict[str, Any]

# As YAML 1.2 reads them, `20_000_000` and `35%` are texts.
_DIGITS = r"\d+(_\d+)*(\.(\d+(_\d+)*)?)?([eE][-+]?\d+)?"


def number(**limits: int) -> Schema:
    """A number that is never a percentage; one without limits may have a sign."""
    sign = "" if limits else "[-+]?"
    text = {"type": "string", "pattern": f"^{sign}{_DIGITS}$"}
    return {"anyOf": [{"type": "number", **limits}, text]}


def ratio(*, signed: bool = False, **limits: int) -> Schema:
    """A ratio from zero on, or with a sign, perhaps as a percentage."""
    sign, least = ("[-+]?", {}) if signed else ("", {"minimum": 0})
    text = {"type": "string", "pattern": f"^{sign}{_DIGITS}%?$"}
    return {"anyOf": [{"type": "number", **least, **limits}, text]}


def whole(**limits: int) -> Schema:
    """A whole number that is not negative."""
    text = {"type": "string", "pattern": r"^\d+(_\d+)*$"}
    return {"anyOf": [{"type": "integer", **limits}, text]}


def pattern(expression: str) -> Schema:
    """A text that a regular expression matches as a whole."""
    return {"type": "string", "pattern": f"^{expression}$"}


def by_meter(value: Schema) -> Schema:
    """Such a value for each of some meters."""
    names = {"pattern": f"^{METER}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": value}


TEXT: Schema = {"type": "string", "minLength": 1}
IDENTIFIER = r"\w[\w.-]*"
METER = "[A-Za-z0-9_]+"


class Also:
    """Adds keywords to the schema of a type."""

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Pydantic asks for this where a schema is made."""
        return handler(core_schema) | self.keywords


class Or:
    """Shorthands that a file may write for what a model reads, before the model itself."""

    def __init__(self, *shorthands: Schema) -> None:
        self.shorthands = shorthands

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Pydantic asks for this where a schema is made."""
        return {"anyOf": [*self.shorthands, handler(core_schema)]}
