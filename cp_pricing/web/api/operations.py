"""One table of what the API does: its routes are made of it, and so is its description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from constraints.text.source import InputError, Issue, Span
from cp_pricing.files.scalars import quoted
from cp_pricing.web.problems import faulty, unknown_key

if TYPE_CHECKING:
    from pydantic import BaseModel

QUERY: Final = "query"  # the name of the file whose columns faults of a query have
Schema: TypeAlias = dict[str, Any]
# The documents that bodies are, by what they are called here.
Body: TypeAlias = Literal["", "requests", "act"]
# What has the handlers; a table of some is one of operations of nothing in particular.
Owner_contra = TypeVar("Owner_contra", contravariant=True)
Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an address can say beside its path."""

    name: str
    description: str
    schema: Schema
    where: Literal["query", "path"] = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply that is no refusal: its status and, if it has a body, the model of that.

    `links` are operations on what it has the id of.
    """

    status: HTTPStatus
    description: str
    model: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation(Generic[Owner_contra]):
    """One thing that can be done; `body` is the document that it takes, if it takes one."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Callable[[Owner_contra, Request], Awaitable[Response]]
    outcomes: tuple[Outcome, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body = ""


def routes_of(operations: Sequence[Operation[Owner]], handlers: Owner) -> list[Route]:
    """The routes of a table: one for each path, which knows all its methods."""
    by_path: dict[str, dict[str, Operation[Owner]]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return [
        Route(path, partial(_handled, handlers, of), methods=list(of))
        for path, of in by_path.items()
    ]


async def _handled(
    handlers: Owner, of: Mapping[str, Operation[Owner]], request: Request
) -> Response:
    operation = of["GET" if request.method == "HEAD" else request.method]
    issues = list(_faults_of(request.url.query, operation.parameters))
    if issues:
        raise faulty(InputError(issues, {QUERY: request.url.query}))
    return await operation.handler(handlers, request)


def _faults_of(query: str, parameters: Sequence[Parameter]) -> Iterator[Issue]:
    """Keys of a query that an operation does not take, or not twice."""
    known = {one.name: one.schema for one in parameters if one.where == "query"}
    seen = set[str]()
    column = 1
    for pair in query.split("&"):
        written = pair.partition("=")[0]
        key, span = unquote_plus(written), Span(QUERY, 1, column, 1, column + len(written))
        column += len(pair) + 1
        if not pair:
            continue
        if key not in known:
            yield unknown_key(key, span, known)
        elif key in seen and known[key].get("type") != "array":
            yield Issue(span, f"{quoted(key)} is given twice", "remove one of them")
        seen.add(key)
