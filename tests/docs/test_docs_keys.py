"""The reference pages: every key of the files and of a result is described, and as it is."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import cp_pricing
from cp_pricing import InputError, solve
from cp_pricing.book.facts import ChoiceFact, FlagFact, NumberFact
from cp_pricing.book.loading import parse_price_book
from cp_pricing.book.policy import ConfidencePolicy, LtvPolicy, Policy, Rule
from cp_pricing.book.requests import RequestFile, TuningRequest
from cp_pricing.catalog.plans import Allowance, Catalog, Configuration, Grid, Values
from cp_pricing.catalog.rates import Meter, Package, Rate, Tier
from cp_pricing.fields import FIELDS, UNLIMITED
from cp_pricing.files.models import Model, file_keys
from cp_pricing.model.plans import ModelsReport
from cp_pricing.profiles.customers import Customer
from cp_pricing.profiles.profile import (
    Cohort,
    ConstantRetention,
    CurveRetention,
    PriceBand,
    Profile,
    Profiles,
    SbgRetention,
    UsageScenario,
)
from cp_pricing.results import TuningResult
from tests.support import docs
from tests.support.books import parse

PRICE_BOOK, RESULTS = Path("docs/price-book.md"), Path("docs/results.md")


def _name(model: type[object]) -> str:
    return model.__name__


def test_every_public_name_is_in_the_api() -> None:
    (rows,) = [rows for head, *rows in docs.tables("docs/api.md") if head == ["name", "does"]]
    listed = {code.partition("(")[0] for row in rows for code in docs.codes(row[0])}
    assert listed == set(cp_pricing.__all__)


# --- the price book, key by key -------------------------------------------------------------


def example_files() -> dict[str, str]:
    """The four files of the example in docs/price-book.md."""
    noted = {block.note: block.text for block in docs.blocks(PRICE_BOOK)}
    return {
        note.removeprefix("file: "): text
        for note, text in noted.items()
        if note.startswith("file: ")
    }


def test_example_price_book_has_the_answers_it_says() -> None:
    price_book, requests = parse(example_files())
    (said,) = [b.text for b in docs.blocks(PRICE_BOOK) if b.note == "answers"]
    lines = []
    for request in requests:
        result = solve(price_book, request)
        waived = [
            f", once {approval.approver} waives {', '.join(approval.rules)}"
            for approval in result.approvals
        ]
        decision = result.decision.replace("_", " ")
        lines.append(f"{request.id:12}  {decision:17}  {result.quote}{''.join(waived)}")
    assert said == "\n".join(lines) + "\n"
    assert not price_book.warnings


MODELS: tuple[type[Model], ...] = (
    Catalog, Configuration, Meter, Rate, Tier, Package, Allowance, Grid, Values, Profiles, Profile,
    Cohort, UsageScenario,
    ConstantRetention, SbgRetention, CurveRetention, PriceBand, Policy, LtvPolicy,
    ConfidencePolicy, Rule,
    RequestFile, TuningRequest, Customer, ChoiceFact, NumberFact, FlagFact,
)  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=_name)
def test_every_key_of_a_file_is_described(model: type[Model]) -> None:
    described = {
        code
        for head, *rows in docs.tables(PRICE_BOOK)
        if head[0].startswith("key")
        for row in rows
        for code in docs.codes(" ".join(row))
    }
    allowance = {"per_customer", "per_member"}  # in the table of what may be written
    assert file_keys(model) <= described | allowance


def test_only_real_keys_are_described() -> None:
    known = {key for model in MODELS for key in file_keys(model)}
    for head, *rows in docs.tables(PRICE_BOOK):
        if head[0].startswith("key"):
            assert {code for row in rows for code in docs.codes(row[0])} <= known


def test_the_rate_card_is_one_and_can_be_asked_so() -> None:
    (card,) = [b.text for b in docs.blocks(PRICE_BOOK) if b.note == "fragment: rate card"]
    inputs = next(b.text for b in docs.blocks(PRICE_BOOK) if b.text.startswith('{"usage_disc'))
    files = example_files()
    profiles = re.sub(r"units: (\S+)\}", r"units: {pages: \1}}", files["profiles.yaml"])
    profiles = profiles.replace("per_unit: 0.012", "per_unit: {pages: 0.012, postage: 0.85}")
    policy = files["policy.yaml"].replace("usage_unit_price >= price_floor", "true")
    policy = policy.replace("<= baseline.usage_unit_price", ">= 0%")
    policy = policy.replace("require: usage_unit_price", "require: usage_discount")
    policy = policy.replace("0.015 EUR/document", "0.015 EUR/page")
    asked = {"id": "a", "configuration": "api", "profile": "office", "inputs": json.loads(inputs)}
    opened = {**asked, "inputs": {}, "open": ["included_units.pages"]}
    requests = json.dumps({"requests": [asked, {**opened, "id": "b"}]})
    own = {"catalog.yaml": card, "profiles.yaml": profiles, "policy.yaml": policy}
    book, (first, second) = parse({**own, "tuning_requests.json": requests})
    assert book.configuration("api").is_card
    assert dict(first.inputs) == {
        "included_units.pages": 2000,
        "usage_unit_price": Fraction(85, 100),
        "rates.pages": Fraction("0.025"),
    }
    assert second.open == ("included_units.pages",)


def test_inputs_are_the_ten_fields() -> None:
    (sentence,) = [
        line for line in docs.prose(PRICE_BOOK).splitlines() if line.startswith("`inputs` takes")
    ]
    assert [code for code in docs.codes(sentence) if code in FIELDS] == list(FIELDS)


def with_fee(written: str) -> dict[str, str]:
    files = example_files()
    files["catalog.yaml"] = files["catalog.yaml"].replace("fee: 40", f"fee: {written}", 1)
    return files


def faults() -> list[list[str]]:
    (table,) = [rows for head, *rows in docs.tables(PRICE_BOOK) if head[1] == "the message"]
    return table


@pytest.mark.parametrize("row", faults(), ids=lambda row: row[0])
def test_each_trap_has_the_message_it_says(row: list[str]) -> None:
    written, message, hint = row
    with pytest.raises(InputError) as caught:
        parse_price_book(with_fee(written.strip("`")))
    (issue,) = caught.value.issues
    assert (issue.message, issue.hint) == (message, hint)


def test_each_way_to_write_an_allowance_is_read() -> None:
    (rows,) = [rows for head, *rows in docs.tables(PRICE_BOOK) if head == ["written", "is"]]
    totals = []
    for written, _ in rows:
        files = example_files()
        old = "included_units: {per_member: 100}"
        files["catalog.yaml"] = files["catalog.yaml"].replace(old, docs.codes(written)[0], 1)
        allowance = parse_price_book(files).configuration("team").included_units
        totals.append(allowance.total(members=Fraction(4)))
    assert totals == [500, 500, 400, UNLIMITED]


@pytest.mark.parametrize(
    "fragment", [b.text for b in docs.blocks(PRICE_BOOK) if b.note == "fragment: profile"]
)
def test_each_retention_model_is_read(fragment: str) -> None:
    files = example_files()
    (old,) = re.findall(r"^    retention: .*\n", files["profiles.yaml"], re.MULTILINE)
    new = "".join(f"    {line}\n" for line in fragment.splitlines())
    files["profiles.yaml"] = files["profiles.yaml"].replace(old, new)
    (said,) = re.findall(r"model: (\w+)", fragment)
    assert parse_price_book(files).profile("office").retention.model == said


# --- the result, key by key -----------------------------------------------------------------


def reached(model: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and all models within it."""
    found, waiting = set[type[BaseModel]](), [model]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            kinds: list[Any] = [field.annotation for field in current.model_fields.values()]
            while kinds:
                kind = kinds.pop()
                kinds += get_args(kind)
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    waiting.append(kind)
    return found


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model has in JSON."""
    return [name for name, field in model.model_fields.items() if not field.exclude]


RESULT_MODELS: list[type[BaseModel]] = list(reached(TuningResult) | reached(ModelsReport))
RESULT_MODELS.sort(key=_name)


@pytest.mark.parametrize("model", RESULT_MODELS, ids=_name)
def test_every_key_of_a_result_is_described(model: type[BaseModel]) -> None:
    assert set(keys_of(model)) <= set(docs.codes(docs.prose(RESULTS)))


def test_top_of_a_result_is_described_in_order() -> None:
    (rows,) = [rows for head, *rows in docs.tables(RESULTS) if rows[0][0] == "`schema_version`"]
    listed = [code for row in rows for code in docs.codes(row[0])]
    assert listed == keys_of(TuningResult)


def test_ten_fields_are_listed_in_order() -> None:
    (line,) = [line for line in docs.prose(RESULTS).splitlines() if line.startswith("The ten f")]
    assert [code for code in docs.codes(line) if code in FIELDS] == list(FIELDS)
