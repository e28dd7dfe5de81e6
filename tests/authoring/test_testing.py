"""`policy test`: expectations, their faults, coverage and JUnit XML."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from shutil import copytree
from xml.etree import ElementTree as ET

import pytest

from constraints.text.source import InputError
from cp_pricing.authoring.policy_tests import load_tests, parse_tests
from cp_pricing.authoring.testing import PolicyTestOutcome, compared, coverage_of, run
from cp_pricing.book.loading import load_price_book, load_requests
from cp_pricing.results import TuningResult
from tests.support import command
from tests.support.books import example_in, pilot
from tests.support.places import PILOT as PILOT_FOLDER
from tests.support.places import TEMPLATE

PILOT = "small-team-lower-price"
TWO = """
tests:
  - name: passes
    request: small-team-lower-price
    expect: {decision: accepted, price: 5.90 USD per 1M tokens}
  - name: fails
    request: small-team-lower-price
    expect: {price: {at_most: 5.80 USD per 1M tokens}, violated: [payback]}
"""


invoke = partial(command.run, "policy", "test")


def outcome(expect: str, request: str = PILOT, parameters: str = "{}") -> PolicyTestOutcome:
    text = f"""
tests:
  - name: one
    request: {request}
    parameters: {parameters}
    expect: {expect}
