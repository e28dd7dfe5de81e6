"""The schemas of the files, read by an independent validator; and the template of a price book."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from constraints.text.source import InputError
from cp_pricing.authoring.schemas import ROOTS, schema, schema_name, schema_text
from cp_pricing.book.loading import load
from cp_pricing.files.models import Model, file_keys
from cp_pricing.files.texts import FILES, REQUESTS
from tests.oracle.generator import generate, generate_card
from tests.oracle.writing.rendering import render
from tests.support.books import parse, texts_of
from tests.support.command import run
from tests.support.places import COULOMB_API, EXAMPLE, PILOT, PRICE_LISTS, ROOT, TEMPLATE

# It ships without types.
jsonschema: Any = importlib.import_module("jsonschema")
DATA = ROOT / "data"
ALL = (*FILES, REQUESTS)
BOOKS = [PILOT, COULOMB_API, *sorted(PRICE_LISTS.glob("*/"))]


def validator(file: str) -> Any:  # noqa: ANN401 - as the library has it
    return jsonschema.Draft202012Validator(schema(file))


def content(file: str, text: str) -> Any:  # noqa: ANN401 - whatever a file says
    return json.loads(text) if file.endswith(".json") else yaml.load(text, _Yaml12)  # noqa: S506


class _Yaml12(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 does, which editors use: `1_000` and `1:30` are texts."""


_Yaml12.yaml_implicit_resolvers = {
    first: [
        pair for pair in pairs if not pair[0].endswith((":int", ":float", ":bool", ":timestamp"))
    ]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?\d+$"), list("-+0123456789")
)
_Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$"),
    list("-+.0123456789"),
)
_Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@pytest.mark.parametrize("file", ALL)
def test_the_schema_is_one_and_is_shipped_as_it_is(file: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(file))
    assert (DATA / "schemas" / schema_name(file)).read_text("utf-8") == schema_text(file), (
        "run: cp-pricing policy schema --out data/schemas"
    )


