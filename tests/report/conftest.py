"""The example's reports, for every test of this room."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cp_pricing.report.entries import CustomerEntry, ReportEntry
from tests.support.command import ENVIRONMENT
from tests.support.reports import all_pages, shown, solved


@pytest.fixture
def found() -> tuple[ReportEntry, ...]:
    return solved()


@pytest.fixture
def offers() -> tuple[CustomerEntry, ...]:
    return shown()


@pytest.fixture
def pages() -> dict[str, str]:
    return all_pages()


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
        start = f"{code}\nfrom cli.main import main\nmain(prog_name='cp-pricing')"
        return subprocess.run(
            [sys.executable, "-c", start, "report", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=tmp_path,
            env=ENVIRONMENT,
        )

    return run
