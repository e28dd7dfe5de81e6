"""`cp-pricing serve` as it is started: what it says, and that Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.web_browser.serving import served


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cli.main import run; run()", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_server_answers_and_ends_quietly() -> None:
    with served("--workers", "1") as server:
        healthy = f"{server.address}/healthz"
        with urllib.request.urlopen(healthy, timeout=60) as reply:  # noqa: S310 - of our own
            assert reply.read() == b"ok"
        os.kill(server.process.pid, signal.SIGINT)
        assert server.process.wait(60) in {-signal.SIGINT, 130}
        assert server.process.stderr is not None
        assert "Traceback" not in server.process.stderr.read()


def test_whoever_still_waits_at_the_end_is_told_that_it_ends() -> None:
    # A question that takes half a minute.
    asked = (
        "/ask.json?plan=membership-plus-overage&profile=small-team"
        "&prepaid=200&guarantee=385&included=39M&prefer=ltv"
    )
    with served("--workers", "1") as server, ThreadPoolExecutor(1) as pool:
        reply = pool.submit(urllib.request.urlopen, server.address + asked, timeout=60)
        with pytest.raises(TimeoutError):
            reply.result(timeout=2)
        os.kill(server.process.pid, signal.SIGINT)
        with pytest.raises(HTTPError) as refused:
            reply.result(timeout=60)
        assert refused.value.code == 503
        refused.value.close()
        assert server.process.wait(60) in {-signal.SIGINT, 130}
        assert server.process.stderr is not None
        assert "Traceback" not in server.process.stderr.read()


def test_a_faulty_book_is_not_served(broken_book: Path) -> None:
    ended = _run(str(broken_book), "--port", "0")
    assert ended.returncode == 2
    assert "did you mean `platform_fee`?" in ended.stderr
    assert "serving" not in ended.stderr


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _run("--port", str(port))
    assert ended.returncode == 74
    assert f"cannot listen at 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_whoever_opens_it_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    with served("--host", "0.0.0.0", "--workers", "1") as server:  # noqa: S104 - on trial
        assert "sees costs, margins and policy" in server.said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--identity-header X-Remote-User --store q.sqlite", "take one another"),
        ("--trusted-proxy 10.0.0.5 --store q.sqlite", "take one another"),
        ("--identity-header X-Remote-User --trusted-proxy 10.0.0.5", "takes `--store`"),
        ("--identity-header Cookie --trusted-proxy 10.0.0.5", "a header of its own"),
        ("--identity-header X_User: --trusted-proxy 10.0.0.5", "a header of its own"),
        ("--identity-header X-User --trusted-proxy proxy.example", "is no address"),
        ("--identity-header X-User --trusted-proxy 10.0.0.0/8", "is no address"),
    ],
)
def test_half_a_trust_is_refused(options: str, words: str, tmp_path: Path) -> None:
    told = options.replace("q.sqlite", str(tmp_path / "q.sqlite")).split()
    ended = _run("--port", "0", *told)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert not list(tmp_path.iterdir())


def test_whom_a_proxy_names_is_let_in_and_nobody_else(tmp_path: Path) -> None:
    where, header = str(tmp_path / "quotes.sqlite"), "X-Remote-User"
    command = [sys.executable, "-c", "from cli.main import run; run()", "quotes", "token"]
    for scope, who in (("seller", "mara@prices.example"), ("admin", "ada@prices.example")):
        options = [scope, who, "--single-sign-on", "--store", where]
        subprocess.run([*command, *options], check=True, capture_output=True)
    trust = ("--identity-header", header, "--store", where, "--workers", "1")
    for proxy, status in (("127.0.0.1", 200), ("192.0.2.1", 401)):
        with served(*trust, "--trusted-proxy", proxy) as server:
            assert f"trusting {proxy} to say in {header} who has signed in" in server.said
            asked = f"{server.address}/v1/quotes"
            for who, expected in (("mara@prices.example", status), ("", 401)):
                request = urllib.request.Request(asked, headers={header: who})  # noqa: S310 - as above
                try:
                    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - as above
                        found = reply.status
                except HTTPError as refused:
                    found = refused.code
                assert found == expected
