"""The API of the record: quotes saved, found, signed, sent and verified by programs."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args

from pydantic import Field, ValidationError
from starlette.responses import Response

from constraints.text.json_nodes import parse_json
from constraints.text.nodes import Mapping
from constraints.text.source import InputError
from cp_pricing.quotes import approvals, links, record
from cp_pricing.quotes.documents import QuoteDocument, preview_document, quote_document
from cp_pricing.quotes.history import STATUSES
from cp_pricing.quotes.record import Search, Terms
from cp_pricing.results import SCHEMA_VERSION, Decision
from cp_pricing.web.api.documents import Document
from cp_pricing.web.api.handlers import JSON, body_text
from cp_pricing.web.api.work import BODY
from cp_pricing.web.problems import faulty, refusal, unknown_key
from cp_pricing.web.record.clerk import Clerk, of_quote
from cp_pricing.web.record.forms import age, day, place

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from cp_pricing.quotes.history import Quote
    from cp_pricing.quotes.record import Desk
    from cp_pricing.web.service import Service

DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
Word = TypeVar("Word", bound=str)


class QuotesDocument(Document):
    """Quotes that were found, those first that something happened to last.

    There may be more `before` this entry of the log, if it is one.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    quotes: tuple[QuoteDocument, ...]
    before: int | None


class ActDocument(Document):
    """What is said beside what is done; what is empty is not said."""

    version: str = Field("", description="Which version is signed or refused: `Q-2026-0042.2`.")
    comment: str = ""
    until: date | None = Field(None, description="The last day of a signature, a question, a link.")


class MadeDocument(Document):
    """A link for the customer: its id, and its address, which is told this once."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: str
    address: str


class QuoteHandlers:
    """The handlers of the record."""

    def __init__(self, service: Service) -> None:
        self._service, self._clerk = service, Clerk(service)

    async def quotes(self, request: Request) -> Response:
        """Quotes that are looked for."""
        now, search = self._service.now(), _search(request)
        before = place(request.query_params.get("before", ""), "before")
        found = await self._clerk.found(search, now, before)
        document = QuotesDocument(
            quotes=tuple(quote_document(each, now) for each in found.quotes), before=found.before
        )
        return Response(document.model_dump_json(), media_type=JSON)

    async def save(self, request: Request) -> Response:
        """A new quote, or the next version of one."""
        params = request.query_params
        terms = Terms(
            day(params.get("valid_until", ""), "valid_until"),
            owner=params.get("owner", ""),
            note=params.get("note", ""),
        )
        text = await body_text(request)
        quote = await self._clerk.save(request, (), text, terms, params.get("number", ""))
        where = {"location": f"/v1/quotes/{quote.number}"}
        return self._told(quote, HTTPStatus.CREATED, where)

    async def preview(self, request: Request) -> Response:
        """Who would have to sign, before anything is saved."""
        number = request.query_params.get("number", "")
        found = await self._clerk.previewed((), await body_text(request), number)
        return Response(preview_document(found).model_dump_json(), media_type=JSON)

    async def quote(self, request: Request) -> Response:
        """A quote with its versions."""
        number = request.path_params["number"]
        return self._told(await self._clerk.read(lambda store: record.quote(store, number)))

    async def result(self, request: Request) -> Response:
        """What the latest version of a quote answered, as it is kept."""
        _, which = await self._clerk.read(
            lambda store: record.version(store, request.path_params["number"])
        )
        solved = await self._clerk.read(lambda store: record.contents(store, which))
        return Response(solved.result.model_dump_json(), media_type=JSON)

    async def ask(self, request: Request) -> Response:
        """Ask for the signatures."""
        number, said = request.path_params["number"], await _act(request)
        return await self._did(request, lambda desk: approvals.ask(desk, number, until=said.until))

    async def sign(self, request: Request) -> Response:
        """Sign a version."""
        name, said = await _versioned(request)
        return await self._did(
            request, lambda desk: approvals.sign(desk, name, comment=said.comment, until=said.until)
        )

    async def refuse(self, request: Request) -> Response:
        """Refuse a version."""
        name, said = await _versioned(request)
        return await self._did(
            request, lambda desk: approvals.refuse(desk, name, comment=said.comment)
        )

    async def send(self, request: Request) -> Response:
        """Let the customer's links show the latest version."""
        await _act(request)
        return self._told(await self._clerk.send(request, request.path_params["number"]))

    async def withdraw(self, request: Request) -> Response:
        """End a quote."""
        number, said = request.path_params["number"], await _act(request)
        return await self._did(
            request, lambda desk: record.withdraw(desk, number, comment=said.comment)
        )

    async def withdraw_asking(self, request: Request) -> Response:
        """Ask for signatures no longer."""
        number, _ = request.path_params["number"], await _act(request)
        return await self._did(request, lambda desk: approvals.withdraw_asking(desk, number))

    async def withdraw_signature(self, request: Request) -> Response:
        """Take back what an approver has signed."""
        number, said = request.path_params["number"], await _act(request)
        return await self._did(
            request,
            lambda desk: approvals.withdraw_signature(desk, number, comment=said.comment),
        )

    async def link(self, request: Request) -> Response:
        """A link for the customer."""
        number, said = request.path_params["number"], await _act(request)
        if said.until is None:
            raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "`until` must be a day like 2027-03-31")
        made = await self._clerk.link(request, number, said.until)
        address = f"{request.base_url}offer/{made.token}"
        document = MadeDocument(id=made.id, address=address)
        return Response(document.model_dump_json(), HTTPStatus.CREATED, media_type=JSON)

    async def unlink(self, request: Request) -> Response:
        """Withdraw a link."""
        number, id_ = request.path_params["number"], request.path_params["id"]
        await self._clerk.did(request, lambda desk: links.withdraw_link(desk, number, id_))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def verify(self, request: Request) -> Response:
        """Solve a quote again."""
        await _act(request)
        found = await self._clerk.verified(request.path_params["number"])
        return Response(found, media_type=JSON)

    async def _did(self, request: Request, act: Callable[[Desk], Quote]) -> Response:
        return self._told(await self._clerk.did(request, act))

    def _told(
        self, quote: Quote, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
    ) -> Response:
        document = quote_document(quote, self._service.now())
        return Response(document.model_dump_json(), status, headers, JSON)


