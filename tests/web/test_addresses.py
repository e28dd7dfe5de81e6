"""A question and its address say the same."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.text.source import InputError
from cp_pricing.asking.question import Question
from cp_pricing.web.desk.addresses import MOST_CHARACTERS, pairs_of, query_of, question_of
from tests.web.asking import PLAN

_WORDS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="=,"), min_size=1)
_TERMS = st.sampled_from(["term", "price", "included.input", "no-such-term"])


@given(
    terms=st.dictionaries(_TERMS, _WORDS),
    opened=st.lists(_WORDS, max_size=2),
    facts=st.dictionaries(_WORDS, _WORDS, max_size=2),
    parameters=st.dictionaries(_WORDS, _WORDS, max_size=2),
    approval=st.booleans(),
    single=st.dictionaries(
        st.sampled_from(["preference", "customer", "members", "usage", "confidence"]), _WORDS
    ),
)
def test_an_address_gives_the_question_back(
    terms: dict[str, str],
    opened: list[str],
    facts: dict[str, str],
    parameters: dict[str, str],
    approval: bool,  # noqa: FBT001 - drawn
    single: dict[str, str],
) -> None:
    question = Question(
        "plan",
        "profile",
        terms=[f"{name}={value}" for name, value in terms.items()],
        opened=opened,
        approval=approval,
        facts=[f"{name}={value}" for name, value in facts.items()],
        parameters=[f"{name}={value}" for name, value in parameters.items()],
        **single,
    )
    assert question_of(parse_qsl(query_of(question))) == question
    assert question_of(pairs_of(question)) == question


def test_boxes_of_a_form_are_read_with_what_stands_behind_them() -> None:
    pairs = [*PLAN, ("included~M", "12"), ("discount~%", "15"), ("price", ""), ("fact.a", " ")]
    assert question_of(pairs).terms == ["included=12M", "discount=15%"]
    pairs = [*PLAN, ("price~", "1.125"), ("discount~%", "1.125")]
    assert question_of(pairs).terms == ["price=1.1250", "discount=1.1250%"]
    pairs = [*PLAN, ("usage.input", "20M"), ("usage.output", "4M")]
    assert question_of(pairs).usage == "input=20M,output=4M"


@pytest.mark.parametrize(
    ("pairs", "messages"),
    [
        ([], ["there is no plan", "there is no profile"]),
        ([*PLAN, ("plan", "other")], ["`plan` is given twice"]),
        ([*PLAN, ("approval", "perhaps")], ["`approval` must be yes or no"]),
        ([*PLAN, ("term", "9" * MOST_CHARACTERS)], ["the question is too long"]),
        ([*PLAN, *[("open", "term")] * 300], ["the question is too long"]),
    ],
)
def test_what_is_no_question_is_refused(pairs: list[tuple[str, str]], messages: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        question_of(pairs)
    found = [issue.message for issue in refused.value.issues]
    assert len(found) == len(messages)
    assert all(said.startswith(message) for said, message in zip(found, messages, strict=True))
