"""A server where everybody has to sign in, all that can be asked of it, and who may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from urllib.parse import urlencode

from httpx2 import Response
from starlette.testclient import TestClient

from cp_pricing.quotes import links, tokens
from cp_pricing.quotes.log.acting import Actor, Scope
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.store import Store
from cp_pricing.web.service import Service
from tests.web.asking import PLAN, TWO_YEARS

UNTIL = "2999-12-30"
PROXY, HEADER = "10.0.0.5", "X-Remote-User"
SCOPES: tuple[Scope, ...] = ("seller", "approver", "admin")
DESK = ("seller", "admin")
ANYBODY = ("nobody", *SCOPES)
REQUEST = {
    "id": "a",
    "configuration": "membership-plus-overage",
    "profile": "small-team",
    "inputs": {"contract_duration_months": 24, "prepaid_amount": 1200},
}
# Who may, by the route as it is written.
MAY: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/"): SCOPES,
    ("GET", "/choose"): SCOPES,
    ("GET", "/ask"): SCOPES,
    ("GET", "/ask.json"): SCOPES,
    ("GET", "/answer"): SCOPES,
    ("GET", "/compare"): SCOPES,
    ("GET", "/assets/{name}"): ANYBODY,
    ("GET", "/sign-in"): ANYBODY,
    ("POST", "/sign-in"): ANYBODY,
    ("POST", "/sign-out"): SCOPES,
    ("GET", "/quotes"): SCOPES,
    ("POST", "/quotes"): DESK,
    ("POST", "/quotes/preview"): SCOPES,
    ("GET", "/quotes/{number}"): SCOPES,
    ("GET", "/quotes/{number}/again"): SCOPES,
    ("POST", "/quotes/{number}/link"): DESK,
    ("POST", "/quotes/{number}/verify"): SCOPES,
    ("POST", "/quotes/{number}/ask"): DESK,
    ("POST", "/quotes/{number}/withdraw-asking"): DESK,
    ("POST", "/quotes/{number}/sign"): ("approver",),
    ("POST", "/quotes/{number}/refuse"): ("approver",),
    ("POST", "/quotes/{number}/withdraw-signature"): ("approver",),
    ("POST", "/quotes/{number}/send"): DESK,
    ("POST", "/quotes/{number}/unlink"): DESK,
    ("POST", "/quotes/{number}/withdraw"): DESK,
    ("GET", "/offer/{token}"): ANYBODY,
    ("POST", "/offer/{token}/accept"): ANYBODY,
    ("POST", "/offer/{token}/wish"): ANYBODY,
    ("GET", "/v1/books"): SCOPES,
    ("POST", "/v1/solve"): SCOPES,
    ("POST", "/v1/explain"): SCOPES,
    ("POST", "/v1/compare"): SCOPES,
    ("POST", "/v1/jobs"): SCOPES,
    ("GET", "/v1/jobs"): SCOPES,
    ("GET", "/v1/jobs/{id}"): SCOPES,
    ("DELETE", "/v1/jobs/{id}"): SCOPES,
    ("GET", "/v1/quotes"): SCOPES,
    ("POST", "/v1/quotes"): DESK,
    ("POST", "/v1/quotes/preview"): SCOPES,
    ("GET", "/v1/quotes/{number}"): SCOPES,
    ("GET", "/v1/quotes/{number}/result"): SCOPES,
    ("POST", "/v1/quotes/{number}/verify"): SCOPES,
    ("POST", "/v1/quotes/{number}/ask"): DESK,
    ("POST", "/v1/quotes/{number}/withdraw-asking"): DESK,
    ("POST", "/v1/quotes/{number}/sign"): ("approver",),
    ("POST", "/v1/quotes/{number}/refuse"): ("approver",),
    ("POST", "/v1/quotes/{number}/withdraw-signature"): ("approver",),
    ("POST", "/v1/quotes/{number}/send"): DESK,
    ("POST", "/v1/quotes/{number}/links"): DESK,
    ("DELETE", "/v1/quotes/{number}/links/{id}"): DESK,
    ("POST", "/v1/quotes/{number}/withdraw"): DESK,
    ("GET", "/v1/openapi.json"): SCOPES,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ("admin",),
}


@dataclass(frozen=True)
class Guarded:
    """A server where everybody has to sign in, asked from somewhere, and from its proxy."""

    service: Service
    client: TestClient
    proxy: TestClient

    @property
    def store(self) -> Store:
        assert self.service.store is not None
        return self.service.store

    @property
    def desk(self) -> Desk:
        return Desk(self.store, Actor("ada", "admin"), self.service.now())

    @cache  # noqa: B019 - one server lives as long as the tests
    def token(self, scope: Scope) -> str:
        approver = "deal-desk" * (scope == "approver")
        return tokens.make(self.desk, scope, f"a {scope}", approver=approver).token

    @cache  # noqa: B019 - as above
    def let_in(self, scope: Scope) -> str:
        approver = "deal-desk" * (scope == "approver")
        tokens.let_in(self.desk, scope, f"{scope}@example.com", approver=approver)
        return f"{scope}@example.com"

    @cache  # noqa: B019 - as above
    def sent(self) -> tuple[str, str]:
        """A quote that is sent, and its link."""
        reply = self.client.post("/quotes", data=FORM, headers=bearer(self.token("seller")))
        quote: str = reply.headers["location"]
        self.client.post(f"{quote}/send", data={}, headers=bearer(self.token("seller")))
        number = quote.rpartition("/")[2]
        made = links.make_link(self.desk, number, date(2999, 12, 30))
        return number, made.token


FORM = {
    "query": urlencode(TWO_YEARS),
    "valid_until": UNTIL,
    "until": UNTIL,
    "comment": "c",
    "token": "x",
}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def asked_of(
    guarded: Guarded, client: TestClient, route: tuple[str, str], headers: dict[str, str]
) -> Response:
    """What comes of a route with all that it takes, so that nothing but the scope is in the way."""
    method, path = route
    number, token = guarded.sent()
    where = path.format(number=number, token=token, id="x", name="page.css")
    if method == "GET":
        return client.get(where, params=dict(PLAN) if path in ASKS else None, headers=headers)
    if not path.startswith("/v1/"):
        form = {**FORM, "version": f"{number}.1"} if method == "POST" else None
        return client.request(method, where, data=form, headers=headers)
    body: object = {"comment": "c", "until": UNTIL}
    if path in BODIES:
        body = {"requests": [REQUEST]}
    elif path.endswith(("/sign", "/refuse")):
        body = {"comment": "c", "version": f"{number}.1"}
    content = None if method == "DELETE" else json.dumps(body).encode()
    typed = {**headers, "content-type": "application/json"}
    params = {"valid_until": UNTIL} if path == "/v1/quotes" else None
    return client.request(method, where, content=content, params=params, headers=typed)


ASKS = {"/choose", "/ask", "/ask.json", "/answer"}
BODIES = {
    *(f"/v1/{name}" for name in ("solve", "explain", "compare", "jobs", "quotes")),
    "/v1/quotes/preview",
}