"""
    (test,) = parse_tests(pilot(), text, requests=load_requests(pilot()))
    result = solved(request, parameters)
    denomination = pilot().denomination(test.request.configuration)
    return PolicyTestOutcome(test, result, tuple(compared(test, result, denomination)), 0)


@cache
def solved(request: str, parameters: str) -> TuningResult:
    expect = "expect: {violated: []}"
    text = f"tests: [{{name: a, request: {request}, parameters: {parameters}, {expect}}}]"
    (test,) = parse_tests(pilot(), text, requests=load_requests(pilot()))
    return run(pilot(), test).result


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        parse_tests(pilot(), text)
    return [f"{i.line}:{i.column}: {i.message} | {i.hint}" for i in error.value.issues]


def test_the_pilot_covers_every_rule() -> None:
    outcomes = [run(pilot(), test) for test in load_tests(pilot())]
    failed = [(o.test.name, o.failures) for o in outcomes if not o.passed]
    assert not failed
    coverage = coverage_of(pilot(), outcomes)
    assert [rule.rule for rule in coverage.rules if rule.missing] == []
    assert coverage.percent == 100
    assert len(coverage.rules) == len(pilot().policy.rules) + 2


def test_coverage_counts_what_nobody_has_seen() -> None:
    (only,) = (test for test in load_tests(pilot()) if test.name.startswith("a small team's price"))
    coverage = coverage_of(pilot(), [run(pilot(), only)])
    seen = {rule.rule: rule.missing for rule in coverage.rules}
    assert seen["earned-discount"] == ()
    assert seen["payback"] == ("at work",)
    assert seen["price-lock"] == ("at work",)  # it was seen not to apply
    assert coverage.percent == Fraction(100 * 6, 28)


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ("{decision: accepted}", True),
        ("{decision: rejected}", False),
        ("{price: 5.90 USD per 1M tokens}", True),
        ("{price: USD 5.90 per 1M tokens}", True),
        ("{price: 0.0000059 USD/token}", True),
        ("{price: 5_900 USD per 1B tokens}", True),
        ("{price: 5.91 USD per 1M tokens}", False),
        ("{price: {at_most: 5.90 USD per 1M tokens, at_least: 5.90 USD per 1M tokens}}", True),
        ("{price: {at_most: 5.89 USD per 1M tokens}}", False),
        ("{price: {at_least: 5.91 USD per 1M tokens}}", False),
        ("{reference: membership-plus-overage}", True),
        ("{reference: business}", False),
        ("{binding: [earned-discount]}", True),
        ("{binding: []}", False),
        ("{binding: [earned-discount, payback]}", False),
        ("{binding: {include: [earned-discount], exclude: [payback]}}", True),
        ("{binding: {exclude: [earned-discount]}}", False),
        ("{violated: []}", True),
        ("{violated: [payback]}", False),
        ("{approvals: []}", True),
        ("{approvals: [deal-desk]}", False),
    ],
)
def test_each_expectation_can_pass_and_fail(expect: str, *, passes: bool) -> None:
    assert outcome(expect).passed is passes


WAIVED = "planned-margin, payback, earned-discount"


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ("{approvals: [deal-desk, vp-sales]}", True),
        (f"{{approvals: {{deal-desk: [{WAIVED}], vp-sales: [ltv-confidence]}}}}", True),
        ("{approvals: {deal-desk: [payback], vp-sales: [ltv-confidence]}}", False),
        ("{approvals: [deal-desk]}", False),
    ],
)
def test_approvals_and_who_waives_what(expect: str, *, passes: bool) -> None:
    assert outcome(expect, "small-team-two-years").passed is passes


@pytest.mark.parametrize(
    ("members", "passes"),
    [
        ("worst-month, 'request:included_units'", True),
        ("'request:included_units', worst-month", True),
        ("worst-month", False),
        ("worst-month, payback, 'request:included_units'", False),
    ],
)
def test_a_conflict_is_one_of_those_found(members: str, *, passes: bool) -> None:
    assert outcome(f"{{conflict: [{members}]}}", "small-team-high-included").passed is passes


def test_parameters_change_the_answer() -> None:
    assert outcome("{price: 6.30 USD per 1M tokens}", parameters="{one_year_credit: 10%}").passed
    assert not outcome("{price: 6.30 USD per 1M tokens}").passed


def test_differences_say_what_was_expected_and_what_came() -> None:
    (price, rules) = outcome(
        "{price: {at_most: 5.80 USD per 1M tokens}, binding: [payback]}"
    ).failures
    assert (price.expected, price.got, price.difference) == (
        "at most USD 5.80 per 1M tokens",
        "USD 5.90 per 1M tokens",
        "USD 0.10 higher",
    )
    assert rules.difference == "- payback  + earned-discount"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("expect: {decision: acepted}", "did you mean `accepted`?"),
        (
            "expect: {price: 5.90}",
            '`price` needs a unit: `5.90` of what? | write it like `"5.90 USD',
        ),
        ("expect: {price: 5.90 EUR per 1M tokens}", "is in EUR, and the catalog is in USD"),
        ("expect: {price: 5.90 USD per 1M tokns}", "did you mean `tokens`?"),
        ("expect: {discount: 15%}", "only a rate card has a `discount` | expect a `price` of it"),
        ("expect: {price: 5.90 USD}", "must be a usage price, not `5.90 USD`"),
        ("expect: {binding: [earned-discont]}", "did you mean `earned-discount`?"),
        ("expect: {binding: {inclde: [payback]}}", "did you mean `include`?"),
        ("expect: {approvals: [deal-dsk]}", "did you mean `deal-desk`?"),
        ("expect: {conflict: [request:prepaid]}", "there is no rule, input or bound"),
        ("expect: {}", "nothing is expected"),
        ("expect: {decision: rejected, price: 5 USD per 1M tokens}", "has no `price`"),
        ("expect: {decision: accepted, conflict: [payback]}", "only a rejected request"),
        ("expects: {decision: accepted}", "did you mean `expect`?"),
        ("expect: {decision: accepted}\n    parameters: {payback: 3}", "there is no parameter"),
        (
            "expect: {decision: accepted}\n    parameters: {payback_limit: 12 USD}",
            "`payback_limit` cannot have this value: cannot compare USD * USD/month with USD",
        ),
    ],
)
def test_faults_name_their_place_and_what_may_have_been_meant(line: str, message: str) -> None:
    inline = "{configuration: membership-plus-overage, profile: small-team}"
    found = faults(f"tests:\n  - name: one\n    request: {inline}\n    {line}\n")
    assert any(message in fault for fault in found), found
    assert all(fault.startswith(("4:", "5:", "2:")) for fault in found), found


def test_the_hint_about_a_price_can_be_pasted_within_braces() -> None:
    book = load_price_book(TEMPLATE)

    def prices(price: str) -> object:
        text = f"tests: [{{name: a, request: a-year-ahead, expect: {{price: {price}}}}}]"
        return parse_tests(book, text, requests=load_requests(book))[0].expect.price

    with pytest.raises(InputError) as refused:
        prices("7.00 USD per 1,000 requests")
    (hint,) = (issue.hint for issue in refused.value.issues if "usage price" in issue.message)
    assert hint == 'write it like `"7.00 USD per 1,000 requests"`'
    assert prices('"7.00 USD per 1,000 requests"') == prices("0.007 USD/request")


def test_facts_of_a_request_in_a_test_are_checked() -> None:
    found = faults("""tests:
  - name: one
    request:
      configuration: membership-plus-overage
      profile: small-team
      facts: {deal_tpe: new, deal_type: renewl, payment_terms: 100}
    expect: {decision: accepted}
