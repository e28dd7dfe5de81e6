"""The record over the API: the same story for programs, and documents as they are described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import Actor
from cp_pricing.quotes.record import Desk
from cp_pricing.web.app import application
from cp_pricing.web.described import text
from cp_pricing.web.record.table import RECORD_OPERATIONS
from cp_pricing.web.service import Service
from cp_pricing.web.settings import Settings
from tests.support.places import PILOT

DESCRIPTION = json.loads(text())
REQUESTS = json.loads((PILOT / "tuning_requests.json").read_text())["requests"]
DOCUMENT = {one["id"]: one for one in REQUESTS}
# At a price that one approver may grant.
DOCUMENT["small-team-two-years"]["inputs"]["usage_unit_price"] = 0.00000565
Served = tuple[TestClient, dict[str, Any]]
UNTIL = "2999-12-30"


@pytest.fixture(scope="module", name="served")
def _served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("api") / "quotes.sqlite"
    names = ("prices.example",)
    service = Service(Settings(PILOT, workers=1, rate=10_000, store=str(store), names=names))
    assert service.store is not None
    desk = Desk(service.store, Actor("ada", "admin"), service.now())
    made = {
        "seller": tokens.make(desk, "seller", "mara"),
        "approver": tokens.make(desk, "approver", "dana", approver="deal-desk"),
    }
    headers = {name: {"authorization": f"Bearer {one.token}"} for name, one in made.items()}
    with TestClient(application(service), "http://prices.example") as client:
        yield client, headers


def _checked(reply: Any, path: str, method: str = "post") -> Any:  # noqa: ANN401 - JSON
    responses = DESCRIPTION["paths"][path][method]["responses"]
    described = responses.get(str(reply.status_code), responses["default"])
    if "content" not in described:
        assert not reply.content
        return None
    schema = described["content"][reply.headers["content-type"].partition(";")[0]]["schema"]
    whole = {**schema, "components": DESCRIPTION["components"]}
    faults = list(Draft202012Validator(whole).iter_errors(reply.json()))
    assert not faults, faults[0]
    return reply.json()


def _saved(served: Served, id_: str, **more: str) -> Any:  # noqa: ANN401
    client, headers = served
    reply = client.post(
        "/v1/quotes",
        params={"valid_until": UNTIL, **more},
        json={"requests": [DOCUMENT[id_]]},
        headers=headers["seller"],
    )
    assert reply.status_code == 201, reply.text
    return _checked(reply, "/v1/quotes")


def test_from_a_request_to_a_link(served: Served) -> None:
    client, headers = served
    number = _saved(served, "small-team-two-years", note="n")["number"]
    seller, approver = headers["seller"], headers["approver"]

    def did(act: str, whose: dict[str, str], **said: str) -> Any:  # noqa: ANN401 - JSON
        reply = client.post(f"/v1/quotes/{number}/{act}", json=said, headers=whose)
        assert reply.status_code in {200, 201}, reply.text
        path = "links" if act == "links" else act
        return _checked(reply, f"/v1/quotes/{{number}}/{path}")

    assert did("ask", seller)["status"] == "waiting"
    assert did("sign", approver, version=f"{number}.1", comment="ok")["status"] == "ready"
    assert did("send", seller)["sent"] == 1
    link = did("links", seller, until=UNTIL)
    assert client.get(link["address"]).status_code == 200
    one = _checked(client.get(f"/v1/quotes/{number}", headers=seller), "/v1/quotes/{number}", "get")
    assert one["links"][0]["leads"]
    where = f"/v1/quotes/{number}/links/{link['id']}"
    gone = client.delete(where, headers=seller)
    assert gone.status_code == 204
    assert client.get(link["address"]).status_code == 404
    assert did("verify", seller)["stands"]
    result = client.get(f"/v1/quotes/{number}/result", headers=seller)
    found = _checked(result, "/v1/quotes/{number}/result", "get")
    assert found["decision"] == "requires_approval"
    assert did("withdraw", seller, comment="over")["status"] == "withdrawn"


def test_who_has_to_sign_is_known_before_anything_is_saved(served: Served) -> None:
    client, headers = served
    seller, approver = headers["seller"], headers["approver"]
    number = _saved(served, "small-team-two-years")["number"]
    path, one = "/v1/quotes/{number}", f"/v1/quotes/{number}"

    def did(act: str, whose: dict[str, str], **said: str) -> Any:  # noqa: ANN401 - JSON
        reply = client.post(f"{one}/{act}", json=said, headers=whose)
        assert reply.status_code == 200, reply.text
        return _checked(reply, f"{path}/{act}")

    def previewed(**asked: str) -> Any:  # noqa: ANN401 - JSON
        body = {"requests": [DOCUMENT["small-team-two-years"]]}
        reply = client.post("/v1/quotes/preview", params=asked, json=body, headers=seller)
        assert reply.status_code == 200, reply.text
        return _checked(reply, "/v1/quotes/preview")

    assert did("ask", seller)["status"] == "waiting"
    assert did("withdraw-asking", seller)["status"] == "open"
    did("ask", seller)
    did("sign", approver, version=f"{number}.1")
    assert [one["state"] for one in previewed()["signatures"]] == ["missing"]
    (kept,) = previewed(number=number)["signatures"]
    assert (kept["state"], kept["version"]) == ("kept", 1)
    taken = did("withdraw-signature", approver, comment="too soon")
    assert [one["state"] for one in taken["signatures"]] == ["missing"]
    assert len(client.get(one, headers=seller).json()["versions"]) == 1


def test_months_of_its_own_are_kept_and_no_page_asks_them(served: Served) -> None:
    client, headers = served
    months = [{"weight": 0.5, "units": 1_000_000}, {"weight": 0.5, "units": 9_000_000}]
    one = {**DOCUMENT["small-team-lower-price"], "customer": {"monthly_usage": months}}
    reply = client.post(
        "/v1/quotes",
        params={"valid_until": UNTIL},
        json={"requests": [one]},
        headers=headers["seller"],
    )
    number = _checked(reply, "/v1/quotes")["number"]
    verified = client.post(f"/v1/quotes/{number}/verify", headers=headers["seller"]).json()
    assert (verified["stands"], verified["otherwise"]) == (True, [])
    again = client.get(f"/quotes/{number}/again", headers=headers["seller"])
    assert again.status_code == 409
    assert "months of its own" in again.text


def test_quotes_are_found(served: Served) -> None:
    client, headers = served
    number = _saved(served, "small-team-lower-price", owner="otto")["number"]
    again = _saved(served, "small-team-lower-price", owner="otto", number=number)
    assert [one["version"] for one in again["versions"]] == [1, 2]

    def found(**asked: str) -> list[str]:
        reply = client.get("/v1/quotes", params=asked, headers=headers["seller"])
        assert reply.status_code == 200, reply.text
        return [one["number"] for one in _checked(reply, "/v1/quotes", "get")["quotes"]]

    assert found(owner="otto", newer_than="1", decision="accepted") == [number]
    assert found(owner="otto", decision="rejected") == []
    assert found(owner="otto", before="1") == []
    for wrong in ("0", "-1", "x", "1" * 30):
        reply = client.get("/v1/quotes", params={"before": wrong}, headers=headers["seller"])
        assert reply.status_code == 422


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("sign", {}, 422),
        ("sign", {"version": "soon"}, 404),
        ("sign", {"version": "Q-2026-9999.1"}, 409),
        ("sign", {"versoin": "x"}, 422),
        ("links", {}, 422),
        ("links", {"until": "soon"}, 422),
        ("links", {"until": "2001-01-01"}, 403),
        ("refuse", [], 422),
    ],
)
def test_what_cannot_be_done_says_why(served: Served, act: str, body: object, status: int) -> None:
    client, headers = served
    number = _saved(served, "small-team-two-years")["number"]
    where = f"/v1/quotes/{number}/{act}"
    reply = client.post(where, json=body, headers=headers["approver"])
    assert reply.status_code == status, reply.text
    path = "/v1/quotes/{number}/" + act
    assert _checked(reply, path)["detail"]


def test_what_is_said_beside_an_act_is_known(served: Served) -> None:
    client, headers = served
    number = _saved(served, "small-team-two-years")["number"]
    where, path = f"/v1/quotes/{number}/sign", "/v1/quotes/{number}/sign"

    def faults(text: str) -> list[tuple[int, int, str, str]]:
        sent = {**headers["approver"], "content-type": "application/json"}
        reply = client.post(where, content=text, headers=sent)
        assert reply.status_code == 422, reply.text
        found = _checked(reply, path)["faults"]
        assert {one["file"] for one in found} == {"body"}
        return [(one["line"], one["column"], one["message"], one["hint"]) for one in found]

    known = "the keys here are `version`, `comment`, `until`"
    assert faults('{"versoin": "x",\n "by": 1}') == [
        (1, 2, "unknown key `versoin`", "did you mean `version`?"),
        (2, 2, "unknown key `by`", known),
    ]
    twice = f'{{"version": "{number}.1", "version": "{number}.2"}}'
    ((_, column, message, _),) = faults(twice)
    assert (column, message) == (twice.rindex('"version"') + 1, "duplicate key `version`")


def test_what_is_not_there_is_not_verified(served: Served) -> None:
    client, headers = served
    for number in ("0", "Q-2026-9999"):
        reply = client.post(f"/v1/quotes/{number}/verify", headers=headers["seller"])
        assert reply.status_code == 404, reply.text


def test_nothing_is_to_be_had_without_a_token(served: Served) -> None:
    client, _ = served
    for each in RECORD_OPERATIONS:
        where = each.path.replace("{number}", "Q-2026-0001").replace("{id}", "x")
        reply = client.request(each.method, where)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert reply.json()["status"] == 401
