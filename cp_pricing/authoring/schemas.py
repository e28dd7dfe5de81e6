"""JSON Schema of the four files, for editors that complete and check as one types.

A schema knows shapes, not meanings: names, dimensions and what lies between two files are for
`policy check`. Keys, and which of them must be there, are those of the models.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from cp_pricing.book.catalog import Allowance, Catalog, Configuration
from cp_pricing.book.formulas import Definition, Parameter
from cp_pricing.book.policy import AppliesTo, LtvPolicy, Policy, Rule
from cp_pricing.book.profiles import (
    Cohort,
    ConstantRetention,
    CurveRetention,
    PriceBand,
    Profile,
    Profiles,
    SbgRetention,
    UsageScenario,
)
from cp_pricing.book.requests import RequestFile, TuningRequest
from cp_pricing.book.tunables import TUNABLE_FIELDS, Values
from cp_pricing.fields import INPUT_FIELDS
from cp_pricing.files.models import Model, file_keys
from cp_pricing.files.texts import CATALOG, POLICY, PROFILES, REQUESTS

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# As YAML 1.2 reads them, `20_000_000` and `35%` are texts.
_DIGITS = r"\d+(_\d+)*(\.(\d+(_\d+)*)?)?([eE][-+]?\d+)?"


def _number(description: str, *, least: int | None = 0, above: bool = False) -> Schema:
    """A number that is never a percentage."""
    number: Schema = {"type": "number"}
    if least is not None:
        number["exclusiveMinimum" if above else "minimum"] = least
    sign = "" if least is not None else "[-+]?"
    text = {"type": "string", "pattern": f"^{sign}{_DIGITS}$"}
    return {"description": description, "anyOf": [number, text]}


def _ratio(description: str, *, share: bool = False) -> Schema:
    """A ratio, or a share of at most 1, perhaps as a percentage."""
    number: Schema = {"type": "number", "minimum": 0}
    if share:
        number["maximum"] = 1
    text = {"type": "string", "pattern": f"^{_DIGITS}%?$"}
    return {"description": description, "anyOf": [number, text]}


def _text(description: str) -> Schema:
    return {"description": description, "type": "string", "minLength": 1}


def _identifier(description: str) -> Schema:
    return {"description": description, "type": "string", "pattern": r"^\w[\w.-]*$"}


def _flag(description: str) -> Schema:
    return {"description": description, "type": "boolean"}


def _choice(description: str, *words: str) -> Schema:
    return {"description": description, "enum": list(words)}


def _list(description: str, item: Schema, least: int = 0) -> Schema:
    found: Schema = {"description": description, "type": "array", "items": item}
    return {**found, "minItems": least} if least else found


def _ids(description: str, least: int = 0) -> Schema:
    return {**_list(description, _identifier("An id."), least), "uniqueItems": True}


def _expression(description: str) -> Schema:
    return {"description": description, "type": ["string", "number", "boolean"]}


def _constant(description: str) -> Schema:
    return {"description": description, "type": ["string", "number"]}


def _part(model: type[Model], description: str = "") -> Schema:
    """A mapping that a model reads."""
    found: Schema = {"$ref": f"#/$defs/{model.__name__}"}
    return {"description": description, **found} if description else found


def _parts(model: type[Model], description: str, least: int = 0) -> Schema:
    return _list(description, _part(model), least)


def _named(model: type[Model], value: Schema, description: str) -> Schema:
    """Names with their values, each alone or with a description."""
    either = {"anyOf": [value, _part(model)]}
    names = {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
    return {
        "description": description,
        "type": "object",
        "propertyNames": names,
        "additionalProperties": either,
    }


_UNITS = "Units a month"
_EFFECT = _choice(
    "What follows where the condition fails: `reject` (nobody can waive it; the default), "
    "`approval` (its approver can), `warn` (it only shows).",
    "reject",
    "approval",
    "warn",
)
_APPROVER = _text("One of the approvers; for the effect `approval`, and only for it.")
_ALLOWANCE = {
    "description": "The allowance, in units a month: a number for the customer, `{per_member: N}` "
    "times the profile's members, or `unlimited`.",
    "anyOf": [_number(_UNITS), {"const": "unlimited"}, _part(Allowance)],
}
_FEES = {
    "platform_fee": _number("Flat recurring fee, in currency a month."),
    "seat_fee": _number("Fee for each member, in currency a month."),
    "usage_unit_price": _number("Price of each unit beyond the allowance, in currency."),
}
_TERMS = {
    "contract_duration_months": {
        "description": "The term in months, from 1 to 100,000; 1 is month to month.",
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 100_000},
            {"type": "string", "pattern": r"^\d+(_\d+)*$"},
        ],
    },
    "minimum_monthly_turnover": _number(
        "Minimum commitment, in currency a month; the fees count toward it."
    ),
    "prepaid_amount": _number("Paid at signing, drawn down evenly over the term, in currency."),
    "guaranteed_platform_fee": _number(
        "Due for the whole term even after the customer has left, in currency a month."
    ),
    "customer_funded_onboarding": _flag("The customer pays for the onboarding."),
    "reduced_cancellation_flexibility": _flag("The customer gives up early cancellation."),
}


def _bounds(field: str) -> Schema:
    """The bounds that a field may have."""
    listed: Schema = {"$ref": "#/$defs/Values"}
    if field in {"customer_funded_onboarding", "reduced_cancellation_flexibility"}:
        choices: list[Schema] = [listed]
    elif field == "usage_unit_price":
        choices = [_grid("tick")]
    else:
        choices = [_grid("step"), listed]
    about = f"The values of `{field}` that a customer may ask for."
    return {"description": about, "anyOf": choices}


def _grid(step: str) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["min", "max", step],
        "properties": {
            "min": _number("The least value."),
            "max": _number("The greatest value, a whole number of steps above the least."),
            step: _number("The step from one value to the next.", above=True),
        },
    }


_TUNABLE = {
    "description": "The fields that a customer may tune, and how far.",
    "type": "object",
    "additionalProperties": False,
    "properties": {field: _bounds(field) for field in TUNABLE_FIELDS},
}
_RETENTION = {
    "description": "Who leaves when: one of three models.",
    "oneOf": [_part(model) for model in (ConstantRetention, SbgRetention, CurveRetention)],
}
_NUMBER_OR_UNLIMITED = {
    "anyOf": [{"type": "number", "minimum": 0}, {"const": "unlimited"}],
    "description": "The total allowance of the package in units a month, or `unlimited`.",
}


def _in_json(schema: Schema) -> Schema:
    """A value of JSON, where a number is never a text."""
    numbers = [item for item in schema.get("anyOf", ()) if item["type"] != "string"]
    return {**schema, "anyOf": numbers} if numbers else schema


_INPUT: dict[str, Schema] = {
    **{name: _in_json(term) for name, term in _TERMS.items()},
    "included_units": _NUMBER_OR_UNLIMITED,
}

PROPERTIES: dict[type[Model], dict[str, Schema]] = {
    Catalog: {
        "catalog": _text("The catalog's name."),
        "currency": {
            "description": "ISO 4217 code, such as EUR.",
            "type": "string",
            "pattern": "^[A-Z]{3}$",
        },
        "unit": {
            "description": "What usage is counted in, one word in the singular: token, request.",
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_]*$",
        },
        "quote_per": _number("How many units a usage price is shown for.", above=True),
        "configurations": _parts(Configuration, "The plans on sale, at least one.", 1),
    },
    Configuration: {
        "id": _identifier("By which requests and policies name it."),
        "name": _text("For people."),
        "available_to": _ids("Ids of the profiles that can have it; without it, all.", 1),
        **_FEES,
        **_TERMS,
        "included_units": _ALLOWANCE,
        "tunable": _TUNABLE,
    },
    Allowance: {
        "per_customer": _number(f"{_UNITS} for the customer."),
        "per_member": _number(f"{_UNITS} for each member."),
    },
    Values: {
        "values": _list(
            "The values, each once.",
            {"type": ["number", "string", "boolean"]},
            1,
        )
    },
    Profiles: {"profiles": _parts(Profile, "The profiles, at least one.", 1)},
    Profile: {
        "id": _identifier("By which requests and catalogs name it."),
        "members_per_customer": _number("Seats that a customer pays for.", above=True),
        "cohort": _part(Cohort, "Where the profile comes from."),
        "monthly_usage": _parts(UsageScenario, "Customer-months; the weights sum to 1.", 1),
        "retention": _RETENTION,
        "in_term_churn_multiplier": _ratio("Factor on churn while under contract."),
        "reduced_flexibility_churn_multiplier": _ratio(
            "A further factor, under contract, with reduced cancellation flexibility."
        ),
        "price_response": _parts(
            PriceBand, "How churn answers to the bill: bands, the last without a limit.", 1
        ),
        "variable_cost_per_unit": _number("Cost of each unit used, in currency."),
        "service_cost_per_month": _number("Cost of serving one customer, in currency a month."),
        "payment_cost_rate": _ratio("What collecting the bill costs, a share of it.", share=True),
        "onboarding_cost": _number("Once, unless the customer pays for it, in currency."),
        "acquisition_cost": _number("Once, in currency."),
    },
    Cohort: {
        "customers": {
            "description": "How many customers; below 30, results carry a warning.",
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\d+(_\d+)*$"},
            ],
        },
        "as_of": _text("The day of the figures."),
        "source": _text("Where the figures are from."),
    },
    UsageScenario: {
        "weight": _ratio("The share of customer-months with this use.", share=True),
        "units": _number("The units used in such a month."),
    },
    ConstantRetention: {
        "model": {"const": "constant", "description": "The same share leaves every month."},
        "monthly_churn": _ratio("The share that leaves in a month.", share=True),
    },
    SbgRetention: {
        "model": {"const": "sbg", "description": "Shifted-beta-geometric (Fader & Hardie 2007)."},
        "alpha": _number("Customers' own churn is Beta(alpha, beta).", above=True),
        "beta": _number("Customers' own churn is Beta(alpha, beta).", above=True),
    },
    CurveRetention: {
        "model": {"const": "curve", "description": "Shares that are still there, by month."},
        "survival": _list(
            "The shares still there after 0, 1, 2, ... months: starts at 1, never rises.",
            _ratio("A share.", share=True),
            2,
        ),
    },
    PriceBand: {
        "bill_ratio_up_to": _ratio("The band's limit, of the bill over the baseline's."),
        "churn_multiplier": _ratio("The factor on churn."),
    },
    Policy: {
        "policy": _text("The policy's name."),
        "extends": _text("The policy that this one changes: a path from the folder of this file."),
        "disable": _ids("Ids of rules of that policy that are left out."),
        "approvers": {
            **_list("Who may waive rules, from the lowest level up.", _text("A name.")),
            "uniqueItems": True,
        },
        "parameters": _named(
            Parameter,
            _constant("A constant: a number with its unit, like `12 months`, or a percentage."),
            "Names for constants.",
        ),
        "define": _named(
            Definition,
            _expression("An expression over fields, parameters and other definitions."),
            "Names for expressions, which may use one another but not in a circle.",
        ),
        "ltv": _part(LtvPolicy, "How lifetime value is measured, and what a deal must reach."),
        "rules": _parts(Rule, "The rules, in the order in which they are reported."),
    },
    Parameter: {
        "value": _constant("A number with its unit, like `12 months`, or a percentage."),
        "description": _text("What it stands for."),
    },
    Definition: {
        "value": _expression("An expression over fields, parameters and other definitions."),
        "description": _text("What it stands for."),
    },
    LtvPolicy: {
        "horizon_months": {
            "description": "Over how many months a customer's worth is counted, 1 to 1,200.",
            "type": "integer",
            "minimum": 1,
            "maximum": 1_200,
        },
        "annual_discount_rate": _ratio("A share a year.", share=True),
        "min_improvement_rate": _ratio(
            "How far above the best reference plan a deal must be worth, a share.", share=True
        ),
        "min_improvement_amount": _constant("How much on top of that, like `10 USD`."),
        "effect": _EFFECT,
        "approver": _APPROVER,
    },
    Rule: {
        "id": _identifier("By which reports name it."),
        "applies_to": _part(AppliesTo, "The deals that the rule is for; without it, all."),
        "when": _expression("A condition; where it is false, the rule does not apply."),
        "require": _expression("The condition that a deal must meet."),
        "effect": _EFFECT,
        "approver": _APPROVER,
        "description": _text("What the rule is for, in one sentence; explanations quote it."),
        "owner": _text("Who answers for it."),
    },
    AppliesTo: {
        "configurations": _ids("Ids of the configurations that a deal may start from.", 1),
        "profiles": _ids("Ids of the profiles that a customer may have.", 1),
    },
    RequestFile: {
        "$schema": _text("The schema of this file, for editors."),
        "requests": _parts(TuningRequest, "The requests, at least one.", 1),
    },
    TuningRequest: {
        "id": _identifier("By which results name it."),
        "configuration": _identifier("The plan to start from: the baseline."),
        "profile": _identifier("The customers to compare with."),
        "inputs": {
            "description": "The fields that the customer asks for; the others stay as they are.",
            "type": "object",
            "properties": {name: _INPUT[name] for name in INPUT_FIELDS},
            "patternProperties": {r"^included_\w+s$": _NUMBER_OR_UNLIMITED},
            "additionalProperties": False,
        },
        "preference": _choice(
            "The lowest usage price (the default), or the highest lifetime value.",
            "lower_usage_price",
            "seller_ltv",
        ),
        "approval_mode": _choice(
            "Whether exceptions may be approved; by default they may not.",
            "self_serve_only",
            "allow_approval",
        ),
        "open": {
            **_list(
                "Fields that the solver may choose within their bounds, besides the price.",
                {"type": "string", "pattern": f"^({'|'.join(INPUT_FIELDS)}|included_\\w+s)$"},
            ),
            "uniqueItems": True,
        },
    },
}
# What a policy that extends another may leave to it.
_INHERITED: dict[type[Model], tuple[str, ...]] = {
    Policy: ("policy", "ltv"),
    Rule: ("require",),
    Parameter: ("value",),
    Definition: ("value",),
    LtvPolicy: ("horizon_months", "annual_discount_rate"),
}
_APPROVED = {
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
ROOTS: dict[str, type[Model]] = {
    CATALOG: Catalog,
    PROFILES: Profiles,
    POLICY: Policy,
    REQUESTS: RequestFile,
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
    parts = [model for model in PROPERTIES if model in _reached(root)]
    found: Schema = {"$schema": DIALECT, "title": file, **_object(root)}
    found["$defs"] = {part.__name__: _object(part) for part in parts if part is not root}
    return {**found, **_WHOLE} if root is Policy else found


def _object(model: type[Model]) -> Schema:
    """A model as a mapping of its keys."""
    about = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    required = [key for key in _required(model) if key not in _INHERITED.get(model, ())]
    found: Schema = {"description": about, "type": "object", "additionalProperties": False}
    if required:
        found["required"] = required
    if model in {Allowance, AppliesTo}:
        found["minProperties"] = 1
    return {**found, "properties": PROPERTIES[model]}


def _required(model: type[Model]) -> list[str]:
    """The keys that must be there, as a file spells them."""
    if model in {ConstantRetention, SbgRetention, CurveRetention}:
        return sorted(file_keys(model))
    fields = model.model_fields.items()
    return [str(f.validation_alias or name) for name, f in fields if f.is_required()]


def _reached(root: type[Model]) -> set[type[Model]]:
    """The models that a model's properties refer to, in any depth."""
    by_name = {model.__name__: model for model in PROPERTIES}
    found: set[type[Model]] = set()
    waiting = [root]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [by_name[name] for name in _references(PROPERTIES[model])]
    return found


def _references(value: object) -> set[str]:
    match value:
        case {"$ref": str(target)}:
            return {target.rpartition("/")[2]}
        case dict():
            return set().union(*map(_references, value.values()))
        case list():
            return set().union(*map(_references, value))
        case _:
            return set()
