"""What must be true of a report in a browser; each check returns its faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.browser.chromium import Chromium

WIDTHS = (320, 390, 768, 1280)
TAB = 9
ENTER = 13

# Boxes that scroll in themselves are no overflow of the page.
OVERFLOWING = """
(() => {
  const width = document.documentElement.clientWidth;
  const inside = (e) => e.closest(".scroll, .skip, caption");
  const wide = [...document.body.querySelectorAll("*")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !inside(e);
  });
  return { page: document.documentElement.scrollWidth - width,
           wide: wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 90)) };
})()
"""

# Every text against the nearest ground that is painted behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """
(() => {
  const rgb = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const linear = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return [255, 255, 255];
  };
  const faults = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("script, style, title, desc, caption")) continue;
    if (!e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const colour = rgb(e instanceof SVGElement ? style.fill : style.color);
    const [light, dark] = [luminance(colour), luminance(ground(e))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    read += 1;
    if (ratio < 4.5) faults.set(e.className + " " + style.color, [ratio, walker.currentNode.data.slice(0, 40)]);
  }
  return { read, faults: [...faults] };
})()
"""

REACHABLE = """
[...document.querySelectorAll("a[href], button, summary, [tabindex='0']")]
  .filter((e) => e.getClientRects().length).length
"""

FOCUSED = """
(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return { what: e.tagName + " " + (e.getAttribute("aria-label") || e.textContent).trim().slice(0, 40),
           outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
           seen: box.bottom > 0 && box.top < innerHeight && box.left < innerWidth && box.right > 0 };
})()
"""

FOLDED = "[...document.querySelectorAll('details:not([open])')].length"
THEME = "getComputedStyle(document.body).backgroundColor"
# A text outside its drawing is cut off.
CUT_OFF = """
[...document.querySelectorAll("svg[role=img]")].filter((s) => s.getClientRects().length).flatMap((s) => {
  const box = s.getBoundingClientRect();
  return [...s.querySelectorAll("text")].filter((t) => {
    const r = t.getBoundingClientRect();
    return r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1;
  }).map((t) => s.querySelector("title").textContent + ": " + t.textContent);
}).slice(0, 5)
"""
SMALLEST_TEXT = """
Math.min(...[...document.querySelectorAll("svg[role=img] text")]
  .filter((t) => t.getClientRects().length)
  .map((t) => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a))
"""
LEGIBLE = 9.5


def faults_of(browser: Chromium, report: Path) -> Iterator[str]:
    """All that is wrong with a report."""
    for theme in ("light", "dark"):
        for width in WIDTHS:
            browser.open(report, width, 900, theme)
            for fault in (*_layout(browser), *_console(browser, report), *_contrast(browser)):
                yield f"{report.name}, {theme}, {width} px: {fault}"
    for fault in (*_keyboard(browser, report), *_themes(browser, report), *_printing(browser)):
        yield f"{report.name}: {fault}"


def _layout(browser: Chromium) -> Iterator[str]:
    found: dict[str, Any] = browser.evaluate(OVERFLOWING)
    if found["page"] > 0 or found["wide"]:
        yield f"the page is {found['page']} px too wide: {found['wide']}"
    yield from (f"cut off in a chart: {text}" for text in browser.evaluate(CUT_OFF))
    smallest = browser.evaluate(SMALLEST_TEXT)
    if smallest is not None and smallest < LEGIBLE:
        yield f"a chart's text is {smallest:.1f} px high"


def _console(browser: Chromium, report: Path) -> Iterator[str]:
    yield from (f"console: {line}" for line in browser.console)
    own = (report.resolve().as_uri(), "data:")
    yield from (f"fetched {url}" for url in browser.fetched if not url.startswith(own))


def _contrast(browser: Chromium) -> Iterator[str]:
    found = browser.evaluate(CONTRASTS)
    if found["read"] < len(WIDTHS):
        yield "there is hardly any text"
    for what, (ratio, text) in found["faults"]:
        yield f"contrast {ratio:.2f} of `{text}` ({what})"


def _keyboard(browser: Chromium, report: Path) -> Iterator[str]:
    """Tab reaches everything, visibly; Enter follows the skip link and opens what is folded."""
    browser.open(report, 1280, 900)
    reachable = browser.evaluate(REACHABLE)
    browser.press("Tab", TAB)
    first = browser.evaluate(FOCUSED)
    if first is None or "Skip" not in first["what"]:
        yield f"the skip link is not first: {first}"
    browser.press("Enter", ENTER)
    if browser.evaluate("document.activeElement.id") != "content":
        yield "the skip link does not lead to the content"
    browser.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    browser.open(report, 1280, 900)
    for place in range(reachable):
        browser.press("Tab", TAB)
        focused = browser.evaluate(FOCUSED)
        if focused is None or not (focused["outline"] and focused["seen"]):
            yield f"stop {place + 1} of {reachable} on the keyboard is not seen: {focused}"
            return
    folded = browser.evaluate(FOLDED)
    if folded:
        browser.evaluate("document.querySelector('summary').focus()")
        browser.press("Enter", ENTER)
        if browser.evaluate(FOLDED) != folded - 1:
            yield "Enter does not unfold"


def _themes(browser: Chromium, report: Path) -> Iterator[str]:
    """The button changes the colours, against either theme of the system."""
    for theme in ("light", "dark"):
        browser.open(report, 1280, 900, theme)
        browser.evaluate("localStorage.clear()")
        browser.open(report, 1280, 900, theme)
        before = browser.evaluate(THEME)
        browser.evaluate("document.querySelector('.theme').click()")
        changed = browser.evaluate(THEME)
        browser.open(report, 1280, 900, theme)
        if changed == before or browser.evaluate(THEME) != changed:
            yield f"the button does not change the {theme} theme for good"
        browser.evaluate("document.querySelector('.theme').click(); localStorage.clear()")
        if browser.evaluate(THEME) != before:
            yield f"the button does not lead back to the {theme} theme"


def _printing(browser: Chromium) -> Iterator[str]:
    """On paper nothing is folded, and the ground is white whatever the theme."""
    folded = browser.evaluate(FOLDED)
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    if browser.evaluate(FOLDED):
        yield "folded parts stay folded on paper"
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    if browser.evaluate(FOLDED) != folded:
        yield "printing leaves parts unfolded"
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.call("Emulation.setEmulatedMedia", media="print", features=dark)
    if browser.evaluate(THEME) != "rgb(255, 255, 255)":
        yield f"the paper is {browser.evaluate(THEME)}"
    browser.call("Emulation.setEmulatedMedia", media="screen", features=[])
