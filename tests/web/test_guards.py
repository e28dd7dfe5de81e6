"""What is refused before any route sees it."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from cp_pricing.web import guards
from cp_pricing.web.guards import Guard
from cp_pricing.web.settings import Settings, is_loopback
from tests.support.places import PILOT
from tests.web.asking import BASE


async def _said(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


def _client(**settings: object) -> TestClient:
    told = Settings(PILOT, **settings)  # type: ignore[arg-type]
    app = Starlette(routes=[Route("/", _said, methods=["GET", "POST"])])
    return TestClient(Guard(app, told), BASE)


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "127.0.0.1:8000", 200),
        ({}, "localhost", 200),
        ({}, "[::1]:8000", 200),
        ({}, "evil.example", 421),
        ({}, "evil.example:8000", 421),
        ({}, "", 421),
        ({"names": ("prices.example",)}, "prices.example", 200),
        ({"names": ("prices.example",)}, "evil.example", 421),
        ({"host": "192.0.2.1"}, "evil.example", 200),
        ({"host": "192.0.2.1", "names": ("prices.example",)}, "evil.example", 421),
    ],
)
def test_only_those_who_know_its_name_are_answered(
    settings: dict[str, object], host: str, status: int
) -> None:
    assert _client(**settings).get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": BASE}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, 403),
    ],
)
def test_no_page_of_another_site_can_write(headers: dict[str, str], status: int) -> None:
    client = _client()
    assert client.post("/", content=b"x", headers=headers).status_code == status
    assert client.get("/", headers=headers).status_code == 200


def test_a_body_has_an_end() -> None:
    client = _client(most_bytes=10)
    assert client.post("/", content=b"0123456789").text == "10 bytes"
    assert client.post("/", content=b"0123456789x").status_code == 413
    chunks = iter([b"0123"] * 5)  # without a length
    assert client.post("/", content=chunks).status_code == 413
    assert client.post("/", content=b"", headers={"content-length": "-1"}).status_code == 413


def test_a_client_may_ask_so_often() -> None:
    client = _client(rate=1)
    codes = [client.get("/").status_code for _ in range(10)]
    assert codes[:4] == [200] * 4
    assert codes[-1] == 429


def test_an_allowance_fills_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("cp_pricing.web.guards.time.monotonic", lambda: now[0])
    allowance = guards._Allowance(2)
    assert [allowance.take("a") for _ in range(10)].count(True) == 8
    assert allowance.take("b")
    now[0] += 1.5
    assert [allowance.take("a") for _ in range(10)].count(True) == 3


def test_every_reply_has_its_headers_even_a_refusal() -> None:
    for reply in (_client().get("/"), _client().get("/", headers={"host": "evil.example"})):
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False), ("box", False)],
)
def test_what_is_this_machine_alone(host: str, *, own: bool) -> None:
    assert is_loopback(host) == own
    assert Settings(PILOT, host=host).is_open != own
