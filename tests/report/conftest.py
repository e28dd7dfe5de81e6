"""The example's reports, for every test of this room."""

from __future__ import annotations

import pytest

from cp_pricing.report.entries import CustomerEntry, ReportEntry
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