async def _act(request: Request) -> ActDocument:
    """What is said beside an act; a body may be empty."""
    if not await request.body():
        return ActDocument.model_validate({})
    text = await body_text(request)
    root, issues = parse_json(text, BODY)
    known, keys = ActDocument.model_fields, root.keys if isinstance(root, Mapping) else {}
    issues += [unknown_key(k.text, k.span, known) for k in keys.values() if k.text not in known]
    if issues:
        raise faulty(InputError(issues, {BODY: text}))
    try:
        return ActDocument.model_validate_json(text)
    except ValidationError as error:
        told = "; ".join(
            f"`{'.'.join(map(str, one['loc']))}`: {one['msg'].lower()}" for one in error.errors()
        )
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, told) from None


async def _versioned(request: Request) -> tuple[str, ActDocument]:
    """Which version is meant, which must be said: it may be superseded by the time it is read."""
    said = await _act(request)
    if not said.version:
        words = "`version` must say which one, such as Q-2026-0042.2"
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, words)
    return of_quote(request.path_params["number"], said.version), said


def _search(request: Request) -> Search:
    params = request.query_params
    days = params.get("newer_than", "")
    if days and age(days) is None:
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "`newer_than` must be a number of days")
    return Search(
        text=params.get("search", ""),
        owner=params.get("owner", ""),
        statuses=_words(params.getlist("status"), "status", STATUSES),
        decisions=_words(params.getlist("decision"), "decision", DECISIONS),
        newer_than=age(days),
    )


def _words(given: list[str], name: str, known: tuple[Word, ...]) -> tuple[Word, ...]:
    unknown = set(given) - set(known)
    if unknown:
        words = f"`{name}` must be {' or '.join(known)}"
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, words)
    return tuple(word for word in known if word in given)
