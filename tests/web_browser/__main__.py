"""Check the desk's page in Chromium, and take its pictures for the documentation.

`python -m tests.web_browser [FOLDER]`: FOLDER is where the pictures go, by default nowhere.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

from tests.browser.chromium import Chromium, program
from tests.web_browser import axe, checks
from tests.web_browser.serving import served

PLAN = "/ask?plan=membership-plus-overage&profile=small-team"
ANSWERED = f"{PLAN}&term=24&prepaid=1200"
REJECTED = f"{PLAN}&price=7&included=12M"
OFFERS = "/compare?" + urlencode(
    [("offer", path.partition("?")[2]) for path in (ANSWERED, REJECTED, f"{PLAN}&term=36")]
)
PAGES = [ANSWERED, REJECTED, f"{PLAN}&term=24&confidence=90%25"]
PLAIN = [OFFERS]
MOST_BYTES = 300_000


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def faults(browser: Chromium, server: str, script: str | None) -> list[str]:
    """All that is wrong with the page."""
    address = f"{server}{ANSWERED}"
    return [
        *checks.faults_of(browser, server, PAGES, script),
        *checks.faults_of(browser, server, PLAIN, script, checks.LOADED),
        *checks.keyboard(browser, address),
        *checks.moving(browser, address),
        *checks.taking(browser, f"{server}{REJECTED}"),
        *checks.opened(browser, address),
        *checks.mistyped(browser, address),
        *checks.printing(browser, address),
        *checks.without_script(browser, address),
    ]


def take_pictures(browser: Chromium, server: str, folder: Path) -> None:
    """The pictures of docs/page.md; raises `RuntimeError` for one that is too large."""
    for name, path, width, height, theme in (
        ("page", ANSWERED, 1280, 1250, "light"),
        ("page-rejected-dark", REJECTED, 1280, 1250, "dark"),
        ("page-phone", ANSWERED, 390, 1500, "light"),
        ("page-offers", OFFERS, 1100, 760, "light"),
    ):
        browser.visit(f"{server}{path}", width, height, theme)
        checks.settled(browser, checks.LOADED if path == OFFERS else checks.DONE)
        file = folder / f"{name}.png"
        browser.screenshot(file)
        if file.stat().st_size > MOST_BYTES:
            raise RuntimeError(f"{file} has {file.stat().st_size} bytes")


def main() -> int:
    path = program()
    if path is None:
        say("error: there is no Chromium here\nhint: apt-get install chromium")
        return 2
    script = axe.script()
    if script is None:
        say("axe-core cannot be fetched: its rules are not checked")
    with served() as server, Chromium(path) as browser:
        found = faults(browser, server.address, script)
        if len(sys.argv) > 1:
            take_pictures(browser, server.address, Path(sys.argv[1]))
    for fault in found:
        say(fault)
    say(f"web_browser: {len(found)} faults" if found else "web_browser: passed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