""")
    assert found == [
        "6:15: there is no fact `deal_tpe` | did you mean `deal_type`?",
        "6:41: `deal_type` must be one of the values, not `renewl` | did you mean `renewal`?",
        "6:64: `payment_terms` must be from 0 to 90 days in steps of 15, not 100 | ",
    ]


def test_all_faults_come_at_once() -> None:
    text = """tests:
  - name: one
    request: {configuration: membership-plus-overag, profile: small-teem}
    expect: {decision: acepted, binding: [nobody]}
  - name: one
    request: unheard-of
    expect: {violated: 3}
"""
    assert len(faults(text)) == 7


def test_the_command_reports_like_a_test_runner(tmp_path: Path) -> None:
    file, xml = tmp_path / "tests.yaml", tmp_path / "out.xml"
    file.write_text(TWO, encoding="utf-8")
    done = invoke("--tests", file, "--junit", xml)
    assert done.exit_code == 1
    assert "PASS  1  passes" in done.stdout
    assert "FAIL  2  fails" in done.stdout
    assert "1 passed, 1 failed" in done.stdout
    root = ET.fromstring(xml.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    (suite,) = root
    assert (root.tag, suite.tag, suite.attrib["name"]) == ("testsuites", "testsuite", "coulomb")
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    first, second = suite
    assert {first.tag, second.tag} == {"testcase"}
    assert not list(first)
    (failure,) = second
    assert failure.tag == "failure"
    assert "expected payback, got none" in str(failure.text)
    assert float(second.attrib["time"]) >= 0
    assert second.attrib["line"] == "6"


def test_tests_are_chosen_by_name_and_by_text(tmp_path: Path) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(TWO, encoding="utf-8")
    assert invoke("--tests", file, "-k", "pass").exit_code == 0
    assert invoke("--tests", file, "--test", "fails").exit_code == 1
    assert invoke("--tests", file, "-k", "nothing").exit_code == 2
    missing = invoke("--tests", file, "--test", "fail")
    assert missing.exit_code == 2
    assert "did you mean `fails`?" in missing.stderr


def test_too_little_coverage_fails(tmp_path: Path) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(TWO, encoding="utf-8")
    assert invoke("--tests", file, "-k", "pass", "--min-coverage", "21.4").exit_code == 0
    low = invoke("--tests", file, "-k", "pass", "--min-coverage", "21.5")
    assert low.exit_code == 1
    assert "below the 21.5% asked for" in low.stdout


def test_requests_behind_a_link_too_long_for_the_system_are_not_there(tmp_path: Path) -> None:
    book = copytree(PILOT_FOLDER, tmp_path / "book")
    (book / "tuning_requests.json").unlink()
    (book / "tuning_requests.json").symlink_to("x" * 300)
    done = invoke(book)
    assert done.exit_code == 2
    assert "there is no request `small-team-lower-price`" in done.stderr


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    done = invoke("--tests", tmp_path / "policy_test.yaml")
    assert done.exit_code == 2
    assert "file not found" in done.stderr
    assert invoke("--tests", tmp_path, "--junit", tmp_path / "no" / "out.xml").exit_code == 2


# A book whose rules rest on facts, and on how large a customer is.
FACTS = """facts:
  deal_type: {values: [new, renewal], default: new}
  payment_terms: {unit: days, min: 0, max: 90, step: 15, default: 30}
  region: {values: [eu, us]}
