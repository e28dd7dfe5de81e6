"""Faulty price books and requests: every fault, all at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.text.source import normalised, render_issue
from cp_pricing.files.texts import FILES, REQUESTS
from tests.support.books import texts_of
from tests.support.faults import issues_of, reports_of, single_faults
from tests.support.places import EXAMPLE

TEXTS = texts_of(EXAMPLE, REQUESTS)
EXPECTED = {
    "name": "a text",
    "members": "a number",
    "monthly_units": "a number",
    "monthly_usage": "a list",
}


def told(texts: Mapping[str, str]) -> list[str]:
    return [str(issue) for issue in issues_of(texts)]


def changed(*changes: tuple[str, str, str]) -> dict[str, str]:
    """The example with the first of each (file, old text) replaced."""
    texts = dict(TEXTS)
    for file, old, new in changes:
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new, 1)
    return texts


CASES = single_faults("faults.txt")


@pytest.mark.parametrize(("file", "old", "new", "report"), CASES)
def test_a_fault_has_its_place_its_message_and_its_hint(
    file: str, old: str, new: str, report: str
) -> None:
    assert reports_of(changed((file, old, new))) == [f"{file}:{report}"]


def test_the_table_of_faults_is_read_whole() -> None:
    assert len({case[:3] for case in CASES}) == 150
    assert {case[0] for case in CASES} == {*FILES, REQUESTS}


PASTED = [
    ("policy.yaml", "gross_margin >= 30%", rule)
    for rule in (
        "gross_margin >= 30 percent",
        "gross_margin >= 30percent",
        "gross_margin >= 30 per cent",
        "contract_duration_months <= 2 yr",
        "contract_duration_months <= 1 yrs",
        "contract_duration_months in [1 month, 24 mo]",
        "contract_duration_months <= 36mos",
        "platform_fee <= 1_200 USD per mo",
        "platform_fee <= 1_200 USD/mo",
        "seat_fee <= 12 USD per member per month",
        "if prepaid_amount > 0 USD then gross_margin >= 30%",
        "if prepaid_amount > 0 USD then gross_margin >= 30% and contract_duration_months > 1 month",
        "gross_margin >= 20% and if prepaid_amount > 0 USD then seat_fee == 0",
    )
]
PASTED += [
    ("profiles.yaml", "weight: 25%", f"weight: {share}")
    for share in ("25 percent", "25percent", "'25 %'", "25pct", "25.0 per cent")
]
PASTED += [
    ("catalog.yaml", "contract_duration_months: 1\n", f"contract_duration_months: {term}\n")
    for term in ("2 yr", "2yrs", "24 mo", "24mos")
]


@pytest.mark.parametrize(
    ("fee", "hint"),
    [
        ("960 USD/yr", "write `80`: it is for a month here"),
        ("960 per year", "write `80`: it is for a month here"),
        ("$960 a year", "write `80`: it is for a month here"),
        ("100 USD/year", "it is for a month here"),
        ("100 USD/month", "write `100`: the unit is fixed here"),
        ("2 years", "write `24`: the unit is fixed here"),
    ],
)
def test_what_is_said_for_a_year_is_not_taken_for_a_month(fee: str, hint: str) -> None:
    (issue,) = issues_of(changed(("catalog.yaml", "platform_fee: 79", f"platform_fee: {fee}")))
    assert issue.hint == hint


@pytest.mark.parametrize(("file", "old", "new"), PASTED)
def test_what_a_hint_says_can_be_pasted(file: str, old: str, new: str) -> None:
    texts = changed((file, old, new))
    (issue,) = issues_of(texts)
    (advice,) = re.findall("write: (.*)", issue.hint) or re.findall("`([^`]*)`", issue.hint)
    lines = texts[file].split("\n")
    line, span = lines[issue.line - 1], issue.span
    wrong = line[span.column - 1 : span.end_column - 1]
    # A unit is named in the message, and is the last of what is marked.
    unit = re.match("`([^`]*)` is not a known unit", issue.message)
    right = advice if unit is None or advice.endswith("%") else wrong.replace(unit[1], advice)
    lines[issue.line - 1] = line.replace(wrong, right, 1)
    assert issues_of({**texts, file: "\n".join(lines)}) == ()


@pytest.mark.parametrize("key", ["name", "members", "monthly_units", "monthly_usage"])
def test_null_is_refused_also_where_a_key_may_be_left_out(key: str) -> None:
    given = f'"id": "lower-price", "customer": {{"{key}": null}}'
    (message,) = told(changed((REQUESTS, '"id": "lower-price"', given)))
    assert message.endswith(f"`{key}` must be {EXPECTED[key]}, not empty")


def test_a_long_circle_is_told_by_its_ends() -> None:
    chain = "".join(f"  d{n}: d{(n + 1) % 200}\n" for n in range(200))
    (message,) = told(changed(("policy.yaml", "ltv:\n", f"define:\n{chain}ltv:\n")))
    assert "`d0` -> `d1` -> `d2` -> `d3` -> 193 more -> `d197`" in message
    assert message.endswith("-> `d199` -> `d0`")


def test_the_example_has_no_fault() -> None:
    assert told(TEXTS) == []


def test_faults_of_all_files_come_at_once() -> None:
    texts = changed(
        ("catalog.yaml", "platform_fee: 79", "platform_fee: -79"),
        ("catalog.yaml", "id: pay-as-you-go", "id: flat-membership"),
        ("profiles.yaml", "weight: 25%", "weight: 20%"),
        ("profiles.yaml", "acquisition_cost", "aquisition_cost"),
        ("policy.yaml", "gross_margin >= 30%", "gross_margn >= 30%"),
        ("policy.yaml", "approver: vp-sales", "approver: vp-sale"),
        ("policy.yaml", "annual_discount_rate: 10%", "annual_discount_rate: 10"),
        (REQUESTS, '"profile": "small-team"', '"profile": "small"'),
        (REQUESTS, '"prepaid_amount": 1200', '"prepaid_amount": "1200"'),
    )
    assert told(texts) == [
        "catalog.yaml:8:19: `platform_fee` must not be negative, and is -79",
        "catalog.yaml:12:9: `flat-membership` is there twice",
        "policy.yaml:7:25: `annual_discount_rate` must not be above 1 (100%), and is 10",
        "policy.yaml:13:14: `gross_margn` is not a known name",
        "policy.yaml:21:15: `vp-sale` is not one of the approvers",
        "profiles.yaml:5:9: the weights sum to 0.95, not to 1",
        "profiles.yaml:21:5: unknown key `aquisition_cost`",
        f"{REQUESTS}:2:79: there is no profile `small`",
        f'{REQUESTS}:3:64: `prepaid_amount` must be a number, not `"1200"`',
    ]


@pytest.mark.parametrize("file", FILES[:2])
def test_the_policy_is_checked_whatever_is_left_of_the_other_files(file: str) -> None:
    # Not one profile or configuration can be read; the units can.
    broken = re.sub("(?m)^  - id:", "  - ident:", TEXTS[file])
    texts = {**changed(("policy.yaml", "gross_margin >= 30%", "gross_margn >= 30%")), file: broken}
    assert "policy.yaml:13:14: `gross_margn` is not a known name" in told(texts)
    assert {issue.file for issue in issues_of(texts)} == {file, "policy.yaml"}


def test_one_fault_does_not_cause_others() -> None:
    # A parameter that cannot be read is not unknown to the rules that use it.
    texts = changed(
        ("policy.yaml", "0.000004 USD/token", "0.000004 USD/"),
        ("policy.yaml", "ltv:", "define: {twice: 2 * price_floor}\nltv:"),
        ("policy.yaml", "gross_margin >= 30%", "usage_unit_price >= twice"),
        ("policy.yaml", "usage_price_discount <= 30%", "usage_price_discount <= 30 months"),
    )
    assert [issue.line for issue in issues_of(texts)] == [4, 20]
    # Nor are the units of the requests and of the policy, where the unit is the fault.
    assert told(changed(("catalog.yaml", "unit: token", "unit: api call"))) == [
        "catalog.yaml:3:7: `unit` must be one word, not `api call`"
    ]
    # Nor the configurations and profiles of a file that cannot be read at all.
    for file in FILES[:2]:
        (issue,) = issues_of({**TEXTS, file: "a: [1, 2"})
        assert str(issue) == f"{file}:1:4: this `[` is never closed"


def test_a_profile_needs_a_configuration_that_is_available_to_it() -> None:
    text = TEXTS["profiles.yaml"]
    second = text.partition("\n")[2].replace("small-team", "large-team")
    catalog = re.sub(
        r"(?m)^    name:", "    available_to: [small-team]\n    name:", TEXTS[FILES[0]]
    )
    texts = {**TEXTS, "profiles.yaml": text + second, "catalog.yaml": catalog}
    assert told(texts) == ["profiles.yaml:22:9: no plan is available to `large-team`"]
    requested = {**texts, REQUESTS: TEXTS[REQUESTS].replace("small-team", "large-team", 1)}
    assert told(requested)[-1] == (
        f"{REQUESTS}:2:41: `membership-plus-overage` is not available to `large-team`"
    )


def test_a_file_of_another_shape_is_refused() -> None:
    assert told({**TEXTS, "catalog.yaml": "- a\n"}) == [
        "catalog.yaml:1:1: the file must be keys and values, not a list"
    ]
    assert told({**TEXTS, REQUESTS: "[]"}) == [
        f"{REQUESTS}:1:1: the file must be keys and values, not a list"
    ]
    assert told({**TEXTS, REQUESTS: '{"requests": []}'}) == [
        f"{REQUESTS}:1:14: `requests` must not be an empty list"
    ]


MUTATIONS = st.sampled_from(
    [
        *("-1", "0", "012", "1e70", "35%", "3.5", "{}", "[]", "{a: b}", "[1, 2]", "~", "true"),
        *("'x'", '"x"', "unlimited", "price_floor", "ltv", "if", "small-team", "values", "no"),
        *("", "\n", "\t", "  ", ": ", "- ", "#", "&a ", "*a", "!t ", "|\n x", "é", "😀"),
        *("\\ud800", "\ufeff", "\0"),
    ]
)


@given(st.data())
def test_whatever_a_file_says_its_faults_lie_inside_it(data: st.DataObject) -> None:
    texts = dict(TEXTS)
    for _ in range(data.draw(st.integers(1, 3))):
        file = data.draw(st.sampled_from(sorted(texts)))
        words = list(re.finditer(r"[\w.%-]+|\n|\W", texts[file]))
        word = data.draw(st.sampled_from(words))
        new = data.draw(MUTATIONS)
        texts[file] = texts[file][: word.start()] + new + texts[file][word.end() :]
    for issue in issues_of(texts):
        lines, span = normalised(texts[issue.file]).split("\n"), issue.span
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_column <= len(lines[span.end_line - 1]) + 1
        shown = render_issue(issue, texts[issue.file])
        assert "Input should" not in shown  # pydantic's own words
        assert not issue.message.endswith(".")


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ("min: 5, max: 1", "`max` is below `min`, 5"),
        ("min: 0, max: 10, step: 3", "`max` is not a whole number of steps above `min`"),
    ],
)
@pytest.mark.parametrize("default", ["", ", default: 0"])
def test_a_number_that_is_a_fact_has_bounds(bounds: str, message: str, default: str) -> None:
    declared = f"facts: {{days: {{{bounds}{default}}}}}\nltv:"
    (issue,) = issues_of(changed(("policy.yaml", "ltv:", declared)))
    assert issue.message == message
