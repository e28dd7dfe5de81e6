from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cp_pricing import load_price_book, load_requests, parse_price_book, solve
from cp_pricing.book.price_book import with_parameters
from cp_pricing.quotes.log.acting import Actor, ConflictError, NotAllowedError, NotFoundError
from cp_pricing.quotes.record import (
    Desk,
    Search,
    Terms,
    contents,
    quote,
    quotes,
    save,
    version,
    withdraw,
)
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.verification import verify
from tests.support.books import certain, pilot
from tests.support.places import COULOMB_API, PILOT, POSTHOG_STYLE
from tests.support.quotes import (
    FREE,
    NO,
    NOW,
    ONE,
    TERMS,
    TWO,
    UNTIL,
    later,
    seller,
    solved,
    store_in,
)

EXTENDED = """\
extends: base.yaml
policy: extended
rules:
  - id: no-month-to-month
    require: contract_duration_months >= 6 month
"""


@pytest.mark.parametrize("folder", [PILOT, COULOMB_API, POSTHOG_STYLE], ids=lambda each: each.name)
def test_every_request_is_read_again_and_answered_the_same(tmp_path: Path, folder: Path) -> None:
    book, store = load_price_book(folder), store_in(tmp_path)
    for request in load_requests(book):
        own = Solved(book, request, solve(book, request))
        kept = save(seller(store), own, TERMS).latest
        again = contents(store, kept)
        assert again.request == request
        assert again.book.digest == book.digest
        assert (
            again.result.model_dump()
            == own.result.model_validate_json(own.result.model_dump_json()).model_dump()
        )
        assert verify(store, kept, NOW).stands is True


def test_a_book_of_several_files_is_kept_whole(tmp_path: Path) -> None:
    texts = {**pilot().texts, "base.yaml": pilot().texts["policy.yaml"], "policy.yaml": EXTENDED}
    book, store = parse_price_book(texts), store_in(tmp_path)
    (request,) = (one for one in load_requests(pilot()) if one.id == FREE)
    kept = save(seller(store), Solved(book, request, solve(book, request)), TERMS).latest
    again = contents(store, kept)
    assert (again.book.digest, dict(again.book.texts)) == (book.digest, texts)
    assert "no-month-to-month" in {rule.id for rule in again.book.policy.rules}
    assert verify(store, kept, NOW).stands is True


