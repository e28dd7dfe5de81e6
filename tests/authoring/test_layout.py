"""`policy fmt`: one layout, in which comments survive and nothing else is said than before."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

import pytest

from constraints.language import layout as expressions
from constraints.language.syntax import parse
from constraints.text.nodes import Mapping, Node, Scalar, Sequence
from constraints.text.source import InputError
from constraints.text.yaml_nodes import parse_yaml
from cp_pricing import parse_price_book
from cp_pricing.authoring.layout import formatted
from cp_pricing.book.policy import Policy
from cp_pricing.files.texts import FILES
from tests.oracle.generator import generate
from tests.oracle.writing.rendering import render
from tests.support.books import texts_of
from tests.support.command import run
from tests.support.places import EXAMPLE, PILOT

PILOT_POLICY = (PILOT / "policy.yaml").read_text("utf-8")

MESSY = """\
# What this policy is for.
# yaml-language-server: $schema=policy.schema.json

# The rules come first here.
rules:
- require:   usage_unit_price>=price_floor   # never below
  # which one
  id: "price-floor"
- {id: short, require: "not(customer_funded_onboarding)"}
-   id: long
    when: 'prepaid_amount>0 USD'

    require: >
        contract_duration_months>=12 months and prepaid_amount<=3 months*expected_monthly_bill
        or contract_duration_months between 24 months and 36 months and gross_margin>= 40%
    # require: ltv >= 0
    description: >-
      A prepayment takes a term that is long enough to use it up, and the margin of it has to be
      one that we can live with.
  # - id: gone
ltv: {annual_discount_rate: 10%, horizon_months: 36}   # as finance has it
policy: messy
approvers: [
  deal-desk,  # first
  vp-sales
  # nobody else
]


parameters:
    price_floor:    0.000004   USD/token
    "cap": {description: 'the board''s', value: 30%}
# the end
"""

NEAT = """\
# What this policy is for.
# yaml-language-server: $schema=policy.schema.json

policy: messy

approvers:
  - deal-desk  # first
  - vp-sales
  # nobody else

