"""Questions that the tests ask of the pilot."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8000"
Pairs = list[tuple[str, str]]
PLAN: Pairs = [("plan", "membership-plus-overage"), ("profile", "small-team")]
TWO_YEARS: Pairs = [*PLAN, ("term", "24"), ("prepaid", "1200")]
REJECTED: Pairs = [*PLAN, ("included", "12M"), ("price", "7")]


def address(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(pairs)}"


def part(client: TestClient, pairs: Pairs) -> str:
    """The answer alone, however long it takes."""
    for _ in range(60):
        reply = client.get(address("/answer", pairs))
        if reply.status_code != 202:
            assert reply.status_code == 200, reply.text
            return reply.text
    raise AssertionError("there is no answer")
