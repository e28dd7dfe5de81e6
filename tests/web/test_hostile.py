"""Hostile texts on the pages of the record, secrets that stay secret, and pages of other sites."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from httpx2 import Client
from starlette.testclient import TestClient

from cp_pricing.authoring.workspace import new_price_book
from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import Actor, UnwrittenError
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.web.app import application
from cp_pricing.web.record import clerk
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.web.asking import BASE, TWO_YEARS
from tests.web.guarded import MAY, SCOPES, Guarded, asked_of, bearer
from tests.web.test_pages import HOSTILE, Page, _poison
from tests.web_browser.serving import served

UNTIL = "2999-12-30"


# --- markup ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="hostile")
def _hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server of a price book whose every text is markup."""
    folder = tmp_path_factory.mktemp("hostile") / "book"
    new_price_book(folder)
    _poison(folder / "catalog.yaml", "catalog", "name")
    _poison(folder / "policy.yaml", "description", "owner")
    store = folder.with_name("quotes.sqlite")
    service = Service(Settings(folder, workers=1, rate=10_000, store=str(store)))
    with TestClient(application(service), BASE, follow_redirects=False) as client:
        yield client


ASKED = {"plan": "team", "profile": "small-team", "term": "12", "prepaid": "600"}


def _sent() -> dict[str, str]:
    """What saves an offer, with markup wherever something can be said."""
    query = urlencode({**ASKED, "customer": HOSTILE})
    return {"query": query, "valid_until": UNTIL, "owner": HOSTILE, "note": HOSTILE}


def test_whatever_is_said_is_text_on_every_page_of_the_record(
    hostile: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "_WISH_SECONDS", 0.1)
    sent = _sent()
    pages = {"preview": hostile.post("/quotes/preview", data=sent).text}
    quote = hostile.post("/quotes", data=sent).headers["location"]
    hostile.post(f"{quote}/send")
    made = hostile.post(f"{quote}/link", data={"until": UNTIL}).text
    found = re.search(r'href="http://[^/]+(/offer/[^"]+)"', made)
    assert found is not None, made
    offer = found[1]
    shown = hostile.get(offer).text
    pages |= {"linked": made, "offer": shown}
    wish = {"message": HOSTILE, "size.members": HOSTILE, "term": HOSTILE, "price": HOSTILE}
    pages["refused"] = hostile.post(f"{offer}/wish", data=wish).text
    pages["wished"] = hostile.post(f"{offer}/wish", data={"message": HOSTILE}).text
    again = {**sent, "number": quote.rpartition("/")[2]}
    pages["again"] = hostile.post("/quotes/preview", data=again).text
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen is not None
    hostile.post(f"{offer}/accept", data={"seen": seen[1], "name": HOSTILE})
    pages |= {"agreed": hostile.get(offer).text, "quote": hostile.get(quote).text}
    pages["quotes"] = hostile.get("/quotes", params={"search": HOSTILE, "owner": HOSTILE}).text
    pages["no act"] = hostile.post(f"{quote}/{HOSTILE}").text
    pages["no quote"] = hostile.get(f"/quotes/{HOSTILE}").text
    pages["signed in"] = hostile.post("/sign-in", data={"token": HOSTILE}).text
    pages["no offer"] = hostile.get(f"/offer/{HOSTILE}").text
    for name, html in pages.items():
        page = Page(html)
        assert all("src" in script for script in page.all("script")), name
        handlers = [key for _, found in page.tags for key in found if key.startswith("on")]
        assert not handlers, name
    for name in ("preview", "offer", "quote", "quotes", "agreed"):
        assert HOSTILE in Page(pages[name]).text, name


# --- secrets --------------------------------------------------------------------------------


def test_no_secret_is_told_anywhere(tmp_path: Path) -> None:
    where = tmp_path / "quotes.sqlite"
    with closing(open_store(where, make=True)) as store:
        desk = Desk(store, Actor("ada", "admin"), datetime.now(UTC))
        token = tokens.make(desk, "admin", "ada").token
    with served("--workers", "1", "--store", where, "--name", "prices.example") as server:
        with Client(base_url=server.address, headers=bearer(token), timeout=60) as client:
            sent = {"query": urlencode(TWO_YEARS), "valid_until": UNTIL}
            quote = client.post("/quotes", data=sent).headers["location"]
            client.post(f"{quote}/send")
            made = client.post(f"{quote}/link", data={"until": UNTIL}).text
            found = re.search(r"/offer/(cpq_\w+[\w-]+)", made)
            assert found is not None
            link = found[1]
            client.get(f"/offer/{link}")
            client.get(f"/offer/{link}x")
            client.post(f"/offer/{link}/wish", content=b"\xff", headers={"content-type": "x/y"})
            client.post("/sign-in", data={"token": token})
            client.get("/quotes", headers=bearer(f"{token}x"))
            said = [client.get(path).text for path in ("/metrics", "/quotes", quote, "/v1/quotes")]
            with suppress(Exception):  # what breaks off in the middle
                client.post("/v1/solve", content=iter([b"{", b"x" * 2_000_000]))
        server.process.terminate()
        assert server.process.stderr is not None
        said += [server.said, server.process.stderr.read()]
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (token, link):
        assert not [text for text in said if secret in text]
        assert secret[17:].encode() not in kept  # without the id, which is no secret


def test_a_password_is_not_told_with_what_went_wrong() -> None:
    with pytest.raises(UnwrittenError) as refused:
        open_store("postgresql://mara:hunter2@127.0.0.1:1/quotes", make=True)
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"


# --- pages of other sites -------------------------------------------------------------------

WRITES = [route for route in MAY if route[0] != "GET"]


def _entries(guarded: Guarded) -> int:
    with guarded.store.reading() as record:
        last = record.last()
    return last.place if last else 0


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_no_page_of_another_site_writes_with_somebody_s_cookie(
    guarded: Guarded, route: tuple[str, str]
) -> None:
    scope = next(one for one in SCOPES if one in MAY[route])
    cookie = {"cookie": f"cp-pricing={guarded.token(scope)}"}
    guarded.sent()
    before = _entries(guarded)
    for foreign in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        assert asked_of(guarded, guarded.client, route, {**cookie, **foreign}).status_code == 403
    assert _entries(guarded) == before


@pytest.mark.parametrize("route", [one for one in MAY if one[0] == "GET"], ids=" ".join)
def test_who_only_looks_writes_nothing(guarded: Guarded, route: tuple[str, str]) -> None:
    guarded.sent()
    admin = bearer(guarded.token("admin"))
    before = _entries(guarded)
    asked_of(guarded, guarded.client, route, admin)
    assert _entries(guarded) == before


@pytest.mark.parametrize("path", sorted({path for _, path in WRITES if path.startswith("/v1/")}))
def test_what_a_form_can_send_is_no_body_of_the_api(guarded: Guarded, path: str) -> None:
    number, _ = guarded.sent()
    headers = {"cookie": f"cp-pricing={guarded.token('admin')}", "content-type": "text/plain"}
    where = path.format(number=number, id="x")
    reply = guarded.client.post(
        where,
        params={"valid_until": UNTIL} if path == "/v1/quotes" else {},
        content=json.dumps({"comment": "c"}),
        headers=headers,
    )
    assert reply.status_code in {404, 405, 415}, reply.text
