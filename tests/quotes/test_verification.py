from __future__ import annotations

from pathlib import Path

import pytest

from cp_pricing import PriceBook, parse_price_book
from cp_pricing.quotes import verification
from cp_pricing.quotes.history import Version
from cp_pricing.quotes.record import save
from cp_pricing.quotes.store.sqlite import SqliteStore
from cp_pricing.quotes.verification import verify
from tests.support.books import certain, coulomb_api
from tests.support.quotes import FREE, NOW, ONE, TERMS, later, seller, solved, store_in


def changed(file: str, old: str, new: str) -> PriceBook:
    texts = dict(certain()[0].texts)
    assert old in texts[file]
    return parse_price_book({**texts, file: texts[file].replace(old, new, 1)})


def kept(folder: Path, request: str) -> tuple[SqliteStore, Version]:
    store = store_in(folder)
    return store, save(seller(store), solved(request), TERMS).latest


def test_an_answer_stands_though_files_have_changed(tmp_path: Path) -> None:
    found = verify(*kept(tmp_path, ONE), NOW)
    assert (found.stands, found.expired, found.otherwise, found.holds) == (True, None, (), True)
    assert not found.book_changed


def test_the_same_book_is_no_other(tmp_path: Path) -> None:
    found = verify(*kept(tmp_path, ONE), NOW, book=parse_price_book(certain()[0].texts))
    assert (found.book_changed, found.holds) == (False, True)


def test_an_answer_expires(tmp_path: Path) -> None:
    found = verify(*kept(tmp_path, ONE), later(days=31))
    assert (found.stands, found.expired, found.holds) == (True, TERMS.valid_until, False)


def test_another_book_that_answers_the_same_is_told(tmp_path: Path) -> None:
    book = changed("policy.yaml", "\n", "\n# a remark\n")
    found = verify(*kept(tmp_path, ONE), NOW, book=book)
    assert (found.book_changed, found.would_differ, found.holds) == (True, (), True)


def test_what_another_book_would_answer_is_told(tmp_path: Path) -> None:
    book = changed("policy.yaml", "value: 40%", "value: 30%")
    found = verify(*kept(tmp_path, ONE), NOW, book=book)
    assert not found.holds
    assert "signatures: deal-desk, vp-sales instead of deal-desk" in found.would_differ
    assert any(line.startswith("newly broken: A deep discount") for line in found.would_differ)
    assert "other texts in `policy.yaml`" in found.would_differ


def test_another_price_is_told_with_the_old_one(tmp_path: Path) -> None:
    book = changed("policy.yaml", "value: 15%", "value: 10%")
    found = verify(*kept(tmp_path, FREE), NOW, book=book)
    assert found.would_differ[0].startswith("usage price USD ")
    assert found.would_differ[0].endswith("instead of USD 5.90 per 1M tokens")


def test_a_book_that_cannot_be_asked_says_why(tmp_path: Path) -> None:
    found = verify(*kept(tmp_path, ONE), NOW, book=coulomb_api())
    assert (found.stands, found.would_differ, found.holds) == (True, (), False)
    assert found.refused[0] == "there is no plan `membership-plus-overage`"


def test_an_answer_that_does_not_stand_says_what_is_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, version = kept(tmp_path, ONE)
    own = solved(ONE).result
    assert own.configuration is not None
    dearer = own.configuration.model_copy(update={"usage_unit_price": own.configuration.price * 2})
    monkeypatch.setattr(
        verification, "solve", lambda *_, **__: own.model_copy(update={"configuration": dearer})
    )
    found = verify(store, version, NOW)
    assert (found.stands, found.holds) == (False, False)
    assert found.otherwise == (
        "usage price USD 10.36 per 1M tokens instead of USD 5.18 per 1M tokens",
    )


def test_what_could_not_be_decided_in_time_does_not_fall(tmp_path: Path) -> None:
    found = verify(*kept(tmp_path, ONE), NOW, time_limit=1e-9)
    assert (found.stands, found.holds) == (None, False)
