"""Rate cards on the command line: asked in one line, kept, completed and looked at by meter."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

from cp_pricing import load_price_book, load_requests
from tests.support.command import run
from tests.support.places import COULOMB_API

ASKED = ("quote", "team", "product", "--book", "coulomb-api")


def completed(line: str) -> list[str]:
    words = f"cp-pricing {line}"
    done = run(
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
        _CP_PRICING_COMPLETE="bash_complete",
    )
    return [text.removeprefix("plain,") for text in done.stdout.split()]


def test_offers_of_a_rate_card_are_understood_and_answered() -> None:
    done = run(*ASKED, "discount=10%", "term=2y", "--or", "discount= included.output=0")
    assert done.exit_code == 0
    said = " ".join(done.stdout.split())
    assert "offer-1: team for product: 10% off usage and a 24-month term" in said
    assert "offer-2: team for product: no included output tokens and a 24-month term" in said


def test_the_answer_to_a_question_is_that_of_its_request(tmp_path: Path) -> None:
    book = copytree(COULOMB_API, tmp_path / "book")
    line = "quote team product included.input=40M rate.output=18 term=2y --approval"
    options = "--usage input=300M,output=50M --save kept --format json --detail rules"
    asked = run(*line.split(), *options.split(), "--book", book)
    assert asked.exit_code == 0
    assert f"kept in {book / 'tuning_requests.json'}: kept" in asked.stderr
    request = load_requests(load_price_book(book))[-1]
    assert request.customer.monthly_units == {"input": 300_000_000, "output": 50_000_000}
    solved = run("solve", book, "--request", "kept", "--format", "json", "--detail", "rules")
    ((answer,), (again,)) = (json.loads(done.stdout)["results"] for done in (asked, solved))
    assert {**answer, "provenance": None} == {**again, "provenance": None}


def test_a_fault_of_a_question_is_told_with_what_to_write() -> None:
    done = run(*ASKED, "price=3", "--usage", "20M")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "hint: write `discount=...`: it may be -20% to 40% in steps of 0.5%" in done.stderr
    assert "hint: write `input=...,cached_input=...,output=...,search=...`" in done.stderr
    assert "error: 2 faults; nothing was computed" in done.stderr


def test_the_shell_completes_the_terms_of_each_meter() -> None:
    line = "quote --book coulomb-api team product"
    assert completed(f"{line} disc") == ["discount=-20%", "discount=40%"]
    assert completed(f"{line} rate.") == ["rate.output=12", "rate.output=24"]
    assert completed(f"{line} --open incl") == ["included.input", "included.output"]


def test_an_allowance_of_one_meter_is_a_lever() -> None:
    line = ("explain", "coulomb-api", "--request", "product-own-size", "--lever")
    done = run(*line, "included.output", "--format", "json")
    assert done.exit_code == 0
    (lever,) = json.loads(done.stdout)["levers"]
    assert lever["field"] == "included_units.output"
    wrong = run(*line, "included")
    assert wrong.exit_code == 2
    assert "did you mean `included.input`?" in wrong.stderr
