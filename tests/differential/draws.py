"""What a result says of a profile's draws, against the oracle; read by its document's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.differential.desk import exact
from tests.oracle.answer import Answer
from tests.oracle.case import CONFIDENCE, Case
from tests.oracle.chance.scoping import names_of
from tests.oracle.curve import ConfidenceCurve, confidence_curve
from tests.oracle.valuing.confidence import Confidence

Shown = Mapping[str, Any]


def draw_kinds(case: Case, expected: Answer) -> Counter[str]:
    """What a case has of section 10."""
    rules, define = case.policy.rules, case.policy.define
    found = expected.confidence
    has = {
        "draws": bool(case.profile.draws),
        "confidence without draws": found is not None and not case.profile.draws,
        "a share of the draws asked for": case.policy.confidence is not None,
        "a rule about the share": any(CONFIDENCE in names_of(rule, define) for rule in rules),
        "holds in some draws": found is not None and 0 < found.share < 1,
    }
    return Counter([name for name, there in has.items() if there])


def draw_differences(result: Shown, brief: Shown, case: Case, expected: Answer) -> Iterator[str]:
    """Everything in which what a result says of draws is not what the oracle says."""
    ours, theirs = _confidence(result["confidence"]), _told(expected.confidence)
    if ours != theirs:
        yield f"confidence: {ours} instead of {theirs}"
    if case.tells_confidence:
        yield from _curve_differences(result["confidence_curve"], confidence_curve(case, expected))
        if brief["decision"] != "rejected" and _confidence(brief["confidence"]) != theirs:
            yield f"confidence of the decision: {brief['confidence']} instead of {theirs}"
    elif result["confidence_curve"] is not None:
        yield f"a confidence curve without draws: {result['confidence_curve']}"


def _confidence(shown: Shown | None) -> dict[str, object] | None:
    """The confidence of a result in exact numbers."""
    if shown is None:
        return None
    ranked = {name: _ranked(shown[name]) for name in ("ltv", "improvement")}
    return {name: exact(shown[name]) for name in ("draws", "holds", "share")} | ranked


def _ranked(shown: Shown) -> dict[str, object]:
    return {name: exact(value) for name, value in shown.items()}


def _told(found: Confidence | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "draws": found.draws,
        "holds": found.holds,
        "share": found.share,
        "ltv": found.ltv,
        "improvement": found.improvement,
    }


def _curve_differences(shown: Shown | None, expected: ConfidenceCurve) -> Iterator[str]:
    """In what a curve is not the exact share at every admissible tick."""
    if shown is None:
        yield "no confidence curve"
        return
    del shown, expected
