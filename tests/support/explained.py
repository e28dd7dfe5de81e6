"""The pilot's requests solved in full, each once, and the seller's words about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from cp_pricing import load_requests, parse_requests, solve
from cp_pricing.book.requests import TuningRequest
from cp_pricing.results import TuningResult
from cp_pricing.telling.context import Told, told_of
from cp_pricing.telling.story import story
from cp_pricing.words.facts import text_of
from tests.support.books import pilot

# What the vice president of sales could allow, and what a looser rule could.
COMMITMENTS = """{"requests": [{
    "id": "large-commitment",
    "configuration": "membership-plus-overage",
    "profile": "small-team",
    "inputs": {"contract_duration_months": 36, "guaranteed_platform_fee": 250}
}, {
    "id": "large-minimum",
    "configuration": "membership-plus-overage",
    "profile": "small-team",
    "inputs": {"contract_duration_months": 12, "minimum_monthly_turnover": 170}
}]}"""


@cache
def requests() -> Mapping[str, TuningRequest]:
    asked = (*load_requests(pilot()), *parse_requests(pilot(), COMMITMENTS))
    return {request.id: request for request in asked}


@cache
def result(request_id: str) -> TuningResult:
    return solve(pilot(), requests()[request_id], detail="full")


def told(request_id: str) -> Told:
    return told_of(pilot(), requests()[request_id], result(request_id))


def retold(request_id: str, changed: TuningResult) -> str:
    """What would be told if the result of a request were another."""
    return text_of(story(replace(told(request_id), result=changed)))


def sections(request_id: str) -> dict[str, tuple[str, ...]]:
    """What the seller is told, by the title that it stands under."""
    return {section.title: section.sentences for section in story(told(request_id))}
