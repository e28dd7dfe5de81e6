"""The libraries of a fit, which come with an extra and are loaded by nothing else."""

from __future__ import annotations

import os

from cp_pricing.files.extras import extra

_LIBRARIES = {"numpy": "NumPy", "scipy": "SciPy", "duckdb": "DuckDB"}


def check_tools() -> None:
    """Load what a fit needs; raises `MissingExtraError`."""
    # One thread, or the last bits of a sum depend on how many there are.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for module, library in _LIBRARIES.items():
        extra(module, "a fit", library, "data")
