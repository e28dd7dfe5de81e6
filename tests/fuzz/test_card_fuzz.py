"""Damaged price books of rate cards, and the eyes of the fuzzer for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from constraints.text.source import InputError
from cp_pricing.book.loading import load
from tests.fuzz.__main__ import changes_shown
from tests.fuzz.books import CARD_FOLDERS, CATALOG, FILES, POLICY, PROFILES, REQUESTS, write
from tests.fuzz.malformed import reasons
from tests.fuzz.mutation import case_of
from tests.fuzz.trial import try_case
from tests.support.places import CARDS

SEEDS = range(4_100_000, 4_100_100)
BLOCK = 25


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, BLOCK))
def test_damaged_cards_are_refused_in_plain_words_or_answered_in_form(first: int) -> None:
    for seed in range(first, first + BLOCK):
        case = case_of(seed, rates=True)
        faults = [fault for _, fault in try_case(case).faults]
        assert not faults, "\n".join([*map(str, faults), *changes_shown(case)])


def _texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in FILES}


@pytest.mark.parametrize("folder", CARD_FOLDERS, ids=lambda folder: folder.name)
def test_no_reason_is_found_to_refuse_a_valid_card(folder: Path) -> None:
    assert not reasons({name: text.encode() for name, text in _texts(folder).items()})


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        (CATALOG, "catalog: cards", "catalog: cards\nunit: token", "value"),
        (CATALOG, "{id: output,", "{id: input,", "value"),
        (CATALOG, "{id: output,", "{id: tick,", "value"),
        (CATALOG, "{id: output,", "{id: out-put,", "value"),
        (CATALOG, "{id: messages, unit: message}", "{id: messages}", "missing key"),
        (
            CATALOG,
            "      input: {price: 0.000004}",
            "      inptu: {price: 0.000004}",
            "unknown key",
        ),
        (CATALOG, "{price: 0.000004}", "{}", "value"),
        (CATALOG, "{price: 0.000004}", "{price: 1, package: {units: 1, price: 1}}", "value"),
        (CATALOG, "{price: 0.000004}", "{price: 1, mode: volume}", "value"),
        (CATALOG, "{price: 0.000004}", "{price: -1}", "value"),
        (CATALOG, "{price: 0.000004}", "5", "value"),
        (CATALOG, "units: 1_000, price: 8", "units: 0, price: 8", "value"),
        (CATALOG, "        mode: graduated\n", "", "value"),
        (CATALOG, "mode: graduated", "mode: steps", "value"),
        (CATALOG, "{price: 0.00001}", "{up_to: 9_000_000, price: 0.00001}", "value"),
        (CATALOG, "{up_to: 5_000_000, price", "{price", "value"),
        (CATALOG, "discountable: false", "discountable: no", "value"),
        (CATALOG, "platform_fee: 20", "platform_fee: 20\n    included_units: 5", "unknown key"),
        (CATALOG, "platform_fee: 20", "platform_fee: 20\n    usage_unit_price: 5", "unknown key"),
        (CATALOG, "min: 0%, max: 30%", "min: 0%, max: 130%", "value"),
        (CATALOG, "step: 1%", "step: 4%", "value"),
        (
            CATALOG,
            "        input: {min: 0, max: 20",
            "        inptu: {min: 0, max: 20",
            "unknown key",
        ),
        (CATALOG, "        output: {min: 0.000008", "        inptu: {min: 0.000008", "unknown key"),
        (PROFILES, "units: {input: 4_000_000", "units: {inptu: 4_000_000", "unknown key"),
        (PROFILES, "{input: 0.000001, output: 0.000005, messages: 0.006}", "0.1", "value"),
        (POLICY, "rate.output >=", "rate.otput >=", "expression"),
        (POLICY, "rate.output >=", "rate >=", "expression"),
        (POLICY, "rate.output >=", "usage_unit_price >=", "expression"),
        (POLICY, "0.0000088 USD/token", "0.0000088 USD/message", "expression"),
        (POLICY, "expected_monthly_units.input", "expected_monthly_units", "expression"),
        (POLICY, "usage_discount <= 15%", "usage_discount <= 15 USD", "expression"),
        (REQUESTS, '"usage_discount": "12%"', '"usage_discount": "12"', "value"),
        (REQUESTS, '"usage_discount": "12%"', '"usage_discount": 1.2', "value"),
        (REQUESTS, '"usage_discount": "12%"', '"usage_unit_price": 1', "unknown key"),
        (REQUESTS, '{"input": 4000000}', '{"inptu": 4000000}', "unknown key"),
        (REQUESTS, '{"input": 4000000}', "4000000", "value"),
        (REQUESTS, '{"output": 0.00001}', '{"output": "unlimited"}', "value"),
        (REQUESTS, '["included_units.input"]', '["rates.output"]', "value"),
        (REQUESTS, '{"input": 8000000}', '{"inptu": 8000000}', "unknown key"),
        (
            REQUESTS,
            '"monthly_units": {"input": 8000000}',
            '"monthly_usage": [{"weight": 1, "units": {"inptu": 8000000}}]',
            "unknown key",
        ),
    ],
)
def test_a_malformed_card_is_seen_and_refused(
    name: str, old: str, new: str, kind: str, tmp_path: Path
) -> None:
    texts = _texts(CARDS)
    assert old in texts[name]
    texts[name] = texts[name].replace(old, new, 1)
    book = {file: text.encode() for file, text in texts.items()}
    assert (name, kind) in {(reason.file, reason.kind) for reason in reasons(book)}
    write(book, tmp_path)
    with pytest.raises(InputError):
        load(tmp_path)


def test_a_rule_about_what_a_plan_lacks_is_seen_and_refused(tmp_path: Path) -> None:
    texts = _texts(CARDS)
    texts[CATALOG] = (
        "catalog: both\ncurrency: USD\nunit: call\nconfigurations:\n"
        "  - {id: standard, name: Plain, usage_unit_price: 2}\n"
        "  - {id: card, name: Card, rates: {call: {price: 2}}}\n"
    )
    texts[PROFILES] = (
        "profiles:\n  - id: shop\n    monthly_usage: [{weight: 1, units: 5}]\n"
        "    retention: {model: constant, monthly_churn: 3%}\n"
    )
    texts[REQUESTS] = (
        '{"requests": [{"id": "a", "configuration": "card", "profile": "shop",'
        ' "inputs": {"usage_discount": 0}}]}'
    )
    policy = "policy: both\nltv: {horizon_months: 12, annual_discount_rate: 0%}\nrules:\n"
    rule = "  - {id: a, require: limit}\n"
    scoped = "  - {id: a, require: limit, applies_to: {configurations: [standard]}}\n"
    define = "define: {limit: usage_unit_price >= 1}\n"
    found = []
    for one in (scoped, rule):
        texts[POLICY] = define + policy + one
        book = {file: text.encode() for file, text in texts.items()}
        found.append([reason.kind for reason in reasons(book)])
        write(book, tmp_path)
        if found[-1]:
            with pytest.raises(InputError):
                load(tmp_path)
        else:
            load(tmp_path)
    assert found == [[], ["expression"]]
