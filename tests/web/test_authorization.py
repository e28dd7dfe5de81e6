"""Who may ask for what: every route there is, for every scope, and for whoever is none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from cp_pricing.quotes import links, tokens
from cp_pricing.quotes.log.acting import Actor, Scope
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.store import Store
from cp_pricing.web.api.handlers import Handlers
from cp_pricing.web.app import application, routes
from cp_pricing.web.metrics import Metrics
from cp_pricing.web.record import clerk
from cp_pricing.web.record.door import COOKIE
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.support.places import PILOT
from tests.web.asking import PLAN, TWO_YEARS

UNTIL = "2999-12-30"
PROXY, HEADER = "10.0.0.5", "X-Remote-User"
SCOPES = ("seller", "approver", "admin")
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


@pytest.fixture(scope="module", name="guarded")
def _guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    store = tmp_path_factory.mktemp("guarded") / "quotes.sqlite"
    settings = Settings(
        PILOT,
        workers=1,
        rate=100_000,
        store=str(store),
        names=("prices.example",),
        identity_header=HEADER,
        trusted_proxies=(PROXY, "::1"),
    )
    service = Service(settings)
    app, base = application(service), "http://prices.example"
    with TestClient(app, base, follow_redirects=False, client=("192.0.2.7", 4711)) as client:
        yield Guarded(
            service, client, TestClient(app, base, follow_redirects=False, client=(PROXY, 1))
        )


def _asked(
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


def _is_turned_away(reply: Response) -> bool:
    """Whether nobody was let in: with 401, or to where one signs in."""
    return reply.status_code == 401 or reply.headers.get("location") == "/sign-in"


def test_every_route_is_in_the_matrix(guarded: Guarded) -> None:
    found = {
        (method, route.path)
        for route in routes(guarded.service, Handlers(guarded.service), Metrics(guarded.service))
        for method in route.methods or ()
        if method != "HEAD"
    }
    acts = {(method, path) for method, path in MAY if path.startswith("/quotes/{number}/")}
    told = {("POST", "/quotes/{number}/{act}")}
    assert found - told == MAY.keys() - (acts - found)
    assert len(found) > 40


@pytest.mark.parametrize("route", MAY, ids=" ".join)
def test_each_scope_may_do_what_it_may_and_nothing_else(
    guarded: Guarded, route: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "_WISH_SECONDS", 0.05)
    is_public = "nobody" in MAY[route]
    for scope in SCOPES:
        for client, headers in (
            (guarded.client, bearer(guarded.token(scope))),
            (guarded.client, {"cookie": f"{COOKIE}={guarded.token(scope)}"}),
            (guarded.proxy, {HEADER: guarded.let_in(scope)}),
        ):
            reply = _asked(guarded, client, route, headers)
            signs_out = route[1] == "/sign-out"
            assert signs_out or not _is_turned_away(reply), (scope, reply.status_code)
            # What may be done may still not be possible now, which is another answer.
            is_refused = reply.status_code == 403 and route[1] != "/sign-in"
            assert is_refused == (scope not in MAY[route]), (scope, headers, reply.text)
    _, link = guarded.sent()
    for client, headers in (
        (guarded.client, {}),
        (guarded.client, bearer("cpq_000000000000_x")),
        (guarded.client, {"cookie": f"{COOKIE}=x"}),
        (guarded.client, {HEADER: guarded.let_in("admin")}),  # which anybody can say
        (guarded.proxy, {HEADER: ""}),
        (guarded.proxy, {"x-remote-users": guarded.let_in("admin")}),
    ):
        reply = _asked(guarded, client, route, headers)
        assert _is_turned_away(reply) != is_public, (headers, reply.status_code)
    for client, headers in (
        (guarded.client, bearer(link)),  # a customer's link is no token of another kind
        (guarded.proxy, {HEADER: "stranger@example.com"}),
        (guarded.proxy, {HEADER: "Admin@example.com"}),  # as it is written, and not otherwise
    ):
        reply = _asked(guarded, client, route, headers)
        assert is_public or reply.status_code == 403, (headers, reply.status_code)


def test_who_is_named_twice_is_nobody(guarded: Guarded) -> None:
    names = [(HEADER, guarded.let_in("seller")), (HEADER.lower(), guarded.let_in("admin"))]
    assert guarded.proxy.get("/quotes", headers=names).status_code == 400


def test_a_token_counts_before_what_the_proxy_says(guarded: Guarded) -> None:
    headers = {HEADER: guarded.let_in("seller"), **bearer(guarded.token("approver"))}
    assert "a approver, deal-desk" in guarded.proxy.get("/quotes", headers=headers).text


def test_what_is_done_by_single_sign_on_is_on_record(guarded: Guarded) -> None:
    headers = {HEADER: guarded.let_in("seller")}
    quote = guarded.proxy.post("/quotes", data=FORM, headers=headers).headers["location"]
    assert "seller@example.com" in guarded.proxy.get(quote, headers=headers).text
    with guarded.store.reading() as record:
        (row,) = record.rows(quote=quote.rpartition("/")[2])
    assert row.entry.who == "seller@example.com"
    assert row.entry.by.startswith("sso-")


def test_who_is_let_in_no_longer_is_nobody(guarded: Guarded) -> None:
    id_ = tokens.let_in(guarded.desk, "seller", "gone@example.com")
    headers = {HEADER: "gone@example.com"}
    assert guarded.proxy.get("/quotes", headers=headers).status_code == 200
    tokens.revoke(guarded.desk, id_)
    reply = guarded.proxy.get("/quotes", headers=headers)
    assert reply.status_code == 403
    assert "is not known here, or no longer" in reply.text