def test_the_same_book_is_kept_once(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    for request in (FREE, ONE, TWO):
        save(seller(store), solved(request), TERMS)
    with store.reading() as record:
        assert len(list(record.documents())) == 1 + 2 * 3


def test_an_answer_to_a_policy_that_was_only_tried_is_not_kept(tmp_path: Path) -> None:
    store, book = store_in(tmp_path), pilot()
    name, parameter = next(iter(book.policy.parameters.items()))
    tried = with_parameters(book, {name: parameter})
    with pytest.raises(ConflictError, match="only tried"):
        save(seller(store), replace(solved(FREE), book=tried), TERMS)
    assert not quotes(store, Search(), NOW)


def test_an_answer_is_kept_with_its_own_book_and_rules(tmp_path: Path) -> None:
    store, own = store_in(tmp_path), solved(FREE)
    other = parse_price_book({**pilot().texts, "policy.yaml": pilot().texts["policy.yaml"] + "#"})
    with pytest.raises(ConflictError, match="another price book"):
        save(seller(store), replace(own, book=other), TERMS)
    brief = solve(own.book, own.request, detail="decision")
    with pytest.raises(ConflictError, match="how its rules read"):
        save(seller(store), replace(own, result=brief), TERMS)


def test_numbers_count_the_quotes_of_a_year(tmp_path: Path) -> None:
    store, own = store_in(tmp_path), solved(FREE)
    until = Terms(date(2028, 1, 1))
    made = [
        save(Desk(store, Actor("mara", "seller"), moment), own, until).number
        for moment in (NOW, later(days=1), later(days=31, hours=14), later(days=32))
    ]
    assert made == ["Q-2026-0001", "Q-2026-0002", "Q-2026-0003", "Q-2027-0001"]


def test_a_number_after_the_ten_thousandth(tmp_path: Path) -> None:
    store, own = store_in(tmp_path), solved(FREE)
    first = save(seller(store), own, TERMS)
    row = first.entries[0]
    with store.writing() as record:
        entry = row.model_copy(update={"place": 2, "quote": "Q-2026-10000", "before": row.row.hash})
        record.add(entry.row, {})
    assert save(seller(store), own, TERMS).number == "Q-2026-10001"


def test_a_version_supersedes_and_changes_nothing_before_it(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first = save(seller(store), solved(ONE), replace(TERMS, note="as asked"))
    second = save(seller(store, later(hours=1)), solved(TWO), TERMS, number="q-2026-1")
    assert (second.number, [each.name for each in second.versions]) == (
        first.number,
        ["Q-2026-0001.1", "Q-2026-0001.2"],
    )
    assert second.versions[0] == first.latest
    assert second.latest.saved.changes[0].startswith("usage price USD 3.38 per 1M tokens instead")
    assert any("newly broken" in change for change in second.latest.saved.changes)
    _, named = version(store, "2026-1.1")
    assert named == first.latest
    with pytest.raises(NotFoundError, match="has no version 3"):
        version(store, "2026-1.3")


def test_the_owner_stays_unless_another_is_named(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    number = save(seller(store), solved(ONE), replace(TERMS, owner="nils")).number
    assert save(seller(store), solved(TWO), TERMS, number=number).owner == "nils"
    own = replace(TERMS, owner="mara")
    assert save(seller(store), solved(TWO), own, number=number).owner == "mara"


def test_what_is_over_or_withdrawn_takes_no_version(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with pytest.raises(ConflictError, match="2026-11-29 has passed"):
        save(seller(store), solved(ONE), Terms(date(2026, 11, 29)))
    number = save(seller(store), solved(ONE), Terms(date(2026, 11, 30))).number
    assert quote(store, number).status(later(hours=14)) == "open"
    assert quote(store, number).status(later(hours=15)) == "expired"
    withdraw(seller(store), number, comment="bought elsewhere")
    assert quote(store, number).status(NOW) == "withdrawn"
    with pytest.raises(ConflictError, match="is withdrawn"):
        save(seller(store), solved(ONE), TERMS, number=number)


def test_who_may_not_save_does_not(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    for actor in (Actor("dana", "approver", approver="deal-desk"), Actor("x", "customer")):
        with pytest.raises(NotAllowedError, match="may not save quotes"):
            save(Desk(store, actor, NOW), solved(ONE), TERMS)


def test_an_unknown_number_says_which_there_are(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    save(seller(store), solved(FREE), TERMS)
    with pytest.raises(NotFoundError, match="there is no quote Q-2026-0002") as missing:
        quote(store, "2026 2")
    assert missing.value.hint == "the last one of that year is Q-2026-0001"


# --- searching ------------------------------------------------------------------------------


def found(store_folder: Path, search: Search, **time: int) -> list[str]:
    store = store_in(store_folder)
    try:
        return [each.number[-1] for each in quotes(store, search, later(**time))]
    finally:
        store.close()


@pytest.fixture(name="three")
def _three(tmp_path: Path) -> Path:
    store = store_in(tmp_path)
    save(seller(store), solved(FREE), replace(TERMS, owner="nils", note="For ACME"))
    save(seller(store, later(days=2)), solved(ONE), TERMS)
    save(seller(store, later(days=4)), solved(NO), TERMS)
    save(seller(store, later(days=5)), solved(TWO), TERMS, number="2026-1")
    store.close()
    return tmp_path


def test_the_last_touched_comes_first(three: Path) -> None:
    assert found(three, Search(), days=5) == ["1", "3", "2"]
    store = store_in(three)
    assert [each.number for each in quotes(store, Search(), NOW, limit=1)] == ["Q-2026-0001"]


def test_quotes_are_found_by_what_their_latest_version_says(three: Path) -> None:
    assert found(three, Search(decisions=("rejected",)), days=5) == ["3"]
    assert found(three, Search(decisions=("accepted",)), days=5) == []
    assert found(three, Search(owner="NILS"), days=5) == ["1"]
    assert found(three, Search(text="2026-0002"), days=5) == ["2"]
    assert found(three, Search(text="overage"), days=5) == ["1", "3", "2"]
    assert found(three, Search(text="acme"), days=5) == []  # the note was of the first version


def test_quotes_are_found_by_age_and_status(three: Path) -> None:
    assert found(three, Search(newer_than=timedelta(days=1)), days=5) == ["1", "3"]
    assert found(three, Search(older_than=timedelta(days=3)), days=5) == ["2"]
    assert found(three, Search(statuses=("expired",)), days=40) == ["1", "3", "2"]
    assert found(three, Search(statuses=("open",)), days=5) == ["1", "3", "2"]


def test_the_book_is_read_as_it_was(tmp_path: Path) -> None:
    book, _ = certain()
    store = store_in(tmp_path)
    kept = save(seller(store), solved(FREE), Terms(UNTIL)).latest
    assert dict(contents(store, kept).book.texts) == dict(book.texts)
