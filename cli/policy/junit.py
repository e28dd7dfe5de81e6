"""The outcomes of policy tests as JUnit XML, which CI systems read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from constraints.text.source import printable  # XML cannot hold what a terminal should not

if TYPE_CHECKING:
    from cp_pricing.authoring.testing import Check, PolicyTestOutcome


def junit_xml(policy: str, outcomes: Sequence[PolicyTestOutcome]) -> str:
    """A `testsuites` document with one suite: the policy."""
    failed = str(sum(not outcome.passed for outcome in outcomes))
    seconds = f"{sum(outcome.seconds for outcome in outcomes):.3f}"
    counts = {"tests": str(len(outcomes)), "failures": failed, "errors": "0", "time": seconds}
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": printable(policy), **counts, "skipped": "0"})
    for outcome in outcomes:
        _add(suite, policy, outcome)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add(suite: Element, policy: str, outcome: PolicyTestOutcome) -> None:
    source = outcome.test.source
    about = {
        "name": printable(outcome.test.name),
        "classname": printable(policy),
        "file": printable(source.file),
        "line": str(source.line),
        "time": f"{outcome.seconds:.3f}",
    }
    case = SubElement(suite, "testcase", about)
    if not outcome.passed:
        lines = [_line(check) for check in outcome.failures]
        failure = SubElement(case, "failure", {"message": lines[0], "type": "difference"})
        failure.text = "\n".join(lines)


def _line(check: Check) -> str:
    differs = f" ({check.difference})" if check.difference else ""
    return printable(f"{check.what}: expected {check.expected}, got {check.got}{differs}")
