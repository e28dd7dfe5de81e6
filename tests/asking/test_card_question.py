"""A question about a rate card: terms by meter, a discount, and every fault at its place."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from constraints.text.source import InputError
from cp_pricing import PriceBook, load_requests
from cp_pricing.asking.keeping import text_with
from cp_pricing.asking.names import examples_of_terms, open_terms, short_names
from cp_pricing.asking.question import Asked, Question, asked
from cp_pricing.asking.understood import understood
from cp_pricing.book.loading import parse_requests
from cp_pricing.fields import UNLIMITED, shown_field
from tests.support.books import coulomb_api, example, of_both_kinds

PLAN, PROFILE = "team", "product"


def asking(book: PriceBook, *terms: str, **more: Any) -> Asked:  # noqa: ANN401 - any part
    plan, profile = more.pop("plan", PLAN), more.pop("profile", PROFILE)
    return asked(book, Question(plan, profile, terms, **more))


def inputs_of(*terms: str) -> dict[str, Fraction | bool]:
    (request,) = asking(coulomb_api(), *terms).requests
    return dict(request.inputs)


def faults(*terms: str, book: PriceBook | None = None, **more: Any) -> list[str]:  # noqa: ANN401
    """Each fault as what the caret is under, its message and its hint."""
    with pytest.raises(InputError) as refusal:
        asking(book or coulomb_api(), *terms, **more)
    issues = refusal.value.issues
    (line,) = {refusal.value.sources[issue.file] for issue in issues}
    marked = (line[issue.column - 1 : issue.span.end_column - 1] for issue in issues)
    return [
        f"{words}: {issue.message}" + (f" ({issue.hint})" if issue.hint else "")
        for words, issue in zip(marked, issues, strict=True)
    ]


@pytest.mark.parametrize(
    ("term", "field", "value"),
    [
        ("discount=15%", "usage_unit_price", Fraction(85, 100)),
        ("discount=15 %", "usage_unit_price", Fraction(85, 100)),
        ("discount=12.5%", "usage_unit_price", Fraction(875, 1000)),
        ("discount=0.15", "usage_unit_price", Fraction(85, 100)),
        ("discount=0", "usage_unit_price", Fraction(1)),
        ("discount=-5%", "usage_unit_price", Fraction(105, 100)),
        ("usage_discount=15%", "usage_unit_price", Fraction(85, 100)),
        ("included.input=20M", "included_units.input", Fraction(20_000_000)),
        ("included.input=20M tokens", "included_units.input", Fraction(20_000_000)),
        ("included_units.input=unlimited", "included_units.input", UNLIMITED),
        ("rate.output=12", "rates.output", Fraction(12, 10**6)),
        ("rate.output=USD 12", "rates.output", Fraction(12, 10**6)),
        ("rate.search=9", "rates.search", Fraction(9, 1000)),
        ("rates.output=0.000012", "rates.output", Fraction(12, 10**6)),
        ("term=2y", "contract_duration_months", Fraction(24)),
        ("fee=300", "platform_fee", Fraction(300)),
    ],
)
def test_a_term_of_a_rate_card(term: str, field: str, value: object) -> None:
    assert inputs_of(term) == {field: value}


def test_every_field_of_a_rate_card_has_a_short_name() -> None:
    plan = coulomb_api().configuration(PLAN)
    fields = sorted(shown_field(field, is_card=True) for field in plan.fields)
    assert sorted(short_names(plan).values()) == fields


def test_meters_are_asked_about_together() -> None:
    found = inputs_of("rate.output=12", "included.output=5M", "rate.search=9", "discount=5%")
    assert found == {
        "included_units.output": 5_000_000,
        "usage_unit_price": Fraction(95, 100),
        "rates.output": Fraction(12, 10**6),
        "rates.search": Fraction(9, 1000),
    }


def test_a_customers_use_is_said_by_meter() -> None:
    (request,) = asking(coulomb_api(), usage="input=200M, output=40M").requests
    assert request.customer.monthly_units == {"input": 200_000_000, "output": 40_000_000}


def test_terms_of_meters_are_left_open_and_taken_back() -> None:
    offers = asking(
        coulomb_api(),
        "rate.output=18",
        "discount=5%",
        opened=["included.input,term"],
        others=["discount= included.input=40M", "rate.output="],
    ).requests
    assert [dict(offer.inputs) for offer in offers] == [
        {"usage_unit_price": Fraction(95, 100), "rates.output": Fraction(18, 10**6)},
        {"included_units.input": 40_000_000, "rates.output": Fraction(18, 10**6)},
        {"usage_unit_price": Fraction(95, 100)},
    ]
    assert [offer.open for offer in offers] == [
        ("included_units.input", "contract_duration_months"),
        ("contract_duration_months",),
        ("included_units.input", "contract_duration_months"),
    ]


def test_what_was_understood_is_said_by_meter() -> None:
    book = coulomb_api()
    (request,) = asking(
        book,
        "discount=15%",
        "included.input=40M",
        "rate.output=12",
        opened=["included.output"],
        preference="discount",
        usage="input=200M,output=40M",
    ).requests
    assert understood(request, book) == (
        "team for product: 40M included input tokens a month, 15% off usage and output tokens at "
        "USD 12.00 per 1M; included output tokens left open; "
        "customer 200M input tokens, 40M output tokens a month"
    )


@pytest.mark.parametrize("usage", [None, "input=200M,output=40M"])
def test_what_is_kept_is_what_was_asked(usage: str | None) -> None:
    book = coulomb_api()
    offers = asking(
        book,
        *("discount=-12.5%", "included.input=40M", "rate.search=9.5", "rate.output=12", "term=1y"),
        others=["included.output=10M discount="],
        opened=["fee", "included.output"],
        usage=usage,
        id_="new",
    )
    assert offers.file is not None
    requests = parse_requests(book, text_with(offers.file, offers.requests))
    assert requests == (*load_requests(book), *offers.requests)


def test_of_one_meter_the_meter_is_not_said() -> None:
    book = of_both_kinds()
    more = {"plan": "membership-plus-overage", "profile": "small-team"}
    for included, rate in (("included", "rate"), ("included_tokens", "rate.token")):
        (request,) = asking(book, f"{included}=12M", f"{rate}=7", "discount=5%", **more).requests
        assert dict(request.inputs) == {
            "included_units.token": 12_000_000,
            "usage_unit_price": Fraction(95, 100),
            "rates.token": Fraction(7, 10**6),
        }
    (request,) = asking(book, usage="12M", opened=["included"], **more).requests
    assert request.customer.monthly_units == Fraction(12_000_000)
    assert request.open == ("included_units.token",)
    (told,) = faults("price=7", book=book, **more)
    assert told.startswith("price: `membership-plus-overage` is a rate card")
    (told,) = faults("discount=7%", book=book, plan="flat-membership", profile="small-team")
    assert told.startswith("discount: `discount` is for rate cards, and `flat-membership` is none")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("price=3", "price: `team` is a rate card: what is asked of it is a discount (write"),
        ("price=3", "(write `discount=...`: it may be -20% to 40% in steps of 0.5%)"),
        ("usage_unit_price=3", "usage_unit_price: `team` is a rate card: what is asked of it"),
        ("included=3", "by meter (write `included.input=...` or `included.output=...`)"),
        ("rate=3", "rate: `rate` is said by meter (write `rate.output=...`: it may be USD 12.00"),
        ("included.inptu=3", "included.inptu: there is no term `included.inptu` (did you mean"),
        (
            "included.inptu=3",
            "`included.input`? it may be 0 to 200M input tokens/month in steps",
        ),
        ("discont=3%", "there is no term `discont` (did you mean `discount`? it may be -20%"),
        ("discount", "discount: `discount` has no value (it may be -20% to 40% in steps of 0.5%)"),
        ("discount=15", "15: `discount` must be a percentage like `15%`, not `15` (write `15%`)"),
        ("discount=150%", "150%: `discount` must not be above 100% (it may be -20% to 40%"),
        ("discount=2,500%", "`2,500%` may be 2.5% or 2,500% (write `2.5%` or `2500%`)"),
        (
            "discount=15percent",
            "15percent: `discount` must be a percentage like `15%`, not `15percent` (write `15%`)",
        ),
        ("discount=5%%", "5%%: `discount` must be a percentage like `15%`, not `5%%`"),
        ("rate.output=cheap", "cheap: `rate.output` must be a number like `1200` or `1.2k`"),
        ("rate.output=-1", "-1: `output` must not be negative, and is -0.000001"),
    ],
)
def test_a_fault_has_its_place_and_says_what_to_write(given: str, fault: str) -> None:
    (told,) = faults(given)
    assert fault in told


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"usage": "20M"}, "20M: `--usage` is said by meter (write `input=...,cached_input=...,"),
        ({"usage": "inptu=20M"}, "inptu: there is no meter `inptu` (did you mean `input`?)"),
        ({"usage": "input=20M,input=3"}, "input: `input` is given twice"),
        ({"usage": "input=20M,output"}, "output: `output` is no name with a value"),
        ({"usage": "input=many"}, "many: `input` must be a number like"),
        ({"opened": ["rate.output"]}, "rate.output: a rate is given or as listed, and never open"),
        ({"opened": ["included.search"]}, "so it cannot be open (leave it out)"),
        (
            {"preference": "least", "opened": ["term"]},
            "least: `least_commitment` needs an asked discount (add `discount=...`)",
        ),
    ],
)
def test_a_fault_of_an_option_has_its_place(more: dict[str, Any], fault: str) -> None:
    (told,) = faults(**more)
    assert fault in told


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("discount=5%", "`discount` is for rate cards, and `membership-plus-overage` is none"),
        ("discount=5%", "(write `price=...`: it may be USD 2.00 to USD 20.00 per 1M tokens in"),
        ("included.token=5", "(write `included=...`: it may be 0 to 40M tokens/month in steps"),
        ("rate.token=5", "(write `price=...`: it may be USD 2.00"),
    ],
)
def test_a_plan_with_a_price_has_no_terms_of_rate_cards(given: str, fault: str) -> None:
    (told,) = faults(given, book=example(), plan="membership-plus-overage", profile="small-team")
    assert fault in told


def test_the_shell_completes_terms_as_they_are_written() -> None:
    plan, catalog = coulomb_api().configuration(PLAN), coulomb_api().catalog
    examples = list(examples_of_terms(plan, catalog))
    assert {"discount=-20%", "discount=40%", "included.input=0"} < {*examples}
    assert {"included.input=200M", "rate.output=12", "term=36", "fee=1000"} < {*examples}
    for example_ in examples:
        assert asking(coulomb_api(), example_).requests
    assert open_terms(plan)[:3] == ["included.input", "included.output", "term"]
