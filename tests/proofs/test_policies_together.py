"""Policies of several files, and rules for some deals only, under test, compare and explain."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.places import TEMPLATE

REGION = """\
policy: region
extends: policy.yaml
rules:
  - id: only-small
    applies_to: {profiles: [small-team]}
    require: contract_duration_months <= 12 months
    effect: approval
    approver: deal-desk
    description: Long terms are for the deal desk.
"""
TESTS = """\
tests:
  - name: two years take the deal desk
    request: two-years-lower-price
    expect: {approvals: {deal-desk: [discount, only-small]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in TEMPLATE.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    (tmp_path / "region.yaml").write_text(REGION)
    return tmp_path


policy = partial(run, "policy")


def as_region(folder: Path) -> None:
    """Let the folder's own policy be the one that extends another."""
    (folder / "policy.yaml").rename(folder / "base.yaml")
    (folder / "policy.yaml").write_text(REGION.replace("policy.yaml", "base.yaml"))


def test_a_policy_is_compared_with_the_one_beside_it_that_it_extends(folder: Path) -> None:
    found = policy("compare", folder / "policy.yaml", folder / "region.yaml", "--budget", "300")
    assert found.exit_code == 0
    assert "rule only-small   added: contract_duration_months <= 12 months" in found.output
    words = " ".join(found.output.split())
    assert "for profiles `small-team` only; approval (deal-desk)" in words
    assert "self-serve stricter no longer: " in words
    assert "(only-small)" in words
    assert "deal-desk equivalent" in words
    back = policy("compare", folder / "region.yaml", folder / "policy.yaml", "--budget", "300")
    assert "self-serve looser newly: " in " ".join(back.output.split())


def test_a_base_that_is_not_there_is_told_at_its_place(folder: Path) -> None:
    (folder / "region.yaml").write_text(REGION.replace("policy.yaml", "polcy.yaml"))
    found = policy("compare", folder / "policy.yaml", folder / "region.yaml")
    assert found.exit_code == 2
    assert "region.yaml:2:10: `polcy.yaml`: file not found" in found.stderr
    assert "did you mean `policy.yaml`?" in found.stderr


def test_a_rule_for_some_deals_is_explained_with_its_scope(folder: Path) -> None:
    as_region(folder)
    found = policy("explain", "only-small", folder)
    assert found.exit_code == 0
    assert "for profiles `small-team` only" in found.output
    assert "@applies" not in found.output
    assert "differs in term: 24 months to 12 months" in found.output


def test_policies_of_several_files_are_tested(folder: Path) -> None:
    as_region(folder)
    (folder / "policy_tests.yaml").write_text(TESTS)
    found = policy("test", folder)
    assert found.exit_code == 0, found.output
    (folder / "policy_tests.yaml").write_text(TESTS.replace(", only-small", ""))
    assert policy("test", folder).exit_code == 1


def test_a_missing_policy_is_called_a_file(folder: Path) -> None:
    said = run("policy", "compare", folder / "polcy.yaml", folder).stderr
    assert f"{folder}/polcy.yaml:1:1: file not found" in said
    assert "did you mean `policy.yaml`?" in said
    assert "folder not found" in run("policy", "compare", folder / "nowhere", folder).stderr
