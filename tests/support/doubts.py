"""What is told of a policy, as its author reads it."""

from __future__ import annotations

from collections.abc import Mapping

from constraints.text.source import InputError, render_issue
from cp_pricing.authoring.doubts import Doubt, doubts_about
from cp_pricing.book import loading
from cp_pricing.files.texts import FILES


def examine_texts(texts: Mapping[str, str]) -> loading.Examined:
    """As `examine`, of three texts by file name."""
    return loading._Draft(loading._given(texts, FILES)).examined()


def doubts(files: Mapping[str, str]) -> tuple[Doubt, ...]:
    """The doubts about a policy, or its faults as such."""
    try:
        return doubts_about(examine_texts(files)).doubts
    except InputError as faults:
        return tuple(Doubt("fault", issue) for issue in faults.issues)


def told(files: Mapping[str, str]) -> str:
    issues = (doubt.issue for doubt in doubts(files))
    return "".join(f"{render_issue(issue, files[issue.file])}\n" for issue in issues)
