"""Quotes on record over HTTP: the whole story, who may do what, and what a customer never sees."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from constraints.text.source import InputError, Issue, Span
from cp_pricing.quotes import record, tokens
from cp_pricing.quotes.log.acting import Actor, NotFoundError
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.store import Store
from cp_pricing.web.app import application
from cp_pricing.web.record import clerk
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.support.places import PILOT
from tests.web.asking import BASE, PLAN, TWO_YEARS, Pairs, address

UNTIL = "2999-12-30"
# At a price that one approver may grant.
DEAL: Pairs = [("term", "24"), ("prepaid", "1200"), ("price", "5.65"), ("approval", "yes")]
APPROVED: Pairs = [*PLAN, *DEAL]
SELLERS = (
    "margin",
    "ltv",
    "lifetime",
    "approver",
    "deal-desk",
    "vp-sales",
    "profile",
    "small-team",
    "waive",
    "policy",
    "payback",
    "cost",
    "1,187",
    "1187",
    "price book",
    "reference",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    store = tmp_path_factory.mktemp("record") / "quotes.sqlite"
    return Service(Settings(PILOT, workers=1, rate=10_000, store=str(store)))


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), BASE, follow_redirects=False) as client:
        yield client


def _store(service: Service) -> Store:
    assert service.store is not None
    return service.store


def _token(service: Service, scope: str, approver: str = "") -> dict[str, str]:
    desk = Desk(_store(service), Actor("ada", "admin"), service.now())
    made = tokens.make(desk, scope, f"a {scope}", approver=approver)  # type: ignore[arg-type]
    return {"authorization": f"Bearer {made.token}"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _saved(client: TestClient, pairs: Pairs, **fields: str) -> str:
    sent = {"query": urlencode(pairs), "valid_until": UNTIL, **fields}
    reply = client.post("/quotes", data=sent)
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


def _link(client: TestClient, quote: str) -> str:
    reply = client.post(f"{quote}/link", data={"until": UNTIL})
    assert reply.status_code == 200, reply.text
    found = re.search(rf'href="{BASE}(/offer/[^"]+)"', reply.text)
    assert found is not None
    return found[1]


def _done(reply: Response) -> None:
    assert reply.status_code == 303, reply.text


def _refused(reply: Response, status: int, *words: str) -> None:
    assert reply.status_code == status, reply.text
    assert all(word in reply.text for word in words), reply.text


def test_from_a_question_to_a_signed_quote_that_is_accepted(
    client: TestClient, service: Service
) -> None:
    quote = _saved(client, APPROVED, note="for the board")
    page = client.get(quote).text
    assert "deal-desk" in page
    assert "for the board" in page
    _refused(client.post(f"{quote}/send", data={}), 409, "lacks the signature of deal-desk")
    _done(client.post(f"{quote}/ask", data={}))
    name = quote.rpartition("/")[2] + ".1"
    signer = _token(service, "approver", "deal-desk")
    _done(client.post(f"{quote}/sign", data={"version": name, "comment": "ok"}, headers=signer))
    assert "signed for deal-desk (ok)" in client.get(quote).text
    _done(client.post(f"{quote}/send", data={}))
    offer = _link(client, quote)
    shown = client.get(offer)
    assert shown.status_code == 200
    assert "USD 5.65 per 1M tokens" in shown.text
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)
    assert seen is not None
    accepted = client.post(f"{offer}/accept", data={"seen": seen[1], "name": "Chris"})
    assert "you have accepted this offer" in accepted.text
    assert "accepted by Chris" in client.get(offer).text
    assert "accepted by Chris" in client.get(quote).text
    again = client.post(f"{offer}/accept", data={"seen": seen[1], "name": "Chris"})
    assert again.status_code == 409


def test_a_quote_says_whose_size_and_which_facts_it_rests_on(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "<dt>customer</dt>" not in client.get(_saved(client, APPROVED)).text
    own = [("customer", "<Acme>"), ("members", "1"), ("usage", "9M"), ("fact.deal_type", "renewal")]
    quote = _saved(client, [*APPROVED, *own])
    for shown in (client.get(quote), client.get(quote, headers=_token(service, "approver", "cfo"))):
        assert "<dt>customer</dt><dd>&lt;Acme&gt;, 1 member, 9M tokens/month</dd>" in shown.text
        assert "<dt>facts</dt><dd>deal_type renewal</dd>" in shown.text

    def lost(*_: object) -> None:
        raise NotFoundError("the document is missing", "verify the log")

    monkeypatch.setattr(record, "contents", lost)
    assert "<dt>customer</dt>" not in client.get(quote).text


def _name(quote: str, version: int) -> str:
    return f"{quote.rpartition('/')[2]}.{version}"


def _signed(client: TestClient, service: Service) -> tuple[str, dict[str, str]]:
    """A quote whose first version is signed, and the token of who has."""
    quote, signer = _saved(client, APPROVED), _token(service, "approver", "deal-desk")
    _done(client.post(f"{quote}/ask", data={}))
    _done(client.post(f"{quote}/sign", data={"version": _name(quote, 1)}, headers=signer))
    return quote, signer


def _previewed(client: TestClient, pairs: Pairs, number: str = "") -> str:
    sent = {"query": urlencode(pairs), "number": number, "valid_until": UNTIL, "note": "<b>"}
    reply = client.post("/quotes/preview", data=sent)
    assert reply.status_code == 200, reply.text
    return reply.text


def test_who_has_to_sign_is_known_before_anything_is_saved(
    client: TestClient, service: Service
) -> None:
    before = client.get("/quotes").text
    first = _previewed(client, APPROVED)
    assert "deal-desk" in first
    assert "not asked yet" in first
    assert 'name="note" value="&lt;b&gt;"' in first  # all that was said is sent on
    assert "Nobody." in _previewed(client, TWO_YEARS)
    assert client.get("/quotes").text == before
    quote, _ = _signed(client, service)
    number = quote.rpartition("/")[2]
    # The same again needs nothing; less of a commitment does, and the page says which side it is.
    stays = _previewed(client, APPROVED, number)
    assert f"with {number}.1</span>" in stays
    assert "to be signed again" not in stays
    worse = [*PLAN, *((name, "1000" if name == "prepaid" else value) for name, value in DEAL)]
    again = _previewed(client, worse, number)
    assert "to be signed again" in again
    assert "<code>earned-discount</code>, right side: signed for at" in again
    assert "prepayment USD 1,000 instead of USD 1,200" in again
    assert _name(quote, 2) not in client.get(quote).text
    _done(client.post(f"{quote}/withdraw", data={}))
    sent = {"query": urlencode(worse), "number": number, "valid_until": UNTIL}
    _refused(client.post("/quotes/preview", data=sent), 409, "is withdrawn")


def test_a_version_is_asked_otherwise_as_the_next_one(client: TestClient) -> None:
    quote = _saved(client, APPROVED)
    number = quote.rpartition("/")[2]
    where = client.get(f"{quote}/again").headers["location"]
    # A busy machine says that it looks for the answer, and is asked again.
    asked = next(
        reply for reply in iter(lambda: client.get(where), None) if "Look again" not in reply.text
    )
    assert asked.status_code == 200
    assert f"the next version of {number}" in asked.text
    assert f'name="number" value="{number}"' in asked.text
    assert f"&amp;of={number}" in asked.text  # also from what is taken there
    assert 'name="of"' not in client.get(address("/ask", [*TWO_YEARS, ("of", "<x>")])).text


def test_a_signature_can_be_taken_back(client: TestClient, service: Service) -> None:
    quote, signer = _signed(client, service)
    act = f"{quote}/withdraw-signature"
    assert act in client.get(quote, headers=signer).text
    other = _token(service, "approver", "vp-sales")
    assert act not in client.get(quote, headers=other).text
    _refused(client.post(act, data={}, headers=other), 409, "vp-sales has signed nothing")
    _refused(client.post(act, data={}), 403, "a seller may not sign")
    _done(client.post(act, data={"comment": "too soon"}, headers=signer))
    assert "signatures of deal-desk withdrawn (too soon)" in client.get(quote).text
    assert act not in client.get(quote, headers=signer).text
    _refused(client.post(f"{quote}/send", data={}), 409, "lacks the signature of deal-desk")


def test_what_is_asked_for_can_be_asked_no_longer(client: TestClient) -> None:
    quote = _saved(client, APPROVED)
    act = f"{quote}/withdraw-asking"
    assert act not in client.get(quote).text
    _done(client.post(f"{quote}/ask", data={}))
    assert act in client.get(quote).text
    _done(client.post(act, data={}))
    assert "asked for signatures no longer" in client.get(quote).text


def test_a_customer_s_wish_comes_back_as_a_new_version(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "_WISH_SECONDS", 0.5)
    quote = _saved(client, TWO_YEARS)
    _done(client.post(f"{quote}/send", data={}))
    offer = _link(client, quote)
    for wish, words in (
        ({"term": "soon"}, "Term: it can be"),
        ({"term": "13"}, "12 months, 24 months or 36 months"),
        ({"price": "1.2.3"}, "in steps of"),
        ({"price": "5.505"}, "in steps of"),
        ({"size.token": "-1", "size.members": "many"}, "Tokens a month: write a number"),
        ({"term": "24"}, "Say what you would have otherwise"),
        ({}, "Say what you would have otherwise"),
    ):
        _refused(client.post(f"{offer}/wish", data=wish), 422, words)
    wish = {"term": "36", "price": "5.50", "size.members": "12", "message": "please"}
    started = time.monotonic()
    reply = client.post(f"{offer}/wish", data=wish)
    # However fast it is solved: how long that takes is nothing that a customer learns.
    assert time.monotonic() - started >= 0.5
    assert "come back to you" in reply.text, reply.text
    page = client.get(quote).text
    assert quote.rpartition("/")[2] + ".2" in page
    assert "please" in page
    assert "36 months" in page
    assert "members 12 instead of as the profile" in page
    assert "USD 6.11" in client.get(offer).text  # what is sent stays what is shown


def test_a_new_version_says_what_changed_and_lists_are_searched(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = _saved(client, TWO_YEARS, owner="mara")
    number = quote.rpartition("/")[2]
    again = _saved(client, [*PLAN, ("term", "36")], owner="mara", number=number)
    assert again == quote
    assert "36 months" in client.get(quote).text
    listed = client.get("/quotes", params={"owner": "mara"}).text
    assert number in listed
    assert number not in client.get("/quotes", params={"owner": "nobody"}).text
    monkeypatch.setattr(clerk, "MOST_LISTED", 1)
    other = _saved(client, TWO_YEARS, owner="mara").rpartition("/")[2]
    first = client.get("/quotes", params={"owner": "mara"}).text
    assert other in first
    assert number not in first
    older = re.search(r'href="(/quotes\?owner=mara&amp;before=\d+)"', first)
    assert older is not None
    assert number in client.get(unescape(older[1])).text
    verified = client.post(f"{quote}/verify", data={})
    assert "it stands" in verified.text


def test_a_customer_s_page_has_nothing_of_the_seller_s_side(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is wrong with the files, which quotes the policy, is not the customer's either.
    faults = InputError([Issue(Span("policy.yaml", 1, 1, 1, 2), "no margin")], {"policy.yaml": "x"})
    monkeypatch.setattr(service.shelf, "faults", faults)
    assert "no margin" in client.get("/quotes").text
    quote = _saved(client, TWO_YEARS)
    _done(client.post(f"{quote}/send", data={}))
    offer = _link(client, quote)
    monkeypatch.setattr(clerk, "_WISH_SECONDS", 0.5)
    token = bearer(offer.rpartition("/")[2])
    replies = [
        client.get(offer),
        client.post(f"{offer}/wish", data={"term": "36", "size.token": "9M", "message": "m"}),
        *(
            client.get(path, headers=token)
            for path in ("/v1/quotes", "/quotes", "/ask", "/metrics")
        ),
        client.post(f"{offer}/wish", data={"term": "13"}),
        client.post(f"{offer}/accept", data={"seen": "other", "name": "Chris"}),
        client.get(f"{offer}x"),
        client.get(f"{offer}/nothing"),
        client.delete(offer),
        client.post(f"{offer}/accept", json={}),
        client.get(offer, headers={"host": "elsewhere.example"}),
        client.post(f"{offer}/wish", content=b"x" * 2_000_000),
    ]
    seen = re.search(r'name="seen" value="(\w+)"', replies[0].text)
    assert seen is not None
    replies.append(client.post(f"{offer}/accept", data={"seen": seen[1], "name": "Chris"}))
    assert "come back to you" in replies[1].text
    assert "you have accepted" in replies[-1].text
    for reply in replies:
        said = " ".join([reply.text, *reply.headers.values()]).lower()
        assert not [word for word in SELLERS if word in said]
        assert quote.rpartition("/")[2].lower() not in said
        # An address that is a secret goes nowhere else; to none at all, forms would not work.
        assert reply.headers["referrer-policy"] == "same-origin"


def test_links_that_lead_nowhere_all_say_the_same(client: TestClient) -> None:
    quote = _saved(client, TWO_YEARS)
    _done(client.post(f"{quote}/send", data={}))
    offer = _link(client, quote)
    id_ = re.search(r'name="link" value="(\w+)"', client.get(quote).text)
    assert id_ is not None
    _done(client.post(f"{quote}/unlink", data={"link": id_[1]}))
    replies = [client.get(offer), client.get("/offer/x"), client.get(f"{offer[:-1]}~")]
    bodies = {reply.text for reply in replies}
    assert len(bodies) == 1
    assert {reply.status_code for reply in replies} == {404}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Service]]:
    """A server that others reach by its name, where everybody has to sign in."""
    store = tmp_path_factory.mktemp("guarded") / "quotes.sqlite"
    names = ("prices.example",)
    service = Service(Settings(PILOT, workers=1, rate=10_000, store=str(store), names=names))
    with TestClient(application(service), "http://prices.example", follow_redirects=False) as own:
        yield own, service


def test_a_cookie_keeps_whoever_signed_in(guarded: tuple[TestClient, Service]) -> None:
    client, service = guarded
    token = _token(service, "seller")["authorization"].removeprefix("Bearer ")
    assert client.get("/").headers["location"] == "/sign-in"
    _refused(client.post("/sign-in", data={"token": "x"}), 403, "not known")
    reply = client.post("/sign-in", data={"token": token})
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/quotes").status_code == 200
    behind = {"x-forwarded-proto": "https"}
    secure = client.post("/sign-in", data={"token": token}, headers=behind)
    assert "secure" in secure.headers["set-cookie"].lower()
    cross = {"sec-fetch-site": "cross-site"}
    _refused(client.post("/quotes", data={}, headers=cross), 403)
    client.post("/sign-out", data={})
    client.cookies.clear()
    assert client.get("/quotes").status_code == 303


def test_what_is_no_form_is_refused(client: TestClient) -> None:
    quote = _saved(client, TWO_YEARS)
    _refused(client.post("/quotes", json={}), 415)
    _refused(client.post("/quotes", data={"query": urlencode(TWO_YEARS)}), 422, "valid_until")
    _refused(client.post("/quotes", data={"query": "plan=x", "valid_until": UNTIL}), 422)
    _refused(client.post(f"{quote}/nothing", data={}), 404)
    _refused(client.get("/quotes/Q-2026-9999"), 404)
    many = "&".join(f"a{n}=1" for n in range(100))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    _refused(client.post("/quotes", content=many, headers=headers), 422, "no form")


def test_what_is_only_tried_is_not_put_on_record(client: TestClient) -> None:
    tried = [*TWO_YEARS, ("param.one_year_credit", "20%")]
    sent = {"query": urlencode(tried), "valid_until": UNTIL}
    _refused(client.post("/quotes", data=sent), 409)


def test_without_a_record_there_is_nothing_to_save(tmp_path: Path) -> None:
    del tmp_path
    with TestClient(application(Service(Settings(PILOT, workers=1))), BASE) as client:
        _refused(client.get("/quotes"), 409, "no quotes are kept here")