rules:
  - id: renewals
    when: deal_type == "renewal"
    require: usage_unit_price >= 0.000009 USD/token
  - id: late-payment
    require: payment_terms <= 60 days
    effect: approval
    approver: [vp-sales, deal-desk]
"""
ASKED = """tests:
  - name: a renewal is not discounted
    request:
      configuration: membership-plus-overage
      profile: small-team
      inputs: {contract_duration_months: 24, customer_funded_onboarding: true}
      facts: {region: eu, deal_type: renewal}
      customer: {name: Acme, members: 6, monthly_units: 15_000_000}
    expect:
      decision: accepted
      price: {at_least: 9.00 USD per 1M tokens}
      binding: {include: [renewals]}
  - name: who pays late needs two signatures
    request:
      configuration: membership-plus-overage
      profile: small-team
      approval_mode: allow_approval
      facts: {region: us, payment_terms: 75}
    expect:
      decision: requires_approval
      approvals: {deal-desk: [late-payment], vp-sales: [late-payment]}
"""


def with_facts(folder: Path) -> Path:
    """The example in a folder, with facts, and tests in place of requests, which lack one."""
    book = example_in(folder, ("policy.yaml", "rules:\n", FACTS))
    (book / "tuning_requests.json").unlink()
    (book / "policy_tests.yaml").write_text(ASKED, encoding="utf-8")
    return book


def test_a_test_says_facts_and_who_the_customer_is(tmp_path: Path) -> None:
    done = invoke(with_facts(tmp_path / "book"), "--coverage")
    assert "2 passed" in done.stdout, done.output
    assert done.exit_code == 0
    book = load_price_book(tmp_path / "book")
    outcomes = [run(book, test) for test in load_tests(book)]
    first, second = (each.result for each in outcomes)
    assert first.customer
    assert first.customer.name == "Acme"
    assert first.customer.members == 6
    assert first.facts == {"deal_type": "renewal", "payment_terms": "30", "region": "eu"}
    assert second.facts == {"deal_type": "new", "payment_terms": "75", "region": "us"}
    seen = {rule.rule: rule.missing for rule in coverage_of(book, outcomes).rules}
    assert seen["renewals"] == seen["late-payment"] == ()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("facts: {region: eu, deal_tpe: new}", "no fact `deal_tpe` | did you mean `deal_type`?"),
        ("facts: {region: eu, deal_type: renewl}", "`renewl` | did you mean `renewal`?"),
        ("facts: {region: eu, payment_terms: 80}", "from 0 to 90 days in steps of 15, not 80 | "),
        ("facts: {deal_type: new}", 'fact `region` is missing | add `"region": "eu"` to `facts`'),
        ("inputs: {}", 'fact `region` is missing | add `"facts": {"region": "eu"}`'),
        ("facts: {region: eu}, customer: {member: 3}", "did you mean `members`?"),
        ("facts: {region: eu}, customer: {members: 0}", "`members` must be"),
    ],
)
def test_a_fact_or_a_customer_that_cannot_be_is_a_fault(
    said: str, told: str, tmp_path: Path
) -> None:
    book = load_price_book(with_facts(tmp_path / "book"))
    request = f"{{configuration: membership-plus-overage, profile: small-team, {said}}}"
    text = f"tests: [{{name: one, request: {request}, expect: {{decision: accepted}}}}]"
    with pytest.raises(InputError) as error:
        parse_tests(book, text)
    (issue,) = error.value.issues
    assert told in f"{issue.message} | {issue.hint}"
