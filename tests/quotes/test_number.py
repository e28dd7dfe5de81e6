from __future__ import annotations

import pytest

from cp_pricing.quotes.log.acting import NotFoundError
from cp_pricing.quotes.log.number import count_of, numbered, understood


@pytest.mark.parametrize(
    "said",
    ["Q-2026-0042", "q-2026-42", "q2026 42", " Q 2026 0042 ", "2026-42", "2026 - 0042"],
)
def test_a_number_is_understood_as_people_write_it(said: str) -> None:
    assert understood(said) == ("Q-2026-0042", None)


@pytest.mark.parametrize("said", ["Q-2026-0042.2", "2026 42 . 2", "q-2026-42.02"])
def test_a_version_may_be_named(said: str) -> None:
    assert understood(said) == ("Q-2026-0042", 2)


@pytest.mark.parametrize(
    "said", ["", "Q-2026", "Q-26-42", "Q-2026-0", "Q-2026-42.0", "Q-2026-42a", "42", "Q-2026-٤٢"]
)
def test_what_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(NotFoundError, match="is no number of a quote") as refused:
        understood(said)
    assert "Q-2026-0042" in refused.value.hint


def test_a_number_grows_beyond_four_digits() -> None:
    assert numbered(2026, 12345) == "Q-2026-12345"
    assert understood("Q-2026-12345") == ("Q-2026-12345", None)
    assert count_of("Q-2026-12345") == 12345