@pytest.mark.parametrize("folder", [*BOOKS, TEMPLATE, EXAMPLE], ids=str)
@pytest.mark.parametrize("file", ALL)
def test_price_books_are_valid(folder: Path, file: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert list(validator(file).iter_errors(content(file, text))) == []


def test_random_price_books_are_valid() -> None:
    validators = {file: validator(file) for file in ALL}
    cases = [made(seed, 1) for made in (generate, generate_card) for seed in range(40)]
    for case in cases:
        for file, text in render(case).items():
            errors = list(validators[file].iter_errors(content(file, text)))
            assert errors == [], (case.seed, file)


@pytest.mark.parametrize("folder", ["coulomb", "template"])
@pytest.mark.parametrize("file", ALL)
def test_files_name_their_schema(folder: str, file: str) -> None:
    text = (DATA / folder / file).read_text("utf-8")
    if file == REQUESTS:
        named = json.loads(text)["$schema"]
    else:
        named = text.split("\n", 1)[0].removeprefix("# yaml-language-server: $schema=")
    beside = DATA if folder == "template" else DATA / folder  # where `policy init` puts them
    assert (beside / named).resolve() == DATA / "schemas" / schema_name(file)


def test_the_keys_are_those_of_the_models() -> None:
    models = {model.__name__: model for model in _models(Model)}
    parts = {root.__name__: schema(file) for file, root in ROOTS.items()}
    for whole in list(parts.values()):
        parts |= whole["$defs"]
    for name, part in parts.items():
        assert list(part["properties"]) == list(file_keys(models[name])), name
    # policy_tests.yaml has no schema, and the bounds of prices and discounts are written out.
    rooms = ("cp_pricing.book.", "cp_pricing.catalog.", "cp_pricing.profiles.")
    books = {name for name, model in models.items() if model.__module__.startswith(rooms)}
    assert books - parts.keys() == {"PriceBook", "Draw", "Grid", "_Discounts"}


def _models(model: type[Model]) -> set[type[Model]]:
    below = model.__subclasses__()
    return set(below).union(*map(_models, below))


def test_every_key_is_described() -> None:
    for file in ROOTS:
        whole = schema(file)
        for part in (whole, *whole["$defs"].values()):
            assert part["description"]
            for key, value in part["properties"].items():
                assert value["description"], key


def _lacking(key: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"(?m)^( *)(- )?{key}: .*\n", "", text, count=1)


def _with(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return changed


FAULTS: list[tuple[str, Callable[[str], str]]] = [
    ("catalog.yaml", _lacking("currency")),
    ("catalog.yaml", _with("platform_fee: 79", "platfrom_fee: 79")),
    ("catalog.yaml", _with("platform_fee: 79", "platform_fee: 79 USD")),
    ("catalog.yaml", _with("platform_fee: 79", "platform_fee: 35%")),
    ("catalog.yaml", _with("platform_fee: 79", "platform_fee: -79")),
    ("catalog.yaml", _with("platform_fee: 79", "platform_fee: [79]")),
    ("catalog.yaml", _with("contract_duration_months: 1", "contract_duration_months: 1.5")),
    ("catalog.yaml", _with("currency: USD", "currency: dollars")),
    ("catalog.yaml", _with("id: flat-membership", "id: flat membership")),
    ("catalog.yaml", _with("tick: 0.00000001", "step: 0.00000001")),
    ("catalog.yaml", _with(", tick: 0.00000001", "")),
    ("catalog.yaml", _with("      prepaid_amount: {", "      seat_fees: {")),
    ("catalog.yaml", _with("{per_member: 3_000_000}", "{}")),
    ("catalog.yaml", _with("customer_funded_onboarding: {values: [false, true]}",
                           "customer_funded_onboarding: true")),
    ("profiles.yaml", _lacking("retention")),
    ("profiles.yaml", _with("model: constant", "model: constnt")),
    ("profiles.yaml", _with("monthly_churn: 3.5%", "monthly_churn: 3.5")),
    ("profiles.yaml", _with("weight: 25%", "wieght: 25%")),
    ("profiles.yaml", _with("onboarding_cost: 450", "onboarding_cost: '450 USD'")),
    ("policy.yaml", _lacking("policy")),
    ("policy.yaml", _lacking("horizon_months")),
    ("policy.yaml", _lacking("require")),
    ("policy.yaml", _lacking("approver")),
    ("policy.yaml", _with("effect: approval", "effect: aproval")),
    ("policy.yaml", _with("effect: approval", "efect: approval")),
    ("policy.yaml", _with("require: gross_margin >= 30%", "require: [gross_margin >= 30%]")),
    ("policy.yaml", _with("require: gross_margin >= 30%", "require:")),
    ("policy.yaml", _with("  price_floor:", "  price-floor:")),
    ("policy.yaml", _with("policy: example", "policy: example\ndisable: [price-floor]")),
    ("policy.yaml", _with("[deal-desk, vp-sales]", "[deal-desk, deal-desk]")),
    ("policy.yaml", _with("horizon_months: 36", "horizon_months: 3600")),
    ("policy.yaml", _with("gross_margin >= 30%", "gross_margin >= 30%\n    applies_to: {}")),
    (REQUESTS, _with('"configuration"', '"configuraton"')),
    (REQUESTS, _with('"prepaid_amount": 1200', '"prepaid_amount": "1200"')),
    (REQUESTS, _with('"lower_usage_price"', '"lowest_usage_price"')),
    (REQUESTS, _with('"inputs": {', '"inputs": {"promotion": 1, ')),
    (REQUESTS, _with('"prepaid_amount": 1200', '"prepaid_amount": -1200')),
]  # fmt: skip


CARD_FAULTS: list[tuple[str, Callable[[str], str]]] = [
    ("catalog.yaml", _with("meters:", "unit: token\nmeters:")),
    ("catalog.yaml", _with("meters:", "quote_per: 1_000\nmeters:")),
    ("catalog.yaml", _with("{id: input, unit: token", "{id: in-put, unit: token")),
    ("catalog.yaml", _with("    rates:", "    usage_unit_price: 1\n    rates:")),
    ("catalog.yaml", _with("    rates:", "    included_units: 1\n    rates:")),
    ("catalog.yaml", _with("input: {price: 0.000005}", "input: 0.000005")),
    ("catalog.yaml", _with("input: {price: 0.000005}", "input: {}")),
    ("catalog.yaml", _with("        mode: graduated\n", "")),
    ("catalog.yaml", _with("{price: 0.000025}", "{price: 0.000025, mode: volume}")),
    ("catalog.yaml", _with("        mode: graduated", "        mode: gradual")),
    ("catalog.yaml", _with("        mode: graduated", "        mode: graduated\n        price: 1")),
    ("catalog.yaml", _with("{up_to: 50_000_000, price: 0.000024}", "{up_to: 50_000_000}")),
    ("catalog.yaml", _with("discountable: false", "discountable: no way")),
    ("catalog.yaml", _with("max: 30%, step: 0.5%", "max: 1.3, step: 0.5%")),
    ("catalog.yaml", _with("max: 30%, step: 0.5%", "max: 30%, tick: 0.5%")),
    ("catalog.yaml", _with("        output: {min: 0.000012, max: 0.000024, tick: 0.00000025}",
                           "        output: {min: 0.000012, max: 0.000024, step: 0.00000025}")),
    ("profiles.yaml", _with("input: 3_000_000, ", "input: -3, ")),
    ("profiles.yaml", _with("{input: 0.00000168, ", "{input: 1%, ")),
    (REQUESTS, _with('"usage_discount": ', '"usage_discounts": ')),
    (REQUESTS, _with('"rates": {"output": ', '"rates": {"output": -')),
    (REQUESTS, _with('"included_units": {"output": ', '"included_units": {"output": -')),
    (REQUESTS, _with('"included_units.input"', '"included_units.in-put"')),
]  # fmt: skip
CASES = [(EXAMPLE, *fault) for fault in FAULTS] + [(COULOMB_API, *fault) for fault in CARD_FAULTS]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_simple_fault_is_refused_by_the_loader_and_by_the_schema(number: int) -> None:
    folder, file, change = CASES[number]
    texts = texts_of(folder, REQUESTS)
    texts[file] = change(before := texts[file])
    assert texts[file] != before
    with pytest.raises(InputError):
        parse(texts)
    assert list(validator(file).iter_errors(content(file, texts[file])))


def test_a_policy_that_extends_another_may_leave_things_out() -> None:
    text = "extends: base.yaml\nrules: [{id: price-floor, effect: warn}]\n"
    assert list(validator("policy.yaml").iter_errors(content("policy.yaml", text))) == []


# --- the commands -----------------------------------------------------------------------------


def test_a_schema_is_written_to_standard_output() -> None:
    for name in ("policy.yaml", "policy", "some/where/policy.yaml"):
        assert run("policy", "schema", name).stdout == schema_text("policy.yaml")
    assert "did you mean `policy.yaml`?" in run("policy", "schema", "polcy.yaml").stderr
    assert run("policy", "schema").exit_code == 2


def test_a_new_price_book_solves_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "prices" / "mine"
    made = run("policy", "init", folder)
    assert made.exit_code == 0, made.output
    assert made.stdout.endswith(f"next: cp-pricing solve {folder}\n")
    done = run("solve", folder, "--format", "json")
    assert done.exit_code == 0
    decisions = [result["decision"] for result in json.loads(done.stdout)["results"]]
    assert decisions == ["accepted", "requires_approval", "rejected"]
    assert run("policy", "check", folder, "--deny-warnings").stdout == "no faults, no warnings\n"
    assert run("policy", "fmt", folder, "--check").exit_code == 0
    assert run("policy", "test", folder).exit_code == 0
    for file in ALL:
        text = (folder / file).read_text("utf-8")
        (named,) = re.findall(r'\$schema(?:=|": ")([^"\s]+)', text)
        assert (folder / named).read_text("utf-8") == schema_text(file)
    assert load(folder)[0].folder == folder


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("mine", "utf-8")
    done = run("policy", "init", tmp_path)
    assert done.exit_code == 2
    assert f"{tmp_path} has policy.yaml already; nothing was written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["policy.yaml"]
    assert policy.read_text("utf-8") == "mine"


def test_schemas_replace_schemas_and_nothing_else(tmp_path: Path) -> None:
    assert run("policy", "schema", "--out", tmp_path).exit_code == 0
    assert run("policy", "schema", "--out", tmp_path).exit_code == 0
    kept = tmp_path / "kept.json"
    policy, catalog = (tmp_path / f"{name}.schema.json" for name in ("policy", "catalog"))
    policy.rename(kept)
    policy.symlink_to(kept)
    catalog.write_text("notes of mine")
    done = run("policy", "schema", "--out", tmp_path)
    assert done.exit_code == 2
    assert f"{catalog}:1:1: this is no schema that was written here" in done.stderr
    assert f"{policy}:1:1: " in done.stderr
    assert catalog.read_text() == "notes of mine"
    assert policy.is_symlink()


def test_a_price_book_without_tests_says_how_to_begin(tmp_path: Path) -> None:
    run("policy", "init", tmp_path / "book")
    tests = tmp_path / "book" / "policy_tests.yaml"
    tests.unlink()
    told = run("policy", "test", tmp_path / "book").stderr
    assert "policy_tests.yaml:1:1: this policy has no tests yet" in told
    (line,) = re.findall(r"begin with this line in it: (.*)", told)
    tests.write_text(line, "utf-8")
    assert "PASS  1  a first test" in run("policy", "test", tmp_path / "book").stdout
    (tmp_path / "book" / "tuning_requests.json").unlink()
    tests.unlink()
    (line,) = re.findall(r"in it: (.*)", run("policy", "test", tmp_path / "book").stderr)
    tests.write_text(line, "utf-8")
    assert "PASS  1  a first test" in run("policy", "test", tmp_path / "book").stdout
