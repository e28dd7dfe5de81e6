"""Two servers on one record, in a file or on a PostgreSQL server: one story, told by both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from httpx2 import Client, Response

from cp_pricing.quotes import tokens
from cp_pricing.quotes.log.acting import Actor
from cp_pricing.quotes.log.entries import faults_in
from cp_pricing.quotes.record import Desk
from cp_pricing.quotes.store.opening import open_store
from tests.support.postgres import emptied
from tests.web.asking import PLAN, TWO_YEARS, Pairs
from tests.web_browser.serving import served

UNTIL = "2999-12-30"
# At a price that one approver may grant.
DEAL: Pairs = [("term", "24"), ("prepaid", "1200"), ("price", "5.65"), ("approval", "yes")]
APPROVED: Pairs = [*PLAN, *DEAL]


@dataclass(frozen=True)
class Two:
    """Two servers, and the record that they share."""

    one: Client
    other: Client
    where: str

    def signer(self) -> dict[str, str]:
        """What an approver shows."""
        with closing(open_store(self.where)) as store:
            desk = Desk(store, Actor("ada", "admin"), datetime.now(UTC))
            made = tokens.make(desk, "approver", "dana", approver="deal-desk")
        return {"authorization": f"Bearer {made.token}"}

    def faults(self) -> list[str]:
        """What is wrong with the chain."""
        with closing(open_store(self.where)) as store, store.reading() as record:
            return list(faults_in(record.rows(), record.documents()))


@pytest.fixture(scope="module", params=["sqlite", "postgres"], name="two")
def _two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    if request.param == "sqlite":
        where = str(tmp_path_factory.mktemp("shared") / "quotes.sqlite")
    else:
        where = request.getfixturevalue("address")
        emptied(where)
    options = ("--workers", "1", "--rate", "10000", "--store", where)
    with ExitStack() as stack:
        # One after the other: both make the record, if it is not there.
        servers = [stack.enter_context(served(*options)) for _ in range(2)]
        one, other = (
            stack.enter_context(Client(base_url=each.address, timeout=60)) for each in servers
        )
        yield Two(one, other, where)


def _done(reply: Response, status: int = 303) -> Response:
    assert reply.status_code == status, reply.text
    return reply


def _saved(client: Client, pairs: Pairs) -> str:
    sent = {"query": urlencode(pairs), "valid_until": UNTIL}
    where: str = _done(client.post("/quotes", data=sent)).headers["location"]
    return where


def test_a_story_that_both_tell(two: Two) -> None:
    signer = two.signer()
    quote = _saved(two.one, APPROVED)
    number = quote.rpartition("/")[2]
    _done(two.other.post(f"{quote}/ask"))
    _done(two.one.post(f"{quote}/sign", data={"version": f"{number}.1"}, headers=signer))
    _done(two.other.post(f"{quote}/send"))
    page = _done(two.one.post(f"{quote}/link", data={"until": UNTIL}), 200).text
    found = re.search(r'href="http://[^/]+(/offer/[^"]+)"', page)
    assert found is not None
    shown = _done(two.other.get(found[1]), 200).text
    assert "USD 5.65 per 1M tokens" in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen is not None
    wished = two.one.post(f"{found[1]}/wish", data={"term": "36", "message": "three years?"})
    assert "come back to you" in _done(wished, 200).text
    assert "three years?" in two.other.get(quote).text
    verified = _done(two.other.post(f"/v1/quotes/{number}/verify"), 200).json()
    assert (verified["stands"], verified["name"]) == (True, f"{number}.2")
    agreed = two.other.post(f"{found[1]}/accept", data={"seen": seen[1], "name": "Chris"})
    assert "you have accepted" in _done(agreed, 200).text
    assert "accepted by Chris" in two.one.get(quote).text
    (listed,) = two.one.get("/v1/quotes", params={"status": "agreed"}).json()["quotes"]
    assert (listed["number"], listed["agreed"]) == (number, 1)
    assert not two.faults()


def test_both_write_at_once_and_no_number_is_given_twice(two: Two) -> None:
    before = len(two.one.get("/v1/quotes").json()["quotes"])
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda client: _saved(client, TWO_YEARS), [two.one, two.other] * 6))
    assert len(set(saved)) == len(saved)
    for client in (two.one, two.other):
        assert len(client.get("/v1/quotes").json()["quotes"]) == before + len(saved)
    number = saved[0].rpartition("/")[2]
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(lambda client: client.post(f"{saved[0]}/send"), [two.one, two.other] * 3)
        replies = [each.status_code for each in sent]
    assert set(replies) <= {303, 409}
    assert two.other.get(f"/v1/quotes/{number}").json()["sent"] == 1
    assert not two.faults()
