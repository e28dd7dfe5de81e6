"""Replies to HTTP: with the tag by which a browser keeps them, or saying what went wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from cp_pricing.quotes.log.acting import (
    Actor,
    NotAllowedError,
    NotFoundError,
    QuoteError,
    StoreError,
)
from cp_pricing.web.assets import addresses
from cp_pricing.web.desk.drawing import drawn
from cp_pricing.web.problems import MEDIA_TYPE, Problem, RefusedError, refusal
from cp_pricing.web.service import Service, key_of
from cp_pricing.web.solving.answers import GoneError, Waiting

if TYPE_CHECKING:
    from starlette.requests import Request

    from cp_pricing.web.solving.tasks import Reply, Task

# Nobody reads it; servers log it for a client that went away.
_GONE: Final = 499
# Where customers are, who see nothing of the seller's side, whatever goes wrong.
OFFER_PATH: Final = "/offer/"
_AGAIN: Final = {"cache-control": "private, no-cache"}


def to_question(query: str) -> Response:
    """The page of another question."""
    return RedirectResponse(f"/ask?{query}", HTTPStatus.SEE_OTHER)


def unchanged(request: Request, task: Task) -> Response | None:
    """That a browser has what would come of a task, if it does: nothing is solved for that."""
    tag = _tag(task)
    if tag not in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag, **_AGAIN})


def replied(task: Task, reply: Reply | Waiting, media_type: str) -> Response:
    """What came of a task, with its tag if that lasts; or what it still looks for."""
    if isinstance(reply, Waiting):
        return PlainTextResponse(reply.doing, HTTPStatus.ACCEPTED)
    headers = {"etag": _tag(task), **_AGAIN} if reply.lasting else {}
    return Response(reply.body, media_type=media_type, headers=headers)


def _tag(task: Task) -> str:
    """A weak tag: the seconds that it took are not the same twice."""
    return f'W/"{key_of(task)}"'


def page(request: Request, template: str, code: int = HTTPStatus.OK, **values: object) -> Response:
    """A page for the seller, with what is wrong with the price book as it is in its files."""
    service: Service = request.app.state.service
    actor: Actor | None = getattr(request.state, "actor", None)
    # They quote the policy: where people sign in, they are for those who have.
    may_see_faults = service.store is None or actor is not None
    body = drawn(
        template,
        assets=addresses(),
        faults=service.shelf.shown_faults if may_see_faults else (),
        has_record=service.store is not None,
        actor=actor,
        **values,
    )
    return Response(body, code, media_type="text/html")


def refused(request: Request, error: Exception) -> Response:
    """Why there is no reply: a page for people, a part of one, or a document for programs."""
    if isinstance(error, GoneError):
        return Response(status_code=_GONE)
    if isinstance(error, QuoteError):
        error = _of_record(error)
    if isinstance(error, HTTPException):
        error = refusal(HTTPStatus(error.status_code), headers=dict(error.headers or {}))
    if not isinstance(error, RefusedError):
        error = refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong; it was logged")
    problem, path = error.problem, request.url.path
    if path == "/answer":
        body = drawn("refused.html.j2", title=problem.title, found=error.shown)
        return Response(body, problem.status, error.headers, "text/html")
    if path.startswith("/v1/") or path.endswith(".json"):
        document = problem.model_dump()
        return JSONResponse(document, problem.status, error.headers, MEDIA_TYPE)
    if path.startswith(OFFER_PATH):
        body = drawn("nothing.html.j2", assets=addresses(), title=problem.title)
        return Response(body, problem.status, error.headers, "text/html")
    if problem.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    found = page(request, "faulty.html.j2", problem.status, title=problem.title, found=error.shown)
    found.headers.update(error.headers)
    return found


_OF_RECORD: Final[dict[type[QuoteError], HTTPStatus]] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
}


def _of_record(error: QuoteError) -> RefusedError:
    """Why something cannot be done on record: every reason, and what to do instead."""
    kinds = (status for kind, status in _OF_RECORD.items() if isinstance(error, kind))
    status = next(kinds, HTTPStatus.CONFLICT)
    hint = error.hint
    problem = Problem(
        title=status.phrase,
        status=status.value,
        detail="; ".join(filter(None, [error.message, hint])),
    )
    return RefusedError(problem, shown=[*error.reasons, *([f"hint: {hint}"] if hint else [])])
