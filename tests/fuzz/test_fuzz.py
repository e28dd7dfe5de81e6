"""Damaged price books, a few hundred, and the eyes of the fuzzer; more: `python -m tests.fuzz`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from constraints.text.source import InputError, render_issue
from cp_pricing.book.loading import load, load_price_book, parse_price_book, parse_requests
from tests.fuzz import surroundings, trial
from tests.fuzz.__main__ import changes_shown
from tests.fuzz.books import (
    CATALOG,
    FILES,
    FOLDERS,
    POLICY,
    PROFILES,
    REQUESTS,
    YAML_FILES,
    Book,
    write,
)
from tests.fuzz.command_line import Ended, command_line_outcome
from tests.fuzz.limits import Hang, limited
from tests.fuzz.malformed import reasons
from tests.fuzz.mutation import case_of
from tests.fuzz.nodewise import with_unknown_keys
from tests.fuzz.surroundings import EVERY, surroundings_outcome
from tests.fuzz.tables import tables_outcome
from tests.fuzz.trial import try_case

SEEDS = range(100_000, 100_200)
BLOCK = 25


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, BLOCK))
def test_damaged_books_are_refused_in_plain_words_or_answered_in_form(first: int) -> None:
    for seed in range(first, first + BLOCK):
        case = case_of(seed)
        faults = [fault for _, fault in try_case(case).faults]
        assert not faults, "\n".join([*map(str, faults), *changes_shown(case)])


def test_damaged_books_end_the_command_line_in_order() -> None:
    outcome = command_line_outcome(0)
    assert outcome.kinds["in_this_process"] == outcome.kinds["in_its_own"] == 1
    assert not outcome.faults


def test_what_surrounds_a_book_stays_as_it_is() -> None:
    for seed in range(100_000, 100_160, EVERY):
        assert not surroundings_outcome(seed).faults


def test_what_surrounds_a_book_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    def vandal(words: list[str]) -> Ended:
        (Path(words[-1]).parent / "elsewhere" / "kept").write_text("gone")
        return Ended(70, "", f"{surroundings.ELSEWHERE}\x1b[31m")

    monkeypatch.setattr(surroundings, "COMMANDS", {"nothing": ("models {book}",)})
    monkeypatch.setattr(surroundings, "in_this_process", vandal)
    kinds = {fault.kind for _, fault in surroundings_outcome(0).faults}
    assert kinds >= {
        "around: status 70",
        "around: a line of another file, or a traceback",
        "around: a character that controls a terminal",
        "around: a file is touched that should not be",
    }


def test_damaged_tables_are_rows_of_the_errors() -> None:
    for seed in range(0, 60, 5):
        assert not tables_outcome(seed).faults


def test_a_seed_always_gives_the_same_case() -> None:
    assert case_of(7) == case_of(7)
    assert case_of(7).book != case_of(8).book


@pytest.mark.parametrize("name", FILES)
def test_a_key_too_many_is_refused_by_name_in_every_mapping(name: str, tmp_path: Path) -> None:
    book = _example()
    texts = list(with_unknown_keys(_text(book, name), "zzz_unknown"))
    assert texts
    for text in texts:
        book[name] = text.encode()
        write(book, tmp_path)
        with pytest.raises(InputError) as refusal:
            load(tmp_path)
        line = 1 + text[: text.index("zzz_unknown")].count("\n")
        told = [issue for issue in refusal.value.issues if "`zzz_unknown`" in issue.message]
        assert [(Path(issue.file).name, issue.line) for issue in told] == [(name, line)]


def test_requests_that_break_off_are_refused_at_any_place() -> None:
    book = load_price_book(FOLDERS[0])
    text = _text(_example(), REQUESTS).rstrip()
    for end in range(len(text)):
        with pytest.raises(InputError):
            parse_requests(book, text[:end])


def test_a_very_long_wrong_number_is_refused_at_once() -> None:
    texts = {name: _text(_example(), name) for name in YAML_FILES}
    for wrong in ("7" * 20_000 + "!", "'" + "7" * 20_000 + "'"):
        changed = texts[CATALOG].replace("platform_fee: 79", f"platform_fee: {wrong}")
        with limited(cpu=2), pytest.raises(InputError, match="must be a number"):
            parse_price_book({**texts, CATALOG: changed})


def test_a_fault_in_every_line_of_a_long_file_is_shown_at_once() -> None:
    texts = {name: _text(_example(), name) for name in YAML_FILES}
    with pytest.raises(InputError) as refusal:
        parse_price_book({**texts, CATALOG: "a: 1\n" * 10_000})
    with limited(cpu=2):
        shown = [render_issue(i, refusal.value.sources[i.file]) for i in refusal.value.issues]
    assert sum("duplicate key `a`" in issue for issue in shown) == 9_999


# The fuzzer has to see what it looks for.


def _example() -> dict[str, bytes]:
    return {name: (FOLDERS[0] / name).read_bytes() for name in FILES}


def _text(book: Book, name: str) -> str:
    content = book[name]
    assert isinstance(content, bytes)
    return content.decode()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_reason_is_found_to_refuse_a_valid_book(folder: Path) -> None:
    assert not reasons({name: (folder / name).read_bytes() for name in FILES})


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        (CATALOG, "unit: token", "unit: [token", "syntax"),
        (CATALOG, "unit: token", "unit: &a token", "syntax"),
        (CATALOG, "unit: token", "unit: token\n---", "syntax"),
        (CATALOG, "unit: token", "unit: token\nunit: token", "duplicate key"),
        (CATALOG, "currency: USD", "currncy: USD", "unknown key"),
        (CATALOG, "currency: USD\n", "", "missing key"),
        (CATALOG, "platform_fee: 79", "platform_fee: 079", "value"),
        (CATALOG, "platform_fee: 79", "platform_fee: 22:30", "value"),
        (CATALOG, "platform_fee: 79", "platform_fee: .inf", "value"),
        (CATALOG, "platform_fee: 79", "platform_fee: '79'", "value"),
        (CATALOG, "platform_fee: 79", "platform_fee: -79", "value"),
        (CATALOG, "platform_fee: 79", "platform_fee: 79%", "value"),
        (CATALOG, "step: 10}", "step: 7}", "value"),
        (CATALOG, "values: [false, true]", "values: [no, yes]", "value"),
        (CATALOG, "contract_duration_months: 1\n", "contract_duration_months: 1.5\n", "value"),
        (CATALOG, "id: pay-as-you-go", "id: flat-membership", "value"),
        (CATALOG, "    name: Pay", "    available_to: [team]\n    name: Pay", "value"),
        (PROFILES, "weight: 25%", "weight: 26%", "value"),
        (PROFILES, "monthly_churn: 3.5%", "monthly_churn: -3.5%", "value"),
        (PROFILES, "constant, monthly_churn: 3.5%", "curve, survival: [1, 0.5, 0.6]", "value"),
        (PROFILES, "bill_ratio_up_to: 110%", "bill_ratio_up_to: 70%", "value"),
        (POLICY, "approver: deal-desk", "approver: ceo", "value"),
        (POLICY, "gross_margin >= 30%", "gross_margin >= 30% USD", "expression"),
        (POLICY, "gross_margin >= 30%", "gross_margin >= 30 USD", "expression"),
        (POLICY, "gross_margin >= 30%", "gross_margin + 30%", "expression"),
        (POLICY, "gross_margin >= 30%", "(gross_margin >= 30%", "expression"),
        (POLICY, "gross_margin >= 30%", "grossmargin >= 30%", "expression"),
        (POLICY, "0.000004 USD/token", "seat_fee", "expression"),
        (POLICY, "ltv:", "define: {a: b, b: a}\nltv:", "expression"),
        (REQUESTS, '"requests"', "requests", "syntax"),
        (REQUESTS, '"prepaid_amount": 1200', '"prepaid_amount": NaN', "syntax"),
        (REQUESTS, '"lower-price"', '"\\ud800"', "syntax"),
        (REQUESTS, '"profile": "small-team"', '"id": "lower-price"', "duplicate key"),
        (REQUESTS, '"prepaid_amount": 1200', '"prepaid_amount": "1200"', "value"),
        (REQUESTS, '"prepaid_amount": 1200', '"usage_discount": 1', "unknown key"),
        (REQUESTS, '"profile": "small-team"', '"profile": "large-team"', "value"),
    ],
)  # fmt: skip
def test_a_malformed_book_is_seen_and_refused(
    name: str, old: str, new: str, kind: str, tmp_path: Path
) -> None:
    _check_seen_and_refused(_example(), (name, old, new, kind), tmp_path)


FACTS = """facts:
  deal: {values: [new, renewal], default: new}
  days: {unit: days, min: 0, max: 90, step: 15, default: 30}
  agreed: {default: false}
  region: {values: [eu, us]}
