"""The answer to a question in one line: a report of one offer, or several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType

from cli.views.solve import show_reports
from cli.views.tables import bullets, drawn, titled, write
from cli.views.terminal import plain
from cp_pricing.asking.understood import understood
from cp_pricing.telling.context import told_of
from cp_pricing.words.offers import offers_table

if TYPE_CHECKING:
    from cli.console.requests import Extent
    from cp_pricing.asking.question import Asked
    from cp_pricing.results import TuningResult


def show_quote(
    console: Console, asked: Asked, results: Sequence[TuningResult], extent: Extent | None
) -> None:
    """Write what was understood, and the answer: offers side by side, and as reports on demand."""
    offers = list(zip(asked.requests, results, strict=False))
    for request, _ in offers:
        head = f"{request.id}: " if len(asked.requests) > 1 else ""
        write(console, plain(f"{head}{understood(request, asked.book)}", "dim"))
    for text in asked.tried:
        write(console, plain(f"tried: {text}", "yellow"))
    if len(asked.requests) > 1 and offers:
        write(console, drawn(offers_table(offers, asked.book)))
        write(console, *_remarks(results, asked.tried))
    if len(asked.requests) == 1 or extent:
        show_reports(console, [told_of(asked.book, *offer) for offer in offers], extent)


def _remarks(results: Sequence[TuningResult], tried: Sequence[str]) -> Iterator[RenderableType]:
    """Why an offer is not simply accepted, and the warnings; what was tried has been said."""
    unsettled = [result for result in results if result.decision != "accepted"]
    if unsettled:
        reasons = (f"{result.request_id}: {result.reason}" for result in unsettled)
        yield titled("Reasons", bullets(reasons))
    warnings = [
        f"{result.request_id}: {text}"
        for result in results
        for text in result.warnings
        if text not in tried
    ]
    if warnings:
        yield titled("Warnings", bullets(warnings, "yellow"))
