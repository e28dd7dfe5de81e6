"""JSON Schema of the four files, for editors that complete and check as one types.

A schema knows shapes, not meanings: names, dimensions and what lies between two files are for
`policy check`. Pydantic makes it of the models, but for what stands here.
"""

from __future__ import annotations

import json
from typing import cast

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema as core

from cp_pricing.book.inheritance import INHERITABLE
from cp_pricing.book.policy import Policy
from cp_pricing.book.profiles import Profiles
from cp_pricing.book.requests import RequestFile, TuningRequest
from cp_pricing.catalog.plans import Catalog, Configuration
from cp_pricing.catalog.tunables import Values
from cp_pricing.fields import BOOLEAN_FIELDS, FIELDS, PRICE, TERM_FIELDS
from cp_pricing.files.models import Model, file_keys
from cp_pricing.files.shapes import Schema, number, pattern
from cp_pricing.files.texts import CATALOG, POLICY, PROFILES, REQUESTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOTS: dict[str, type[Model]] = {
    CATALOG: Catalog,
    PROFILES: Profiles,
    POLICY: Policy,
    REQUESTS: RequestFile,
}
_APPROVED: Schema = {
    "if": {"properties": {"effect": {"const": "approval"}}, "required": ["effect"]},
    "then": {"required": ["approver"]},
}
# A policy that extends none must be whole by itself.
_WHOLE: Schema = {
    "if": {"not": {"required": ["extends"]}},
    "then": {
        "required": ["policy", "ltv"],
        "properties": {
            "disable": False,
            "ltv": {"required": ["horizon_months", "annual_discount_rate"], **_APPROVED},
            "rules": {"items": {"required": ["require"], **_APPROVED}},
        },
    },
}


def schema_name(file: str) -> str:
    """The name of the schema of a file: `policy.schema.json` of `policy.yaml`."""
    return f"{file.partition('.')[0]}.schema.json"


def schema_text(file: str) -> str:
    """The schema of a file as a file of its own."""
    return json.dumps(schema(file), indent=2, ensure_ascii=False) + "\n"


def schema(file: str) -> Schema:
    """The JSON Schema of one of the four files, by its name."""
    root = ROOTS[file]
    whole = {"$schema": DIALECT, "title": file, **_schema_of(root)}
    return {**whole, **_WHOLE} if root is Policy else whole


def _schema_of(model: type[Model]) -> Schema:
    return model.model_json_schema(schema_generator=_Generator)


class _Generator(GenerateJsonSchema):
    """Writes the models as authors know them: a key that is left out, not `null` or a default."""

    def nullable_schema(self, schema: core.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def literal_schema(self, schema: core.LiteralSchema) -> Schema:
        words = schema["expected"]
        return {"enum": words} if len(words) > 1 else {"const": words[0]}

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False

    def sort(self, value: Schema, parent_key: str | None = None) -> Schema:
        del parent_key
        return value

    def model_schema(self, schema: core.ModelSchema) -> Schema:
        model = cast("type[Model]", schema["cls"])
        generated = super().model_schema(schema)
        keys = file_keys(model)
        properties = {
            key: {"description": value.get("description"), **value, **self._by_hand(model, key)}
            for key, value in generated["properties"].items()
            if key in keys
        }
        # A key with one possible value tells models apart: it must be there, whatever its default.
        needed = {key for key, value in properties.items() if "const" in value}
        # What a base policy may give no schema of a single file can ask for.
        needed |= set(generated.get("required", ())) - INHERITABLE
        rest = {"required": [key for key in keys if key in needed]} if needed else {}
        if "minProperties" in generated:
            rest["minProperties"] = generated["minProperties"]
        return {
            "description": " ".join(generated["description"].split("\n\n")[0].split()),
            "type": "object",
            "additionalProperties": False,
            **rest,
            "properties": properties,
        }

    def _by_hand(self, model: type[Model], key: str) -> Schema:
        """What is said of a key whose values one function reads."""
        if model is Configuration and key == "tunable":
            values = self.generate_inner(Values.__pydantic_core_schema__)
            return _mapping({field: _bounds(field, values) for field in FIELDS})
        if model is TuningRequest and key == "inputs":
            return _inputs()
        if model is TuningRequest and key == "open":
            name = pattern(f"({'|'.join(TERM_FIELDS)}|included_\\w+s)")
            return {"type": "array", "items": name, "uniqueItems": True}
        return {}


def _mapping(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _bounds(field: str, values: Schema) -> Schema:
    """The bounds that a field may have."""
    choices = [] if field in BOOLEAN_FIELDS else [_grid("tick" if field == PRICE else "step")]
    choices += [] if field == PRICE else [values]
    about = f"The values of `{field}` that a customer may ask for."
    return {"description": about, "anyOf": choices}


def _grid(step: str) -> Schema:
    properties = {
        "min": {"description": "The least value.", **number(minimum=0)},
        "max": {
            "description": "The greatest value, a whole number of steps above the least.",
            **number(minimum=0),
        },
        step: {
            "description": "The step from one value to the next.",
            **number(exclusiveMinimum=0),
        },
    }
    return {**_mapping(properties), "required": list(properties)}


def _inputs() -> Schema:
    """The inputs of a request: fields of a configuration, in JSON, where no text is a number."""
    fields = _schema_of(Configuration)["properties"]
    allowance: Schema = {
        "anyOf": [{"type": "number", "minimum": 0}, {"const": "unlimited"}],
        "description": "The total allowance of the package in units a month, or `unlimited`.",
    }
    inputs: dict[str, Schema] = {name: _in_json(fields[name]) for name in FIELDS}
    inputs["included_units"] = allowance
    return {**_mapping(inputs), "patternProperties": {r"^included_\w+s$": allowance}}


def _in_json(field: Schema) -> Schema:
    numbers = [form for form in field.get("anyOf", ()) if form.get("type") != "string"]
    return {**field, "anyOf": numbers} if numbers else field
