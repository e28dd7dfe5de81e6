"""The HTML report: everything that a result says is in it, and its charts tell the truth."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cp_pricing.book.loading import checked_request, load, load_requests, parse_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.files.texts import CATALOG
from cp_pricing.report.charts.geometry import Axis, px
from cp_pricing.report.entries import CustomerEntry, ReportEntry, entry
from cp_pricing.report.page import customer_entries, customer_html, entries, report_html
from cp_pricing.report.rules import rules_table
from cp_pricing.results import (
    Outcome,
    PolicyEdit,
    SourcePlace,
)
from cp_pricing.telling.context import told_of
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.tuning import solve
from cp_pricing.words import numbers as f
from tests.support.books import example_with, pilot, texts_of
from tests.support.places import PILOT
from tests.support.reports import (
    BOOK,
    REQUESTS,
    article,
    parsed,
    section,
)

BOTH = pytest.mark.parametrize("audience", ["seller", "customer"])


# --- what is in it --------------------------------------------------------------------------


def test_the_index_lists_every_request_with_its_decision_and_figures(pages: dict[str, str]) -> None:
    rows = section(parsed(pages["seller"]).one("nav"), "All requests")
    assert [row[0].split("membership")[0] for row in rows] == [r.id for r in REQUESTS]
    assert [row[1] for row in rows] == ["accepted", "requires approval", "accepted", "rejected"]
    assert [row[2] for row in rows] == ["7.0030% lower", "4.0060% lower", "19.4294.2% higher", "–"]
    assert [row[3] for row in rows] == ["2,620.81", "2,049.85", "3,382.89", "–"]
    assert {row[4] for row in rows} == {"1,400.00"}
    assert [row[5] for row in rows] == ["none", "vp-sales", "none", "–"]


def test_each_request_is_an_article_with_its_decision_quote_and_words(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    for place, shown in enumerate(found, start=1):
        text = article(pages["seller"], place).text
        result = shown.result
        assert result.request_id in text
        assert (result.quote or "none") in text
        assert result.explanation
        for sentence in result.explanation.splitlines():
            assert sentence.replace("`", "") in text
        assert result.provenance.price_book_digest in text


def test_terms_stand_beside_the_baseline_the_request_and_the_reference(
    pages: dict[str, str],
) -> None:
    rows = section(article(pages["seller"], 1), "Terms")
    assert len(rows) == 14
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["prepayment"] == ["USD 0", "USD 1,200", "USD 1,200"]
    assert by_name["term"] == ["month to month", "24 months", "24 months"]
    assert by_name["usage price"] == [
        "USD 10.00 per 1M tokens",
        "to be found",
        "USD 7.00 per 1M tokens",
    ]
    assert by_name["lifetime value, USD"] == ["1,372.55", "–", "2,620.81"]


def test_a_reference_that_is_not_the_baseline_has_a_column_of_its_own() -> None:
    texts = texts_of(PILOT)
    texts[CATALOG] = texts[CATALOG].replace("    references: [pay-as-you-go]\n", "")
    book = parse_price_book(texts)
    request = next(r for r in load_requests(pilot()) if r.configuration == "pay-as-you-go")
    (shown,) = entries(book, [request])
    page = report_html(book, [shown])
    reference = shown.result.ltv.reference_configuration
    assert reference != "pay-as-you-go"
    heads = [h.text for h in article(page, 1).one("article").all("th") if "scope" in h.attributes]
    assert f"Reference: {reference}" in heads
    by_name = {row[0]: row[1:] for row in section(article(page, 1), "Terms")}
    assert by_name["lifetime value, USD"][-1] == f.grouped(shown.result.ltv.reference, 2)


def test_every_rule_has_its_sides_slack_status_and_place(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    rows = section(article(pages["seller"], 1), "Rules")
    assert len(rows) == len(found[0].result.rules) == 5
    by_name = {row[0].partition(" ")[0].partition("(")[0]: row for row in rows}
    assert by_name["deep-discount"][1:] == [
        "bindingvp-sales may waive it",
        "30% ≤ 30%",
        "0.0 points",
    ]
    assert by_name["heavy-user-margin"][2].endswith("≥ -60.00USD/month")
    assert by_name["margin-floor"][0] == "margin-floor(policy.yaml:12)gross_margin >= 30%"
    assert by_name["price-floor"][2:] == ["7.00 ≥ 4.00USD per 1M tokens", "+3.00"]


def test_reasons_remedies_and_worth_are_there_where_the_result_has_them(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    headings = {
        "blocking_sets": "Why not better",
        "conflicts": "Why not at all",
        "corrections": "What would have to change",
        "counteroffers": "Counteroffers",
        "policy_edits": "Changes of the policy that would admit it",
        "trade_offs": "What the commitments are worth",
        "warnings": "",
    }
    seen = set[str]()
    for place, shown in enumerate(found, start=1):
        page = article(pages["seller"], place)
        texts = {h.text for h in page.all("h3")}
        for field, heading in headings.items():
            filled = bool(getattr(shown.result, field))
            seen |= {field} if filled else set()
            assert not heading or (heading in texts) == filled, (place, field)
    assert {"blocking_sets", "conflicts", "corrections", "counteroffers", "trade_offs"} <= seen


def test_each_conflict_is_a_box_with_its_members_in_words(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    result = found[3].result
    page = article(pages["seller"], 4)
    boxes = [box for e in page.classed("members") for box in e.children if not isinstance(box, str)]
    assert len(boxes) == len(result.conflicts)
    for members, box in zip(result.conflicts, boxes, strict=True):
        assert len(box.all("li")) == len(members) + 1
        for name in members:
            assert name in box.text or name.startswith(("request:", "tunable:"))
    if any("request:included_units" in members for members in result.conflicts):
        assert "included tokens asked: 30M tokens/month" in page.text


def test_an_edit_of_the_policy_is_shown_as_the_line_before_and_after(
    found: tuple[ReportEntry, ...],
) -> None:
    edit = PolicyEdit(
        rule="margin-floor",
        old="gross_margin >= 30%",
        new="gross_margin >= 21%",
        change=Fraction(9, 100),
        unit="",
        buys=Outcome(usage_unit_price=Fraction(7, 10**6), ltv=Fraction(1500)),
        source=SourcePlace(file="policy.yaml", line=12),
    )
    result = found[3].result.model_copy(update={"policy_edits": (edit,)})
    page = article(report_html(BOOK, [replace(found[3], result=result)]), 1)
    assert page.one("del").text == edit.old
    assert page.one("ins").text == edit.new
    assert "policy.yaml:12" in page.text
    assert "buys USD 7.00 per 1M tokens, LTV USD 1,500.00" in page.text


def test_a_search_that_was_cut_short_is_said_to_be(found: tuple[ReportEntry, ...]) -> None:
    cut = found[3].result.completeness.model_copy(update={"note": "50 conflicts are enough"})
    result = found[3].result.model_copy(update={"completeness": cut})
    page = report_html(BOOK, [replace(found[3], result=result)])
    assert "there may be more: 50 conflicts are enough." in parsed(page).one("body").text


def test_a_warning_is_shown_before_the_words(found: tuple[ReportEntry, ...]) -> None:
    result = found[0].result.model_copy(update={"warnings": ("mind the `step`",)})
    page = article(report_html(BOOK, [replace(found[0], result=result)]), 1)
    (warnings,) = page.classed("warnings")
    assert warnings.text == "mind the step"
    assert page.text.index("mind the") < page.text.index("In words")


@BOTH
def test_an_undecided_request_is_neither_accepted_nor_rejected(
    found: tuple[ReportEntry, ...], offers: tuple[CustomerEntry, ...], audience: str
) -> None:
    result = found[0].result.model_copy(
        update={
            "decision": "unknown",
            "reason": "not decided: out of time",
            "configuration": None,
            "quote": None,
            "rules": (),
            "approvals": (),
            "trade_offs": (),
            "blocking_sets": (),
            "ltv": found[0].result.ltv.model_copy(update={"tuned": None, "improvement": None}),
        }
    )
    view = explained_to_customer(told_of(BOOK, REQUESTS[0], result))
    unsure = offers[0]._replace(view=view, offered=None)
    pages = {
        "seller": report_html(BOOK, [entry(found[0].deal, result)]),
        "customer": customer_html(BOOK, [unsure]),
    }
    page = pages[audience]
    badge = article(page, 1).classed("badge")[0]
    assert badge.text == {"seller": "unknown", "customer": "not decided yet"}[audience]
    assert "unknown" in badge.attributes["class"]
    assert "USD 7.00" not in article(page, 1).one("header").text


def test_the_same_requests_give_the_same_bytes(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    again = tuple(entries(BOOK, REQUESTS[:1]))
    one = report_html(BOOK, found[:1])
    seconds = re.compile(r"<dt>seconds</dt><dd>[\d.]+</dd>")
    assert seconds.sub("", report_html(BOOK, again)) == seconds.sub("", one)
    assert customer_html(BOOK, list(customer_entries(BOOK, REQUESTS))) == pages["customer"]


def odd_book() -> PriceBook:
    """The example with a list of allowances, among them an unlimited one."""
    old, new = "{min: 0, max: 40_000_000, step: 500_000}", "{values: [0, 5_000_000, unlimited]}"
    return example_with(old, new)


def test_an_unlimited_allowance_has_a_place_in_tables_and_charts() -> None:
    book = odd_book()
    asked = {**dict(REQUESTS[0]), "inputs": {"included_units": "unlimited"}}
    page = report_html(book, list(entries(book, [checked_request(book, asked)])))
    by_name = {row[0]: row for row in section(article(page, 1), "Terms")}
    assert by_name["included tokens"][2] == "unlimited tokens/month"
    charts = parsed(page).classed("small")
    (lever,) = [chart for chart in charts if "included" in chart.all("title")[0].text]
    assert [e.text for e in lever.classed("axis")[1].all("text")] == ["0", "5M", "unlimited"]


def test_a_price_that_is_not_tunable_has_no_curve_and_no_levers() -> None:
    asked = {**dict(REQUESTS[0]), "configuration": "flat-membership", "inputs": {}}
    page = article(report_html(BOOK, list(entries(BOOK, [checked_request(BOOK, asked)]))), 1)
    assert "The usage price is not tunable, so there is no curve to draw." in page.text
    assert page.all("svg") == []
    assert "Levers" not in {h.text for h in page.all("h3")}


# --- charts ---------------------------------------------------------------------------------


def test_the_price_chart_has_required_value_feasible_range_and_limits(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    for place, shown in enumerate(found, start=1):
        charts = article(pages["seller"], place).classed("wide")
        chart = next(e for e in charts if e.tag == "svg")
        assert f"required USD {f.grouped(shown.curve.required, 2)}" in chart.text
        admitted = sum(len(level.feasible) for level in shown.curve.levels)
        limited = [rule for rule in shown.curve.rules if rule.holds != (shown.curve.bounds,)]
        stretches = sum(len(rule.holds) for rule in limited)
        assert len(chart.classed("bar")) == admitted + stretches
        assert len(chart.classed("shade")) == len(shown.curve.levels[0].feasible)
        assert all(rule.rule in chart.text for rule in limited)
        points = shown.frontier.points if len(shown.frontier.points) > 1 else ()
        assert len(chart.classed("frontier")) == len(points)
        assert len(chart.classed("curve")) == len({point.band for point in shown.curve.points})


def test_the_answer_is_where_the_axes_say_it_is(pages: dict[str, str]) -> None:
    chart = next(e for e in article(pages["seller"], 1).classed("wide") if e.tag == "svg")
    axis = {e.text: float(e.attributes["x"]) for e in chart.classed("axis")[1].all("text")}
    per_unit = (axis["20"] - axis["10"]) / 10
    expected = axis["10"] + (7 - 10) * per_unit
    (dot,) = [circle for circle in chart.all("circle") if "answer" in circle.attributes["class"]]
    assert float(dot.attributes["cx"]) == pytest.approx(expected, abs=0.2)


def test_lever_charts_mark_the_request_and_values_without_an_answer(
    pages: dict[str, str], found: tuple[ReportEntry, ...], offers: tuple[CustomerEntry, ...]
) -> None:
    levers = {"seller": [e.levers for e in found], "customer": [e.levers for e in offers]}
    for audience, curves in levers.items():
        for place, shown in enumerate(curves, start=1):
            page = article(pages[audience], place)
            charts = [e for e in page.all("figure") if e.all("figcaption")[0].text]
            for lever in shown:
                name = f.label(lever.field, BOOK.catalog.denomination())
                drawn = [c for c in charts if c.all("title")[0].text == f"Usage price by {name}"]
                if not drawn:
                    assert name in page.text.lower()
                    continue
                (chart,) = drawn
                priced = [point for point in lever.points if point.price is not None]
                assert len(chart.classed("point")) == len(priced)
                assert len(chart.classed("cross")) == len(lever.points) - len(priced)
                assert len(chart.classed("ring")) == 1
                quoted = f.quote(priced[0].price or Fraction(0), BOOK.catalog.denomination())
                assert quoted in chart.text


def test_a_rule_that_does_not_apply_has_no_slack() -> None:
    book, requests = load(PILOT)
    result = solve(book, requests[0])
    idle = {rule.id for rule in result.rules if rule.status == "not_applicable" and rule.share}
    table = rules_table(result, book.catalog.denomination(), {})
    shown = {row[-1].text for row in table.rows if row[0].text in idle}
    assert (bool(idle), shown) == (True, {None})


@given(st.fractions(-400, 400, max_denominator=40))
def test_places_are_rounded_to_tenths_as_python_rounds(place: Fraction) -> None:
    assert Fraction(px(place)) == Fraction(round(place * 10), 10)


@given(*[st.fractions(-99, 99, max_denominator=9)] * 5)
def test_an_axis_lays_numbers_evenly(
    low: Fraction, high: Fraction, start: Fraction, end: Fraction, value: Fraction
) -> None:
    assume(low != high)
    even = start + (end - start) * (value - low) / (high - low)
    assert Axis(low, high, start, end).at(value) == even
