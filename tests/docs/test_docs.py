"""The documentation: its figures, outputs, examples, links and names are those of the code."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from constraints.language.expressions import Value
from cp_pricing import pilot_folder
from cp_pricing.model.lifetime_value import factors_for
from cp_pricing.model.pricing import pricing_of
from tests.support import docs
from tests.support.coulomb_answers import EXPECTED, answers, book
from tests.support.places import ROOT

README, ARCHITECTURE, INDEX = Path("README.md"), Path("ARCHITECTURE.md"), Path("docs/README.md")
PACKAGES = ("constraints", "cp_pricing", "cli")
TICK = Fraction(1, 10**8)
# Hosts that a page may point to, in a link or in words: nothing is installed from there.
HOSTS: frozenset[str] = frozenset()


# --- outputs and examples -------------------------------------------------------------------


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_outputs_and_examples_are_current(document: Path) -> None:
    """If this fails: `.venv/bin/python -m tests.support.docs`, and look at what has changed."""
    assert docs.renewed(document) == docs.text_of(document)


def test_readme_begins_with_its_two_commands_and_quotes_both_views() -> None:
    text = docs.text_of(README)
    assert "    python3 dev.py solve\n    python3 dev.py test\n" in text.partition("## ")[0]
    quoted = [block.note for block in docs.blocks(README) if block.note.startswith("output: ")]
    assert len(quoted) == 2
    assert len(EXPECTED) == 12
    assert "twelve requests" in text


def test_every_command_in_the_readme_is_one() -> None:
    (session,) = [block for block in docs.blocks(README) if block.language == "console"]
    lines = [line.partition("#")[0].split() for line in session.text.splitlines()]
    assert len(lines) == 5
    for prompt, program, command, *arguments in lines:
        assert (prompt, program) == ("$", "cp-pricing")
        options = {word for word in arguments if word.startswith("--")}
        assert options <= set(re.findall(r"--[a-z-]+", docs.output_of(f"{program} {command} -h")))


# --- the answer that is worked out by hand --------------------------------------------------


def worked() -> dict[str, str]:
    """The figures of the README's calculations, by what they are."""
    return {what: result for what, _, result in docs.calculations(README)}


def figure(beginning: str) -> str:
    (found,) = (result for what, result in worked().items() if what.startswith(beginning))
    return found


@pytest.mark.parametrize("row", docs.calculations(README), ids=lambda row: row[0][:40])
def test_calculator_agrees(row: tuple[str, str, str]) -> None:
    _, calculation, result = row
    assert docs.agrees(docs.calculated(calculation), result)


def test_worked_answer_is_that_of_the_solver() -> None:
    result = answers()["small-team-lower-price"]
    rules = {rule.id: rule for rule in result.rules}
    pricing = pricing_of(book())
    listed = pricing.evaluate("membership-plus-overage", "small-team")
    earned, ltv = rules["earned-discount"], result.ltv
    bill, margin = rules["bill-increase"].left, rules["payback"].left
    for beginning, exact in {
        "expected bill": bill,
        "expected bill at list": listed["expected_monthly_bill"],
        "expected margin at list": listed["expected_monthly_margin"],
        "lifetime value: A": ltv.tuned,
        "reference": ltv.reference,
        "required": ltv.required,
        "earned": earned.right,
        "discount at 5.90": earned.left,
        "lifetime value at 4.59": result.ladder[2].ltv,
    }.items():
        shown = worked()[beginning] if beginning in worked() else figure(beginning)
        assert exact is not None
        assert docs.agrees(float(exact), shown), beginning
    assert margin is not None
    assert docs.agrees(float(margin) / 12, figure("expected margin, after"))
    assert result.configuration is not None
    assert result.configuration.usage_unit_price == 590 * TICK


@pytest.mark.parametrize(("months", "names"), [(12, ("A: these", "G", "D")), (1, ("A of",))])
def test_worked_factors_are_those_of_the_solver(months: int, names: tuple[str, ...]) -> None:
    factors = factors_for(
        book().profile("small-team"), book().policy.ltv, term_months=months, reduced=False, band=1
    )
    values = (factors.retained_value, factors.guarantee_value, factors.prepaid_drawdown)
    for name, value in zip(names, values, strict=False):
        (shown,) = (result for what, result in worked().items() if re.match(rf"{name}\b", what))
        places = len(shown.partition(".")[2])
        # A figure is calculated from rounded ones: its last place may be off by one.
        assert abs(float(value) - float(shown)) <= 10**-places, name


def test_worked_limits_are_where_the_rules_begin_to_fail() -> None:
    offer = pricing_of(book()).offer("membership-plus-overage", "small-team")
    inputs: dict[str, Value] = {
        "contract_duration_months": Fraction(12),
        "prepaid_amount": Fraction(900),
        "minimum_monthly_turnover": Fraction(120),
        "customer_funded_onboarding": True,
    }
    rules = {rule.id: rule.require for rule in pricing_of(book()).rules}
    for price, rule in ((590, "earned-discount"), (480, "deep-discount"), (459, "ltv-improvement")):
        for cents, holds in ((price, True), (price - 1, False)):
            evaluator = offer.evaluator({**inputs, "usage_unit_price": cents * TICK})
            assert evaluator.truth(rules[rule]) is holds, (rule, cents)


# --- the architecture -----------------------------------------------------------------------


def mentioned() -> set[str]:
    """The modules that ARCHITECTURE.md names, as paths; one may be a pattern."""
    packages = "|".join(PACKAGES)
    return set(re.findall(rf"`((?:{packages})/[\w*]+\.\w+)`", docs.text_of(ARCHITECTURE)))


def test_every_room_is_mentioned() -> None:
    """A room is a folder of modules; what stands in it, its own docstring says."""
    rooms = {
        path.parent.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    text = docs.text_of(ARCHITECTURE)
    assert not {room for room in rooms if f"`{room}" not in text}


def test_everything_mentioned_exists() -> None:
    for pattern in mentioned():
        assert list(ROOT.glob(pattern)), pattern
    for folder in re.findall(r"`(tests/[\w/.]+)`", docs.text_of(ARCHITECTURE)):
        assert (ROOT / folder).exists(), folder


# --- links, places and hosts ----------------------------------------------------------------


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_links_resolve(document: Path) -> None:
    for link in docs.links(document):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = (ROOT / document.parent / target) if target else ROOT / document
        assert path.exists(), link
        assert not anchor or anchor in docs.anchors(path), link


def test_every_page_is_in_the_index() -> None:
    listed = {(ROOT / "docs" / link).resolve() for link in docs.links(INDEX)}
    pages = {path.resolve() for path in (ROOT / "docs").glob("*.md")}
    assert pages - listed == {(ROOT / INDEX).resolve()}


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=str)
def test_no_page_names_a_host_or_a_place_of_one_machine(document: Path) -> None:
    text = docs.text_of(document)
    hosts = set(re.findall(r"\w+://([\w.-]+)", text))
    hosts |= set(re.findall(r"\b[\w-]+\.(?:org|com|net|io|dev|sh)\b", text))
    assert hosts <= HOSTS
    assert not re.findall(r"(?<![\w.~*-])/(?:work|root|home|tmp|usr|opt|mnt|Users)\b", text)
    assert str(pilot_folder()) not in text
