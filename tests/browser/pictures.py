"""Pictures of the pilot's reports for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tests.browser.window import Window

Audience: TypeAlias = Literal["seller", "customer"]
# Larger ones are a burden to everybody who fetches the project.
MOST_BYTES = 300_000


@dataclass(frozen=True)
class Picture:
    """What is to be seen: from one element (a CSS selector) on, so many pixels."""

    name: str
    audience: Audience
    start: str
    width: int
    height: int
    theme: str = "light"


PICTURES = (
    Picture("report-index", "seller", "body", 1100, 1000),
    Picture("report-answer", "seller", "#request-1", 1100, 1250),
    Picture("report-limits", "seller", "#request-1-curve", 1100, 900),
    Picture("report-limits-dark", "seller", "#request-8-curve", 1100, 800, "dark"),
    Picture("report-rejected", "seller", "#request-2-conflicts", 1100, 1000),
    Picture("report-levers", "seller", "#request-4-levers", 1100, 700),
    Picture("report-phone", "seller", "#request-1-curve", 390, 820),
    Picture("report-customer", "customer", "#request-4", 1100, 1200),
)


def take_pictures(browser: Window, reports: Mapping[Audience, Path], folder: Path) -> None:
    """Write all pictures; raises `RuntimeError` for one that is too large."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        browser.open(reports[picture.audience], picture.width, 900, picture.theme)
        top = max(0.0, float(browser.probe("top", picture.start)) - 12)
        path = folder / f"{picture.name}.png"
        browser.screenshot(
            path, {"x": 0, "y": top, "width": picture.width, "height": picture.height}
        )
        if path.stat().st_size > MOST_BYTES:
            raise RuntimeError(f"{path} has {path.stat().st_size} bytes")
