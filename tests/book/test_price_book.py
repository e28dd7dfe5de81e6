"""Price books and requests that are valid: what the models say, and how files are read."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from constraints.language.expressions import Comparison, Name, Number
from constraints.text.source import InputError, Span
from cp_pricing.book.loading import (
    checked_request,
    load,
    load_price_book,
    load_requests,
    parse_price_book,
    parse_requests,
)
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.catalog.plans import Allowance, Configuration, Grid, Values
from cp_pricing.fields import UNLIMITED
from cp_pricing.files.texts import FILES, REQUESTS
from cp_pricing.profiles.profile import ConstantRetention, CurveRetention, PriceBand, SbgRetention
from tests.support import books
from tests.support.books import texts_of
from tests.support.places import EXAMPLE

TEXTS = texts_of(EXAMPLE)

EUROPEAN = {
    "catalog.yaml": """\
catalog: Requests
currency: EUR
unit: request
configurations:
  - id: basic
    name: "Grundgebühr"
    platform_fee: 49.90
    included_units: unlimited
    available_to: [small]
  - id: pro
    name: Pro
    seat_fee: 5
    included_units: {per_customer: 1_000.5}
    usage_unit_price: 0.001
    guaranteed_platform_fee: 10
    tunable:
      usage_unit_price: {min: 0, max: 0.01, tick: 0.0005}
      included_units: {values: [unlimited, 0, 2_000]}
""",
    "profiles.yaml": """\
profiles:
  - id: small
    cohort: {customers: 29, as_of: 2025-06-30, source: billing}
    monthly_usage: [{weight: 1, units: 100}]
    retention: {model: sbg, alpha: 0.7, beta: 5.5}
  - id: large
    members_per_customer: 2.5
    cohort: {customers: 30}
    monthly_usage: [{weight: 50%, units: 0}, {weight: 0.5, units: 1e6}]
    retention: {model: curve, survival: [1, 90%, 0.9, 0]}
    price_response: [{churn_multiplier: 1.2}]
""",
    "policy.yaml": """\
policy: EU
approvers: [VP Sales]
parameters:
  floor: {value: 0.0001 EUR/request, description: landed cost}
define:
  spend: prepaid_amount + 2 * committed_value
ltv:
  horizon_months: 24
  annual_discount_rate: 0.08
  min_improvement_amount: 5 EUR
  effect: approval
  approver: VP Sales
rules:
  - id: floor
    when: spend > 0
    require: >
      usage_unit_price
      >= floor
    effect: warn
    owner: finance
