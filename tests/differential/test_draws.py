"""The comparison of draws by itself, on documents that are made of the oracle's answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import groupby
from typing import Any

import pytest

from tests import oracle
from tests.differential.draws import NO_DRAWS, draw_differences
from tests.oracle.answer import Answer
from tests.oracle.case import DISCOUNT, Case
from tests.oracle.curve import ConfidenceCurve, confidence_curve


def document(case: Case, answer: Answer) -> dict[str, Any]:
    """A result with what is compared of it."""
    found = answer.confidence
    if found is None:
        return {"confidence": None, "confidence_curve": None, "warnings": ()}
    confidence = {name: getattr(found, name) for name in ("draws", "holds", "share")}
    confidence |= {name: dict(getattr(found, name)) for name in ("ltv", "improvement")}
    curve = curve_of(case.configuration.price, confidence_curve(case, answer))
    warnings = () if case.profile.draws else (f"`{case.profile.id}` {NO_DRAWS}",)
    return {"confidence": confidence, "confidence_curve": curve, "warnings": warnings}


def curve_of(price: str, curve: ConfidenceCurve) -> dict[str, Any]:
    ordered = sorted(curve.shares.items(), reverse=price == DISCOUNT)
    runs = [(share, list(run)) for share, run in groupby(ordered, key=lambda pair: pair[1])]
    steps = [{price: run[0][0], "through": run[-1][0], "share": share} for share, run in runs]
    lowest = [{price: best, "at_least": f"{level}/100"} for level, best in curve.best.items()]
    return {"steps": steps, "lowest": lowest}


def told(case: Case, answer: Answer, shown: dict[str, Any]) -> list[str]:
    return list(draw_differences(shown, {"confidence": None}, case, answer))


@cache
def answered() -> list[tuple[Case, Answer]]:
    cases = [oracle.generate(0, 1), *(oracle.generate_draws(seed, 1) for seed in range(12))]
    return [(case, oracle.solve(case)) for case in cases]


def test_a_document_of_the_answer_itself_has_no_differences() -> None:
    found = answered()
    assert {answer.confidence is None for _, answer in found} == {True, False}
    for case, answer in found:
        assert told(case, answer, document(case, answer)) == []


def another_share(shown: dict[str, Any]) -> None:
    shown["confidence"]["share"] = "0.123"


def another_percentile(shown: dict[str, Any]) -> None:
    shown["confidence"]["improvement"]["p90"] += 1


def another_warning(shown: dict[str, Any]) -> None:
    shown["warnings"] = () if shown["warnings"] else (NO_DRAWS,)


def no_confidence(shown: dict[str, Any]) -> None:
    shown["confidence"] = None


def another_step(shown: dict[str, Any]) -> None:
    shown["confidence_curve"]["steps"][0]["share"] = "0.123"


def a_step_less(shown: dict[str, Any]) -> None:
    del shown["confidence_curve"]["steps"][-1]


def another_best(shown: dict[str, Any]) -> None:
    (best, *_) = shown["confidence_curve"]["lowest"]
    best.update(dict.fromkeys(best.keys() - {"at_least"}, "0.123"))


@pytest.mark.parametrize(
    "change",
    [
        another_share, another_percentile, another_warning, no_confidence, another_step,
        a_step_less, another_best,
    ],
)  # fmt: skip
def test_what_is_otherwise_is_seen(change: Callable[[dict[str, Any]], None]) -> None:
    known = [(case, answer) for case, answer in answered() if answer.confidence]
    for case, answer in known[:5]:
        shown = document(case, answer)
        change(shown)
        assert told(case, answer, shown)
