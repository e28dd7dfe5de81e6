"""Requests as one self-contained HTML file, for the seller, the customer or the approvers."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Sequence
from datetime import date
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.files.extras import extra
from cp_pricing.report.approver import (
    ApproverEntry,
    approver_entries,
    approver_report,
)
from cp_pricing.report.customer import customer_report
from cp_pricing.report.entries import (
    CustomerEntry,
    ReportEntry,
    customer_entries,
    entries,
    shared_entries,
)
from cp_pricing.report.seller import seller_report

if TYPE_CHECKING:
    import jinja2

    from cp_pricing.book.price_book import PriceBook

__all__ = [
    "approver_entries",
    "approver_html",
    "customer_entries",
    "customer_html",
    "entries",
    "report_html",
    "shared_entries",
    "templates",
]


class Phrase(NamedTuple):
    """A stretch of a text; `code` for what stood in backticks."""

    text: str
    code: bool = False


def phrases(text: str) -> tuple[Phrase, ...]:
    """A text in stretches, those in backticks apart."""
    parts = re.split(r"`([^`\n]+)`", text)
    # The pattern has one group, so every second part is what it caught.
    return tuple(Phrase(part, number % 2 == 1) for number, part in enumerate(parts) if part)


def templates() -> jinja2.Environment:
    """The templates of the report; raises `MissingExtraError` without Jinja2."""
    library = extra("jinja2", "a report", "Jinja2", "report")
    from cp_pricing.report.templates.compiled import Shipped  # noqa: PLC0415 - it needs Jinja2

    environment: jinja2.Environment = library.Environment(
        loader=library.PackageLoader("cp_pricing.report"),
        # The texts of a price book are not to be trusted.
        autoescape=True,
        undefined=library.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=Shipped(),
    )
    environment.filters["phrases"] = phrases
    return environment


def report_html(price_book: PriceBook, solved: Sequence[ReportEntry]) -> str:
    """The seller's page; raises `MissingExtraError` without Jinja2."""
    return html("seller", seller_report(price_book, solved))


def customer_html(
    price_book: PriceBook, solved: Sequence[CustomerEntry], *, dated: date | None = None
) -> str:
    """The customer's page of the day `dated`; raises `MissingExtraError` without Jinja2."""
    return html("customer", customer_report(price_book, solved, dated))


def approver_html(
    price_book: PriceBook,
    solved: Sequence[ApproverEntry],
    *,
    approvers: Collection[str] = (),
    dated: date | None = None,
) -> str:
    """The page of some approvers, or of all; raises `MissingExtraError` without Jinja2."""
    return html("approver", approver_report(price_book, solved, approvers, dated))


def html(template: str, report: object) -> str:
    """The page that a template makes of a report; raises `MissingExtraError` without Jinja2."""
    style, script = _asset("report.css"), _asset("report.js")
    return (
        templates()
        .get_template(f"{template}.html.j2")
        .render(
            report=report,
            style=style,
            script=script,
            style_hash=_integrity(style),
            script_hash=_integrity(script),
        )
    )


def _asset(name: str) -> str:
    return (
        resources.files("cp_pricing.report").joinpath("templates", name).read_text(encoding="utf-8")
    )


def _integrity(text: str) -> str:
    """The hash by which the page's own policy admits its style and script, and no others."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
