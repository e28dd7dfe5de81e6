"""Requests added to their file: as they were asked, with the rest of the file as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.text.source import InputError
from cp_pricing import PriceBook, load_price_book, load_requests
from cp_pricing.asking.keeping import kept, text_with
from cp_pricing.asking.question import Question, asked
from cp_pricing.book.loading import parse_requests
from cp_pricing.files.texts import REQUESTS
from tests.support.books import example_in, pilot

PLAN, PROFILE = "membership-plus-overage", "small-team"
TERMS = ("included=12M", "price=7.50", "term=2y", "onboarding=yes")
ONE_LINE = (
    '{"requests": [{"id": "a", "configuration": "flat-membership", "profile": "small-team"}]}'
)
CRLF = (
    '{"requests": [\r\n\t{"id": "a",\r\n\t "configuration": "flat-membership",'
    ' "profile": "small-team"}\r\n ]  }\r\n'
)  # lines that end as on Windows


def added(book: PriceBook, text: str | None, question: Question) -> str:
    """The text of a file after a question has been kept in it."""
    assert book.folder is not None
    file = book.folder / REQUESTS
    file.unlink() if text is None else file.write_text(text, encoding="utf-8", newline="")
    offers = asked(book, question)
    assert offers.file is not None
    return text_with(offers.file, offers.requests)


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    return load_price_book(example_in(tmp_path / "book"))


@pytest.mark.parametrize("text", [ONE_LINE, CRLF, ONE_LINE.replace("{", "{\n", 1)])
def test_a_request_is_put_behind_the_last_and_nothing_else_is_touched(
    book: PriceBook, text: str
) -> None:
    question = Question(PLAN, PROFILE, TERMS, others=["price="], opened=["prepaid"], id_="new")
    after = added(book, text, question)
    place = text.index("}") + 1
    assert (after[:place], after.endswith(text[place:])) == (text[:place], True)
    requests = parse_requests(book, after)
    assert requests == (*parse_requests(book, text), *asked(book, question).requests)
    assert ("\r\n" in text) == ("\r\n" in after)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in after


def test_a_request_looks_like_the_one_before_it(book: PriceBook) -> None:
    question = Question(PLAN, PROFILE, ["term=2y"], id_="new")
    assert added(book, ONE_LINE, question) == ONE_LINE.replace(
        "}]}",
        '}, {"id": "new", "configuration": "membership-plus-overage", "profile": "small-team", '
        '"inputs": {"contract_duration_months": 24}, "preference": "lower_usage_price", '
        '"approval_mode": "self_serve_only"}]}',
    )
    assert added(book, CRLF, question).endswith(
        '"small-team"},\r\n\t{\r\n\t  "id": "new",\r\n'
        '\t  "configuration": "membership-plus-overage",\r\n'
        '\t  "profile": "small-team",\r\n\t  "inputs": {"contract_duration_months": 24},\r\n'
        '\t  "preference": "lower_usage_price",\r\n\t  "approval_mode": "self_serve_only"\r\n'
        "\t}\r\n ]  }\r\n"
    )


def test_without_a_file_there_is_a_new_one(book: PriceBook) -> None:
    question = Question(PLAN, PROFILE, TERMS, others=["term=6"], id_="new")
    after = added(book, None, question)
    assert [request["id"] for request in json.loads(after)["requests"]] == ["new-1", "new-2"]
    assert parse_requests(book, after) == asked(book, question).requests


def test_an_id_that_is_taken_is_refused_with_the_other_faults(book: PriceBook) -> None:
    with pytest.raises(InputError, match="there is a request `seller-ltv` already") as refusal:
        asked(book, Question(PLAN, PROFILE, ["trm=2y"], id_="seller-ltv"))
    assert len(refusal.value.issues) == 2
    assert asked(book, Question(PLAN, PROFILE, id_="seller-ltv-2")).requests[0].id


def test_a_file_with_faults_is_refused_with_its_faults_and_those_of_the_line(
    book: PriceBook,
) -> None:
    assert book.folder is not None
    (book.folder / REQUESTS).write_text(ONE_LINE.replace("flat-", "flt-"))
    with pytest.raises(InputError) as refusal:
        asked(book, Question(PLAN, PROFILE, ["trm=2y"], id_="new"))
    names = [Path(issue.file).name for issue in refusal.value.issues]
    assert names == [REQUESTS, "command line"]
    assert {issue.file for issue in refusal.value.issues} == refusal.value.sources.keys()


@given(
    price=st.decimals(0, 30, places=2),
    units=st.integers(0, 10**9),
    customer=st.text(max_size=20) | st.none(),
    id_=st.text(min_size=1, max_size=20),
)
def test_what_is_kept_is_what_was_asked(
    price: object, units: int, customer: str | None, id_: str
) -> None:
    terms = [f"price={price}0", f"included={units}"]
    question = Question(PLAN, PROFILE, terms, customer=customer, usage="1M", id_=id_)
    try:
        offers = asked(pilot(), question)
    except InputError:
        return  # a name that no file may have
    assert offers.file is not None
    requests = parse_requests(pilot(), text_with(offers.file, offers.requests))
    assert requests == (*load_requests(pilot()), *offers.requests)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_out_of_the_price_book_is_not_followed(book: PriceBook, *, is_there: bool) -> None:
    assert book.folder is not None
    elsewhere = book.folder.parent / "elsewhere.json"
    if is_there:
        elsewhere.write_text(ONE_LINE)
    (book.folder / REQUESTS).unlink()
    (book.folder / REQUESTS).symlink_to(elsewhere)
    (issue,) = kept(book).issues
    assert issue.message == "this leads out of the price book's folder"


def test_a_folder_where_the_file_should_be_is_a_fault(book: PriceBook) -> None:
    assert book.folder is not None
    (book.folder / REQUESTS).unlink()
    (book.folder / REQUESTS).mkdir()
    assert [issue.message for issue in kept(book).issues] == ["this is a folder, not a file"]
