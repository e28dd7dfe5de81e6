"""cp-pricing: the exact customer-tuning pricing solver.

`load_price_book`, `load_requests` and `solve` are all a program needs; what they take and return
is here too. Nothing is imported before it is used, so that importing this package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constraints.text.source import InputError, Issue, Span, render_issue
    from cp_pricing.batch.many import solve_many
    from cp_pricing.book.loading import (
        checked_request,
        load,
        load_price_book,
        load_requests,
        parse_price_book,
        parse_requests,
    )
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.files.shipped import pilot_folder
    from cp_pricing.results import TuningResult
    from cp_pricing.terms import Terms
    from cp_pricing.tuning import solve

_HOMES = {
    "InputError": "constraints.text.source",
    "Issue": "constraints.text.source",
    "PriceBook": "cp_pricing.book.price_book",
    "Span": "constraints.text.source",
    "Terms": "cp_pricing.terms",
    "TuningRequest": "cp_pricing.book.requests",
    "TuningResult": "cp_pricing.results",
    "checked_request": "cp_pricing.book.loading",
    "load": "cp_pricing.book.loading",
    "load_price_book": "cp_pricing.book.loading",
    "load_requests": "cp_pricing.book.loading",
    "parse_price_book": "cp_pricing.book.loading",
    "parse_requests": "cp_pricing.book.loading",
    "pilot_folder": "cp_pricing.files.shipped",
    "render_issue": "constraints.text.source",
    "solve": "cp_pricing.tuning",
    "solve_many": "cp_pricing.batch.many",
}

__all__ = [
    "InputError",
    "Issue",
    "PriceBook",
    "Span",
    "Terms",
    "TuningRequest",
    "TuningResult",
    "checked_request",
    "load",
    "load_price_book",
    "load_requests",
    "parse_price_book",
    "parse_requests",
    "pilot_folder",
    "render_issue",
    "solve",
    "solve_many",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        message = f"module `cp_pricing` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
