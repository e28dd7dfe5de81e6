"""Limits of what can still come out: exact, or hemmed in."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from constraints.language.expressions import Name
from cp_pricing import load_price_book
from cp_pricing.fields import LIFETIME_VALUE
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs import analysis_limits
from cp_pricing.proofs.analysis import analyse_space
from tests.support.books import certain, pilot
from tests.support.places import PRICE_LISTS

HOSTING = PRICE_LISTS / "hosting"


def test_what_is_not_pinned_down_is_hemmed_in_closely() -> None:
    # With draws in it, what is required of the lifetime value leaves CP-SAT more to look for.
    analysis = analyse_space(certain()[0], "membership-plus-overage", "small-team")
    assert analysis.undecided == ()
    ends = [end for one in analysis.ranges for end in (one.least, one.greatest)]
    assert {end.status for end in ends} == {"exact", "bounded"}
    for end in ends:
        assert end.value is not None
        assert end.bound is not None
        assert abs(end.value - end.bound) <= abs(end.value) / 10_000


def test_what_a_rule_limits_by_itself_is_no_question_for_the_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Fraction] = []
    beyond = analysis_limits._Search._beyond

    def noted(
        search: analysis_limits._Search, value: Fraction, force: Sequence[str], *, strict: bool
    ) -> object:
        asked.extend([value] * (search.name == LIFETIME_VALUE and not search.greatest))
        return beyond(search, value, force, strict=strict)

    monkeypatch.setattr(analysis_limits._Search, "_beyond", noted)
    offer = pricing_of(certain()[0]).offer("membership-plus-overage", "small-team")
    required = offer.listed.number(Name("required_ltv"))
    analysis = analyse_space(certain()[0], "membership-plus-overage", "small-team")
    least = next(one.least for one in analysis.ranges if one.name == LIFETIME_VALUE)
    assert required is not None
    assert least.bound is not None
    assert least.value is not None
    assert least.bound == required <= least.value
    assert asked == []


def test_what_a_rule_limits_by_itself_is_reached_exactly() -> None:
    book = load_price_book(HOSTING)
    analysis = analyse_space(book, "pro", "shop-front")
    required = pricing_of(book).offer("pro", "shop-front").listed.number(Name("required_ltv"))
    (least,) = {one.least.value for one in analysis.ranges if one.name == LIFETIME_VALUE}
    assert least == required
    assert {one.least.status for one in analysis.ranges} == {"exact"}


def test_what_can_still_come_out_with_confidence_is_hemmed_in() -> None:
    analysis = analyse_space(pilot(), "committed-annual", "scale-up")
    assert analysis.undecided == ()
    included = next(one.greatest for one in analysis.ranges if one.name == "included_units")
    # Told in values that the field can have, and not far away.
    assert included.value is not None
    assert included.bound is not None
    assert included.value <= included.bound <= included.value + 10_000_000
    assert included.bound % 10_000_000 == 0
