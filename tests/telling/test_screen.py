"""One screen of a result: what its lines say of the levels beside the answer, and what to do."""

from __future__ import annotations

from cp_pricing.results import Completeness, TuningResult
from cp_pricing.telling.context import told_of
from cp_pricing.telling.screen import screen
from tests.support.books import pilot
from tests.support.explained import result, told


def facts(found: TuningResult) -> dict[str, str | None]:
    request = told(found.request_id).request
    return {fact.name: fact.value for fact in screen(told_of(pilot(), request, found))}


def test_a_level_below_that_of_the_answer_is_not_said_to_go_lower() -> None:
    shown = facts(result("small-team-two-years"))
    assert shown["without it"] == "self-serve USD 6.11"
    assert shown["or with"] == "deal-desk USD 5.63, waiving payback and earned-discount"
    assert "lower with" not in shown
    accepted = facts(result("small-team-lower-price"))["lower with"]
    assert accepted is not None
    assert accepted.startswith("deal-desk USD 5.09")


def test_advice_after_a_sentence_begins_with_a_capital() -> None:
    none = result("small-team-high-included").model_copy(
        update={"counteroffers": (), "completeness": Completeness(note="out of time")}
    )
    assert facts(none)["next"] == (
        "No approval would help. Ask again with another number of included tokens or another term"
    )
