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
from cp_pricing.book.requests import RequestFile, TuningRequest
from cp_pricing.catalog.plans import Catalog, Configuration
from cp_pricing.catalog.tunables import Values
from cp_pricing.fields import (
    ALLOWANCE,
    BOOLEAN_FIELDS,
    DISCOUNT,
    FIELDS,
    PRICE,
    RATES,
    TERM_FIELDS,
)
from cp_pricing.files.models import Model, file_keys
from cp_pricing.files.shapes import METER, Schema, by_meter, number, pattern, ratio
from cp_pricing.files.texts import CATALOG, POLICY, PROFILES, REQUESTS
from cp_pricing.profiles.profile import Profiles

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
# What models say of all their keys, beside those that there must be.
_OF_MODELS = ("minProperties", "oneOf", "dependentRequired", "dependentSchemas")
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
        rest |= {key: generated[key] for key in _OF_MODELS if key in generated}
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
            fields = (*FIELDS[:3], RATES, DISCOUNT, *FIELDS[3:])
            return _mapping({field: _bounds(field, values) for field in fields})
        if model is TuningRequest and key == "inputs":
            return _inputs()
        if model is TuningRequest and key == "open":
            names = "|".join((*TERM_FIELDS, DISCOUNT, rf"{ALLOWANCE}\.{METER}"))
            name = pattern(rf"({names}|included_\w+s)")
            return {"type": "array", "items": name, "uniqueItems": True}
        return {}


def _mapping(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _bounds(field: str, values: Schema) -> Schema:
    """The bounds that a field may have."""
    about = f"The values of `{field}` that a customer may ask for."
    if field == DISCOUNT:
        return {"description": about, **_grid("step", ratio(signed=True, maximum=1), ratio())}
    is_price = field in {PRICE, RATES}
    grid = _grid("tick" if is_price else "step", number(minimum=0), number(exclusiveMinimum=0))
    choices = [*([] if field in BOOLEAN_FIELDS else [grid]), *([] if is_price else [values])]
    if field in {ALLOWANCE, RATES}:
        choices = [*choices, by_meter({"anyOf": choices})]
    return {"description": about, "anyOf": choices}


def _grid(step: str, end: Schema, width: Schema) -> Schema:
    most = "The greatest value, a whole number of steps above the least."
    properties = {
        "min": {"description": "The least value.", **end},
        "max": {"description": most, **end},
        step: {"description": "The step from one value to the next.", **width},
    }
    return {**_mapping(properties), "required": list(properties)}


def _inputs() -> Schema:
    """The inputs of a request: fields of a configuration, in JSON, where no text is a number."""
    fields = _schema_of(Configuration)["properties"]
    amount: Schema = {"type": "number", "minimum": 0}
    total: Schema = {"anyOf": [amount, {"const": "unlimited"}]}
    about = "The total allowance of the package in units a month, or `unlimited`"
    allowance: Schema = {"description": f"{about}; or those by meter.", **_or_by_meter(total)}
    inputs: dict[str, Schema] = {name: _in_json(fields[name]) for name in FIELDS}
    inputs[ALLOWANCE] = allowance
    inputs[DISCOUNT] = {
        "description": "The discount on usage of a rate card: 0.15, or `15%` as a text.",
        "anyOf": [{"type": "number", "maximum": 1}, pattern(r"[-+]?\d+(\.\d+)?%")],
    }
    inputs[RATES] = {
        "description": "Prices of one unit in place of rates, by meter, in currency.",
        **_or_by_meter(amount),
    }
    of_this_unit = {"description": f"{about}.", **total}
    return {**_mapping(inputs), "patternProperties": {r"^included_(?!units$)\w+s$": of_this_unit}}


def _or_by_meter(value: Schema) -> Schema:
    return {"anyOf": [*value.get("anyOf", [value]), by_meter(value)]}


def _in_json(field: Schema) -> Schema:
    numbers = [form for form in field.get("anyOf", ()) if form.get("type") != "string"]
    return {**field, "anyOf": numbers} if numbers else field
