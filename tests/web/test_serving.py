"""The server as it listens: workers that are killed, clients that dawdle, a book that changes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from cp_pricing.web.guards import BODY_SECONDS
from cp_pricing.web.serving import HEAD_SECONDS
from tests.support.places import TEMPLATE
from tests.web.asking import PLAN, TWO_YEARS, address
from tests.web_browser.serving import Served, served

SECONDS = 60.0
OPENED = "included,term,minimum,prepaid,guarantee,onboarding,flexibility"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Served]:
    with served("--workers", "1", "--rate", "10000") as server:
        yield server


def _get(server: Served, path: str) -> tuple[int, str]:
    asked = f"{server.address}{path}"
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as reply:  # noqa: S310 - of our own
            return reply.status, reply.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < until
        time.sleep(0.1)


def _workers(server: Served) -> list[int]:
    """The processes that solve, by what they were started with."""
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(server.process.pid), "-o", "pid=,args="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "spawn_main" in line]


def test_workers_that_are_killed_are_replaced(server: Served) -> None:
    _until(lambda: _get(server, address("/answer", TWO_YEARS))[0] == 200)
    killed = _workers(server)
    assert len(killed) == 2
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    fresh = [*PLAN, ("prepaid", "1300")]
    _until(lambda: _get(server, address("/answer", fresh))[0] == 200)
    _until(lambda: _get(server, address("/answer", [*fresh, ("detail", "full")]))[0] == 200)
    assert not set(_workers(server)) & set(killed)
    assert 'cp_pricing_workers_replaced{lane="at once"} 1.0' in _get(server, "/metrics")[1]


def test_the_page_answers_while_a_hard_question_is_solved(server: Served) -> None:
    hard = HTTPConnection(server.address.removeprefix("http://"), timeout=SECONDS)
    pairs = [*PLAN, ("open", OPENED), ("prefer", "ltv"), ("customer", "hard")]
    hard.request("GET", address("/ask.json", pairs))
    times = []
    for prepaid in range(2000, 3000, 100):
        started = time.monotonic()
        status, _ = _get(server, address("/answer", [*PLAN, ("prepaid", str(prepaid))]))
        times.append(time.monotonic() - started)
        assert status == 200
    # What nobody waits for is stopped: the one worker of its lane is free again soon.
    hard.close()
    started = time.monotonic()
    full = [*PLAN, ("prepaid", "3100"), ("detail", "full")]
    _until(lambda: _get(server, address("/answer", full))[0] == 200)
    assert time.monotonic() - started < 20
    assert sorted(times)[len(times) // 2] < 5


def test_clients_that_dawdle_are_left(server: Served) -> None:
    """One does not end its head, another not its body: their seconds go by together."""
    host, _, port = server.address.removeprefix("http://").partition(":")
    place = host, int(port)
    head = (
        "POST /v1/solve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{"
    )
    with (
        socket.create_connection(place, timeout=SECONDS) as silent,
        socket.create_connection(place, timeout=SECONDS) as slow,
    ):
        silent.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        slow.sendall(head.encode())
        started = time.monotonic()
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert BODY_SECONDS - 2 < time.monotonic() - started < BODY_SECONDS + 20
        assert silent.recv(1000) == b""
        assert HEAD_SECONDS - 2 < time.monotonic() - started < HEAD_SECONDS + 20


def test_a_request_that_is_none_is_refused(server: Served) -> None:
    host, _, port = server.address.removeprefix("http://").partition(":")
    for sent in (b"\x00\x01\x02\r\n\r\n", b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=SECONDS) as rude:
            with suppress(OSError):
                rude.sendall(sent)
            with suppress(OSError):
                assert rude.recv(1000).startswith((b"HTTP/1.1 4", b""))
    assert _get(server, "/healthz") == (200, "ok")


def test_an_edited_book_is_in_force_and_a_faulty_one_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(TEMPLATE, folder)
    with served("--workers", "1", folder) as server:

        def books() -> str:
            return _get(server, "/v1/books")[1]

        first = json.loads(books())["books"][0]
        plan = next(one for one in first["plans"] if one["tunable"])
        ask = f"/ask?{urlencode({'plan': plan['id'], 'profile': plan['profiles'][0]})}"
        policy = folder / "policy.yaml"
        sound = policy.read_text()
        policy.write_text(sound.replace("rules:", "rulez:"))
        _until(lambda: json.loads(books())["books"][0]["faults"] != [])
        status, page = _get(server, ask)
        assert status == 200
        assert "The files of the price book have faults" in page
        assert "policy.yaml:" in page
        assert json.loads(books())["books"][0]["digest"] == first["digest"]
        catalog = folder / "catalog.yaml"
        catalog.write_text(catalog.read_text().replace("catalog: ", "catalog: newer-", 1))
        policy.write_text(sound)
        _until(lambda: json.loads(books())["books"][0]["name"].startswith("newer-"))
        assert "have faults" not in _get(server, ask)[1]
