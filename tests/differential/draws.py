"""What a result says of a profile's draws, against the oracle; read by its document's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

from tests.differential.desk import exact
from tests.oracle.answer import Answer
from tests.oracle.case import CONFIDENCE, DISCOUNT, Case
from tests.oracle.chance.scoping import names_of
from tests.oracle.curve import ConfidenceCurve, confidence_curve
from tests.oracle.valuing.confidence import Confidence

# Words of the warning where a policy asks for confidence, and the profile is taken as certain.
NO_DRAWS = "has no draws"

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
    if _confidence(brief["confidence"]) not in (None, theirs):
        yield f"confidence of the decision: {brief['confidence']} instead of {theirs}"
    warned = any(NO_DRAWS in warning for warning in result["warnings"])
    if warned != (case.tells_confidence and not case.profile.draws):
        yield f"that there are no draws: {result['warnings']}"
    curve = result["confidence_curve"]
    if curve is None:
        return
    if not case.tells_confidence:
        yield f"a confidence curve without draws: {curve}"
    yield from _curve_differences(curve, case, confidence_curve(case, expected))


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


def _curve_differences(shown: Shown, case: Case, expected: ConfidenceCurve) -> Iterator[str]:
    """In what a curve is not the exact share at every admissible tick, in as few steps as can be.

    Both are from the best price for the customer on.
    """
    price = case.configuration.price
    ours = [(exact(s[price]), exact(s["through"]), exact(s["share"])) for s in shown["steps"]]
    theirs = _steps(expected, descending=price == DISCOUNT)
    if ours != theirs:
        yield f"steps of the confidence: {ours} instead of {theirs}"
    best = {exact(each["at_least"]): exact(each[price]) for each in shown["lowest"]}
    wanted = {Fraction(level, 100): value for level, value in expected.best.items()}
    if best != wanted:
        yield f"the best price for each share: {best} instead of {wanted}"


def _steps(curve: ConfidenceCurve, *, descending: bool) -> list[tuple[object, object, object]]:
    """The ticks of one share after the other: the first, the last, and the share."""
    ordered = sorted(curve.shares, reverse=descending)
    runs = [list(run) for _, run in groupby(ordered, key=curve.shares.__getitem__)]
    return [(run[0], run[-1], curve.shares[run[0]]) for run in runs]