parameters:
  price_floor: 0.000004 USD/token
  cap: {value: 30%, description: the board's}

ltv: {horizon_months: 36, annual_discount_rate: 10%}  # as finance has it

# The rules come first here.
rules:
  # which one
  - id: price-floor
    require: usage_unit_price >= price_floor  # never below

  - {id: short, require: not (customer_funded_onboarding)}

  - id: long
    when: prepaid_amount > 0 USD
    require: >-
      contract_duration_months >= 12 months and prepaid_amount <= 3 months * expected_monthly_bill
      or contract_duration_months between 24 months and 36 months and gross_margin >= 40%
    # require: ltv >= 0
    description: >-
      A prepayment takes a term that is long enough to use it up, and the margin of it has to be one
      that we can live with.
  # - id: gone
# the end
"""


def test_a_messy_policy_becomes_a_neat_one() -> None:
    assert formatted(MESSY, "policy.yaml") == NEAT
    assert formatted(NEAT, "policy.yaml") == NEAT


def test_the_pilots_policy_is_laid_out() -> None:
    assert formatted(PILOT_POLICY, "policy.yaml") == PILOT_POLICY


# --- the laws, on random policies with comments -----------------------------------------------


def leaves(node: Node | None) -> list[tuple[str, str]]:
    match node:
        case Mapping(entries=entries):
            return [
                (f"{key}/{path}", text)
                for key, value in entries.items()
                for path, text in leaves(value)
            ]
        case Sequence(items=items):
            return [
                (f"{place}/{path}", text)
                for place, item in enumerate(items)
                for path, text in leaves(item)
            ]
        case Scalar(text=text):
            return [("", text)]
        case None:
            return []


def commented(text: str, rng: Random) -> tuple[str, list[str]]:
    """The text with comments and blank lines wherever they change nothing."""
    comments: list[str] = []
    before = leaves(parse_yaml(text, "")[0])
    for number in range(rng.randint(1, 12)):
        lines = text.split("\n")
        place = rng.randrange(len(lines))
        kind = rng.choice(("own", "own", "tail", "blank"))
        comment = f'# {number} why: {{not}} [this], it\'s "so"'
        if kind == "tail" and lines[place].strip():
            lines[place] += rng.choice((" ", "   ")) + comment
        elif kind == "own":
            lines.insert(place, " " * rng.choice((0, 0, 2, 2, 4, 4, 6, 8)) + comment)
        else:
            lines.insert(place, "" * rng.randint(0, 3))
        changed = "\n".join(lines)
        root, issues = parse_yaml(changed, "")
        if not issues and leaves(root) == before:
            text = changed
            if kind != "blank" and comment in changed:
                comments.append(comment)
    return text, comments


def said(texts: dict[str, str]) -> dict[str, object]:
    """A policy as it is loaded, but for how and where it is written."""
    return shape(parse_price_book({name: texts[name] for name in FILES}).policy)


def shape(policy: Policy) -> dict[str, object]:
    rules = [
        (r.id, r.require, r.when, r.effect, r.approvers, r.description, r.owner)
        for r in policy.rules
    ]
    ltv = [
        getattr(policy.ltv, name)
        for name in type(policy.ltv).model_fields
        if name not in {"source", "min_improvement_amount_text"}
    ]
    names = {
        name: (item.expression, item.description)
        for name, item in (*policy.parameters.items(), *policy.define.items())
    }
    return {"rules": rules, "ltv": ltv, "names": names, "approvers": policy.approvers}


@pytest.mark.parametrize("seed", range(60))
def test_laying_out_changes_nothing_and_does_so_once(seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - repeatable tests, not secrets
    texts = render(generate(seed, 1))
    messy, comments = commented(texts["policy.yaml"], rng)
    neat = formatted(messy, "policy.yaml")
    assert formatted(neat, "policy.yaml") == neat
    assert said({**texts, "policy.yaml": neat}) == said(texts)
    assert all(neat.count(comment) == 1 for comment in comments)
    assert not any(line != line.rstrip() for line in neat.split("\n"))
    assert "\n\n\n" not in neat


@pytest.mark.parametrize("seed", range(20))
def test_expressions_keep_their_meaning_in_any_width(seed: int) -> None:
    policy = parse_price_book({n: t for n, t in render(generate(seed, 1)).items() if n in FILES})
    for rule in policy.policy.rules:
        for width in (10, 30, 60, 100):
            lines = expressions.lines(rule.require_text, width)
            assert parse("\n".join(lines)) == rule.require
            assert expressions.lines("   ".join(lines), width) == lines


# --- the command ------------------------------------------------------------------------------


fmt = partial(run, "policy", "fmt")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    for name, text in texts_of(EXAMPLE).items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_folder_is_laid_out_with_its_bases(folder: Path) -> None:
    policy, base = folder / "policy.yaml", folder / "base.yaml"
    base.write_text(policy.read_text("utf-8"), "utf-8")
    policy.write_text("extends:   base.yaml\n", "utf-8")
    done = fmt(folder)
    assert (done.exit_code, policy.read_text("utf-8")) == (0, "extends: base.yaml\n")
    assert base.read_text("utf-8").count("\n\n") == 6
    assert done.stdout == f"laid out {policy}\nlaid out {base}\n"
    assert fmt(folder).stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "base.yaml"])


@pytest.mark.parametrize("link", ["policy.yaml", "base.yaml"])
@pytest.mark.parametrize("root", [[], ["--policy-root", ".."]])
def test_nothing_is_laid_out_through_a_link(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, link: str, root: list[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "kept.yaml"
    elsewhere.write_text("policy:   kept\n", "utf-8")
    before = elsewhere.read_bytes()
    (folder / "policy.yaml").write_text("extends:   base.yaml\n", "utf-8")
    (folder / link).unlink(missing_ok=True)
    (folder / link).symlink_to(elsewhere)
    given = [folder / word if word == ".." else word for word in root]
    for path in (folder, folder / link):
        fmt(path, *given)
        assert elsewhere.read_bytes() == before
        assert (folder / link).is_symlink()
    assert fmt(folder / link).exit_code == 2


def test_check_and_diff_write_nothing(folder: Path) -> None:
    policy = folder / "policy.yaml"
    before = policy.read_bytes()
    checked = fmt(folder, "--check")
    assert (checked.exit_code, checked.stdout) == (1, f"not laid out: {policy}\n")
    shown = fmt(policy, "--diff")
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"--- {policy}\n+++ {policy}\n@@ ")
    assert fmt(policy, "--check", "--diff").exit_code == 1
    assert policy.read_bytes() == before
    fmt(policy)
    assert fmt(folder, "--check").exit_code == 0
    assert fmt(folder, "--diff").stdout == ""


def test_a_faulty_policy_is_told_and_left_alone(folder: Path) -> None:
    policy = folder / "policy.yaml"
    text = policy.read_text("utf-8").replace("gross_margin >= 30%", "gross_margin >>= 30%")
    policy.write_text(text, "utf-8")
    done = fmt(folder)
    assert (done.exit_code, policy.read_text("utf-8")) == (2, text)
    assert f"{policy}:13:28: expected a name or a number" in done.stderr
    assert done.stdout == ""


def test_line_ends_and_permissions_of_the_file_stay(folder: Path) -> None:
    policy = folder / "policy.yaml"
    policy.write_bytes(policy.read_bytes().replace(b"\n", b"\r\n"))
    policy.chmod(0o640)
    fmt(policy)
    content = policy.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 20
    assert policy.stat().st_mode & 0o777 == 0o640


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(InputError):
        formatted("- 1\n", "policy.yaml")
    with pytest.raises(InputError):
        formatted("policy: [\n", "policy.yaml")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    done = fmt(tmp_path / "nowhere.yaml")
    assert done.exit_code == 2
    assert "nowhere.yaml:1:1: file not found" in done.stderr


def test_each_tier_has_a_line_where_one_is_not_enough() -> None:
    text = "tiers (annual,0%, 20% from 25_000 USD,25% from max(60_000 USD, 1 USD)) + max(1,2)"
    assert expressions.one_line(text) == (
        "tiers(annual, 0%, 20% from 25_000 USD, 25% from max(60_000 USD, 1 USD)) + max(1, 2)"
    )
    assert expressions.lines(text, 40) == [
        "tiers(annual, 0%,",
        "20% from 25_000 USD,",
        "25% from max(60_000 USD, 1 USD))",
        "+ max(1, 2)",
    ]
