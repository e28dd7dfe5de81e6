"""Every price book in data/: no doubt of it is left, and its tests of its policy pass.

The tests of the pilot's and of the price lists' policies are run where their coverage is counted,
and the price lists are checked there, too.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.published.test_price_lists import BOOKS as PUBLISHED
from tests.support.command import run
from tests.support.places import DATA, PILOT

BOOKS = sorted({policy.parent for policy in DATA.rglob("policy.yaml")} - {*PUBLISHED})
TESTED = [folder for folder in BOOKS if folder != PILOT]
LIMIT = ("--time-limit", "600")  # seconds: what is not decided is not told


def test_the_books_are_found() -> None:
    assert len(BOOKS) + len(PUBLISHED) > 9
    assert PILOT in BOOKS


@pytest.mark.parametrize("folder", BOOKS, ids=lambda folder: folder.name)
def test_it_has_no_warnings(folder: Path) -> None:
    done = run("policy", "check", folder, "--deny-warnings", "--format", "json", *LIMIT)
    found = json.loads(done.stdout)
    told = {issue["message"] for issue in found["diagnostics"]}
    assert (told, found["undecided"], done.exit_code) == (set(), [], 0)


@pytest.mark.parametrize("folder", TESTED, ids=lambda folder: folder.name)
def test_its_policy_passes_its_tests(folder: Path) -> None:
    done = run("policy", "test", folder, *LIMIT)
    assert done.exit_code == 0, done.stdout + done.stderr
