"""One word for each thing: words that the glossary has replaced are not said to people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click
import pytest

from cli.main import main
from cp_pricing.authoring.schemas import ROOTS, schema
from cp_pricing.fields import FIELDS
from tests.support import docs
from tests.support.command import run
from tests.support.commands import commands_of
from tests.support.reports import all_pages, said

RETIRED = {
    "predefined": "a plan, or the plan at list",
    "baselines?": "at list",
    "canonical": "at list",
    r"catalog's (price|terms)": "at list",
    r"than the catalog|as in the catalog": "at list",
    "configurations?": "plan, or terms",
    "models?": "plan",
    "nearest miss": "near miss",
    "contract duration": "term",
    "minimum monthly turnover": "monthly minimum",
    "prepaid amount": "prepayment",
    "keep everything": "keep what was asked for",
    r"(an)?other values? for": "another term, another prepayment",
    "commit to [^,.:]* and commit to": "one verb",
}
# What is code, also where a screen shows it without quotes; and the command's own name.
_CODE = re.compile(r"`[^`]*`|\bbaseline\.\w+|cp-pricing models|^  models  ", re.MULTILINE)


def retired_in(text: str) -> list[str]:
    """The retired words in a text for people, with what is about them."""
    plain = re.sub(r"\s+", " ", _CODE.sub("CODE", text))
    words = re.compile(rf"\b({'|'.join(RETIRED)})\b", re.IGNORECASE)
    return [plain[max(0, m.start() - 40) : m.end() + 40] for m in words.finditer(plain)]


def test_the_words_are_looked_for() -> None:
    assert retired_in("the best predefined\nmodel, `baseline`, and baseline.ltv") == [
        "the best predefined model, CODE, and CODE",
        "the best predefined model, CODE, and CODE",
    ]
    assert retired_in("commit to 24 months and commit to a minimum")
    assert not retired_in("  models   Compare the plans.\n  cp-pricing models --plan team")


def test_help_texts_have_the_words_of_the_glossary() -> None:
    for path, command in commands_of(main):
        text = command.get_help(click.Context(command, info_name=path))
        assert not retired_in(text), path


SAID = (
    "solve --all",
    "solve --rules --request small-team-high-included",
    "explain --request small-team-high-included",
    "explain --request small-team-out-of-bounds --for customer",
    "explain --request small-team-high-included --lever term",
    "models",
    "quote membership-plus-overage small-team term=2y prepaid=1.2k --or price=6",
    "policy check",
    "policy explain no-dearer-than-list --budget 2",
    "policy analyze --plan membership-plus-overage --profile small-team --budget 4",
)


@pytest.mark.parametrize("command", SAID)
def test_commands_have_the_words_of_the_glossary(command: str) -> None:
    done = run(*command.split())
    assert done.exit_code in {0, 3}, done.output
    assert not retired_in(done.stdout + done.stderr)


def test_reports_have_the_words_of_the_glossary() -> None:
    for reader, page in all_pages().items():
        assert not retired_in(said(page)), reader


def _descriptions(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(text := node.get("description"), str):
            yield text
        for part in node.values():
            yield from _descriptions(part)
    elif isinstance(node, list):
        for part in node:
            yield from _descriptions(part)


def test_what_editors_show_has_the_words_of_the_glossary() -> None:
    for file in ROOTS:
        for text in _descriptions(schema(file)):
            assert not retired_in(text), file


def test_each_key_of_the_glossary_is_one() -> None:
    """What stands for a word is a key of a file, of a result or a name in rules."""
    keys: set[str] = set(FIELDS)
    for file in ROOTS:
        keys |= set(re.findall(r'"(\w+)":', json.dumps(schema(file))))
    asked = {"coulomb": "small-team-lower-price", "coulomb-api": "developer-half-year"}
    for book, request in asked.items():
        result = run("solve", book, "--request", request, "--format", "json").stdout
        keys |= set(re.findall(r'"(\w+)":', result))
    keys |= {"baseline", "reference_ltv", "ltv_confidence", "binding"}
    for line in docs.text_of("docs/glossary.md").splitlines():
        if line.startswith("| ") and "`" in line:
            named = re.findall(r"`(\w+)`", line.rpartition(" | ")[2])
            assert set(named) <= keys, line