""",
}


@pytest.fixture(scope="module")
def example() -> PriceBook:
    return books.example()


@pytest.fixture(scope="module")
def european() -> PriceBook:
    return parse_price_book(EUROPEAN)


def test_the_example_is_read_exactly(example: PriceBook) -> None:
    assert (example.catalog.name, example.catalog.currency) == ("example", "USD")
    assert (example.catalog.unit, example.catalog.quote_per) == (
        "token",
        Fraction(1_000_000),
    )
    pro = example.configuration("membership-plus-overage")
    assert pro.usage_unit_price == Fraction(1, 100_000)
    assert pro.included_units.total(Fraction(5)) == 5_000_000
    assert list(pro.tunable) == [
        "included_units",
        "usage_unit_price",
        "contract_duration_months",
        "minimum_monthly_turnover",
        "prepaid_amount",
        "guaranteed_platform_fee",
        "customer_funded_onboarding",
        "reduced_cancellation_flexibility",
    ]
    team = example.profile("small-team")
    assert team.retention == ConstantRetention(monthly_churn="3.5%")
    assert [scenario.weight for scenario in team.monthly_usage] == [
        Fraction(n, 20) for n in (5, 8, 5, 2)
    ]
    assert team.price_response[-1] == PriceBand(churn_multiplier=Fraction(9, 5))
    assert team.variable_cost_per_unit == Fraction(38, 10**7)
    assert example.policy.ltv.annual_discount_rate == Fraction(1, 10)
    assert example.policy.ltv.min_improvement_amount == Number(Fraction(0))
    assert example.warnings == ()


def test_rules_keep_their_text_and_place(example: PriceBook, european: PriceBook) -> None:
    rule = example.policy.rules[0]
    assert rule.require == Comparison(">=", Name("usage_unit_price"), Name("price_floor"))
    assert (rule.require_text, rule.when_text) == ("usage_unit_price >= price_floor", None)
    assert (rule.effect, rule.approvers) == ("reject", ())
    assert (rule.source.file, rule.source.line) == ("policy.yaml", 10)
    assert rule.require.span == Span("policy.yaml", 11, 14, 11, 45)
    parameter = example.policy.parameters["price_floor"]
    assert (parameter.text, parameter.source.line) == ("0.000004 USD/token", 4)
    folded = european.policy.rules[0].require
    assert folded.span == Span("policy.yaml", 17, 7, 18, 15)
    assert "\n" not in european.policy.rules[0].require_text
    assert european.policy.define["spend"].expression.span.line == 6


def test_a_price_book_may_have_another_currency_and_unit(european: PriceBook) -> None:
    basic, pro = european.catalog.configurations
    assert basic.included_units.total(Fraction(3)) == UNLIMITED
    assert pro.included_units.total(Fraction(3)) == Fraction(2001, 2)
    assert pro.tunable["included_units"] == Values(values=(0, 2000, "unlimited"))
    assert [item.id for item in european.available("large")] == ["pro"]
    assert [item.id for item in european.available("small")] == ["basic", "pro"]
    small, large = european.profiles
    assert small.retention == SbgRetention(alpha=Decimal("0.7"), beta="5.5")
    assert large.retention == CurveRetention(survival=(1, "90%", "0.9", 0))
    assert [large.members_per_customer, small.members_per_customer] == [Fraction(5, 2), 1]
    assert european.policy.ltv.min_improvement_amount_text == "5 EUR"
    assert european.policy.parameters["floor"].description == "landed cost"
    (request,) = parse_requests(
        european,
        '{"requests": [{"id": "r", "configuration": "pro", "profile": "large",'
        ' "inputs": {"included_requests": "unlimited"}}]}',
    )
    assert dict(request.inputs) == {"included_units": UNLIMITED}


def test_a_small_cohort_is_a_warning_with_its_place(european: PriceBook) -> None:
    assert [str(issue) for issue in european.warnings] == [
        "profiles.yaml:3:25: warning: profile `small` rests on 29 customers, fewer than 30"
    ]


def test_requests_are_read_exactly(example: PriceBook) -> None:
    requests = load_requests(example)
    assert [request.id for request in requests] == [
        "lower-price",
        "lower-price-approval",
        "seller-ltv",
        "high-included",
    ]
    assert dict(requests[0].inputs) == {
        "contract_duration_months": Fraction(24),
        "minimum_monthly_turnover": Fraction(150),
        "prepaid_amount": Fraction(1200),
        "customer_funded_onboarding": True,
        "reduced_cancellation_flexibility": True,
    }
    assert requests[3].inputs == {"included_units": Fraction(30_000_000)}
    assert (requests[0].preference, requests[0].open) == ("lower_usage_price", ())
    assert load(EXAMPLE) == (example, requests)
    assert load(EXAMPLE, EXAMPLE / REQUESTS) == (example, requests)


def test_open_fields_stand_in_field_order_without_the_price(example: PriceBook) -> None:
    (request,) = parse_requests(
        example,
        '{"requests": [{"id": "r", "configuration": "membership-plus-overage",'
        ' "profile": "small-team",'
        ' "open": ["prepaid_amount", "usage_unit_price", "included_tokens"]}]}',
    )
    assert request.open == ("included_units", "prepaid_amount")
    assert request.inputs == {}


def test_models_cannot_be_changed_but_hashed_and_pickled(example: PriceBook) -> None:
    requests = load_requests(example)
    again = pickle.loads(pickle.dumps((example, requests)))  # noqa: S301 - our own bytes
    assert again == (example, requests)
    assert hash(again) == hash((example, requests))
    with pytest.raises(ValidationError, match="frozen"):
        example.digest = ""  # type: ignore[misc]
    with pytest.raises(TypeError, match="item assignment"):
        requests[0].inputs["prepaid_amount"] = Fraction(0)  # type: ignore[index]


def test_the_digest_depends_on_the_text_but_not_on_its_line_ends(example: PriceBook) -> None:
    windows = {name: text.replace("\n", "\r\n") for name, text in TEXTS.items()}
    assert parse_price_book(windows).digest == example.digest
    changed = {**TEXTS, "policy.yaml": TEXTS["policy.yaml"].replace("36", "37")}
    assert parse_price_book(changed).digest != example.digest
    assert len(example.digest) == 64


# Bounds


def grid(low: str, high: str, step: str) -> Grid:
    return Grid(min=low, max=high, step=step)


@given(st.fractions(0, 5, max_denominator=8), st.integers(0, 30), st.fractions("1/9", 3))
def test_a_grid_counts_and_finds_its_values(low: Fraction, steps: int, step: Fraction) -> None:
    bounds = Grid(min=low, max=low + steps * step, step=step)
    listed = [low + place * step for place in range(steps + 1)]
    assert bounds.count == len(listed)
    assert list(bounds.values) == [bounds.at(place) for place in range(steps + 1)] == listed
    assert bounds.high == listed[-1]
    assert [bounds.index(value) for value in listed] == list(range(steps + 1))
    assert all(value in bounds for value in listed)
    for off in (low - step, listed[-1] + step, low + step / 2, True, "1", None):
        assert off not in bounds
    with pytest.raises(ValueError, match="not on the grid"):
        bounds.index(low + step / 2)


def test_a_grid_of_a_billion_values_costs_nothing() -> None:
    bounds = grid("0", "1", "0.000000001")
    assert (bounds.count, bounds.at(123_456_789)) == (10**9 + 1, Fraction(123_456_789, 10**9))
    assert "0.5" not in bounds
    assert Fraction(1, 2) in bounds


def test_listed_values_are_sorted() -> None:
    bounds = Values(values=(12, 1, 6))
    assert (bounds.values, bounds.low, bounds.high, bounds.count) == ((1, 6, 12), 1, 12, 3)
    assert (bounds.index(Fraction(6)), Fraction(7) in bounds) == (1, False)
    assert Values(values=(True, False)).values == (False, True)


# Models made in Python


def test_numbers_may_be_int_decimal_fraction_or_text() -> None:
    for value in (2, Decimal(2), Fraction(2), "2", "2.0", "2e0"):
        request = TuningRequest(
            id="r", configuration="c", profile="p", inputs={"prepaid_amount": value}
        )
        assert request.inputs["prepaid_amount"] == Fraction(2)
        assert type(request.inputs["prepaid_amount"]) is Fraction


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"prepaid_amount": 0.1}, r"is a binary float.*Decimal\(\"0.1\"\)"),
        ({"prepaid_amount": Decimal("1e999999999")}, "must be a number"),
        ({"prepaid_amount": Decimal("NaN")}, "must be a number"),
        ({"prepaid_amount": True}, "must be a number, not `true`"),
        ({"customer_funded_onboarding": 1}, "must be `true` or `false`"),
        ({"included_units": 10**15 + 1}, "must be below 10"),
        ({"contract_duration_months": 0}, "must be from 1 to"),
        ({"usage_unit_price": -1}, "must not be negative"),
        ({"usage_rebate": 0.1}, "is not a field that can be tuned"),
        ({"prepaid": 1}, "did you mean `prepaid_amount`"),
    ],
)
def test_wrong_inputs_of_python_callers_are_refused(
    inputs: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        TuningRequest(id="r", configuration="c", profile="p", inputs=inputs)


def test_a_request_of_a_python_caller_is_checked_against_the_price_book(example: PriceBook) -> None:
    wish = {
        "id": "r",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": {"included_tokens": UNLIMITED, "prepaid_amount": "1200"},
    }
    request = checked_request(example, wish)
    assert request.inputs == {"included_units": UNLIMITED, "prepaid_amount": Fraction(1200)}
    assert checked_request(example, request) == request
    with pytest.raises(ValidationError, match="there is no profile `large`"):
        checked_request(example, request.model_copy(update={"profile": "large"}))


def test_an_allowance_needs_exactly_one_basis() -> None:
    assert Allowance(per_member="2").total(Fraction(5, 2)) == 5
    assert Configuration(id="c", name="C", included_units=7).included_units.per_customer == 7
    for wrong in ({}, {"per_member": 1, "per_customer": 1}):
        with pytest.raises(ValidationError, match="needs one of"):
            Allowance(**wrong)


# Files


def test_what_cannot_be_read_is_told_for_every_file(tmp_path: Path) -> None:
    (tmp_path / "catalog.yml").write_text("", "utf-8")
    (tmp_path / "profiles.yaml").mkdir()
    (tmp_path / "policy.yaml").write_bytes(b"policy: x\napprovers: [\xff]\n")
    (tmp_path / REQUESTS).write_bytes('{"requests": []}'.encode("utf-16"))
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert [str(issue) for issue in caught.value.issues] == [
        f"{tmp_path}/catalog.yaml:1:1: file not found",
        f"{tmp_path}/policy.yaml:2:13: the byte 0xFF is not UTF-8",
        f"{tmp_path}/profiles.yaml:1:1: this is a folder, not a file",
        f"{tmp_path}/{REQUESTS}:1:1: the file is UTF-16, not UTF-8",
    ]
    assert caught.value.issues[0].hint == "did you mean `catalog.yml`?"


def test_a_folder_that_is_none_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / "coulomb").mkdir()
    (tmp_path / "file").write_text("", "utf-8")
    for name, message in (
        ("coulumb", "folder not found"),
        ("file", "this is a file, not a folder"),
    ):
        with pytest.raises(InputError) as caught:
            load_price_book(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}:1:1: {message}"
    assert load_price_book(str(EXAMPLE)).folder == EXAMPLE


def test_a_missing_text_or_file_of_requests_is_told(example: PriceBook, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        parse_price_book({name: TEXTS[name] for name in FILES[1:]})
    assert str(caught.value) == "catalog.yaml:1:1: file not found"
    with pytest.raises(InputError, match=r"wishes\.json:1:1: file not found"):
        load_requests(example, tmp_path / "wishes.json")


def test_faults_are_told_under_the_path_that_was_given(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(
            text.replace("horizon_months: 36", "horizon_months: 0"), "utf-8"
        )
    with pytest.raises(InputError) as caught:
        load_price_book(tmp_path)
    (issue,) = caught.value.issues
    assert (issue.file, issue.line, issue.column) == (f"{tmp_path}/policy.yaml", 6, 19)
    assert "horizon_months: 0" in caught.value.sources[issue.file]


@pytest.mark.parametrize("style", [">-", "|"])
def test_a_number_in_a_block_of_text_is_a_text(style: str) -> None:
    texts = dict(TEXTS)
    plain = "min_improvement_rate: 2%"
    assert plain in texts["policy.yaml"]
    block = f"min_improvement_rate: {style}\n    2%"
    texts["policy.yaml"] = texts["policy.yaml"].replace(plain, block)
    with pytest.raises(InputError, match="must be a number or a percentage"):
        parse_price_book(texts)
