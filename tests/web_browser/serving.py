"""A server of its own process, at a free port."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A server that is ready: its address, its process, and what it has said until then."""

    address: str
    process: subprocess.Popen[str]
    said: str


@contextmanager
def served(*arguments: str | Path) -> Iterator[Served]:
    """A `cp-pricing serve` that ends with the block."""
    command = [sys.executable, "-c", "from cli.main import run; run()", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, arguments)], stderr=subprocess.PIPE, encoding="utf-8"
    )
    try:
        address, said = _said(process)
        yield Served(_ready(address), process, said)
    finally:
        process.terminate()
        process.wait(SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def _said(process: subprocess.Popen[str]) -> tuple[str, str]:
    said = ""
    for line in process.stderr or ():
        said += line
        if found := re.search(r"at http://\S+:(\d+)/", line):
            return f"http://127.0.0.1:{found[1]}", said
    raise RuntimeError(said)


def _ready(address: str) -> str:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            ready = f"{address}/readyz"
            with urllib.request.urlopen(ready, timeout=SECONDS):  # noqa: S310 - of our own
                return address
        except URLError:
            time.sleep(0.1)
    raise RuntimeError("the server is not ready")
