"""The comparison of rate cards by itself, on documents that are made of the oracle's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests import oracle
from tests.differential.cards import card_differences
from tests.oracle.answer import Answer, Rung
from tests.oracle.case import Case, Value
from tests.oracle.rates import ALLOWANCE, OVERRIDE
from tests.oracle.usage import UNLIMITED
from tests.oracle.wording import decimal

CASES = [case for case in (oracle.generate_card(seed, 3) for seed in range(16))
         if case.configuration.card]  # fmt: skip


def shown(name: str, value: Value) -> object:
    if isinstance(value, bool):
        return value
    if name == "contract_duration_months":
        return int(value)
    return "unlimited" if value == UNLIMITED else decimal(value)


def configuration(every: Mapping[str, Value] | None) -> dict[str, Any] | None:
    """A rate card's terms as a result shows them."""
    if every is None:
        return None
    found: dict[str, Any] = {}
    for name, value in every.items():
        key, _, meter = name.partition(".")
        if meter:
            found.setdefault(key, {})[meter] = shown(name, value)
        else:
            found[key] = shown(key, value)
        if key == "usage_discount":
            found[OVERRIDE] = {}
    return found


def step(rung: Rung) -> dict[str, Any]:
    discount = rung.usage_discount
    return {
        "level": rung.level,
        "approver": rung.approver,
        "usage_discount": None if discount is None else decimal(discount),
        "ltv": rung.ltv,
        "waives": rung.waives,
    }


def document(answer: Answer) -> dict[str, Any]:
    """A result with what is compared of it."""
    near = answer.near_miss
    bounds = [] if near is None else [f"tunable:{name}" for name in near.off_bounds]
    return {
        "decision": answer.decision,
        "configuration": configuration(answer.configuration),
        "ltv": {
            "tuned": answer.ltv,
            "reference_configuration": answer.reference_configuration,
            "reference": answer.reference_ltv,
            "required": answer.required_ltv,
        },
        "approvals": [{"approver": who, "rules": rules} for who, rules in answer.approvals],
        "ladder": [step(rung) for rung in answer.ladder],
        "near_miss": near and {
            "configuration": configuration(near.configuration),
            "ltv": near.ltv,
            "violated": [*near.violated, *bounds],
        },
    }  # fmt: skip


def answered(*decisions: str) -> list[tuple[Case, Answer]]:
    found = [(case, oracle.solve(case)) for case in CASES]
    return [(case, answer) for case, answer in found if answer.decision in decisions]


def test_a_document_of_the_answer_itself_has_no_differences() -> None:
    for case, answer in answered("accepted", "requires_approval", "rejected"):
        assert list(card_differences(document(answer), case, answer)) == []


def other_meter(told: dict[str, Any]) -> None:
    allowances = told["configuration"][ALLOWANCE]
    allowances[next(iter(allowances))] = "1.5"


def with_override(told: dict[str, Any]) -> None:
    meter = next(iter(told["configuration"][ALLOWANCE]))
    told["configuration"][OVERRIDE] = {meter: "12345"}


def without_overrides(told: dict[str, Any]) -> None:
    del told["configuration"][OVERRIDE]


def other_discount(told: dict[str, Any]) -> None:
    told["configuration"]["usage_discount"] = "0.123"


def other_step(told: dict[str, Any]) -> None:
    told["ladder"][0]["usage_discount"] = "0.123"


def reordered(told: dict[str, Any]) -> None:
    told["configuration"] = dict(reversed(told["configuration"].items()))


@pytest.mark.parametrize(
    "change", [other_meter, with_override, without_overrides, other_discount, other_step, reordered]
)
def test_what_is_otherwise_is_seen(change: Callable[[dict[str, Any]], None]) -> None:
    for case, answer in answered("accepted", "requires_approval")[:5]:
        told = document(answer)
        change(told)
        assert list(card_differences(told, case, answer))


def test_another_near_miss_is_seen() -> None:
    case, answer = answered("rejected")[0]
    told = document(answer)
    told["near_miss"]["violated"] = ["something-else"]
    assert list(card_differences(told, case, answer))
