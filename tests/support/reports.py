"""The example's reports as a reader gets them: elements, visible text, declared colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from cp_pricing.book.loading import load
from cp_pricing.report.approver import ApproverEntry
from cp_pricing.report.entries import CustomerEntry, ReportEntry
from cp_pricing.report.page import (
    approver_entries,
    approver_html,
    customer_entries,
    customer_html,
    entries,
    report_html,
)
from tests.support.places import EXAMPLE

BOOK, REQUESTS = load(EXAMPLE)
VOID = {"meta", "link", "br", "hr", "img", "input"}


@cache
def solved() -> tuple[ReportEntry, ...]:
    return tuple(entries(BOOK, REQUESTS))


@cache
def shown() -> tuple[CustomerEntry, ...]:
    return tuple(customer_entries(BOOK, REQUESTS))


@cache
def to_sign() -> tuple[ApproverEntry, ...]:
    return tuple(approver_entries(BOOK, REQUESTS))


@cache
def all_pages() -> dict[str, str]:
    return {
        "seller": report_html(BOOK, solved()),
        "customer": customer_html(BOOK, shown()),
        "approver": approver_html(BOOK, to_sign()),
    }


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.walk() if element.tag in tags]

    def one(self, tag: str) -> Element:
        (found,) = self.all(tag)
        return found

    def classed(self, name: str) -> list[Element]:
        return [e for e in self.walk() if name in e.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        """The text that is shown, titles of charts included."""
        if self.tag in {"style", "script"}:
            return ""
        parts = (c if isinstance(c, str) else c.text for c in self.children)
        return re.sub(r"\s+", " ", "".join(parts)).strip() if self.tag == "body" else "".join(parts)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, (self.open[-1].tag, tag)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(page: str) -> Element:
    """The page's tree; fails where elements are not closed in their order."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    assert len(builder.open) == 1
    return builder.root


def said(page: str) -> str:
    """All that a reader may come upon: the text, and the texts in attributes."""
    root = parsed(page)
    wanted = ("aria-label", "title", "alt", "content", "href", "id")
    attributes = (e.attributes.get(name, "") for e in root.walk() for name in wanted)
    return " ".join([root.one("head").one("title").text, root.one("body").text, *attributes])


def article(page: str, place: int) -> Element:
    return next(e for e in parsed(page).all("article") if e.attributes["id"] == f"request-{place}")


def section(element: Element, heading: str) -> list[list[str]]:
    """The rows of the table with a caption."""
    table = next(t for t in element.all("table") if t.one("caption").text == heading)
    return [[cell.text for cell in row.all("th", "td")] for row in table.one("tbody").all("tr")]


# --- colours --------------------------------------------------------------------------------


def themes(page: str) -> dict[str, dict[str, str]]:
    """The colour variables of each theme, as the style sheet declares them."""
    style = parsed(page).one("style").text or "".join(
        child for child in parsed(page).one("style").children if isinstance(child, str)
    )
    blocks = re.findall(r":root([^{]*)\{([^}]*)\}", style)
    found: dict[str, dict[str, str]] = {}
    for selector, body in blocks:
        colours = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", body))
        if len(colours) > 1:
            found["light" if not selector.strip() else selector.strip()] = colours
    return found


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
