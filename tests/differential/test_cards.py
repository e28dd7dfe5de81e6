"""The comparison of rate cards by itself, on documents that are made of the oracle's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from tests import oracle
from tests.differential.cards import LISTED, card_differences, shown_rates
from tests.oracle.answer import Answer, Rung
from tests.oracle.case import Case, Value
from tests.oracle.valuing.rates import OVERRIDE
from tests.oracle.valuing.usage import UNLIMITED
from tests.oracle.writing.wording import decimal


def shown(name: str, value: Value) -> object:
    if isinstance(value, bool):
        return value
    if name == "contract_duration_months":
        return int(value)
    return "unlimited" if value == UNLIMITED else decimal(value)


def configuration(case: Case, every: Mapping[str, Value] | None) -> dict[str, Any] | None:
    """A rate card's terms as a result shows them."""
    card = case.configuration.card
    if every is None or card is None:
        return None
    members = case.request.customer.of(case.profile).members
    plain = {name: shown(name, value) for name, value in every.items() if "." not in name}
    return {**plain, **deepcopy(shown_rates(card, members, every))}


def step(rung: Rung) -> dict[str, Any]:
    discount = rung.usage_discount
    return {
        "level": rung.level,
        "approver": rung.approver,
        "usage_discount": None if discount is None else decimal(discount),
        "ltv": rung.ltv,
        "waives": rung.waives,
    }


def document(case: Case, answer: Answer) -> dict[str, Any]:
    """A result with what is compared of it."""
    near = answer.near_miss
    bounds = [] if near is None else [f"tunable:{name}" for name in near.off_bounds]
    return {
        "decision": answer.decision,
        "configuration": configuration(case, answer.configuration),
        "ltv": {
            "tuned": answer.ltv,
            "reference_configuration": answer.reference_configuration,
            "reference": answer.reference_ltv,
            "required": answer.required_ltv,
        },
        "approvals": [{"approver": who, "rules": rules} for who, rules in answer.approvals],
        "ladder": [step(rung) for rung in answer.ladder],
        "near_miss": near and {
            "configuration": configuration(case, near.configuration),
            "ltv": near.ltv,
            "violated": [*near.violated, *bounds],
        },
    }  # fmt: skip


@cache
def every() -> list[tuple[Case, Answer]]:
    cases = (oracle.generate_card(seed, 3) for seed in range(16))
    return [(case, oracle.solve(case)) for case in cases if case.configuration.card]


def answered(*decisions: str) -> list[tuple[Case, Answer]]:
    return [(case, answer) for case, answer in every() if answer.decision in decisions]


def test_a_document_of_the_answer_itself_has_no_differences() -> None:
    for case, answer in answered("accepted", "requires_approval", "rejected"):
        assert list(card_differences(document(case, answer), case, answer)) == []


def rate(told: dict[str, Any], which: str) -> dict[str, Any]:
    """One of the rates that are shown."""
    found: dict[str, Any] = next(iter(told["configuration"][which].values()))
    return found


def other_meter(told: dict[str, Any]) -> None:
    rate(told, OVERRIDE)["included"] = "1.5"


def with_override(told: dict[str, Any]) -> None:
    rate(told, OVERRIDE).update({"discountable": False, "price": "12345"})


def other_list_rate(told: dict[str, Any]) -> None:
    rate(told, LISTED)["included"] = "1.5"


def other_discount(told: dict[str, Any]) -> None:
    told["configuration"]["usage_discount"] = "0.123"


def other_step(told: dict[str, Any]) -> None:
    told["ladder"][0]["usage_discount"] = "0.123"


@pytest.mark.parametrize(
    "change", [other_meter, with_override, other_list_rate, other_discount, other_step]
)
def test_what_is_otherwise_is_seen(change: Callable[[dict[str, Any]], None]) -> None:
    for case, answer in answered("accepted", "requires_approval")[:5]:
        told = document(case, answer)
        change(told)
        assert list(card_differences(told, case, answer))


def test_another_near_miss_is_seen() -> None:
    case, answer = answered("rejected")[0]
    told = document(case, answer)
    told["near_miss"]["violated"] = ["something-else"]
    assert list(card_differences(told, case, answer))
