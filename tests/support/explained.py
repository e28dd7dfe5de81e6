"""The pilot's requests solved in full, each once, and the seller's words about them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from constraints.cpsat.solving import Solver
from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.assembly import context_of
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.results import TuningResult
from cp_pricing.words.explanation import ExplanationContext
from cp_pricing.words.story import seller_sections

ROOT = Path(__file__).parents[2]
COULOMB = ROOT / "data" / "coulomb"
EXAMPLE = ROOT / "tests" / "data" / "example"


@cache
def pilot() -> PriceBook:
    return load_price_book(COULOMB)


@cache
def requests() -> Mapping[str, TuningRequest]:
    return {request.id: request for request in load_requests(pilot())}


@cache
def result(request_id: str) -> TuningResult:
    return solve(pilot(), requests()[request_id], detail="full")


def context(request_id: str, found: TuningResult | None = None) -> ExplanationContext:
    deal = Deal(pricing_of(pilot()), requests()[request_id], Solver())
    return context_of(deal, found or result(request_id))


def sections(request_id: str) -> dict[str, tuple[str, ...]]:
    """What the seller is told, by the title that it stands under."""
    found = seller_sections(context(request_id), result(request_id))
    return {section.title: section.sentences for section in found}
