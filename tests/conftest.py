"""One settings profile for every property test, and one server of databases for all."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgres import programs, server

# As for a fit by itself, and before NumPy is loaded: threads that share out small sums wait for one
# another, the longer the busier the machine is.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("CP_PRICING_EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a database on a PostgreSQL server of our own."""
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed")
    with server() as own:
        yield own
