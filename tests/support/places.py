"""Where things are in the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PILOT = ROOT / "data" / "coulomb"
POSTHOG_STYLE = ROOT / "data" / "posthog-style"
TEMPLATE = ROOT / "data" / "template"
# The published example, with its answers.
EXAMPLE = ROOT / "tests" / "data" / "example"
FAULTY_POLICIES = ROOT / "tests" / "data" / "faulty_policies"
