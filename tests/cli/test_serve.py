"""`cp-pricing serve` as it is started: what it says, and that Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

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
