"""One table of what the API does: its routes are made of it, and so is its description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from starlette.routing import Route

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request
    from starlette.responses import Response

    from cp_pricing.web.api.handlers import Handlers

Handler: TypeAlias = "Callable[[Handlers, Request], Awaitable[Response]]"
Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an address can say beside its path."""

    name: str
    description: str
    schema: Schema
    where: Literal["query", "path"] = "query"


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
class Operation:
    """One thing that can be done; `body` tells whether it takes a document with requests."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Handler
    outcomes: tuple[Outcome, ...]
    parameters: tuple[Parameter, ...] = ()
    body: bool = False


def routes_of(operations: Sequence[Operation], handlers: Handlers) -> list[Route]:
    """The routes of a table: one for each path, which knows all its methods."""
    by_path: dict[str, dict[str, Handler]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each.handler
    return [
        Route(path, partial(_handled, handlers, of), methods=list(of))
        for path, of in by_path.items()
    ]


async def _handled(handlers: Handlers, of: Mapping[str, Handler], request: Request) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    return await of[method](handlers, request)
