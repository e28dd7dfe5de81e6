"""The description of the API, OpenAPI 3.1, of tables of operations and their models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, Never

from pydantic.json_schema import models_json_schema

from cp_pricing.authoring.schemas import schema
from cp_pricing.files.texts import REQUESTS
from cp_pricing.web.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

    from cp_pricing.web.api.operations import Operation, Outcome, Schema

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{model}"
_REQUESTS: Final = "Requests"
BODIES: Final = {"requests": _REQUESTS, "act": "ActDocument"}
# Of the pilot.
_EXAMPLE: Final = {
    "requests": [
        {
            "id": "two-years",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": {"contract_duration_months": 24, "prepaid_amount": 1200},
            "approval_mode": "allow_approval",
        }
    ]
}
_ABOUT: Final = (
    "Exact prices from a price book: each answer is proven and says why it is not better. Numbers"
    " are decimal strings. What cannot be understood is refused with every fault and its place, as"
    " problem+json (RFC 9457). An ETag stands for the digest of the price book and the request."
)


def description(operations: Sequence[Operation[Never]], *bodies: type[BaseModel]) -> Schema:
    """The whole description; `bodies` are the models of documents that are sent."""
    models = {outcome.model: None for each in operations for outcome in each.outcomes}
    paths = {
        path: {each.method.lower(): _operation(each) for each in alike}
        for path, alike in groupby(operations, key=lambda each: each.path)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "cp-pricing", "version": VERSION, "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": _schemas([*(model for model in models if model), *bodies])},
    }


def _schemas(models: Sequence[type[BaseModel]]) -> Schema:
    wanted = [(model, "serialization") for model in (*models, Problem)]
    _, found = models_json_schema(wanted, ref_template=_REF)  # type: ignore[arg-type]
    return dict(sorted({**found["$defs"], **_request_schemas()}.items()))


def _request_schemas() -> Schema:
    """The schema of a file of requests, its parts beside it."""
    written = json.dumps(schema(REQUESTS)).replace("#/$defs/", _REF.format(model=""))
    whole: Schema = json.loads(written)
    parts: Schema = whole.pop("$defs", {})
    return {**parts, _REQUESTS: {key: whole[key] for key in whole if key != "$schema"}}


def _operation(operation: Operation[Never]) -> Schema:
    described: Schema = {"operationId": operation.name, "summary": operation.summary}
    if operation.parameters:
        described["parameters"] = [
            {
                "name": one.name,
                "in": one.where,
                "required": one.required or one.where == "path",
                "description": one.description,
                "schema": one.schema,
            }
            for one in operation.parameters
        ]
    if operation.body:
        described["requestBody"] = _body(operation)
    described["responses"] = {**dict(_outcomes(operation)), "default": _refusal()}
    return described


def _body(operation: Operation[Never]) -> Schema:
    """The document that an operation takes; what is said beside an act may be nothing."""
    is_needed = operation.body == "requests"
    of: Schema = {"schema": {"$ref": _REF.format(model=BODIES[operation.body])}}
    if is_needed:
        of["example"] = _EXAMPLE
    return {"required": is_needed, "content": {"application/json": of}}


def _outcomes(operation: Operation[Never]) -> Iterator[tuple[str, Schema]]:
    by_status = groupby(operation.outcomes, key=lambda outcome: outcome.status)
    for status, alike in by_status:
        outcomes = list(alike)
        reply: Schema = {"description": " ".join(one.description for one in outcomes)}
        refs = [{"$ref": _REF.format(model=one.model.__name__)} for one in outcomes if one.model]
        if refs:
            one_of = refs[0] if len(refs) == 1 else {"anyOf": refs}
            reply["content"] = {"application/json": {"schema": one_of}}
        if headers := dict(_headers(outcomes)):
            reply["headers"] = headers
        if links := {name: _link(name) for one in outcomes for name in one.links}:
            reply["links"] = links
        yield str(status.value), reply


def _link(operation: str) -> Schema:
    """Another operation, on what a reply has the id of."""
    return {"operationId": operation, "parameters": {"id": "$response.body#/id"}}


def _headers(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Schema]]:
    for outcome in outcomes:
        yield from ((name, {"schema": {"type": "string"}}) for name in outcome.headers)


def _refusal() -> Schema:
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}}
    return {"description": "It is refused; the problem says why.", "content": content}
