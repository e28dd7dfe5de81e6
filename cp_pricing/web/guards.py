"""What stands before every route: limits on who asks, how often, how much; and headers."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from cp_pricing.web.problems import MEDIA_TYPE, RefusedError, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cp_pricing.web.settings import Settings

# Nothing on a page comes from elsewhere, runs inline, or may be framed.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # an address holds the whole question
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# A body that comes more slowly than this is none that a program sends.
BODY_SECONDS: Final = 10.0
# A client that has been quiet may ask so many seconds' worth at once.
_BURST_SECONDS: Final = 4.0
_MOST_CLIENTS: Final = 10_000


class Guard:
    """An application behind all limits: a refusal never reaches it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._allowed = _Allowance(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    own.setdefault(name, value)
                own.setdefault("cache-control", "no-store")
                message["headers"] = own.raw
            await send(message)

        try:
            self._check_host(headers)
            self._check_rate(scope)
            _check_origin(scope, headers)
            inner = await self._with_body(scope, headers, receive)
        except RefusedError as refused:
            await _refuse(refused)(scope, receive, sending)
            return
        await self._app(scope, inner, sending)

    def _check_host(self, headers: Headers) -> None:
        """Refuse names of others: a page elsewhere could have its own lead to this machine."""
        if self._settings.is_open and not self._settings.names:
            return
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if host not in _OWN and host not in self._settings.names and host != self._settings.host:
            raise refusal(HTTPStatus.MISDIRECTED_REQUEST, f"this is not `{host}`")

    def _check_rate(self, scope: Scope) -> None:
        client = scope.get("client") or ("", 0)
        if not self._allowed.take(client[0]):
            words = f"more than {self._settings.rate:g} requests a second"
            raise refusal(HTTPStatus.TOO_MANY_REQUESTS, words, {"Retry-After": "1"})

    async def _with_body(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """The whole body, read before anything is done; raises for one too large or too slow."""
        if scope["method"] in _SAFE:
            return receive
        most = self._settings.most_bytes
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            raise refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most:,} bytes")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive, most)
        except TimeoutError:
            raise refusal(HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly") from None
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return whole.pop() if whole else await receive()

        return replayed


async def _body(receive: Receive, most: int) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > most:
            raise refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most:,} bytes")
        if not message.get("more_body", False):
            return body


def _check_origin(scope: Scope, headers: Headers) -> None:
    """Refuse what a page elsewhere has a browser send; programs say nothing of an origin."""
    if scope["method"] in _SAFE:
        return
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise refusal(HTTPStatus.FORBIDDEN, "sent by a page of another site")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        raise refusal(HTTPStatus.FORBIDDEN, "sent by a page of another site")


def _refuse(refused: RefusedError) -> JSONResponse:
    problem = refused.problem
    return JSONResponse(
        problem.model_dump(), problem.status, headers=refused.headers, media_type=MEDIA_TYPE
    )


class _Allowance:
    """What each client may still ask for now: it fills up with time, to a limit."""

    def __init__(self, rate: float) -> None:
        self._rate, self._most = rate, rate * _BURST_SECONDS
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> bool:
        """Whether a client may ask once more."""
        now = time.monotonic()
        left, since = self._left.pop(client, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return left >= 1
