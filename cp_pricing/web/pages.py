"""The pages: a question's form with its answer, the answer alone, the result as JSON."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from constraints.text.source import InputError
from cp_pricing.quotes.log.acting import NotFoundError
from cp_pricing.quotes.log.number import understood as understood_number
from cp_pricing.web.assets import PREFIX, assets
from cp_pricing.web.desk.addresses import Pairs, pairs_of, query_of, question_of
from cp_pricing.web.desk.comparing import (
    KEPT,
    MOST_OFFERS,
    OF,
    OFFER,
    CompareTask,
    keeping,
    query_pairs,
)
from cp_pricing.web.desk.drawing import drawn
from cp_pricing.web.desk.forms import first_question, form_of, understood_of, with_plan
from cp_pricing.web.desk.work import DETAILS, AnswerTask, ResultTask
from cp_pricing.web.problems import RefusedError, faulty, refusal
from cp_pricing.web.replies import page, replied, to_question, unchanged
from cp_pricing.web.solving.answers import Speed, Waiting

if TYPE_CHECKING:
    from starlette.requests import Request

    from cp_pricing.web.desk.forms import Understood
    from cp_pricing.web.service import Service

# Whoever waits longer than so many seconds is told what for.
PATIENCE: Final = 1.0


class Pages:
    """The pages of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.routes = [
            Route("/", self.first),
            Route("/choose", self.choose),
            Route("/ask", self.ask),
            Route("/ask.json", self.result),
            Route("/answer", self.answer),
            Route("/compare", self.compare),
            Route(f"{PREFIX}{{name}}", asset),
        ]

    async def first(self, request: Request) -> Response:
        """What is asked before anybody asks."""
        del request
        return to_question(query_of(first_question(self._service.shelf.book)))

    async def choose(self, request: Request) -> Response:
        """A question about another plan."""
        try:
            question = question_of(request.query_params.multi_items())
            query = query_of(with_plan(self._service.shelf.book, question))
            return to_question(f"{query}{keeping(_kept(request), _of(request))}")
        except (InputError, KeyError):
            return to_question(str(request.query_params))  # the page says what is wrong

    async def ask(self, request: Request) -> Response:
        """A question with its answer, under the shortest address of both."""
        pairs = request.query_params.multi_items()
        if not {"plan", "profile"} & {key for key, _ in pairs}:
            return await self.first(request)
        try:
            understood = understood_of(self._service.shelf.book, question_of(pairs))
        except InputError as faults:
            raise faulty(faults) from None
        kept, of = _kept(request), _of(request)
        beside = [*((KEPT, query) for query in kept), *([(OF, of)] if of else [])]
        if [*pairs_of(understood.question), *beside] != pairs:
            return to_question(f"{query_of(understood.question)}{keeping(kept, of)}")
        return await self._page(request, understood)

    async def _page(self, request: Request, understood: Understood) -> Response:
        book, question = self._service.shelf.book, understood.question
        status = ""
        try:
            task = self._answer_task(request, pairs_of(question), "full")
            reply = await self._service.reply(request, task, Speed.IN_TURN, PATIENCE)
        except RefusedError as refused:
            shown = drawn("refused.html.j2", title=refused.problem.title, found=refused.shown)
        else:
            if isinstance(reply, Waiting):
                status = f"Looking for {reply.doing} …"
                shown = drawn("waiting.html.j2", doing=reply.doing, query=query_of(question))
            else:
                shown = reply.body
        return page(
            request,
            "ask.html.j2",
            form=form_of(book, understood),
            catalog=book.catalog.name,
            plan=book.configuration(question.plan).name,
            kept=_kept(request),
            of=_of(request),
            answer=shown.decode(),
            status=status,
        )

    async def answer(self, request: Request) -> Response:
        """The answer alone; 202 with what is still looked for if it takes longer."""
        params = request.query_params
        detail: Literal["rules", "full"] = "full" if params.get("detail") == "full" else "rules"
        task = self._answer_task(request, _asked(request), detail)
        if (same := unchanged(request, task)) is not None:
            return same
        speed = Speed.AT_ONCE if detail == "rules" else Speed.IN_TURN
        reply = await self._service.reply(request, task, speed, PATIENCE)
        return replied(task, reply, "text/html")

    def _answer_task(
        self, request: Request, pairs: Pairs, detail: Literal["rules", "full"]
    ) -> AnswerTask:
        return AnswerTask(
            digest=self._service.shelf.book.digest,
            pairs=tuple(pairs),
            detail=detail,
            by=request.query_params.get("by", ""),
            kept=_kept(request),
            of=_of(request),
            may_save=self._service.store is not None,
            seconds=self._service.settings.seconds,
        )

    async def compare(self, request: Request) -> Response:
        """Offers side by side."""
        queries = request.query_params.getlist(OFFER)[:MOST_OFFERS]
        if not queries:
            return await self.first(request)
        try:
            questions = tuple(tuple(query_pairs(query)) for query in queries)
        except InputError as faults:
            raise faulty(faults) from None
        book, seconds = self._service.shelf.book, self._service.settings.seconds
        task = CompareTask(book.digest, questions, seconds)
        reply = await self._service.reply(request, task, Speed.IN_TURN)
        shown = "" if isinstance(reply, Waiting) else reply.body.decode()
        return page(request, "compare.html.j2", catalog=book.catalog.name, answer=shown)

    async def result(self, request: Request) -> Response:
        """The result of a question as JSON."""
        asked = request.query_params.get("detail", "full")
        detail = next((one for one in DETAILS if one == asked), None)
        if detail is None:
            raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"`detail` is {' or '.join(DETAILS)}")
        digest, seconds = self._service.shelf.book.digest, self._service.settings.seconds
        task = ResultTask(digest, tuple(_asked(request)), detail, seconds)
        if (same := unchanged(request, task)) is not None:
            return same
        reply = await self._service.reply(request, task, Speed.IN_TURN)
        return replied(task, reply, "application/json")


def _asked(request: Request) -> Pairs:
    """The question of an address, in the order in which all have it; raises `RefusedError`."""
    try:
        return pairs_of(question_of(request.query_params.multi_items()))
    except InputError as faults:
        raise faulty(faults) from None


def _kept(request: Request) -> tuple[str, ...]:
    """The offers that are kept beside a question, each once; what is none is dropped."""
    kept = dict[str, None]()
    for query in request.query_params.getlist(KEPT):
        with contextlib.suppress(InputError):
            kept[urlencode(query_pairs(query))] = None
    return tuple(kept)[: MOST_OFFERS - 1]


def _of(request: Request) -> str:
    """The number of the quote whose next version is asked for; what is none is dropped."""
    with contextlib.suppress(NotFoundError):
        return understood_number(request.query_params.get(OF, ""))[0]
    return ""


async def asset(request: Request) -> Response:
    """A style or a script; its address is another once it is another."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise refusal(HTTPStatus.NOT_FOUND)
    forever = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media_type, headers=forever)
