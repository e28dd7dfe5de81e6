"""A question in one line: what it comes to, and every fault of it at its place."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.language.expressions import Number
from constraints.text.source import InputError, render_issue
from cp_pricing import PriceBook, TuningRequest, solve
from cp_pricing.asking.names import SHORT_NAMES
from cp_pricing.asking.question import Asked, Question, asked
from cp_pricing.asking.understood import understood
from cp_pricing.catalog.rates import Meter
from cp_pricing.fields import FIELDS, UNLIMITED
from tests.support.books import example, pilot

PLAN, PROFILE = "membership-plus-overage", "small-team"


def asking(book: PriceBook, *terms: str, **more: Any) -> Asked:  # noqa: ANN401 - any part
    return asked(
        book, Question(more.pop("plan", PLAN), more.pop("profile", PROFILE), terms, **more)
    )


def request_of(*terms: str, **more: Any) -> TuningRequest:  # noqa: ANN401 - any part
    (request,) = asking(pilot(), *terms, **more).requests
    return request


def faults(book: PriceBook, *terms: str, **more: Any) -> list[str]:  # noqa: ANN401 - any part
    """Each fault as its message, with what the caret is under and its hint."""
    with pytest.raises(InputError) as refusal:
        asking(book, *terms, **more)
    issues = refusal.value.issues
    (line,) = {refusal.value.sources[issue.file] for issue in issues}
    assert all(render_issue(issue, line) for issue in issues)
    marked = (line[issue.column - 1 : issue.span.end_column - 1] for issue in issues)
    return [
        f"{words}: {issue.message}" + (f" ({issue.hint})" if issue.hint else "")
        for words, issue in zip(marked, issues, strict=True)
    ]


# --- what it comes to -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "field", "value"),
    [
        ("included=12M", "included_units", Fraction(12_000_000)),
        ("included_tokens=12M", "included_units", Fraction(12_000_000)),
        ("included=12M tokens", "included_units", Fraction(12_000_000)),
        ("included=unlimited", "included_units", UNLIMITED),
        ("price=7.50", "usage_unit_price", Fraction(15, 2_000_000)),
        ("price=USD 7.50", "usage_unit_price", Fraction(15, 2_000_000)),
        ("usage_unit_price=0.0000075", "usage_unit_price", Fraction(15, 2_000_000)),
        ("term=2y", "contract_duration_months", Fraction(24)),
        ("term=24m", "contract_duration_months", Fraction(24)),
        ("minimum=100", "minimum_monthly_turnover", Fraction(100)),
        ("prepaid=1.2k", "prepaid_amount", Fraction(1200)),
        ("prepaid=1200 USD", "prepaid_amount", Fraction(1200)),
        ("guarantee=99", "guaranteed_platform_fee", Fraction(99)),
        ("onboarding=yes", "customer_funded_onboarding", True),
        ("flexibility=no", "reduced_cancellation_flexibility", False),
        ("fee=49", "platform_fee", Fraction(49)),
        ("seat=12.50", "seat_fee", Fraction(25, 2)),
    ],
)
def test_a_term_has_a_short_name_and_a_number_as_people_write_it(
    term: str, field: str, value: object
) -> None:
    assert dict(request_of(term).inputs) == {field: value}


def test_every_field_has_a_short_name() -> None:
    assert sorted(SHORT_NAMES.values()) == sorted(FIELDS)


def test_options_make_the_rest_of_a_request(book: PriceBook) -> None:
    (request,) = asking(
        book,
        opened=["term, prepaid", "included"],
        preference="ltv",
        approval=True,
        customer="Müller AG",
        members="12",
        usage="40M",
        facts=["region=eu", "payment_terms=45 days", "strategic=yes"],
    ).requests
    assert request.open == ("included_units", "contract_duration_months", "prepaid_amount")
    assert (request.preference, request.approval_mode) == ("seller_ltv", "allow_approval")
    assert request.customer.size == (Fraction(12), Fraction(40_000_000), None)
    assert request.customer.name == "Müller AG"
    assert request.facts == {"region": "eu", "payment_terms": Fraction(45), "strategic": True}


def test_another_offer_changes_the_first_and_may_take_a_term_back() -> None:
    others = [" term=36m\tprice=7", "price= minimum=50", "prepaid=600"]
    offers = asking(pilot(), "term=2y", "price=7.5", others=others, opened=["prepaid"]).requests
    assert [request.id for request in offers] == ["offer-1", "offer-2", "offer-3", "offer-4"]
    assert [dict(request.inputs) for request in offers] == [
        {"usage_unit_price": Fraction(15, 2_000_000), "contract_duration_months": 24},
        {"usage_unit_price": Fraction(7, 1_000_000), "contract_duration_months": 36},
        {"contract_duration_months": 24, "minimum_monthly_turnover": 50},
        {
            "usage_unit_price": Fraction(15, 2_000_000),
            "contract_duration_months": 24,
            "prepaid_amount": 600,
        },
    ]
    assert [request.open for request in offers] == [("prepaid_amount",)] * 3 + [()]


def test_a_parameter_is_tried_and_said_and_the_book_stays_as_it_is() -> None:
    found = asking(pilot(), parameters=["one_year_credit=10%", "credit_limit=30k USD"])
    assert found.tried == (
        "`one_year_credit` is 10% here, and 15% in the policy",
        "`credit_limit` is 30000 USD here, and 25_000 USD in the policy",
    )
    tried, kept = (book.policy.parameters["one_year_credit"] for book in (found.book, pilot()))
    assert tried.expression == Number(Fraction(1, 10), percent=True)
    assert kept.expression == Number(Fraction(15, 100), percent=True)
    assert found.book.digest != pilot().digest == asking(pilot()).book.digest


def test_a_looser_parameter_lowers_the_price() -> None:
    prices = []
    for value in ("10%", "15%"):
        offer = asking(pilot(), "term=12", "prepaid=900", parameters=[f"one_year_credit={value}"])
        terms = solve(offer.book, offer.requests[0]).configuration
        assert terms is not None
        prices.append(terms.price)
    assert prices[0] > prices[1]


def test_what_was_understood_is_said_in_one_line(book: PriceBook) -> None:
    (request,) = asking(
        book,
        "included=12M",
        "price=7.50",
        "term=2y",
        opened=["prepaid"],
        approval=True,
        preference="ltv",
        customer="Acme",
        members="1",
        usage="40M",
        facts=["region=eu", "payment_terms=45", "strategic=no"],
    ).requests
    assert understood(request, book) == (
        "membership-plus-overage for small-team: 12M included tokens a month, a usage price of "
        "USD 7.50 per 1M tokens and a 24-month term; prepayment left open; highest lifetime "
        "value; approval allowed; customer Acme, 1 member, 40M tokens a month; region eu; "
        "payment_terms 45 days; strategic no"
    )
    assert understood(request_of(), pilot()).endswith("small-team: terms as listed")


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"plan": "membership"}, "membership: there is no plan `membership`"),
        ({"profile": "small-teem"}, "(did you mean `small-team`?)"),
        (
            {"terms": ["inclded=12M"]},
            "inclded: there is no term `inclded` (did you mean `included`",
        ),
        ({"terms": ["inclded=12M"]}, "0 to 40M tokens/month in steps of 500,000"),
        ({"terms": ["xyz=1"]}, "`term`: month to month, 6 months, 12 months, 24 months or 36"),
        ({"terms": ["included"]}, "included: `included` has no value (it may be 0 to 40M"),
        ({"terms": ["term=soon"]}, "soon: `term` must be a number of months like `24m` or `2y`"),
        ({"terms": ["term=1.5"]}, "`contract_duration_months` must be a whole number"),
        ({"terms": ["prepaid=much"]}, "much: `prepaid` must be a number like `1200` or `1.2k`"),
        ({"terms": ["prepaid=EUR 12"]}, "`prepaid` must be a number"),
        ({"terms": ["prepaid=2.100"]}, "`2.100` may be 2.1 or 2,100 (write `2.1` or `2100`)"),
        ({"terms": ["price=6.505"]}, "`6.505` may be 6.505 or 6,505 (write `6.5050` or `6505`)"),
        ({"terms": ["price=-1"]}, "-1: `usage_unit_price` must not be negative"),
        ({"terms": ["flexibility=soft"]}, "`flexibility` must be yes or no, not `soft` (it may be"),
        ({"terms": ["term=1", "contract_duration_months=6"]}, "is given twice"),
        ({"opened": ["term,prepad"]}, "prepad: there is no term `prepad` (did you mean `prepaid`"),
        ({"opened": ["seat"]}, "`seat_fee` has no tunable bounds"),
        (
            {"terms": ["term=1"], "opened": ["term"]},
            "term: `contract_duration_months` is given and",
        ),
        ({"preference": "lvt"}, "lvt: there is no preference `lvt`"),
        ({"preference": "least", "opened": ["term"]}, "(add `price=...`)"),
        ({"preference": "least", "terms": ["price=7"]}, "(add `--open ...`)"),
        (
            {"terms": ["deal_type=new"]},
            "deal_type: `deal_type` is no term but a fact (write `--fact deal_type=...`, or in",
        ),
        ({"facts": ["deal_typ=new"]}, "deal_typ: there is no fact `deal_typ` (did you mean"),
        ({"facts": ["deal_type=old"]}, "old: `deal_type` must be one of the values, not `old`"),
        ({"facts": ["payment_terms=40"]}, "must be from 0 to 120 days in steps of 15, not 40"),
        ({"facts": ["strategic=rather"]}, "`strategic` must be yes or no"),
        ({"facts": ["strategic"]}, "`strategic` is no name with a value"),
        ({"facts": ["region=us"]}, "`region` is given twice"),
        ({"parameters": ["price_flor=1"]}, "there is no parameter `price_flor` (did you mean"),
        ({"parameters": ["price_floor=1 month"]}, "`price_floor` cannot have this value"),
        ({"parameters": ["price_floor=$1"]}, "$: `$` has no meaning here"),
        ({"parameters": ["price_floor"]}, "`price_floor` is no name with a value"),
        ({"parameters": ["price_floor=1", "price_floor=2"]}, "`price_floor` is given twice"),
        ({"parameters": ["price_floor=1"], "id_": "x"}, "a request cannot keep a parameter"),
        ({"members": "0"}, "0: `members` must be above zero"),
        ({"members": "few"}, "few: `--members` must be a number"),
        ({"usage": "40m"}, "40m: `--usage` must be a number like"),
        ({"others": ["term=36m pric=7"]}, "pric: there is no term `pric` (did you mean `price`?"),
        ({"others": ["term"]}, "term: `term` has no value"),
        ({"customer": ""}, "`name` must not be empty"),
        ({"customer": "M\udcffller"}, "M\ufffdller: `M\ufffdller` is not UTF-8"),
        ({"id_": "x" * 201}, "`id` must have at most 200 characters"),
    ],
)
def test_a_fault_is_told_at_its_word(book: PriceBook, given: Mapping[str, Any], fault: str) -> None:
    parts = {**given, "facts": ["region=eu", *given.get("facts", ())]}
    told = faults(book, *parts.pop("terms", ()), **parts)
    assert len(told) == 1
    assert fault in told[0]


def test_a_fact_that_every_request_has_to_say_is_asked_for(book: PriceBook) -> None:
    (told,) = faults(book)
    assert "the fact `region` is missing (add `--fact region=...`: one of eu, us)" in told


def test_all_faults_come_at_once_in_the_order_of_the_line(book: PriceBook) -> None:
    told = faults(
        book,
        "inclded=1",
        "term=soon",
        profile="small-teem",
        others=["pric=7"],
        facts=["regon=eu", "region=eu"],
        parameters=["foo=1"],
        preference="lvt",
    )
    assert [fault.partition(":")[0] for fault in told] == [
        "small-teem", "inclded", "soon", "pric", "regon", "foo", "lvt"
    ]  # fmt: skip


def test_a_price_that_is_no_decimal_of_one_unit_is_refused() -> None:
    thirds = Meter(id="token", unit="token", quote_per=Fraction(3))
    catalog = example().catalog.model_copy(update={"quote_per": Fraction(3), "meters": (thirds,)})
    book = example().model_copy(update={"catalog": catalog})
    (told,) = faults(book, "price=7")
    assert "`7` is no exact price of one token" in told


WORDS = st.text(max_size=12) | st.sampled_from(
    ["", "=", "term=2y", "price=7", "price=", "a b", '"', "--or", "region=eu", "term=\t", "=5"]
)
SOME = st.lists(WORDS, max_size=3)


@given(
    st.builds(
        Question,
        plan=st.sampled_from([PLAN, "", "x"]) | WORDS,
        profile=st.sampled_from([PROFILE, ""]) | WORDS,
        terms=SOME,
        others=SOME,
        opened=SOME,
        preference=st.none() | WORDS,
        customer=st.none() | WORDS,
        usage=st.none() | WORDS,
        facts=SOME,
        parameters=SOME,
    )
)
def test_any_words_are_understood_or_refused_at_places_in_the_line(question: Question) -> None:
    try:
        found = asked(pilot(), question)
    except InputError as refusal:
        (line,) = set(refusal.sources.values())
        for issue in refusal.issues:
            assert 1 <= issue.column <= issue.span.end_column <= len(line) + 1
            assert "\n" not in str(issue)
            assert render_issue(issue, line)
    else:
        assert len(found.requests) == 1 + len(question.others)
