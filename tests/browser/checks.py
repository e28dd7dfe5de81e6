"""What must be true of a report in a browser; each check names its faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.browser.window import Window

WIDTHS = (320, 390, 770, 1280)
LEGIBLE = 9.5
LEAST_TEXTS = 50


def faults_of(browser: Window, report: Path) -> Iterator[str]:
    """All that is wrong with a report."""
    for theme in ("light", "dark"):
        for width in WIDTHS:
            browser.open(report, width, 900, theme)
            own = report.resolve().as_uri()
            for fault in (*layout(browser), *network(browser, own), *contrast(browser)):
                yield f"{report.name}, {theme}, {width} px: {fault}"
    for fault in (*_keyboard(browser, report), *_themes(browser, report), *_printing(browser)):
        yield f"{report.name}: {fault}"


def layout(browser: Window) -> Iterator[str]:
    """What is too wide, cut off or illegible."""
    found = browser.probe("overflow")
    if found["page"] > 0 or found["wide"]:
        yield f"the page is {found['page']} px too wide: {found['wide']}"
    yield from (f"cut off in a chart: {text}" for text in browser.probe("cutOff"))
    yield from (f"one text on another in a chart: {text}" for text in browser.probe("overlaps"))
    smallest = browser.probe("smallestText")
    if smallest is not None and smallest < LEGIBLE:
        yield f"a chart's text is {smallest:.1f} px high"


def network(browser: Window, own: str) -> Iterator[str]:
    """What the console says, and what is fetched from elsewhere than from `own`."""
    yield from (f"console: {line}" for line in browser.console)
    yield from (f"fetched {url}" for url in browser.fetched if not url.startswith((own, "data:")))


def contrast(browser: Window, least: int = LEAST_TEXTS) -> Iterator[str]:
    """Texts that are too faint."""
    found = browser.probe("contrasts")
    if found["read"] < least:
        yield f"only {found['read']} texts were read"
    for what, (ratio, text) in found["faults"]:
        yield f"contrast {ratio:.2f} of `{text}` ({what})"


def _keyboard(browser: Window, report: Path) -> Iterator[str]:
    """Tab reaches everything, visibly; Enter follows the skip link and opens what is folded."""
    browser.open(report, 1280, 900)
    browser.press("Tab")
    first = browser.probe("focused")
    if first is None or "Skip" not in first["what"]:
        yield f"the skip link is not first: {first}"
    browser.press("Enter")
    if browser.probe("focusedId") != "content":
        yield "the skip link does not lead to the content"
    browser.open(report, 1280, 900)
    yield from _stops(browser)
    folded = browser.probe("folded")
    if folded:
        browser.probe("focusSummary")
        browser.press("Enter")
        if browser.probe("folded") != folded - 1:
            yield "Enter does not unfold"


def _stops(browser: Window) -> Iterator[str]:
    reachable = browser.probe("reachable")
    for place in range(reachable):
        browser.press("Tab")
        focused = browser.probe("focused")
        if focused is None or not (focused["outline"] and focused["seen"]):
            yield f"stop {place + 1} of {reachable} on the keyboard is not seen: {focused}"
            return


def _themes(browser: Window, report: Path) -> Iterator[str]:
    """The button changes the colours, against either theme of the system."""
    for theme in ("light", "dark"):
        browser.open(report, 1280, 900, theme)
        browser.probe("forget")
        browser.open(report, 1280, 900, theme)
        before = browser.probe("ground")
        browser.probe("switchTheme")
        changed = browser.probe("ground")
        browser.open(report, 1280, 900, theme)
        if changed == before or browser.probe("ground") != changed:
            yield f"the button does not change the {theme} theme for good"
        browser.probe("switchTheme")
        if browser.probe("ground") != before:
            yield f"the button does not lead back to the {theme} theme"
        browser.probe("forget")


def _printing(browser: Window) -> Iterator[str]:
    """On paper nothing is folded, and the ground is white whatever the theme."""
    folded = browser.probe("folded")
    browser.probe("print", begins=True)
    if browser.probe("folded"):
        yield "folded parts stay folded on paper"
    browser.probe("print", begins=False)
    if browser.probe("folded") != folded:
        yield "printing leaves parts unfolded"
    browser.emulate("dark", media="print")
    if browser.probe("ground") != "rgb(255, 255, 255)":
        yield f"the paper is {browser.probe('ground')}"
    browser.emulate("light")
