"""The desk's pages of the record: quotes found, one of them with what can be done, signing in."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from constraints.text.source import InputError
from cp_pricing.asking.understood import understood
from cp_pricing.quotes import approvals, links, record
from cp_pricing.quotes.documents import VerificationDocument
from cp_pricing.quotes.history import STATUSES, Status
from cp_pricing.quotes.log.acting import ConflictError, NotAllowedError, QuoteError
from cp_pricing.quotes.record import Search, Terms
from cp_pricing.quotes.telling import STANDS, happened
from cp_pricing.quotes.tokens import actor_of
from cp_pricing.telling.screen import customer_and_facts
from cp_pricing.web.desk.addresses import pairs_of, query_of, question_of
from cp_pricing.web.desk.comparing import keeping
from cp_pricing.web.desk.recalled import recalled
from cp_pricing.web.problems import faulty, refusal
from cp_pricing.web.record.clerk import Clerk, acting, of_quote
from cp_pricing.web.record.door import COOKIE
from cp_pricing.web.record.forms import age, day, place, sent
from cp_pricing.web.replies import page, to_question
from cp_pricing.words.sheet import Fact, Tone
from cp_pricing.words.statuses import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request

    from cp_pricing.quotes.history import Quote
    from cp_pricing.web.desk.addresses import Pairs
    from cp_pricing.web.service import Service

TONES: Final[dict[Status, Tone]] = {
    "open": "",
    "waiting": "warn",
    "refused": "bad",
    "ready": "good",
    "sent": "good",
    "agreed": "good",
    "expired": "quiet",
    "withdrawn": "quiet",
}
_SETTLED: Final[frozenset[Status]] = frozenset({"agreed", "withdrawn"})
_STANDS: Final = {
    True: "it stands",
    False: "it does not stand",
    None: "it could not be decided",
}


class QuotePages:
    """The pages of quotes."""

    def __init__(self, service: Service) -> None:
        self._service, self._clerk = service, Clerk(service)
        self._acts: dict[str, Callable[[Request, str, dict[str, str]], Awaitable[object]]] = {
            "ask": self._ask,
            "sign": self._sign,
            "refuse": self._refuse,
            "send": self._send,
            "withdraw": self._withdraw,
            "withdraw-asking": self._withdraw_asking,
            "withdraw-signature": self._withdraw_signature,
            "unlink": self._unlink,
        }
        self.routes = [
            Route("/sign-in", self.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/quotes", self.quotes, methods=["GET", "POST"]),
            Route("/quotes/preview", self.preview, methods=["POST"]),
            Route("/quotes/{number}", self.quote),
            Route("/quotes/{number}/again", self.again),
            Route("/quotes/{number}/link", self.link, methods=["POST"]),
            Route("/quotes/{number}/verify", self.verify, methods=["POST"]),
            Route("/quotes/{number}/{act}", self.act, methods=["POST"]),
        ]

    # --- signing in -------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """Show a token, which a cookie then keeps for this browser."""
        store = self._clerk.store
        if request.method == "GET":
            return page(request, "sign-in.html.j2", refused="")
        token = (await sent(request)).get("token", "")
        try:
            actor = await asyncio.to_thread(actor_of, store, token, self._service.now())
            actor.need("read")
        except NotAllowedError as error:
            code = HTTPStatus.FORBIDDEN
            return page(request, "sign-in.html.j2", code, refused=error.message)
        reply = RedirectResponse("/quotes", HTTPStatus.SEE_OTHER)
        # Behind a proxy that is named, the browser speaks to that one.
        is_secure = request.url.scheme == "https" or (
            bool(self._service.settings.names)
            and request.headers.get("x-forwarded-proto") == "https"
        )
        reply.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_secure)
        return reply

    async def sign_out(self, request: Request) -> Response:
        """Let the browser forget the token."""
        del request
        reply = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        reply.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return reply

    # --- quotes -----------------------------------------------------------------------------

    async def quotes(self, request: Request) -> Response:
        """Quotes that are looked for; or a new one, or the next version of one."""
        if request.method == "POST":
            return await self._save(request)
        asked = {
            name: request.query_params.get(name, "")
            for name in ("search", "owner", "status", "decision", "days")
        }
        now, search = self._service.now(), _search(asked)
        before = place(request.query_params.get("before", ""), "before")
        found = await self._clerk.found(search, now, before)
        older = {**{name: said for name, said in asked.items() if said}, "before": found.before}
        return page(
            request,
            "quotes.html.j2",
            quotes=found.quotes,
            older=f"/quotes?{urlencode(older)}" if found.before else "",
            asked=asked,
            now=now,
            statuses=STATUSES,
            decisions=DECISIONS,
            tones=TONES,
        )

    async def preview(self, request: Request) -> Response:
        """Who would have to sign what is to be saved, and why again; nothing is saved."""
        fields = await sent(request)
        found = await self._clerk.previewed(_asked(fields), "", fields.get("number", ""))
        solved = found.solved
        return page(
            request,
            "preview.html.j2",
            found=found,
            fields=fields,
            understood=understood(solved.request, solved.book),
            decision=DECISIONS[solved.result.decision],
            stands=STANDS,
        )

    async def again(self, request: Request) -> Response:
        """The question of the latest version, to be asked otherwise and saved as the next one."""
        number = request.path_params["number"]
        of, which = await self._clerk.read(lambda store: record.version(store, number))
        solved = await self._clerk.read(lambda store: record.contents(store, which))
        if solved.request.customer.monthly_usage is not None:
            raise ConflictError("it has months of its own, which a page cannot ask", "use the API")
        return to_question(query_of(recalled(solved.book, solved.request)) + keeping((), of.number))

    async def _save(self, request: Request) -> Response:
        fields = await sent(request)
        terms = Terms(
            day(fields.get("valid_until", ""), "valid_until"),
            owner=fields.get("owner", ""),
            note=fields.get("note", ""),
        )
        quote = await self._clerk.save(request, _asked(fields), "", terms, fields.get("number", ""))
        return _to(quote)

    async def quote(self, request: Request) -> Response:
        """A quote with its versions, its signatures, and what can be done."""
        return await self._quote(request, request.path_params["number"])

    async def _quote(
        self, request: Request, number: str, secret: str = "", verified: tuple[str, ...] = ()
    ) -> Response:
        now, approver = self._service.now(), acting(request).approver
        quote = await self._clerk.read(lambda store: record.quote(store, number))
        return page(
            request,
            "quote.html.j2",
            quote=quote,
            whose=await self._whose(quote),
            now=now,
            settled=quote.status(now) in _SETTLED,
            has_signed=any(quote.signatures(approver, now)),
            needs=quote.needs(quote.latest, now),
            stands=STANDS,
            happened=happened,
            decisions=DECISIONS,
            tones=TONES,
            secret=secret,
            verified=verified,
        )

    async def _whose(self, quote: Quote) -> tuple[Fact, ...]:
        """The customer's own size and the facts; none where the documents cannot be read."""
        latest = quote.latest
        try:
            solved = await self._clerk.read(lambda store: record.contents(store, latest))
        except (QuoteError, InputError):  # to verify it tells of that
            return ()
        return tuple(customer_and_facts(solved.book, solved.request, solved.result))

    async def link(self, request: Request) -> Response:
        """A new link for the customer: its address stands on this one page alone."""
        number, fields = request.path_params["number"], await sent(request)
        made = await self._clerk.link(request, number, day(fields.get("until", ""), "until"))
        return await self._quote(request, number, f"{request.base_url}offer/{made.token}")

    async def verify(self, request: Request) -> Response:
        """A quote solved again, and what that has shown."""
        number = request.path_params["number"]
        await sent(request)
        found = VerificationDocument.model_validate_json(await self._clerk.verified(number))
        return await self._quote(request, number, verified=tuple(_told(found)))

    async def act(self, request: Request) -> Response:
        """Something is done with a quote."""
        act = self._acts.get(request.path_params["act"])
        if act is None:
            raise refusal(HTTPStatus.NOT_FOUND)
        number, fields = request.path_params["number"], await sent(request)
        await act(request, number, fields)
        return RedirectResponse(f"/quotes/{number}", HTTPStatus.SEE_OTHER)

    async def _ask(self, request: Request, number: str, fields: dict[str, str]) -> None:
        del fields
        await self._clerk.did(request, lambda desk: approvals.ask(desk, number))

    async def _sign(self, request: Request, number: str, fields: dict[str, str]) -> None:
        # What was read is what is signed: the page says which version that was.
        name = of_quote(number, fields.get("version", number))
        comment = fields.get("comment", "")
        await self._clerk.did(request, partial(approvals.sign, name=name, comment=comment))

    async def _refuse(self, request: Request, number: str, fields: dict[str, str]) -> None:
        name = of_quote(number, fields.get("version", number))
        comment = fields.get("comment", "")
        await self._clerk.did(request, partial(approvals.refuse, name=name, comment=comment))

    async def _send(self, request: Request, number: str, fields: dict[str, str]) -> None:
        del fields
        await self._clerk.send(request, number)

    async def _withdraw(self, request: Request, number: str, fields: dict[str, str]) -> None:
        comment = fields.get("comment", "")
        await self._clerk.did(request, lambda desk: record.withdraw(desk, number, comment=comment))

    async def _withdraw_asking(self, request: Request, number: str, fields: dict[str, str]) -> None:
        del fields
        await self._clerk.did(request, partial(approvals.withdraw_asking, number=number))

    async def _withdraw_signature(
        self, request: Request, number: str, fields: dict[str, str]
    ) -> None:
        comment = fields.get("comment", "")
        withdraw = partial(approvals.withdraw_signature, number=number, comment=comment)
        await self._clerk.did(request, withdraw)

    async def _unlink(self, request: Request, number: str, fields: dict[str, str]) -> None:
        id_ = fields.get("link", "")
        await self._clerk.did(request, lambda desk: links.withdraw_link(desk, number, id_))


def _asked(fields: dict[str, str]) -> Pairs:
    """The question that a form sends along; raises `RefusedError` for one that is none."""
    try:
        return pairs_of(question_of(parse_qsl(fields.get("query", ""), keep_blank_values=True)))
    except InputError as faults:
        raise faulty(faults) from None


def _to(quote: Quote) -> Response:
    return RedirectResponse(f"/quotes/{quote.number}", HTTPStatus.SEE_OTHER)


def _search(asked: dict[str, str]) -> Search:
    """What is looked for; what is none of the words does not matter."""
    return Search(
        text=asked["search"],
        owner=asked["owner"],
        statuses=tuple(one for one in STATUSES if one == asked["status"]),
        decisions=tuple(one for one in DECISIONS if one == asked["decision"]),
        newer_than=age(asked["days"]),
    )


def _told(found: VerificationDocument) -> Iterator[str]:
    """What a check has shown, line by line."""
    yield _STANDS[found.stands]
    if found.expired:
        yield f"it was valid until {found.expired}"
    if found.book_changed:
        yield "the price book has changed since"
    yield from (*found.otherwise, *found.would_differ, *found.refused)
