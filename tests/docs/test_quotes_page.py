"""The page of the record: every key of its documents, every scope and status is described."""

from __future__ import annotations

from typing import get_args

import pytest

from cp_pricing.quotes import documents
from cp_pricing.quotes.history import NeedState, Status
from cp_pricing.quotes.log.acting import SCOPES
from cp_pricing.terms import ResultModel
from tests.support import docs

PAGE = "docs/quotes.md"
MODELS = [
    model
    for model in vars(documents).values()
    if isinstance(model, type)
    and issubclass(model, ResultModel)
    and model.__module__ == documents.__name__
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_of_a_document_is_described(model: type[ResultModel]) -> None:
    assert set(model.model_fields) <= set(docs.codes(docs.prose(PAGE)))


def test_every_status_and_state_is_described() -> None:
    said = set(docs.codes(docs.prose(PAGE)))
    assert {*get_args(Status), *get_args(NeedState)} <= said
    assert {*SCOPES} - {"customer"} <= said


def test_there_are_documents() -> None:
    assert len(MODELS) == 7
