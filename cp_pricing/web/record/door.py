"""Who asks: by a token, by the word of a trusted proxy, or, on this machine alone, whoever is."""

from __future__ import annotations

import asyncio
import getpass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import Request

from cp_pricing.quotes.log.acting import Actor, NotAllowedError
from cp_pricing.quotes.tokens import actor_of, signed_in
from cp_pricing.web.problems import RefusedError, refusal
from cp_pricing.web.replies import OFFER_PATH, refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from cp_pricing.web.service import Service
    from cp_pricing.web.settings import Settings

COOKIE: Final = "cp-pricing"
_BEARER: Final = "bearer "
# What anybody may ask for: a customer's link is its own secret.
_PUBLIC: Final = (OFFER_PATH, "/assets/", "/sign-in", "/healthz", "/readyz")
_FOR_ADMINS: Final = ("/metrics",)


class Door:
    """An application behind its door; without a record there is none, and everybody may read."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with who makes it, or refuse it."""
        if scope["type"] == "http" and self._service.store is not None:
            try:
                name = _named(scope, self._service.settings)
                scope.setdefault("state", {})["actor"] = await self._admitted(scope, name)
            except RefusedError as error:
                # The application is what knows how to draw a refusal.
                scope["app"] = self._app
                await refused(Request(scope), error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admitted(self, scope: Scope, name: str) -> Actor | None:
        path = scope["path"]
        if path.startswith(_PUBLIC):
            return None
        actor = await self._actor(Headers(scope=scope), name)
        if actor is None:
            raise refusal(HTTPStatus.UNAUTHORIZED, "sign in with your token", _CHALLENGE)
        try:
            actor.need("read")
            if path in _FOR_ADMINS and not self._service.settings.is_private:
                actor.need("log")
        except NotAllowedError as error:
            raise refusal(HTTPStatus.FORBIDDEN, error.message) from None
        return actor

    async def _actor(self, headers: Headers, name: str) -> Actor | None:
        """Whose token is shown; without one who a trusted proxy names; or who is at this machine.

        The last only if nobody else can ask.
        """
        service, token = self._service, token_of(headers)
        if token and service.store is not None:
            try:
                return await asyncio.to_thread(actor_of, service.store, token, service.now())
            except NotAllowedError as error:
                raise refusal(HTTPStatus.UNAUTHORIZED, error.message, _CHALLENGE) from None
        if name and service.store is not None:
            try:
                return await asyncio.to_thread(signed_in, service.store, name, service.now())
            except NotAllowedError as error:
                raise refusal(HTTPStatus.FORBIDDEN, error.message) from None
        return Actor(_login(), "seller") if service.settings.is_private else None


_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


def _named(scope: Scope, settings: Settings) -> str:
    """Who a trusted proxy says has signed in; what anybody says of that is taken away."""
    header = settings.identity_header.lower().encode("ascii")
    said = [value for name, value in scope["headers"] if name == header]
    if not said:
        return ""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != header]
    if not settings.trusts((scope.get("client") or ("", 0))[0]):
        return ""
    if len(said) > 1:
        raise refusal(HTTPStatus.BAD_REQUEST, "it is said twice who asks")
    (name,) = said
    return str(name, errors="replace").strip()


def token_of(headers: Headers) -> str:
    """The token of a request, or nothing."""
    given = headers.get("authorization", "")
    if given.lower().startswith(_BEARER):
        return given[len(_BEARER) :].strip()
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _login() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user without a name
        return "somebody"
