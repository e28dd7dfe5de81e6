"""What reports show of rate cards: rates, a month from list to net, bills by use; all as solved."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from constraints.language.expressions import Name
from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.book.price_book import PriceBook
from cp_pricing.catalog.plans import Configuration
from cp_pricing.files.models import FrozenMapping
from cp_pricing.model.bills import bill_curve
from cp_pricing.model.month import expected_month, month_of
from cp_pricing.profiles.profile import Profile, expected_units
from cp_pricing.report.charts.geometry import CHARACTER
from cp_pricing.report.charts.price import NARROW, WIDE
from cp_pricing.report.charts.waterfall import parts_of, waterfall
from cp_pricing.report.entries import fields_of
from cp_pricing.report.page import (
    approver_entries,
    approver_html,
    customer_entries,
    customer_html,
    entries,
    report_html,
)
from cp_pricing.report.seller import SellerRequest, seller_report
from cp_pricing.telling.context import basis_of
from cp_pricing.terms import CardTerms
from cp_pricing.tuning import deal_of
from cp_pricing.words import numbers as f
from tests.support.places import COULOMB_API, PRICE_LISTS
from tests.support.reports import article, parsed, section

BOOKS = (COULOMB_API, *sorted(path for path in PRICE_LISTS.iterdir() if path.is_dir()))
BOOK = load_price_book(COULOMB_API)
REQUESTS = {request.id: request for request in load_requests(BOOK)}


@cache
def pages() -> dict[str, str]:
    """The pages of one request that takes two signatures, on a price of its own for a meter."""
    asked = [REQUESTS["product-agreed-output"]]
    return {
        "seller": report_html(BOOK, list(entries(BOOK, asked))),
        "customer": customer_html(BOOK, list(customer_entries(BOOK, asked, approved=True))),
        "approver": approver_html(BOOK, list(approver_entries(BOOK, asked))),
    }


@cache
def sellers() -> dict[str, SellerRequest]:
    """What the seller reads of a customer with a size of its own, a renewal and a rejection."""
    asked = ("product-own-size", "platform-renewal", "product-high-included")
    found = seller_report(BOOK, list(entries(BOOK, [REQUESTS[name] for name in asked])))
    return {request.name: request for request in found.requests}


@pytest.mark.parametrize("folder", BOOKS, ids=lambda folder: folder.name)
def test_a_month_from_list_to_net_is_the_bill_that_was_solved(folder: Path) -> None:
    book = load_price_book(folder)
    for request in load_requests(book):
        result = solve(book, request, detail="rules")
        deal = deal_of(book, request, 60)
        for terms in (basis_of(result).baseline, result.shown_terms):
            if not isinstance(terms, CardTerms):
                continue
            month = expected_month(deal.offer.configuration, terms, deal.offer.profile)
            evaluator = deal.offer.evaluator(fields_of(terms))
            assert month.bill == evaluator.number(Name("expected_monthly_bill"))
            assert month.usage.net == evaluator.number(Name("expected_usage_charge"))
            first, *changes, last = parts_of(month)
            assert first.amount + sum(part.amount for part in changes) == last.amount


@pytest.mark.parametrize("request_id", ["product-lower-price", "platform-renewal"])
def test_between_two_points_of_the_curve_the_bill_is_a_straight_line(request_id: str) -> None:
    plan, terms, profile = _answer(BOOK, request_id)
    curve = bill_curve(plan, terms, profile)
    assert {corner.meter for corner in curve.corners} >= {"", "output"}

    def bill(use: Fraction) -> Fraction:
        units = {meter: use * expected_units(profile, meter) for meter in plan.meters}
        members = profile.members_per_customer
        return month_of(plan, terms, members, FrozenMapping(units)).bill

    for (low, before), (high, after) in pairwise(curve.months.items()):
        for share in (Fraction(1, 3), Fraction(9, 10)):
            use = low + share * (high - low)
            line = before.bill + share * (after.bill - before.bill)
            # Just beyond a limit of volume tiers a bill jumps.
            assert bill(use) == line or high - low < Fraction(1, 10**6)


def _answer(book: PriceBook, request_id: str) -> tuple[Configuration, CardTerms, Profile]:
    request = REQUESTS[request_id]
    terms = solve(book, request, detail="rules").configuration
    assert isinstance(terms, CardTerms)
    offer = deal_of(book, request, 60).offer
    return offer.configuration, terms, offer.profile


def test_the_steps_of_a_waterfall_begin_where_those_above_end() -> None:
    plan, terms, profile = _answer(BOOK, "product-agreed-output")
    month = expected_month(plan, terms, profile)
    for size in (WIDE, NARROW):
        chart = waterfall(month, "USD", "offer", size)
        names = [step.name for step in chart.steps]
        assert names == [part.name for part in parts_of(month)]
        assert "agreed prices" in names
        for above, below in pairwise(chart.steps[:-1]):
            ends = {float(below.x), round(float(below.x) + float(below.width), 1)}
            assert any(abs(float(above.join) - end) <= 1 for end in ends)
        for step in chart.steps:
            assert float(step.x) + float(step.width) <= size.width
            assert float(step.label_x) + 7 * len(step.text) <= size.width + 7
        assert f"bill {f.grouped(month.bill, 2)}." in chart.description


def test_the_pages_have_the_rates_of_every_tier() -> None:
    for audience, page in pages().items():
        rows = section(article(page, 1), "What usage costs")
        assert rows[0][0] == "input tokens", audience
        assert rows[0][-2:] == ["USD 4.50 per 1M", "USD 4.41 per 1M"]
        assert ["output tokens50M to 150M", "", "USD 22.00 per 1M", "USD 18.00 per 1M"] in rows
        assert rows[-1][0] == "searchesnot discounted"


def test_the_charts_of_seller_and_customer_have_their_figures_in_tables() -> None:
    for audience in ("seller", "customer"):
        request = article(pages()[audience], 1)
        net = section(request, "From list to net")
        assert net[-1] == ["bill", "2,695.80", "2,506.31"], audience
        assert ["agreed prices", "–", "-267.50"] in net
        use = section(request, "Bill by use")
        assert [
            "40.1% of what is expectedthe minimum is reached",
            "USD 1,116.27",
            "USD 1,000.00",
        ] in use
        titles = [svg.all("title")[0].text for svg in request.all("svg") if svg.all("desc")]
        for title in ("From list to net", "Bill by use", "Charge for output tokens"):
            assert any(text.startswith(title) for text in titles), (audience, title)


def test_the_pages_speak_of_no_usage_price() -> None:
    for audience, page in pages().items():
        texts = [part for each in parsed(page).one("body").walk() for part in each.children]
        said = [part for part in texts if isinstance(part, str)]
        assert not [part for part in said if "usage price" in part.lower()], audience


def test_the_seller_reads_whose_request_it_is_and_its_facts() -> None:
    assert sellers()["product-own-size"].about == (
        "`team` for `product`, greatest usage discount, self-serve only; customer Brightwater Labs,"
        " 9 members, 420M input tokens, 60M output tokens/month"
    )
    assert sellers()["platform-renewal"].about.endswith("; facts deal_type renewal")
    assert "customer" not in sellers()["product-high-included"].about


def test_a_bill_at_the_near_miss_is_not_said_to_be_offered() -> None:
    descriptions = {
        name: [chart.description for chart in (*request.card.bills, *request.card.meters)]
        for name, request in sellers().items()
        if request.card
    }
    assert all(", near miss USD " in text for text in descriptions["product-high-included"])
    assert all(", answer USD " in text for text in descriptions["product-own-size"])
    assert not any("offered" in text for texts in descriptions.values() for text in texts)


def test_no_text_of_a_chart_is_cut_off_at_the_right() -> None:
    for request in sellers().values():
        assert request.card
        charts = (*request.charts, *request.levers.charts, *request.card.bills)
        assert len(charts) > 4
        for chart in (*charts, *request.card.meters):
            for mark in chart.x_marks:
                assert float(mark.at) + len(mark.text) * CHARACTER / 2 <= chart.width, mark
        for narrow in request.charts[1:]:
            for lane in narrow.lanes:
                room = narrow.width - float(narrow.left)
                assert lane.tone or len(lane.label) * CHARACTER <= room, lane.label
