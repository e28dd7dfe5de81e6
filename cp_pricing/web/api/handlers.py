"""What the API does with each request."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeVar

from starlette.responses import Response

from constraints.text.source import InputError
from cp_pricing.web.api.books import books
from cp_pricing.web.api.jobs import MOST_REQUESTS, Batches
from cp_pricing.web.api.work import ExplainTask, SideBySideTask, SolveTask, requests_of
from cp_pricing.web.desk.work import DETAILS, Detail
from cp_pricing.web.problems import faulty, refusal
from cp_pricing.web.replies import replied
from cp_pricing.web.solving.answers import Speed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from cp_pricing.web.service import Service
    from cp_pricing.web.solving.tasks import Task

JSON = "application/json"
READERS: tuple[Literal["seller", "customer"], ...] = ("seller", "customer")
Choice = TypeVar("Choice", bound=str)


class Handlers:
    """The handlers of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.batches = Batches(service)

    async def books(self, request: Request) -> Response:
        """The price books that are served."""
        del request
        return Response(books(self._service.shelf).model_dump_json(), media_type=JSON)

    async def solve(self, request: Request) -> Response:
        """Requests and their results."""
        detail = _chosen(request, "detail", DETAILS, "rules")
        text, seconds = await body_text(request), self._seconds(request)
        return await self._done(request, SolveTask(self._digest, text, detail, seconds))

    async def explain(self, request: Request) -> Response:
        """One request in words."""
        reader = _chosen(request, "for", READERS, "seller")
        text, seconds = await body_text(request), self._seconds(request)
        return await self._done(request, ExplainTask(self._digest, text, reader, seconds))

    async def compare(self, request: Request) -> Response:
        """Offers side by side."""
        text, seconds = await body_text(request), self._seconds(request)
        return await self._done(request, SideBySideTask(self._digest, text, seconds))

    async def begin(self, request: Request) -> Response:
        """A new job."""
        detail: Detail = _chosen(request, "detail", DETAILS, "decision")
        text, seconds = await body_text(request), self._seconds(request)
        try:
            requests = requests_of(self._service.shelf.book, text, MOST_REQUESTS)
        except InputError as faults:
            raise faulty(faults) from None
        batch = self.batches.begin(requests, detail, seconds)
        where = {"location": f"/v1/jobs/{batch.id}"}
        document = batch.document(in_full=False)
        return Response(document, HTTPStatus.ACCEPTED, where, JSON)

    async def jobs(self, request: Request) -> Response:
        """All jobs that are kept."""
        del request
        return Response(self.batches.document(), media_type=JSON)

    async def job(self, request: Request) -> Response:
        """How far a job is, with its results once it is done."""
        batch = self.batches.get(request.path_params["id"])
        return Response(batch.document(in_full=True), media_type=JSON)

    async def stop(self, request: Request) -> Response:
        """End a job, and forget it."""
        self.batches.stop(request.path_params["id"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @property
    def _digest(self) -> str:
        return self._service.shelf.book.digest

    def _seconds(self, request: Request) -> float:
        """The time that a request asks for, at most that of the server."""
        given = request.query_params.get("time_limit")
        if given is None:
            return self._service.settings.seconds
        try:
            seconds = float(given)
        except ValueError:
            seconds = math.nan
        if not (math.isfinite(seconds) and seconds > 0):
            raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "`time_limit` must be seconds above 0")
        return min(seconds, self._service.settings.seconds)

    async def _done(self, request: Request, task: Task) -> Response:
        return replied(task, await self._service.reply(request, task, Speed.IN_TURN), JSON)


def _chosen(request: Request, name: str, words: Sequence[Choice], otherwise: Choice) -> Choice:
    given = request.query_params.get(name, otherwise)
    for word in words:
        if word == given:
            return word
    raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"`{name}` must be {' or '.join(words)}")


async def body_text(request: Request) -> str:
    """The body, which must be JSON: no form of a page elsewhere can send that."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send `{JSON}`")
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        words = f"byte {error.start + 1} of the body is not UTF-8"
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, words) from None
