"""`python3 dev.py audit`: what is said of the lock, and with which exit status."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KNOWN = {"name": "left", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "right", "skip_reason": "not found"}
VULNERABLE = {
    "name": "up",
    "version": "2.0",
    "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}, {"id": "CVE-2", "fix_versions": []}],
}


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Audited = Callable[..., tuple[object, list[str]]]


@pytest.fixture
def audited(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Audited:
    """The exit status of an audit in which the tools answer so, and what it says."""

    def audit(packages: list[Any] | None, licences: int = 0) -> tuple[object, list[str]]:
        said: list[str] = []

        def heard(tool: Path, *arguments: object) -> tuple[int, str]:
            if tool.name == "pip-licenses":
                return licences, "left: a licence that is not allowed"
            assert tool.name == "pip-audit"
            if packages is None:
                return 1, "no connection"
            report = Path(str(arguments[arguments.index("--output") + 1]))
            report.write_text(json.dumps({"dependencies": packages}), encoding="utf-8")
            return 0, ""

        for name, stand_in in {
            "set_up": lambda: None,
            "set_up_audit": lambda: None,
            "program": lambda name, *_: Path(name),
            "heard": heard,
            "say": said.append,
        }.items():
            monkeypatch.setattr(dev, name, stand_in)
        try:
            dev.audit()
        except SystemExit as end:
            return end.code, said
        return 0, said

    return audit


def test_a_lock_of_which_all_is_known_and_allowed_passes(audited: Audited) -> None:
    assert audited([KNOWN]) == (0, ["audit: passed"])


def test_each_vulnerability_is_told_with_what_mends_it(audited: Audited) -> None:
    assert audited([KNOWN, VULNERABLE]) == (
        "audit: failed",
        ["up 2.0: CVE-1, mended in 2.1", "up 2.0: CVE-2, mended in no release"],
    )


def test_packages_that_the_service_does_not_know_are_no_pass(audited: Audited) -> None:
    code, said = audited([KNOWN, UNKNOWN])
    assert code == 3
    assert said == ["audit: nobody could be asked about the vulnerabilities of 1 packages"]


def test_a_service_that_does_not_answer_is_no_pass(audited: Audited, dev: ModuleType) -> None:
    code, said = audited(None)
    assert code == 3
    assert said[0] == "no connection"
    assert f"of {len(dev.pins())} packages" in said[1]


def test_a_licence_that_is_not_allowed_fails(audited: Audited) -> None:
    assert audited([KNOWN], licences=1) == (
        "audit: failed",
        ["left: a licence that is not allowed"],
    )


def test_every_package_of_the_lock_is_asked_about(dev: ModuleType) -> None:
    pins = dev.pins()
    assert {"ortools", "pydantic", "click", "pytest"} <= {pin.split("==")[0] for pin in pins}
    assert all("==" in pin for pin in pins)
