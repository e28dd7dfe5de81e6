"""Headless Chromium, driven through a pipe by the DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Chromium must not ring home from a test.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
SECONDS = 60.0
PROBES = Path(__file__).with_name("probes.js").read_text(encoding="utf-8")


def program() -> str | None:
    """The path of an installed Chromium, if there is one."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Chromium:
    """One browser with one page; its console and its requests are kept."""

    def __init__(self, path: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        own_in, its_out = os.pipe()
        its_in, own_out = os.pipe()
        # The protocol is spoken on the descriptors 3 and 4.
        start = f'exec "$0" "$@" 3<&{its_in} 4>&{its_out}'
        flags = [*FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", start, path, *flags],
            pass_fds=(its_in, its_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_in)
        os.close(its_out)
        self._in, self._out = own_in, own_out
        self._buffer = b""
        self._calls = 0
        self._session = ""
        self.console: list[str] = []
        self.fetched: list[str] = []
        self._attach()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._out)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        shutil.rmtree(self._folder.name, ignore_errors=True)

    def _attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and wait for its result."""
        self._calls += 1
        message: dict[str, object] = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._calls:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _message(self) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            chunk = os.read(self._in, 1 << 20)
            if not chunk or time.monotonic() > end:
                raise RuntimeError("chromium does not answer")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        match message.get("method"), message.get("params", {}):
            case "Runtime.consoleAPICalled", found:
                self.console.append(str(found["args"]))
            case "Runtime.exceptionThrown", found:
                self.console.append(str(found["exceptionDetails"]))
            case "Log.entryAdded", found:
                self.console.append(found["entry"]["text"])
            case "Network.requestWillBeSent", found:
                self.fetched.append(found["request"]["url"])
            case _:
                pass

    def open(self, path: Path, width: int, height: int, theme: str = "light") -> None:
        """Show a file in a window of a size, in a colour theme of the system."""
        self.visit(path.resolve().as_uri(), width, height, theme)

    def visit(self, address: str, width: int, height: int, theme: str = "light") -> None:
        """Show what is at an address, as `open` does."""
        self.console, self.fetched = [], []
        self.emulate(theme)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Page.navigate", url=address)
        end = time.monotonic() + SECONDS
        while self.evaluate("document.readyState") != "complete":
            if time.monotonic() > end:
                raise RuntimeError("the page does not load")

    def emulate(self, theme: str, media: str = "screen") -> None:
        """Show the page as on a screen or on paper, in a colour theme of the system."""
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def probe(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - JSON
        """The value of one of the functions in probes.js."""
        values = ", ".join(map(json.dumps, (*arguments, *named.values())))
        # The text begins with a comment and is an expression.
        return self.evaluate(f"{PROBES.strip()}.{name}({values})")

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """The value of a JavaScript expression in the page."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press and release a key."""
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def screenshot(self, path: Path, clip: dict[str, float] | None = None) -> None:
        """A picture of what is in the window, or of a part of the page (in pixels)."""
        options: dict[str, object] = {"format": "png", "captureBeyondViewport": clip is not None}
        if clip is not None:
            options["clip"] = {**clip, "scale": 1}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF")["data"]))
