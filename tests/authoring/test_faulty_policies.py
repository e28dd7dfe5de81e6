"""Small faulty policies, each with exactly what is told of it.

`python -m tests.authoring.test_faulty_policies` writes down what is told now: read it as prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from constraints.text.source import Issue, render_issue
from tests.support.books import texts_of
from tests.support.doubts import doubts, told
from tests.support.places import FAULTY_POLICIES, TEMPLATE

CASES = sorted(FAULTY_POLICIES.glob("*.yaml"))


def texts(policy: str) -> dict[str, str]:
    """The template with another policy, its own being `base.yaml`."""
    template = texts_of(TEMPLATE)
    return {**template, "base.yaml": template["policy.yaml"], "policy.yaml": policy}


def issues(files: Mapping[str, str]) -> list[Issue]:
    return [doubt.issue for doubt in doubts(files)]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_faulty_policy_is_told_just_so(path: Path) -> None:
    assert told(texts(path.read_text("utf-8"))) == path.with_suffix(".txt").read_text("utf-8")


def test_there_are_cases_and_each_says_something() -> None:
    assert len(CASES) >= 20
    assert {path.stem for path in FAULTY_POLICIES.iterdir()} == {path.stem for path in CASES}
    assert all(path.with_suffix(".txt").stat().st_size for path in CASES)


# --- every place is that of the text at fault -------------------------------------------------

WORD = re.compile(r"[A-Za-z_][\w-]*")
STRANGE = "zzqx"


def cut(files: Mapping[str, str], issue: Issue) -> str:
    """What stands at an issue's place; a place outside of the file is an error."""
    lines = files[issue.file].split("\n")
    span = issue.span
    assert 1 <= span.line <= span.end_line <= len(lines)
    assert 1 <= span.column <= len(lines[span.line - 1]) + 1
    assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
    assert (span.line, span.column) <= (span.end_line, span.end_column)
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    middle = lines[span.line : span.end_line - 1]
    first, last = lines[span.line - 1][span.column - 1 :], lines[span.end_line - 1]
    return "\n".join([first, *middle, last[: span.end_column - 1]])


def words() -> Iterator[tuple[int, str]]:
    """Every word of the template's policy that is no comment and no text, and its place."""
    policy = texts("")["base.yaml"]
    for word in WORD.finditer(policy):
        line = policy[policy.rfind("\n", 0, word.start()) + 1 : word.start()]
        if "#" not in line and "description: " not in line:
            yield word.start(), word[0]


def first_word(line: str) -> str:
    found = WORD.search(line)
    return found[0] if found else "?"


@pytest.mark.parametrize("strange", [STRANGE, "12", "", "7 USD", "["])
def test_whatever_word_is_wrong_every_fault_is_where_it_is(strange: str) -> None:
    policy = texts("")["base.yaml"]
    refused = 0
    for place, word in words():
        changed = policy[:place] + strange + policy[place + len(word) :]
        files = texts(changed)
        line = changed.count("\n", 0, place) + 1
        faults = [issue for issue in issues(files) if issue.severity == "error"]
        refused += bool(faults)
        for issue in faults:
            about = f"{cut(files, issue)} {issue.message} {issue.hint}"
            near = issue.span.line <= line <= issue.span.end_line
            # A bracket that is never closed shows where the next thing does not fit in.
            near = near or (strange == "[" and issue.span.line > line)
            # What a definition is made of shows where its name is used.
            near = near or first_word(changed.split("\n")[line - 1]) in about
            assert near or word in about or (strange and strange in about), (word, str(issue))
    assert refused > len(list(words())) / 2


def test_a_strange_word_is_itself_pointed_at() -> None:
    policy = texts("")["base.yaml"]
    pointed = total = 0
    for place, word in words():
        files = texts(policy[:place] + STRANGE + policy[place + len(word) :])
        faults = [issue for issue in issues(files) if issue.severity == "error"]
        if faults:
            total += 1
            # Where a name is given, its uses are at fault: they say the old word.
            pointed += any({STRANGE, word} & set(WORD.findall(cut(files, i))) for i in faults)
    assert total > 50
    assert pointed == total


def test_places_stay_within_the_file_whatever_is_cut_from_it() -> None:
    policy = texts("")["base.yaml"]
    rng = Random(11)  # noqa: S311 - repeatable tests, not secrets
    for _ in range(120):
        start = rng.randrange(len(policy))
        end = start + rng.choice((1, 1, 2, 5, 20, 100))
        files = texts(policy[:start] + rng.choice(("", "", ":", "{", '"', "\n")) + policy[end:])
        for issue in issues(files):
            assert issue.file in files
            cut(files, issue)
            render_issue(issue, files[issue.file])


if __name__ == "__main__":
    for case in CASES:
        case.with_suffix(".txt").write_text(told(texts(case.read_text("utf-8"))), "utf-8")
