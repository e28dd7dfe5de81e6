"""Conflicts, blocking sets, next steps, trade-offs and counteroffers against trying everything.

`python -m tests.explanations` tries more cases.
"""

from __future__ import annotations

import pytest

from tests.explanations.cases import Books
from tests.explanations.compare import PARTS, compare
from tests.support.search import Tally

VERDICTS = range(44)
REJECTIONS = range(16)
DRAWN = range(1, 5)
AT_EDGES = range(40)
BLOCK = 4


def tried(seeds: range, *parts: str, new: bool = True, books: Books = "plain") -> Tally:
    total = Tally()
    for seed in seeds:
        total.add(compare(seed, parts or PARTS, new=new, books=books))
    return total


@pytest.mark.parametrize("first", range(VERDICTS.start, VERDICTS.stop, BLOCK))
def test_verdicts_are_explained_as_by_trying_everything(first: int) -> None:
    total = tried(range(first, first + BLOCK), "conflicts", "blocking", "relief")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(REJECTIONS.start, REJECTIONS.stop, BLOCK))
def test_counteroffers_are_those_of_the_whole_grid(first: int) -> None:
    total = tried(range(first, first + BLOCK), "counteroffers")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(VERDICTS.start, VERDICTS.stop, BLOCK))
def test_edits_are_the_least_and_buy_what_they_say(first: int) -> None:
    total = tried(range(first, first + BLOCK), "edits")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(DRAWN.start, DRAWN.stop, BLOCK))
def test_books_with_draws_are_explained_as_by_trying_everything(first: int) -> None:
    total = tried(range(first, first + BLOCK), books="draws")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(AT_EDGES.start, AT_EDGES.stop, BLOCK))
def test_books_at_edges_are_explained_as_by_trying_everything(first: int) -> None:
    total = tried(range(first, first + BLOCK), books="edges")
    assert not total.differences, "\n".join(total.differences)


@pytest.mark.parametrize("first", range(VERDICTS.start, VERDICTS.stop, BLOCK))
def test_charts_show_what_trying_everything_finds(first: int) -> None:
    total = tried(range(first, first + BLOCK), "charts")
    assert not total.differences, "\n".join(total.differences)


def test_an_edit_is_of_deals_in_which_the_ratio_has_a_value() -> None:
    """A prepayment of zero stood under both sides of the limit."""
    assert tried(range(900404, 900405), "edits", new=False).kinds["edits"] > 0
    assert not tried(range(900404, 900405), "edits", new=False).differences


def test_an_edit_may_count_on_what_a_divisor_is_divided_by() -> None:
    """An allowance of zero stood there: `x / (y / z)` is `x * z / y`, and has a value."""
    assert tried(range(6100008, 6100009), "edits").kinds["edits"] > 0
    assert not tried(range(6100008, 6100009), "edits").differences


def test_an_edit_of_the_improvement_counts_wherever_it_is_mentioned() -> None:
    """Another rule compared with the required LTV, which the edit lowers."""
    assert tried(range(900453, 900454), "edits", new=False).kinds["edits"] > 0
    assert not tried(range(900453, 900454), "edits", new=False).differences


def test_an_edit_leaves_out_a_unit_that_cannot_be_written() -> None:
    """The limit was in 1/month, by which no number can be followed."""
    assert tried(range(300920, 300921), "edits", new=False).kinds["edits"] > 0
    assert not tried(range(300920, 300921), "edits", new=False).differences


def test_an_asked_price_is_not_brought_back_to_the_list() -> None:
    """A price in place of a meter's rate was dearer than the list, the least commitment asked."""
    assert not tried(range(6200384, 6200385), "counteroffers", books="rates").differences


def test_which_of_two_equal_counteroffers_comes_first_is_settled() -> None:
    """Either left a fee as asked, and what was tried first decided what else was dominated."""
    assert not tried(range(7300373, 7300374), "counteroffers", books="rates").differences


def test_a_field_that_can_only_be_changed_is_no_field_more() -> None:
    """It has one tunable value, and not that asked for: sets of one field more were left out."""
    assert not tried(range(6500053, 6500054), "counteroffers").differences


def test_a_counteroffer_says_which_own_fee_it_offers() -> None:
    """Two were as near as one another, and were charged alike, by the fee guaranteed."""
    assert not tried(range(6500396, 6500397), "counteroffers").differences


def test_what_cannot_be_asked_for_makes_no_input_superfluous() -> None:
    """A plan's own minimum, and its own fee, would; neither is among the tunable values."""
    for seed in (7100700, 7100901):
        assert not tried(range(seed, seed + 1), "blocking").differences
