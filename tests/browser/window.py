"""Chromium with one window, driven by Playwright; what the checks of a page ask of it."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Chromium must not ring home from a test.
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: Final = 600  # what is narrower is a phone
SECONDS: Final = 60.0
_PAUSE: Final = 0.02
PROBES: Final = Path(__file__).with_name("probes.js").read_text(encoding="utf-8").strip()


class MissingError(Exception):
    """There is no browser here, or nothing to drive it by; says what to do about it."""


class Window:
    """One window; its console and its requests are kept from one visit to the next."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context: BrowserContext | None = None
        self._kind: tuple[bool, bool] | None = None
        self._kept: Any = None
        self.page: Page = None
        self.console: list[str] = []
        self.fetched: list[str] = []

    def open(self, path: Path, width: int, height: int, theme: str = "light") -> None:
        """Show a file in a window of a size, in a colour theme of the system."""
        self.visit(path.resolve().as_uri(), width, height, theme)

    def visit(
        self, address: str, width: int, height: int, theme: str = "light", *, script: bool = True
    ) -> None:
        """Show what is at an address, as `open` does, with scripts or without."""
        self._be(is_phone=width < PHONE, script=script)
        self.console, self.fetched = [], []
        self.emulate(theme)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(address)

    def _be(self, *, is_phone: bool, script: bool) -> None:
        """Be a phone or none, with what a page has stored in the window before."""
        if self._kind == (is_phone, script):
            return
        if self._context is not None:
            self._kept = self._context.storage_state()
            self._context.close()
        self._kind = (is_phone, script)
        self._context = self._browser.new_context(
            is_mobile=is_phone, java_script_enabled=script, storage_state=self._kept
        )
        self.page = self._context.new_page()
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))

    def emulate(self, theme: str, media: str = "screen") -> None:
        """Show the page as on a screen or on paper, in a colour theme of the system."""
        self.page.emulate_media(media=media, color_scheme=theme)

    def probe(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - JSON
        """The value of one of the functions in probes.js."""
        values = ", ".join(map(json.dumps, (*arguments, *named.values())))
        # The text begins with a comment and is an expression.
        return self.evaluate(f"{PROBES}.{name}({values})")

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(script)

    def wait_for(self, there: str, seconds: float) -> None:
        """Wait until an expression is true in the page; raises `RuntimeError` if it never is.

        Playwright's own `wait_for_function` evaluates texts in the page, which forbids that.
        """
        from playwright.sync_api import Error  # noqa: PLC0415 - as in `window`

        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(Error):  # while another page comes
                if self.evaluate(there):
                    return
            time.sleep(_PAUSE)
        raise RuntimeError(f"never in the page: {there}")

    def press(self, key: str) -> None:
        """Press and release a key."""
        self.page.keyboard.press(key)

    def screenshot(self, path: Path, clip: dict[str, float] | None = None) -> None:
        """A picture of what is in the window, or of a part of the page (in pixels)."""
        self.page.screenshot(path=path, clip=clip, full_page=clip is not None)


@contextmanager
def window() -> Iterator[Window]:
    """A window for as long as the block lasts; raises `MissingError`."""
    path = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if path is None:
        raise MissingError("there is no Chromium here", "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may be missing
    except ImportError:
        hint = f"{sys.executable} -m pip install -r {Path(__file__).with_name('requirements.txt')}"
        raise MissingError("there is no Playwright here", hint) from None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield Window(browser)
        finally:
            browser.close()
