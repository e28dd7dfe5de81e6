"""Quotes are listed page by page, each once, and not read one by one."""

from __future__ import annotations

import pytest

from cp_pricing.quotes.approvals import ask
from cp_pricing.quotes.record import LAST, Search, page_of, quote, quotes, save
from cp_pricing.quotes.store.rows import Rows
from cp_pricing.quotes.store.store import Store
from tests.support.quotes import FREE, NOW, ONE, TERMS, seller, solved


def _many(store: Store) -> list[str]:
    """Seven quotes, of which something happens to the second again: the last touched first."""
    numbers = [save(seller(store), solved(one), TERMS).number for one in [FREE, ONE] * 3 + [FREE]]
    ask(seller(store), numbers[1])
    return [numbers[1], *(n for n in reversed(numbers) if n != numbers[1])]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_each_quote_is_on_one_page(store: Store, limit: int) -> None:
    expected, seen, before = _many(store), list[str](), LAST
    while True:
        page = page_of(store, Search(), NOW, limit, before)
        seen += [one.number for one in page.quotes]
        assert all(one == quote(store, one.number) for one in page.quotes)
        assert len(page.quotes) == limit or page.before is None
        if page.before is None:
            break
        before = page.before
    assert seen == expected


def test_what_is_looked_for_is_paged_too(store: Store) -> None:
    expected = [number for number in _many(store) if quote(store, number).latest.approvers]
    search = Search(statuses=("open", "waiting"))
    first = page_of(store, search, NOW, 2)
    assert first.before is not None
    rest = page_of(store, search, NOW, 2, first.before)
    assert [one.number for one in (*first.quotes, *rest.quotes)] == expected
    assert rest.before is None
    assert not page_of(store, search, NOW, 2, 1).quotes


def test_quotes_are_not_read_one_by_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, asked, own = _many(store), list[int](), Rows.quotes

    def counted(rows: Rows, before: int, limit: int) -> object:
        asked.append(limit)
        return own(rows, before, limit)

    monkeypatch.setattr(Rows, "quotes", counted)
    monkeypatch.delattr(Rows, "rows")
    assert [one.number for one in quotes(store, Search(), NOW)] == expected
    assert not quotes(store, Search("nobody"), NOW, 3)
    assert len(asked) == 3  # one, and one after the first few