"""
RULES = """rules:
  - id: agreed-once
    when: not agreed and request.preference in ["seller_ltv", "least_commitment"]
    require: deal != "new" or days <= 30 days and "eu" == region
  - {id: signed-twice, require: days < 60, effect: approval, approver: [vp-sales, deal-desk]}
"""
ASKED = """{"requests": [{"id": "asked", "configuration": "membership-plus-overage",
  "profile": "small-team", "inputs": {"usage_unit_price": 0.000007}, "open": ["prepaid_amount"],
  "preference": "least_commitment", "customer": {"members": 4, "monthly_units": 9000000},
  "facts": {"region": "eu", "days": 45, "agreed": true}}]}
"""


def _desk() -> dict[str, bytes]:
    """The example with facts, two signatures, references, and a request that says all it can."""
    book = _example()
    for name, old, new in (
        (CATALOG, "    name: Pay", "    references: [flat-membership]\n    name: Pay"),
        (PROFILES, "    monthly_usage:", "    observed_on: pay-as-you-go\n    monthly_usage:"),
        (POLICY, "rules:\n", FACTS + RULES),
    ):
        assert old in _text(book, name)
        book[name] = _text(book, name).replace(old, new, 1).encode()
    return {**book, REQUESTS: ASKED.encode()}


def test_no_reason_is_found_to_refuse_what_a_desk_asks(tmp_path: Path) -> None:
    write(_desk(), tmp_path)
    load(tmp_path)
    assert not reasons(_desk())


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        (CATALOG, "references: [flat-membership]", "references: [flat]", "value"),
        (CATALOG, "references: [flat-membership]", "references: []", "value"),
        (PROFILES, "observed_on: pay-as-you-go", "observed_on: pay", "value"),
        (POLICY, "values: [new, renewal]", "values: [new, new]", "value"),
        (POLICY, "values: [new, renewal]", "values: [renewal]", "value"),
        (POLICY, "values: [new, renewal]", "value: [new, renewal]", "unknown key"),
        (POLICY, "step: 15", "step: 14", "value"),
        (POLICY, "step: 15", "step: 0", "value"),
        (POLICY, "default: 30}", "default: 31}", "value"),
        (POLICY, "max: 90, ", "", "missing key"),
        (POLICY, "unit: days", "unit: 4 days", "value"),
        (POLICY, "{default: false}", "{default: no}", "value"),
        (POLICY, "  agreed: {", "  price_floor: {", "value"),
        (POLICY, "  agreed: {", "  seat_fee: {", "value"),
        (POLICY, "not agreed", "not deal", "expression"),
        (POLICY, "not agreed", "not agred", "expression"),
        (POLICY, "agreed and", "agreed > 1 and", "expression"),
        (POLICY, '"new" or', '"nwe" or', "expression"),
        (POLICY, '"new" or', "new or", "expression"),
        (POLICY, '"new" or', "region or", "expression"),
        (POLICY, '"eu" ==', '"eu" <', "expression"),
        (POLICY, '"least_commitment"]', '"least"]', "expression"),
        (POLICY, "<= 30 days", "<= 30 months", "expression"),
        (POLICY, "[vp-sales, deal-desk]", "[vp-sales, ceo]", "value"),
        (POLICY, "[vp-sales, deal-desk]", "[]", "value"),
        (REQUESTS, '"region": "eu"', '"region": "EU"', "value"),
        (REQUESTS, '"region": "eu"', '"region": 1', "value"),
        (REQUESTS, '"region": "eu", ', "", "missing key"),
        (REQUESTS, '"days": 45', '"days": 44', "value"),
        (REQUESTS, '"days": 45', '"days": "45"', "value"),
        (REQUESTS, '"days": 45', '"day": 45', "unknown key"),
        (REQUESTS, '"agreed": true', '"agreed": "yes"', "value"),
        (REQUESTS, '"inputs": {"usage_unit_price": 0.000007}, ', "", "value"),
        (REQUESTS, '"open": ["prepaid_amount"]', '"open": []', "value"),
        (REQUESTS, '"members": 4', '"members": 0', "value"),
        (REQUESTS, '"members": 4', '"monthly_usage": [{"weight": 1, "units": 2}]', "value"),
    ],
)  # fmt: skip
def test_what_a_desk_cannot_ask_is_seen_and_refused(
    name: str, old: str, new: str, kind: str, tmp_path: Path
) -> None:
    _check_seen_and_refused(_desk(), (name, old, new, kind), tmp_path)


def _check_seen_and_refused(
    book: dict[str, bytes], damage: tuple[str, str, str, str], folder: Path
) -> None:
    name, old, new, kind = damage
    assert old in _text(book, name)
    book[name] = _text(book, name).replace(old, new, 1).encode()
    assert (name, kind) in {(reason.file, reason.kind) for reason in reasons(book)}
    write(book, folder)
    with pytest.raises(InputError):
        load(folder)


def test_a_crash_and_an_answer_from_a_malformed_book_are_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = next(seed for seed in range(100) if reasons(case_of(seed).book))
    valid = load(FOLDERS[0])
    monkeypatch.setattr(trial, "load", lambda _: valid)
    kinds = [fault.kind for _, fault in try_case(case_of(refused)).faults]
    assert any(kind.startswith("answered in spite of") for kind in kinds)
    monkeypatch.setattr(trial, "load", lambda _: 1 // 0)
    ((_, crash),) = try_case(case_of(refused)).faults
    assert re.match("load: ZeroDivisionError", crash.kind)


def test_what_takes_too_long_is_ended() -> None:
    def run() -> None:
        with limited(cpu=0.05):
            while True:
                pass

    with pytest.raises(Hang):
        run()
