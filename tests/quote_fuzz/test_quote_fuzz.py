"""Some hundred questions in one line; more: `python -m tests.quote_fuzz`."""

from __future__ import annotations

import pytest

from tests.quote_fuzz.trial import try_line
from tests.support.search import Tally

SEEDS = range(100_000, 100_200)
BLOCK = 50


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, BLOCK))
def test_any_line_is_answered_or_refused_in_plain_words(first: int) -> None:
    total = Tally()
    for seed in range(first, first + BLOCK):
        total.add(try_line(seed))
    assert not total.differences, "\n".join(total.differences)
    assert total.kinds["answered"]
    assert total.kinds["refused"]


def test_any_line_about_a_rate_card_is_answered_or_refused_in_plain_words() -> None:
    total = Tally()
    for seed in SEEDS[:BLOCK]:
        total.add(try_line(seed, rates=True))
    assert not total.differences, "\n".join(total.differences)
    assert total.kinds["answered"]
    assert total.kinds["refused"]
