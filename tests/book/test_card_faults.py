"""Faults in a price book of rate cards: meters, rates, and what is said by meter."""

from __future__ import annotations

from pathlib import Path

import pytest

from constraints.text.source import InputError
from cp_pricing.files.texts import FILES, REQUESTS
from tests.support.books import example_with, texts_of, texts_of_both_kinds
from tests.support.command import run
from tests.support.faults import issues_of, reports_of, single_faults
from tests.support.places import CARDS, EXAMPLE

TEXTS = texts_of(CARDS, REQUESTS)
CASES = single_faults("card_faults.txt")


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in TEXTS[file]
    return {**TEXTS, file: TEXTS[file].replace(old, new, 1)}


@pytest.mark.parametrize(("file", "old", "new", "report"), CASES)
def test_a_fault_has_its_place_its_message_and_its_hint(
    file: str, old: str, new: str, report: str
) -> None:
    assert reports_of(changed(file, old, new)) == [f"{file}:{report}"]


def test_the_table_of_faults_is_read_whole() -> None:
    assert len({case[:3] for case in CASES}) == 99
    assert {case[0] for case in CASES} == {*FILES, REQUESTS}


def test_the_example_of_rate_cards_has_no_fault() -> None:
    assert issues_of(TEXTS) == ()


@pytest.mark.parametrize("place", range(0, 97, 12))
def test_the_command_line_tells_of_it(tmp_path: Path, place: int) -> None:
    file, old, new, report = CASES[place]
    for name, text in changed(file, old, new).items():
        (tmp_path / name).write_text(text, "utf-8")
    done = run("solve", tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    message, _, hint = report.partition("\n")
    assert f"{tmp_path / file}:{message}\n" in done.stderr
    assert f"{hint}\n" in done.stderr


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("usage_discount <= 15%", "`usage_discount` is not a known name"),
        ("rate.tokn >= 0 USD/token", "`rate.tokn` is not a known name"),
    ],
)
def test_a_book_without_rate_cards_has_no_discount(rule: str, told: str) -> None:
    old = "require: usage_unit_price >= price_floor"
    with pytest.raises(InputError) as refusal:
        example_with(old, f"require: {rule}", "policy.yaml")
    assert [issue.message for issue in refusal.value.issues] == [told]


def test_a_name_that_some_plans_lack_has_one_that_all_have() -> None:
    texts = {**texts_of_both_kinds(), REQUESTS: texts_of(EXAMPLE, REQUESTS)[REQUESTS]}
    texts["policy.yaml"] = texts["policy.yaml"].replace("rate.token >=", "usage_unit_price >=")
    (report,) = reports_of(texts)
    assert report == (
        "policy.yaml:10:5: "
        "`usage_unit_price` is no name of `membership-plus-overage`, for which this rule is\n"
        "  hint: add `applies_to: {configurations: [...]}` with `flat-membership`, "
        "`pay-as-you-go`, or write `rate.token`, which all plans have"
    )
