"""What must be true of the page in a browser; each check names its faults."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.browser.checks import LEAST_TEXTS, contrast, layout, network
from tests.browser.window import Window
from tests.web_browser.axe import findings

WIDTHS = (320, 390, 770, 1280)
THEMES = ("light", "dark")
SECONDS = 30.0
DONE = "Boolean(document.querySelector('[data-detail=full]')) && !document.querySelector('.stale')"


LOADED = "document.readyState === 'complete'"


def settled(browser: Window, there: str = DONE) -> None:
    """Wait until something is true in the page: by default that the answer is read in full."""
    browser.wait_for(there, SECONDS)


def faults_of(
    browser: Window,
    server: str,
    paths: list[str],
    axe: str | None,
    there: str = DONE,
    least: int = LEAST_TEXTS,
) -> Iterator[str]:
    """All that is wrong with some pages, at every width and in both themes."""
    for path in paths:
        for theme in THEMES:
            for width in WIDTHS:
                browser.visit(f"{server}{path}", width, 900, theme)
                settled(browser, there)
                found = [*layout(browser), *network(browser, server), *contrast(browser, least)]
                found += findings(browser, axe) if axe else []
                yield from (f"{path}, {theme}, {width} px: {fault}" for fault in found)


def keyboard(browser: Window, address: str) -> Iterator[str]:
    """Tab reaches everything, visibly; a slider moves with the arrow keys, and the answer."""
    browser.visit(address, 1280, 900)
    settled(browser)
    browser.press("Tab")
    if browser.probe("focused") is None or "Skip" not in browser.probe("focused")["what"]:
        yield "the skip link is not first"
    browser.visit(address, 1280, 900)
    settled(browser)
    reachable = browser.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, select, input, [tabindex]')]"
        ".filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0).length"
    )
    for place in range(reachable):
        browser.press("Tab")
        focused = browser.probe("focused")
        if focused is None or not (focused["outline"] and focused["seen"]):
            yield f"stop {place + 1} of {reachable} is not seen: {focused}"
            return


def moving(browser: Window, address: str) -> Iterator[str]:
    """A slider that is moved by a key changes box, answer and address, and nothing jumps."""
    browser.visit(address, 1280, 900)
    settled(browser)
    browser.evaluate("document.querySelector('input[type=range][data-of=term-5]').focus()")
    top = "document.querySelector('#answer h2').getBoundingClientRect().top"
    before, place = browser.evaluate("location.href"), browser.evaluate(top)
    browser.press("ArrowRight")
    settled(browser, f"location.href !== {json.dumps(before)}")
    if browser.evaluate(top) != place:
        yield "the answer jumps when it comes"
    settled(browser)
    if browser.evaluate(top) != place:
        yield "the answer jumps when it is read in full"
    told = browser.evaluate(
        "[document.querySelector('#term-5').value, new URLSearchParams(location.search)"
        ".get('prepaid'), document.querySelector('#status').textContent]"
    )
    if told[0] != told[1] or not told[2]:
        yield f"box, address and status do not agree: {told}"
    if "the price by one term" not in browser.evaluate("document.body.innerText.toLowerCase()"):
        yield "the price by the moved term is not drawn"


def taking(browser: Window, address: str) -> Iterator[str]:
    """One click takes a counteroffer, which is then accepted."""
    browser.visit(address, 1280, 900)
    settled(browser)
    decision = "document.querySelector('#answer h2').textContent"
    if browser.evaluate(decision) != "Rejected":
        yield "this is not rejected"
    browser.evaluate("document.querySelector('[data-part=why] .take').focus()")
    browser.press("Enter")
    settled(
        browser, f"location.href !== {json.dumps(address)} && document.readyState === 'complete'"
    )
    settled(browser)
    if browser.evaluate(decision) != "Accepted":
        yield f"what was taken is {browser.evaluate(decision)}"


def opened(browser: Window, address: str) -> Iterator[str]:
    """A term that is left open has no box to fill in, and is chosen."""
    browser.visit(address, 1280, 900)
    settled(browser)
    browser.evaluate("document.querySelector('input[name=open][value=prepaid]').click()")
    settled(browser, "location.search.includes('open=prepaid')")
    settled(browser)
    if not browser.evaluate("document.querySelector('#term-5').disabled"):
        yield "the box of an open term can be filled in"


def mistyped(browser: Window, address: str) -> Iterator[str]:
    """What cannot be tuned is not asked, and the page says so."""
    browser.visit(address, 1280, 900)
    settled(browser)
    before = browser.evaluate("location.href")
    browser.evaluate(
        "(() => { const box = document.querySelector('#term-5'); box.value = '123';"
        " box.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    settled(browser, "document.querySelector('#status').classList.contains('busy')")
    if browser.evaluate("location.href") != before:
        yield "a value off the grid is asked for"


def waiting(browser: Window, address: str) -> Iterator[str]:
    """What takes longer says what it looks for, and the form goes on working meanwhile."""
    browser.visit(address, 1280, 900)
    try:
        settled(browser, "document.querySelector('#status').textContent.startsWith('Looking for')")
        browser.evaluate("document.querySelector('input[name=open][value=minimum]').click()")
        settled(browser, "!location.search.includes('open=minimum')")
    except RuntimeError as error:
        yield f"while it is solved: {error}"


def printing(browser: Window, address: str) -> Iterator[str]:
    """On paper there is the answer without the form."""
    browser.visit(address, 1280, 900)
    settled(browser)
    browser.emulate("dark", media="print")
    if browser.evaluate("document.querySelector('#ask').checkVisibility()"):
        yield "the form is printed"
    if browser.probe("ground") != "rgb(255, 255, 255)":
        yield f"the paper is {browser.probe('ground')}"
    browser.emulate("light")


def without_script(browser: Window, address: str) -> Iterator[str]:
    """The form works by itself."""
    try:
        browser.visit(address, 1280, 900, script=False)
        browser.page.fill("#term-5", "700")
        browser.page.click("#ask button")
        browser.page.wait_for_url("**prepaid=700**")
        while (again := browser.page.get_by_text("Look again")).count():
            again.click()  # as somebody would whose machine is busy
        settled(browser)
    except RuntimeError as error:
        yield f"without a script: {error}"
