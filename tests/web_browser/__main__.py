"""Check the desk's page in Chromium, and take its pictures for the documentation.

`python -m tests.web_browser [FOLDER]`: FOLDER is where the pictures go, by default nowhere.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from httpx2 import Client

from tests.browser.window import MissingError, Window, window
from tests.web_browser import axe, checks
from tests.web_browser.serving import served
from tests.web_browser.story import story, token

PLAN = "/ask?plan=membership-plus-overage&profile=small-team"
ANSWERED = f"{PLAN}&term=24&prepaid=1200"
REJECTED = f"{PLAN}&price=7&included=12M"
# It takes all of its thirty seconds.
OPENED = ("included", "term", "minimum", "prepaid", "guarantee", "onboarding", "flexibility")
HARD = f"{PLAN}&{'&'.join(f'open={name}' for name in OPENED)}&prefer=ltv"
OFFERS = "/compare?" + urlencode(
    [("offer", path.partition("?")[2]) for path in (ANSWERED, REJECTED, f"{PLAN}&term=36")]
)
PAGES = [ANSWERED, REJECTED, f"{PLAN}&term=24&confidence=90%25"]
PLAIN = [OFFERS]
UNTIL = "2999-12-30"
MOST_BYTES = 300_000


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def faults(browser: Window, server: str, script: str | None) -> list[str]:
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
        *checks.waiting(browser, f"{server}{HARD}"),
        *checks.printing(browser, address),
        *checks.without_script(browser, address),
    ]


def recorded(server: str, signer: str) -> dict[str, str]:
    """The pages of a quote that is signed, sent, and linked; by what they are."""
    with Client(base_url=server) as desk:
        query = f"{ANSWERED.partition('?')[2]}&price=5.65&approval=yes"
        saved = desk.post("/quotes", data={"query": query, "valid_until": UNTIL, "owner": "mara"})
        quote: str = saved.headers["location"]
        number = quote.rpartition("/")[2]
        desk.post(f"{quote}/ask")
        signed = {"version": f"{number}.1", "comment": "for the reference"}
        bearer = {"authorization": f"Bearer {signer}"}
        desk.post(f"{quote}/sign", data=signed, headers=bearer)
        desk.post(f"{quote}/send")
        page = desk.post(f"{quote}/link", data={"until": UNTIL}).text
        sought = re.search(r'href="http://[^/]+(/offer/[^"]+)"', page)
        if sought is None:
            raise RuntimeError(page)
    again = f"{PLAN}&term=24&prepaid=1000&price=5.65&approval=yes&of={number}"
    return {"quotes": "/quotes", "quote": quote, "offer": sought[1], "again": again}


def preview(browser: Window, address: str) -> None:
    """Show who would have to sign a next version, in the window as it is."""
    browser.visit(address, 1100, 900)
    checks.settled(browser)
    browser.page.fill("#save [name=valid_until]", UNTIL)
    browser.page.click("text=Next: who has to sign")
    browser.page.wait_for_selector("#would")


def take_pictures(browser: Window, server: str, pages: dict[str, str], folder: Path) -> None:
    """The pictures of docs/page.md; raises `RuntimeError` for one that is too large."""
    for name, path, width, height, theme in (
        ("page", ANSWERED, 1280, 1250, "light"),
        ("page-rejected-dark", REJECTED, 1280, 1250, "dark"),
        ("page-phone", ANSWERED, 390, 1500, "light"),
        ("page-offers", OFFERS, 1100, 760, "light"),
        ("quote", pages["quote"], 1100, 1100, "light"),
        ("offer", pages["offer"], 390, 1500, "light"),
    ):
        browser.visit(f"{server}{path}", width, height, theme)
        checks.settled(browser, checks.DONE if path.startswith("/ask") else checks.LOADED)
        file = folder / f"{name}.png"
        browser.screenshot(file)
        _refuse_large(file)
    preview(browser, f"{server}{pages['again']}")
    browser.screenshot(folder / "quote-preview.png")
    _refuse_large(folder / "quote-preview.png")


def _refuse_large(file: Path) -> None:
    if file.stat().st_size > MOST_BYTES:
        raise RuntimeError(f"{file} has {file.stat().st_size} bytes")


def main() -> int:
    script = axe.script()
    if script is None:
        say("axe-core cannot be fetched: its rules are not checked")
    with (
        tempfile.TemporaryDirectory() as folder,
        served("--store", store := Path(folder, "quotes.sqlite")) as server,
        window() as browser,
    ):
        signer = token(store)
        pages = recorded(server.address, signer)
        own = [*(pages[name] for name in ("quotes", "quote", "offer")), "/sign-in"]
        found = [
            *faults(browser, server.address, script),
            *checks.faults_of(browser, server.address, own, script, checks.LOADED, least=10),
        ]
        if len(sys.argv) > 1:
            take_pictures(browser, server.address, pages, Path(sys.argv[1]))
        for width in (1280, 390):
            found += story(browser, server.address, signer, width)
    for fault in found:
        say(fault)
    say(f"web_browser: {len(found)} faults" if found else "web_browser: passed")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingError as error:
        say("error: {}\nhint: {}".format(*error.args))
        sys.exit(2)
