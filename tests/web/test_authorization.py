"""Who may ask for what: every route there is, for every scope, and for whoever is none of them."""

from __future__ import annotations

import pytest
from httpx2 import Response

from cp_pricing.quotes import tokens
from cp_pricing.web.api.handlers import Handlers
from cp_pricing.web.app import routes
from cp_pricing.web.metrics import Metrics
from cp_pricing.web.record import clerk
from cp_pricing.web.record.door import COOKIE
from tests.web.guarded import FORM, HEADER, MAY, SCOPES, Guarded, asked_of, bearer


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
            reply = asked_of(guarded, client, route, headers)
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
        reply = asked_of(guarded, client, route, headers)
        assert _is_turned_away(reply) != is_public, (headers, reply.status_code)
    for client, headers in (
        (guarded.client, bearer(link)),  # a customer's link is no token of another kind
        (guarded.proxy, {HEADER: "stranger@example.com"}),
        (guarded.proxy, {HEADER: "Admin@example.com"}),  # as it is written, and not otherwise
    ):
        reply = asked_of(guarded, client, route, headers)
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


@pytest.mark.parametrize("public", ["/offer", "/assets", "/sign-in", "/healthz", "/readyz"])
@pytest.mark.parametrize("behind", ["quotes", "v1/quotes", "metrics", "ask", "v1/books"])
def test_no_way_round_leads_through_what_is_public(
    guarded: Guarded, public: str, behind: str
) -> None:
    number, _ = guarded.sent()
    for step in (
        "/%2e%2e/",
        "/..%2f",
        "/%2e%2e%2f",
        "/.%2e/",
        "%2f..%2f",
        "//",
        "/x/%2e%2e/%2e%2e/",
    ):
        reply = guarded.client.get(f"{public}{step}{behind}")
        assert reply.status_code in {401, 404}, (step, reply.status_code)
        assert number not in reply.text
